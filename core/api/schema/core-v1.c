/* SPDX-License-Identifier: Apache-2.0 */
/* Types: the rest of core/v1: configuration, namespaces, quotas, events, controllers, references. Rows in the
 * order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(core_v1_ComponentCondition) = {
    ROW( 1, "type",    REQUIRED, STRING),
    ROW( 2, "status",  REQUIRED, STRING),
    ROW( 3, "message", OPTIONAL, STRING),
    ROW( 4, "error",   OPTIONAL, STRING),
};
TYPE(core_v1_ComponentCondition, "io.k8s.api.core.v1.ComponentCondition");

ROWS(core_v1_ComponentStatus) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "conditions", MERGE,    LIST_OF(OBJECT(core_v1_ComponentCondition)), KEYS("type")),
};
TOP_TYPE(core_v1_ComponentStatus, "io.k8s.api.core.v1.ComponentStatus", "", "v1", "ComponentStatus");

ROWS(core_v1_ComponentStatusList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_ComponentStatus))),
};
TOP_TYPE(core_v1_ComponentStatusList,
    "io.k8s.api.core.v1.ComponentStatusList", "", "v1", "ComponentStatusList");

ROWS(core_v1_ConfigMap) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "data",       OPTIONAL, MAP_OF(STRING)),
    ROW( 3, "binaryData", OPTIONAL, MAP_OF(BYTES)),
    ROW( 4, "immutable",  OPTIONAL, BOOL),
};
TOP_TYPE(core_v1_ConfigMap, "io.k8s.api.core.v1.ConfigMap", "", "v1", "ConfigMap",
    VALIDATE_HOOK(validate_config_map));

ROWS(core_v1_ConfigMapList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_ConfigMap))),
};
TOP_TYPE(core_v1_ConfigMapList, "io.k8s.api.core.v1.ConfigMapList", "", "v1", "ConfigMapList");

ROWS(core_v1_Event) = {
    ROW( 0, "kind",               OPTIONAL, STRING),
    ROW( 0, "apiVersion",         OPTIONAL, STRING),
    ROW( 1, "metadata",           REQUIRED, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "involvedObject",     REQUIRED, OBJECT(core_v1_ObjectReference)),
    ROW( 3, "reason",             OPTIONAL, STRING),
    ROW( 4, "message",            OPTIONAL, STRING),
    ROW( 5, "source",             OPTIONAL, OBJECT(core_v1_EventSource), DEFAULT({})),
    ROW( 6, "firstTimestamp",     OPTIONAL, TIME),
    ROW( 7, "lastTimestamp",      OPTIONAL, TIME),
    ROW( 8, "count",              OMIT,     INT32),
    ROW( 9, "type",               OPTIONAL, STRING),
    ROW(10, "eventTime",          OPTIONAL, MICRO_TIME),
    ROW(11, "series",             OPTIONAL, OBJECT(core_v1_EventSeries)),
    ROW(12, "action",             OPTIONAL, STRING),
    ROW(13, "related",            OPTIONAL, OBJECT(core_v1_ObjectReference)),
    ROW(14, "reportingComponent", OPTIONAL, STRING),
    ROW(15, "reportingInstance",  OPTIONAL, STRING),
};
TOP_TYPE(core_v1_Event, "io.k8s.api.core.v1.Event", "", "v1", "Event");

ROWS(core_v1_EventList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_Event))),
};
TOP_TYPE(core_v1_EventList, "io.k8s.api.core.v1.EventList", "", "v1", "EventList");

ROWS(core_v1_EventSeries) = {
    ROW( 1, "count",            OPTIONAL, INT32),
    ROW( 2, "lastObservedTime", OPTIONAL, MICRO_TIME),
};
TYPE(core_v1_EventSeries, "io.k8s.api.core.v1.EventSeries");

ROWS(core_v1_EventSource) = {
    ROW( 1, "component", OPTIONAL, STRING),
    ROW( 2, "host",      OPTIONAL, STRING),
};
TYPE(core_v1_EventSource, "io.k8s.api.core.v1.EventSource");

ROWS(core_v1_LimitRange) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(core_v1_LimitRangeSpec)),
};
TOP_TYPE(core_v1_LimitRange, "io.k8s.api.core.v1.LimitRange", "", "v1", "LimitRange");

ROWS(core_v1_LimitRangeItem) = {
    ROW( 1, "type",                 REQUIRED | MUST, STRING),
    ROW( 2, "max",                  OPTIONAL,        MAP_OF(QUANTITY)),
    ROW( 3, "min",                  OPTIONAL,        MAP_OF(QUANTITY)),
    ROW( 4, "default",              OPTIONAL,        MAP_OF(QUANTITY)),
    ROW( 5, "defaultRequest",       OPTIONAL,        MAP_OF(QUANTITY)),
    ROW( 6, "maxLimitRequestRatio", OPTIONAL,        MAP_OF(QUANTITY)),
};
TYPE(core_v1_LimitRangeItem, "io.k8s.api.core.v1.LimitRangeItem", DEFAULT_HOOK(default_limit_range_item),
    VALIDATE_HOOK(validate_limit_range_item));

ROWS(core_v1_LimitRangeList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_LimitRange))),
};
TOP_TYPE(core_v1_LimitRangeList, "io.k8s.api.core.v1.LimitRangeList", "", "v1", "LimitRangeList");

ROWS(core_v1_LimitRangeSpec) = {
    ROW( 1, "limits", REQUIRED, LIST_OF(OBJECT(core_v1_LimitRangeItem))),
};
TYPE(core_v1_LimitRangeSpec, "io.k8s.api.core.v1.LimitRangeSpec", VALIDATE_HOOK(validate_limit_range_spec));

ROWS(core_v1_LocalObjectReference) = {
    ROW( 1, "name", OPTIONAL, STRING),
};
TYPE(core_v1_LocalObjectReference, "io.k8s.api.core.v1.LocalObjectReference", ATOMIC_TYPE);

ROWS(core_v1_Namespace) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(core_v1_NamespaceSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(core_v1_NamespaceStatus)),
};
TOP_TYPE(core_v1_Namespace, "io.k8s.api.core.v1.Namespace", "", "v1", "Namespace",
    DEFAULT_HOOK(default_namespace));

ROWS(core_v1_NamespaceCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 4, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 5, "reason",             OPTIONAL, STRING),
    ROW( 6, "message",            OPTIONAL, STRING),
};
TYPE(core_v1_NamespaceCondition, "io.k8s.api.core.v1.NamespaceCondition");

ROWS(core_v1_NamespaceList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_Namespace))),
};
TOP_TYPE(core_v1_NamespaceList, "io.k8s.api.core.v1.NamespaceList", "", "v1", "NamespaceList");

ROWS(core_v1_NamespaceSpec) = {
    ROW( 1, "finalizers", OPTIONAL, LIST_OF(STRING)),
};
TYPE(core_v1_NamespaceSpec, "io.k8s.api.core.v1.NamespaceSpec");

ROWS(core_v1_NamespaceStatus) = {
    ROW( 1, "phase",      ZERO,  STRING, DEFAULT("Active")),
    ROW( 2, "conditions", MERGE, LIST_OF(OBJECT(core_v1_NamespaceCondition)), KEYS("type")),
};
TYPE(core_v1_NamespaceStatus, "io.k8s.api.core.v1.NamespaceStatus");

ROWS(core_v1_ObjectReference) = {
    ROW( 1, "kind",            OPTIONAL, STRING),
    ROW( 2, "namespace",       OPTIONAL, STRING),
    ROW( 3, "name",            OPTIONAL, STRING),
    ROW( 4, "uid",             OPTIONAL, STRING),
    ROW( 5, "apiVersion",      OPTIONAL, STRING),
    ROW( 6, "resourceVersion", OPTIONAL, STRING),
    ROW( 7, "fieldPath",       OPTIONAL, STRING),
};
TYPE(core_v1_ObjectReference, "io.k8s.api.core.v1.ObjectReference", ATOMIC_TYPE);

ROWS(core_v1_ReplicationController) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(core_v1_ReplicationControllerSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(core_v1_ReplicationControllerStatus)),
};
TOP_TYPE(core_v1_ReplicationController,
    "io.k8s.api.core.v1.ReplicationController", "", "v1", "ReplicationController",
    DEFAULT_HOOK(default_replication_controller));

ROWS(core_v1_ReplicationControllerCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 3, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 4, "reason",             OPTIONAL, STRING),
    ROW( 5, "message",            OPTIONAL, STRING),
};
TYPE(core_v1_ReplicationControllerCondition, "io.k8s.api.core.v1.ReplicationControllerCondition");

ROWS(core_v1_ReplicationControllerList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_ReplicationController))),
};
TOP_TYPE(core_v1_ReplicationControllerList,
    "io.k8s.api.core.v1.ReplicationControllerList", "", "v1", "ReplicationControllerList");

ROWS(core_v1_ReplicationControllerSpec) = {
    ROW( 1, "replicas",        OPTIONAL, INT32, DEFAULT(1), AT_LEAST(0)),
    ROW( 2, "selector",        ATOMIC,   MAP_OF(STRING)),
    ROW( 3, "template",        OPTIONAL, OBJECT(core_v1_PodTemplateSpec)),
    ROW( 4, "minReadySeconds", OMIT,     INT32, AT_LEAST(0)),
};
TYPE(core_v1_ReplicationControllerSpec, "io.k8s.api.core.v1.ReplicationControllerSpec",
    VALIDATE_HOOK(validate_replication_controller_spec));

ROWS(core_v1_ReplicationControllerStatus) = {
    ROW( 1, "replicas",             REQUIRED, INT32),
    ROW( 2, "fullyLabeledReplicas", OPTIONAL, INT32),
    ROW( 3, "observedGeneration",   OPTIONAL, INT64),
    ROW( 4, "readyReplicas",        OPTIONAL, INT32),
    ROW( 5, "availableReplicas",    OPTIONAL, INT32),
    ROW( 6, "conditions",           MERGE,    LIST_OF(OBJECT(core_v1_ReplicationControllerCondition)),
        KEYS("type")),
};
TYPE(core_v1_ReplicationControllerStatus, "io.k8s.api.core.v1.ReplicationControllerStatus");

ROWS(core_v1_ResourceQuota) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(core_v1_ResourceQuotaSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(core_v1_ResourceQuotaStatus)),
};
TOP_TYPE(core_v1_ResourceQuota, "io.k8s.api.core.v1.ResourceQuota", "", "v1", "ResourceQuota");

ROWS(core_v1_ResourceQuotaList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_ResourceQuota))),
};
TOP_TYPE(core_v1_ResourceQuotaList, "io.k8s.api.core.v1.ResourceQuotaList", "", "v1", "ResourceQuotaList");

ROWS(core_v1_ResourceQuotaSpec) = {
    ROW( 1, "hard",          OPTIONAL, MAP_OF(QUANTITY)),
    ROW( 2, "scopes",        IMMUTABLE, LIST_OF(STRING)),
    ROW( 3, "scopeSelector", OPTIONAL, OBJECT(core_v1_ScopeSelector)),
};
TYPE(core_v1_ResourceQuotaSpec, "io.k8s.api.core.v1.ResourceQuotaSpec",
    VALIDATE_HOOK(validate_resource_quota_spec));

ROWS(core_v1_ResourceQuotaStatus) = {
    ROW( 1, "hard", OPTIONAL, MAP_OF(QUANTITY)),
    ROW( 2, "used", OPTIONAL, MAP_OF(QUANTITY)),
};
TYPE(core_v1_ResourceQuotaStatus, "io.k8s.api.core.v1.ResourceQuotaStatus");

ROWS(core_v1_ScopeSelector) = {
    ROW( 1, "matchExpressions", OPTIONAL, LIST_OF(OBJECT(core_v1_ScopedResourceSelectorRequirement))),
};
TYPE(core_v1_ScopeSelector, "io.k8s.api.core.v1.ScopeSelector", ATOMIC_TYPE);

ROWS(core_v1_ScopedResourceSelectorRequirement) = {
    ROW( 1, "scopeName", REQUIRED | MUST, STRING),
    ROW( 2, "operator",  REQUIRED | MUST, STRING, ENUM("DoesNotExist", "Exists", "In", "NotIn")),
    ROW( 3, "values",    OPTIONAL,        LIST_OF(STRING)),
};
TYPE(core_v1_ScopedResourceSelectorRequirement, "io.k8s.api.core.v1.ScopedResourceSelectorRequirement",
    VALIDATE_HOOK(validate_scope_requirement));

ROWS(core_v1_Secret) = {
    ROW( 0, "kind",       OPTIONAL,         STRING),
    ROW( 0, "apiVersion", OPTIONAL,         STRING),
    ROW( 1, "metadata",   OPTIONAL,         OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "data",       OPTIONAL,         MAP_OF(BYTES)),
    ROW( 3, "type",       IMMUTABLE | ZERO, STRING, DEFAULT("Opaque")),
    ROW( 4, "stringData", OPTIONAL,         MAP_OF(STRING)),
    ROW( 5, "immutable",  OPTIONAL,         BOOL),
};
TOP_TYPE(core_v1_Secret, "io.k8s.api.core.v1.Secret", "", "v1", "Secret", VALIDATE_HOOK(validate_secret),
    DEFAULT_HOOK(default_secret));

ROWS(core_v1_SecretList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_Secret))),
};
TOP_TYPE(core_v1_SecretList, "io.k8s.api.core.v1.SecretList", "", "v1", "SecretList");

ROWS(core_v1_SecretReference) = {
    ROW( 1, "name",      OPTIONAL, STRING),
    ROW( 2, "namespace", OPTIONAL, STRING),
};
TYPE(core_v1_SecretReference, "io.k8s.api.core.v1.SecretReference", ATOMIC_TYPE);

ROWS(core_v1_ServiceAccount) = {
    ROW( 0, "kind",                         OPTIONAL, STRING),
    ROW( 0, "apiVersion",                   OPTIONAL, STRING),
    ROW( 1, "metadata",                     OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "secrets",                      MERGE,    LIST_OF(OBJECT(core_v1_ObjectReference)), KEYS("name")),
    ROW( 3, "imagePullSecrets",             OPTIONAL, LIST_OF(OBJECT(core_v1_LocalObjectReference))),
    ROW( 4, "automountServiceAccountToken", OPTIONAL, BOOL),
};
TOP_TYPE(core_v1_ServiceAccount, "io.k8s.api.core.v1.ServiceAccount", "", "v1", "ServiceAccount");

ROWS(core_v1_ServiceAccountList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_ServiceAccount))),
};
TOP_TYPE(core_v1_ServiceAccountList, "io.k8s.api.core.v1.ServiceAccountList", "", "v1", "ServiceAccountList");

ROWS(core_v1_TypedLocalObjectReference) = {
    ROW( 1, "apiGroup", OPTIONAL, STRING),
    ROW( 2, "kind",     REQUIRED, STRING),
    ROW( 3, "name",     REQUIRED, STRING),
};
TYPE(core_v1_TypedLocalObjectReference, "io.k8s.api.core.v1.TypedLocalObjectReference", ATOMIC_TYPE);

ROWS(core_v1_TypedObjectReference) = {
    ROW( 1, "apiGroup",  OPTIONAL, STRING),
    ROW( 2, "kind",      REQUIRED, STRING),
    ROW( 3, "name",      REQUIRED, STRING),
    ROW( 4, "namespace", OPTIONAL, STRING),
};
TYPE(core_v1_TypedObjectReference, "io.k8s.api.core.v1.TypedObjectReference");
