/* SPDX-License-Identifier: Apache-2.0 */
/* Types: pods. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(core_v1_Binding) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "target",     REQUIRED, OBJECT(core_v1_ObjectReference)),
};
TOP_TYPE(core_v1_Binding, "io.k8s.api.core.v1.Binding", "", "v1", "Binding");

ROWS(core_v1_HostAlias) = {
    ROW( 1, "ip",        REQUIRED | MUST, STRING, CHECK(ip)),
    ROW( 2, "hostnames", OPTIONAL,        LIST_OF(STRING), CHECK(dns1123_subdomain)),
};
TYPE(core_v1_HostAlias, "io.k8s.api.core.v1.HostAlias");

ROWS(core_v1_HostIP) = {
    ROW( 1, "ip", REQUIRED, STRING),
};
TYPE(core_v1_HostIP, "io.k8s.api.core.v1.HostIP");

ROWS(core_v1_NodeAllocatableResourceClaimStatus) = {
    ROW( 1, "resourceClaimName", REQUIRED, STRING),
    ROW( 2, "containers",        OPTIONAL, LIST_OF(STRING), SET),
    ROW( 3, "resources",         REQUIRED, MAP_OF(QUANTITY)),
};
TYPE(core_v1_NodeAllocatableResourceClaimStatus, "io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus");

ROWS(core_v1_Pod) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(core_v1_PodSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(core_v1_PodStatus)),
};
TOP_TYPE(core_v1_Pod, "io.k8s.api.core.v1.Pod", "", "v1", "Pod", DEFAULT_HOOK(default_pod));

ROWS(core_v1_PodCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 3, "lastProbeTime",      OPTIONAL, TIME),
    ROW( 4, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 5, "reason",             OPTIONAL, STRING),
    ROW( 6, "message",            OPTIONAL, STRING),
    ROW( 7, "observedGeneration", OPTIONAL, INT64),
};
TYPE(core_v1_PodCondition, "io.k8s.api.core.v1.PodCondition");

ROWS(core_v1_PodDNSConfig) = {
    ROW( 1, "nameservers", OPTIONAL, LIST_OF(STRING), CHECK(ip)),
    ROW( 2, "searches",    OPTIONAL, LIST_OF(STRING)),
    ROW( 3, "options",     OPTIONAL, LIST_OF(OBJECT(core_v1_PodDNSConfigOption))),
};
TYPE(core_v1_PodDNSConfig, "io.k8s.api.core.v1.PodDNSConfig");

ROWS(core_v1_PodDNSConfigOption) = {
    ROW( 1, "name",  OPTIONAL, STRING),
    ROW( 2, "value", OPTIONAL, STRING),
};
TYPE(core_v1_PodDNSConfigOption, "io.k8s.api.core.v1.PodDNSConfigOption");

ROWS(core_v1_PodExtendedResourceClaimStatus) = {
    ROW( 1, "requestMappings",   REQUIRED, LIST_OF(OBJECT(core_v1_ContainerExtendedResourceRequest))),
    ROW( 2, "resourceClaimName", REQUIRED, STRING),
};
TYPE(core_v1_PodExtendedResourceClaimStatus, "io.k8s.api.core.v1.PodExtendedResourceClaimStatus");

ROWS(core_v1_PodIP) = {
    ROW( 1, "ip", REQUIRED, STRING),
};
TYPE(core_v1_PodIP, "io.k8s.api.core.v1.PodIP");

ROWS(core_v1_PodList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_Pod))),
};
TOP_TYPE(core_v1_PodList, "io.k8s.api.core.v1.PodList", "", "v1", "PodList");

ROWS(core_v1_PodOS) = {
    ROW( 1, "name", REQUIRED | MUST, STRING, ENUM("linux", "windows")),
};
TYPE(core_v1_PodOS, "io.k8s.api.core.v1.PodOS");

ROWS(core_v1_PodReadinessGate) = {
    ROW( 1, "conditionType", REQUIRED | MUST, STRING, CHECK(qualified)),
};
TYPE(core_v1_PodReadinessGate, "io.k8s.api.core.v1.PodReadinessGate");

ROWS(core_v1_PodResourceClaim) = {
    ROW( 1, "name",                      REQUIRED | MUST, STRING),
    ROW( 3, "resourceClaimName",         OPTIONAL,        STRING),
    ROW( 4, "resourceClaimTemplateName", OPTIONAL,        STRING),
};
TYPE(core_v1_PodResourceClaim, "io.k8s.api.core.v1.PodResourceClaim");

ROWS(core_v1_PodResourceClaimStatus) = {
    ROW( 1, "name",              REQUIRED, STRING),
    ROW( 2, "resourceClaimName", OPTIONAL, STRING),
};
TYPE(core_v1_PodResourceClaimStatus, "io.k8s.api.core.v1.PodResourceClaimStatus");

ROWS(core_v1_PodSchedulingGate) = {
    ROW( 1, "name", REQUIRED | MUST, STRING, CHECK(qualified)),
};
TYPE(core_v1_PodSchedulingGate, "io.k8s.api.core.v1.PodSchedulingGate");

ROWS(core_v1_PodSchedulingGroup) = {
    ROW( 1, "podGroupName", OPTIONAL, STRING),
};
TYPE(core_v1_PodSchedulingGroup, "io.k8s.api.core.v1.PodSchedulingGroup");

ROWS(core_v1_PodSpec) = {
    ROW( 1, "volumes",                       MERGE | RETAIN,          LIST_OF(OBJECT(core_v1_Volume)),
        KEYS("name")),
    ROW( 2, "containers",                    REQUIRED | MERGE | MUST, LIST_OF(OBJECT(core_v1_Container)),
        KEYS("name")),
    ROW( 3, "restartPolicy",                 ZERO,                    STRING,
        DEFAULT("Always"), ENUM("Always", "OnFailure", "Never")),
    ROW( 4, "terminationGracePeriodSeconds", OPTIONAL,                INT64, DEFAULT(30), AT_LEAST(0)),
    ROW( 5, "activeDeadlineSeconds",         OPTIONAL,                INT64, RANGE(1, 2147483647)),
    ROW( 6, "dnsPolicy",                     ZERO,                    STRING,
        DEFAULT("ClusterFirst"), ENUM("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")),
    ROW( 7, "nodeSelector",                  ATOMIC,                  MAP_OF(STRING)),
    ROW( 8, "serviceAccountName",            OPTIONAL,                STRING, CHECK(dns1123_subdomain)),
    ROW( 9, "serviceAccount",                OPTIONAL,                STRING),
    ROW(10, "nodeName",                      OPTIONAL,                STRING, CHECK(dns1123_subdomain)),
    ROW(11, "hostNetwork",                   OMIT,                    BOOL),
    ROW(12, "hostPID",                       OMIT,                    BOOL),
    ROW(13, "hostIPC",                       OMIT,                    BOOL),
    ROW(14, "securityContext",               OPTIONAL,                OBJECT(core_v1_PodSecurityContext),
        DEFAULT({})),
    ROW(15, "imagePullSecrets",              MERGE,
        LIST_OF(OBJECT(core_v1_LocalObjectReference)), KEYS("name")),
    ROW(16, "hostname",                      OPTIONAL,                STRING, CHECK(dns1123_label)),
    ROW(17, "subdomain",                     OPTIONAL,                STRING, CHECK(dns1123_label)),
    ROW(18, "affinity",                      OPTIONAL,                OBJECT(core_v1_Affinity)),
    ROW(19, "schedulerName",                 ZERO,                    STRING, DEFAULT("default-scheduler")),
    ROW(20, "initContainers",                MERGE,                   LIST_OF(OBJECT(core_v1_Container)),
        KEYS("name")),
    ROW(21, "automountServiceAccountToken",  OPTIONAL,                BOOL),
    ROW(22, "tolerations",                   OPTIONAL,                LIST_OF(OBJECT(core_v1_Toleration))),
    ROW(23, "hostAliases",                   MERGE,                   LIST_OF(OBJECT(core_v1_HostAlias)),
        KEYS("ip")),
    ROW(24, "priorityClassName",             OPTIONAL,                STRING, CHECK(dns1123_subdomain)),
    ROW(25, "priority",                      OPTIONAL,                INT32),
    ROW(26, "dnsConfig",                     OPTIONAL,                OBJECT(core_v1_PodDNSConfig)),
    ROW(27, "shareProcessNamespace",         OPTIONAL,                BOOL),
    ROW(28, "readinessGates",                OPTIONAL,
        LIST_OF(OBJECT(core_v1_PodReadinessGate))),
    ROW(29, "runtimeClassName",              OPTIONAL,                STRING, CHECK(dns1123_subdomain)),
    ROW(30, "enableServiceLinks",            OPTIONAL,                BOOL),
    ROW(31, "preemptionPolicy",              OPTIONAL,                STRING,
        ENUM("Never", "PreemptLowerPriority")),
    ROW(32, "overhead",                      OPTIONAL,                MAP_OF(QUANTITY)),
    ROW(33, "topologySpreadConstraints",     MERGE,
        LIST_OF(OBJECT(core_v1_TopologySpreadConstraint)), KEYS("topologyKey", "whenUnsatisfiable")),
    ROW(34, "ephemeralContainers",           MERGE,
        LIST_OF(OBJECT(core_v1_EphemeralContainer)), KEYS("name")),
    ROW(35, "setHostnameAsFQDN",             OPTIONAL,                BOOL),
    ROW(36, "os",                            OPTIONAL,                OBJECT(core_v1_PodOS)),
    ROW(37, "hostUsers",                     OPTIONAL,                BOOL),
    ROW(38, "schedulingGates",               MERGE,
        LIST_OF(OBJECT(core_v1_PodSchedulingGate)), KEYS("name")),
    ROW(39, "resourceClaims",                MERGE | RETAIN,
        LIST_OF(OBJECT(core_v1_PodResourceClaim)), KEYS("name")),
    ROW(40, "resources",                     OPTIONAL,                OBJECT(core_v1_ResourceRequirements)),
    ROW(41, "hostnameOverride",              OPTIONAL,                STRING),
    ROW(43, "schedulingGroup",               OPTIONAL,                OBJECT(core_v1_PodSchedulingGroup)),
};
TYPE(core_v1_PodSpec, "io.k8s.api.core.v1.PodSpec", DEFAULT_HOOK(default_pod_spec),
    VALIDATE_HOOK(validate_pod_spec));

ROWS(core_v1_PodStatus) = {
    ROW( 1, "phase",                                OPTIONAL,       STRING),
    ROW( 2, "conditions",                           MERGE,          LIST_OF(OBJECT(core_v1_PodCondition)),
        KEYS("type")),
    ROW( 3, "message",                              OPTIONAL,       STRING),
    ROW( 4, "reason",                               OPTIONAL,       STRING),
    ROW( 5, "hostIP",                               OPTIONAL,       STRING),
    ROW( 6, "podIP",                                OPTIONAL,       STRING),
    ROW( 7, "startTime",                            OPTIONAL,       TIME),
    ROW( 8, "containerStatuses",                    OPTIONAL,       LIST_OF(OBJECT(core_v1_ContainerStatus))),
    ROW( 9, "qosClass",                             OPTIONAL,       STRING),
    ROW(10, "initContainerStatuses",                OPTIONAL,       LIST_OF(OBJECT(core_v1_ContainerStatus))),
    ROW(11, "nominatedNodeName",                    OPTIONAL,       STRING),
    ROW(12, "podIPs",                               MERGE,          LIST_OF(OBJECT(core_v1_PodIP)),
        KEYS("ip")),
    ROW(13, "ephemeralContainerStatuses",           OPTIONAL,       LIST_OF(OBJECT(core_v1_ContainerStatus))),
    ROW(14, "resize",                               OPTIONAL,       STRING),
    ROW(15, "resourceClaimStatuses",                MERGE | RETAIN,
        LIST_OF(OBJECT(core_v1_PodResourceClaimStatus)), KEYS("name")),
    ROW(16, "hostIPs",                              MERGE,          LIST_OF(OBJECT(core_v1_HostIP)),
        PATCH_KEY("ip")),
    ROW(17, "observedGeneration",                   OPTIONAL,       INT64),
    ROW(18, "extendedResourceClaimStatus",          OPTIONAL,
        OBJECT(core_v1_PodExtendedResourceClaimStatus)),
    ROW(19, "allocatedResources",                   OPTIONAL,       MAP_OF(QUANTITY)),
    ROW(20, "resources",                            OPTIONAL,       OBJECT(core_v1_ResourceRequirements)),
    ROW(21, "nodeAllocatableResourceClaimStatuses", OPTIONAL,
        LIST_OF(OBJECT(core_v1_NodeAllocatableResourceClaimStatus))),
};
TYPE(core_v1_PodStatus, "io.k8s.api.core.v1.PodStatus");

ROWS(core_v1_PodTemplate) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "template",   OPTIONAL, OBJECT(core_v1_PodTemplateSpec)),
};
TOP_TYPE(core_v1_PodTemplate, "io.k8s.api.core.v1.PodTemplate", "", "v1", "PodTemplate");

ROWS(core_v1_PodTemplateList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_PodTemplate))),
};
TOP_TYPE(core_v1_PodTemplateList, "io.k8s.api.core.v1.PodTemplateList", "", "v1", "PodTemplateList");

ROWS(core_v1_PodTemplateSpec) = {
    ROW( 1, "metadata", OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",     OPTIONAL, OBJECT(core_v1_PodSpec)),
};
TYPE(core_v1_PodTemplateSpec, "io.k8s.api.core.v1.PodTemplateSpec");

ROWS(core_v1_Sysctl) = {
    ROW( 1, "name",  REQUIRED | MUST, STRING),
    ROW( 2, "value", REQUIRED | MUST, STRING),
};
TYPE(core_v1_Sysctl, "io.k8s.api.core.v1.Sysctl");
