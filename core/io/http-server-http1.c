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
#include "core/io/http-server-http1.h"

#define AHEAD_BYTES_MAX (64u * 1024) /* put aside of a pipelining client before reading stops */
#define IDLE_MS         90000
#define FLUSH_MS        30000
#define LINGER_MS       5000

void http1_set_phase(struct http1 *h1, enum http1_phase phase)
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
    if (h1->phase == HTTP1_HEAD) /* trailers are dropped */
        http_head_name(&c->head, data, size);
    return 0;
}

static int on_header_value(http_parser *parser, const char *data, size_t size)
{
    struct http_connection *c = parser->data;
    struct http1 *h1 = c->state;
    if (h1->phase == HTTP1_HEAD)
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
    http1_set_phase(h1, HTTP1_BODY);
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

void http1_expect_request(struct http_connection *c, struct http1 *h1)
{
    http_parser_init(&h1->parser, HTTP_REQUEST);
    h1->parser.data = c;
    h1->request = NULL;
    h1->complete = h1->chunked = h1->bodyless = h1->drop_input = false;
    http_head_clear(&c->head);
    http1_set_phase(h1, HTTP1_HEAD);
}

static void http1_open(struct http_connection *c)
{
    struct http1 *h1 = new0(struct http1);
    c->state = h1;
    http1_expect_request(c, h1);
}

/* What cannot be read as a request. There is nothing to answer to but the connection. */
static int reject(struct http1 *h1, int status)
{
    buffer_printf(
        &h1->head,
        "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n%d %s\n",
        status, http_status_text(status), status, http_status_text(status));
    h1->keep_alive = false;
    http1_set_phase(h1, HTTP1_FLUSH);
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
    http1_set_phase(h1, HTTP1_ANSWER);
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
    bool idle = h1->phase == HTTP1_HEAD && !c->head.count;
    size_t used = http_parser_execute(&h1->parser, &parser_settings, data.data, data.size);
    enum http_errno error = HTTP_PARSER_ERRNO(&h1->parser);
    http_connection_want_output(c);
    if (h1->complete || h1->drop_input) {
        put_aside(c, h1, data.data + used, data.size - used);
        dispatch(h1);
        return 0;
    }
    if (c->head.too_large && h1->phase == HTTP1_HEAD)
        return reject(h1, 431);
    if (error != HPE_OK)
        return answer_parser_error(h1, error);
    if (idle && h1->phase == HTTP1_HEAD)
        http1_set_phase(h1, HTTP1_HEAD); /* the time for the head starts with its first bytes */
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
    case HTTP1_HEAD:
    case HTTP1_BODY:
        return parse(c, h1, data);
    case HTTP1_ANSWER:
        put_aside(c, h1, data.data, data.size);
        return 0;
    case HTTP1_TUNNEL:
        receive_tunnel(h1, data);
        return 0;
    case HTTP1_FLUSH:
    case HTTP1_LINGER:
        return 0;
    }
    return 0;
}

static int http1_input(struct http_connection *c, struct slice data)
{
    struct http1 *h1 = c->state;
    if (h1->phase != HTTP1_ANSWER && h1->ahead.size) {
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
    if (h1->phase == HTTP1_TUNNEL)
        return end_of_tunnel_input(h1->request);
    if (h1->phase == HTTP1_ANSWER)
        return end_of_input_while_answering(h1->request);
    return h1->phase == HTTP1_FLUSH ? 0 : -1;
}

static void http1_drain(struct http_connection *c)
{
    struct http1 *h1 = c->state;
    h1->keep_alive = false;
    if (h1->phase == HTTP1_HEAD)
        c->failed = true;
}

static int64_t http1_deadline_ms(const struct http_connection *c)
{
    const struct http1 *h1 = c->state;
    switch (h1->phase) {
    case HTTP1_HEAD:
        return h1->phase_ms + (c->head.count ? c->home->server->config.header_timeout_ms : IDLE_MS);
    case HTTP1_BODY:
        return h1->phase_ms + c->home->server->config.header_timeout_ms;
    case HTTP1_FLUSH:
        return h1->phase_ms + FLUSH_MS;
    case HTTP1_LINGER:
        return h1->phase_ms + LINGER_MS;
    default:
        return 0;
    }
}

static int http1_expire(struct http_connection *c)
{
    struct http1 *h1 = c->state;
    if (h1->phase == HTTP1_BODY) {
        h1->request->refused = 408;
        h1->drop_input = true;
        dispatch(h1);
        return 0;
    }
    if (h1->phase == HTTP1_HEAD && c->head.count)
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
