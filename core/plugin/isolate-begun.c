/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions that are begun and not waited for (txn_begin of <keelson/store.h>), over a channel that
 * carries many at once: hundreds in flight need no thread each, on neither side. The channel belongs to one
 * long call, that of txn_begin; within it a frame begins a transaction, and another one, with the same
 * number, says how it ended. One thread here hears them. When the child is gone, so are those that it had not
 * ended: they may have happened or not, which is what KEELSON_UNAVAILABLE says.
 */
#include <poll.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/plugin/isolate-store.h"

#define SEND_LIMIT_MS    5000
#define OVERDUE_MS       5000 /* beyond a deadline: "soon after" it, it must have ended */
#define LOOK_EVERY_MS    1000
#define DONE_STACK_BYTES (256u << 10)

/* ---- The daemon's side ---- */

struct begun {
    struct list link; /* in isolate_begun.pending */
    uint64_t number;
    int64_t until_ns; /* the child is ended if it has not ended by then */
    const struct keelson_txn_sink *sink;
};

static struct begun *take(struct isolate_begun *b, uint64_t number)
{
    struct begun *found = NULL;
    pthread_mutex_lock(&b->lock);
    list_for_each (it, &b->pending) {
        struct begun *one = list_entry(it, struct begun, link);
        if (one->number == number) {
            found = one;
            list_remove(it);
            break;
        }
    }
    pthread_mutex_unlock(&b->lock);
    return found;
}

/* False: nonsense. */
static bool take_end(struct isolate_begun *b, struct frame_reader *r)
{
    struct keelson_txn_result result = {.size = sizeof(result)};
    uint64_t number = (uint64_t)frame_get_i64(r);
    enum keelson_status status = (enum keelson_status)frame_get_u32(r);
    store_get_txn_result(r, &result);
    const char *message = frame_get_text(r);
    struct begun *one = frame_is_read(r) ? take(b, number) : NULL;
    if (!one)
        return false;
    one->sink->done(one->sink, status, status == KEELSON_OK ? &result : NULL, message);
    free(one);
    return true;
}

static bool take_ends(struct isolate_begun *b, struct frame_stream *stream)
{
    enum frame_kind kind;
    struct frame_reader r;
    int here;
    while ((here = frame_next(stream, &kind, &r)) > 0)
        if (kind != FRAME_PUT || !take_end(b, &r))
            return false;
    return here == 0;
}

static bool is_overdue(struct isolate_begun *b)
{
    int64_t now = clock_monotonic_ns();
    bool overdue = false;
    pthread_mutex_lock(&b->lock);
    list_for_each (it, &b->pending)
        overdue = overdue || list_entry(it, struct begun, link)->until_ns < now;
    pthread_mutex_unlock(&b->lock);
    return overdue;
}

/* NULL: the child is gone. Else why it has to go. */
static const char *hear(struct isolate_begun *b, struct frame_stream *stream)
{
    while (take_ends(b, stream)) {
        struct pollfd p = {.fd = stream->socket, .events = POLLIN};
        int ready = poll(&p, 1, LOOK_EVERY_MS);
        if (ready > 0 && !frame_fill(stream))
            return NULL;
        if (ready == 0 && is_overdue(b))
            return "a transaction did not come back in time, and its process was ended";
    }
    return "its process speaks nonsense, and was ended";
}

static void end_all(struct isolate_begun *b, const char *why)
{
    struct list ended;
    list_init(&ended);
    pthread_mutex_lock(&b->lock);
    isolate_channel_free(TAKE_PTR(b->channel));
    list_for_each_safe (it, &b->pending) {
        list_remove(it);
        list_append(&ended, it);
    }
    pthread_mutex_unlock(&b->lock);
    list_for_each_safe (it, &ended) {
        struct begun *one = list_entry(it, struct begun, link);
        one->sink->done(one->sink, KEELSON_UNAVAILABLE, NULL, why);
        free(one);
    }
}

