/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and certificates. */
#include "core/keelson/pki.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/io/certificate.h"

#define CLOCK_SKEW_S 300

static void free_pkey(EVP_PKEY **p)
{
    EVP_PKEY_free(*p);
}
static void free_x509(X509 **p)
{
    X509_free(*p);
}

static int openssl_error(struct error *err, const char *what)
{
    char text[200] = "unknown";
    ERR_error_string_n(ERR_get_error(), text, sizeof(text));
    ERR_clear_error();
    return error_set(err, ERR_INTERNAL, "%s: %s", what, text);
}

static int write_bio(const char *path, BIO *bio, mode_t mode, struct error *err)
{
    char *data;
    long size = BIO_get_mem_data(bio, &data);
    return file_write_atomic(path, (struct slice){data, (size_t)size}, mode, err);
}

static int write_key(const char *path, EVP_PKEY *key, struct error *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int result = PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1
                     ? write_bio(path, bio, 0600, err)
                     : openssl_error(err, path);
    BIO_free(bio);
    return result;
}

static int write_certificate(const char *path, X509 *certificate, struct error *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int result = PEM_write_bio_X509(bio, certificate) == 1 ? write_bio(path, bio, 0644, err)
                                                           : openssl_error(err, path);
    BIO_free(bio);
    return result;
}

static X509 *read_certificate(const char *path)
{
    FILE *f = fopen(path, "re");
    X509 *certificate = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
    if (f)
        fclose(f);
    ERR_clear_error();
    return certificate;
}

static EVP_PKEY *read_key(const char *path)
{
    FILE *f = fopen(path, "re");
    EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;
    if (f)
        fclose(f);
    ERR_clear_error();
    return key;
}

static bool set_subject(X509 *certificate, const struct certificate_request *request)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    bool ok = true;
    for (const char *const *o = request->organizations; ok && o && *o; o++)
        ok = X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)*o, -1, -1, 0) == 1;
    return ok && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                            (const unsigned char *)request->common_name, -1, -1, 0) == 1;
}

static bool set_extensions(X509 *certificate, X509 *issuer, const struct certificate_request *request,
                           bool authority)
{
    const char *usage = request->client && request->server ? "clientAuth,serverAuth"
                        : request->server                  ? "serverAuth"
                                                           : "clientAuth";
    if (authority)
        return certificate_add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE") &&
               certificate_add_extension(certificate, issuer, NID_key_usage,
                                         "critical,digitalSignature,keyCertSign,cRLSign") &&
               certificate_add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    return certificate_add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
           certificate_add_extension(certificate, issuer, NID_key_usage,
                                     "critical,digitalSignature,keyEncipherment") &&
           certificate_add_extension(certificate, issuer, NID_ext_key_usage, usage) &&
           certificate_add_extension(certificate, issuer, NID_authority_key_identifier, "keyid") &&
           certificate_add_names(certificate, request->names);
}

static X509 *make_certificate(EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key,
                              const struct certificate_request *request)
{
    X509 *certificate = X509_new();
    bool ok = certificate && X509_set_version(certificate, 2) == 1 && certificate_set_serial(certificate) &&
              X509_gmtime_adj(X509_getm_notBefore(certificate), -CLOCK_SKEW_S) &&
              X509_gmtime_adj(X509_getm_notAfter(certificate), (long)(request->days * 24 * 3600)) &&
              set_subject(certificate, request) &&
              X509_set_issuer_name(certificate, X509_get_subject_name(ca ? ca : certificate)) == 1 &&
              X509_set_pubkey(certificate, key) == 1 &&
              set_extensions(certificate, ca ? ca : certificate, request, !ca) &&
              X509_sign(certificate, ca ? ca_key : key, EVP_sha256()) > 0;
    if (ok)
        return certificate;
    X509_free(certificate);
    return NULL;
}

