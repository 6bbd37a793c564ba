/* SPDX-License-Identifier: Apache-2.0 */
/* The store's calls. Each packs its arguments for plugin_call_here, which carries deadline, cancellation,
 * back-off and metrics. */
#include "core/apiserver/store.h"

#include <unistd.h>

#include "core/base/memory.h"

enum { RANGE_TIMEOUT_MS = 60000, TXN_TIMEOUT_MS = 30000 };

static const char txn_operation[] = "store.txn";

struct store {
    struct plugin_instance *instance; /* NULL: direct */
    const struct keelson_store_v1 *table;
    void *handle;
    bool exclusive;
};

static struct keelson_bytes bytes_of(struct slice s)
{
    return (struct keelson_bytes){s.data, s.size};
}

static int call(struct store *store, const char *operation, int64_t timeout_ms, int cancel_fd,
                plugin_function *function, void *arguments, struct error *err)
{
    if (store->instance) {
        struct plugin_call_options options = {
            .operation = operation, .timeout_ms = timeout_ms, .cancel_fd = cancel_fd};
        return plugin_call_here(store->instance, &options, function, arguments, err);
    }
    struct keelson_call direct = {.size = sizeof(direct),
                                  .deadline_ns = INT64_MAX,
                                  .cancel_fd = cancel_fd,
                                  .trace_id = "00000000000000000000000000000000"};
    enum keelson_status status = function(store->handle, &direct, arguments);
    enum error_code code = status == KEELSON_COMPACTED   ? ERR_EXPIRED
                           : status == KEELSON_INVALID   ? ERR_BAD_REQUEST
                           : status == KEELSON_EXHAUSTED ? ERR_STORAGE_FULL
                           : status == KEELSON_CANCELLED ? ERR_CANCELLED
                                                         : ERR_INTERNAL;
    return status == KEELSON_OK
               ? 0
               : error_set(err, code, "store: %s failed with status %d", operation, (int)status);
}

struct status_arguments {
    const struct keelson_store_v1 *table;
    struct keelson_store_status *status;
};

static enum keelson_status call_status(void *handle, const struct keelson_call *c, void *arguments)
{
    struct status_arguments *a = arguments;
    return a->table->status(handle, c, a->status);
}

int store_status(struct store *store, struct keelson_store_status *ret, struct error *err)
{
    struct status_arguments a = {store->table, ret};
    *ret = (struct keelson_store_status){.size = sizeof(*ret)};
    return call(store, "store.status", 5000, -1, call_status, &a, err);
}

int store_new(struct plugin_instance *instance, struct store **ret, struct error *err)
{
    const struct keelson_store_v1 *table = plugin_instance_interface(instance, KEELSON_STORE_1);
    if (!table)
        return error_set(err, ERR_BAD_REQUEST, "plugin %s does not offer %s", plugin_instance_name(instance),
                         KEELSON_STORE_1);
    struct store *store = new0(struct store);
    struct keelson_store_status status;
    store->instance = instance;
    store->table = table;
    store->handle = plugin_instance_handle(instance);
    if (store_status(store, &status, err) < 0) {
        free(store);
        return -1;
    }
    store->exclusive = status.flags & KEELSON_STORE_EXCLUSIVE;
    *ret = store;
    return 0;
}

struct store *store_new_direct(const struct keelson_store_v1 *table, void *handle)
{
    struct store *store = new0(struct store);
    store->table = table;
    store->handle = handle;
    store->exclusive = true;
    return store;
}

void store_free(struct store *store)
{
    free(store);
}

bool store_is_exclusive(const struct store *store)
{
    return store->exclusive;
}

struct range_arguments {
    const struct keelson_store_v1 *table;
    struct keelson_range range;
    struct keelson_kv_sink sink;
    struct keelson_range_result *result;
};

static int range_put(const struct keelson_kv_sink *sink, const struct keelson_kv *kv)
{
    const struct store_range *range = sink->context;
    return range->put ? range->put(range->context, kv) : 0;
}

static enum keelson_status call_range(void *handle, const struct keelson_call *c, void *arguments)
{
    struct range_arguments *a = arguments;
    return a->table->range(handle, c, &a->range, &a->sink, a->result);
}

int store_range(struct store *store, const struct store_range *range, struct keelson_range_result *ret,
                struct error *err)
{
    struct keelson_range_result result = {.size = sizeof(result)};
    struct range_arguments a = {store->table,
                                {sizeof(a.range), range->flags, bytes_of(range->from), bytes_of(range->to),
                                 range->revision, range->limit},
                                {sizeof(a.sink), 0, range_put, (void *)(uintptr_t)range},
                                ret ? ret : &result};
    *a.result = (struct keelson_range_result){.size = sizeof(result)};
    int64_t timeout_ms = range->timeout_ms ? range->timeout_ms : RANGE_TIMEOUT_MS;
    return call(store, "store.range", timeout_ms, -1, call_range, &a, err);
}

