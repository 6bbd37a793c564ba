/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS settings: one SSL_CTX, shared and immutable. A server asks for a client certificate but takes any:
 * whether it verifies is told to the authenticator, which answers 401 with a reason instead of a broken
 * handshake, as upstream does. Sessions resume by ticket, so the server keeps no session cache, and buffers
 * go back to the allocator while a connection is idle.
 */
#include "core/io/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "core/base/memory.h"
#include "core/io/tls-private.h"

#define TICKET_LIFE_S 3600

static const unsigned char alpn_protocols[] = "\x02h2\x08http/1.1";

const char *tls_error_text(void)
{
    static _Thread_local char text[256];
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    if (reason)
        snprintf(text, sizeof(text), "%s", reason);
    else
        snprintf(text, sizeof(text), code ? "error %lx" : "unknown error", code);
    ERR_clear_error();
    return text;
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_size, const unsigned char *in,
                       unsigned in_size, void *arg)
{
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, out_size, alpn_protocols, sizeof(alpn_protocols) - 1, in, in_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static int accept_any_certificate(int ok, X509_STORE_CTX *store)
{
    return 1;
}

static struct tls_settings *settings_new(const SSL_METHOD *method, struct error *err)
{
    struct tls_settings *settings = new0(struct tls_settings);
    atomic_init(&settings->refs, 1);
    settings->context = SSL_CTX_new(method);
    if (!settings->context) {
        free(settings);
        error_set(err, ERR_INTERNAL, "TLS: %s", tls_error_text());
        return NULL;
    }
    SSL_CTX *context = settings->context;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context,
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(context, 1);
    return settings;
}

static int use_certificate_files(SSL_CTX *context, const char *cert_file, const char *key_file,
                                 struct error *err)
{
    if (!key_file)
        key_file = cert_file;
    if (SSL_CTX_use_certificate_chain_file(context, cert_file) != 1)
        return error_set(err, ERR_BAD_REQUEST, "certificate file %s: %s", cert_file, tls_error_text());
    if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1)
        return error_set(err, ERR_BAD_REQUEST, "private key file %s: %s", key_file, tls_error_text());
    if (SSL_CTX_check_private_key(context) != 1)
        return error_set(err, ERR_BAD_REQUEST, "private key file %s does not belong to certificate file %s",
                         key_file, cert_file);
    return 0;
}

static int use_certificate_chain(SSL_CTX *context, const char *whose, BIO *pem, struct error *err)
{
    X509 *leaf = PEM_read_bio_X509_AUX(pem, NULL, NULL, NULL);
    bool good = leaf && SSL_CTX_use_certificate(context, leaf) == 1;
    X509_free(leaf);
    if (!good)
        return error_set(err, ERR_BAD_REQUEST, "%s certificate data: %s", whose, tls_error_text());
    X509 *next;
    while ((next = PEM_read_bio_X509(pem, NULL, NULL, NULL)))
        if (SSL_CTX_add0_chain_cert(context, next) != 1)
            X509_free(next);
    ERR_clear_error();
    return 0;
}

static int use_certificate_data(SSL_CTX *context, const char *whose, struct slice cert, struct slice key,
                                struct error *err)
{
    BIO *pem = BIO_new_mem_buf(cert.data, (int)cert.size);
    int result = use_certificate_chain(context, whose, pem, err);
    BIO_free(pem);
    if (result < 0)
        return -1;
    pem = BIO_new_mem_buf(key.data, (int)key.size);
    EVP_PKEY *private_key = PEM_read_bio_PrivateKey(pem, NULL, NULL, NULL);
    BIO_free(pem);
    bool good = private_key && SSL_CTX_use_PrivateKey(context, private_key) == 1;
    EVP_PKEY_free(private_key);
    if (!good)
        return error_set(err, ERR_BAD_REQUEST, "%s key data: %s", whose, tls_error_text());
    return 0;
}

static int ask_for_client_certificates(SSL_CTX *context, const char *ca_file, struct error *err)
{
    if (SSL_CTX_load_verify_locations(context, ca_file, NULL) != 1)
        return error_set(err, ERR_BAD_REQUEST, "client CA file %s: %s", ca_file, tls_error_text());
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(ca_file);
    if (names)
        SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, accept_any_certificate);
    return 0;
}

struct tls_settings *tls_server_new(const struct tls_server_config *config, struct error *err)
{
    struct tls_settings *settings = settings_new(TLS_server_method(), err);
    if (!settings)
        return NULL;
    SSL_CTX *context = settings->context;
    SSL_CTX_set_alpn_select_cb(context, choose_alpn, NULL);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_timeout(context, TICKET_LIFE_S);
    SSL_CTX_set_session_id_context(context, (const unsigned char *)"keelson", 7);
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
    int used = config->cert_file
                   ? use_certificate_files(context, config->cert_file, config->key_file, err)
                   : use_certificate_data(context, "server", config->cert_data, config->key_data, err);
    if (used < 0 ||
        (config->client_ca_file && ask_for_client_certificates(context, config->client_ca_file, err) < 0)) {
        tls_settings_unref(settings);
        return NULL;
    }
    return settings;
}

static int trust_data(SSL_CTX *context, struct slice data, struct error *err)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    BIO *pem = BIO_new_mem_buf(data.data, (int)data.size);
    unsigned count = 0;
    X509 *certificate;
    while ((certificate = PEM_read_bio_X509_AUX(pem, NULL, NULL, NULL))) {
        count += X509_STORE_add_cert(store, certificate) == 1;
        X509_free(certificate);
    }
    BIO_free(pem);
    if (!count)
        return error_set(err, ERR_BAD_REQUEST, "CA data: %s", tls_error_text());
    ERR_clear_error();
    return 0;
}

static int trust(SSL_CTX *context, const struct tls_client_config *config, struct error *err)
{
    if (config->insecure)
        return 0;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (config->ca_file) {
        if (SSL_CTX_load_verify_locations(context, config->ca_file, NULL) != 1)
            return error_set(err, ERR_BAD_REQUEST, "CA file %s: %s", config->ca_file, tls_error_text());
        return 0;
    }
    if (config->ca_data.size)
        return trust_data(context, config->ca_data, err);
    SSL_CTX_set_default_verify_paths(context);
    return 0;
}

struct tls_settings *tls_client_new(const struct tls_client_config *config, struct error *err)
{
    struct tls_settings *settings = settings_new(TLS_client_method(), err);
    if (!settings)
        return NULL;
    SSL_CTX *context = settings->context;
    settings->server_name = config->server_name ? xstrdup(config->server_name) : NULL;
    settings->insecure = config->insecure;
    SSL_CTX_set_alpn_protos(context, alpn_protocols, sizeof(alpn_protocols) - 1);
    int result = trust(context, config, err);
    if (result == 0 && config->cert_file)
        result = use_certificate_files(context, config->cert_file, config->key_file, err);
    else if (result == 0 && config->cert_data.size)
        result = use_certificate_data(context, "client", config->cert_data, config->key_data, err);
    if (result < 0) {
        tls_settings_unref(settings);
        return NULL;
    }
    return settings;
}

struct tls_settings *tls_settings_ref(struct tls_settings *settings)
{
    if (settings)
        atomic_fetch_add_explicit(&settings->refs, 1, memory_order_relaxed);
    return settings;
}

void tls_settings_unref(struct tls_settings *settings)
{
    if (!settings || atomic_fetch_sub_explicit(&settings->refs, 1, memory_order_acq_rel) > 1)
        return;
    SSL_CTX_free(settings->context);
    free(settings->server_name);
    free(settings);
}
