/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubeconfig files: where the API server is, how it is recognized and who we are. Of a file's many contexts
 * one is taken. What stands in files beside it (certificates, keys, tokens) is named here by absolute path
 * and read by those who use it, so that a rotated certificate is found again. A struct kubeconfig owns all it
 * points to and belongs to one thread at a time.
 */
#ifndef KEELSON_CLIENT_KUBECONFIG_H
#define KEELSON_CLIENT_KUBECONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buffer.h"
#include "core/base/error.h"

struct kubeconfig {
    char *cluster_name, *user_name, *context_name; /* as in the file; when written, NULL: "default" */
    char *namespace_;                              /* NULL: not said */

    char *server; /* the URL as it stands in the file */
    bool https;
    char *server_host;     /* a name or an address, IPv6 without brackets */
    uint16_t server_port;  /* 443 or 80 when the URL has none */
    char *server_path;     /* before every request's path: "" or "/k8s/clusters/x"; no slash at the end */
    char *tls_server_name; /* NULL: the host */
    bool insecure_skip_tls_verify;

    /* Data wins over files. Data is PEM. All empty or NULL: the system's authorities; no client certificate;
     * no token. */
    char *ca_file, *cert_file, *key_file, *token_file;
    struct buffer ca_data, cert_data, key_data;
    char *token;
};
#define KUBECONFIG_INIT ((struct kubeconfig){0})

/* Reads the context of that name, or the file's current-context when context is NULL. Errors name the file
 * and the field: ERR_NOT_FOUND when the file is not there, else ERR_BAD_REQUEST. ret is written only on
 * success. */
int kubeconfig_load(const char *path, const char *context, struct kubeconfig *ret, struct error *err);
/* The same from text; path is where it came from, for errors and relative names. */
int kubeconfig_parse(struct slice text, const char *path, const char *context, struct kubeconfig *ret,
                     struct error *err);
/* Takes a server URL apart into server, https, server_host, server_port and server_path. Error:
 * ERR_BAD_REQUEST. */
int kubeconfig_set_server(struct kubeconfig *k, const char *url, struct error *err);
/* The bearer token as it is now: from the file when there is one. Appends nothing when there is no token at
 * all. */
int kubeconfig_token(const struct kubeconfig *k, struct buffer *ret, struct error *err);

/* Appends the file's text, with one cluster, user and context. */
void kubeconfig_text(const struct kubeconfig *k, struct buffer *out);
/* Writes it so that only the owner reads it (0600), replacing the file at once. */
int kubeconfig_write(const struct kubeconfig *k, const char *path, struct error *err);
void kubeconfig_done(struct kubeconfig *k);

#endif
