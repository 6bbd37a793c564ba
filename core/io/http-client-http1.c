/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 of the client: one exchange at a time on a connection, which is kept for the next one when both
 * sides allow it. After an upgrade the connection passes bytes until either side closes it.
 */
#include <strings.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/io/http-client-private.h"
#include "core/io/http1-parser.h"

#define PIECE_BYTES 16384u

struct http1 {
    http_parser parser;
    struct buffer head; /* of the request, until it is written */
    bool keep_alive;
    bool answered; /* the final response's head came */
    bool complete; /* set by the parser for input() */
};

static struct http_client_stream *stream_of(const struct http_client_connection *c)
{
    return list_empty(&c->streams) ? NULL : list_entry(c->streams.next, struct http_client_stream, link);
}

static int on_header_field(http_parser *parser, const char *data, size_t size)
{
    struct http_client_connection *c = parser->data;
    struct http1 *h1 = c->state;
    if (!h1->answered) /* trailers are dropped */
        http_head_name(&c->head, data, size);
    return 0;
}

static int on_header_value(http_parser *parser, const char *data, size_t size)
{
    struct http_client_connection *c = parser->data;
    struct http1 *h1 = c->state;
    if (!h1->answered)
        http_head_value(&c->head, data, size);
    return 0;
}

enum { BODY_FOLLOWS = 0, NO_BODY = 1, NO_BODY_AND_UPGRADE = 2 };

static int on_headers_complete(http_parser *parser)
{
    struct http_client_connection *c = parser->data;
    struct http1 *h1 = c->state;
    struct http_client_stream *s = stream_of(c);
    int status = parser->status_code;
    if (!s || c->head.too_large)
        return -1;
    if (status < 200 && status != 101) {
        http_head_clear(&c->head);
        return NO_BODY;
    }
    if (status == 101 && !s->is_tunnel)
        return -1;
    struct http_header *headers;
    uint32_t count;
    void *block = http_head_build(&c->head, 0, &headers, &count);
    h1->answered = true;
    h1->keep_alive = http_should_keep_alive(parser);
    s->upgraded = status == 101;
    bool is_head = strcmp(s->method, "HEAD") == 0, upgraded = s->upgraded;
    http_client_stream_headers(s, status, headers, count); /* which may cancel it */
    free(block);
    if (upgraded)
        return NO_BODY_AND_UPGRADE;
    return is_head ? NO_BODY : BODY_FOLLOWS;
}

static int on_body(http_parser *parser, const char *data, size_t size)
{
    struct http_client_stream *s = stream_of(parser->data);
    if (!s)
        return -1; /* cancelled meanwhile */
    http_client_stream_data(s, (struct slice){data, size});
    return 0;
}

static int on_message_complete(http_parser *parser)
{
    struct http_client_connection *c = parser->data;
    struct http1 *h1 = c->state;
    if (!h1->answered)
        return 0; /* 100 Continue and such: the response follows */
    h1->complete = true;
    http_parser_pause(parser, 1);
    return 0;
}

