/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers over HTTP/1.1: with a length, chunked (one chunk of at most 16 KiB for what a turn of the loop
 * brought), until the connection's end (HTTP/1.0), or the bytes of a tunnel; then the next request, or a
 * grace in which the client may still read what it was sent.
 */
#include <strings.h>

#include "core/base/memory.h"
#include "core/io/http-server-http1.h"

#define CHUNK_BYTES 16384u

static void append_header(struct buffer *out, const char *name, const char *value)
{
    buffer_append_str(out, name);
    buffer_append(out, ": ", 2);
    buffer_append_str(out, value);
    buffer_append(out, "\r\n", 2);
}

static bool has_header(const char *const *headers, const char *name)
{
    for (; headers && *headers; headers += 2)
        if (strcasecmp(*headers, name) == 0)
            return true;
    return false;
}

static bool may_have_body(const struct http_request *r, int status)
{
    return status != 204 && status != 304 && status >= 200 && r->method != HTTP_HEAD_;
}

static void append_framing(struct http1 *h1, const struct http_answer *answer)
{
    struct http_request *r = h1->request;
    bool http10 = h1->parser.http_major == 1 && h1->parser.http_minor == 0;
    bool has_length = has_header(answer->headers, "content-length");
    h1->bodyless = !may_have_body(r, answer->status);
    h1->chunked = answer->content_length < 0 && !has_length && !h1->bodyless && !http10;
    if (answer->content_length >= 0 && answer->status != 204 && answer->status != 304 && !has_length)
        buffer_printf(&h1->head, "Content-Length: %lld\r\n", (long long)answer->content_length);
    if (answer->content_length < 0 && !has_length && !h1->bodyless && http10)
        h1->keep_alive = false;
    if (h1->chunked)
        append_header(&h1->head, "Transfer-Encoding", "chunked");
    if (!h1->keep_alive)
        append_header(&h1->head, "Connection", "close");
    else if (http10)
        append_header(&h1->head, "Connection", "keep-alive");
}

static void append_upgrade(struct tls_stream *stream, struct http1 *h1, const struct http_answer *answer)
{
    struct slice upgrade = http_request_header(h1->request, "upgrade");
    if (!has_header(answer->headers, "connection"))
        append_header(&h1->head, "Connection", "Upgrade");
    if (!has_header(answer->headers, "upgrade") && upgrade.data)
        append_header(&h1->head, "Upgrade", upgrade.data);
    h1->keep_alive = false;
    http1_set_phase(h1, HTTP1_TUNNEL);
    if (stream->paused) /* the client was far ahead */
        tls_stream_pause(stream, false);
}

void http1_begin(struct http_request *r, const struct http_answer *answer)
{
    struct http_connection *c = r->connection;
    struct http1 *h1 = c->state;
    struct buffer *head = &h1->head;
    if (c->home->draining)
        h1->keep_alive = false;
    buffer_printf(head, "HTTP/1.1 %d %s\r\n", answer->status, http_status_text(answer->status));
    append_header(head, "Date", http_date(c->home));
    if (answer->content_type)
        append_header(head, "Content-Type", answer->content_type);
    for (const char *const *h = answer->headers; h && *h; h += 2)
        append_header(head, h[0], h[1]);
    if (r->is_tunnel)
        append_upgrade(&c->stream, h1, answer);
    else
        append_framing(h1, answer);
    buffer_append(head, "\r\n", 2);
}

void http1_data(struct http_request *r)
{
}

void http1_abort(struct http_request *r)
{
    r->connection->failed = true;
}

static void write_pieces(struct http_connection *c, struct http_request *r, size_t size)
{
    while (size > 0) {
        struct slice front = http_blocks_front(&r->blocks);
        size_t n = MIN(front.size, size);
        tls_stream_write(&c->stream, front.data, n);
        http_count(&c->home->bytes_out, n);
        http_request_sent(r, n);
        size -= n;
    }
}

static void write_blocks(struct http_connection *c, struct http1 *h1, struct http_request *r)
{
    char line[24];
    if (h1->bodyless)
        http_request_sent(r, r->blocks.bytes);
    while (r->blocks.bytes && !tls_stream_is_full(&c->stream)) {
        size_t size = MIN(r->blocks.bytes, CHUNK_BYTES);
        if (h1->chunked)
            tls_stream_write(&c->stream, line, (size_t)snprintf(line, sizeof(line), "%zx\r\n", size));
        write_pieces(c, r, size);
        if (h1->chunked)
            tls_stream_write(&c->stream, "\r\n", 2);
    }
}

/* The answer is out. */
static void next_request(struct http_connection *c, struct http1 *h1)
{
    bool was_tunnel = h1->request->is_tunnel;
    if (!was_tunnel) {
        http_request_finished(h1->request);
        h1->request = NULL;
    }
    if (!h1->keep_alive) {
        http1_set_phase(h1, HTTP1_FLUSH);
        return;
    }
    http1_expect_request(c, h1);
    if (c->stream.paused)
        tls_stream_pause(&c->stream, false);
    http_connection_want_input(c);
}

/* Input that nobody will read, closed upon at once, would make the kernel take back the answer (RST).
 * Lingering for clients of a server that stops, which sent nothing more, would only hold up its end. */
static bool must_linger(const struct http_connection *c, const struct http1 *h1)
{
    return !h1->input_ended && (!c->home->draining || h1->drop_input || h1->ahead.size);
}

static int flush_and_linger(struct http_connection *c, struct http1 *h1)
{
    switch (tls_stream_flush(&c->stream)) {
    case TLS_STREAM_OK:
        tls_stream_end_output(&c->stream);
        http1_set_phase(h1, HTTP1_LINGER);
        if (c->stream.paused)
            tls_stream_pause(&c->stream, false);
        http_connection_want_input(c);
        return must_linger(c, h1) ? 0 : -1;
    case TLS_STREAM_AGAIN:
        return 0;
    default:
        return -1;
    }
}

int http1_output(struct http_connection *c)
{
    struct http1 *h1 = c->state;
    struct http_request *r = h1->request;
    if (h1->head.size) {
        tls_stream_write(&c->stream, h1->head.data, h1->head.size);
        buffer_done(&h1->head);
    }
    if (r && r->begun && h1->phase != HTTP1_FLUSH && h1->phase != HTTP1_LINGER) {
        write_blocks(c, h1, r);
        if (r->ended && !r->blocks.bytes) {
            if (h1->chunked)
                tls_stream_write(&c->stream, "0\r\n\r\n", 5);
            next_request(c, h1);
        }
    }
    return h1->phase == HTTP1_FLUSH ? flush_and_linger(c, h1) : 0;
}
