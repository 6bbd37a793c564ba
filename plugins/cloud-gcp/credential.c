/* SPDX-License-Identifier: Apache-2.0 */
/* See credential.h. */
#include "plugins/cloud-gcp/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FILE_SIZE_MAX  65536
#define TOKEN_SIZE_MAX 16384
#define AHEAD_S                                                                                              \
    225 /* at most so long before its end a token is replaced, and at most a quarter of its life */
#define TRY_AGAIN_NS   INT64_C(10000000000)
#define LIFETIME_S_MAX 86400

static const struct credential_source *const of_files[] = {&credential_service_account,
                                                           &credential_federation};

struct credential {
    pthread_mutex_t lock; /* all below */
    pthread_cond_t fetched;
    bool fetching;
    char *text; /* NULL: none */
    int64_t ends_ns, replace_ns;
};

struct credential *credential_new(void)
{
    struct credential *c = calloc(1, sizeof(*c));
    pthread_condattr_t attributes;
    if (!c)
        return NULL;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&c->fetched, &attributes);
    pthread_condattr_destroy(&attributes);
    return c;
}

void credential_free(struct credential *c)
{
    if (!c)
        return;
    pthread_cond_destroy(&c->fetched);
    pthread_mutex_destroy(&c->lock);
    free(c->text);
    free(c);
}

enum keelson_status credential_read_file(const struct gcp *g, const struct keelson_call *call,
                                         const char *path, char **ret)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return g->host->fail(call, KEELSON_DENIED, "%s: %s", path, strerror(errno));
    _cleanup_text_ char *text = malloc(FILE_SIZE_MAX + 1);
    size_t size = 0;
    ssize_t got = 1;
    while (text && size < FILE_SIZE_MAX && (got = read(fd, text + size, FILE_SIZE_MAX - size)) > 0)
        size += (size_t)got;
    close(fd);
    if (!text)
        return g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    if (got < 0 || size == FILE_SIZE_MAX)
        return g->host->fail(call, KEELSON_DENIED, "%s: cannot be read, or is larger than %d bytes", path,
                             FILE_SIZE_MAX);
    text[size] = '\0';
    *ret = text;
    text = NULL;
    return KEELSON_OK;
}

bool form_add(struct form *form, const char *name, const char *value)
{
    static const char digits[] = "0123456789ABCDEF";
    char *text = realloc(form->text, form->size + strlen(name) + 3 * strlen(value) + 3);
    if (!text)
        return false;
    form->text = text;
    char *at = text + form->size;
    at += snprintf(at, strlen(name) + 3, "%s%s=", form->size ? "&" : "", name);
    for (const unsigned char *c = (const unsigned char *)value; *c; c++) {
        if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
            strchr("-._~", *c)) {
            *at++ = (char)*c;
            continue;
        }
        *at++ = '%';
        *at++ = digits[*c >> 4];
        *at++ = digits[*c & 15];
    }
    *at = '\0';
    form->size = (size_t)(at - text);
    return true;
}

bool access_token_is_good(const char *text)
{
    size_t size = 0;
    while (text[size] > ' ' && text[size] < 127 && size < TOKEN_SIZE_MAX)
        size++;
    return size > 0 && !text[size];
}

static enum keelson_status refused(const struct gcp *g, const struct keelson_call *call,
                                   const struct said *said, const char *whose)
{
    const char *error = document_text(said->document, "error"),
               *why = document_text(said->document, "error_description");
    enum keelson_status status = said->status == 429   ? KEELSON_THROTTLED
                                 : said->status >= 500 ? KEELSON_UNAVAILABLE
                                                       : KEELSON_DENIED;
    if (said->retry_after_ms > 0)
        g->host->retry_after(call,
                             (uint32_t)(said->retry_after_ms < 3600000 ? said->retry_after_ms : 3600000));
    json_object *nested = document_object(said->document, "error");
    if (nested)
        why = document_text(nested, "message");
    return g->host->fail(call, status, "no token from %s: status %d, %s%s%s", whose, said->status,
                         error ? error : "", error ? ": " : "", why ? why : "no reason given");
}

enum keelson_status access_token_of(const struct gcp *g, const struct keelson_call *call,
                                    const struct said *said, const char *whose, struct access_token *ret)
{
    if (said->status != 200)
        return refused(g, call, said, whose);
    const char *text = document_text(said->document, "access_token");
    json_object *lifetime = NULL;
    json_object_object_get_ex(said->document, "expires_in", &lifetime);
    int64_t lifetime_s = json_object_is_type(lifetime, json_type_int) ? json_object_get_int64(lifetime) : 0;
    if (!text || !access_token_is_good(text) || lifetime_s < 1)
        return g->host->fail(call, KEELSON_UNAVAILABLE,
                             "no token from %s: the answer lacks access_token or expires_in", whose);
    ret->text = strdup(text);
    ret->lifetime_s = lifetime_s < LIFETIME_S_MAX ? lifetime_s : LIFETIME_S_MAX;
    return ret->text ? KEELSON_OK : g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
}

