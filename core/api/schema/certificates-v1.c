/* SPDX-License-Identifier: Apache-2.0 */
/* Types: certificates/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(certificates_v1_CertificateSigningRequest) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(certificates_v1_CertificateSigningRequestSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(certificates_v1_CertificateSigningRequestStatus)),
};
TOP_TYPE(certificates_v1_CertificateSigningRequest,
    "io.k8s.api.certificates.v1.CertificateSigningRequest",
    "certificates.k8s.io", "v1", "CertificateSigningRequest");

ROWS(certificates_v1_CertificateSigningRequestCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "reason",             OPTIONAL, STRING),
    ROW( 3, "message",            OPTIONAL, STRING),
    ROW( 4, "lastUpdateTime",     OPTIONAL, TIME),
    ROW( 5, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 6, "status",             REQUIRED, STRING),
};
TYPE(certificates_v1_CertificateSigningRequestCondition,
    "io.k8s.api.certificates.v1.CertificateSigningRequestCondition");

ROWS(certificates_v1_CertificateSigningRequestList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(certificates_v1_CertificateSigningRequest))),
};
TOP_TYPE(certificates_v1_CertificateSigningRequestList,
    "io.k8s.api.certificates.v1.CertificateSigningRequestList",
    "certificates.k8s.io", "v1", "CertificateSigningRequestList");

ROWS(certificates_v1_CertificateSigningRequestSpec) = {
    ROW( 1, "request",           REQUIRED | IMMUTABLE,        BYTES),
    ROW( 2, "username",          IMMUTABLE,                   STRING),
    ROW( 3, "uid",               IMMUTABLE,                   STRING),
    ROW( 4, "groups",            IMMUTABLE,                   LIST_OF(STRING)),
    ROW( 5, "usages",            IMMUTABLE | MUST,            LIST_OF(STRING),
        ENUM("any", "cert sign", "client auth", "code signing", "content commitment", "crl sign",
        "data encipherment", "decipher only", "digital signature", "email protection", "encipher only",
        "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment",
        "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing",
        "timestamping")),
    ROW( 6, "extra",             IMMUTABLE,                   MAP_OF_LISTS_OF(STRING)),
    ROW( 7, "signerName",        REQUIRED | MUST | IMMUTABLE, STRING),
    ROW( 8, "expirationSeconds", IMMUTABLE,                   INT32, AT_LEAST(600)),
};
TYPE(certificates_v1_CertificateSigningRequestSpec,
    "io.k8s.api.certificates.v1.CertificateSigningRequestSpec");

ROWS(certificates_v1_CertificateSigningRequestStatus) = {
    ROW( 1, "conditions",  OPTIONAL, LIST_OF(OBJECT(certificates_v1_CertificateSigningRequestCondition)),
        KEYS("type")),
    ROW( 2, "certificate", OPTIONAL, BYTES),
};
TYPE(certificates_v1_CertificateSigningRequestStatus,
    "io.k8s.api.certificates.v1.CertificateSigningRequestStatus");
