/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interface of <keelson/store.h> over a channel, function by function: the daemon's side, then the
 * child's. Key-values are sent many at a time. The child's sink of a watch returns when the daemon's has: so
 * a store that tells its watches before a transaction returns does so here, too. txn_begin is
 * isolate-begun.c.
 */
#include <sys/eventfd.h>

#include "core/base/memory.h"
#include "core/plugin/isolate-store.h"

#define SEND_AT_BYTES (64u << 10)
#define KV_BYTES_MIN  (2 * sizeof(uint32_t) + 2 + 4 * sizeof(int64_t))

enum { STORE_RANGE, STORE_TXN, STORE_WATCH, STORE_COMPACT, STORE_STATUS, STORE_SNAPSHOT };

static void put_kv(struct buffer *out, const struct keelson_kv *kv)
{
    frame_put_bytes(out, kv->key);
    frame_put_bytes(out, kv->value);
    frame_put_i64(out, kv->create_revision);
    frame_put_i64(out, kv->mod_revision);
    frame_put_i64(out, kv->version);
    frame_put_i64(out, kv->lease_ttl_s);
}

static struct keelson_kv get_kv(struct frame_reader *r)
{
    struct keelson_kv kv = {.size = sizeof(kv)};
    kv.key = frame_get_bytes(r);
    kv.value = frame_get_bytes(r);
    kv.create_revision = frame_get_i64(r);
    kv.mod_revision = frame_get_i64(r);
    kv.version = frame_get_i64(r);
    kv.lease_ttl_s = frame_get_i64(r);
    return kv;
}

/* ---- range ---- */

struct range_call {
    const struct keelson_kv_sink *sink;
    struct keelson_range_result *ret;
};

static int take_kv(struct frame_reader *r, void *context)
{
    const struct range_call *a = context;
    const struct keelson_kv kv = get_kv(r);
    return frame_is_read(r) ? a->sink->put(a->sink, &kv) : 0;
}

static void answer_range(struct frame_reader *r, void *context)
{
    const struct range_call *a = context;
    a->ret->more = frame_get_u32(r);
    a->ret->revision = frame_get_i64(r);
    a->ret->count = frame_get_i64(r);
}

static enum keelson_status range(void *instance, const struct keelson_call *call,
                                 const struct keelson_range *range, const struct keelson_kv_sink *sink,
                                 struct keelson_range_result *ret)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_store, STORE_RANGE);
    struct range_call a = {sink, ret};
    frame_put_u32(&c.out, range->flags);
    frame_put_bytes(&c.out, range->from);
    frame_put_bytes(&c.out, range->to);
    frame_put_i64(&c.out, range->revision);
    frame_put_i64(&c.out, range->limit);
    c.put = take_kv;
    c.answer = answer_range;
    c.context = &a;
    return isolate_do(&c);
}

struct sending {
    struct serving *s;
    struct buffer frames;
};

static int send_kv(const struct keelson_kv_sink *sink, const struct keelson_kv *kv)
{
    struct sending *sending = sink->context;
    if (!KEELSON_HAS(kv, lease_ttl_s))
        return 0;
    size_t begun = frame_begin(&sending->frames, FRAME_PUT);
    put_kv(&sending->frames, kv);
    frame_end(&sending->frames, begun);
    return sending->frames.size < SEND_AT_BYTES ? 0 : serve_send(sending->s, &sending->frames);
}

static enum keelson_status serve_range(struct serving *s)
{
    const struct keelson_store_v1 *store = s->table;
    struct sending sending = {s, BUFFER_INIT};
    const struct keelson_kv_sink sink = {.size = sizeof(sink), .put = send_kv, .context = &sending};
    struct keelson_range range = {.size = sizeof(range), .flags = frame_get_u32(&s->in)};
    struct keelson_range_result result = {.size = sizeof(result)};
    range.from = frame_get_bytes(&s->in);
    range.to = frame_get_bytes(&s->in);
    range.revision = frame_get_i64(&s->in);
    range.limit = frame_get_i64(&s->in);
    if (!frame_is_read(&s->in))
        return KEELSON_INVALID;
    enum keelson_status status = store->range(s->handle, s->call, &range, &sink, &result);
    serve_send(s, &sending.frames);
    frame_put_u32(&s->out, result.more);
    frame_put_i64(&s->out, result.revision);
    frame_put_i64(&s->out, result.count);
    return status;
}

/* ---- txn ---- */

void store_put_txn(struct buffer *out, const struct keelson_txn *txn)
{
    frame_put_u32(out, txn->flags);
    frame_put_u32(out, txn->compares_count);
    for (uint32_t i = 0; i < txn->compares_count; i++) {
        const struct keelson_compare *compare = KEELSON_AT(txn->compares, txn->compare_size, i);
        frame_put_bytes(out, compare->key);
        frame_put_i64(out, compare->mod_revision);
    }
    frame_put_u32(out, txn->ops_count);
    for (uint32_t i = 0; i < txn->ops_count; i++) {
        const struct keelson_op *op = KEELSON_AT(txn->ops, txn->op_size, i);
        frame_put_u32(out, op->type);
        frame_put_bytes(out, op->key);
        frame_put_bytes(out, op->value);
        frame_put_i64(out, op->ttl_s);
    }
}

