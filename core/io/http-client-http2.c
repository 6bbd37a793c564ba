/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 of the client, on nghttp2. Windows are given back as the consumer takes data, so a paused stream
 * holds back its server and nobody else. A quiet connection with streams open is probed by PING: a watch must
 * not wait for ever on a server that is gone.
 */
#include <nghttp2/nghttp2.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/io/http-client-private.h"
#include "core/io/http2-memory.h"

#define STREAM_WINDOW_BYTES     (512 * 1024)
#define CONNECTION_WINDOW_BYTES (16 * 1024 * 1024)
#define FIELDS_MAX              64u

struct http2 {
    nghttp2_session *session;
    int32_t head_stream; /* whose response head arrives */
    int64_t ping_ms;     /* a PING is out since; 0: none */
};

static nghttp2_session_callbacks *callbacks;
static nghttp2_option *options;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* NULL for one that was cancelled. */
static struct http_client_stream *stream_of(nghttp2_session *session, int32_t stream_id)
{
    return nghttp2_session_get_stream_user_data(session, stream_id);
}

static bool is_head(const nghttp2_frame *frame, const struct http_client_stream *s)
{
    return frame->hd.type == NGHTTP2_HEADERS && s && !s->answered;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct http_client_connection *c = user_data;
    struct http2 *h2 = c->state;
    h2->head_stream = is_head(frame, stream_of(session, frame->hd.stream_id)) ? frame->hd.stream_id : 0;
    http_head_clear(&c->head);
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
                     void *user_data)
{
    struct http_client_connection *c = user_data;
    struct http2 *h2 = c->state;
    if (frame->hd.stream_id != h2->head_stream)
        return 0;
    http_head_name(&c->head, (const char *)name, name_size);
    http_head_value(&c->head, (const char *)value, value_size);
    return 0;
}

static void on_response_head(struct http_client_connection *c, struct http_client_stream *s)
{
    struct http_header *headers;
    uint32_t count;
    int status = 0;
    if (c->head.too_large) {
        http_client_stream_fail(s, false, "%s sent headers that are too large", c->client->authority);
        return;
    }
    void *block = http_head_build(&c->head, 0, &headers, &count);
    struct slice text = count && slice_is(headers[0].name, ":status") ? headers[0].value : (struct slice){0};
    for (size_t i = 0; i < text.size && i < 3; i++)
        status = status * 10 + (text.data[i] - '0');
    if (status >= 200)
        http_client_stream_headers(s, status, headers + 1, count - 1);
    free(block);
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct http_client_connection *c = user_data;
    struct http2 *h2 = c->state;
    struct http_client_stream *s = frame->hd.stream_id ? stream_of(session, frame->hd.stream_id) : NULL;
    if (frame->hd.type == NGHTTP2_GOAWAY)
        c->unusable = true;
    if (frame->hd.type == NGHTTP2_SETTINGS)
        http_client_pump_soon(c->client); /* there may be room for more streams */
    if (is_head(frame, s) && h2->head_stream == frame->hd.stream_id)
        on_response_head(c, s);
    s = frame->hd.stream_id ? stream_of(session, frame->hd.stream_id)
                            : NULL; /* a callback may have cancelled it */
    if (s && (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
        frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        s->complete = s->answered;
    return 0;
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data,
                         size_t size, void *user_data)
{
    struct http_client_stream *s = stream_of(session, stream_id);
    nghttp2_session_consume_connection(session, size);
    if (s && s->paused)
        s->unconsumed += size;
    else
        nghttp2_session_consume_stream(session, stream_id, size);
    if (s && s->answered)
        http_client_stream_data(s, (struct slice){(const char *)data, size});
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t stream_id, uint32_t error_code, void *user_data)
{
    struct http_client_connection *c = user_data;
    struct http_client_stream *s = stream_of(session, stream_id);
    http_client_pump_soon(c->client);
    if (!s)
        return 0;
    c->reused = true;
    nghttp2_session_set_stream_user_data(session, stream_id, NULL);
    s->stream_id = 0; /* nothing to cancel any more */
    if (s->complete)
        http_client_stream_finished(s);
    else
        http_client_stream_fail(s, !s->sent || error_code == NGHTTP2_REFUSED_STREAM,
                                "%s broke the stream off: %s", c->client->authority,
                                nghttp2_http2_strerror(error_code));
    return 0;
}

static ssize_t send_frame(nghttp2_session *session, const uint8_t *data, size_t size, int flags,
                          void *user_data)
{
    struct http_client_connection *c = user_data;
    if (tls_stream_is_full(&c->stream))
        return NGHTTP2_ERR_WOULDBLOCK;
    tls_stream_write(&c->stream, data, size);
    return (ssize_t)size;
}

static int on_before_send(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct http_client_stream *s =
        frame->hd.type == NGHTTP2_HEADERS ? stream_of(session, frame->hd.stream_id) : NULL;
    if (s)
        s->sent = true;
    return 0;
}

static ssize_t read_body(nghttp2_session *session, int32_t stream_id, uint8_t *out, size_t size,
                         uint32_t *data_flags, nghttp2_data_source *source, void *user_data)
{
    struct http_client_stream *s = stream_of(session, stream_id);
    if (!s)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    size_t left = s->body.size - s->body_sent, n = MIN(left, size);
    *data_flags = NGHTTP2_DATA_FLAG_NO_COPY | (n == left ? NGHTTP2_DATA_FLAG_EOF : 0);
    return (ssize_t)n;
}

static int send_body(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t size,
                     nghttp2_data_source *source, void *user_data)
{
    struct http_client_connection *c = user_data;
    struct http_client_stream *s = stream_of(session, frame->hd.stream_id);
    if (!s)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (tls_stream_is_full(&c->stream))
        return NGHTTP2_ERR_WOULDBLOCK;
    tls_stream_write(&c->stream, head, 9);
    tls_stream_write(&c->stream, s->body.data + s->body_sent, size);
    s->body_sent += size;
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
    nghttp2_session_callbacks_set_before_frame_send_callback(callbacks, on_before_send);
    nghttp2_session_callbacks_set_send_callback(callbacks, send_frame);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, send_body);
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_option_set_no_closed_streams(options, 1);
}

static void http2_open(struct http_client_connection *c)
{
    struct http2 *h2 = new0(struct http2);
    nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP_HEADERS_BYTES_MAX},
    };
    pthread_once(&once, make_tables);
    c->state = h2;
    require(nghttp2_session_client_new3(&h2->session, callbacks, c, options, http2_memory()) == 0);
    nghttp2_submit_settings(h2->session, NGHTTP2_FLAG_NONE, settings, ARRAY_SIZE(settings));
    nghttp2_session_set_local_window_size(h2->session, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW_BYTES);
}

