/* SPDX-License-Identifier: Apache-2.0 */
/* RS256 and ES256. The key id is the hash of the public key, by which the API server finds the key that
 * verifies. */
#include "core/controller-manager/token-signer.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "core/base/encoding.h"
#include "core/base/memory.h"

#define ES256_BYTES 32

struct token_signer {
    EVP_PKEY *key;
    char *header; /* base64 */
    bool rsa;
};

static char *key_id(EVP_PKEY *key)
{
    unsigned char *der = NULL, digest[SHA256_DIGEST_LENGTH];
    struct buffer text = BUFFER_INIT;
    int size = i2d_PUBKEY(key, &der);
    if (size <= 0)
        return xstrdup("");
    SHA256(der, (size_t)size, digest);
    OPENSSL_free(der);
    base64_encode(&text, digest, sizeof(digest), BASE64_URL);
    return buffer_take(&text);
}

static char *make_header(EVP_PKEY *key, bool rsa)
{
    struct buffer text = BUFFER_INIT;
    _cleanup_free_ char *id = key_id(key);
    _cleanup_free_ char *json = xasprintf("{\"alg\":\"%s\",\"kid\":\"%s\"}", rsa ? "RS256" : "ES256", id);
    base64_encode(&text, json, strlen(json), BASE64_URL);
    return buffer_take(&text);
}

struct token_signer *token_signer_new(const char *path, struct error *err)
{
    BIO *file = BIO_new_file(path, "r");
    EVP_PKEY *key = file ? PEM_read_bio_PrivateKey(file, NULL, NULL, NULL) : NULL;
    BIO_free(file);
    int type = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
    if (type != EVP_PKEY_RSA && !(type == EVP_PKEY_EC && EVP_PKEY_get_bits(key) == 256)) {
        EVP_PKEY_free(key);
        error_set(err, ERR_INVALID, "%s: no private RSA or EC P-256 key can be read from it", path);
        return NULL;
    }
    struct token_signer *s = new0(struct token_signer);
    s->key = key;
    s->rsa = type == EVP_PKEY_RSA;
    s->header = make_header(key, s->rsa);
    return s;
}

void token_signer_free(struct token_signer *s)
{
    if (!s)
        return;
    EVP_PKEY_free(s->key);
    free(s->header);
    free(s);
}

/* From the DER form that OpenSSL gives to the two numbers side by side that a token holds. */
static bool to_raw(const unsigned char *der, size_t size, unsigned char raw[2 * ES256_BYTES])
{
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)size);
    bool good = signature && BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, ES256_BYTES) == ES256_BYTES &&
                BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + ES256_BYTES, ES256_BYTES) == ES256_BYTES;
    ECDSA_SIG_free(signature);
    return good;
}

static bool sign(const struct token_signer *s, const struct buffer *text, struct buffer *out)
{
    unsigned char signature[1024], raw[2 * ES256_BYTES];
    size_t size = sizeof(signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, s->key) == 1 &&
                EVP_DigestSign(context, signature, &size, (const unsigned char *)text->data, text->size) == 1;
    EVP_MD_CTX_free(context);
    if (good && !s->rsa)
        good = to_raw(signature, size, raw);
    if (good && s->rsa)
        base64_encode(out, signature, size, BASE64_URL);
    else if (good)
        base64_encode(out, raw, sizeof(raw), BASE64_URL);
    return good;
}

int token_sign(const struct token_signer *s, const struct json *claims, struct buffer *out, struct error *err)
{
    struct buffer body = BUFFER_INIT, text = BUFFER_INIT, signature = BUFFER_INIT;
    json_write(&body, claims);
    buffer_append_str(&text, s->header);
    buffer_append_char(&text, '.');
    base64_encode(&text, body.data, body.size, BASE64_URL);
    bool good = sign(s, &text, &signature);
    if (good) {
        buffer_append(out, text.data, text.size);
        buffer_append_char(out, '.');
        buffer_append(out, signature.data, signature.size);
    }
    buffer_done(&body);
    buffer_done(&text);
    buffer_done(&signature);
    return good ? 0 : error_set(err, ERR_INTERNAL, "a token could not be signed");
}
