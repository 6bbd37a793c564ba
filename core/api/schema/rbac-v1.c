/* SPDX-License-Identifier: Apache-2.0 */
/* Types: rbac/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(rbac_v1_AggregationRule) = {
    ROW( 1, "clusterRoleSelectors", OPTIONAL, LIST_OF(OBJECT(meta_v1_LabelSelector))),
};
TYPE(rbac_v1_AggregationRule, "io.k8s.api.rbac.v1.AggregationRule", VALIDATE_HOOK(validate_aggregation_rule));

ROWS(rbac_v1_ClusterRole) = {
    ROW( 0, "kind",            OPTIONAL, STRING),
    ROW( 0, "apiVersion",      OPTIONAL, STRING),
    ROW( 1, "metadata",        OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "rules",           OPTIONAL, LIST_OF(OBJECT(rbac_v1_PolicyRule))),
    ROW( 3, "aggregationRule", OPTIONAL, OBJECT(rbac_v1_AggregationRule)),
};
TOP_TYPE(rbac_v1_ClusterRole,
    "io.k8s.api.rbac.v1.ClusterRole", "rbac.authorization.k8s.io", "v1", "ClusterRole");

ROWS(rbac_v1_ClusterRoleBinding) = {
    ROW( 0, "kind",       OPTIONAL,                    STRING),
    ROW( 0, "apiVersion", OPTIONAL,                    STRING),
    ROW( 1, "metadata",   OPTIONAL,                    OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "subjects",   OPTIONAL,                    LIST_OF(OBJECT(rbac_v1_Subject))),
    ROW( 3, "roleRef",    REQUIRED | MUST, OBJECT(rbac_v1_RoleRef)),
};
TOP_TYPE(rbac_v1_ClusterRoleBinding,
    "io.k8s.api.rbac.v1.ClusterRoleBinding", "rbac.authorization.k8s.io", "v1", "ClusterRoleBinding",
    VALIDATE_HOOK(validate_cluster_role_binding));

ROWS(rbac_v1_ClusterRoleBindingList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(rbac_v1_ClusterRoleBinding))),
};
TOP_TYPE(rbac_v1_ClusterRoleBindingList,
    "io.k8s.api.rbac.v1.ClusterRoleBindingList", "rbac.authorization.k8s.io", "v1", "ClusterRoleBindingList");

ROWS(rbac_v1_ClusterRoleList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(rbac_v1_ClusterRole))),
};
TOP_TYPE(rbac_v1_ClusterRoleList,
    "io.k8s.api.rbac.v1.ClusterRoleList", "rbac.authorization.k8s.io", "v1", "ClusterRoleList");

ROWS(rbac_v1_PolicyRule) = {
    ROW( 1, "verbs",           REQUIRED | MUST, LIST_OF(STRING)),
    ROW( 2, "apiGroups",       OPTIONAL,        LIST_OF(STRING)),
    ROW( 3, "resources",       OPTIONAL,        LIST_OF(STRING)),
    ROW( 4, "resourceNames",   OPTIONAL,        LIST_OF(STRING)),
    ROW( 5, "nonResourceURLs", OPTIONAL,        LIST_OF(STRING)),
};
TYPE(rbac_v1_PolicyRule, "io.k8s.api.rbac.v1.PolicyRule", VALIDATE_HOOK(validate_policy_rule));

ROWS(rbac_v1_Role) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "rules",      OPTIONAL, LIST_OF(OBJECT(rbac_v1_PolicyRule))),
};
TOP_TYPE(rbac_v1_Role, "io.k8s.api.rbac.v1.Role", "rbac.authorization.k8s.io", "v1", "Role");

ROWS(rbac_v1_RoleBinding) = {
    ROW( 0, "kind",       OPTIONAL,                    STRING),
    ROW( 0, "apiVersion", OPTIONAL,                    STRING),
    ROW( 1, "metadata",   OPTIONAL,                    OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "subjects",   OPTIONAL,                    LIST_OF(OBJECT(rbac_v1_Subject))),
    ROW( 3, "roleRef",    REQUIRED | MUST, OBJECT(rbac_v1_RoleRef)),
};
TOP_TYPE(rbac_v1_RoleBinding,
    "io.k8s.api.rbac.v1.RoleBinding", "rbac.authorization.k8s.io", "v1", "RoleBinding");

ROWS(rbac_v1_RoleBindingList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(rbac_v1_RoleBinding))),
};
TOP_TYPE(rbac_v1_RoleBindingList,
    "io.k8s.api.rbac.v1.RoleBindingList", "rbac.authorization.k8s.io", "v1", "RoleBindingList");

ROWS(rbac_v1_RoleList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(rbac_v1_Role))),
};
TOP_TYPE(rbac_v1_RoleList, "io.k8s.api.rbac.v1.RoleList", "rbac.authorization.k8s.io", "v1", "RoleList");

ROWS(rbac_v1_RoleRef) = {
    ROW( 1, "apiGroup", ZERO,            STRING,
        DEFAULT("rbac.authorization.k8s.io"), ENUM("rbac.authorization.k8s.io")),
    ROW( 2, "kind",     REQUIRED | MUST, STRING, ENUM("ClusterRole", "Role")),
    ROW( 3, "name",     REQUIRED | MUST, STRING, CHECK(path_segment)),
};
TYPE(rbac_v1_RoleRef, "io.k8s.api.rbac.v1.RoleRef", ATOMIC_TYPE);

ROWS(rbac_v1_Subject) = {
    ROW( 1, "kind",      REQUIRED | MUST, STRING, ENUM("Group", "ServiceAccount", "User")),
    ROW( 2, "apiGroup",  OPTIONAL,        STRING),
    ROW( 3, "name",      REQUIRED | MUST, STRING),
    ROW( 4, "namespace", OPTIONAL,        STRING),
};
TYPE(rbac_v1_Subject, "io.k8s.api.rbac.v1.Subject", ATOMIC_TYPE, DEFAULT_HOOK(default_rbac_subject),
    VALIDATE_HOOK(validate_rbac_subject));
