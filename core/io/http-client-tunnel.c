/* SPDX-License-Identifier: Apache-2.0 */
/* Tunnels of the client: an Upgrade on a connection of its own, then bytes both ways. Writing and ending are
 * possible from any thread. */
#include "core/base/memory.h"
#include "core/io/http-client-private.h"

struct tunnel_call {
    struct http_client_stream *stream;
    struct bytes *block; /* NULL: the end */
};

struct http_client_stream *http_client_tunnel_start(struct http_client *client,
                                                    const struct http_client_request *request,
                                                    const struct http_client_tunnel_callbacks *callbacks,
                                                    void *context)
{
    struct http_client_stream *s = http_client_stream_new(client, request, true);
    s->is_tunnel = true;
    s->tunnel = *callbacks;
    s->context = context;
    http_client_stream_submit(s);
    return s;
}

static void write_here(struct http_client_stream *s, struct bytes *block)
{
    if (s->over || s->tunnel_ended) {
        bytes_unref(block);
        return;
    }
    if (block)
        http_blocks_push(&s->blocks, block);
    else
        s->tunnel_ended = true;
    if (s->connection)
        http_client_connection_want_output(s->connection);
}

static void run_call(void *context)
{
    struct tunnel_call *call = context;
    write_here(call->stream, call->block);
    http_client_stream_unref(call->stream);
    free(call);
}

static void call_on_loop(struct http_client_stream *s, struct bytes *block)
{
    if (loop_is_current(s->client->loop)) {
        write_here(s, block);
        return;
    }
    struct tunnel_call *call = new0(struct tunnel_call);
    *call = (struct tunnel_call){s, block};
    http_client_stream_ref(s);
    loop_post(s->client->loop, run_call, call);
}

size_t http_client_tunnel_write(struct http_client_stream *s, struct bytes *block)
{
    size_t queued = atomic_fetch_add_explicit(&s->queued, block->size, memory_order_relaxed) + block->size;
    call_on_loop(s, bytes_ref(block));
    return queued;
}

void http_client_tunnel_on_drained(struct http_client_stream *s, size_t low_bytes,
                                   void (*function)(void *context), void *context)
{
    s->on_drained = function;
    s->drained_context = context;
    s->drained_bytes = low_bytes;
    if (s->connection)
        http_client_connection_want_output(s->connection);
}

void http_client_tunnel_end(struct http_client_stream *s)
{
    call_on_loop(s, NULL);
}