static enum keelson_status fetch_by_file(struct gcp *g, const struct keelson_call *call, const char *path,
                                         struct access_token *ret)
{
    _cleanup_text_ char *text = NULL;
    TRY(credential_read_file(g, call, path, &text));
    _cleanup_document_ json_object *file = document_parse(text, strlen(text));
    const char *type = document_text(file, "type");
    for (size_t i = 0; type && i < sizeof(of_files) / sizeof(of_files[0]); i++)
        if (strcmp(of_files[i]->type, type) == 0)
            return of_files[i]->fetch(g, call, file, ret);
    return g->host->fail(call, KEELSON_DENIED, "%s: %s%s%s", path,
                         type ? "credentials of type \"" : "no JSON object with \"type\"", type ? type : "",
                         type ? "\" are not supported" : "");
}

static enum keelson_status fetch(struct gcp *g, const struct keelson_call *call, struct access_token *ret)
{
    const char *path = g->settings.credentials_file;
    if (g->settings.token_file)
        return credential_token_file.fetch(g, call, NULL, ret);
    if (!path)
        path = getenv("GOOGLE_APPLICATION_CREDENTIALS");
    return path && *path ? fetch_by_file(g, call, path, ret) : credential_metadata.fetch(g, call, NULL, ret);
}

/* With the lock held. */
static void keep(struct credential *c, struct access_token *token)
{
    int64_t ahead_s = token->lifetime_s / 4 < AHEAD_S ? token->lifetime_s / 4 : AHEAD_S,
            now = pace_clock_ns();
    free(c->text);
    c->text = token->text;
    c->ends_ns = now + token->lifetime_s * 1000000000;
    c->replace_ns = c->ends_ns - ahead_s * 1000000000;
}

/* The token, or NULL and this thread is to fetch one. With the lock held. */
static enum keelson_status take_or_begin(struct gcp *g, const struct keelson_call *call, char **ret)
{
    struct credential *c = g->credential;
    for (;;) {
        int64_t now = pace_clock_ns();
        bool good = c->text && now < c->ends_ns;
        if (!c->fetching && (!good || now >= c->replace_ns)) {
            c->fetching = true;
            return KEELSON_OK;
        }
        if (good) {
            *ret = strdup(c->text);
            return *ret ? KEELSON_OK : g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
        }
        if (g->host->cancelled(call) || now > call->deadline_ns)
            return g->host->fail(call, KEELSON_TIMEOUT, "no time left to wait for an access token");
        int64_t until = now + 100000000;
        pthread_cond_timedwait(&c->fetched, &c->lock,
                               &(struct timespec){until / 1000000000, until % 1000000000});
    }
}

/* What came of the fetch. An old token that is still good serves when no new one could be had. With the lock
 * held. */
static enum keelson_status end_fetch(struct gcp *g, const struct keelson_call *call,
                                     enum keelson_status status, struct access_token *token, char **ret)
{
    struct credential *c = g->credential;
    c->fetching = false;
    pthread_cond_broadcast(&c->fetched);
    if (status == KEELSON_OK)
        keep(c, token);
    else if (!c->text || pace_clock_ns() >= c->ends_ns)
        return status;
    else
        c->replace_ns = pace_clock_ns() + TRY_AGAIN_NS;
    *ret = strdup(c->text);
    return *ret ? KEELSON_OK : g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
}

enum keelson_status credential_token(struct gcp *g, const struct keelson_call *call, char **ret)
{
    struct credential *c = g->credential;
    struct access_token token = {0};
    char *text = NULL;
    pthread_mutex_lock(&c->lock);
    enum keelson_status status = take_or_begin(g, call, &text);
    pthread_mutex_unlock(&c->lock);
    if (status == KEELSON_OK && !text) {
        status = fetch(g, call, &token);
        if (status != KEELSON_OK)
            g->host->log(call, KEELSON_LOG_WARNING, "no new access token could be had");
        pthread_mutex_lock(&c->lock);
        status = end_fetch(g, call, status, &token, &text);
        pthread_mutex_unlock(&c->lock);
    }
    if (status == KEELSON_OK)
        *ret = text;
    return status;
}

void credential_rejected(struct gcp *g, const char *token)
{
    struct credential *c = g->credential;
    pthread_mutex_lock(&c->lock);
    if (c->text && strcmp(c->text, token) == 0)
        c->ends_ns = 0;
    pthread_mutex_unlock(&c->lock);
}
