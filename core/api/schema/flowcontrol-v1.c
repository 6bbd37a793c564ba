/* SPDX-License-Identifier: Apache-2.0 */
/* Types: flowcontrol/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(flowcontrol_v1_ExemptPriorityLevelConfiguration) = {
    ROW( 1, "nominalConcurrencyShares", OPTIONAL, INT32, DEFAULT(0), AT_LEAST(0)),
    ROW( 2, "lendablePercent",          OPTIONAL, INT32, DEFAULT(0), RANGE(0, 100)),
};
TYPE(flowcontrol_v1_ExemptPriorityLevelConfiguration,
    "io.k8s.api.flowcontrol.v1.ExemptPriorityLevelConfiguration");

ROWS(flowcontrol_v1_FlowDistinguisherMethod) = {
    ROW( 1, "type", REQUIRED | MUST, STRING),
};
TYPE(flowcontrol_v1_FlowDistinguisherMethod, "io.k8s.api.flowcontrol.v1.FlowDistinguisherMethod");

ROWS(flowcontrol_v1_FlowSchema) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(flowcontrol_v1_FlowSchemaSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(flowcontrol_v1_FlowSchemaStatus)),
};
TOP_TYPE(flowcontrol_v1_FlowSchema,
    "io.k8s.api.flowcontrol.v1.FlowSchema", "flowcontrol.apiserver.k8s.io", "v1", "FlowSchema");

ROWS(flowcontrol_v1_FlowSchemaCondition) = {
    ROW( 1, "type",               OPTIONAL, STRING),
    ROW( 2, "status",             OPTIONAL, STRING),
    ROW( 3, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 4, "reason",             OPTIONAL, STRING),
    ROW( 5, "message",            OPTIONAL, STRING),
};
TYPE(flowcontrol_v1_FlowSchemaCondition, "io.k8s.api.flowcontrol.v1.FlowSchemaCondition");

ROWS(flowcontrol_v1_FlowSchemaList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(flowcontrol_v1_FlowSchema))),
};
TOP_TYPE(flowcontrol_v1_FlowSchemaList,
    "io.k8s.api.flowcontrol.v1.FlowSchemaList", "flowcontrol.apiserver.k8s.io", "v1", "FlowSchemaList");

ROWS(flowcontrol_v1_FlowSchemaSpec) = {
    ROW( 1, "priorityLevelConfiguration", REQUIRED,
        OBJECT(flowcontrol_v1_PriorityLevelConfigurationReference)),
    ROW( 2, "matchingPrecedence",         ZERO,     INT32, DEFAULT(1000), RANGE(1, 10000)),
    ROW( 3, "distinguisherMethod",        OPTIONAL, OBJECT(flowcontrol_v1_FlowDistinguisherMethod)),
    ROW( 4, "rules",                      OPTIONAL, LIST_OF(OBJECT(flowcontrol_v1_PolicyRulesWithSubjects))),
};
TYPE(flowcontrol_v1_FlowSchemaSpec, "io.k8s.api.flowcontrol.v1.FlowSchemaSpec");

ROWS(flowcontrol_v1_FlowSchemaStatus) = {
    ROW( 1, "conditions", MERGE, LIST_OF(OBJECT(flowcontrol_v1_FlowSchemaCondition)), KEYS("type")),
};
TYPE(flowcontrol_v1_FlowSchemaStatus, "io.k8s.api.flowcontrol.v1.FlowSchemaStatus");

ROWS(flowcontrol_v1_GroupSubject) = {
    ROW( 1, "name", REQUIRED | MUST, STRING),
};
TYPE(flowcontrol_v1_GroupSubject, "io.k8s.api.flowcontrol.v1.GroupSubject");

ROWS(flowcontrol_v1_LimitResponse) = {
    ROW( 1, "type",    REQUIRED | MUST | ZERO, STRING, DEFAULT("Reject"), ENUM("Queue", "Reject")),
    ROW( 2, "queuing", OPTIONAL,               OBJECT(flowcontrol_v1_QueuingConfiguration)),
};
TYPE(flowcontrol_v1_LimitResponse, "io.k8s.api.flowcontrol.v1.LimitResponse",
    DEFAULT_HOOK(default_limit_response));

ROWS(flowcontrol_v1_LimitedPriorityLevelConfiguration) = {
    ROW( 1, "nominalConcurrencyShares", OPTIONAL, INT32, DEFAULT(30), AT_LEAST(0)),
    ROW( 2, "limitResponse",            OPTIONAL, OBJECT(flowcontrol_v1_LimitResponse)),
    ROW( 3, "lendablePercent",          OPTIONAL, INT32, DEFAULT(0), RANGE(0, 100)),
    ROW( 4, "borrowingLimitPercent",    OPTIONAL, INT32),
};
TYPE(flowcontrol_v1_LimitedPriorityLevelConfiguration,
    "io.k8s.api.flowcontrol.v1.LimitedPriorityLevelConfiguration");

ROWS(flowcontrol_v1_NonResourcePolicyRule) = {
    ROW( 1, "verbs",           REQUIRED, LIST_OF(STRING), SET),
    ROW( 6, "nonResourceURLs", REQUIRED, LIST_OF(STRING), SET),
};
TYPE(flowcontrol_v1_NonResourcePolicyRule, "io.k8s.api.flowcontrol.v1.NonResourcePolicyRule");

ROWS(flowcontrol_v1_PolicyRulesWithSubjects) = {
    ROW( 1, "subjects",         REQUIRED, LIST_OF(OBJECT(flowcontrol_v1_Subject))),
    ROW( 2, "resourceRules",    OPTIONAL, LIST_OF(OBJECT(flowcontrol_v1_ResourcePolicyRule))),
    ROW( 3, "nonResourceRules", OPTIONAL, LIST_OF(OBJECT(flowcontrol_v1_NonResourcePolicyRule))),
};
TYPE(flowcontrol_v1_PolicyRulesWithSubjects, "io.k8s.api.flowcontrol.v1.PolicyRulesWithSubjects");

ROWS(flowcontrol_v1_PriorityLevelConfiguration) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(flowcontrol_v1_PriorityLevelConfigurationSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(flowcontrol_v1_PriorityLevelConfigurationStatus)),
};
TOP_TYPE(flowcontrol_v1_PriorityLevelConfiguration,
    "io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration",
    "flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration");

ROWS(flowcontrol_v1_PriorityLevelConfigurationCondition) = {
    ROW( 1, "type",               OPTIONAL, STRING),
    ROW( 2, "status",             OPTIONAL, STRING),
    ROW( 3, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 4, "reason",             OPTIONAL, STRING),
    ROW( 5, "message",            OPTIONAL, STRING),
};
TYPE(flowcontrol_v1_PriorityLevelConfigurationCondition,
    "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationCondition");

ROWS(flowcontrol_v1_PriorityLevelConfigurationList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(flowcontrol_v1_PriorityLevelConfiguration))),
};
TOP_TYPE(flowcontrol_v1_PriorityLevelConfigurationList,
    "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationList",
    "flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfigurationList");

ROWS(flowcontrol_v1_PriorityLevelConfigurationReference) = {
    ROW( 1, "name", REQUIRED, STRING),
};
TYPE(flowcontrol_v1_PriorityLevelConfigurationReference,
    "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationReference");

ROWS(flowcontrol_v1_PriorityLevelConfigurationSpec) = {
    ROW( 1, "type",    REQUIRED | MUST, STRING, ENUM("Exempt", "Limited")),
    ROW( 2, "limited", OPTIONAL,        OBJECT(flowcontrol_v1_LimitedPriorityLevelConfiguration)),
    ROW( 3, "exempt",  OPTIONAL,        OBJECT(flowcontrol_v1_ExemptPriorityLevelConfiguration)),
};
TYPE(flowcontrol_v1_PriorityLevelConfigurationSpec,
    "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec", DEFAULT_HOOK(default_priority_level_spec));

ROWS(flowcontrol_v1_PriorityLevelConfigurationStatus) = {
    ROW( 1, "conditions", MERGE, LIST_OF(OBJECT(flowcontrol_v1_PriorityLevelConfigurationCondition)),
        KEYS("type")),
};
TYPE(flowcontrol_v1_PriorityLevelConfigurationStatus,
    "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus");

ROWS(flowcontrol_v1_QueuingConfiguration) = {
    ROW( 1, "queues",           ZERO, INT32, DEFAULT(64), AT_LEAST(1)),
    ROW( 2, "handSize",         ZERO, INT32, DEFAULT(8), AT_LEAST(1)),
    ROW( 3, "queueLengthLimit", ZERO, INT32, DEFAULT(50), AT_LEAST(1)),
};
TYPE(flowcontrol_v1_QueuingConfiguration, "io.k8s.api.flowcontrol.v1.QueuingConfiguration");

ROWS(flowcontrol_v1_ResourcePolicyRule) = {
    ROW( 1, "verbs",        REQUIRED, LIST_OF(STRING), SET),
    ROW( 2, "apiGroups",    REQUIRED, LIST_OF(STRING), SET),
    ROW( 3, "resources",    REQUIRED, LIST_OF(STRING), SET),
    ROW( 4, "clusterScope", OPTIONAL, BOOL),
    ROW( 5, "namespaces",   OPTIONAL, LIST_OF(STRING), SET),
};
TYPE(flowcontrol_v1_ResourcePolicyRule, "io.k8s.api.flowcontrol.v1.ResourcePolicyRule");

ROWS(flowcontrol_v1_ServiceAccountSubject) = {
    ROW( 1, "namespace", REQUIRED | MUST, STRING),
    ROW( 2, "name",      REQUIRED | MUST, STRING),
};
TYPE(flowcontrol_v1_ServiceAccountSubject, "io.k8s.api.flowcontrol.v1.ServiceAccountSubject");

ROWS(flowcontrol_v1_Subject) = {
    ROW( 1, "kind",           REQUIRED | MUST, STRING, ENUM("Group", "ServiceAccount", "User")),
    ROW( 2, "user",           OPTIONAL,        OBJECT(flowcontrol_v1_UserSubject)),
    ROW( 3, "group",          OPTIONAL,        OBJECT(flowcontrol_v1_GroupSubject)),
    ROW( 4, "serviceAccount", OPTIONAL,        OBJECT(flowcontrol_v1_ServiceAccountSubject)),
};
TYPE(flowcontrol_v1_Subject, "io.k8s.api.flowcontrol.v1.Subject");

ROWS(flowcontrol_v1_UserSubject) = {
    ROW( 1, "name", REQUIRED | MUST, STRING),
};
TYPE(flowcontrol_v1_UserSubject, "io.k8s.api.flowcontrol.v1.UserSubject");
