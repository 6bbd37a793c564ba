/* SPDX-License-Identifier: Apache-2.0 */
/* Types: admissionregistration/v1beta1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(admissionregistration_v1beta1_ApplyConfiguration) = {
    ROW( 1, "expression", OPTIONAL, STRING),
};
TYPE(admissionregistration_v1beta1_ApplyConfiguration,
    "io.k8s.api.admissionregistration.v1beta1.ApplyConfiguration");

ROWS(admissionregistration_v1beta1_JSONPatch) = {
    ROW( 1, "expression", OPTIONAL, STRING),
};
TYPE(admissionregistration_v1beta1_JSONPatch, "io.k8s.api.admissionregistration.v1beta1.JSONPatch");

ROWS(admissionregistration_v1beta1_MatchCondition) = {
    ROW( 1, "name",       REQUIRED, STRING),
    ROW( 2, "expression", REQUIRED, STRING),
};
TYPE(admissionregistration_v1beta1_MatchCondition, "io.k8s.api.admissionregistration.v1beta1.MatchCondition");

ROWS(admissionregistration_v1beta1_MatchResources) = {
    ROW( 1, "namespaceSelector",    OPTIONAL, OBJECT(meta_v1_LabelSelector), DEFAULT({})),
    ROW( 2, "objectSelector",       OPTIONAL, OBJECT(meta_v1_LabelSelector), DEFAULT({})),
    ROW( 3, "resourceRules",        OPTIONAL,
        LIST_OF(OBJECT(admissionregistration_v1beta1_NamedRuleWithOperations))),
    ROW( 4, "excludeResourceRules", OPTIONAL,
        LIST_OF(OBJECT(admissionregistration_v1beta1_NamedRuleWithOperations))),
    ROW( 7, "matchPolicy",          OPTIONAL, STRING, DEFAULT("Equivalent"), ENUM("Equivalent", "Exact")),
};
TYPE(admissionregistration_v1beta1_MatchResources,
    "io.k8s.api.admissionregistration.v1beta1.MatchResources", ATOMIC_TYPE);

ROWS(admissionregistration_v1beta1_MutatingAdmissionPolicy) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(admissionregistration_v1beta1_MutatingAdmissionPolicySpec)),
};
TOP_TYPE(admissionregistration_v1beta1_MutatingAdmissionPolicy,
    "io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicy",
    "admissionregistration.k8s.io", "v1beta1", "MutatingAdmissionPolicy");

ROWS(admissionregistration_v1beta1_MutatingAdmissionPolicyBinding) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(admissionregistration_v1beta1_MutatingAdmissionPolicyBindingSpec)),
};
TOP_TYPE(admissionregistration_v1beta1_MutatingAdmissionPolicyBinding,
    "io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicyBinding",
    "admissionregistration.k8s.io", "v1beta1", "MutatingAdmissionPolicyBinding");

ROWS(admissionregistration_v1beta1_MutatingAdmissionPolicyBindingList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED,
        LIST_OF(OBJECT(admissionregistration_v1beta1_MutatingAdmissionPolicyBinding))),
};
TOP_TYPE(admissionregistration_v1beta1_MutatingAdmissionPolicyBindingList,
    "io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicyBindingList",
    "admissionregistration.k8s.io", "v1beta1", "MutatingAdmissionPolicyBindingList");

ROWS(admissionregistration_v1beta1_MutatingAdmissionPolicyBindingSpec) = {
    ROW( 1, "policyName",     OPTIONAL, STRING),
    ROW( 2, "paramRef",       OPTIONAL, OBJECT(admissionregistration_v1beta1_ParamRef)),
    ROW( 3, "matchResources", OPTIONAL, OBJECT(admissionregistration_v1beta1_MatchResources)),
};
TYPE(admissionregistration_v1beta1_MutatingAdmissionPolicyBindingSpec,
    "io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicyBindingSpec");

ROWS(admissionregistration_v1beta1_MutatingAdmissionPolicyList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(admissionregistration_v1beta1_MutatingAdmissionPolicy))),
};
TOP_TYPE(admissionregistration_v1beta1_MutatingAdmissionPolicyList,
    "io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicyList",
    "admissionregistration.k8s.io", "v1beta1", "MutatingAdmissionPolicyList");

ROWS(admissionregistration_v1beta1_MutatingAdmissionPolicySpec) = {
    ROW( 1, "paramKind",          OPTIONAL, OBJECT(admissionregistration_v1beta1_ParamKind)),
    ROW( 2, "matchConstraints",   OPTIONAL, OBJECT(admissionregistration_v1beta1_MatchResources)),
    ROW( 3, "variables",          OPTIONAL, LIST_OF(OBJECT(admissionregistration_v1beta1_Variable))),
    ROW( 4, "mutations",          OPTIONAL, LIST_OF(OBJECT(admissionregistration_v1beta1_Mutation))),
    ROW( 5, "failurePolicy",      OPTIONAL, STRING, DEFAULT("Fail"), ENUM("Fail", "Ignore")),
    ROW( 6, "matchConditions",    MERGE,    LIST_OF(OBJECT(admissionregistration_v1beta1_MatchCondition)),
        KEYS("name")),
    ROW( 7, "reinvocationPolicy", OPTIONAL, STRING, ENUM("IfNeeded", "Never")),
};
TYPE(admissionregistration_v1beta1_MutatingAdmissionPolicySpec,
    "io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicySpec");

ROWS(admissionregistration_v1beta1_Mutation) = {
    ROW( 2, "patchType",          REQUIRED | MUST, STRING),
    ROW( 3, "applyConfiguration", OPTIONAL,        OBJECT(admissionregistration_v1beta1_ApplyConfiguration)),
    ROW( 4, "jsonPatch",          OPTIONAL,        OBJECT(admissionregistration_v1beta1_JSONPatch)),
};
TYPE(admissionregistration_v1beta1_Mutation, "io.k8s.api.admissionregistration.v1beta1.Mutation");

ROWS(admissionregistration_v1beta1_NamedRuleWithOperations) = {
    ROW( 1, "resourceNames", OPTIONAL, LIST_OF(STRING)),
    EMBED(2,  1, "operations",    OPTIONAL, LIST_OF(STRING)),
    EMBED(0x22,  1, "apiGroups",     OPTIONAL, LIST_OF(STRING)),
    EMBED(0x22,  2, "apiVersions",   OPTIONAL, LIST_OF(STRING)),
    EMBED(0x22,  3, "resources",     OPTIONAL, LIST_OF(STRING)),
    EMBED(0x22,  4, "scope",         OPTIONAL, STRING, DEFAULT("*"), ENUM("*", "Cluster", "Namespaced")),
};
TYPE(admissionregistration_v1beta1_NamedRuleWithOperations,
    "io.k8s.api.admissionregistration.v1beta1.NamedRuleWithOperations", ATOMIC_TYPE);

ROWS(admissionregistration_v1beta1_ParamKind) = {
    ROW( 1, "apiVersion", OPTIONAL, STRING),
    ROW( 2, "kind",       OPTIONAL, STRING),
};
TYPE(admissionregistration_v1beta1_ParamKind,
    "io.k8s.api.admissionregistration.v1beta1.ParamKind", ATOMIC_TYPE);

ROWS(admissionregistration_v1beta1_ParamRef) = {
    ROW( 1, "name",                    OPTIONAL, STRING),
    ROW( 2, "namespace",               OPTIONAL, STRING),
    ROW( 3, "selector",                OPTIONAL, OBJECT(meta_v1_LabelSelector)),
    ROW( 4, "parameterNotFoundAction", OPTIONAL, STRING),
};
TYPE(admissionregistration_v1beta1_ParamRef,
    "io.k8s.api.admissionregistration.v1beta1.ParamRef", ATOMIC_TYPE);

ROWS(admissionregistration_v1beta1_Variable) = {
    ROW( 1, "name",       REQUIRED | MUST, STRING),
    ROW( 2, "expression", REQUIRED | MUST, STRING),
};
TYPE(admissionregistration_v1beta1_Variable,
    "io.k8s.api.admissionregistration.v1beta1.Variable", ATOMIC_TYPE);
