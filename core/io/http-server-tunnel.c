/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnels: an HTTP/1.1 connection that became a stream of bytes both ways (Upgrade). Their calls act at once
 * on the request's loop, and by an operation from other threads. The handler's reference is released after
 * the callback `closed`.
 */
#include "core/base/memory.h"
#include "core/io/http-server-operation.h"

static void closed_operation(struct http_operation *op)
{
    op->tunnel->closed(op->context);
    http_answer_release(op->request);
}

/* The client is gone, or the request cannot become a tunnel. `closed` is not called inside the caller's call.
 */
static void refuse_tunnel(struct http_request *r, const struct http_tunnel_callbacks *callbacks,
                          void *context)
{
    if (r->connection && !r->begun) {
        r->connection->protocol->abort(r);
        http_connection_want_output(r->connection);
    }
    struct http_operation *op = http_operation_new(r, closed_operation, 0);
    op->tunnel = callbacks;
    op->context = context;
    http_operation_submit(op);
}

static void begin_here(struct http_request *r, const struct http_answer *answer,
                       const struct http_tunnel_callbacks *callbacks, void *context)
{
    if (!r->connection || r->begun || r->is_http2) {
        refuse_tunnel(r, callbacks, context);
        return;
    }
    r->tunnel = callbacks;
    r->tunnel_context = context;
    r->is_tunnel = true;
    http_answer_begin(r, answer);
    http_connection_want_input(r->connection);
}

static void begin_operation(struct http_operation *op)
{
    begin_here(op->request, &op->answer, op->tunnel, op->context);
}

void http_tunnel_begin(struct http_request *r, const char *const *headers,
                       const struct http_tunnel_callbacks *callbacks, void *context)
{
    struct http_answer answer = {.status = 101, .headers = headers, .content_length = -1};
    if (atomic_exchange(&r->answered, true))
        return;
    if (http_request_is_here(r)) {
        begin_here(r, &answer, callbacks, context);
        return;
    }
    struct http_operation *op = http_operation_new(r, begin_operation, http_operation_answer_bytes(&answer));
    op->tunnel = callbacks;
    op->context = context;
    http_operation_set_answer(op, &answer, (char *)(op + 1));
    http_operation_submit(op);
}

size_t http_tunnel_write(struct http_request *r, struct bytes *block)
{
    return http_stream_write(r, block);
}

static void pause_here(struct http_request *r, bool paused)
{
    if (!r->connection || !r->is_tunnel)
        return;
    tls_stream_pause(&r->connection->stream, paused);
    if (!paused)
        http_connection_want_input(r->connection);
}

static void pause_operation(struct http_operation *op)
{
    pause_here(op->request, op->flag);
}

void http_tunnel_pause(struct http_request *r, bool paused)
{
    if (http_request_is_here(r)) {
        pause_here(r, paused);
        return;
    }
    struct http_operation *op = http_operation_new(r, pause_operation, 0);
    op->flag = paused;
    http_operation_submit(op);
}

static void end_here(struct http_request *r)
{
    if (!r->connection || !r->is_tunnel || r->ended)
        return;
    r->ended = true;
    http_answer_data(r);
}

static void end_operation(struct http_operation *op)
{
    end_here(op->request);
}

void http_tunnel_end(struct http_request *r)
{
    if (http_request_is_here(r))
        end_here(r);
    else
        http_operation_submit(http_operation_new(r, end_operation, 0));
}
