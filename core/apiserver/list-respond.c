/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a list. Items are copied into pieces that the allocator keeps at hand and the processor's cache
 * holds (large ones would be fresh pages each time, which costs more than the copy). A list of one piece is
 * one answer; a longer one is a stream that makes its next pieces when the client has taken the earlier ones,
 * from the snapshot that it holds. Tables and other forms that cost a parse an object are made by whoever
 * calls, in one go.
 */
#include <stdio.h>

#include "core/api/protobuf.h"
#include "core/apiserver/continue.h"
#include "core/apiserver/list.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/apiserver/table.h"
#include "core/apiserver/versions.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/io/gzip.h"

enum {
    PIECE_BYTES = 48 * 1024,
    PIECE_RESERVE = 60 * 1024,
    PIECES_FIRST = 4, /* a list that fits in so many has a known length */
    QUEUED_BYTES_MAX = 256 * 1024
};

struct list_writer {
    struct api_request *r;
    struct output output;
    struct list_found found;
    struct tree_cursor cursor;
    size_t next; /* of found.objects */
    bool any, by_parse, done;
    bool starting, gone; /* the client went away while the stream was begun */
    struct bytes *first[PIECES_FIRST];
    unsigned first_count;
    struct arena arena; /* for what costs a parse */
    int64_t now_ns;
};

/* The request stays. */
static void writer_free(struct list_writer *w)
{
    list_found_done(&w->found);
    arena_done(&w->arena);
    free(w);
}

static void end(struct list_writer *w)
{
    struct api_request *r = w->r;
    writer_free(w);
    request_end(r, 200);
}

static struct object *next_object(struct list_writer *w)
{
    if (w->found.objects)
        return w->next < w->found.count ? w->found.objects[w->next++] : NULL;
    struct object *o = tree_next(&w->cursor);
    struct slice prefix = w->found.prefix;
    return o && o->key_size >= prefix.size && !memcmp(o->data, prefix.data, prefix.size) ? o : NULL;
}

static void write_item(struct list_writer *w, const struct object *o, struct buffer *out)
{
    if (w->any)
        buffer_append_char(out, ',');
    w->any = true;
    if (w->output.shape == OUTPUT_TABLE)
        table_row(out, w->r->resource, &w->output, o, o->revision, w->now_ns, &w->arena);
    else if (w->output.shape == OUTPUT_PARTIAL)
        stored_write_partial(out, STORED_ITEM_HEAD, o, o->revision);
    else if (w->by_parse)
        versions_write(w->r->resource, o, o->revision, VERSIONS_ITEM, out);
    else
        stored_write(out, STORED_ITEM_HEAD, o, o->revision);
}

/* Fills a piece; sets done behind the last object. */
static void fill(struct list_writer *w, struct buffer *out, size_t enough_bytes)
{
    struct object *o;
    while (out->size < enough_bytes && (o = next_object(w)))
        write_item(w, o, out);
    if (out->size >= enough_bytes)
        return;
    buffer_append_str(out, "]}");
    w->done = true;
}

static struct bytes *next_piece(struct list_writer *w)
{
    struct buffer piece = BUFFER_INIT;
    buffer_reserve(&piece, PIECE_RESERVE);
    fill(w, &piece, PIECE_BYTES);
    return bytes_take_buffer(&piece);
}

static void stream(void *context)
{
    struct list_writer *w = context;
    size_t queued = 0;
    while (!w->done && queued < QUEUED_BYTES_MAX) {
        struct bytes *piece = next_piece(w);
        queued = http_stream_write(w->r->http, piece);
        bytes_unref(piece);
    }
    if (!w->done) {
        http_stream_on_drained(w->r->http, QUEUED_BYTES_MAX / 2, stream, w);
        return;
    }
    http_request_on_gone(w->r->http, NULL, NULL);
    http_stream_end(w->r->http);
    end(w);
}

static void gone(void *context)
{
    struct list_writer *w = context;
    if (w->starting) {
        w->gone = true;
        return;
    }
    http_stream_end(w->r->http);
    end(w);
}

static void drop_first(struct list_writer *w)
{
    while (w->first_count)
        bytes_unref(w->first[--w->first_count]);
}

/* Loop thread. */
static void begin_stream(void *context)
{
    struct list_writer *w = context;
    http_stream_begin(w->r->http, 200, "application/json", respond_headers(w->r, NULL, NULL));
    for (unsigned i = 0; i < w->first_count; i++)
        http_stream_write(w->r->http, w->first[i]);
    drop_first(w);
    w->starting = true;
    http_request_on_gone(w->r->http, gone, w);
    w->starting = false;
    if (w->gone)
        gone(w);
    else
        stream(w);
}

