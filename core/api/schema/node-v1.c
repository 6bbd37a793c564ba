/* SPDX-License-Identifier: Apache-2.0 */
/* Types: node/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(node_v1_Overhead) = {
    ROW( 1, "podFixed", OPTIONAL, MAP_OF(QUANTITY)),
};
TYPE(node_v1_Overhead, "io.k8s.api.node.v1.Overhead");

ROWS(node_v1_RuntimeClass) = {
    ROW( 0, "kind",       OPTIONAL,        STRING),
    ROW( 0, "apiVersion", OPTIONAL,        STRING),
    ROW( 1, "metadata",   OPTIONAL,        OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "handler",    REQUIRED | MUST | IMMUTABLE, STRING, CHECK(dns1123_label)),
    ROW( 3, "overhead",   OPTIONAL,        OBJECT(node_v1_Overhead)),
    ROW( 4, "scheduling", OPTIONAL,        OBJECT(node_v1_Scheduling)),
};
TOP_TYPE(node_v1_RuntimeClass, "io.k8s.api.node.v1.RuntimeClass", "node.k8s.io", "v1", "RuntimeClass");

ROWS(node_v1_RuntimeClassList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(node_v1_RuntimeClass))),
};
TOP_TYPE(node_v1_RuntimeClassList,
    "io.k8s.api.node.v1.RuntimeClassList", "node.k8s.io", "v1", "RuntimeClassList");

ROWS(node_v1_Scheduling) = {
    ROW( 1, "nodeSelector", ATOMIC,   MAP_OF(STRING)),
    ROW( 2, "tolerations",  OPTIONAL, LIST_OF(OBJECT(core_v1_Toleration))),
};
TYPE(node_v1_Scheduling, "io.k8s.api.node.v1.Scheduling");
