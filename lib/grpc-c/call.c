/* SPDX-License-Identifier: Apache-2.0 */
/* The unary call: one message each way on a stream of its own, the caller woken once, at the end. */
#include <stdlib.h>

#include "lib/grpc-c/channel.h"

static enum grpc_code call_wait(struct grpc_stream *stream, const struct grpc_options *options)
{
    struct grpc_channel *channel = stream->channel;
    enum grpc_code code = GRPC_OK;
    stream->receiver = channel_waiter_take(channel);
    if (!stream->receiver) {
        stream_detach(stream);
        return grpc_fail(&stream->result, GRPC_RESOURCE_EXHAUSTED, "no file descriptor left to wait on");
    }
    while (!stream->ended && !code)
        code =
            channel_wait(channel, stream->receiver, stream->deadline_ns, options ? options->cancel_fd : -1);
    channel_waiter_give(channel, stream->receiver);
    stream->receiver = NULL;
    if (stream->ended)
        return stream->result.code;
    stream_detach(stream);
    return grpc_fail(&stream->result, code, code == GRPC_CANCELLED ? "cancelled" : "deadline exceeded");
}

/* One try. *ret_again: the server did not look at it, because it was going away. */
static enum grpc_code call_try(struct grpc_channel *channel, const char *path,
                               const ProtobufCMessage *request, const struct grpc_options *options,
                               struct message **ret, bool *ret_again, struct grpc_error *ret_error)
{
    struct grpc_stream *stream = stream_new(channel, options);
    stream->unary = stream->end_sent = true;
    stream_pack(stream, request);
    channel_lock(channel);
    enum grpc_code code = stream_begin(stream, path, options);
    if (!code)
        code = call_wait(stream, options);
    if (!code && (!stream->first || stream->first->next))
        code = grpc_fail(&stream->result, GRPC_INTERNAL, "the server sent %s message",
                         stream->first ? "more than one" : "no");
    if (!code)
        *ret = stream_take(stream);
    *ret_again = stream->refused;
    channel_unlock(channel);
    if (code && ret_error)
        *ret_error = stream->result;
    stream_free(stream);
    return code;
}

enum grpc_code grpc_call(struct grpc_channel *channel, const char *path, const ProtobufCMessage *request,
                         const ProtobufCMessageDescriptor *response, ProtobufCMessage **ret,
                         const struct grpc_options *options, struct grpc_error *ret_error)
{
    struct message *message = NULL;
    bool again = false;
    enum grpc_code code = call_try(channel, path, request, options, &message, &again, ret_error);
    if (code && again)
        code = call_try(channel, path, request, options, &message, &again, ret_error);
    if (code)
        return code;
    *ret = protobuf_c_message_unpack(response, NULL, message->size, message->data);
    free(message);
    if (!*ret)
        return grpc_fail(ret_error, GRPC_INTERNAL, "the answer is not a valid %s", response->name);
    return GRPC_OK;
}
