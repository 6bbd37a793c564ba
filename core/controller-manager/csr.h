/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificate signing requests (PKCS#10) as the certificates controllers see them, and signing with a CA, on
 * OpenSSL. A CA is immutable; any thread.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_CSR_H
#define KEELSON_CONTROLLER_MANAGER_CSR_H

#include "core/api/json.h"

/* What stands in a request; texts in the arena. */
struct csr {
    const char *common_name; /* "" when absent */
    const char **organizations;
    size_t organizations_count;
    size_t dns_names, ip_addresses, emails, uris; /* subject alternative names of each kind */
    void *request;                                /* X509_REQ, owned: csr_done */
};
/* pem: the decoded spec.request. The request's own signature is checked. */
int csr_parse(struct arena *arena, struct slice pem, struct csr *ret, struct error *err);
void csr_done(struct csr *csr);

struct csr_ca;
struct csr_ca *csr_ca_new(const char *cert_file, const char *key_file, struct error *err);
void csr_ca_free(struct csr_ca *ca);
/* usages: spec.usages. Appends the certificate in PEM. Valid from five minutes ago for duration_s, not beyond
 * the CA's own end. */
int csr_sign(const struct csr_ca *ca, const struct csr *csr, const struct json *usages, int64_t duration_s,
             struct buffer *out, struct error *err);
/* When the last certificate of a PEM text ends (since 1970, UTC); false: it holds none. */
bool certificate_not_after(struct slice pem, int64_t *ret_ns);

#endif
