/* SPDX-License-Identifier: Apache-2.0 */
/* Types: admissionregistration/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(admissionregistration_v1_ApplyConfiguration) = {
    ROW( 1, "expression", OPTIONAL, STRING),
};
TYPE(admissionregistration_v1_ApplyConfiguration, "io.k8s.api.admissionregistration.v1.ApplyConfiguration");

ROWS(admissionregistration_v1_AuditAnnotation) = {
    ROW( 1, "key",             REQUIRED | MUST, STRING),
    ROW( 2, "valueExpression", REQUIRED | MUST, STRING),
};
TYPE(admissionregistration_v1_AuditAnnotation, "io.k8s.api.admissionregistration.v1.AuditAnnotation");

ROWS(admissionregistration_v1_ExpressionWarning) = {
    ROW( 2, "fieldRef", REQUIRED, STRING),
    ROW( 3, "warning",  REQUIRED, STRING),
};
TYPE(admissionregistration_v1_ExpressionWarning, "io.k8s.api.admissionregistration.v1.ExpressionWarning");

ROWS(admissionregistration_v1_JSONPatch) = {
    ROW( 1, "expression", OPTIONAL, STRING),
};
TYPE(admissionregistration_v1_JSONPatch, "io.k8s.api.admissionregistration.v1.JSONPatch");

ROWS(admissionregistration_v1_MatchCondition) = {
    ROW( 1, "name",       REQUIRED, STRING),
    ROW( 2, "expression", REQUIRED, STRING),
};
TYPE(admissionregistration_v1_MatchCondition, "io.k8s.api.admissionregistration.v1.MatchCondition");

ROWS(admissionregistration_v1_MatchResources) = {
    ROW( 1, "namespaceSelector",    OPTIONAL, OBJECT(meta_v1_LabelSelector), DEFAULT({})),
    ROW( 2, "objectSelector",       OPTIONAL, OBJECT(meta_v1_LabelSelector), DEFAULT({})),
    ROW( 3, "resourceRules",        OPTIONAL,
        LIST_OF(OBJECT(admissionregistration_v1_NamedRuleWithOperations))),
    ROW( 4, "excludeResourceRules", OPTIONAL,
        LIST_OF(OBJECT(admissionregistration_v1_NamedRuleWithOperations))),
    ROW( 7, "matchPolicy",          OPTIONAL, STRING, DEFAULT("Equivalent"), ENUM("Equivalent", "Exact")),
};
TYPE(admissionregistration_v1_MatchResources,
    "io.k8s.api.admissionregistration.v1.MatchResources", ATOMIC_TYPE);

ROWS(admissionregistration_v1_MutatingAdmissionPolicy) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(admissionregistration_v1_MutatingAdmissionPolicySpec)),
};
TOP_TYPE(admissionregistration_v1_MutatingAdmissionPolicy,
    "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy",
    "admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicy");

ROWS(admissionregistration_v1_MutatingAdmissionPolicyBinding) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(admissionregistration_v1_MutatingAdmissionPolicyBindingSpec)),
};
TOP_TYPE(admissionregistration_v1_MutatingAdmissionPolicyBinding,
    "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding",
    "admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicyBinding");

ROWS(admissionregistration_v1_MutatingAdmissionPolicyBindingList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(admissionregistration_v1_MutatingAdmissionPolicyBinding))),
};
TOP_TYPE(admissionregistration_v1_MutatingAdmissionPolicyBindingList,
    "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBindingList",
    "admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicyBindingList");

ROWS(admissionregistration_v1_MutatingAdmissionPolicyBindingSpec) = {
    ROW( 1, "policyName",     OPTIONAL, STRING),
    ROW( 2, "paramRef",       OPTIONAL, OBJECT(admissionregistration_v1_ParamRef)),
    ROW( 3, "matchResources", OPTIONAL, OBJECT(admissionregistration_v1_MatchResources)),
};
TYPE(admissionregistration_v1_MutatingAdmissionPolicyBindingSpec,
    "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBindingSpec");

ROWS(admissionregistration_v1_MutatingAdmissionPolicyList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(admissionregistration_v1_MutatingAdmissionPolicy))),
};
TOP_TYPE(admissionregistration_v1_MutatingAdmissionPolicyList,
    "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyList",
    "admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicyList");

ROWS(admissionregistration_v1_MutatingAdmissionPolicySpec) = {
    ROW( 1, "paramKind",          OPTIONAL, OBJECT(admissionregistration_v1_ParamKind)),
    ROW( 2, "matchConstraints",   OPTIONAL, OBJECT(admissionregistration_v1_MatchResources)),
    ROW( 3, "variables",          OPTIONAL, LIST_OF(OBJECT(admissionregistration_v1_Variable))),
    ROW( 4, "mutations",          OPTIONAL, LIST_OF(OBJECT(admissionregistration_v1_Mutation))),
    ROW( 5, "failurePolicy",      OPTIONAL, STRING, DEFAULT("Fail"), ENUM("Fail", "Ignore")),
    ROW( 6, "matchConditions",    MERGE,    LIST_OF(OBJECT(admissionregistration_v1_MatchCondition)),
        KEYS("name")),
    ROW( 7, "reinvocationPolicy", OPTIONAL, STRING, ENUM("IfNeeded", "Never")),
};
TYPE(admissionregistration_v1_MutatingAdmissionPolicySpec,
    "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicySpec");

ROWS(admissionregistration_v1_MutatingWebhook) = {
    ROW( 1, "name",                    REQUIRED | MUST, STRING),
    ROW( 2, "clientConfig",            REQUIRED,        OBJECT(admissionregistration_v1_WebhookClientConfig)),
    ROW( 3, "rules",                   OPTIONAL,
        LIST_OF(OBJECT(admissionregistration_v1_RuleWithOperations))),
    ROW( 4, "failurePolicy",           OPTIONAL,        STRING, DEFAULT("Fail"), ENUM("Fail", "Ignore")),
    ROW( 5, "namespaceSelector",       OPTIONAL,        OBJECT(meta_v1_LabelSelector), DEFAULT({})),
    ROW( 6, "sideEffects",             REQUIRED | MUST, STRING, ENUM("None", "NoneOnDryRun")),
    ROW( 7, "timeoutSeconds",          OPTIONAL,        INT32, DEFAULT(10), RANGE(1, 30)),
    ROW( 8, "admissionReviewVersions", REQUIRED | MUST, LIST_OF(STRING)),
    ROW( 9, "matchPolicy",             OPTIONAL,        STRING,
        DEFAULT("Equivalent"), ENUM("Equivalent", "Exact")),
    ROW(10, "reinvocationPolicy",      OPTIONAL,        STRING, DEFAULT("Never"), ENUM("IfNeeded", "Never")),
    ROW(11, "objectSelector",          OPTIONAL,        OBJECT(meta_v1_LabelSelector), DEFAULT({})),
    ROW(12, "matchConditions",         MERGE,
        LIST_OF(OBJECT(admissionregistration_v1_MatchCondition)), KEYS("name")),
};
TYPE(admissionregistration_v1_MutatingWebhook, "io.k8s.api.admissionregistration.v1.MutatingWebhook");

ROWS(admissionregistration_v1_MutatingWebhookConfiguration) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "webhooks",   MERGE,    LIST_OF(OBJECT(admissionregistration_v1_MutatingWebhook)), KEYS("name")),
};
TOP_TYPE(admissionregistration_v1_MutatingWebhookConfiguration,
    "io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration",
    "admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration");

ROWS(admissionregistration_v1_MutatingWebhookConfigurationList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(admissionregistration_v1_MutatingWebhookConfiguration))),
};
TOP_TYPE(admissionregistration_v1_MutatingWebhookConfigurationList,
    "io.k8s.api.admissionregistration.v1.MutatingWebhookConfigurationList",
    "admissionregistration.k8s.io", "v1", "MutatingWebhookConfigurationList");

ROWS(admissionregistration_v1_Mutation) = {
    ROW( 2, "patchType",          REQUIRED | MUST, STRING),
    ROW( 3, "applyConfiguration", OPTIONAL,        OBJECT(admissionregistration_v1_ApplyConfiguration)),
    ROW( 4, "jsonPatch",          OPTIONAL,        OBJECT(admissionregistration_v1_JSONPatch)),
};
TYPE(admissionregistration_v1_Mutation, "io.k8s.api.admissionregistration.v1.Mutation");

ROWS(admissionregistration_v1_NamedRuleWithOperations) = {
    ROW( 1, "resourceNames", OPTIONAL, LIST_OF(STRING)),
    EMBED(2,  1, "operations",    OPTIONAL, LIST_OF(STRING)),
    EMBED(0x22,  1, "apiGroups",     OPTIONAL, LIST_OF(STRING)),
    EMBED(0x22,  2, "apiVersions",   OPTIONAL, LIST_OF(STRING)),
    EMBED(0x22,  3, "resources",     OPTIONAL, LIST_OF(STRING)),
    EMBED(0x22,  4, "scope",         OPTIONAL, STRING, DEFAULT("*"), ENUM("*", "Cluster", "Namespaced")),
};
TYPE(admissionregistration_v1_NamedRuleWithOperations,
    "io.k8s.api.admissionregistration.v1.NamedRuleWithOperations", ATOMIC_TYPE);

ROWS(admissionregistration_v1_ParamKind) = {
    ROW( 1, "apiVersion", OPTIONAL, STRING),
    ROW( 2, "kind",       OPTIONAL, STRING),
};
TYPE(admissionregistration_v1_ParamKind, "io.k8s.api.admissionregistration.v1.ParamKind", ATOMIC_TYPE);

ROWS(admissionregistration_v1_ParamRef) = {
    ROW( 1, "name",                    OPTIONAL, STRING),
    ROW( 2, "namespace",               OPTIONAL, STRING),
    ROW( 3, "selector",                OPTIONAL, OBJECT(meta_v1_LabelSelector)),
    ROW( 4, "parameterNotFoundAction", OPTIONAL, STRING),
};
TYPE(admissionregistration_v1_ParamRef, "io.k8s.api.admissionregistration.v1.ParamRef", ATOMIC_TYPE);

ROWS(admissionregistration_v1_RuleWithOperations) = {
    ROW( 1, "operations",  OPTIONAL, LIST_OF(STRING)),
    EMBED(2,  1, "apiGroups",   OPTIONAL, LIST_OF(STRING)),
    EMBED(2,  2, "apiVersions", OPTIONAL, LIST_OF(STRING)),
    EMBED(2,  3, "resources",   OPTIONAL, LIST_OF(STRING)),
    EMBED(2,  4, "scope",       OPTIONAL, STRING, DEFAULT("*"), ENUM("*", "Cluster", "Namespaced")),
};
TYPE(admissionregistration_v1_RuleWithOperations, "io.k8s.api.admissionregistration.v1.RuleWithOperations");

ROWS(admissionregistration_v1_ServiceReference) = {
    ROW( 1, "namespace", REQUIRED, STRING),
    ROW( 2, "name",      REQUIRED, STRING),
    ROW( 3, "path",      OPTIONAL, STRING),
    ROW( 4, "port",      OPTIONAL, INT32, DEFAULT(443), RANGE(1, 65535)),
};
TYPE(admissionregistration_v1_ServiceReference, "io.k8s.api.admissionregistration.v1.ServiceReference");

ROWS(admissionregistration_v1_TypeChecking) = {
    ROW( 1, "expressionWarnings", OPTIONAL, LIST_OF(OBJECT(admissionregistration_v1_ExpressionWarning))),
};
TYPE(admissionregistration_v1_TypeChecking, "io.k8s.api.admissionregistration.v1.TypeChecking");

ROWS(admissionregistration_v1_ValidatingAdmissionPolicy) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(admissionregistration_v1_ValidatingAdmissionPolicySpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(admissionregistration_v1_ValidatingAdmissionPolicyStatus)),
};
TOP_TYPE(admissionregistration_v1_ValidatingAdmissionPolicy,
    "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy",
    "admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy");

ROWS(admissionregistration_v1_ValidatingAdmissionPolicyBinding) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(admissionregistration_v1_ValidatingAdmissionPolicyBindingSpec)),
};
TOP_TYPE(admissionregistration_v1_ValidatingAdmissionPolicyBinding,
    "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding",
    "admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicyBinding");

ROWS(admissionregistration_v1_ValidatingAdmissionPolicyBindingList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED,
        LIST_OF(OBJECT(admissionregistration_v1_ValidatingAdmissionPolicyBinding))),
};
TOP_TYPE(admissionregistration_v1_ValidatingAdmissionPolicyBindingList,
    "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingList",
    "admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicyBindingList");

ROWS(admissionregistration_v1_ValidatingAdmissionPolicyBindingSpec) = {
    ROW( 1, "policyName",        REQUIRED | MUST, STRING),
    ROW( 2, "paramRef",          OPTIONAL,        OBJECT(admissionregistration_v1_ParamRef)),
    ROW( 3, "matchResources",    OPTIONAL,        OBJECT(admissionregistration_v1_MatchResources)),
    ROW( 4, "validationActions", REQUIRED,        LIST_OF(STRING), SET),
};
TYPE(admissionregistration_v1_ValidatingAdmissionPolicyBindingSpec,
    "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec");

ROWS(admissionregistration_v1_ValidatingAdmissionPolicyList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(admissionregistration_v1_ValidatingAdmissionPolicy))),
};
TOP_TYPE(admissionregistration_v1_ValidatingAdmissionPolicyList,
    "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyList",
    "admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicyList");

ROWS(admissionregistration_v1_ValidatingAdmissionPolicySpec) = {
    ROW( 1, "paramKind",        OPTIONAL, OBJECT(admissionregistration_v1_ParamKind)),
    ROW( 2, "matchConstraints", OPTIONAL, OBJECT(admissionregistration_v1_MatchResources)),
    ROW( 3, "validations",      OPTIONAL, LIST_OF(OBJECT(admissionregistration_v1_Validation))),
    ROW( 4, "failurePolicy",    OPTIONAL, STRING, DEFAULT("Fail"), ENUM("Fail", "Ignore")),
    ROW( 5, "auditAnnotations", OPTIONAL, LIST_OF(OBJECT(admissionregistration_v1_AuditAnnotation))),
    ROW( 6, "matchConditions",  MERGE,    LIST_OF(OBJECT(admissionregistration_v1_MatchCondition)),
        KEYS("name")),
    ROW( 7, "variables",        MERGE,    LIST_OF(OBJECT(admissionregistration_v1_Variable)), KEYS("name")),
};
TYPE(admissionregistration_v1_ValidatingAdmissionPolicySpec,
    "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec");

ROWS(admissionregistration_v1_ValidatingAdmissionPolicyStatus) = {
    ROW( 1, "observedGeneration", OPTIONAL, INT64),
    ROW( 2, "typeChecking",       OPTIONAL, OBJECT(admissionregistration_v1_TypeChecking)),
    ROW( 3, "conditions",         OPTIONAL, LIST_OF(OBJECT(meta_v1_Condition)), KEYS("type")),
};
TYPE(admissionregistration_v1_ValidatingAdmissionPolicyStatus,
    "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus");

ROWS(admissionregistration_v1_ValidatingWebhook) = {
    ROW( 1, "name",                    REQUIRED | MUST, STRING),
    ROW( 2, "clientConfig",            REQUIRED,        OBJECT(admissionregistration_v1_WebhookClientConfig)),
    ROW( 3, "rules",                   OPTIONAL,
        LIST_OF(OBJECT(admissionregistration_v1_RuleWithOperations))),
    ROW( 4, "failurePolicy",           OPTIONAL,        STRING, DEFAULT("Fail"), ENUM("Fail", "Ignore")),
    ROW( 5, "namespaceSelector",       OPTIONAL,        OBJECT(meta_v1_LabelSelector), DEFAULT({})),
    ROW( 6, "sideEffects",             REQUIRED | MUST, STRING, ENUM("None", "NoneOnDryRun")),
    ROW( 7, "timeoutSeconds",          OPTIONAL,        INT32, DEFAULT(10), RANGE(1, 30)),
    ROW( 8, "admissionReviewVersions", REQUIRED | MUST, LIST_OF(STRING)),
    ROW( 9, "matchPolicy",             OPTIONAL,        STRING,
        DEFAULT("Equivalent"), ENUM("Equivalent", "Exact")),
    ROW(10, "objectSelector",          OPTIONAL,        OBJECT(meta_v1_LabelSelector), DEFAULT({})),
    ROW(11, "matchConditions",         MERGE,
        LIST_OF(OBJECT(admissionregistration_v1_MatchCondition)), KEYS("name")),
};
TYPE(admissionregistration_v1_ValidatingWebhook, "io.k8s.api.admissionregistration.v1.ValidatingWebhook");

ROWS(admissionregistration_v1_ValidatingWebhookConfiguration) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "webhooks",   MERGE,    LIST_OF(OBJECT(admissionregistration_v1_ValidatingWebhook)),
        KEYS("name")),
};
TOP_TYPE(admissionregistration_v1_ValidatingWebhookConfiguration,
    "io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration",
    "admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration");

ROWS(admissionregistration_v1_ValidatingWebhookConfigurationList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(admissionregistration_v1_ValidatingWebhookConfiguration))),
};
TOP_TYPE(admissionregistration_v1_ValidatingWebhookConfigurationList,
    "io.k8s.api.admissionregistration.v1.ValidatingWebhookConfigurationList",
    "admissionregistration.k8s.io", "v1", "ValidatingWebhookConfigurationList");

ROWS(admissionregistration_v1_Validation) = {
    ROW( 1, "expression",        REQUIRED | MUST, STRING),
    ROW( 2, "message",           OPTIONAL,        STRING),
    ROW( 3, "reason",            OPTIONAL,        STRING),
    ROW( 4, "messageExpression", OPTIONAL,        STRING),
};
TYPE(admissionregistration_v1_Validation, "io.k8s.api.admissionregistration.v1.Validation");

ROWS(admissionregistration_v1_Variable) = {
    ROW( 1, "name",       REQUIRED | MUST, STRING),
    ROW( 2, "expression", REQUIRED | MUST, STRING),
};
TYPE(admissionregistration_v1_Variable, "io.k8s.api.admissionregistration.v1.Variable", ATOMIC_TYPE);

ROWS(admissionregistration_v1_WebhookClientConfig) = {
    ROW( 1, "service",  OPTIONAL, OBJECT(admissionregistration_v1_ServiceReference)),
    ROW( 2, "caBundle", OPTIONAL, BYTES),
    ROW( 3, "url",      OPTIONAL, STRING),
};
TYPE(admissionregistration_v1_WebhookClientConfig, "io.k8s.api.admissionregistration.v1.WebhookClientConfig");
