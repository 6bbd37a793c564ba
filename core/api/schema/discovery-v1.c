/* SPDX-License-Identifier: Apache-2.0 */
/* Types: discovery/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(discovery_v1_Endpoint) = {
    ROW( 1, "addresses",          REQUIRED | MUST, LIST_OF(STRING), SET),
    ROW( 2, "conditions",         OPTIONAL,        OBJECT(discovery_v1_EndpointConditions), DEFAULT({})),
    ROW( 3, "hostname",           OPTIONAL,        STRING, CHECK(dns1123_label)),
    ROW( 4, "targetRef",          OPTIONAL,        OBJECT(core_v1_ObjectReference)),
    ROW( 5, "deprecatedTopology", OPTIONAL,        MAP_OF(STRING)),
    ROW( 6, "nodeName",           OPTIONAL,        STRING),
    ROW( 7, "zone",               OPTIONAL,        STRING),
    ROW( 8, "hints",              OPTIONAL,        OBJECT(discovery_v1_EndpointHints)),
};
TYPE(discovery_v1_Endpoint, "io.k8s.api.discovery.v1.Endpoint");

ROWS(discovery_v1_EndpointConditions) = {
    ROW( 1, "ready",       OPTIONAL, BOOL),
    ROW( 2, "serving",     OPTIONAL, BOOL),
    ROW( 3, "terminating", OPTIONAL, BOOL),
};
TYPE(discovery_v1_EndpointConditions, "io.k8s.api.discovery.v1.EndpointConditions");

ROWS(discovery_v1_EndpointHints) = {
    ROW( 1, "forZones", OPTIONAL, LIST_OF(OBJECT(discovery_v1_ForZone))),
    ROW( 2, "forNodes", OPTIONAL, LIST_OF(OBJECT(discovery_v1_ForNode))),
};
TYPE(discovery_v1_EndpointHints, "io.k8s.api.discovery.v1.EndpointHints");

ROWS(discovery_v1_EndpointPort) = {
    ROW( 1, "name",        OPTIONAL, STRING, DEFAULT(""), CHECK(dns1123_label)),
    ROW( 2, "protocol",    OPTIONAL, STRING, DEFAULT("TCP"), ENUM("SCTP", "TCP", "UDP")),
    ROW( 3, "port",        OPTIONAL, INT32),
    ROW( 4, "appProtocol", OPTIONAL, STRING, CHECK(qualified)),
};
TYPE(discovery_v1_EndpointPort, "io.k8s.api.discovery.v1.EndpointPort", ATOMIC_TYPE);

ROWS(discovery_v1_EndpointSlice) = {
    ROW( 0, "kind",        OPTIONAL,                    STRING),
    ROW( 0, "apiVersion",  OPTIONAL,                    STRING),
    ROW( 1, "metadata",    OPTIONAL,                    OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "endpoints",   OPTIONAL,                    LIST_OF(OBJECT(discovery_v1_Endpoint))),
    ROW( 3, "ports",       OPTIONAL,                    LIST_OF(OBJECT(discovery_v1_EndpointPort))),
    ROW( 4, "addressType", REQUIRED | MUST | IMMUTABLE, STRING, ENUM("FQDN", "IPv4", "IPv6")),
};
TOP_TYPE(discovery_v1_EndpointSlice,
    "io.k8s.api.discovery.v1.EndpointSlice", "discovery.k8s.io", "v1", "EndpointSlice",
    VALIDATE_HOOK(validate_endpoint_slice));

ROWS(discovery_v1_EndpointSliceList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(discovery_v1_EndpointSlice))),
};
TOP_TYPE(discovery_v1_EndpointSliceList,
    "io.k8s.api.discovery.v1.EndpointSliceList", "discovery.k8s.io", "v1", "EndpointSliceList");

ROWS(discovery_v1_ForNode) = {
    ROW( 1, "name", REQUIRED | MUST, STRING),
};
TYPE(discovery_v1_ForNode, "io.k8s.api.discovery.v1.ForNode");

ROWS(discovery_v1_ForZone) = {
    ROW( 1, "name", REQUIRED | MUST, STRING),
};
TYPE(discovery_v1_ForZone, "io.k8s.api.discovery.v1.ForZone");
