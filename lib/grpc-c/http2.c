/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gRPC's use of HTTP/2: the request's headers, what response headers and trailers mean, how a stream's end
 * becomes a status. The callbacks run inside nghttp2 with the channel's mutex held.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/grpc-c/channel.h"

static bool name_is(const uint8_t *name, size_t size, const char *text)
{
    return size == strlen(text) && memcmp(name, text, size) == 0;
}

static int number_of(const uint8_t *value, size_t size, int max)
{
    int number = 0;
    if (size == 0 || size > 3)
        return -1;
    for (size_t i = 0; i < size; i++) {
        if (value[i] < '0' || value[i] > '9')
            return -1;
        number = number * 10 + value[i] - '0';
    }
    return number <= max ? number : -1;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
                     void *user_data)
{
    struct grpc_stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (!stream || stream->ended)
        return 0;
    if (name_is(name, name_size, ":status")) {
        stream->http_status = number_of(value, value_size, 999);
    } else if (name_is(name, name_size, "content-type")) {
        stream->is_grpc = value_size >= 16 && memcmp(value, "application/grpc", 16) == 0;
    } else if (name_is(name, name_size, "grpc-status")) {
        int status = number_of(value, value_size, 999);
        stream->grpc_status = status < 0 || status > GRPC_UNAUTHENTICATED ? GRPC_UNKNOWN : status;
    } else if (name_is(name, name_size, "grpc-message")) {
        grpc_message_decode(value, value_size, stream->grpc_message, sizeof(stream->grpc_message));
    }
    return 0;
}

/* A server that does not speak gRPC is found out at its first headers, before its body is taken for messages.
 */
static void check_response(struct grpc_stream *stream)
{
    if (stream->http_status >= 100 && stream->http_status < 200)
        return;
    if (stream->http_status != 200)
        stream_finish(stream, grpc_code_of_http(stream->http_status), "HTTP status %d", stream->http_status);
    else if (!stream->is_grpc)
        stream_finish(stream, GRPC_UNKNOWN, "the server's answer is not gRPC");
}

static void on_goaway(struct connection *connection, const nghttp2_goaway *goaway)
{
    if (goaway->error_code != NGHTTP2_NO_ERROR && !connection->trouble[0])
        snprintf(connection->trouble, sizeof(connection->trouble), "the server said GOAWAY: %s: %.*s",
                 nghttp2_http2_strerror(goaway->error_code),
                 (int)(goaway->opaque_data_len > 128 ? 128 : goaway->opaque_data_len),
                 goaway->opaque_data_len ? (const char *)goaway->opaque_data : "");
    connection->state = CONNECTION_DRAINING;
    if (connection->channel->current == connection)
        connection->channel->current = NULL;
    if (!connection->streams)
        connection_break(connection, "the server said GOAWAY");
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct connection *connection = user_data;
    if (frame->hd.type == NGHTTP2_GOAWAY)
        on_goaway(connection, &frame->goaway);
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_RESPONSE) {
        struct grpc_stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
        if (stream && !stream->ended)
            check_response(stream);
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data,
                   size_t size, void *user_data)
{
    struct grpc_stream *stream = nghttp2_session_get_stream_user_data(session, stream_id);
    nghttp2_session_consume_connection(session, size);
    if (stream && !stream->ended)
        stream_data(stream, data, size);
    return 0;
}

static void stream_closed(struct grpc_stream *stream, uint32_t error_code)
{
    if (stream->grpc_status > GRPC_OK) {
        stream_finish(stream, (enum grpc_code)stream->grpc_status, "%s", stream->grpc_message);
    } else if (stream->grpc_status == GRPC_OK) {
        if (stream->partial || stream->prefix_size)
            stream_finish(stream, GRPC_INTERNAL, "the stream ended within a message");
        else
            stream_finish(stream, GRPC_OK, "%s", stream->grpc_message);
    } else if (error_code != NGHTTP2_NO_ERROR) {
        stream->refused = error_code == NGHTTP2_REFUSED_STREAM && !stream->http_status;
        stream_finish(stream, grpc_code_of_reset(error_code), "stream reset: %s",
                      nghttp2_http2_strerror(error_code));
    } else {
        stream_finish(stream, GRPC_UNKNOWN, "the stream ended without a status");
    }
}

static int on_close(nghttp2_session *session, int32_t stream_id, uint32_t error_code, void *user_data)
{
    struct connection *connection = user_data;
    struct grpc_stream *stream = nghttp2_session_get_stream_user_data(session, stream_id);
    if (stream && !stream->ended)
        stream_closed(stream, error_code);
    if (connection->state == CONNECTION_DRAINING && !connection->streams)
        connection_break(connection, "the server said GOAWAY");
    return 0;
}