struct txn_arguments {
    const struct keelson_store_v1 *table;
    const struct keelson_txn *txn;
    struct keelson_txn_result *result;
};

static enum keelson_status call_txn(void *handle, const struct keelson_call *c, void *arguments)
{
    struct txn_arguments *a = arguments;
    return a->table->txn(handle, c, a->txn, a->result);
}

static int modified(struct error *err)
{
    return error_set(err, ERR_CONFLICT, "the object has been modified");
}

int store_txn(struct store *store, const struct keelson_txn *txn, struct keelson_txn_result *ret,
              struct error *err)
{
    struct txn_arguments a = {store->table, txn, ret};
    *ret = (struct keelson_txn_result){.size = sizeof(*ret)};
    if (call(store, txn_operation, TXN_TIMEOUT_MS, -1, call_txn, &a, err) < 0)
        return -1;
    return ret->succeeded ? 0 : modified(err);
}

/* Only where the cache is up to date when a transaction returns: else somebody has to wait for it. */
bool store_can_begin(const struct store *store)
{
    return store->instance && store->exclusive && KEELSON_HAS(store->table, txn_begin) &&
           store->table->txn_begin;
}

struct begin_arguments {
    const struct keelson_store_v1 *table;
    const struct keelson_txn *txn;
    const struct keelson_txn_sink *sink;
};

static enum keelson_status call_begin(void *handle, const struct keelson_call *c, void *arguments)
{
    struct begin_arguments *a = arguments;
    return a->table->txn_begin(handle, c, a->txn, a->sink);
}

static void txn_done(const struct keelson_txn_sink *sink, enum keelson_status status,
                     const struct keelson_txn_result *result, const char *message)
{
    struct store_begun *begun = sink->context;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    int ended = plugin_call_end(&begun->call, status, message, &err);
    if (ended == 0 && !result->succeeded)
        ended = modified(&err);
    begun->done(begun, ended, result, &err);
}

int store_txn_begin(struct store *store, const struct keelson_txn *txn, struct store_begun *begun,
                    struct error *err)
{
    struct plugin_call_options options = {
        .operation = txn_operation, .timeout_ms = TXN_TIMEOUT_MS, .cancel_fd = -1};
    begun->sink = (struct keelson_txn_sink){sizeof(begun->sink), 0, txn_done, begun};
    struct begin_arguments a = {store->table, txn, &begun->sink};
    return plugin_call_begin(store->instance, &options, call_begin, &a, &begun->call, err);
}

struct watch_arguments {
    const struct keelson_store_v1 *table;
    const struct store_watch *watch;
    struct keelson_event_sink sink;
};

static int watch_events(const struct keelson_event_sink *sink, const struct keelson_kv *events,
                        uint32_t event_size, uint32_t count, int64_t progress)
{
    const struct store_watch *watch = sink->context;
    return watch->events(watch->context, events, event_size, count, progress);
}

static enum keelson_status call_watch(void *handle, const struct keelson_call *c, void *arguments)
{
    struct watch_arguments *a = arguments;
    const struct keelson_watch watch = {.size = sizeof(watch),
                                        .from = bytes_of(a->watch->from),
                                        .to = bytes_of(a->watch->to),
                                        .from_revision = a->watch->revision};
    return a->table->watch(handle, c, &watch, &a->sink);
}

int store_watch(struct store *store, const struct store_watch *watch, struct error *err)
{
    struct watch_arguments a = {
        store->table, watch, {sizeof(a.sink), 0, watch_events, (void *)(uintptr_t)watch}};
    return call(store, "store.watch", -1, watch->cancel_fd, call_watch, &a, err);
}

struct compact_arguments {
    const struct keelson_store_v1 *table;
    int64_t revision;
};

static enum keelson_status call_compact(void *handle, const struct keelson_call *c, void *arguments)
{
    struct compact_arguments *a = arguments;
    return a->table->compact(handle, c, a->revision);
}

int store_compact(struct store *store, int64_t revision, struct error *err)
{
    struct compact_arguments a = {store->table, revision};
    return call(store, "store.compact", 300000, -1, call_compact, &a, err);
}

struct snapshot_arguments {
    const struct keelson_store_v1 *table;
    const char *path;
};

static enum keelson_status call_snapshot(void *handle, const struct keelson_call *c, void *arguments)
{
    struct snapshot_arguments *a = arguments;
    return a->table->snapshot(handle, c, a->path);
}

int store_snapshot(struct store *store, const char *path, struct error *err)
{
    struct snapshot_arguments a = {store->table, path};
    return call(store, "store.snapshot", 600000, -1, call_snapshot, &a, err);
}
