/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that are asked for, and bundles to trust. */
#include "core/api/print-columns.h"
#include "core/base/clock.h"

static void print_duration(struct print_row *row, const struct json *request)
{
    char text[TIME_TEXT_MAX];
    const struct json *seconds = json_at(request, "spec.expirationSeconds");
    if (json_is_absent(seconds)) {
        print_text(row, "<none>");
        return;
    }
    time_format_age(json_integer_or(seconds, 0) * NS_PER_S, text);
    print_text(row, text);
}

static void print_condition(struct print_row *row, const struct json *request)
{
    const char *word = object_condition(request, "Denied")     ? "Denied"
                       : object_condition(request, "Approved") ? "Approved"
                                                               : "Pending";
    print_textf(row, "%s%s%s", word, object_condition(request, "Failed") ? ",Failed" : "",
                json_slice(json_at(request, "status.certificate")).size ? ",Issued" : "");
}

static void print_state(struct print_row *row, const struct json *request)
{
    static const char *const types[] = {"Issued", "Denied", "Failed"};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (object_condition_is(request, types[i], "True")) {
            print_text(row, types[i]);
            return;
        }
    print_text(row, "Pending");
}

static const struct print_column request_columns[] = {
    PRINT_COLUMN_NAME,
    PRINT_COLUMN_AGE,
    {"SignerName", "spec.signerName", "<none>"},
    {"Requestor", "spec.username"},
    {"RequestedDuration", .cell = print_duration},
    {"Condition", .cell = print_condition},
};

static const struct print_column bundle_columns[] = {
    PRINT_COLUMN_NAME,
    {"SignerName", "spec.signerName", "<none>"},
};

static const struct print_column pod_request_columns[] = {
    PRINT_COLUMN_NAME,
    {"PodName", "spec.podName"},
    {"ServiceAccountName", "spec.serviceAccountName"},
    {"NodeName", "spec.nodeName"},
    {"SignerName", "spec.signerName"},
    {"State", .cell = print_state},
    {"UnverifiedUserAnnotations", "spec.unverifiedUserAnnotations", .how = PRINT_LABELS},
};

const struct print_kind print_certificate_kinds[] = {
    PRINT_KIND("certificates.k8s.io", "CertificateSigningRequest", request_columns),
    PRINT_KIND("certificates.k8s.io", "ClusterTrustBundle", bundle_columns),
    PRINT_KIND("certificates.k8s.io", "PodCertificateRequest", pod_request_columns),
    {NULL},
};