/* A request whose headers could not be sent never becomes a stream of nghttp2's: find ours in the list. */
static int on_not_sent(nghttp2_session *session, const nghttp2_frame *frame, int error, void *user_data)
{
    struct connection *connection = user_data;
    if (frame->hd.type != NGHTTP2_HEADERS)
        return 0;
    for (struct grpc_stream *stream = connection->streams; stream; stream = stream->next)
        if (stream->id == frame->hd.stream_id) {
            stream->refused = true;
            stream_finish(stream, GRPC_UNAVAILABLE, "request not sent: %s", nghttp2_strerror(error));
            break;
        }
    return 0;
}

static int on_invalid(nghttp2_session *session, const nghttp2_frame *frame, int error, void *user_data)
{
    struct connection *connection = user_data;
    if (!connection->trouble[0])
        snprintf(connection->trouble, sizeof(connection->trouble), "HTTP/2: %s", nghttp2_strerror(error));
    return 0;
}

static ssize_t on_want_data(nghttp2_session *session, int32_t stream_id, uint8_t *buffer, size_t size,
                            uint32_t *flags, nghttp2_data_source *source, void *user_data)
{
    struct grpc_stream *stream = nghttp2_session_get_stream_user_data(session, stream_id);
    if (!stream || stream->ended)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    size_t left = stream->out.size - stream->out_given;
    size_t n = left < size ? left : size;
    if (n == 0 && !stream->end_sent)
        return NGHTTP2_ERR_DEFERRED;
    if (n)
        memcpy(buffer, stream->out.data + stream->out_given, n);
    stream->out_given += n;
    if (stream->out_given == stream->out.size) {
        stream->out_given = stream->out.size = 0;
        if (stream->end_sent)
            *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    if (stream->sender)
        channel_wake(stream->channel, stream->sender);
    return (ssize_t)n;
}

static nghttp2_session_callbacks *callbacks_new(void)
{
    nghttp2_session_callbacks *callbacks;
    if (nghttp2_session_callbacks_new(&callbacks))
        return NULL;
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_not_sent);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid);
    return callbacks;
}

int http2_session_new(struct connection *connection)
{
    nghttp2_session_callbacks *callbacks = callbacks_new();
    nghttp2_option *option = NULL;
    int rc = callbacks ? nghttp2_option_new(&option) : -1;
    if (rc == 0) {
        nghttp2_option_set_no_auto_window_update(option, 1);
        nghttp2_option_set_no_closed_streams(option, 1);
        rc = nghttp2_session_client_new2(&connection->session, callbacks, connection, option);
    }
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    if (rc)
        return -1;
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 64 << 10},
    };
    nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, settings,
                            sizeof(settings) / sizeof(settings[0]));
    nghttp2_session_set_local_window_size(connection->session, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW_BYTES);
    return 0;
}

static nghttp2_nv header(const char *name, const char *value)
{
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
                        .value = (uint8_t *)(uintptr_t)value,
                        .namelen = strlen(name),
                        .valuelen = strlen(value)};
}

/* "grpc-timeout": at most eight digits and a unit. */
static void format_timeout(int64_t deadline_ns, char *ret, size_t size)
{
    int64_t left_us = (deadline_ns - grpc_now_ns()) / 1000;
    if (left_us < 1)
        left_us = 1;
    if (left_us < 100000000)
        snprintf(ret, size, "%" PRId64 "u", left_us);
    else if (left_us / 1000 < 100000000)
        snprintf(ret, size, "%" PRId64 "m", left_us / 1000);
    else
        snprintf(ret, size, "%" PRId64 "S", left_us / 1000000 < 99999999 ? left_us / 1000000 : 99999999);
}

int32_t http2_request(struct connection *connection, struct grpc_stream *stream, const char *path,
                      const struct grpc_options *options)
{
    struct grpc_channel *channel = connection->channel;
    char timeout[32];
    nghttp2_nv headers[12];
    size_t count = 0;
    headers[count++] = header(":method", "POST");
    headers[count++] = header(":scheme", channel->target.kind == TARGET_HTTPS ? "https" : "http");
    headers[count++] = header(":path", path);
    headers[count++] = header(":authority", channel->authority);
    headers[count++] = header("te", "trailers");
    headers[count++] = header("content-type", "application/grpc");
    headers[count++] = header("user-agent", "grpc-c/1");
    if (stream->deadline_ns != INT64_MAX) {
        format_timeout(stream->deadline_ns, timeout, sizeof(timeout));
        headers[count] = header("grpc-timeout", timeout);
        headers[count++].flags = NGHTTP2_NV_FLAG_NO_INDEX;
    }
    for (size_t i = 0; options && i + 1 < 8 && options->metadata[i]; i += 2)
        headers[count++] = header(options->metadata[i], options->metadata[i + 1]);
    const nghttp2_data_provider body = {.read_callback = on_want_data};
    return nghttp2_submit_request(connection->session, NULL, headers, count, &body, stream);
}
