/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 of the server, on nghttp2. A stream's body is taken from its queue of shared blocks when a DATA
 * frame is written, straight into the transport's record (no-copy data source): one copy from block to
 * record, none inside nghttp2. Frames are made only at the end of a turn, so that all events of all streams
 * of a connection leave in full records.
 */
#include <nghttp2/nghttp2.h>
#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/io/http-server-private.h"
#include "core/io/http2-memory.h"

#define STREAM_WINDOW_BYTES     (1024 * 1024)
#define CONNECTION_WINDOW_BYTES (8 * 1024 * 1024)
#define RESETS_BURST            1000 /* a client may reset that many streams at once, */
#define RESETS_A_SECOND         100  /* and so many lastingly; more ends the connection (rapid reset) */
#define QUIET_MS                60000
#define PONG_MS                 30000
#define ANSWER_FIELDS_MAX       64

struct http2 {
    nghttp2_session *session;
    int32_t head_stream; /* whose request head arrives; 0: none (trailers are dropped) */
    int64_t ping_ms;     /* a PING is out since; 0: none */
    bool draining;
    bool pinged; /* to know when the client has seen the first GOAWAY */
};

static nghttp2_session_callbacks *callbacks;
static nghttp2_option *options;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static struct http_request *request_of(nghttp2_session *session, int32_t stream_id)
{
    return nghttp2_session_get_stream_user_data(session, stream_id);
}

static void reset(nghttp2_session *session, int32_t stream_id, uint32_t error_code)
{
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream_id, error_code);
}

/* Receiving. */

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct http_connection *c = user_data;
    struct http2 *h2 = c->state;
    bool is_request = frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
    h2->head_stream = is_request ? frame->hd.stream_id : 0;
    http_head_clear(&c->head);
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
                     void *user_data)
{
    struct http_connection *c = user_data;
    struct http2 *h2 = c->state;
    if (frame->hd.stream_id != h2->head_stream)
        return 0;
    http_head_name(&c->head, (const char *)name, name_size);
    http_head_value(&c->head, (const char *)value, value_size);
    return 0;
}

static void on_request_head(struct http_connection *c, struct http2 *h2, const nghttp2_frame *frame)
{
    h2->head_stream = 0;
    struct http_request *r = http_request_new(c, true);
    r->stream_id = frame->hd.stream_id;
    nghttp2_session_set_stream_user_data(h2->session, r->stream_id, r);
    if (r->refused && (r->refused != 413 || r->body_expected > HTTP_DROPPED_BYTES_MAX))
        http_request_dispatch(r);
}

static void on_end_stream(nghttp2_session *session, int32_t stream_id)
{
    struct http_request *r = request_of(session, stream_id);
    if (r && !r->dispatched)
        http_request_dispatch(r);
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct http_connection *c = user_data;
    struct http2 *h2 = c->state;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        on_request_head(c, h2, frame);
    if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
        frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        on_end_stream(session, frame->hd.stream_id);
    if (frame->hd.type == NGHTTP2_PING && frame->hd.flags & NGHTTP2_FLAG_ACK && h2->draining)
        nghttp2_submit_goaway(session, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session),
                              NGHTTP2_NO_ERROR, NULL, 0);
    return 0;
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data,
                         size_t size, void *user_data)
{
    struct http_request *r = request_of(session, stream_id);
    if (!r || r->dispatched)
        return 0;
    http_request_add_body(r, (const char *)data, size);
    if (r->dropped_bytes > HTTP_DROPPED_BYTES_MAX)
        http_request_dispatch(r); /* answered early; the stream is then reset without an error */
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t stream_id, uint32_t error_code, void *user_data)
{
    struct http_request *r = request_of(session, stream_id);
    if (!r)
        return 0;
    nghttp2_session_set_stream_user_data(session, stream_id, NULL);
    http_request_set_gone(r);
    return 0;
}

/* Sending. */

static ssize_t send_frame(nghttp2_session *session, const uint8_t *data, size_t size, int flags,
                          void *user_data)
{
    struct http_connection *c = user_data;
    if (tls_stream_is_full(&c->stream))
        return NGHTTP2_ERR_WOULDBLOCK;
    tls_stream_write(&c->stream, data, size);
    return (ssize_t)size;
}

