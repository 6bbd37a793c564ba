/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The serving certificate when none was given: made once, signed by itself, kept in the certificate folder
 * under upstream's names, so that a restart shows the same one.
 */
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/kubelet/server-private.h"

#define VALID_S  (365L * 24 * 3600)
#define BEFORE_S (30L * 24 * 3600) /* renewed when it has less than that left */

/* A certificate that is there and good for a while yet. */
static bool is_good(const char *path)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    if (file_read(path, 1 << 20, &text, NULL) < 0)
        return false;
    BIO *bio = BIO_new_mem_buf(text.data, (int)text.size);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    time_t then = time(NULL) + BEFORE_S;
    bool good = certificate && X509_cmp_time(X509_get0_notAfter(certificate), &then) > 0;
    X509_free(certificate);
    BIO_free(bio);
    return good;
}

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

static void alternative_names(struct buffer *out, const char *node_name, const char *const *addresses)
{
    buffer_printf(out, "DNS:%s,DNS:localhost,IP:127.0.0.1", node_name);
    for (; addresses && *addresses; addresses++)
        buffer_printf(out, ",%s:%s", is_address(*addresses) ? "IP" : "DNS", *addresses);
}

static int fill(X509 *certificate, EVP_PKEY *key, const char *node_name, const char *const *addresses)
{
    _cleanup_(buffer_done) struct buffer names = BUFFER_INIT;
    _cleanup_free_ char *subject = xasprintf("%.32s@%lld", node_name, (long long)time(NULL));
    X509_NAME *name = X509_get_subject_name(certificate);
    alternative_names(&names, node_name, addresses);
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), random_u64() >> 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_S);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)subject, -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    return add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(certificate, NID_key_usage,
                         "critical,digitalSignature,keyEncipherment,keyCertSign") &&
           add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
           add_extension(certificate, NID_subject_alt_name, names.data) &&
           X509_sign(certificate, key, EVP_sha256()) > 0;
}

static int write_bio(BIO *bio, const char *path, mode_t mode, struct error *err)
{
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);
    return file_write_atomic(path, (struct slice){data, (size_t)size}, mode, err);
}

static int make(const char *cert, const char *key_path, const char *node_name, const char *const *addresses,
                struct error *err)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    BIO *cert_text = BIO_new(BIO_s_mem()), *key_text = BIO_new(BIO_s_mem());
    int rc = -1;
    if (!key || !certificate || !cert_text || !key_text || !fill(certificate, key, node_name, addresses) ||
        PEM_write_bio_X509(cert_text, certificate) != 1 ||
        PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) != 1)
        error_set(err, ERR_INTERNAL, "making the serving certificate of \"%s\" failed", node_name);
    else if (write_bio(key_text, key_path, 0600, err) == 0 && write_bio(cert_text, cert, 0644, err) == 0)
        rc = 0;
    BIO_free(cert_text);
    BIO_free(key_text);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return rc;
}

int server_certificate_make(const char *folder, const char *node_name, const char *const *addresses,
                            char **ret_cert, char **ret_key, struct error *err)
{
    _cleanup_free_ char *cert = xasprintf("%s/kubelet.crt", folder);
    _cleanup_free_ char *key = xasprintf("%s/kubelet.key", folder);
    if (directory_make(folder, 0700, err) < 0)
        return -1;
    if ((!is_good(cert) || !file_exists(key)) && make(cert, key, node_name, addresses, err) < 0)
        return -1;
    *ret_cert = TAKE_PTR(cert);
    *ret_key = TAKE_PTR(key);
    return 0;
}
