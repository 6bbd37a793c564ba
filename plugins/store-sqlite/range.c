/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads. What is read is decided under the index lock: the keys, and with the start of a read transaction the
 * version of the database in which their values are found, even if they are superseded and compacted while
 * the sink takes them. A single key does without that transaction: if its value is gone, somebody wrote a
 * newer one, and we look again.
 */
#include "plugins/store-sqlite/memory.h"
#include "plugins/store-sqlite/selection.h"
#include "plugins/store-sqlite/value.h"

#define CANCEL_CHECK_ITEMS 256
#define GET_ATTEMPTS_MAX   100

struct read {
    struct store *store;
    const struct keelson_call *call;
    const struct keelson_range *range;
    const struct keelson_kv_sink *sink;
    struct keelson_range_result *ret;
    struct connection *reader; /* NULL when the index knows all that is wanted */
    bool wants_values;
    struct selection selection;
    int64_t newest;
};

static enum keelson_status revision_check(struct read *read)
{
    const struct keelson_host *host = read->store->host;
    int64_t revision = read->range->revision;
    if (revision < 0 || revision > read->newest)
        return host->fail(read->call, KEELSON_INVALID, "revision %lld lies in the future; the newest is %lld",
                          (long long)revision, (long long)read->newest);
    if (revision != 0 && revision < read->store->compact_revision)
        return host->fail(read->call, KEELSON_COMPACTED, "revision %lld is gone; history begins at %lld",
                          (long long)revision, (long long)read->store->compact_revision);
    return KEELSON_OK;
}

static struct keelson_kv kv_of(const struct read *read, const struct selected *item, struct keelson_bytes key)
{
    return (struct keelson_kv){.size = sizeof(struct keelson_kv),
                               .key = key,
                               .create_revision = item->create_revision,
                               .mod_revision = ID_REVISION(item->id),
                               .version = item->version,
                               .lease_ttl_s = store_seconds_left(read->store, item->expires_ms)};
}

/* Fetches the value and passes it on. SQLITE_DONE: there is none. */
static int value_put(struct read *read, struct keelson_kv *kv, const struct selected *item, int *ret_end)
{
    int code = value_read(read->reader, item->id, item->value_size, &kv->value);
    if (code == SQLITE_OK)
        *ret_end = read->sink->put(read->sink, kv);
    return code;
}

static enum keelson_status read_failed(struct read *read, int code)
{
    struct failure failure;
    failure_sqlite(&failure, read->reader, code, read->store->settings.path, "reading a value");
    return read->store->host->fail(read->call, failure.status, "%s", failure.message);
}

static enum keelson_status selection_put(struct read *read)
{
    int end = 0;
    for (size_t i = 0; i < read->selection.count && !end; i++) {
        const struct selected *item = &read->selection.items[i];
        struct keelson_kv kv = kv_of(read, item, selected_key(&read->selection, item));
        if (i % CANCEL_CHECK_ITEMS == CANCEL_CHECK_ITEMS - 1 && read->store->host->cancelled(read->call))
            return read->store->host->fail(read->call, KEELSON_CANCELLED, "cancelled after %zu keys", i);
        if (!read->wants_values) {
            end = read->sink->put(read->sink, &kv);
            continue;
        }
        int code = value_put(read, &kv, item, &end);
        if (code != SQLITE_OK)
            return read_failed(read, code == SQLITE_DONE ? SQLITE_CORRUPT : code);
    }
    return KEELSON_OK;
}

static void result_set(struct read *read)
{
    read->ret->revision = read->range->revision ? read->range->revision : read->newest;
    read->ret->count = read->selection.total;
    read->ret->more = !(read->range->flags & KEELSON_RANGE_COUNT_ONLY) && read->range->limit > 0 &&
                      read->selection.total > read->range->limit;
}

/* index_lock held: what is seen then stays readable until the transaction ends. */
static int snapshot_begin(struct connection *reader)
{
    int64_t unused;
    int code = connection_step(reader, STATEMENT_BEGIN_READ);
    return code == SQLITE_OK ? connection_meta_get(reader, "revision", &unused) : code;
}