static const http_parser_settings parser_settings = {
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static void http1_open(struct http_client_connection *c)
{
    struct http1 *h1 = new0(struct http1);
    c->state = h1;
}

static bool http1_has_room(const struct http_client_connection *c)
{
    return !c->streams_count && !c->failed;
}

static bool takes_body(const struct http_client_stream *s)
{
    return s->body.size || strcmp(s->method, "POST") == 0 || strcmp(s->method, "PUT") == 0 ||
           strcmp(s->method, "PATCH") == 0;
}

static bool has_host(const struct http_client_stream *s)
{
    for (const char *const *h = s->headers; *h; h += 2)
        if (strcasecmp(h[0], "host") == 0)
            return true;
    return false;
}

static void http1_start(struct http_client_connection *c, struct http_client_stream *s)
{
    struct http1 *h1 = c->state;
    http_parser_init(&h1->parser, HTTP_RESPONSE);
    h1->parser.data = c;
    h1->answered = h1->complete = h1->keep_alive = false;
    http_head_clear(&c->head);
    buffer_printf(&h1->head, "%s %s HTTP/1.1\r\n", s->method, s->target);
    if (!has_host(s))
        buffer_printf(&h1->head, "host: %s\r\n", c->client->authority);
    for (const char *const *h = s->headers; *h; h += 2)
        buffer_printf(&h1->head, "%s: %s\r\n", h[0], h[1]);
    if (takes_body(s))
        buffer_printf(&h1->head, "content-length: %zu\r\n", s->body.size);
    buffer_append_str(&h1->head, "\r\n");
    if (s->paused || c->stream.paused)
        tls_stream_pause(&c->stream, s->paused);
}

/* The exchange is done. -1: so is the connection. */
static int finish(struct http_client_connection *c, struct http1 *h1, size_t left)
{
    struct http_client_stream *s = stream_of(c);
    bool keep = h1->keep_alive && !c->owner && !left && s && s->body_sent == s->body.size;
    c->reused = true;
    c->unusable |= !keep;
    if (c->stream.paused)
        tls_stream_pause(&c->stream, false);
    if (s)
        http_client_stream_finished(s);
    http_client_pump_soon(c->client);
    return keep ? 0 : -1;
}

static int parse(struct http_client_connection *c, struct http1 *h1, struct slice data)
{
    size_t used = http_parser_execute(&h1->parser, &parser_settings, data.data, data.size);
    enum http_errno error = HTTP_PARSER_ERRNO(&h1->parser);
    struct http_client_stream *s = stream_of(c);
    struct slice rest = {data.data + used, data.size - used};
    if (!s)
        return -1; /* cancelled in a callback */
    if (s->upgraded) {
        http_client_connection_want_output(c); /* of what was written meanwhile */
        http_client_stream_data(s, rest);
        return 0;
    }
    if (h1->complete)
        return finish(c, h1, rest.size);
    if (error == HPE_OK)
        return 0;
    http_client_stream_fail(s, false, "%s sent no valid HTTP: %s", c->client->authority,
                            http_errno_description(error));
    return -1;
}

static int http1_input(struct http_client_connection *c, struct slice data)
{
    struct http1 *h1 = c->state;
    struct http_client_stream *s = stream_of(c);
    if (!s)
        return -1; /* nobody asked */
    if (!s->upgraded)
        return parse(c, h1, data);
    http_client_stream_data(s, data);
    return 0;
}

/* A response without a length ends with the connection, and so does a tunnel. */
static void http1_input_end(struct http_client_connection *c)
{
    struct http1 *h1 = c->state;
    struct http_client_stream *s = stream_of(c);
    if (!s)
        return;
    if (s->upgraded)
        http_client_stream_finished(s);
    else if (h1->answered) {
        http_parser_execute(&h1->parser, &parser_settings, NULL, 0);
        if (h1->complete)
            http_client_stream_finished(s);
    }
}

static void write_body(struct http_client_connection *c, struct http_client_stream *s)
{
    while (s->body_sent < s->body.size && !tls_stream_is_full(&c->stream)) {
        size_t n = MIN(s->body.size - s->body_sent, PIECE_BYTES);
        tls_stream_write(&c->stream, s->body.data + s->body_sent, n);
        s->body_sent += n;
    }
}

static void write_tunnel(struct http_client_connection *c, struct http_client_stream *s)
{
    while (s->blocks.bytes && !tls_stream_is_full(&c->stream)) {
        struct slice front = http_blocks_front(&s->blocks);
        size_t n = MIN(front.size, PIECE_BYTES);
        tls_stream_write(&c->stream, front.data, n);
        http_blocks_consume(&s->blocks, n);
        atomic_fetch_sub_explicit(&s->queued, n, memory_order_relaxed);
    }
    if (s->tunnel_ended && !s->blocks.bytes && tls_stream_flush(&c->stream) == TLS_STREAM_OK)
        tls_stream_end_output(&c->stream);
}

/* The last thing done with s: the callback may cancel it. */
static void tell_drained(struct http_client_stream *s)
{
    if (s->on_drained && atomic_load_explicit(&s->queued, memory_order_relaxed) <= s->drained_bytes) {
        void (*on_drained)(void *context) = TAKE_PTR(s->on_drained);
        on_drained(s->drained_context);
    }
}

static int http1_output(struct http_client_connection *c)
{
    struct http1 *h1 = c->state;
    struct http_client_stream *s = stream_of(c);
    if (!s)
        return c->owner ? -1 : 0;
    if (h1->head.size) {
        s->sent = true;
        tls_stream_write(&c->stream, h1->head.data, h1->head.size);
        buffer_done(&h1->head);
    }
    write_body(c, s);
    if (s->upgraded) {
        write_tunnel(c, s);
        tell_drained(s);
    }
    return 0;
}

static void http1_cancel(struct http_client_stream *s)
{
    s->connection->failed = s->connection->unusable = true;
}

static void http1_resume(struct http_client_stream *s)
{
    tls_stream_pause(&s->connection->stream, s->paused);
    if (!s->paused)
        http_client_connection_want_input(s->connection);
}

static int64_t http1_deadline_ms(const struct http_client_connection *c)
{
    return c->streams_count ? 0 : c->active_ms + c->client->config.idle_ms;
}

static int http1_expire(struct http_client_connection *c)
{
    return -1;
}

static void http1_close(struct http_client_connection *c)
{
    struct http1 *h1 = c->state;
    buffer_done(&h1->head);
    free(h1);
}

const struct http_client_protocol http_client_http1 = {
    .version = HTTP_CLIENT_1,
    .open = http1_open,
    .has_room = http1_has_room,
    .start = http1_start,
    .input = http1_input,
    .input_end = http1_input_end,
    .output = http1_output,
    .cancel = http1_cancel,
    .resume = http1_resume,
    .deadline_ms = http1_deadline_ms,
    .expire = http1_expire,
    .close = http1_close,
};
