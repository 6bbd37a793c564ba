/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: taken apart, signed and verified. */
#include "core/apiserver/jwt.h"

#include <openssl/evp.h>

#include "core/apiserver/jwt-key.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

struct parts {
    struct slice header, payload, signature, signed_part;
};

static int split(struct slice token, struct parts *p, struct error *err)
{
    struct slice rest = token;
    if (token.size == 0 || token.size > JWT_BYTES_MAX)
        return error_set(err, ERR_UNAUTHORIZED, "not a JSON Web Token");
    p->header = slice_cut(&rest, '.');
    if (rest.data)
        p->payload = slice_cut(&rest, '.');
    p->signature = rest;
    if (!rest.data || memchr(rest.data, '.', rest.size) || !p->header.size || !p->payload.size)
        return error_set(err, ERR_UNAUTHORIZED, "not a JSON Web Token");
    p->signed_part = (struct slice){token.data, (size_t)(p->signature.data - 1 - token.data)};
    return 0;
}

static int parse_part(struct slice part, struct arena *arena, struct json **ret, struct error *err)
{
    struct buffer text = BUFFER_INIT;
    int result = base64_decode(&text, part, BASE64_URL)
                     ? json_parse(arena, (struct slice){text.data, text.size}, ret, NULL)
                     : -1;
    buffer_done(&text);
    if (result < 0 || !json_is(*ret, JSON_OBJECT))
        return error_set(err, ERR_UNAUTHORIZED, "not a JSON Web Token");
    return 0;
}

int jwt_claims(struct slice token, struct arena *arena, struct json **ret, struct error *err)
{
    struct parts p = {0};
    return split(token, &p, err) < 0 ? -1 : parse_part(p.payload, arena, ret, err);
}

/* A signature by EC is r and s side by side in JWTs, ASN.1 in OpenSSL: jwt-key.c turns one into the other. */
static bool verify_with(const struct jwt_key *key, const struct parts *p, struct slice signature)
{
    struct buffer converted = BUFFER_INIT;
    if (!jwt_signature_to_openssl(key, signature, &converted))
        return false;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context && EVP_DigestVerifyInit(context, NULL, key->digest, NULL, key->pkey) == 1 &&
              EVP_DigestVerify(context, (const unsigned char *)converted.data, converted.size,
                               (const unsigned char *)p->signed_part.data, p->signed_part.size) == 1;
    EVP_MD_CTX_free(context);
    buffer_done(&converted);
    return ok;
}

static bool verify_with_any(struct jwt_key *const *keys, size_t count, const struct parts *p,
                            const char *algorithm, const char *kid, struct slice signature)
{
    for (int round = 0; round < 2; round++) /* the key that the token names first, then the others */
        for (size_t i = 0; i < count; i++) {
            bool named = kid && strcmp(kid, keys[i]->id) == 0;
            if (named == (round == 0) && strcmp(keys[i]->algorithm, algorithm) == 0 &&
                verify_with(keys[i], p, signature))
                return true;
        }
    return false;
}

int jwt_verify(struct slice token, struct jwt_key *const *keys, size_t count, struct error *err)
{
    struct parts p = {0};
    struct arena arena = ARENA_INIT;
    struct json *header = NULL;
    struct buffer signature = BUFFER_INIT;
    int result = split(token, &p, err) < 0 || parse_part(p.header, &arena, &header, err) < 0 ? -1 : 0;
    if (result == 0) {
        const char *algorithm = json_string_or(json_get(header, "alg"), ""),
                   *kid = json_string(json_get(header, "kid"));
        bool good =
            base64_decode(&signature, p.signature, BASE64_URL) &&
            verify_with_any(keys, count, &p, algorithm, kid, (struct slice){signature.data, signature.size});
        if (!good)
            result = error_set(err, ERR_UNAUTHORIZED, "the token's signature does not verify");
    }
    buffer_done(&signature);
    arena_done(&arena);
    return result;
}

static void append_json(struct buffer *out, const struct json *value)
{
    struct buffer text = BUFFER_INIT;
    json_write(&text, value);
    base64_encode(out, text.data, text.size, BASE64_URL);
    buffer_done(&text);
}

static int sign(const struct jwt_key *key, const struct buffer *text, struct buffer *signature,
                struct error *err)
{
    unsigned char raw[1024]; /* RSA of 8192 bits */
    size_t size = sizeof(raw);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context && EVP_DigestSignInit(context, NULL, key->digest, NULL, key->pkey) == 1 &&
              EVP_DigestSign(context, raw, &size, (const unsigned char *)text->data, text->size) == 1;
    EVP_MD_CTX_free(context);
    if (!ok || !jwt_signature_from_openssl(key, (struct slice){(char *)raw, size}, signature))
        return error_set(err, ERR_INTERNAL, "signing a token failed");
    return 0;
}

int jwt_sign(const struct jwt_key *key, const struct json *claims, struct buffer *out, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct buffer text = BUFFER_INIT, signature = BUFFER_INIT;
    struct json *header = json_new_object(&arena);
    json_set_string(&arena, header, "alg", key->algorithm);
    json_set_string(&arena, header, "kid", key->id);
    append_json(&text, header);
    buffer_append_char(&text, '.');
    append_json(&text, claims);
    int result = sign(key, &text, &signature, err);
    if (result == 0) {
        buffer_append(out, text.data, text.size);
        buffer_append_char(out, '.');
        base64_encode(out, signature.data, signature.size, BASE64_URL);
    }
    buffer_done(&text);
    buffer_done(&signature);
    arena_done(&arena);
    return result;
}
