/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and certificates. Everything that OpenSSL refuses is an error of the request's, and says so. */
#include "core/controller-manager/csr.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/io/certificate.h"

#define BACKDATE_S 300

struct csr_ca {
    X509 *certificate;
    EVP_PKEY *key;
};

/* --- requests --- */

static const char *entry_text(struct arena *arena, const X509_NAME_ENTRY *entry)
{
    unsigned char *text = NULL;
    int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
    const char *copy = size < 0 ? "" : arena_strndup(arena, (char *)text, (size_t)size);
    OPENSSL_free(text);
    return copy;
}

static void read_subject(struct arena *arena, X509_NAME *name, struct csr *csr)
{
    int count = X509_NAME_entry_count(name);
    csr->common_name = "";
    csr->organizations = arena_alloc(arena, (size_t)(count + 1) * sizeof(char *));
    for (int i = 0; i < count; i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
        if (nid == NID_commonName)
            csr->common_name = entry_text(arena, entry);
        else if (nid == NID_organizationName)
            csr->organizations[csr->organizations_count++] = entry_text(arena, entry);
    }
}

static void count_names(X509_REQ *request, struct csr *csr)
{
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);
    GENERAL_NAMES *names = X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        switch (sk_GENERAL_NAME_value(names, i)->type) {
        case GEN_DNS:
            csr->dns_names++;
            break;
        case GEN_IPADD:
            csr->ip_addresses++;
            break;
        case GEN_EMAIL:
            csr->emails++;
            break;
        default:
            csr->uris++;
        }
    GENERAL_NAMES_free(names);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

int csr_parse(struct arena *arena, struct slice pem, struct csr *ret, struct error *err)
{
    BIO *text = BIO_new_mem_buf(pem.data, (int)MIN(pem.size, (size_t)INT32_MAX));
    X509_REQ *request = PEM_read_bio_X509_REQ(text, NULL, NULL, NULL);
    BIO_free(text);
    if (!request)
        return error_set(err, ERR_INVALID,
                         "the request holds no PEM block of type CERTIFICATE REQUEST that can be read");
    if (X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) != 1) {
        X509_REQ_free(request);
        return error_set(err, ERR_INVALID, "the request's signature is not its key's");
    }
    struct csr csr = {.request = request};
    read_subject(arena, X509_REQ_get_subject_name(request), &csr);
    count_names(request, &csr);
    *ret = csr;
    return 0;
}

void csr_done(struct csr *csr)
{
    X509_REQ_free(csr->request);
    csr->request = NULL;
}

/* --- the authority --- */

struct csr_ca *csr_ca_new(const char *cert_file, const char *key_file, struct error *err)
{
    BIO *certificate_text = BIO_new_file(cert_file, "r"), *key_text = BIO_new_file(key_file, "r");
    struct csr_ca *ca = new0(struct csr_ca);
    ca->certificate = certificate_text ? PEM_read_bio_X509(certificate_text, NULL, NULL, NULL) : NULL;
    ca->key = key_text ? PEM_read_bio_PrivateKey(key_text, NULL, NULL, NULL) : NULL;
    BIO_free(certificate_text);
    BIO_free(key_text);
    if (!ca->certificate)
        error_set(err, ERR_INVALID, "%s: no certificate can be read from it", cert_file);
    else if (!ca->key || X509_check_private_key(ca->certificate, ca->key) != 1)
        error_set(err, ERR_INVALID, "%s: no key of the certificate in %s can be read from it", key_file,
                  cert_file);
    else
        return ca;
    csr_ca_free(ca);
    return NULL;
}

void csr_ca_free(struct csr_ca *ca)
{
    if (!ca)
        return;
    X509_free(ca->certificate);
    EVP_PKEY_free(ca->key);
    free(ca);
}

/* --- signing --- */

static const struct {
    const char *usage, *key, *extended; /* spec.usages, OpenSSL's names */
} usage_names[] = {
    {"signing", "digitalSignature", NULL},
    {"digital signature", "digitalSignature", NULL},
    {"content commitment", "nonRepudiation", NULL},
    {"key encipherment", "keyEncipherment", NULL},
    {"data encipherment", "dataEncipherment", NULL},
    {"key agreement", "keyAgreement", NULL},
    {"cert sign", "keyCertSign", NULL},
    {"crl sign", "cRLSign", NULL},
    {"encipher only", "encipherOnly", NULL},
    {"decipher only", "decipherOnly", NULL},
    {"any", NULL, "anyExtendedKeyUsage"},
    {"server auth", NULL, "serverAuth"},
    {"client auth", NULL, "clientAuth"},
    {"code signing", NULL, "codeSigning"},
    {"email protection", NULL, "emailProtection"},
    {"s/mime", NULL, "emailProtection"},
    {"timestamping", NULL, "timeStamping"},
    {"ocsp signing", NULL, "OCSPSigning"},
};

