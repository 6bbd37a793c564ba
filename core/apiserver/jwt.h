/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Web Tokens as service accounts use them (RFC 7515 compact form, RFC 7519): RS256, RS384, RS512, ES256,
 * ES384, ES512. Keys are immutable; any thread.
 */
#ifndef KEELSON_APISERVER_JWT_H
#define KEELSON_APISERVER_JWT_H

#include "core/api/json.h"

#define JWT_BYTES_MAX (16u * 1024)

struct jwt_key;
/* A PEM file with one or several keys, public or private, RSA or EC; appends to *keys, which is grown. Errors
 * name the file. */
int jwt_keys_load(const char *path, struct jwt_key ***keys, size_t *count, struct error *err);
void jwt_key_free(struct jwt_key *key);
bool jwt_key_can_sign(const struct jwt_key *key);
const char *
jwt_key_id(const struct jwt_key *key); /* base64url of SHA-256 of the public key's DER, as upstream's kid */
const char *jwt_key_algorithm(const struct jwt_key *key); /* "RS256", "ES256", … */
/* Appends header.payload.signature. */
int jwt_sign(const struct jwt_key *key, const struct json *claims, struct buffer *out, struct error *err);
/* Splits and parses without a look at the signature, e.g. to see the issuer. ERR_UNAUTHORIZED when it is no
 * JWT. */
int jwt_claims(struct slice token, struct arena *arena, struct json **ret, struct error *err);
/* Does one of the keys (the one with the token's kid first) verify it? ERR_UNAUTHORIZED. */
int jwt_verify(struct slice token, struct jwt_key *const *keys, size_t count, struct error *err);
/* The key as a JWK object (RFC 7517). */
struct json *jwt_key_jwk(const struct jwt_key *key, struct arena *arena);

#endif