static ssize_t read_body(nghttp2_session *session, int32_t stream_id, uint8_t *out, size_t size,
                         uint32_t *data_flags, nghttp2_data_source *source, void *user_data)
{
    struct http_request *r = source->ptr;
    size_t n = MIN(r->blocks.bytes, size);
    if (!n && !r->ended) {
        r->deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    *data_flags = NGHTTP2_DATA_FLAG_NO_COPY;
    if (r->ended && n == r->blocks.bytes)
        *data_flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

static int send_body(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t size,
                     nghttp2_data_source *source, void *user_data)
{
    struct http_connection *c = user_data;
    struct http_request *r = source->ptr;
    if (tls_stream_is_full(&c->stream))
        return NGHTTP2_ERR_WOULDBLOCK;
    tls_stream_write(&c->stream, head, 9);
    http_count(&c->home->bytes_out, size);
    size_t left = size;
    for (size_t n; left > 0; left -= n) {
        struct slice front = http_blocks_front(&r->blocks);
        n = MIN(front.size, left);
        tls_stream_write(&c->stream, front.data, n);
        http_request_sent(r, n);
    }
    return 0;
}

/* The answer is out. A client that still sends its body is told to stop, without an error (RFC 9113
 * section 8.1). */
static void on_answer_sent(nghttp2_session *session, int32_t stream_id)
{
    struct http_request *r = request_of(session, stream_id);
    if (!r)
        return;
    nghttp2_session_set_stream_user_data(session, stream_id, NULL);
    http_request_finished(r);
    if (!nghttp2_session_get_stream_remote_close(session, stream_id))
        reset(session, stream_id, NGHTTP2_NO_ERROR);
}

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct http_connection *c = user_data;
    struct http2 *h2 = c->state;
    bool ends = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) && ends)
        on_answer_sent(session, frame->hd.stream_id);
    if (frame->hd.type == NGHTTP2_GOAWAY && h2->draining && !h2->pinged) {
        h2->pinged = true;
        nghttp2_submit_ping(session, NGHTTP2_FLAG_NONE, NULL); /* behind the GOAWAY: see http2_drain */
    }
    return 0;
}

static void make_tables(void)
{
    require(nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&options) == 0);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data_chunk);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
    nghttp2_session_callbacks_set_send_callback(callbacks, send_frame);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, send_body);
    nghttp2_option_set_no_closed_streams(options, 1);
    nghttp2_option_set_stream_reset_rate_limit(options, RESETS_BURST, RESETS_A_SECOND);
}

static void http2_open(struct http_connection *c)
{
    struct http2 *h2 = new0(struct http2);
    nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, c->home->server->config.streams_max},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP_HEADERS_BYTES_MAX},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    };
    pthread_once(&once, make_tables);
    c->state = h2;
    require(nghttp2_session_server_new3(&h2->session, callbacks, c, options, http2_memory()) == 0);
    nghttp2_submit_settings(h2->session, NGHTTP2_FLAG_NONE, settings, ARRAY_SIZE(settings));
    nghttp2_session_set_local_window_size(h2->session, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW_BYTES);
}

static int http2_input(struct http_connection *c, struct slice data)
{
    struct http2 *h2 = c->state;
    if (!data.size)
        return 0;
    h2->ping_ms = 0;
    ssize_t n = nghttp2_session_mem_recv(h2->session, (const uint8_t *)data.data, data.size);
    http_connection_want_output(c);
    return n < 0 ? -1 : 0;
}

static int http2_input_end(struct http_connection *c)
{
    return -1;
}

static int http2_output(struct http_connection *c)
{
    struct http2 *h2 = c->state;
    if (nghttp2_session_send(h2->session) < 0)
        return -1;
    return nghttp2_session_want_read(h2->session) || nghttp2_session_want_write(h2->session) ? 0 : -1;
}

static void add_field(nghttp2_nv *fields, size_t *count, const char *name, const char *value)
{
    if (*count < ANSWER_FIELDS_MAX)
        fields[(*count)++] = (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value),
                                          NGHTTP2_NV_FLAG_NONE};
}

/* Returns the text's beginning; at most 20 digits before `end`, where a NUL is put. */
static char *number_text(char *end, uint64_t number)
{
    *end = '\0';
    do
        *--end = (char)('0' + number % 10);
    while (number /= 10);
    return end;
}

