/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams: messages framed on the way out and put together on the way in, the back-pressure of both
 * directions, and how a stream ends. A unary call is a stream with one message each way (call.c).
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/grpc-c/channel.h"

struct grpc_stream *stream_new(struct grpc_channel *channel, const struct grpc_options *options)
{
    struct grpc_stream *stream = grpc_alloc(sizeof(*stream));
    stream->channel = channel;
    stream->deadline_ns = options ? options->deadline_ns : INT64_MAX;
    stream->grpc_status = -1;
    stream->last = &stream->first;
    return stream;
}

void stream_free(struct grpc_stream *stream)
{
    for (struct message *message = stream->first, *next; message; message = next) {
        next = message->next;
        free(message);
    }
    free(stream->partial);
    bytes_free(&stream->out);
    free(stream);
}

static void stream_unlink(struct grpc_stream *stream)
{
    if (stream->connection) {
        *stream->self = stream->next;
        if (stream->next)
            stream->next->self = stream->self;
        stream->connection = NULL;
    }
}

void stream_finish(struct grpc_stream *stream, enum grpc_code code, const char *fmt, ...)
{
    if (!stream->ended) {
        va_list args;
        va_start(args, fmt);
        stream->result.code = code;
        vsnprintf(stream->result.message, sizeof(stream->result.message), fmt, args);
        va_end(args);
        stream->ended = true;
    }
    stream_unlink(stream);
    if (stream->receiver)
        channel_wake(stream->channel, stream->receiver);
    if (stream->sender)
        channel_wake(stream->channel, stream->sender);
}

static void stream_reset(struct connection *connection, struct grpc_stream *stream)
{
    if (connection->broken)
        return;
    nghttp2_session_set_stream_user_data(connection->session, stream->id, NULL);
    nghttp2_submit_rst_stream(connection->session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL);
}

void stream_detach(struct grpc_stream *stream)
{
    struct connection *connection = stream->connection;
    if (!connection)
        return;
    stream_reset(connection, stream);
    stream_unlink(stream);
    connection_flush(connection);
    if (connection->state == CONNECTION_DRAINING && !connection->streams)
        connection_break(connection, "the server said GOAWAY");
}

/* From within nghttp2's callbacks, where a flush is not allowed; the caller of nghttp2 flushes. */
static void stream_refuse(struct grpc_stream *stream, enum grpc_code code, const char *why, size_t size)
{
    stream_reset(stream->connection, stream);
    stream_finish(stream, code, "%s (%zu bytes, at most %zu)", why, size, stream->channel->message_bytes_max);
}

static int stream_message_begin(struct grpc_stream *stream)
{
    uint32_t size;
    memcpy(&size, stream->prefix + 1, sizeof(size));
    size = ntohl(size);
    if (stream->prefix[0]) {
        stream_refuse(stream, GRPC_INTERNAL, "the message is compressed, which was not asked for", size);
        return -1;
    }
    if (size > stream->channel->message_bytes_max) {
        stream_refuse(stream, GRPC_RESOURCE_EXHAUSTED, "the message is too large", size);
        return -1;
    }
    stream->partial = malloc(sizeof(*stream->partial) + size);
    if (!stream->partial) {
        stream_refuse(stream, GRPC_RESOURCE_EXHAUSTED, "no memory for the message", size);
        return -1;
    }
    stream->partial->next = NULL;
    stream->partial->size = size;
    stream->partial_size = 0;
    return 0;
}

static void stream_message_end(struct grpc_stream *stream)
{
    stream->unread_bytes += stream->partial->size;
    *stream->last = stream->partial;
    stream->last = &stream->partial->next;
    stream->partial = NULL;
    stream->prefix_size = 0;
    if (stream->receiver && !stream->unary)
        channel_wake(stream->channel, stream->receiver);
}

static size_t take(uint8_t *to, size_t have, size_t want, const uint8_t **data, size_t *size)
{
    size_t n = want - have < *size ? want - have : *size;
    if (n)
        memcpy(to + have, *data, n);
    *data += n;
    *size -= n;
    return have + n;
}

void stream_data(struct grpc_stream *stream, const uint8_t *data, size_t size)
{
    nghttp2_session *session = stream->connection->session;
    size_t received = size;
    while (size) {
        if (!stream->partial) {
            stream->prefix_size =
                (unsigned)take(stream->prefix, stream->prefix_size, sizeof(stream->prefix), &data, &size);
            if (stream->prefix_size < sizeof(stream->prefix))
                break;
            if (stream_message_begin(stream) < 0)
                return;
        }
        stream->partial_size =
            take(stream->partial->data, stream->partial_size, stream->partial->size, &data, &size);
        if (stream->partial_size == stream->partial->size)
            stream_message_end(stream);
    }
    if (!stream->unary && stream->unread_bytes > UNREAD_BYTES_MAX)
        stream->withheld_bytes += received;
    else
        nghttp2_session_consume_stream(session, stream->id, received);
}

struct message *stream_take(struct grpc_stream *stream)
{
    struct message *message = stream->first;
    if (!message)
        return NULL;
    stream->first = message->next;
    if (!stream->first)
        stream->last = &stream->first;
    stream->unread_bytes -= message->size;
    if (stream->withheld_bytes && stream->connection && stream->unread_bytes <= UNREAD_BYTES_MAX) {
        nghttp2_session_consume_stream(stream->connection->session, stream->id, stream->withheld_bytes);
        stream->withheld_bytes = 0;
        connection_flush(stream->connection);
    }
    return message;
}

