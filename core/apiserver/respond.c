/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: Status objects, stored objects in the shape that was asked for, plain text; with the headers that
 * all of them carry. */
#include "core/apiserver/respond.h"

#include <stdio.h>

#include "core/api/json.h"
#include "core/api/protobuf.h"
#include "core/apiserver/metrics.h"
#include "core/apiserver/server.h"
#include "core/apiserver/stored.h"
#include "core/apiserver/table.h"
#include "core/apiserver/versions.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/io/gzip.h"

enum { HEADERS_MAX = 48, WARNING_BYTES_MAX = 256 };

static struct slice buffer_slice(const struct buffer *b)
{
    return (struct slice){b->data ? b->data : "", b->size};
}

/* Quoted as RFC 7234 wants it; control characters become spaces. */
static const char *warning_header(struct arena *arena, struct slice text)
{
    char quoted[WARNING_BYTES_MAX * 2 + 1];
    size_t size = 0;
    for (size_t i = 0; i < MIN(text.size, (size_t)WARNING_BYTES_MAX); i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            quoted[size++] = '\\';
        quoted[size++] = (unsigned char)text.data[i] < ' ' ? ' ' : text.data[i];
    }
    return arena_printf(arena, "299 - \"%.*s\"", (int)size, quoted);
}

const char *const *respond_headers(struct api_request *r, const char *name, const char *value)
{
    const char **headers = arena_alloc(&r->arena, (HEADERS_MAX + 1) * sizeof(char *));
    unsigned n = 0;
    if (r->audit_id && *r->audit_id) {
        headers[n++] = "audit-id";
        headers[n++] = r->audit_id;
    }
    headers[n++] = "cache-control";
    headers[n++] = "no-cache, private";
    if (name) {
        headers[n++] = name;
        headers[n++] = value;
    }
    struct slice rest = buffer_slice(&r->warnings);
    while (rest.size && n + 2 < HEADERS_MAX) {
        struct slice line = slice_cut(&rest, '\n');
        if (!line.size)
            continue;
        headers[n++] = "warning";
        headers[n++] = warning_header(&r->arena, line);
    }
    headers[n] = NULL;
    return headers;
}

void request_end(struct api_request *r, int status)
{
    struct metrics *m = r->server ? r->server->metrics : NULL;
    metrics_count(m, metrics_row(m, r), status, clock_monotonic_ns() - r->received_ns);
    request_free(r);
}

void request_free(struct api_request *r)
{
    arena_done(&r->arena);
    buffer_done(&r->warnings);
    if (r->http)
        http_request_unref(r->http);
    free(r);
}

static void send(struct api_request *r, int status, const char *content_type, const char *const *headers,
                 struct buffer *body)
{
    struct bytes *bytes = bytes_take_buffer(body);
    http_respond(r->http, status, content_type, headers, bytes);
    bytes_unref(bytes);
    request_end(r, status);
}

/* A job of a worker: compressing takes a loop's time from others. */
struct compression {
    struct api_request *r;
    int status;
    const char *type;
    struct buffer body;
};

void respond_compressed(struct api_request *r, int status, const char *type, struct buffer *body)
{
    const char *const *plain = respond_headers(r, "content-encoding", "gzip");
    unsigned n = 0;
    while (plain[n])
        n++;
    const char **headers = arena_alloc(&r->arena, (n + 3) * sizeof(char *));
    memcpy(headers, plain, n * sizeof(char *));
    headers[n] = "vary";
    headers[n + 1] = "Accept-Encoding";
    headers[n + 2] = NULL;
    send(r, status, type, headers, body);
}

static void compress_and_send(void *context)
{
    struct compression *c = context;
    struct buffer out = BUFFER_INIT;
    gzip_whole(buffer_slice(&c->body), &out);
    buffer_done(&c->body);
    respond_compressed(c->r, c->status, c->type, &out);
    free(c);
}

void respond_text(struct api_request *r, int status, const char *content_type, struct buffer *body)
{
    if (body->size < RESPOND_COMPRESSED_MIN || !accepts_gzip(r)) {
        send(r, status, content_type, respond_headers(r, NULL, NULL), body);
        return;
    }
    struct compression *c = new0(struct compression);
    *c = (struct compression){r, status, arena_strdup(&r->arena, content_type), *body};
    *body = BUFFER_INIT;
    if (!loop_is_current(http_request_loop(r->http)) ||
        !workers_submit(r->server->workers, compress_and_send, c))
        compress_and_send(c);
}

/* Indents compact JSON by two spaces, as upstream's ?pretty does. */
static void write_pretty(struct buffer *out, struct slice text)
{
    unsigned depth = 0;
    bool string = false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool opens = c == '{' || c == '[', closes = c == '}' || c == ']',
             empty = i && (text.data[i - 1] == '{' || text.data[i - 1] == '[');
        if (string) {
            buffer_append_char(out, c);
            if (c == '\\' && i + 1 < text.size)
                buffer_append_char(out, text.data[++i]);
            else if (c == '"')
                string = false;
            continue;
        }
        depth -= closes && depth;
        if (closes ? !empty : empty)
            buffer_printf(out, "\n%*s", (int)depth * 2, "");
        buffer_append_char(out, c);
        string = c == '"';
        if (c == ',')
            buffer_printf(out, "\n%*s", (int)depth * 2, "");
        if (c == ':')
            buffer_append_char(out, ' ');
        depth += opens;
    }
    buffer_append_char(out, '\n');
}

static void make_pretty(const struct api_request *r, struct buffer *body)
{
    struct buffer pretty = BUFFER_INIT;
    if (!r->pretty)
        return;
    write_pretty(&pretty, buffer_slice(body));
    buffer_done(body);
    *body = pretty;
}

