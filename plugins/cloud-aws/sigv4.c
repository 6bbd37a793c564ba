/* SPDX-License-Identifier: Apache-2.0 */
/* See sigv4.h. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <time.h>

#include "plugins/cloud-aws/sigv4.h"

#define DIGEST_SIZE 32
#define HEADERS_MAX 32

static void add_hex(struct text *t, const unsigned char *digest)
{
    for (int i = 0; i < DIGEST_SIZE; i++)
        text_printf(t, "%02x", digest[i]);
}

static void add_sha256(struct text *t, const char *data, size_t size)
{
    unsigned char digest[DIGEST_SIZE];
    EVP_Digest(data ? data : "", size, digest, NULL, EVP_sha256(), NULL);
    add_hex(t, digest);
}

static void hmac(const void *key, size_t key_size, const char *data, unsigned char ret[DIGEST_SIZE])
{
    unsigned size = DIGEST_SIZE;
    HMAC(EVP_sha256(), key, (int)key_size, (const unsigned char *)data, strlen(data), ret, &size);
}

void sigv4_date(int64_t unix_s, char ret[SIGV4_DATE_SIZE])
{
    time_t when = (time_t)unix_s;
    struct tm parts;
    if (!gmtime_r(&when, &parts) || strftime(ret, SIGV4_DATE_SIZE, "%Y%m%dT%H%M%SZ", &parts) == 0)
        snprintf(ret, SIGV4_DATE_SIZE, "19700101T000000Z");
}

/* --- the canonical request --- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *encoded_pair(const char *pair, size_t size)
{
    struct text t = {0};
    const char *equals = memchr(pair, '=', size);
    size_t name = equals ? (size_t)(equals - pair) : size;
    text_add_encoded(&t, pair, name, false);
    text_add_str(&t, "=");
    if (equals)
        text_add_encoded(&t, equals + 1, size - name - 1, false);
    return t.data;
}

static void add_query(struct text *t, const char *query)
{
    struct texts pairs = {0};
    while (query && *query) {
        size_t size = strcspn(query, "&");
        _cleanup_str_ char *pair = encoded_pair(query, size);
        texts_add(&pairs, pair);
        query += size + (query[size] == '&');
    }
    if (pairs.count)
        qsort(pairs.items, pairs.count, sizeof(*pairs.items), compare_texts);
    for (size_t i = 0; i < pairs.count; i++)
        text_printf(t, "%s%s", i ? "&" : "", pairs.items[i]);
    texts_done(&pairs);
}

/* White space around a value is left out, and within it is one space. */
static void add_value(struct text *t, const char *value)
{
    bool space = false, begun = false;
    for (; *value; value++) {
        if (*value == ' ' || *value == '\t') {
            space = true;
            continue;
        }
        if (space && begun)
            text_add_str(t, " ");
        space = false;
        begun = true;
        text_add(t, value, 1);
    }
}

/* The given ones and those that the signature brings, sorted. */
static size_t all_headers(const struct sigv4_request *r, const struct sigv4_key *key, const char *date,
                          struct sigv4_header all[HEADERS_MAX])
{
    struct sigv4_header added[] = {{"x-amz-date", date}, {"x-amz-security-token", key->session_token}};
    size_t count = 0;
    for (; count < r->headers_count && count < HEADERS_MAX - 2; count++)
        all[count] = r->headers[count];
    for (size_t i = 0; i < (key->session_token ? 2u : 1u); i++) {
        size_t at = count++;
        for (; at > 0 && strcmp(all[at - 1].name, added[i].name) > 0; at--)
            all[at] = all[at - 1];
        all[at] = added[i];
    }
    return count;
}

static void add_names(struct text *t, const struct sigv4_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_printf(t, "%s%s", i ? ";" : "", headers[i].name);
}

void sigv4_canonical(const struct sigv4_request *r, const struct sigv4_key *key, const char *date,
                     struct text *t)
{
    struct sigv4_header headers[HEADERS_MAX];
    size_t count = all_headers(r, key, date, headers);
    text_printf(t, "%s\n", r->method);
    text_add_encoded(t, *r->path ? r->path : "/", *r->path ? strlen(r->path) : 1, true);
    text_add_str(t, "\n");
    add_query(t, r->query);
    text_add_str(t, "\n");
    for (size_t i = 0; i < count; i++) {
        text_printf(t, "%s:", headers[i].name);
        add_value(t, headers[i].value);
        text_add_str(t, "\n");
    }
    text_add_str(t, "\n");
    add_names(t, headers, count);
    text_add_str(t, "\n");
    add_sha256(t, r->body, r->body_size);
}

/* --- the signature --- */

static void signing_key(const struct sigv4_key *key, const char *day, unsigned char ret[DIGEST_SIZE])
{
    _cleanup_text_ struct text first = {0};
    text_printf(&first, "AWS4%s", key->secret_access_key);
    hmac(first.data, first.size, day, ret);
    hmac(ret, DIGEST_SIZE, key->region, ret);
    hmac(ret, DIGEST_SIZE, key->service, ret);
    hmac(ret, DIGEST_SIZE, "aws4_request", ret);
    explicit_bzero(first.data, first.size);
}

void sigv4_authorization(const struct sigv4_request *r, const struct sigv4_key *key, const char *date,
                         struct text *ret)
{
    _cleanup_text_ struct text canonical = {0}, scope = {0}, to_sign = {0};
    struct sigv4_header headers[HEADERS_MAX];
    unsigned char digest[DIGEST_SIZE], signature[DIGEST_SIZE];
    char day[9];
    snprintf(day, sizeof(day), "%.8s", date);
    sigv4_canonical(r, key, date, &canonical);
    text_printf(&scope, "%s/%s/%s/aws4_request", day, key->region, key->service);
    text_printf(&to_sign, "AWS4-HMAC-SHA256\n%s\n%s\n", date, scope.data);
    add_sha256(&to_sign, canonical.data, canonical.size);
    signing_key(key, day, digest);
    hmac(digest, sizeof(digest), to_sign.data, signature);
    text_printf(ret, "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=", key->access_key_id, scope.data);
    add_names(ret, headers, all_headers(r, key, date, headers));
    text_add_str(ret, ", Signature=");
    add_hex(ret, signature);
}