static const struct keelson_compare *get_compares(struct frame_reader *r, uint32_t *ret_count)
{
    uint32_t count = frame_get_count(r, sizeof(uint32_t) + 1 + sizeof(int64_t));
    struct keelson_compare *compares = arena_alloc0(r->arena, (count + 1) * sizeof(*compares));
    for (uint32_t i = 0; i < count; i++) {
        compares[i].key = frame_get_bytes(r);
        compares[i].mod_revision = frame_get_i64(r);
    }
    *ret_count = count;
    return compares;
}

static const struct keelson_op *get_ops(struct frame_reader *r, uint32_t *ret_count)
{
    uint32_t count = frame_get_count(r, 3 * sizeof(uint32_t) + 2 + sizeof(int64_t));
    struct keelson_op *ops = arena_alloc0(r->arena, (count + 1) * sizeof(*ops));
    for (uint32_t i = 0; i < count; i++) {
        ops[i].type = (enum keelson_op_type)frame_get_u32(r);
        ops[i].key = frame_get_bytes(r);
        ops[i].value = frame_get_bytes(r);
        ops[i].ttl_s = frame_get_i64(r);
    }
    *ret_count = count;
    return ops;
}

struct keelson_txn store_get_txn(struct frame_reader *r)
{
    struct keelson_txn txn = {.size = sizeof(txn),
                              .flags = frame_get_u32(r),
                              .compare_size = sizeof(struct keelson_compare),
                              .op_size = sizeof(struct keelson_op)};
    txn.compares = get_compares(r, &txn.compares_count);
    txn.ops = get_ops(r, &txn.ops_count);
    return txn;
}

void store_put_txn_result(struct buffer *out, const struct keelson_txn_result *result)
{
    frame_put_u32(out, result->succeeded);
    frame_put_i64(out, result->revision);
}

void store_get_txn_result(struct frame_reader *r, struct keelson_txn_result *ret)
{
    ret->succeeded = frame_get_u32(r);
    ret->revision = frame_get_i64(r);
}

static void answer_txn(struct frame_reader *r, void *context)
{
    store_get_txn_result(r, context);
}

static enum keelson_status txn(void *instance, const struct keelson_call *call, const struct keelson_txn *txn,
                               struct keelson_txn_result *ret)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_store, STORE_TXN);
    store_put_txn(&c.out, txn);
    c.answer = answer_txn;
    c.context = ret;
    return isolate_do(&c);
}

static enum keelson_status serve_txn(struct serving *s)
{
    const struct keelson_store_v1 *store = s->table;
    struct keelson_txn_result result = {.size = sizeof(result)};
    const struct keelson_txn txn = store_get_txn(&s->in);
    if (!frame_is_read(&s->in))
        return KEELSON_INVALID;
    enum keelson_status status = store->txn(s->handle, s->call, &txn, &result);
    store_put_txn_result(&s->out, &result);
    return status;
}

/* ---- watch ---- */

static int take_events(struct frame_reader *r, void *context)
{
    const struct keelson_event_sink *sink = context;
    uint32_t count = frame_get_count(r, KV_BYTES_MIN);
    struct keelson_kv *events = arena_alloc0(r->arena, (count + 1) * sizeof(*events));
    for (uint32_t i = 0; i < count; i++)
        events[i] = get_kv(r);
    int64_t progress = frame_get_i64(r);
    return frame_is_read(r) ? sink->events(sink, events, sizeof(*events), count, progress) : 0;
}

static enum keelson_status watch(void *instance, const struct keelson_call *call,
                                 const struct keelson_watch *watch, const struct keelson_event_sink *sink)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_store, STORE_WATCH);
    frame_put_u32(&c.out, watch->flags);
    frame_put_bytes(&c.out, watch->from);
    frame_put_bytes(&c.out, watch->to);
    frame_put_i64(&c.out, watch->from_revision);
    c.ack_fd = eventfd(0, EFD_CLOEXEC);
    enum keelson_status status = isolate_do_with_sink(&c, take_events, sink);
    cleanup_close(&c.ack_fd);
    return status;
}

/* Where a frame that begins with this event ends: not within a transaction. */
static uint32_t frame_of_events(const struct keelson_kv *events, uint32_t event_size, uint32_t from,
                                uint32_t count)
{
    size_t bytes = 0;
    uint32_t end = from;
    int64_t revision = 0;
    for (; end < count; end++) {
        const struct keelson_kv *event = KEELSON_AT(events, event_size, end);
        if (bytes > SEND_AT_BYTES && event->mod_revision != revision)
            break;
        revision = event->mod_revision;
        bytes += KV_BYTES_MIN + event->key.size + event->value.size;
    }
    return end;
}

