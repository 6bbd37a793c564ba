/* SPDX-License-Identifier: Apache-2.0 */
/* Types: services and endpoints. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(core_v1_ClientIPConfig) = {
    ROW( 1, "timeoutSeconds", OPTIONAL, INT32, RANGE(1, 86400)),
};
TYPE(core_v1_ClientIPConfig, "io.k8s.api.core.v1.ClientIPConfig");

ROWS(core_v1_EndpointAddress) = {
    ROW( 1, "ip",        REQUIRED | MUST, STRING, CHECK(ip)),
    ROW( 2, "targetRef", OPTIONAL,        OBJECT(core_v1_ObjectReference)),
    ROW( 3, "hostname",  OPTIONAL,        STRING, CHECK(dns1123_label)),
    ROW( 4, "nodeName",  OPTIONAL,        STRING),
};
TYPE(core_v1_EndpointAddress, "io.k8s.api.core.v1.EndpointAddress", ATOMIC_TYPE,
    VALIDATE_HOOK(validate_endpoint_address));

ROWS(core_v1_EndpointPort) = {
    ROW( 1, "name",        OPTIONAL,        STRING, CHECK(dns1123_label)),
    ROW( 2, "port",        REQUIRED | MUST, INT32, RANGE(1, 65535)),
    ROW( 3, "protocol",    ZERO,            STRING, DEFAULT("TCP"), ENUM("SCTP", "TCP", "UDP")),
    ROW( 4, "appProtocol", OPTIONAL,        STRING, CHECK(qualified)),
};
TYPE(core_v1_EndpointPort, "io.k8s.api.core.v1.EndpointPort", ATOMIC_TYPE);

ROWS(core_v1_EndpointSubset) = {
    ROW( 1, "addresses",         OPTIONAL, LIST_OF(OBJECT(core_v1_EndpointAddress))),
    ROW( 2, "notReadyAddresses", OPTIONAL, LIST_OF(OBJECT(core_v1_EndpointAddress))),
    ROW( 3, "ports",             OPTIONAL, LIST_OF(OBJECT(core_v1_EndpointPort))),
};
TYPE(core_v1_EndpointSubset, "io.k8s.api.core.v1.EndpointSubset", VALIDATE_HOOK(validate_endpoint_subset));

ROWS(core_v1_Endpoints) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "subsets",    OPTIONAL, LIST_OF(OBJECT(core_v1_EndpointSubset))),
};
TOP_TYPE(core_v1_Endpoints, "io.k8s.api.core.v1.Endpoints", "", "v1", "Endpoints");

ROWS(core_v1_EndpointsList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_Endpoints))),
};
TOP_TYPE(core_v1_EndpointsList, "io.k8s.api.core.v1.EndpointsList", "", "v1", "EndpointsList");

ROWS(core_v1_LoadBalancerIngress) = {
    ROW( 1, "ip",       OPTIONAL, STRING, CHECK(ip)),
    ROW( 2, "hostname", OPTIONAL, STRING, CHECK(dns1123_subdomain)),
    ROW( 3, "ipMode",   OPTIONAL, STRING, ENUM("Proxy", "VIP")),
    ROW( 4, "ports",    OPTIONAL, LIST_OF(OBJECT(core_v1_PortStatus))),
};
TYPE(core_v1_LoadBalancerIngress, "io.k8s.api.core.v1.LoadBalancerIngress",
    DEFAULT_HOOK(default_load_balancer_ingress), VALIDATE_HOOK(validate_load_balancer_ingress));

ROWS(core_v1_LoadBalancerStatus) = {
    ROW( 1, "ingress", OPTIONAL, LIST_OF(OBJECT(core_v1_LoadBalancerIngress))),
};
TYPE(core_v1_LoadBalancerStatus, "io.k8s.api.core.v1.LoadBalancerStatus");

ROWS(core_v1_PortStatus) = {
    ROW( 1, "port",     REQUIRED, INT32),
    ROW( 2, "protocol", REQUIRED, STRING),
    ROW( 3, "error",    OPTIONAL, STRING),
};
TYPE(core_v1_PortStatus, "io.k8s.api.core.v1.PortStatus");

ROWS(core_v1_Service) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(core_v1_ServiceSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(core_v1_ServiceStatus)),
};
TOP_TYPE(core_v1_Service, "io.k8s.api.core.v1.Service", "", "v1", "Service");

ROWS(core_v1_ServiceList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_Service))),
};
TOP_TYPE(core_v1_ServiceList, "io.k8s.api.core.v1.ServiceList", "", "v1", "ServiceList");

ROWS(core_v1_ServicePort) = {
    ROW( 1, "name",        OPTIONAL,        STRING, CHECK(dns1123_label)),
    ROW( 2, "protocol",    ZERO,            STRING, DEFAULT("TCP"), ENUM("SCTP", "TCP", "UDP")),
    ROW( 3, "port",        REQUIRED | MUST, INT32, RANGE(1, 65535)),
    ROW( 4, "targetPort",  OPTIONAL,        INT_OR_STRING),
    ROW( 5, "nodePort",    OMIT,            INT32, RANGE(1, 65535)),
    ROW( 6, "appProtocol", OPTIONAL,        STRING, CHECK(qualified)),
};
TYPE(core_v1_ServicePort, "io.k8s.api.core.v1.ServicePort");

ROWS(core_v1_ServiceSpec) = {
    ROW( 1, "ports",                         MERGE,    LIST_OF(OBJECT(core_v1_ServicePort)),
        KEYS("port", "protocol")),
    ROW( 2, "selector",                      ATOMIC,   MAP_OF(STRING)),
    ROW( 3, "clusterIP",                     OPTIONAL, STRING),
    ROW( 4, "type",                          ZERO,     STRING,
        DEFAULT("ClusterIP"), ENUM("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")),
    ROW( 5, "externalIPs",                   OPTIONAL, LIST_OF(STRING), CHECK(ip)),
    ROW( 7, "sessionAffinity",               ZERO,     STRING, DEFAULT("None"), ENUM("ClientIP", "None")),
    ROW( 8, "loadBalancerIP",                OPTIONAL, STRING),
    ROW( 9, "loadBalancerSourceRanges",      OPTIONAL, LIST_OF(STRING), CHECK(cidr)),
    ROW(10, "externalName",                  OPTIONAL, STRING),
    ROW(11, "externalTrafficPolicy",         OPTIONAL, STRING, ENUM("Cluster", "Local")),
    ROW(12, "healthCheckNodePort",           OMIT,     INT32, RANGE(1, 65535)),
    ROW(13, "publishNotReadyAddresses",      OMIT,     BOOL),
    ROW(14, "sessionAffinityConfig",         OPTIONAL, OBJECT(core_v1_SessionAffinityConfig)),
    ROW(17, "ipFamilyPolicy",                OPTIONAL, STRING,
        ENUM("PreferDualStack", "RequireDualStack", "SingleStack")),
    ROW(18, "clusterIPs",                    OPTIONAL, LIST_OF(STRING)),
    ROW(19, "ipFamilies",                    OPTIONAL, LIST_OF(STRING), ENUM("IPv4", "IPv6")),
    ROW(20, "allocateLoadBalancerNodePorts", OPTIONAL, BOOL),
    ROW(21, "loadBalancerClass",             OPTIONAL, STRING, CHECK(qualified)),
    ROW(22, "internalTrafficPolicy",         OPTIONAL, STRING, ENUM("Cluster", "Local")),
    ROW(23, "trafficDistribution",           OPTIONAL, STRING,
        ENUM("PreferClose", "PreferSameNode", "PreferSameZone")),
};
TYPE(core_v1_ServiceSpec, "io.k8s.api.core.v1.ServiceSpec", DEFAULT_HOOK(default_service_spec),
    VALIDATE_HOOK(validate_service_spec));

ROWS(core_v1_ServiceStatus) = {
    ROW( 1, "loadBalancer", OPTIONAL, OBJECT(core_v1_LoadBalancerStatus), DEFAULT({})),
    ROW( 2, "conditions",   MERGE,    LIST_OF(OBJECT(meta_v1_Condition)), KEYS("type")),
};
TYPE(core_v1_ServiceStatus, "io.k8s.api.core.v1.ServiceStatus");
