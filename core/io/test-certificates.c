/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a CA and certificates with OpenSSL for tests; see test-certificates.h. */
#include "core/io/test-certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/io/certificate.h"

struct authority {
    X509 *certificate;
    EVP_PKEY *key;
};

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    require(certificate_add_extension(certificate, issuer, nid, value));
}

static void add_name(X509 *certificate, const char *field, const char *value)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0) ==
            1);
}

/* names: "CN", value, "O", value, …, NULL */
static struct authority certificate_new(const struct authority *issuer, const char *const *names,
                                        long valid_s)
{
    static long serial = 1;
    struct authority made = {X509_new(), EVP_EC_gen("P-256")};
    X509_set_version(made.certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(made.certificate), -7200);
    X509_gmtime_adj(X509_getm_notAfter(made.certificate), valid_s);
    X509_set_pubkey(made.certificate, made.key);
    for (; *names; names += 2)
        add_name(made.certificate, names[0], names[1]);
    X509 *signer = issuer ? issuer->certificate : made.certificate;
    X509_set_issuer_name(made.certificate, X509_get_subject_name(signer));
    return made;
}

static void sign(struct authority *made, const struct authority *issuer)
{
    require(X509_sign(made->certificate, issuer->key, EVP_sha256()) > 0);
}

static void authority_done(struct authority *a)
{
    X509_free(a->certificate);
    EVP_PKEY_free(a->key);
}

static char *save_certificate(const char *folder, const char *name, X509 *certificate)
{
    char *path = xasprintf("%s/%s.crt", folder, name);
    FILE *file = fopen(path, "w");
    require(file && PEM_write_X509(file, certificate) == 1 && fclose(file) == 0);
    return path;
}

static char *save_key(const char *folder, const char *name, EVP_PKEY *key)
{
    char *path = xasprintf("%s/%s.key", folder, name);
    FILE *file = fopen(path, "w");
    require(file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 && fclose(file) == 0);
    return path;
}

static struct authority ca_new(const char *name)
{
    struct authority ca = certificate_new(NULL, (const char *const[]){"CN", name, NULL}, 86400);
    add_extension(ca.certificate, ca.certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(ca.certificate, ca.certificate, NID_key_usage, "critical,keyCertSign");
    sign(&ca, &ca);
    return ca;
}

static void make_server(struct test_certificates *ret, const struct authority *ca)
{
    struct authority server = certificate_new(ca, (const char *const[]){"CN", "test-server", NULL}, 86400);
    add_extension(server.certificate, ca->certificate, NID_subject_alt_name,
                  "DNS:localhost,IP:127.0.0.1,IP:::1");
    add_extension(server.certificate, ca->certificate, NID_ext_key_usage, "serverAuth");
    sign(&server, ca);
    ret->server_cert = save_certificate(ret->folder, "server", server.certificate);
    ret->server_key = save_key(ret->folder, "server", server.key);
    authority_done(&server);
}

static void make_client(const char *folder, const char *name, const struct authority *ca, long valid_s,
                        char **ret_cert, char **ret_key)
{
    const char *names[] = {"CN", "alice", "O", "devs", "O", "admins", NULL};
    struct authority client = certificate_new(ca, names, valid_s);
    add_extension(client.certificate, ca->certificate, NID_ext_key_usage, "clientAuth");
    sign(&client, ca);
    *ret_cert = save_certificate(folder, name, client.certificate);
    *ret_key = save_key(folder, name, client.key);
    authority_done(&client);
}

void test_certificates_make(struct test_certificates *ret)
{
    char folder[] = "/tmp/keelson-io-test-XXXXXX";
    require(mkdtemp(folder));
    ret->folder = xstrdup(folder);
    struct authority ca = ca_new("test-ca"), other = ca_new("test-ca");
    ret->ca = save_certificate(folder, "ca", ca.certificate);
    make_server(ret, &ca);
    make_client(folder, "client", &ca, 86400, &ret->client_cert, &ret->client_key);
    make_client(folder, "forged", &other, 86400, &ret->forged_cert, &ret->forged_key);
    make_client(folder, "expired", &ca, -3600, &ret->expired_cert, &ret->expired_key);
    authority_done(&ca);
    authority_done(&other);
}

void test_certificates_remove(struct test_certificates *c)
{
    directory_remove(c->folder, NULL);
    char **texts[] = {&c->folder,     &c->ca,          &c->server_cert, &c->server_key,   &c->client_cert,
                      &c->client_key, &c->forged_cert, &c->forged_key,  &c->expired_cert, &c->expired_key};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        free(*texts[i]);
        *texts[i] = NULL;
    }
}
