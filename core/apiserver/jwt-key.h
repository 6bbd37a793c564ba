/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of tokens, private to jwt*.c. */
#ifndef KEELSON_APISERVER_JWT_KEY_H
#define KEELSON_APISERVER_JWT_KEY_H

#include <openssl/evp.h>

#include "core/apiserver/jwt.h"

struct jwt_key {
    EVP_PKEY *pkey;
    const EVP_MD *digest;
    const char *algorithm;
    char *id;
    size_t part_bytes; /* EC: bytes of r and of s; 0: RSA */
    bool is_private;
};
bool jwt_signature_to_openssl(const struct jwt_key *key, struct slice signature, struct buffer *out);
bool jwt_signature_from_openssl(const struct jwt_key *key, struct slice signature, struct buffer *out);

#endif