static void snapshot_end(struct connection *reader)
{
    if (!sqlite3_get_autocommit(reader->db))
        connection_step(reader, STATEMENT_COMMIT);
}

static enum keelson_status pick(struct read *read, bool *ret_is_past)
{
    struct store *store = read->store;
    pthread_rwlock_rdlock(&store->index_lock);
    read->newest = store->revision;
    enum keelson_status status = revision_check(read);
    *ret_is_past = read->range->revision != 0 && read->range->revision != read->newest;
    int code = status == KEELSON_OK && read->reader ? snapshot_begin(read->reader) : SQLITE_OK;
    if (status == KEELSON_OK && code == SQLITE_OK && *ret_is_past)
        selection_pick_unchanged(&read->selection, store, read->range);
    else if (status == KEELSON_OK && code == SQLITE_OK)
        selection_pick(&read->selection, store, read->range);
    pthread_rwlock_unlock(&store->index_lock);
    return code == SQLITE_OK ? status : read_failed(read, code);
}

static enum keelson_status many_read(struct read *read)
{
    bool is_past = false;
    struct failure failure;
    enum keelson_status status = pick(read, &is_past);
    if (status == KEELSON_OK && is_past) {
        status = selection_pick_changed(&read->selection, read->reader, read->range, read->newest,
                                        read->store->settings.path, &failure);
        if (status != KEELSON_OK)
            read->store->host->fail(read->call, status, "%s", failure.message);
    }
    if (status == KEELSON_OK && !(read->range->flags & KEELSON_RANGE_COUNT_ONLY))
        status = selection_put(read);
    if (read->reader)
        snapshot_end(read->reader);
    return status;
}

/* The newest state of one key. */
static enum keelson_status one_read(struct read *read)
{
    struct store *store = read->store;
    int end, code = SQLITE_DONE;
    for (int attempt = 0; code == SQLITE_DONE && attempt < GET_ATTEMPTS_MAX; attempt++) {
        struct selected item;
        pthread_rwlock_rdlock(&store->index_lock);
        const struct entry *entry = index_find(&store->index, read->range->from);
        read->newest = store->revision;
        read->selection.total = entry ? 1 : 0;
        if (entry)
            item = (struct selected){.id = entry->id,
                                     .create_revision = entry->create_revision,
                                     .version = entry->version,
                                     .value_size = entry->value_size,
                                     .expires_ms = expiry_of(&store->expiry, entry)};
        pthread_rwlock_unlock(&store->index_lock);
        if (!entry)
            return KEELSON_OK;
        struct keelson_kv kv = kv_of(read, &item, read->range->from);
        code = value_put(read, &kv, &item, &end);
    }
    return code == SQLITE_OK ? KEELSON_OK : read_failed(read, code == SQLITE_DONE ? SQLITE_CORRUPT : code);
}

enum keelson_status store_range(void *instance, const struct keelson_call *call,
                                const struct keelson_range *range, const struct keelson_kv_sink *sink,
                                struct keelson_range_result *ret)
{
    struct store *store = instance;
    struct read read = {.store = store, .call = call, .range = range, .sink = sink, .ret = ret};
    struct failure failure;
    read.wants_values = !(range->flags & (KEELSON_RANGE_KEYS_ONLY | KEELSON_RANGE_COUNT_ONLY));
    if (range->limit < 0)
        return store->host->fail(call, KEELSON_INVALID, "a limit of %lld is not allowed",
                                 (long long)range->limit);
    if (read.wants_values || range->revision != 0) {
        read.reader = reader_take(store, &failure);
        if (!read.reader)
            return store->host->fail(call, failure.status, "%s", failure.message);
    }
    enum keelson_status status =
        range->to.size == 0 && range->revision == 0 && read.wants_values ? one_read(&read) : many_read(&read);
    if (read.reader)
        reader_give(store, read.reader);
    if (status == KEELSON_OK)
        result_set(&read);
    selection_done(&read.selection);
    return status;
}
