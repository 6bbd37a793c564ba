/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS settings for servers and clients, on OpenSSL. TLS 1.2 and newer, ALPN h2 and http/1.1. A settings
 * object is immutable and shared between threads; reloading makes a new one.
 */
#ifndef KEELSON_IO_TLS_H
#define KEELSON_IO_TLS_H

#include <stdbool.h>

#include "core/base/buffer.h"
#include "core/base/error.h"

struct tls_settings;

struct tls_server_config {
    const char *cert_file, *key_file; /* PEM, chain allowed */
    const char
        *client_ca_file; /* NULL: client certificates are not asked for; else asked for, not required */
    struct slice cert_data, key_data; /* PEM, in place of the files */
};
struct tls_settings *tls_server_new(const struct tls_server_config *config, struct error *err);

struct tls_client_config {
    const char *ca_file;              /* NULL: ca_data; both NULL: the system's */
    struct slice ca_data;             /* PEM */
    const char *cert_file, *key_file; /* NULL: none, or the data below */
    struct slice cert_data, key_data; /* PEM */
    const char *server_name;          /* for SNI and verification; NULL: the host connected to */
    bool insecure;                    /* do not verify the server */
};
struct tls_settings *tls_client_new(const struct tls_client_config *config, struct error *err);
struct tls_settings *tls_settings_ref(struct tls_settings *settings);
void tls_settings_unref(struct tls_settings *settings);

/* The verified client certificate's subject: CN, and every O. */
struct tls_peer {
    char *common_name;  /* NULL: no certificate was shown, or it did not verify */
    char *verify_error; /* why the certificate that was shown did not verify; NULL: none shown, or good */
    char **organizations;
    unsigned organizations_count;
    char *certificate_sha256; /* hexadecimal; for X509 credential ids */
    int64_t not_after_s;      /* when the certificate runs out, which a connection may outlive; Unix time */
};
void tls_peer_done(struct tls_peer *peer);

#endif
