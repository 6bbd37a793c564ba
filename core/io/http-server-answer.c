/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers: each public function acts at once on the request's loop, and from any other thread by an operation
 * (http-server-operation.h).
 */
#include "core/base/memory.h"
#include "core/io/http-server-operation.h"

void http_answer_release(struct http_request *r)
{
    r->on_gone = NULL;
    http_request_unref(r);
}

void http_answer_begin(struct http_request *r, const struct http_answer *answer)
{
    if (!r->connection || r->begun)
        return;
    r->begun = true;
    r->connection->protocol->begin(r, answer);
    http_connection_want_output(r->connection);
}

void http_answer_data(struct http_request *r)
{
    r->connection->protocol->data(r);
    http_connection_want_output(r->connection);
}

static void respond_here(struct http_request *r, const struct http_answer *answer,
                         struct bytes *const *blocks, size_t count)
{
    if (r->connection && !r->begun) {
        for (size_t i = 0; i < count; i++)
            http_blocks_push(&r->blocks, bytes_ref(blocks[i]));
        atomic_fetch_add_explicit(&r->queued, r->blocks.bytes, memory_order_relaxed);
        r->ended = true;
        http_answer_begin(r, answer);
        http_answer_data(r);
    }
    http_answer_release(r);
}

static void respond_operation(struct http_operation *op)
{
    respond_here(op->request, &op->answer, op->blocks, op->count);
}

static void respond_elsewhere(struct http_request *r, const struct http_answer *answer,
                              struct bytes *const *blocks, size_t count)
{
    struct http_operation *op = http_operation_new(
        r, respond_operation, http_operation_answer_bytes(answer) + count * sizeof(struct bytes *));
    op->blocks = (struct bytes **)(void *)(op + 1);
    op->count = count;
    for (size_t i = 0; i < count; i++)
        op->blocks[i] = bytes_ref(blocks[i]);
    http_operation_set_answer(op, answer, (char *)(op->blocks + count));
    http_operation_submit(op);
}

void http_respond_blocks(struct http_request *r, int status, const char *content_type,
                         const char *const *headers, struct bytes *const *blocks, size_t count)
{
    if (atomic_exchange(&r->answered, true))
        return;
    struct http_answer answer = {.status = status, .content_type = content_type, .headers = headers};
    for (size_t i = 0; i < count; i++)
        answer.content_length += blocks[i] ? blocks[i]->size : 0;
    if (http_request_is_here(r))
        respond_here(r, &answer, blocks, count);
    else
        respond_elsewhere(r, &answer, blocks, count);
}

void http_respond(struct http_request *r, int status, const char *content_type, const char *const *headers,
                  struct bytes *body)
{
    http_respond_blocks(r, status, content_type, headers, &body, body ? 1 : 0);
}

void http_answer_plain(struct http_request *r, int status)
{
    struct buffer text = BUFFER_INIT;
    buffer_printf(&text, "%d %s\n", status, http_status_text(status));
    struct bytes *body = bytes_take_buffer(&text);
    http_respond(r, status, "text/plain; charset=utf-8", NULL, body);
    bytes_unref(body);
}

static void begin_operation(struct http_operation *op)
{
    http_answer_begin(op->request, &op->answer);
}

void http_stream_begin(struct http_request *r, int status, const char *content_type,
                       const char *const *headers)
{
    struct http_answer answer = {
        .status = status, .content_type = content_type, .headers = headers, .content_length = -1};
    if (http_request_is_here(r)) {
        http_answer_begin(r, &answer);
        return;
    }
    struct http_operation *op = http_operation_new(r, begin_operation, http_operation_answer_bytes(&answer));
    http_operation_set_answer(op, &answer, (char *)(op + 1));
    http_operation_submit(op);
}

static void write_here(struct http_request *r, struct bytes *block)
{
    if (!r->connection || !r->begun || r->ended) {
        atomic_store_explicit(&r->queued, 0, memory_order_relaxed);
        bytes_unref(block);
        return;
    }
    http_blocks_push(&r->blocks, block);
    http_answer_data(r);
}

static void write_operation(struct http_operation *op)
{
    write_here(op->request, TAKE_PTR(op->block));
}