int pki_issue(const char *path, const char *ca_path, const struct certificate_request *request,
              struct error *err)
{
    _cleanup_free_ char *crt = xasprintf("%s.crt", path), *key_file = xasprintf("%s.key", path);
    _cleanup_free_ char *ca_crt = xasprintf("%s.crt", ca_path ? ca_path : ""),
                        *ca_key_file = xasprintf("%s.key", ca_path ? ca_path : "");
    _cleanup_(free_x509) X509 *ca = ca_path ? read_certificate(ca_crt) : NULL;
    _cleanup_(free_pkey) EVP_PKEY *ca_key = ca_path ? read_key(ca_key_file) : NULL;
    if (ca_path && (!ca || !ca_key))
        return error_set(err, ERR_NOT_FOUND, "%s or %s is missing or no PEM file", ca_crt, ca_key_file);
    _cleanup_(free_pkey) EVP_PKEY *key = EVP_EC_gen("P-256");
    _cleanup_(free_x509) X509 *certificate = key ? make_certificate(key, ca, ca_key, request) : NULL;
    if (!certificate)
        return openssl_error(err, crt);
    return write_key(key_file, key, err) < 0 ? -1 : write_certificate(crt, certificate, err);
}

static bool has_names(X509 *certificate, const char *const *names)
{
    for (; names && *names; names++) {
        int found = certificate_name_is_address(*names) ? X509_check_ip_asc(certificate, *names, 0)
                                                        : X509_check_host(certificate, *names, 0, 0, NULL);
        if (found != 1)
            return false;
    }
    return true;
}

static bool has_life(X509 *certificate)
{
    int all_days = 0, all_s = 0, left_days = 0, left_s = 0;
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
        return false;
    if (ASN1_TIME_diff(&all_days, &all_s, X509_get0_notBefore(certificate),
                       X509_get0_notAfter(certificate)) != 1 ||
        ASN1_TIME_diff(&left_days, &left_s, NULL, X509_get0_notAfter(certificate)) != 1)
        return false;
    return left_days * 3 > all_days;
}

/* An earlier version may have given it to a user with other rights. */
static bool has_subject(X509 *certificate, const struct certificate_request *request)
{
    _cleanup_(free_x509) X509 *wanted = X509_new();
    return wanted && set_subject(wanted, request) &&
           X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_subject_name(wanted)) == 0;
}

bool pki_is_good(const char *path, const char *ca_path, const struct certificate_request *request)
{
    _cleanup_free_ char *crt = xasprintf("%s.crt", path), *key_file = xasprintf("%s.key", path),
                        *ca_crt = xasprintf("%s.crt", ca_path ? ca_path : path);
    _cleanup_(free_x509) X509 *certificate = read_certificate(crt), *ca = read_certificate(ca_crt);
    _cleanup_(free_pkey) EVP_PKEY *key = read_key(key_file);
    if (!certificate || !ca || !key || X509_check_private_key(certificate, key) != 1)
        return false;
    bool signed_ = X509_verify(certificate, X509_get0_pubkey(ca)) == 1;
    ERR_clear_error();
    return signed_ && has_life(certificate) && has_names(certificate, request->names) &&
           (!ca_path || has_subject(certificate, request)); /* an authority may be somebody's own */
}

bool pki_is_from_the_future(const char *crt, char begins[64], char now[64])
{
    _cleanup_(free_x509) X509 *certificate = read_certificate(crt);
    int days = 0, seconds = 0;
    struct tm when;
    time_t current = time(NULL);
    if (!certificate || ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notBefore(certificate)) != 1 ||
        days < 1 || ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &when) != 1)
        return false;
    strftime(begins, 64, "%F %T UTC", &when);
    gmtime_r(&current, &when);
    strftime(now, 64, "%F %T UTC", &when);
    return true;
}

int pki_signing_key(const char *path, struct error *err)
{
    _cleanup_free_ char *key_file = xasprintf("%s.key", path), *public_file = xasprintf("%s.pub", path);
    _cleanup_(free_pkey) EVP_PKEY *key = read_key(key_file);
    if (!key) {
        if (file_exists(key_file))
            return error_set(
                err, ERR_BAD_REQUEST,
                "%s is no PEM key; move it away to have a new one made (tokens out there become void)",
                key_file);
        key = EVP_RSA_gen(2048);
        if (!key)
            return openssl_error(err, key_file);
        if (write_key(key_file, key, err) < 0)
            return -1;
    }
    BIO *bio = BIO_new(BIO_s_mem());
    int result = PEM_write_bio_PUBKEY(bio, key) == 1 ? write_bio(public_file, bio, 0644, err)
                                                     : openssl_error(err, public_file);
    BIO_free(bio);
    return result;
}