static void begin(struct list_writer *w, struct buffer *out)
{
    const struct list_found *f = &w->found;
    const struct resource *resource = w->r->resource;
    struct buffer metadata = BUFFER_INIT;
    buffer_printf(&metadata, "\"resourceVersion\":\"%llu\"", (unsigned long long)f->revision);
    if (f->more) {
        struct slice last = stored_key(f->objects[f->count - 1]);
        last = (struct slice){last.data + f->prefix.size, last.size - f->prefix.size};
        buffer_printf(&metadata, ",\"continue\":\"%s\"",
                      continue_encode(&w->r->arena, (int64_t)f->revision, last));
        if (f->remaining >= 0)
            buffer_printf(&metadata, ",\"remainingItemCount\":%lld", (long long)f->remaining);
    }
    if (w->output.shape == OUTPUT_TABLE) {
        table_begin(out, resource, &w->output, (struct slice){metadata.data, metadata.size}, true);
    } else {
        bool partial = w->output.shape == OUTPUT_PARTIAL;
        buffer_printf(out, "{\"kind\":\"%s\",\"apiVersion\":\"",
                      partial ? "PartialObjectMetadataList" : resource->list_kind);
        if (partial)
            buffer_append_str(out, w->output.v1beta1 ? "meta.k8s.io/v1beta1" : "meta.k8s.io/v1");
        else
            resource_api_version(resource, out);
        buffer_printf(out, "\",\"metadata\":{%s},\"items\":[", metadata.data);
    }
    buffer_done(&metadata);
}

static void respond_protobuf(struct list_writer *w)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct buffer text = BUFFER_INIT, out = BUFFER_INIT;
    struct json *document;
    struct api_request *r = w->r;
    begin(w, &text);
    for (struct object *o; (o = next_object(w));)
        write_item(w, o, &text);
    buffer_append_str(&text, "]}");
    int status = json_parse(&w->arena, (struct slice){text.data, text.size}, &document, &err);
    buffer_done(&text);
    if (status == 0)
        status = protobuf_write_object(document, &out, &err);
    writer_free(w);
    if (status == 0)
        respond_text(r, 200, "application/vnd.kubernetes.protobuf", &out);
    else
        respond_error(r, &err);
    buffer_done(&out);
}

/* In one go: forms that cost a parse, and ?pretty. */
static void respond_whole(struct list_writer *w)
{
    struct buffer text = BUFFER_INIT;
    struct api_request *r = w->r;
    begin(w, &text);
    fill(w, &text, SIZE_MAX);
    writer_free(w);
    respond_json(r, 200, &text);
}

static void compress(void *context)
{
    struct list_writer *w = context;
    struct api_request *r = w->r;
    struct buffer out = BUFFER_INIT;
    struct gzip *g = gzip_new();
    for (unsigned i = 0; i < w->first_count; i++)
        gzip_add(g, bytes_slice(w->first[i]), &out);
    drop_first(w);
    while (!w->done) {
        struct bytes *piece = next_piece(w);
        gzip_add(g, bytes_slice(piece), &out);
        bytes_unref(piece);
    }
    gzip_end(g, &out);
    writer_free(w);
    respond_compressed(r, 200, "application/json", &out);
}

/* On a worker; when there is none, as it is. */
static bool respond_with_gzip(struct list_writer *w)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < w->first_count; i++)
        bytes += w->first[i]->size;
    if ((w->done && bytes < RESPOND_COMPRESSED_MIN) || !accepts_gzip(w->r))
        return false;
    if (loop_is_current(http_request_loop(w->r->http)))
        return workers_submit(w->r->server->workers, compress, w);
    compress(w);
    return true;
}

static void respond_pieces(struct list_writer *w)
{
    struct buffer head = BUFFER_INIT;
    begin(w, &head);
    fill(w, &head, PIECE_BYTES);
    w->first[w->first_count++] = bytes_take_buffer(&head);
    while (!w->done && w->first_count < PIECES_FIRST)
        w->first[w->first_count++] = next_piece(w);
    if (respond_with_gzip(w))
        return;
    if (w->done) {
        http_respond_blocks(w->r->http, 200, "application/json", respond_headers(w->r, NULL, NULL), w->first,
                            w->first_count);
        drop_first(w);
        end(w);
    } else if (loop_is_current(http_request_loop(w->r->http))) {
        begin_stream(w);
    } else {
        loop_post(http_request_loop(w->r->http), begin_stream, w);
    }
}

void list_respond(struct api_request *r, const struct output *output, struct list_found *found)
{
    struct list_writer *w = new0(struct list_writer);
    w->r = r;
    w->output = *output;
    w->found = *found;
    *found = (struct list_found){0};
    w->by_parse = versions_differ(r->resource);
    w->now_ns = clock_realtime_ns();
    if (!w->found.objects)
        tree_seek(&w->cursor, w->found.root, w->found.from);
    if (output->media == MEDIA_PROTOBUF)
        respond_protobuf(w);
    else if (r->pretty || w->output.shape == OUTPUT_TABLE || w->by_parse)
        respond_whole(w);
    else
        respond_pieces(w);
}
