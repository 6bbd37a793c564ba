/* SPDX-License-Identifier: Apache-2.0 */
/* Types: scheduling/v1alpha2. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

EMPTY_TYPE(scheduling_v1alpha2_BasicSchedulingPolicy, "io.k8s.api.scheduling.v1alpha2.BasicSchedulingPolicy");

ROWS(scheduling_v1alpha2_GangSchedulingPolicy) = {
    ROW( 1, "minCount", REQUIRED, INT32),
};
TYPE(scheduling_v1alpha2_GangSchedulingPolicy, "io.k8s.api.scheduling.v1alpha2.GangSchedulingPolicy");

ROWS(scheduling_v1alpha2_PodGroup) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(scheduling_v1alpha2_PodGroupSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(scheduling_v1alpha2_PodGroupStatus)),
};
TOP_TYPE(scheduling_v1alpha2_PodGroup,
    "io.k8s.api.scheduling.v1alpha2.PodGroup", "scheduling.k8s.io", "v1alpha2", "PodGroup");

ROWS(scheduling_v1alpha2_PodGroupList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(scheduling_v1alpha2_PodGroup))),
};
TOP_TYPE(scheduling_v1alpha2_PodGroupList,
    "io.k8s.api.scheduling.v1alpha2.PodGroupList", "scheduling.k8s.io", "v1alpha2", "PodGroupList");

ROWS(scheduling_v1alpha2_PodGroupResourceClaim) = {
    ROW( 1, "name",                      REQUIRED | MUST, STRING),
    ROW( 2, "resourceClaimName",         OPTIONAL,        STRING),
    ROW( 3, "resourceClaimTemplateName", OPTIONAL,        STRING),
};
TYPE(scheduling_v1alpha2_PodGroupResourceClaim, "io.k8s.api.scheduling.v1alpha2.PodGroupResourceClaim");

ROWS(scheduling_v1alpha2_PodGroupResourceClaimStatus) = {
    ROW( 1, "name",              REQUIRED, STRING),
    ROW( 2, "resourceClaimName", OPTIONAL, STRING),
};
TYPE(scheduling_v1alpha2_PodGroupResourceClaimStatus,
    "io.k8s.api.scheduling.v1alpha2.PodGroupResourceClaimStatus");

ROWS(scheduling_v1alpha2_PodGroupSchedulingConstraints) = {
    ROW( 1, "topology", OPTIONAL, LIST_OF(OBJECT(scheduling_v1alpha2_TopologyConstraint))),
};
TYPE(scheduling_v1alpha2_PodGroupSchedulingConstraints,
    "io.k8s.api.scheduling.v1alpha2.PodGroupSchedulingConstraints");

ROWS(scheduling_v1alpha2_PodGroupSchedulingPolicy) = {
    ROW( 1, "basic", OPTIONAL, OBJECT(scheduling_v1alpha2_BasicSchedulingPolicy)),
    ROW( 2, "gang",  OPTIONAL, OBJECT(scheduling_v1alpha2_GangSchedulingPolicy)),
};
TYPE(scheduling_v1alpha2_PodGroupSchedulingPolicy, "io.k8s.api.scheduling.v1alpha2.PodGroupSchedulingPolicy");

ROWS(scheduling_v1alpha2_PodGroupSpec) = {
    ROW( 1, "podGroupTemplateRef",   OPTIONAL,       OBJECT(scheduling_v1alpha2_PodGroupTemplateReference)),
    ROW( 2, "schedulingPolicy",      REQUIRED,       OBJECT(scheduling_v1alpha2_PodGroupSchedulingPolicy)),
    ROW( 3, "schedulingConstraints", OPTIONAL,
        OBJECT(scheduling_v1alpha2_PodGroupSchedulingConstraints)),
    ROW( 4, "resourceClaims",        MERGE | RETAIN,
        LIST_OF(OBJECT(scheduling_v1alpha2_PodGroupResourceClaim)), KEYS("name")),
    ROW( 5, "disruptionMode",        OPTIONAL,       STRING),
    ROW( 6, "priorityClassName",     OPTIONAL,       STRING),
    ROW( 7, "priority",              OPTIONAL,       INT32),
};
TYPE(scheduling_v1alpha2_PodGroupSpec, "io.k8s.api.scheduling.v1alpha2.PodGroupSpec");

ROWS(scheduling_v1alpha2_PodGroupStatus) = {
    ROW( 1, "conditions",            MERGE,          LIST_OF(OBJECT(meta_v1_Condition)), KEYS("type")),
    ROW( 2, "resourceClaimStatuses", MERGE | RETAIN,
        LIST_OF(OBJECT(scheduling_v1alpha2_PodGroupResourceClaimStatus)), KEYS("name")),
};
TYPE(scheduling_v1alpha2_PodGroupStatus, "io.k8s.api.scheduling.v1alpha2.PodGroupStatus");

ROWS(scheduling_v1alpha2_PodGroupTemplate) = {
    ROW( 1, "name",                  REQUIRED | MUST, STRING),
    ROW( 2, "schedulingPolicy",      REQUIRED,        OBJECT(scheduling_v1alpha2_PodGroupSchedulingPolicy)),
    ROW( 3, "schedulingConstraints", OPTIONAL,
        OBJECT(scheduling_v1alpha2_PodGroupSchedulingConstraints)),
    ROW( 4, "resourceClaims",        MERGE | RETAIN,
        LIST_OF(OBJECT(scheduling_v1alpha2_PodGroupResourceClaim)), KEYS("name")),
    ROW( 5, "disruptionMode",        OPTIONAL,        STRING),
    ROW( 6, "priorityClassName",     OPTIONAL,        STRING),
    ROW( 7, "priority",              OPTIONAL,        INT32),
};
TYPE(scheduling_v1alpha2_PodGroupTemplate, "io.k8s.api.scheduling.v1alpha2.PodGroupTemplate");

ROWS(scheduling_v1alpha2_PodGroupTemplateReference) = {
    ROW( 1, "workload", OPTIONAL, OBJECT(scheduling_v1alpha2_WorkloadPodGroupTemplateReference)),
};
TYPE(scheduling_v1alpha2_PodGroupTemplateReference,
    "io.k8s.api.scheduling.v1alpha2.PodGroupTemplateReference");

ROWS(scheduling_v1alpha2_TopologyConstraint) = {
    ROW( 1, "key", REQUIRED | MUST, STRING),
};
TYPE(scheduling_v1alpha2_TopologyConstraint, "io.k8s.api.scheduling.v1alpha2.TopologyConstraint");

ROWS(scheduling_v1alpha2_TypedLocalObjectReference) = {
    ROW( 1, "apiGroup", OPTIONAL, STRING),
    ROW( 2, "kind",     REQUIRED, STRING),
    ROW( 3, "name",     REQUIRED, STRING),
};
TYPE(scheduling_v1alpha2_TypedLocalObjectReference,
    "io.k8s.api.scheduling.v1alpha2.TypedLocalObjectReference");

ROWS(scheduling_v1alpha2_Workload) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(scheduling_v1alpha2_WorkloadSpec)),
};
TOP_TYPE(scheduling_v1alpha2_Workload,
    "io.k8s.api.scheduling.v1alpha2.Workload", "scheduling.k8s.io", "v1alpha2", "Workload");

ROWS(scheduling_v1alpha2_WorkloadList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(scheduling_v1alpha2_Workload))),
};
TOP_TYPE(scheduling_v1alpha2_WorkloadList,
    "io.k8s.api.scheduling.v1alpha2.WorkloadList", "scheduling.k8s.io", "v1alpha2", "WorkloadList");

ROWS(scheduling_v1alpha2_WorkloadPodGroupTemplateReference) = {
    ROW( 1, "workloadName",         REQUIRED, STRING),
    ROW( 2, "podGroupTemplateName", REQUIRED, STRING),
};
TYPE(scheduling_v1alpha2_WorkloadPodGroupTemplateReference,
    "io.k8s.api.scheduling.v1alpha2.WorkloadPodGroupTemplateReference");

ROWS(scheduling_v1alpha2_WorkloadSpec) = {
    ROW( 1, "controllerRef",     OPTIONAL, OBJECT(scheduling_v1alpha2_TypedLocalObjectReference)),
    ROW( 2, "podGroupTemplates", REQUIRED, LIST_OF(OBJECT(scheduling_v1alpha2_PodGroupTemplate)),
        KEYS("name")),
};
TYPE(scheduling_v1alpha2_WorkloadSpec, "io.k8s.api.scheduling.v1alpha2.WorkloadSpec");