void stream_pack(struct grpc_stream *stream, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint32_t size_be = htonl((uint32_t)size);
    uint8_t *at = bytes_extend(&stream->out, 5 + size);
    at[0] = 0;
    memcpy(at + 1, &size_be, sizeof(size_be));
    protobuf_c_message_pack(message, at + 5);
}

enum grpc_code stream_begin(struct grpc_stream *stream, const char *path, const struct grpc_options *options)
{
    struct connection *connection;
    enum grpc_code code = channel_connection(stream->channel, stream->deadline_ns,
                                             options ? options->cancel_fd : -1, &connection, &stream->result);
    if (code)
        return code;
    int32_t id = http2_request(connection, stream, path, options);
    if (id < 0)
        return grpc_fail(&stream->result, GRPC_INTERNAL, "%s: %s", path, nghttp2_strerror(id));
    stream->id = id;
    stream->connection = connection;
    stream->next = connection->streams;
    stream->self = &connection->streams;
    if (stream->next)
        stream->next->self = &stream->next;
    else if (stream->channel->keepalive_s && stream->channel->timer_off)
        channel_poke(stream->channel);
    connection->streams = stream;
    connection_flush(connection);
    return GRPC_OK;
}

static enum grpc_code stream_result(const struct grpc_stream *stream, struct grpc_error *ret_error)
{
    if (ret_error)
        *ret_error = stream->result;
    return stream->result.code;
}

enum grpc_code grpc_stream_open(struct grpc_channel *channel, const char *path,
                                const struct grpc_options *options, struct grpc_stream **ret,
                                struct grpc_error *ret_error)
{
    struct grpc_stream *stream = stream_new(channel, options);
    channel_lock(channel);
    enum grpc_code code = stream_begin(stream, path, options);
    channel_unlock(channel);
    if (code) {
        if (ret_error)
            *ret_error = stream->result;
        stream_free(stream);
        return code;
    }
    *ret = stream;
    return GRPC_OK;
}

/* The mutex is released meanwhile: look again at everything after it. */
static enum grpc_code stream_wait(struct grpc_stream *stream, struct waiter **slot,
                                  const struct grpc_options *options, struct grpc_error *ret_error)
{
    struct waiter *waiter = channel_waiter_take(stream->channel);
    int64_t deadline_ns = stream->deadline_ns;
    if (!waiter)
        return grpc_fail(ret_error, GRPC_RESOURCE_EXHAUSTED, "no file descriptor left to wait on");
    if (options && options->deadline_ns < deadline_ns)
        deadline_ns = options->deadline_ns;
    *slot = waiter;
    enum grpc_code code =
        channel_wait(stream->channel, waiter, deadline_ns, options ? options->cancel_fd : -1);
    *slot = NULL;
    channel_waiter_give(stream->channel, waiter);
    if (code)
        grpc_fail(ret_error, code, code == GRPC_CANCELLED ? "cancelled" : "deadline exceeded");
    return code;
}

enum grpc_code grpc_stream_send(struct grpc_stream *stream, const ProtobufCMessage *message,
                                const struct grpc_options *options, struct grpc_error *ret_error)
{
    enum grpc_code code = GRPC_OK;
    channel_lock(stream->channel);
    while (!code && !stream->ended && stream->out.size - stream->out_given > UNSENT_BYTES_MAX)
        code = stream_wait(stream, &stream->sender, options, ret_error);
    if (!code && stream->ended) {
        code = stream->result.code
                   ? stream_result(stream, ret_error)
                   : grpc_fail(ret_error, GRPC_OUT_OF_RANGE, "the server has ended the stream");
    } else if (!code && stream->end_sent) {
        code = grpc_fail(ret_error, GRPC_FAILED_PRECONDITION, "message sent after the end");
    } else if (!code) {
        stream_pack(stream, message);
        nghttp2_session_resume_data(stream->connection->session, stream->id);
        connection_flush(stream->connection);
    }
    channel_unlock(stream->channel);
    return code;
}

enum grpc_code grpc_stream_send_end(struct grpc_stream *stream, struct grpc_error *ret_error)
{
    channel_lock(stream->channel);
    if (!stream->ended && !stream->end_sent) {
        stream->end_sent = true;
        nghttp2_session_resume_data(stream->connection->session, stream->id);
        connection_flush(stream->connection);
    }
    channel_unlock(stream->channel);
    return GRPC_OK;
}

enum grpc_code grpc_stream_receive(struct grpc_stream *stream, const ProtobufCMessageDescriptor *response,
                                   ProtobufCMessage **ret, const struct grpc_options *options,
                                   struct grpc_error *ret_error)
{
    enum grpc_code code = GRPC_OK;
    channel_lock(stream->channel);
    struct message *message = stream_take(stream);
    while (!message && !stream->ended && !code) {
        code = stream_wait(stream, &stream->receiver, options, ret_error);
        message = stream_take(stream);
    }
    if (message)
        code = GRPC_OK;
    else if (stream->ended)
        code = stream_result(stream, ret_error);
    channel_unlock(stream->channel);
    if (code)
        return code;
    ProtobufCMessage *unpacked =
        message ? protobuf_c_message_unpack(response, NULL, message->size, message->data) : NULL;
    bool bad = message && !unpacked;
    free(message);
    if (bad)
        return grpc_fail(ret_error, GRPC_INTERNAL, "a message is not a valid %s", response->name);
    *ret = unpacked;
    return GRPC_OK;
}

void grpc_stream_close(struct grpc_stream *stream)
{
    if (!stream)
        return;
    channel_lock(stream->channel);
    stream_detach(stream);
    channel_unlock(stream->channel);
    stream_free(stream);
}
