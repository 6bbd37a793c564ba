/* SPDX-License-Identifier: Apache-2.0 */
/* Types: certificates/v1beta1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(certificates_v1beta1_ClusterTrustBundle) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(certificates_v1beta1_ClusterTrustBundleSpec)),
};
TOP_TYPE(certificates_v1beta1_ClusterTrustBundle,
    "io.k8s.api.certificates.v1beta1.ClusterTrustBundle",
    "certificates.k8s.io", "v1beta1", "ClusterTrustBundle");

ROWS(certificates_v1beta1_ClusterTrustBundleList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(certificates_v1beta1_ClusterTrustBundle))),
};
TOP_TYPE(certificates_v1beta1_ClusterTrustBundleList,
    "io.k8s.api.certificates.v1beta1.ClusterTrustBundleList",
    "certificates.k8s.io", "v1beta1", "ClusterTrustBundleList");

ROWS(certificates_v1beta1_ClusterTrustBundleSpec) = {
    ROW( 1, "signerName",  OPTIONAL,        STRING),
    ROW( 2, "trustBundle", REQUIRED | MUST, STRING),
};
TYPE(certificates_v1beta1_ClusterTrustBundleSpec, "io.k8s.api.certificates.v1beta1.ClusterTrustBundleSpec");

ROWS(certificates_v1beta1_PodCertificateRequest) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(certificates_v1beta1_PodCertificateRequestSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(certificates_v1beta1_PodCertificateRequestStatus)),
};
TOP_TYPE(certificates_v1beta1_PodCertificateRequest,
    "io.k8s.api.certificates.v1beta1.PodCertificateRequest",
    "certificates.k8s.io", "v1beta1", "PodCertificateRequest");

ROWS(certificates_v1beta1_PodCertificateRequestList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(certificates_v1beta1_PodCertificateRequest))),
};
TOP_TYPE(certificates_v1beta1_PodCertificateRequestList,
    "io.k8s.api.certificates.v1beta1.PodCertificateRequestList",
    "certificates.k8s.io", "v1beta1", "PodCertificateRequestList");

ROWS(certificates_v1beta1_PodCertificateRequestSpec) = {
    ROW( 1, "signerName",                REQUIRED | MUST, STRING),
    ROW( 2, "podName",                   REQUIRED | MUST, STRING),
    ROW( 3, "podUID",                    REQUIRED | MUST, STRING),
    ROW( 4, "serviceAccountName",        REQUIRED | MUST, STRING),
    ROW( 5, "serviceAccountUID",         REQUIRED | MUST, STRING),
    ROW( 6, "nodeName",                  REQUIRED | MUST, STRING),
    ROW( 7, "nodeUID",                   REQUIRED | MUST, STRING),
    ROW( 8, "maxExpirationSeconds",      OPTIONAL,        INT32),
    ROW( 9, "pkixPublicKey",             OPTIONAL,        BYTES),
    ROW(10, "proofOfPossession",         OPTIONAL,        BYTES),
    ROW(11, "unverifiedUserAnnotations", OPTIONAL,        MAP_OF(STRING)),
    ROW(12, "stubPKCS10Request",         REQUIRED,        BYTES),
};
TYPE(certificates_v1beta1_PodCertificateRequestSpec,
    "io.k8s.api.certificates.v1beta1.PodCertificateRequestSpec");

ROWS(certificates_v1beta1_PodCertificateRequestStatus) = {
    ROW( 1, "conditions",       MERGE,    LIST_OF(OBJECT(meta_v1_Condition)), KEYS("type")),
    ROW( 2, "certificateChain", OPTIONAL, STRING),
    ROW( 4, "notBefore",        OPTIONAL, TIME),
    ROW( 5, "beginRefreshAt",   OPTIONAL, TIME),
    ROW( 6, "notAfter",         OPTIONAL, TIME),
};
TYPE(certificates_v1beta1_PodCertificateRequestStatus,
    "io.k8s.api.certificates.v1beta1.PodCertificateRequestStatus");
