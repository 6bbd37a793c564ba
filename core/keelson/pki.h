/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate authority in a folder, on OpenSSL: EC P-256 keys, PEM files, keys 0600. Main thread. */
#ifndef KEELSON_KEELSON_PKI_H
#define KEELSON_KEELSON_PKI_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"

struct certificate_request {
    const char *common_name;
    const char *const *organizations; /* NULL-terminated, or NULL */
    const char *const *names;         /* DNS names and addresses, NULL-terminated, or NULL: not a server */
    bool client, server;
    int64_t days;
};
/* <path>.crt and <path>.key. A certificate authority of its own when ca_path is NULL. */
int pki_issue(const char *path, const char *ca_path, const struct certificate_request *request,
              struct error *err);
/* Is <path>.crt there, by this authority, for this user and these names, and with more than a third of its
 * life to go? ca_path NULL: any issuer, and any user. */
bool pki_is_good(const char *path, const char *ca_path, const struct certificate_request *request);
/* Is the certificate's life only to begin (by more than a day)? Then when, and what time it is now, as texts.
 */
bool pki_is_from_the_future(const char *crt, char begins[64], char now[64]);
/* A key pair for signing tokens: <path>.key and <path>.pub; left alone when there. */
int pki_signing_key(const char *path, struct error *err);

#endif
