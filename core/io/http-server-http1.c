/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 of the server: one request at a time on a connection. What a client sends ahead (pipelining) is
 * put aside until the answer is out; then reading goes on. Answers of unknown length are chunked, one chunk
 * for what a turn of the loop brought. An upgraded connection passes bytes.
 *
 * A body that is too large is read and dropped, within reason, so that the connection can be kept; beyond
 * that the answer goes out early and the connection is closed with a grace in which the client may still read
 * it.
 */
#include <strings.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/io/http-server-private.h"
#include "core/io/http1-parser.h"

#define AHEAD_BYTES_MAX (64u * 1024) /* put aside of a pipelining client before reading stops */
#define IDLE_MS         90000
#define FLUSH_MS        30000
#define LINGER_MS       5000
#define CHUNK_BYTES     16384u

enum phase {
    PHASE_HEAD,   /* waits for a request, or is in its head */
    PHASE_BODY,   /* in its body */
    PHASE_ANSWER, /* the handler has it, or its answer goes out */
    PHASE_TUNNEL, /* upgraded */
    PHASE_FLUSH,  /* the last answer waits for the kernel */
    PHASE_LINGER, /* output ended; input is dropped until the client closes */
};

struct http1 {
    http_parser parser;
    struct http_request *request; /* whose body arrives, or that is being answered */
    enum phase phase;
    struct buffer ahead;
    struct buffer head; /* the answer's head, or "100 Continue", until it is written */
    int64_t phase_ms;   /* began */
    bool keep_alive;
    bool chunked;
    bool bodyless; /* the answer has no body: HEAD, 204, 304 */
    bool input_ended;
    bool drop_input; /* the answer goes out before the body was read */
    bool complete;   /* set by the parser for input() */
};

static void set_phase(struct http1 *h1, enum phase phase)
{
    h1->phase = phase;
    h1->phase_ms = clock_monotonic_ms();
}

static int on_url(http_parser *parser, const char *data, size_t size)
{
    struct http_connection *c = parser->data;
    if (!c->head.count)
        http_head_name(&c->head, ":path", 5);
    http_head_value(&c->head, data, size);
    return 0;
}

static int on_header_field(http_parser *parser, const char *data, size_t size)
{
    struct http_connection *c = parser->data;
    struct http1 *h1 = c->state;
    if (h1->phase == PHASE_HEAD) /* trailers are dropped */
        http_head_name(&c->head, data, size);
    return 0;
}

static int on_header_value(http_parser *parser, const char *data, size_t size)
{
    struct http_connection *c = parser->data;
    struct http1 *h1 = c->state;
    if (h1->phase == PHASE_HEAD)
        http_head_value(&c->head, data, size);
    return 0;
}

static bool expects_continue(const struct http_request *r)
{
    struct slice expect = http_request_header(r, "expect");
    return expect.size == 12 && strncasecmp(expect.data, "100-continue", 12) == 0;
}

static bool has_body(const http_parser *parser)
{
    return parser->flags & F_CHUNKED || (parser->flags & F_CONTENTLENGTH && parser->content_length > 0);
}

static int on_headers_complete(http_parser *parser)
{
    struct http_connection *c = parser->data;
    struct http1 *h1 = c->state;
    if (parser->http_major != 1)
        return -1;
    struct http_request *r = http_request_new(c, false);
    h1->request = r;
    h1->keep_alive = http_should_keep_alive(parser) && !c->home->draining;
    r->method_name = slice_of(http_method_str((enum http_parser_method)parser->method));
    r->method = http_method_parse(r->method_name);
    set_phase(h1, PHASE_BODY);
    bool expects = expects_continue(r) && has_body(parser);
    h1->drop_input =
        r->refused && (expects || r->body_expected > HTTP_DROPPED_BYTES_MAX || r->refused == 431);
    if (expects && !r->refused) {
        buffer_append_str(&h1->head, "HTTP/1.1 100 Continue\r\n\r\n");
        http_connection_want_output(c);
    }
    return 0;
}

static int on_body(http_parser *parser, const char *data, size_t size)
{
    struct http_connection *c = parser->data;
    struct http1 *h1 = c->state;
    http_request_add_body(h1->request, data, size);
    h1->drop_input |= h1->request->dropped_bytes > HTTP_DROPPED_BYTES_MAX;
    return 0;
}

