/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 on OpenSSL, an EC key; see self-signed.h. */
#include "core/io/self-signed.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "core/base/memory.h"
#include "core/base/random.h"

#define VALID_S (365L * 24 * 3600)

static int add_extension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    int good = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

static bool is_address(const char *text)
{
    unsigned char address[16];
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

static void alternative_names(struct buffer *out, const char *name, const char *const *others)
{
    buffer_printf(out, "DNS:%s,DNS:localhost,IP:127.0.0.1", name);
    for (; others && *others; others++)
        buffer_printf(out, ",%s:%s", is_address(*others) ? "IP" : "DNS", *others);
}

static int fill(X509 *certificate, EVP_PKEY *key, const char *name, const char *const *others)
{
    _cleanup_(buffer_done) struct buffer names = BUFFER_INIT;
    _cleanup_free_ char *common_name = xasprintf("%.32s@%lld", name, (long long)time(NULL));
    X509_NAME *subject = X509_get_subject_name(certificate);
    alternative_names(&names, name, others);
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), random_u64() >> 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_S);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    return add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(certificate, NID_key_usage,
                         "critical,digitalSignature,keyEncipherment,keyCertSign") &&
           add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
           add_extension(certificate, NID_subject_alt_name, names.data) &&
           X509_sign(certificate, key, EVP_sha256()) > 0;
}

static void take_text(BIO *bio, struct buffer *ret)
{
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);
    buffer_append(ret, data, (size_t)size);
}

int self_signed_make(const char *name, const char *const *others, struct buffer *ret_certificate,
                     struct buffer *ret_key, struct error *err)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    BIO *cert_text = BIO_new(BIO_s_mem()), *key_text = BIO_new(BIO_s_mem());
    bool good = key && certificate && cert_text && key_text && fill(certificate, key, name, others) &&
                PEM_write_bio_X509(cert_text, certificate) == 1 &&
                PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) == 1;
    if (good) {
        take_text(cert_text, ret_certificate);
        take_text(key_text, ret_key);
    }
    BIO_free(cert_text);
    BIO_free(key_text);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return good ? 0 : error_set(err, ERR_INTERNAL, "making a serving certificate for \"%s\" failed", name);
}
