/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 on OpenSSL, an EC key; see self-signed.h. */
#include "core/io/self-signed.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "core/base/memory.h"
#include "core/io/certificate.h"

#define VALID_S (365L * 24 * 3600)

static bool add_extensions(X509 *certificate)
{
    static const struct {
        int nid;
        const char *value;
    } rows[] = {
        {NID_basic_constraints, "critical,CA:TRUE"},
        {NID_key_usage, "critical,digitalSignature,keyEncipherment,keyCertSign"},
        {NID_ext_key_usage, "serverAuth"},
    };
    bool ok = true;
    for (size_t i = 0; ok && i < ARRAY_SIZE(rows); i++)
        ok = certificate_add_extension(certificate, certificate, rows[i].nid, rows[i].value);
    return ok;
}

static bool add_names(X509 *certificate, const char *name, const char *const *others)
{
    size_t count = 0, others_count = 0;
    while (others && others[others_count])
        others_count++;
    _cleanup_free_ const char **names = newa0(const char *, others_count + 4);
    names[count++] = name;
    names[count++] = "localhost";
    names[count++] = "127.0.0.1";
    for (size_t i = 0; i < others_count; i++)
        names[count++] = others[i];
    return certificate_add_names(certificate, names);
}

static bool fill(X509 *certificate, EVP_PKEY *key, const char *name, const char *const *others)
{
    _cleanup_free_ char *common_name = xasprintf("%.32s@%lld", name, (long long)time(NULL));
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_set_version(certificate, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_S);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    return certificate_set_serial(certificate) && add_extensions(certificate) &&
           add_names(certificate, name, others) && X509_sign(certificate, key, EVP_sha256()) > 0;
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