static void *run(void *argument)
{
    struct isolate *i = argument;
    struct isolate_begun *b = &i->begun;
    pthread_mutex_lock(&b->lock);
    struct channel *channel = b->channel; /* it stays until end_all() */
    pthread_mutex_unlock(&b->lock);
    unsigned child = channel->child;
    const char *verdict = hear(b, &channel->stream);
    if (verdict)
        isolate_kill(i, child, verdict);
    _cleanup_free_ char *why = isolate_child_gone(i, child);
    end_all(b, why);
    return NULL;
}

/* Under b->lock, which the thread of a former child does not need any more. */
static enum keelson_status start(struct isolate_begun *b, const struct isolate_call *parent)
{
    struct isolate_call c = isolate_begin(parent->isolate, NULL, &isolate_store, STORE_TXN_BEGIN);
    struct channel *channel = NULL;
    c.call = parent->call;
    frame_end(&c.out, 0);
    enum keelson_status status = isolate_channel_take(&c, &channel);
    if (channel && !frame_send(channel->stream.socket, &c.out, SEND_LIMIT_MS, -1)) {
        isolate_channel_free(TAKE_PTR(channel));
        status = isolate_fail(&c, KEELSON_UNAVAILABLE, "its process is gone");
    }
    buffer_done(&c.out);
    if (!channel)
        return status;
    if (b->thread)
        pthread_join(b->thread, NULL);
    b->thread = 0;
    b->channel = channel;
    if (thread_start("plugin-begun", DONE_STACK_BYTES, run, c.isolate, &b->thread) == 0)
        return KEELSON_OK;
    isolate_channel_free(TAKE_PTR(b->channel));
    return isolate_fail(&c, KEELSON_UNAVAILABLE, "no thread can be started");
}

static int64_t until_ns(const struct keelson_call *call)
{
    return call->deadline_ns < INT64_MAX - OVERDUE_MS * NS_PER_MS ? call->deadline_ns + OVERDUE_MS * NS_PER_MS
                                                                  : INT64_MAX;
}

/* Under b->lock. What was not sent in full has not begun; but nothing can be sent behind it. */
static enum keelson_status send_one(struct isolate_begun *b, const struct isolate_call *c,
                                    const struct keelson_txn_sink *sink)
{
    struct begun *one = new0(struct begun);
    one->number = b->number;
    one->until_ns = until_ns(c->call);
    one->sink = sink;
    list_append(&b->pending, &one->link);
    if (frame_send(b->channel->stream.socket, &c->out, SEND_LIMIT_MS, -1))
        return KEELSON_OK;
    list_remove(&one->link);
    free(one);
    isolate_kill(c->isolate, b->channel->child, "its process does not read what it is sent, and was ended");
    return isolate_fail(c, KEELSON_UNAVAILABLE, "its process is gone");
}

/* The number comes first, and is known last. */
enum keelson_status isolate_txn_begin(void *handle, const struct keelson_call *call,
                                      const struct keelson_txn *txn, const struct keelson_txn_sink *sink)
{
    struct isolate_call c = {.isolate = handle, .call = call, .ack_fd = -1};
    struct isolate_begun *b = &c.isolate->begun;
    size_t begun = frame_begin(&c.out, FRAME_BEGIN), number_at = c.out.size;
    frame_put_i64(&c.out, 0);
    frame_put_i64(&c.out, isolate_left_ns(call));
    frame_put_text(&c.out, call->trace_id);
    store_put_txn(&c.out, txn);
    frame_end(&c.out, begun);
    enum keelson_status status = KEELSON_OK;
    if (c.out.size > FRAME_BYTES_MAX)
        status = isolate_fail(&c, KEELSON_INVALID, "the transaction is too large for its process");
    pthread_mutex_lock(&b->lock);
    if (status == KEELSON_OK && !b->channel)
        status = start(b, &c);
    if (status == KEELSON_OK) {
        b->number++;
        memcpy(c.out.data + number_at, &b->number, sizeof(b->number));
        status = send_one(b, &c, sink);
    }
    pthread_mutex_unlock(&b->lock);
    buffer_done(&c.out);
    return status;
}

