/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenAPI documents: made when asked for, on a worker, and kept for a minute, since clients ask for several
 * at a time and then for a long while not at all.
 */
#include <pthread.h>
#include <stdio.h>

#include "core/api/openapi.h"
#include "core/apiserver/accept.h"
#include "core/apiserver/openapi-serve.h"
#include "core/apiserver/paths.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/io/gzip.h"

#define KEPT_MS INT64_C(60000)

struct document {
    struct bytes *body;
    char etag[24];
    int64_t used_ms;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards documents */
static struct map *documents;

static void document_free(void *value)
{
    struct document *d = value;
    bytes_unref(d->body);
    free(d);
}

void openapi_age(int64_t now_ms)
{
    size_t cursor = 0;
    const char *key;
    void *value;
    pthread_mutex_lock(&lock);
    while (documents && map_next(documents, &cursor, &key, &value)) {
        if (((struct document *)value)->used_ms < now_ms - KEPT_MS)
            map_remove(documents, key);
    }
    pthread_mutex_unlock(&lock);
}

static bool wants_protobuf(struct api_request *r)
{
    struct slice rest = http_request_header(r->http, "accept");
    struct accept_clause clause;
    bool protobuf = false;
    while (accept_next(&rest, &clause)) {
        if (clause.media == MEDIA_JSON)
            return false;
        protobuf = protobuf || slice_starts(clause.type, "application/com.github.proto-openapi.spec.v");
    }
    return protobuf;
}

/* `key`: "v2" or "v3" or "v3/api/v1"; with "+protobuf" behind. */
static bool make(const char *path, bool protobuf, struct buffer *out)
{
    if (!strcmp(path, "v2")) {
        if (protobuf)
            openapi_v2_protobuf(out);
        else
            openapi_v2_json(out);
        return true;
    }
    if (!strcmp(path, "v3")) {
        openapi_v3_index(out);
        return true;
    }
    if (strncmp(path, "v3/", 3))
        return false;
    return protobuf ? openapi_v3_protobuf(path + 3, out) : openapi_v3_json(path + 3, out);
}

static struct bytes *find(const char *key, const char *path, bool protobuf, char *ret_etag)
{
    struct buffer out = BUFFER_INIT;
    pthread_mutex_lock(&lock);
    if (!documents)
        documents = map_new(document_free);
    struct document *d = map_get(documents, key);
    if (!d && make(path, protobuf, &out)) {
        d = new0(struct document);
        snprintf(d->etag, sizeof(d->etag), "\"%016llX\"",
                 (unsigned long long)hash_fnv64a(out.data, out.size));
        d->body = bytes_take_buffer(&out);
        map_set(documents, key, d);
    }
    struct bytes *body = NULL;
    if (d) {
        d->used_ms = clock_monotonic_ms();
        memcpy(ret_etag, d->etag, sizeof(d->etag));
        body = bytes_ref(d->body);
    }
    pthread_mutex_unlock(&lock);
    buffer_done(&out);
    return body;
}

static struct bytes *compress(struct bytes *body)
{
    struct buffer out = BUFFER_INIT;
    gzip_whole(bytes_slice(body), &out);
    bytes_unref(body);
    return bytes_take_buffer(&out);
}

static void work(struct api_request *r)
{
    const char *path = r->path + strlen("/openapi/");
    size_t size = strlen(path);
    char etag[24];
    bool protobuf = wants_protobuf(r) && strcmp(path, "v3") != 0;
    path = arena_strndup(&r->arena, path, size && path[size - 1] == '/' ? size - 1 : size);
    struct bytes *body =
        find(arena_printf(&r->arena, "%s%s", path, protobuf ? "+protobuf" : ""), path, protobuf, etag);
    if (!body) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        error_set(&err, ERR_NOT_FOUND, "the server could not find the requested resource");
        respond_error(r, &err);
        return;
    }
    bool v2 = path[1] == '2', same = slice_is(http_request_header(r->http, "if-none-match"), etag);
    const char *type = !protobuf ? "application/json"
                       : v2      ? "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
                                 : "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";
    bool compressed = !same && body->size >= RESPOND_COMPRESSED_MIN && accepts_gzip(r);
    const char *const headers[] = {"etag",
                                   etag,
                                   "vary",
                                   "Accept, Accept-Encoding",
                                   "audit-id",
                                   r->audit_id,
                                   "cache-control",
                                   "no-cache, private",
                                   compressed ? "content-encoding" : NULL,
                                   "gzip",
                                   NULL};
    if (compressed)
        body = compress(body);
    http_respond(r->http, same ? 304 : 200, same ? NULL : type, headers, same ? NULL : body);
    bytes_unref(body);
    request_end(r, same ? 304 : 200);
}

void openapi_handle(struct api_request *r, const char *rest)
{
    server_work(r, work, false);
}
