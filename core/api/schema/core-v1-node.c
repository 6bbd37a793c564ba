/* SPDX-License-Identifier: Apache-2.0 */
/* Types: nodes. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(core_v1_ConfigMapNodeConfigSource) = {
    ROW( 1, "namespace",        REQUIRED, STRING),
    ROW( 2, "name",             REQUIRED, STRING),
    ROW( 3, "uid",              OPTIONAL, STRING),
    ROW( 4, "resourceVersion",  OPTIONAL, STRING),
    ROW( 5, "kubeletConfigKey", REQUIRED, STRING),
};
TYPE(core_v1_ConfigMapNodeConfigSource, "io.k8s.api.core.v1.ConfigMapNodeConfigSource");

ROWS(core_v1_DaemonEndpoint) = {
    ROW( 1, "Port", REQUIRED, INT32),
};
TYPE(core_v1_DaemonEndpoint, "io.k8s.api.core.v1.DaemonEndpoint");

ROWS(core_v1_Node) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(core_v1_NodeSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(core_v1_NodeStatus)),
};
TOP_TYPE(core_v1_Node, "io.k8s.api.core.v1.Node", "", "v1", "Node");

ROWS(core_v1_NodeAddress) = {
    ROW( 1, "type",    REQUIRED, STRING),
    ROW( 2, "address", REQUIRED, STRING),
};
TYPE(core_v1_NodeAddress, "io.k8s.api.core.v1.NodeAddress");

ROWS(core_v1_NodeCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 3, "lastHeartbeatTime",  OPTIONAL, TIME),
    ROW( 4, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 5, "reason",             OPTIONAL, STRING),
    ROW( 6, "message",            OPTIONAL, STRING),
};
TYPE(core_v1_NodeCondition, "io.k8s.api.core.v1.NodeCondition");

ROWS(core_v1_NodeConfigSource) = {
    ROW( 2, "configMap", OPTIONAL, OBJECT(core_v1_ConfigMapNodeConfigSource)),
};
TYPE(core_v1_NodeConfigSource, "io.k8s.api.core.v1.NodeConfigSource");

ROWS(core_v1_NodeConfigStatus) = {
    ROW( 1, "assigned",      OPTIONAL, OBJECT(core_v1_NodeConfigSource)),
    ROW( 2, "active",        OPTIONAL, OBJECT(core_v1_NodeConfigSource)),
    ROW( 3, "lastKnownGood", OPTIONAL, OBJECT(core_v1_NodeConfigSource)),
    ROW( 4, "error",         OPTIONAL, STRING),
};
TYPE(core_v1_NodeConfigStatus, "io.k8s.api.core.v1.NodeConfigStatus");

ROWS(core_v1_NodeDaemonEndpoints) = {
    ROW( 1, "kubeletEndpoint", OPTIONAL, OBJECT(core_v1_DaemonEndpoint)),
};
TYPE(core_v1_NodeDaemonEndpoints, "io.k8s.api.core.v1.NodeDaemonEndpoints");

ROWS(core_v1_NodeFeatures) = {
    ROW( 1, "supplementalGroupsPolicy", OPTIONAL, BOOL),
};
TYPE(core_v1_NodeFeatures, "io.k8s.api.core.v1.NodeFeatures");

ROWS(core_v1_NodeList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_Node))),
};
TOP_TYPE(core_v1_NodeList, "io.k8s.api.core.v1.NodeList", "", "v1", "NodeList");

ROWS(core_v1_NodeRuntimeHandler) = {
    ROW( 1, "name",     OPTIONAL, STRING),
    ROW( 2, "features", OPTIONAL, OBJECT(core_v1_NodeRuntimeHandlerFeatures)),
};
TYPE(core_v1_NodeRuntimeHandler, "io.k8s.api.core.v1.NodeRuntimeHandler");

ROWS(core_v1_NodeRuntimeHandlerFeatures) = {
    ROW( 1, "recursiveReadOnlyMounts", OPTIONAL, BOOL),
    ROW( 2, "userNamespaces",          OPTIONAL, BOOL),
};
TYPE(core_v1_NodeRuntimeHandlerFeatures, "io.k8s.api.core.v1.NodeRuntimeHandlerFeatures");

ROWS(core_v1_NodeSpec) = {
    ROW( 1, "podCIDR",       OPTIONAL, STRING, CHECK(cidr)),
    ROW( 2, "externalID",    OPTIONAL, STRING),
    ROW( 3, "providerID",    OPTIONAL, STRING),
    ROW( 4, "unschedulable", OMIT,     BOOL),
    ROW( 5, "taints",        OPTIONAL, LIST_OF(OBJECT(core_v1_Taint))),
    ROW( 6, "configSource",  OPTIONAL, OBJECT(core_v1_NodeConfigSource)),
    ROW( 7, "podCIDRs",      MERGE,    LIST_OF(STRING), SET, CHECK(cidr)),
};
TYPE(core_v1_NodeSpec, "io.k8s.api.core.v1.NodeSpec", DEFAULT_HOOK(default_node_spec),
    VALIDATE_HOOK(validate_node_spec));

ROWS(core_v1_NodeStatus) = {
    ROW( 1, "capacity",         OPTIONAL, MAP_OF(QUANTITY)),
    ROW( 2, "allocatable",      OPTIONAL, MAP_OF(QUANTITY)),
    ROW( 3, "phase",            OPTIONAL, STRING),
    ROW( 4, "conditions",       MERGE,    LIST_OF(OBJECT(core_v1_NodeCondition)), KEYS("type")),
    ROW( 5, "addresses",        MERGE,    LIST_OF(OBJECT(core_v1_NodeAddress)), KEYS("type")),
    ROW( 6, "daemonEndpoints",  OPTIONAL, OBJECT(core_v1_NodeDaemonEndpoints)),
    ROW( 7, "nodeInfo",         OPTIONAL, OBJECT(core_v1_NodeSystemInfo)),
    ROW( 8, "images",           OPTIONAL, LIST_OF(OBJECT(core_v1_ContainerImage))),
    ROW( 9, "volumesInUse",     OPTIONAL, LIST_OF(STRING)),
    ROW(10, "volumesAttached",  OPTIONAL, LIST_OF(OBJECT(core_v1_AttachedVolume))),
    ROW(11, "config",           OPTIONAL, OBJECT(core_v1_NodeConfigStatus)),
    ROW(12, "runtimeHandlers",  OPTIONAL, LIST_OF(OBJECT(core_v1_NodeRuntimeHandler))),
    ROW(13, "features",         OPTIONAL, OBJECT(core_v1_NodeFeatures)),
    ROW(14, "declaredFeatures", OPTIONAL, LIST_OF(STRING)),
};
TYPE(core_v1_NodeStatus, "io.k8s.api.core.v1.NodeStatus", DEFAULT_HOOK(default_node_status),
    VALIDATE_HOOK(validate_node_status));

ROWS(core_v1_NodeSwapStatus) = {
    ROW( 1, "capacity", OPTIONAL, INT64),
};
TYPE(core_v1_NodeSwapStatus, "io.k8s.api.core.v1.NodeSwapStatus");

ROWS(core_v1_NodeSystemInfo) = {
    ROW( 1, "machineID",               REQUIRED, STRING),
    ROW( 2, "systemUUID",              REQUIRED, STRING),
    ROW( 3, "bootID",                  REQUIRED, STRING),
    ROW( 4, "kernelVersion",           REQUIRED, STRING),
    ROW( 5, "osImage",                 REQUIRED, STRING),
    ROW( 6, "containerRuntimeVersion", REQUIRED, STRING),
    ROW( 7, "kubeletVersion",          REQUIRED, STRING),
    ROW( 8, "kubeProxyVersion",        REQUIRED, STRING),
    ROW( 9, "operatingSystem",         REQUIRED, STRING),
    ROW(10, "architecture",            REQUIRED, STRING),
    ROW(11, "swap",                    OPTIONAL, OBJECT(core_v1_NodeSwapStatus)),
};
TYPE(core_v1_NodeSystemInfo, "io.k8s.api.core.v1.NodeSystemInfo");