size_t http_stream_write(struct http_request *r, struct bytes *block)
{
    if (atomic_load_explicit(&r->gone, memory_order_relaxed) || !block)
        return atomic_load_explicit(&r->queued, memory_order_relaxed);
    size_t queued = atomic_fetch_add_explicit(&r->queued, block->size, memory_order_relaxed) + block->size;
    if (http_request_is_here(r)) {
        write_here(r, bytes_ref(block));
        return queued;
    }
    struct http_operation *op = http_operation_new(r, write_operation, 0);
    op->block = bytes_ref(block);
    http_operation_submit(op);
    return queued;
}

static void on_drained_here(struct http_request *r, size_t low_bytes, void (*function)(void *context),
                            void *context)
{
    if (!r->connection)
        return;
    r->on_drained = function;
    r->drained_context = context;
    r->drained_bytes = low_bytes;
    if (list_empty(&r->drained_link))
        list_append(&r->home->drained, &r->drained_link);
    loop_later_start(r->home->loop, &r->home->drained_later);
}

static void on_drained_operation(struct http_operation *op)
{
    on_drained_here(op->request, op->count, op->function, op->context);
}

void http_stream_on_drained(struct http_request *r, size_t low_bytes, void (*function)(void *context),
                            void *context)
{
    if (http_request_is_here(r)) {
        on_drained_here(r, low_bytes, function, context);
        return;
    }
    struct http_operation *op = http_operation_new(r, on_drained_operation, 0);
    op->count = low_bytes;
    op->function = function;
    op->context = context;
    http_operation_submit(op);
}

/* Requests that asked to be told, and whose queue moved since. */
void http_drained_run(void *context)
{
    struct http_server_loop *home = context;
    struct list moved;
    list_init(&moved);
    while (!list_empty(&home->drained)) {
        struct list *link = home->drained.next;
        list_remove(link);
        list_append(&moved, link);
    }
    while (!list_empty(&moved)) {
        struct http_request *r = list_entry(moved.next, struct http_request, drained_link);
        list_remove(&r->drained_link);
        if (!r->on_drained ||
            atomic_load_explicit(&r->queued, memory_order_relaxed) >= MAX(r->drained_bytes, 1))
            continue;
        void (*function)(void *drained_context) = TAKE_PTR(r->on_drained);
        function(r->drained_context);
    }
}

static void break_off(struct http_request *r)
{
    r->connection->protocol->abort(r);
    http_connection_want_output(r->connection);
}

/* The end of an answer that never began can only be broken off. */
static void end_here(struct http_request *r)
{
    if (r->connection && !r->begun) {
        break_off(r);
    } else if (r->connection && !r->ended) {
        r->ended = true;
        http_answer_data(r);
    }
    http_answer_release(r);
}

static void end_operation(struct http_operation *op)
{
    end_here(op->request);
}

static void abort_here(struct http_request *r)
{
    if (r->connection)
        break_off(r);
    http_answer_release(r);
}

static void abort_operation(struct http_operation *op)
{
    abort_here(op->request);
}

void http_stream_end(struct http_request *r)
{
    if (atomic_exchange(&r->answered, true))
        return;
    if (http_request_is_here(r))
        end_here(r);
    else
        http_operation_submit(http_operation_new(r, end_operation, 0));
}

void http_stream_abort(struct http_request *r)
{
    if (atomic_exchange(&r->answered, true))
        return;
    if (http_request_is_here(r))
        abort_here(r);
    else
        http_operation_submit(http_operation_new(r, abort_operation, 0));
}

static void on_gone_here(struct http_request *r, void (*function)(void *context), void *context)
{
    if (atomic_load(&r->answered))
        return;
    r->on_gone = function;
    r->gone_context = context;
    if ((!atomic_load(&r->gone) && !r->left) || !function)
        return;
    r->on_gone = NULL;
    function(context);
}

static void on_gone_operation(struct http_operation *op)
{
    on_gone_here(op->request, op->function, op->context);
}

void http_request_on_gone(struct http_request *r, void (*function)(void *context), void *context)
{
    if (http_request_is_here(r)) {
        on_gone_here(r, function, context);
        return;
    }
    struct http_operation *op = http_operation_new(r, on_gone_operation, 0);
    op->function = function;
    op->context = context;
    http_operation_submit(op);
}

static void post_operation(struct http_operation *op)
{
    op->function(op->context);
}

void http_request_post(struct http_request *r, void (*function)(void *context), void *context)
{
    struct http_operation *op = http_operation_new(r, post_operation, 0);
    op->function = function;
    op->context = context;
    http_operation_submit(op);
}