void respond_json(struct api_request *r, int status, struct buffer *body)
{
    make_pretty(r, body);
    respond_text(r, status, "application/json", body);
}

static void write_member(struct buffer *out, const char *name, const char *value, bool *more)
{
    if (!value || !*value)
        return;
    if (*more)
        buffer_append_char(out, ',');
    *more = true;
    buffer_printf(out, "\"%s\":", name);
    json_write_string(out, slice_of(value));
}

static void write_details(struct buffer *out, const struct error *err)
{
    bool more = false;
    buffer_append_str(out, ",\"details\":{");
    write_member(out, "name", err->name, &more);
    write_member(out, "group", err->group, &more);
    write_member(out, "kind", err->kind, &more);
    write_member(out, "uid", err->uid, &more);
    if (err->causes_count) {
        buffer_append_str(out, more ? ",\"causes\":[" : "\"causes\":[");
        for (uint32_t i = 0; i < err->causes_count; i++) {
            bool inner = false;
            buffer_append_str(out, i ? ",{" : "{");
            write_member(out, "reason", err->causes[i].reason, &inner);
            write_member(out, "message", err->causes[i].message, &inner);
            write_member(out, "field", err->causes[i].field, &inner);
            buffer_append_char(out, '}');
        }
        buffer_append_char(out, ']');
        more = true;
    }
    if (err->retry_after_s)
        buffer_printf(out, "%s\"retryAfterSeconds\":%u", more ? "," : "", err->retry_after_s);
    buffer_append_char(out, '}');
}

static void write_status(struct buffer *out, const struct error *err, const char *continue_anyway)
{
    buffer_append_str(out, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{");
    if (continue_anyway)
        buffer_printf(out, "\"continue\":\"%s\"", continue_anyway);
    buffer_append_str(out, "},\"status\":\"Failure\",\"message\":");
    json_write_string(out, slice_of(err->message ? err->message : ""));
    buffer_printf(out, ",\"reason\":\"%s\"", error_reason(err->code));
    if (err->name || err->kind || err->causes_count || err->retry_after_s)
        write_details(out, err);
    buffer_printf(out, ",\"code\":%d}", error_http_status(err->code));
}

void status_write(struct buffer *out, const struct error *err)
{
    write_status(out, err, NULL);
}

void respond_error(struct api_request *r, const struct error *err)
{
    struct buffer body = BUFFER_INIT;
    int status = error_http_status(err->code);
    const char *retry = err->retry_after_s ? arena_printf(&r->arena, "%u", err->retry_after_s) : NULL;
    write_status(&body, err, r->continue_anyway);
    make_pretty(r, &body);
    send(r, status, "application/json", respond_headers(r, retry ? "retry-after" : NULL, retry), &body);
}

static void write_table(struct api_request *r, const struct output *o, const struct object *object,
                        struct buffer *out)
{
    char metadata[STORED_REVISION_MAX];
    struct arena arena = ARENA_INIT;
    int size = snprintf(metadata, sizeof(metadata), "\"resourceVersion\":\"%llu\"",
                        (unsigned long long)object->revision);
    table_begin(out, r->resource, o, (struct slice){metadata, (size_t)size}, true);
    table_row(out, r->resource, o, object, object->revision, clock_realtime_ns(), &arena);
    table_end(out);
    arena_done(&arena);
}

static void write_full(struct api_request *r, const struct object *object, struct buffer *out)
{
    if (versions_differ(r->resource)) {
        versions_write(r->resource, object, object->revision, VERSIONS_WITH_KIND, out);
        return;
    }
    struct buffer head = BUFFER_INIT;
    stored_head(r->resource, &head);
    stored_write(out, buffer_slice(&head), object, object->revision);
    buffer_done(&head);
}

void respond_object(struct api_request *r, int status, const struct object *object)
{
    struct buffer body = BUFFER_INIT;
    struct output o;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (output_choose(r, &o, &err) < 0) {
        respond_error(r, &err);
        return;
    }
    if (o.media == MEDIA_PROTOBUF) {
        if (versions_write_protobuf(r->resource, o.shape == OUTPUT_PARTIAL, object, object->revision, &body,
                                    &err) < 0) {
            buffer_done(&body);
            respond_error(r, &err);
            return;
        }
        respond_text(r, status, output_content_type(&o), &body);
        return;
    }
    if (o.shape == OUTPUT_TABLE)
        write_table(r, &o, object, &body);
    else if (o.shape == OUTPUT_PARTIAL)
        stored_write_partial(&body, STORED_PARTIAL_HEAD, object, object->revision);
    else
        write_full(r, object, &body);
    respond_json(r, status, &body);
}

void respond_document(struct api_request *r, int status, struct json *document)
{
    struct buffer body = BUFFER_INIT;
    struct output o;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (output_choose_plain(r, &o, &err) == 0 && o.media == MEDIA_PROTOBUF) {
        if (protobuf_write_object(document, &body, &err) == 0) {
            respond_text(r, status, output_content_type(&o), &body);
            return;
        }
        buffer_clear(&body);
    }
    json_write(&body, document);
    respond_json(r, status, &body);
}

void respond_success(struct api_request *r, int status, const struct resource *resource, const char *name,
                     const char *uid)
{
    struct buffer body = BUFFER_INIT;
    bool more = false;
    buffer_append_str(&body,
                      "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Success\"");
    if (resource) {
        buffer_append_str(&body, ",\"details\":{");
        write_member(&body, "name", name, &more);
        write_member(&body, "group", resource->group, &more);
        write_member(&body, "kind", resource->plural, &more);
        write_member(&body, "uid", uid, &more);
        buffer_append_char(&body, '}');
    }
    if (status >= 201)
        buffer_printf(&body, ",\"code\":%d", status);
    buffer_append_char(&body, '}');
    respond_json(r, status, &body);
}