static void append_name(struct buffer *out, const char *name)
{
    if (out->size)
        buffer_append_char(out, ',');
    buffer_append_str(out, name);
}

static bool add_usages(X509 *certificate, X509 *issuer, const struct json *usages)
{
    struct buffer key = BUFFER_INIT, extended = BUFFER_INIT;
    bool good = true;
    json_for_each (usage, usages)
        for (size_t i = 0; i < ARRAY_SIZE(usage_names); i++)
            if (slice_is(json_slice(usage), usage_names[i].usage))
                append_name(usage_names[i].key ? &key : &extended,
                            usage_names[i].key ? usage_names[i].key : usage_names[i].extended);
    if (key.size) {
        _cleanup_free_ char *value = xasprintf("critical,%s", key.data);
        good = certificate_add_extension(certificate, issuer, NID_key_usage, value);
    }
    if (good && extended.size)
        good = certificate_add_extension(certificate, issuer, NID_ext_key_usage, extended.data);
    buffer_done(&key);
    buffer_done(&extended);
    return good;
}

/* The names that the request asked for; nothing else of its extensions is taken over. */
static bool copy_names(X509 *certificate, X509_REQ *request)
{
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);
    int at = X509v3_get_ext_by_NID(extensions, NID_subject_alt_name, -1);
    bool good = at < 0 || X509_add_ext(certificate, X509v3_get_ext(extensions, at), -1) == 1;
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    return good;
}

static bool set_times(const struct csr_ca *ca, X509 *certificate, int64_t duration_s)
{
    time_t now = (time_t)(clock_realtime_ns() / NS_PER_S);
    if (!ASN1_TIME_set(X509_getm_notBefore(certificate), now - BACKDATE_S) ||
        !ASN1_TIME_set(X509_getm_notAfter(certificate), now - BACKDATE_S + (time_t)duration_s))
        return false;
    if (ASN1_TIME_compare(X509_get0_notAfter(certificate), X509_get0_notAfter(ca->certificate)) > 0)
        return X509_set1_notAfter(certificate, X509_get0_notAfter(ca->certificate)) == 1;
    return true;
}

static bool fill(const struct csr_ca *ca, X509_REQ *request, const struct json *usages, int64_t duration_s,
                 X509 *certificate)
{
    return X509_set_version(certificate, X509_VERSION_3) && certificate_set_serial(certificate) &&
           set_times(ca, certificate, duration_s) &&
           X509_set_issuer_name(certificate, X509_get_subject_name(ca->certificate)) &&
           X509_set_subject_name(certificate, X509_REQ_get_subject_name(request)) &&
           X509_set_pubkey(certificate, X509_REQ_get0_pubkey(request)) &&
           add_usages(certificate, ca->certificate, usages) &&
           certificate_add_extension(certificate, ca->certificate, NID_basic_constraints,
                                     "critical,CA:FALSE") &&
           (X509_get0_subject_key_id(ca->certificate) == NULL ||
            certificate_add_extension(certificate, ca->certificate, NID_authority_key_identifier, "keyid")) &&
           copy_names(certificate, request) && X509_sign(certificate, ca->key, EVP_sha256()) > 0;
}

int csr_sign(const struct csr_ca *ca, const struct csr *csr, const struct json *usages, int64_t duration_s,
             struct buffer *out, struct error *err)
{
    X509 *certificate = X509_new();
    BIO *text = BIO_new(BIO_s_mem());
    char *data = NULL;
    bool good = certificate && text && fill(ca, csr->request, usages, duration_s, certificate) &&
                PEM_write_bio_X509(text, certificate) == 1;
    long size = good ? BIO_get_mem_data(text, &data) : 0;
    if (good)
        buffer_append(out, data, (size_t)size);
    X509_free(certificate);
    BIO_free(text);
    return good ? 0 : error_set(err, ERR_INTERNAL, "the certificate could not be made or signed");
}

bool certificate_not_after(struct slice pem, int64_t *ret_ns)
{
    BIO *text = BIO_new_mem_buf(pem.data, (int)MIN(pem.size, (size_t)INT32_MAX));
    bool found = false;
    for (X509 *certificate; (certificate = PEM_read_bio_X509(text, NULL, NULL, NULL));) {
        struct tm when;
        if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &when) == 1) {
            *ret_ns = (int64_t)timegm(&when) * NS_PER_S;
            found = true;
        }
        X509_free(certificate);
    }
    BIO_free(text);
    return found;
}
