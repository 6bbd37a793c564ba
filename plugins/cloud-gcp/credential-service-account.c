/* SPDX-License-Identifier: Apache-2.0 */
/* The key of a service account, as Google gives it out as a JSON file: we sign a statement of who we are (a
 * JWT, RS256; RFC 7523) and get a token for it. */
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plugins/cloud-gcp/credential.h"

#define STATEMENT_S 3600

static void free_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

/* Appends base64url. false: no memory. */
static bool append_base64url(struct form *out, const void *data, size_t size)
{
    char *text = realloc(out->text, out->size + 4 * ((size + 2) / 3) + 2);
    if (!text)
        return false;
    out->text = text;
    char *at = text + out->size;
    if (out->size)
        *at++ = '.';
    int length = EVP_EncodeBlock((unsigned char *)at, data, (int)size);
    while (length > 0 && at[length - 1] == '=')
        length--;
    for (int i = 0; i < length; i++)
        at[i] = at[i] == '+' ? '-' : at[i] == '/' ? '_' : at[i];
    at[length] = '\0';
    out->size = (size_t)(at + length - text);
    return true;
}

static bool append_document(struct form *out, json_object *document)
{
    const char *text =
        json_object_to_json_string_ext(document, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    return text && append_base64url(out, text, strlen(text));
}

/* A key with a password is refused, not asked for on a terminal. */
static int no_password(char *buffer, int size, int writing, void *context)
{
    return -1;
}

static EVP_PKEY *read_key(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    BIO_free(bio);
    if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

static bool append_signature(struct form *out, EVP_PKEY *key)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t size = (size_t)EVP_PKEY_get_size(key);
    unsigned char *signature = malloc(size);
    bool good = context && signature && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestSign(context, signature, &size, (const unsigned char *)out->text, out->size) == 1 &&
                append_base64url(out, signature, size);
    EVP_MD_CTX_free(context);
    free(signature);
    return good;
}

/* What we say of ourselves. */
static bool append_statement(struct form *out, const char *key_id, const char *email, const char *token_uri)
{
    _cleanup_document_ json_object *header = json_object_new_object(), *claims = json_object_new_object();
    int64_t now = time(NULL);
    json_object_object_add(header, "alg", json_object_new_string("RS256"));
    json_object_object_add(header, "typ", json_object_new_string("JWT"));
    json_object_object_add(header, "kid", json_object_new_string(key_id));
    json_object_object_add(claims, "iss", json_object_new_string(email));
    json_object_object_add(claims, "scope", json_object_new_string(SCOPE));
    json_object_object_add(claims, "aud", json_object_new_string(token_uri));
    json_object_object_add(claims, "iat", json_object_new_int64(now));
    json_object_object_add(claims, "exp", json_object_new_int64(now + STATEMENT_S));
    return append_document(out, header) && append_document(out, claims);
}

static enum keelson_status fetch(struct gcp *g, const struct keelson_call *call, json_object *file,
                                 struct access_token *ret)
{
    const char *email = document_text(file, "client_email"), *key_id = document_text(file, "private_key_id");
    const char *pem = document_text(file, "private_key"), *token_uri = document_text(file, "token_uri");
    if (!email || !key_id || !pem || !token_uri)
        return g->host->fail(
            call, KEELSON_DENIED,
            "the service account's file lacks client_email, private_key_id, private_key or token_uri");
    _cleanup_(free_key) EVP_PKEY *key = read_key(pem);
    if (!key)
        return g->host->fail(call, KEELSON_DENIED,
                             "the private_key of %s is no RSA key in PEM without a password", email);
    struct form jwt = {0}, form = {0};
    bool good = append_statement(&jwt, key_id, email, token_uri) && append_signature(&jwt, key) &&
                form_add(&form, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer") &&
                form_add(&form, "assertion", jwt.text);
    enum keelson_status status =
        good ? KEELSON_OK
             : g->host->fail(call, KEELSON_DENIED, "the statement of %s cannot be signed", email);
    if (status == KEELSON_OK) {
        struct said said;
        status = ask(g, call,
                     &(struct ask){.http = g->http,
                                   .method = "POST",
                                   .url = token_uri,
                                   .content_type = "application/x-www-form-urlencoded",
                                   .body = form.text},
                     &said);
        if (status == KEELSON_OK)
            status = access_token_of(g, call, &said, email, ret);
        said_done(&said);
    }
    free(jwt.text);
    free(form.text);
    return status;
}

const struct credential_source credential_service_account = {"service_account", fetch};
