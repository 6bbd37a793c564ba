/* SPDX-License-Identifier: Apache-2.0 */
/* Types: coordination/v1beta1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(coordination_v1beta1_LeaseCandidate) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(coordination_v1beta1_LeaseCandidateSpec)),
};
TOP_TYPE(coordination_v1beta1_LeaseCandidate,
    "io.k8s.api.coordination.v1beta1.LeaseCandidate", "coordination.k8s.io", "v1beta1", "LeaseCandidate");

ROWS(coordination_v1beta1_LeaseCandidateList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(coordination_v1beta1_LeaseCandidate))),
};
TOP_TYPE(coordination_v1beta1_LeaseCandidateList,
    "io.k8s.api.coordination.v1beta1.LeaseCandidateList",
    "coordination.k8s.io", "v1beta1", "LeaseCandidateList");

ROWS(coordination_v1beta1_LeaseCandidateSpec) = {
    ROW( 1, "leaseName",        REQUIRED | MUST, STRING),
    ROW( 2, "pingTime",         OPTIONAL,        MICRO_TIME),
    ROW( 3, "renewTime",        OPTIONAL,        MICRO_TIME),
    ROW( 4, "binaryVersion",    REQUIRED | MUST, STRING),
    ROW( 5, "emulationVersion", OPTIONAL,        STRING),
    ROW( 6, "strategy",         REQUIRED | MUST, STRING),
};
TYPE(coordination_v1beta1_LeaseCandidateSpec, "io.k8s.api.coordination.v1beta1.LeaseCandidateSpec");