static void http2_begin(struct http_request *r, const struct http_answer *answer)
{
    struct http_connection *c = r->connection;
    struct http2 *h2 = c->state;
    nghttp2_nv fields[ANSWER_FIELDS_MAX];
    char status[24], length[24];
    size_t count = 0;
    bool bodyless = r->method == HTTP_HEAD_ || answer->status == 204 || answer->status == 304;
    add_field(fields, &count, ":status", number_text(status + 22, (uint64_t)answer->status));
    add_field(fields, &count, "date", http_date(c->home));
    if (answer->content_type)
        add_field(fields, &count, "content-type", answer->content_type);
    if (answer->content_length >= 0 && answer->status != 204 && answer->status != 304)
        add_field(fields, &count, "content-length",
                  number_text(length + 22, (uint64_t)answer->content_length));
    for (const char *const *h = answer->headers; h && *h; h += 2)
        add_field(fields, &count, h[0], h[1]);
    if (bodyless)
        http_request_sent(r, r->blocks.bytes);
    bool empty = bodyless || (r->ended && !r->blocks.bytes);
    nghttp2_data_provider provider = {.source.ptr = r, .read_callback = read_body};
    if (nghttp2_submit_response(h2->session, r->stream_id, fields, count, empty ? NULL : &provider) != 0)
        reset(h2->session, r->stream_id, NGHTTP2_INTERNAL_ERROR);
}

static void http2_data(struct http_request *r)
{
    struct http2 *h2 = r->connection->state;
    if (!r->deferred)
        return;
    r->deferred = false;
    nghttp2_session_resume_data(h2->session, r->stream_id);
}

static void http2_abort(struct http_request *r)
{
    struct http2 *h2 = r->connection->state;
    reset(h2->session, r->stream_id, NGHTTP2_INTERNAL_ERROR);
}

/* First a GOAWAY that refuses nothing; when the client's PING answer shows that it has seen it, the final one
 * (RFC 9113 section 6.8). */
static void http2_drain(struct http_connection *c)
{
    struct http2 *h2 = c->state;
    if (h2->draining)
        return;
    h2->draining = true;
    nghttp2_submit_shutdown_notice(h2->session);
}

static const struct http_request *oldest_arriving(const struct http_connection *c)
{
    list_for_each (it, &c->requests) {
        const struct http_request *r = list_entry(it, struct http_request, link);
        if (!r->dispatched)
            return r;
    }
    return NULL;
}

static int64_t arriving_deadline_ms(const struct http_connection *c)
{
    const struct http_request *r = oldest_arriving(c);
    return r ? r->received_ns / NS_PER_MS + c->home->server->config.header_timeout_ms : 0;
}

static int64_t quiet_deadline_ms(const struct http_connection *c)
{
    const struct http2 *h2 = c->state;
    return h2->ping_ms ? h2->ping_ms + PONG_MS : c->active_ms + QUIET_MS;
}

static int64_t http2_deadline_ms(const struct http_connection *c)
{
    int64_t arriving = arriving_deadline_ms(c), quiet = quiet_deadline_ms(c);
    return arriving && arriving < quiet ? arriving : quiet;
}

static int http2_expire(struct http_connection *c)
{
    struct http2 *h2 = c->state;
    int64_t now = clock_monotonic_ms(), arriving = arriving_deadline_ms(c);
    if (arriving && arriving <= now) {
        struct http_request *r = (struct http_request *)oldest_arriving(c);
        r->refused = 408;
        http_request_dispatch(r);
        return 0;
    }
    if (h2->ping_ms)
        return -1;
    h2->ping_ms = now;
    return nghttp2_submit_ping(h2->session, NGHTTP2_FLAG_NONE, NULL) == 0 ? 0 : -1;
}

static void http2_close(struct http_connection *c)
{
    struct http2 *h2 = c->state;
    nghttp2_session_del(h2->session);
    free(h2);
}

const struct http_protocol http_protocol_http2 = {
    .open = http2_open,
    .input = http2_input,
    .input_end = http2_input_end,
    .output = http2_output,
    .begin = http2_begin,
    .data = http2_data,
    .abort = http2_abort,
    .drain = http2_drain,
    .deadline_ms = http2_deadline_ms,
    .expire = http2_expire,
    .close = http2_close,
};