static int send_events(const struct keelson_event_sink *sink, const struct keelson_kv *events,
                       uint32_t event_size, uint32_t count, int64_t progress)
{
    if (count && !KEELSON_SPANS(event_size, struct keelson_kv, lease_ttl_s))
        return 1;
    uint32_t from = 0;
    do {
        struct buffer frame = BUFFER_INIT;
        size_t begun = frame_begin(&frame, FRAME_PUT);
        uint32_t end = frame_of_events(events, event_size, from, count);
        frame_put_u32(&frame, end - from);
        for (uint32_t i = from; i < end; i++)
            put_kv(&frame, KEELSON_AT(events, event_size, i));
        frame_put_i64(&frame,
                      end == count ? progress : KEELSON_AT(events, event_size, end - 1)->mod_revision);
        frame_end(&frame, begun);
        if (serve_send_and_wait(sink->context, &frame) != 0)
            return 1;
        from = end;
    } while (from < count);
    return 0;
}

static enum keelson_status serve_watch(struct serving *s)
{
    const struct keelson_store_v1 *store = s->table;
    const struct keelson_event_sink sink = {.size = sizeof(sink), .events = send_events, .context = s};
    struct keelson_watch watch = {.size = sizeof(watch), .flags = frame_get_u32(&s->in)};
    watch.from = frame_get_bytes(&s->in);
    watch.to = frame_get_bytes(&s->in);
    watch.from_revision = frame_get_i64(&s->in);
    return frame_is_read(&s->in) ? store->watch(s->handle, s->call, &watch, &sink) : KEELSON_INVALID;
}

/* ---- compact, status, snapshot ---- */

static enum keelson_status compact(void *instance, const struct keelson_call *call, int64_t revision)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_store, STORE_COMPACT);
    frame_put_i64(&c.out, revision);
    return isolate_do(&c);
}

static enum keelson_status serve_compact(struct serving *s)
{
    int64_t revision = frame_get_i64(&s->in);
    return frame_is_read(&s->in)
               ? ((const struct keelson_store_v1 *)s->table)->compact(s->handle, s->call, revision)
               : KEELSON_INVALID;
}

static void answer_status(struct frame_reader *r, void *context)
{
    struct keelson_store_status *ret = context;
    ret->flags = frame_get_u32(r);
    ret->revision = frame_get_i64(r);
    ret->compact_revision = frame_get_i64(r);
    ret->size_bytes = frame_get_i64(r);
    ret->size_used_bytes = frame_get_i64(r);
    frame_get_array(r, ret->version, sizeof(ret->version));
}

static enum keelson_status status(void *instance, const struct keelson_call *call,
                                  struct keelson_store_status *ret)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_store, STORE_STATUS);
    c.answer = answer_status;
    c.context = ret;
    return isolate_do(&c);
}

static enum keelson_status serve_status(struct serving *s)
{
    struct keelson_store_status result = {.size = sizeof(result)};
    enum keelson_status answer =
        ((const struct keelson_store_v1 *)s->table)->status(s->handle, s->call, &result);
    frame_put_u32(&s->out, result.flags);
    frame_put_i64(&s->out, result.revision);
    frame_put_i64(&s->out, result.compact_revision);
    frame_put_i64(&s->out, result.size_bytes);
    frame_put_i64(&s->out, result.size_used_bytes);
    frame_put_array(&s->out, result.version, sizeof(result.version));
    return answer;
}

static enum keelson_status snapshot(void *instance, const struct keelson_call *call, const char *path)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_store, STORE_SNAPSHOT);
    frame_put_text(&c.out, path);
    return isolate_do(&c);
}

static enum keelson_status serve_snapshot(struct serving *s)
{
    const char *path = frame_get_text(&s->in);
    return frame_is_read(&s->in)
               ? ((const struct keelson_store_v1 *)s->table)->snapshot(s->handle, s->call, path)
               : KEELSON_INVALID;
}

static const struct keelson_store_v1 table = {.size = sizeof(table),
                                              .range = range,
                                              .txn = txn,
                                              .watch = watch,
                                              .compact = compact,
                                              .status = status,
                                              .snapshot = snapshot,
                                              .txn_begin = isolate_txn_begin};
static const struct isolate_function functions[] = {
    {"range", serve_range},     {"txn", serve_txn},       {"watch", serve_watch},
    {"compact", serve_compact}, {"status", serve_status}, {"snapshot", serve_snapshot},
    {"txn_begin", serve_begun},
};
const struct isolate_interface isolate_store = {KEELSON_STORE_1, &table, sizeof(table), functions,
                                                ARRAY_SIZE(functions)};
