/* SPDX-License-Identifier: Apache-2.0 */
/* Signs JSON web tokens (RFC 7515) with an RSA or EC P-256 key, as legacy service-account tokens need it. A
 * signer is immutable; any thread. */
#ifndef KEELSON_CONTROLLER_MANAGER_TOKEN_SIGNER_H
#define KEELSON_CONTROLLER_MANAGER_TOKEN_SIGNER_H

#include "core/api/json.h"

struct token_signer;
/* A PEM file with a private key. */
struct token_signer *token_signer_new(const char *path, struct error *err);
void token_signer_free(struct token_signer *s);
/* Appends header.claims.signature. */
int token_sign(const struct token_signer *s, const struct json *claims, struct buffer *out,
               struct error *err);

#endif
