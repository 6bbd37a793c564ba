/* SPDX-License-Identifier: Apache-2.0 */
/* Types: certificates/v1alpha1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(certificates_v1alpha1_ClusterTrustBundle) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(certificates_v1alpha1_ClusterTrustBundleSpec)),
};
TOP_TYPE(certificates_v1alpha1_ClusterTrustBundle,
    "io.k8s.api.certificates.v1alpha1.ClusterTrustBundle",
    "certificates.k8s.io", "v1alpha1", "ClusterTrustBundle");

ROWS(certificates_v1alpha1_ClusterTrustBundleList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(certificates_v1alpha1_ClusterTrustBundle))),
};
TOP_TYPE(certificates_v1alpha1_ClusterTrustBundleList,
    "io.k8s.api.certificates.v1alpha1.ClusterTrustBundleList",
    "certificates.k8s.io", "v1alpha1", "ClusterTrustBundleList");

ROWS(certificates_v1alpha1_ClusterTrustBundleSpec) = {
    ROW( 1, "signerName",  OPTIONAL,        STRING),
    ROW( 2, "trustBundle", REQUIRED | MUST, STRING),
};
TYPE(certificates_v1alpha1_ClusterTrustBundleSpec, "io.k8s.api.certificates.v1alpha1.ClusterTrustBundleSpec");