/* The parser stops here, so that what follows is put aside until the answer is out. */
static int on_message_complete(http_parser *parser)
{
    struct http_connection *c = parser->data;
    struct http1 *h1 = c->state;
    h1->complete = true;
    http_parser_pause(parser, 1);
    return 0;
}

static const http_parser_settings parser_settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static void expect_request(struct http_connection *c, struct http1 *h1)
{
    http_parser_init(&h1->parser, HTTP_REQUEST);
    h1->parser.data = c;
    h1->request = NULL;
    h1->complete = h1->chunked = h1->bodyless = h1->drop_input = false;
    http_head_clear(&c->head);
    set_phase(h1, PHASE_HEAD);
}

static void http1_open(struct http_connection *c)
{
    struct http1 *h1 = new0(struct http1);
    c->state = h1;
    expect_request(c, h1);
}

/* What cannot be read as a request. There is nothing to answer to but the connection. */
static int reject(struct http1 *h1, int status)
{
    buffer_printf(
        &h1->head,
        "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n%d %s\n",
        status, http_status_text(status), status, http_status_text(status));
    h1->keep_alive = false;
    set_phase(h1, PHASE_FLUSH);
    return 0;
}

static int status_of_parser_error(enum http_errno error)
{
    if (error == HPE_HEADER_OVERFLOW)
        return 431;
    if (error == HPE_INVALID_TRANSFER_ENCODING)
        return 501;
    return error == HPE_INVALID_VERSION || error == HPE_CB_headers_complete ? 505 : 400;
}

static void put_aside(struct http_connection *c, struct http1 *h1, const char *data, size_t size)
{
    if (h1->drop_input || !size)
        return;
    buffer_append(&h1->ahead, data, size);
    if (h1->ahead.size > AHEAD_BYTES_MAX)
        tls_stream_pause(&c->stream, true);
}

static void dispatch(struct http1 *h1)
{
    set_phase(h1, PHASE_ANSWER);
    if (h1->drop_input)
        h1->keep_alive = false;
    http_request_dispatch(h1->request);
}

static int answer_parser_error(struct http1 *h1, enum http_errno error)
{
    if (!h1->request)
        return reject(h1, status_of_parser_error(error));
    h1->request->refused = 400;
    h1->drop_input = true;
    dispatch(h1);
    return 0;
}

static int parse(struct http_connection *c, struct http1 *h1, struct slice data)
{
    bool idle = h1->phase == PHASE_HEAD && !c->head.count;
    size_t used = http_parser_execute(&h1->parser, &parser_settings, data.data, data.size);
    enum http_errno error = HTTP_PARSER_ERRNO(&h1->parser);
    http_connection_want_output(c);
    if (h1->complete || h1->drop_input) {
        put_aside(c, h1, data.data + used, data.size - used);
        dispatch(h1);
        return 0;
    }
    if (c->head.too_large && h1->phase == PHASE_HEAD)
        return reject(h1, 431);
    if (error != HPE_OK)
        return answer_parser_error(h1, error);
    if (idle && h1->phase == PHASE_HEAD)
        set_phase(h1, PHASE_HEAD); /* the time for the head starts with its first bytes */
    return 0;
}

static void receive_tunnel(struct http1 *h1, struct slice data)
{
    struct http_request *r = h1->request;
    if (!r->ended && data.size)
        r->tunnel->received(r->tunnel_context, data);
}

static int feed(struct http_connection *c, struct http1 *h1, struct slice data)
{
    switch (h1->phase) {
    case PHASE_HEAD:
    case PHASE_BODY:
        return parse(c, h1, data);
    case PHASE_ANSWER:
        put_aside(c, h1, data.data, data.size);
        return 0;
    case PHASE_TUNNEL:
        receive_tunnel(h1, data);
        return 0;
    case PHASE_FLUSH:
    case PHASE_LINGER:
        return 0;
    }
    return 0;
}

static int http1_input(struct http_connection *c, struct slice data)
{
    struct http1 *h1 = c->state;
    if (h1->phase != PHASE_ANSWER && h1->ahead.size) {
        struct buffer ahead = h1->ahead;
        h1->ahead = BUFFER_INIT;
        int kept = feed(c, h1, (struct slice){ahead.data, ahead.size});
        buffer_done(&ahead);
        if (kept < 0)
            return -1;
    }
    return data.size ? feed(c, h1, data) : 0;
}

