/* SPDX-License-Identifier: Apache-2.0 */
/* Types: policy/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(policy_v1_Eviction) = {
    ROW( 0, "kind",          OPTIONAL, STRING),
    ROW( 0, "apiVersion",    OPTIONAL, STRING),
    ROW( 1, "metadata",      OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "deleteOptions", OPTIONAL, OBJECT(meta_v1_DeleteOptions)),
};
TOP_TYPE(policy_v1_Eviction, "io.k8s.api.policy.v1.Eviction", "policy", "v1", "Eviction");

ROWS(policy_v1_PodDisruptionBudget) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(policy_v1_PodDisruptionBudgetSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(policy_v1_PodDisruptionBudgetStatus)),
};
TOP_TYPE(policy_v1_PodDisruptionBudget,
    "io.k8s.api.policy.v1.PodDisruptionBudget", "policy", "v1", "PodDisruptionBudget");

ROWS(policy_v1_PodDisruptionBudgetList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(policy_v1_PodDisruptionBudget))),
};
TOP_TYPE(policy_v1_PodDisruptionBudgetList,
    "io.k8s.api.policy.v1.PodDisruptionBudgetList", "policy", "v1", "PodDisruptionBudgetList");

ROWS(policy_v1_PodDisruptionBudgetSpec) = {
    ROW( 1, "minAvailable",               OPTIONAL, INT_OR_STRING),
    ROW( 2, "selector",                   REPLACE,  OBJECT(meta_v1_LabelSelector)),
    ROW( 3, "maxUnavailable",             OPTIONAL, INT_OR_STRING),
    ROW( 4, "unhealthyPodEvictionPolicy", OPTIONAL, STRING, ENUM("AlwaysAllow", "IfHealthyBudget")),
};
TYPE(policy_v1_PodDisruptionBudgetSpec, "io.k8s.api.policy.v1.PodDisruptionBudgetSpec",
    VALIDATE_HOOK(validate_disruption_budget_spec));

ROWS(policy_v1_PodDisruptionBudgetStatus) = {
    ROW( 1, "observedGeneration", OPTIONAL, INT64),
    ROW( 2, "disruptedPods",      OPTIONAL, MAP_OF(TIME)),
    ROW( 3, "disruptionsAllowed", OPTIONAL, INT32, DEFAULT(0)),
    ROW( 4, "currentHealthy",     OPTIONAL, INT32, DEFAULT(0)),
    ROW( 5, "desiredHealthy",     OPTIONAL, INT32, DEFAULT(0)),
    ROW( 6, "expectedPods",       OPTIONAL, INT32, DEFAULT(0)),
    ROW( 7, "conditions",         MERGE,    LIST_OF(OBJECT(meta_v1_Condition)), KEYS("type")),
};
TYPE(policy_v1_PodDisruptionBudgetStatus, "io.k8s.api.policy.v1.PodDisruptionBudgetStatus");