void isolate_begun_init(struct isolate *i)
{
    list_init(&i->begun.pending);
    pthread_mutex_init(&i->begun.lock, NULL);
}

/* The child is gone: the thread ends, if it has not. */
void isolate_begun_end(struct isolate *i)
{
    if (i->begun.thread)
        pthread_join(i->begun.thread, NULL);
    i->begun.thread = 0;
}

/* ---- The child's side ---- */

/* All that must last until the plugin says that it has ended. */
struct serving_begun {
    struct keelson_txn_sink sink;
    struct arena arena;
    struct keelson_txn txn;
    uint64_t number;
    int socket;
};

static pthread_mutex_t answer_lock =
    PTHREAD_MUTEX_INITIALIZER; /* writing to the channel, which there is one of */

static void answer(struct serving_begun *b, enum keelson_status status,
                   const struct keelson_txn_result *result, const char *message)
{
    static const struct keelson_txn_result none;
    struct buffer frame = BUFFER_INIT;
    _cleanup_free_ char *clean = message ? message_text(message) : NULL;
    size_t begun = frame_begin(&frame, FRAME_PUT);
    frame_put_i64(&frame, (int64_t)b->number);
    frame_put_u32(&frame, status);
    store_put_txn_result(&frame, status == KEELSON_OK && result ? result : &none);
    frame_put_text(&frame, clean);
    frame_end(&frame, begun);
    pthread_mutex_lock(&answer_lock);
    bool sent = frame_send(b->socket, &frame, -1, -1);
    pthread_mutex_unlock(&answer_lock);
    buffer_done(&frame);
    if (!sent)
        serve_end(0);
    arena_done(&b->arena);
    free(b);
}

static void done(const struct keelson_txn_sink *sink, enum keelson_status status,
                 const struct keelson_txn_result *result, const char *message)
{
    answer(sink->context, status, result, message);
}

/* The frame is copied: the next one is read into its place. */
static void begin_one(struct serving *s, const struct frame_reader *frame)
{
    struct serving_begun *b = new0(struct serving_begun);
    char *copy = arena_alloc(&b->arena, frame->left);
    memcpy(copy, frame->data, frame->left);
    struct frame_reader in = {.data = copy, .left = frame->left, .arena = &b->arena};
    b->socket = s->channel->socket;
    b->sink = (struct keelson_txn_sink){.size = sizeof(b->sink), .done = done, .context = b};
    b->number = (uint64_t)frame_get_i64(&in);
    int64_t left_ns = frame_get_i64(&in);
    const char *trace_id = frame_get_text(&in);
    b->txn = store_get_txn(&in);
    if (!frame_is_read(&in))
        serve_end(1);
    struct host_call *c = serve_call_new("txn_begin", left_ns, trace_id);
    c->event = NULL; /* it is about no object */
    host_call_enter(c);
    enum keelson_status status =
        ((const struct keelson_store_v1 *)s->table)->txn_begin(s->handle, &c->call, &b->txn, &b->sink);
    host_call_leave();
    if (status != KEELSON_OK)
        answer(b, status, NULL, c->message);
    host_call_free(c);
}

/* Returns never: the process ends with the channel. */
enum keelson_status serve_begun(struct serving *s)
{
    enum frame_kind kind;
    struct frame_reader in;
    int here;
    do {
        while ((here = frame_next(s->channel, &kind, &in)) > 0) {
            if (kind != FRAME_BEGIN)
                serve_end(1);
            begin_one(s, &in);
        }
    } while (here == 0 && frame_fill(s->channel));
    serve_end(here < 0);
}
