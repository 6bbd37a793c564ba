/* SPDX-License-Identifier: Apache-2.0 */
/* Types: coordination/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(coordination_v1_Lease) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(coordination_v1_LeaseSpec)),
};
TOP_TYPE(coordination_v1_Lease, "io.k8s.api.coordination.v1.Lease", "coordination.k8s.io", "v1", "Lease");

ROWS(coordination_v1_LeaseList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(coordination_v1_Lease))),
};
TOP_TYPE(coordination_v1_LeaseList,
    "io.k8s.api.coordination.v1.LeaseList", "coordination.k8s.io", "v1", "LeaseList");

ROWS(coordination_v1_LeaseSpec) = {
    ROW( 1, "holderIdentity",       KEEP,     STRING),
    ROW( 2, "leaseDurationSeconds", OPTIONAL, INT32, AT_LEAST(1)),
    ROW( 3, "acquireTime",          OPTIONAL, MICRO_TIME),
    ROW( 4, "renewTime",            OPTIONAL, MICRO_TIME),
    ROW( 5, "leaseTransitions",     OPTIONAL, INT32, AT_LEAST(0)),
    ROW( 6, "strategy",             OPTIONAL, STRING),
    ROW( 7, "preferredHolder",      OPTIONAL, STRING),
};
TYPE(coordination_v1_LeaseSpec, "io.k8s.api.coordination.v1.LeaseSpec");
