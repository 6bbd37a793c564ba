/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of tokens: read from PEM, named as upstream names them, and published as JWK. */
#include "core/apiserver/jwt-key.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>

#include "core/base/encoding.h"
#include "core/base/memory.h"

static const struct curve {
    const char *group, *algorithm, *jwk_name;
    const EVP_MD *(*digest)(void);
    size_t part_bytes;
} curves[] = {
    {"prime256v1", "ES256", "P-256", EVP_sha256, 32},
    {"secp384r1", "ES384", "P-384", EVP_sha384, 48},
    {"secp521r1", "ES512", "P-521", EVP_sha512, 66},
};

static const struct curve *curve_of(EVP_PKEY *pkey)
{
    char group[64] = "";
    size_t size = 0;
    if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), &size) != 1)
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
        if (strcmp(group, curves[i].group) == 0)
            return &curves[i];
    return NULL;
}

static char *key_id(EVP_PKEY *pkey)
{
    unsigned char *der = NULL, digest[SHA256_DIGEST_LENGTH];
    struct buffer id = BUFFER_INIT;
    int size = i2d_PUBKEY(pkey, &der);
    if (size > 0) {
        SHA256(der, (size_t)size, digest);
        base64_encode(&id, digest, sizeof(digest), BASE64_URL);
    }
    OPENSSL_free(der);
    return buffer_take(&id);
}

/* Owns pkey, in failure too. */
static int key_new(const char *path, EVP_PKEY *pkey, bool is_private, struct jwt_key **ret, struct error *err)
{
    int type = EVP_PKEY_get_base_id(pkey);
    const struct curve *curve = type == EVP_PKEY_EC ? curve_of(pkey) : NULL;
    if (type != EVP_PKEY_RSA && !curve) {
        EVP_PKEY_free(pkey);
        return error_set(err, ERR_BAD_REQUEST,
                         "%s: only RSA keys and EC keys on P-256, P-384 and P-521 can sign tokens", path);
    }
    struct jwt_key *key = new0(struct jwt_key);
    key->pkey = pkey;
    key->is_private = is_private;
    key->algorithm = curve ? curve->algorithm : "RS256";
    key->digest = curve ? curve->digest() : EVP_sha256();
    key->part_bytes = curve ? curve->part_bytes : 0;
    key->id = key_id(pkey);
    *ret = key;
    return 0;
}

/* The next key of a PEM file, whatever stands before it: a public key, a certificate's, or a private one. */
static EVP_PKEY *next_key(FILE *f, bool *ret_private)
{
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    long size = 0;
    EVP_PKEY *pkey = NULL;
    while (!pkey && PEM_read(f, &name, &header, &data, &size) == 1) {
        const unsigned char *p = data;
        *ret_private = strstr(name, "PRIVATE KEY") != NULL;
        if (strcmp(name, "PUBLIC KEY") == 0) {
            pkey = d2i_PUBKEY(NULL, &p, size);
        } else if (strcmp(name, "RSA PUBLIC KEY") == 0) {
            pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, size);
        } else if (strcmp(name, "CERTIFICATE") == 0) {
            X509 *certificate = d2i_X509(NULL, &p, size);
            pkey = certificate ? X509_get_pubkey(certificate) : NULL;
            X509_free(certificate);
        } else if (*ret_private) {
            pkey = d2i_AutoPrivateKey(NULL, &p, size);
        }
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, (size_t)size);
    }
    ERR_clear_error();
    return pkey;
}

int jwt_keys_load(const char *path, struct jwt_key ***keys, size_t *count, struct error *err)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return error_set_errno(err, errno, "token key file %s", path);
    size_t before = *count;
    int result = 0;
    EVP_PKEY *pkey;
    bool is_private;
    while (result == 0 && (pkey = next_key(f, &is_private))) {
        struct jwt_key *key = NULL;
        result = key_new(path, pkey, is_private, &key, err);
        if (result == 0) {
            *keys = xrealloc(*keys, (*count + 1) * sizeof(**keys));
            (*keys)[(*count)++] = key;
        }
    }
    fclose(f);
    if (result == 0 && *count == before)
        return error_set(err, ERR_BAD_REQUEST, "token key file %s holds no PEM key", path);
    return result;
}