static int end_of_tunnel_input(struct http_request *r)
{
    if (r->ended)
        return -1;
    if (!r->tunnel->ended)
        return -1;
    r->tunnel->ended(r->tunnel_context);
    return 0;
}

/* A client that closed its side may still wait for a whole answer, but nobody can tell whether anyone reads a
 * stream. */
static int end_of_input_while_answering(struct http_request *r)
{
    if (r->begun && !r->ended)
        return -1;
    http_request_set_left(r);
    return 0;
}

static int http1_input_end(struct http_connection *c)
{
    struct http1 *h1 = c->state;
    h1->input_ended = true;
    h1->keep_alive = false;
    if (h1->phase == PHASE_TUNNEL)
        return end_of_tunnel_input(h1->request);
    if (h1->phase == PHASE_ANSWER)
        return end_of_input_while_answering(h1->request);
    return h1->phase == PHASE_FLUSH ? 0 : -1;
}

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
    set_phase(h1, PHASE_TUNNEL);
    if (stream->paused) /* the client was far ahead */
        tls_stream_pause(stream, false);
}

static void http1_begin(struct http_request *r, const struct http_answer *answer)
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

static void http1_data(struct http_request *r)
{
}

static void http1_abort(struct http_request *r)
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
        set_phase(h1, PHASE_FLUSH);
        return;
    }
    expect_request(c, h1);
    if (c->stream.paused)
        tls_stream_pause(&c->stream, false);
    http_connection_want_input(c);
}

static int flush_and_linger(struct http_connection *c, struct http1 *h1)
{
    switch (tls_stream_flush(&c->stream)) {
    case TLS_STREAM_OK:
        tls_stream_end_output(&c->stream);
        set_phase(h1, PHASE_LINGER);
        if (c->stream.paused)
            tls_stream_pause(&c->stream, false);
        http_connection_want_input(c);
        return h1->input_ended ? -1 : 0;
    case TLS_STREAM_AGAIN:
        return 0;
    default:
        return -1;
    }
}

static int http1_output(struct http_connection *c)
{
    struct http1 *h1 = c->state;
    struct http_request *r = h1->request;
    if (h1->head.size) {
        tls_stream_write(&c->stream, h1->head.data, h1->head.size);
        buffer_done(&h1->head);
    }
    if (r && r->begun && h1->phase != PHASE_FLUSH && h1->phase != PHASE_LINGER) {
        write_blocks(c, h1, r);
        if (r->ended && !r->blocks.bytes) {
            if (h1->chunked)
                tls_stream_write(&c->stream, "0\r\n\r\n", 5);
            next_request(c, h1);
        }
    }
    return h1->phase == PHASE_FLUSH ? flush_and_linger(c, h1) : 0;
}

static void http1_drain(struct http_connection *c)
{
    struct http1 *h1 = c->state;
    h1->keep_alive = false;
    if (h1->phase == PHASE_HEAD)
        c->failed = true;
}

static int64_t http1_deadline_ms(const struct http_connection *c)
{
    const struct http1 *h1 = c->state;
    switch (h1->phase) {
    case PHASE_HEAD:
        return h1->phase_ms + (c->head.count ? c->home->server->config.header_timeout_ms : IDLE_MS);
    case PHASE_BODY:
        return h1->phase_ms + c->home->server->config.header_timeout_ms;
    case PHASE_FLUSH:
        return h1->phase_ms + FLUSH_MS;
    case PHASE_LINGER:
        return h1->phase_ms + LINGER_MS;
    default:
        return 0;
    }
}

static int http1_expire(struct http_connection *c)
{
    struct http1 *h1 = c->state;
    if (h1->phase == PHASE_BODY) {
        h1->request->refused = 408;
        h1->drop_input = true;
        dispatch(h1);
        return 0;
    }
    if (h1->phase == PHASE_HEAD && c->head.count)
        return reject(h1, 408);
    return -1;
}

static void http1_close(struct http_connection *c)
{
    struct http1 *h1 = c->state;
    buffer_done(&h1->ahead);
    buffer_done(&h1->head);
    free(h1);
}

const struct http_protocol http_protocol_http1 = {
    .open = http1_open,
    .input = http1_input,
    .input_end = http1_input_end,
    .output = http1_output,
    .begin = http1_begin,
    .data = http1_data,
    .abort = http1_abort,
    .drain = http1_drain,
    .deadline_ms = http1_deadline_ms,
    .expire = http1_expire,
    .close = http1_close,
};