static bool http2_has_room(const struct http_client_connection *c)
{
    const struct http2 *h2 = c->state;
    uint32_t max = nghttp2_session_get_remote_settings(h2->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
    return !c->failed && c->streams_count < MIN(max, 100000u) &&
           nghttp2_session_check_request_allowed(h2->session);
}

static void add_field(nghttp2_nv *fields, size_t *count, const char *name, const char *value)
{
    if (*count < FIELDS_MAX)
        fields[(*count)++] = (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value),
                                          NGHTTP2_NV_FLAG_NONE};
}

static void http2_start(struct http_client_connection *c, struct http_client_stream *s)
{
    struct http2 *h2 = c->state;
    nghttp2_nv fields[FIELDS_MAX];
    size_t count = 0;
    char length[24];
    nghttp2_data_provider provider = {.read_callback = read_body};
    snprintf(length, sizeof(length), "%zu", s->body.size);
    add_field(fields, &count, ":method", s->method);
    add_field(fields, &count, ":scheme", c->client->config.tls ? "https" : "http");
    add_field(fields, &count, ":authority", c->client->authority);
    add_field(fields, &count, ":path", s->target);
    for (const char *const *h = s->headers; *h; h += 2)
        add_field(fields, &count, h[0], h[1]);
    if (s->body.size)
        add_field(fields, &count, "content-length", length);
    s->unconsumed = 0;
    s->stream_id =
        nghttp2_submit_request(h2->session, NULL, fields, count, s->body.size ? &provider : NULL, s);
    if (s->stream_id < 0) { /* no more stream numbers: a new connection */
        c->unusable = true;
        http_client_stream_fail(s, true, "%s", nghttp2_strerror(s->stream_id));
    }
}

static int http2_input(struct http_client_connection *c, struct slice data)
{
    struct http2 *h2 = c->state;
    h2->ping_ms = 0;
    ssize_t n = nghttp2_session_mem_recv(h2->session, (const uint8_t *)data.data, data.size);
    http_client_connection_want_output(c);
    return n < 0 ? -1 : 0;
}

static void http2_input_end(struct http_client_connection *c)
{
}

static int http2_output(struct http_client_connection *c)
{
    struct http2 *h2 = c->state;
    if (nghttp2_session_send(h2->session) < 0)
        return -1;
    return nghttp2_session_want_read(h2->session) || nghttp2_session_want_write(h2->session) ? 0 : -1;
}

static void http2_cancel(struct http_client_stream *s)
{
    struct http2 *h2 = s->connection->state;
    if (s->stream_id <= 0)
        return;
    nghttp2_session_set_stream_user_data(h2->session, s->stream_id, NULL);
    nghttp2_submit_rst_stream(h2->session, NGHTTP2_FLAG_NONE, s->stream_id, NGHTTP2_CANCEL);
}

static void http2_resume(struct http_client_stream *s)
{
    struct http2 *h2 = s->connection->state;
    if (s->paused || !s->unconsumed)
        return;
    nghttp2_session_consume_stream(h2->session, s->stream_id, s->unconsumed);
    s->unconsumed = 0;
    http_client_connection_want_output(s->connection);
}

static int64_t http2_deadline_ms(const struct http_client_connection *c)
{
    const struct http2 *h2 = c->state;
    const struct http_client_config *config = &c->client->config;
    if (!c->streams_count)
        return c->active_ms + config->idle_ms;
    return (h2->ping_ms ? h2->ping_ms : c->active_ms) + config->ping_ms;
}

static int http2_expire(struct http_client_connection *c)
{
    struct http2 *h2 = c->state;
    if (!c->streams_count || h2->ping_ms)
        return -1;
    h2->ping_ms = clock_monotonic_ms();
    return nghttp2_submit_ping(h2->session, NGHTTP2_FLAG_NONE, NULL) == 0 ? 0 : -1;
}

static void http2_close(struct http_client_connection *c)
{
    struct http2 *h2 = c->state;
    nghttp2_session_del(h2->session);
    free(h2);
}

const struct http_client_protocol http_client_http2 = {
    .version = HTTP_CLIENT_2,
    .open = http2_open,
    .has_room = http2_has_room,
    .start = http2_start,
    .input = http2_input,
    .input_end = http2_input_end,
    .output = http2_output,
    .cancel = http2_cancel,
    .resume = http2_resume,
    .deadline_ms = http2_deadline_ms,
    .expire = http2_expire,
    .close = http2_close,
};