void jwt_key_free(struct jwt_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    free(key->id);
    free(key);
}

bool jwt_key_can_sign(const struct jwt_key *key)
{
    return key->is_private;
}

const char *jwt_key_id(const struct jwt_key *key)
{
    return key->id;
}

const char *jwt_key_algorithm(const struct jwt_key *key)
{
    return key->algorithm;
}

bool jwt_signature_to_openssl(const struct jwt_key *key, struct slice signature, struct buffer *out)
{
    size_t n = key->part_bytes;
    if (n == 0) {
        buffer_append_slice(out, signature);
        return true;
    }
    if (signature.size != 2 * n)
        return false;
    const unsigned char *raw = (const unsigned char *)signature.data;
    ECDSA_SIG *s = ECDSA_SIG_new();
    unsigned char *der = NULL;
    bool ok = ECDSA_SIG_set0(s, BN_bin2bn(raw, (int)n, NULL), BN_bin2bn(raw + n, (int)n, NULL)) == 1;
    int size = ok ? i2d_ECDSA_SIG(s, &der) : -1;
    if (size > 0)
        buffer_append(out, der, (size_t)size);
    OPENSSL_free(der);
    ECDSA_SIG_free(s);
    return size > 0;
}

bool jwt_signature_from_openssl(const struct jwt_key *key, struct slice signature, struct buffer *out)
{
    int n = (int)key->part_bytes;
    if (n == 0) {
        buffer_append_slice(out, signature);
        return true;
    }
    const unsigned char *der = (const unsigned char *)signature.data;
    ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &der, (long)signature.size);
    unsigned char raw[2 * 66];
    bool ok = s && BN_bn2binpad(ECDSA_SIG_get0_r(s), raw, n) == n &&
              BN_bn2binpad(ECDSA_SIG_get0_s(s), raw + n, n) == n;
    if (ok)
        buffer_append(out, raw, (size_t)n * 2);
    ECDSA_SIG_free(s);
    return ok;
}

static void put_number(const struct jwt_key *key, const char *parameter, struct arena *arena,
                       struct json *jwk, const char *name)
{
    BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(key->pkey, parameter, &number) != 1)
        return;
    size_t size = key->part_bytes ? key->part_bytes : (size_t)BN_num_bytes(number);
    _cleanup_free_ unsigned char *raw = xmalloc(size + 1);
    struct buffer text = BUFFER_INIT;
    if (BN_bn2binpad(number, raw, (int)size) == (int)size)
        base64_encode(&text, raw, size, BASE64_URL);
    json_set_string(arena, jwk, name, text.data ? text.data : "");
    buffer_done(&text);
    BN_free(number);
}

struct json *jwt_key_jwk(const struct jwt_key *key, struct arena *arena)
{
    struct json *jwk = json_new_object(arena);
    const struct curve *curve = key->part_bytes ? curve_of(key->pkey) : NULL;
    json_set_string(arena, jwk, "use", "sig");
    json_set_string(arena, jwk, "kty", curve ? "EC" : "RSA");
    json_set_string(arena, jwk, "kid", key->id);
    if (curve)
        json_set_string(arena, jwk, "crv", curve->jwk_name);
    json_set_string(arena, jwk, "alg", key->algorithm);
    put_number(key, curve ? OSSL_PKEY_PARAM_EC_PUB_X : OSSL_PKEY_PARAM_RSA_N, arena, jwk, curve ? "x" : "n");
    put_number(key, curve ? OSSL_PKEY_PARAM_EC_PUB_Y : OSSL_PKEY_PARAM_RSA_E, arena, jwk, curve ? "y" : "e");
    return jwk;
}
