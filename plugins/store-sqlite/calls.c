/* SPDX-License-Identifier: Apache-2.0 */
/* The short calls of the interface: transactions, compaction, status. Here requests are checked before they
 * reach the writer. */
#include <stdio.h>

#include "plugins/store-sqlite/memory.h"
#include "plugins/store-sqlite/store.h"

static enum keelson_status key_check(struct store *store, const struct keelson_call *call,
                                     struct keelson_bytes key)
{
    if (key.size == 0 || key.size > STORE_KEY_BYTES_MAX)
        return store->host->fail(call, KEELSON_INVALID, "a key has %zu bytes; it must have 1 to %d", key.size,
                                 STORE_KEY_BYTES_MAX);
    return KEELSON_OK;
}

static enum keelson_status op_check(struct store *store, const struct keelson_call *call,
                                    const struct keelson_op *op)
{
    if (op->type != KEELSON_OP_PUT && op->type != KEELSON_OP_DELETE)
        return store->host->fail(call, KEELSON_INVALID, "operation %d is unknown", (int)op->type);
    if (op->ttl_s < 0 || op->ttl_s > INT64_MAX / 4000)
        return store->host->fail(call, KEELSON_INVALID, "a time to live of %lld s is out of range",
                                 (long long)op->ttl_s);
    if (op->type == KEELSON_OP_PUT && (int64_t)op->value.size > store->settings.value_bytes_max)
        return store->host->fail(
            call, KEELSON_INVALID, "the value of %.*s has %zu bytes; at most %lld are stored",
            (int)op->key.size, op->key.data, op->value.size, (long long)store->settings.value_bytes_max);
    return key_check(store, call, op->key);
}

static enum keelson_status txn_check(struct store *store, const struct keelson_call *call,
                                     const struct keelson_txn *txn)
{
    enum keelson_status status = KEELSON_OK;
    if (txn->ops_count > STORE_TXN_ITEMS_MAX || txn->compares_count > STORE_TXN_ITEMS_MAX)
        return store->host->fail(call, KEELSON_INVALID,
                                 "a transaction has at most %d compares and operations", STORE_TXN_ITEMS_MAX);
    if ((txn->ops_count && txn->op_size < sizeof(struct keelson_op)) ||
        (txn->compares_count && txn->compare_size < sizeof(struct keelson_compare)))
        return store->host->fail(call, KEELSON_INVALID, "the size of an operation or compare is missing");
    for (uint32_t i = 0; i < txn->compares_count && status == KEELSON_OK; i++)
        status = key_check(store, call, KEELSON_AT(txn->compares, txn->compare_size, i)->key);
    for (uint32_t i = 0; i < txn->ops_count && status == KEELSON_OK; i++) {
        const struct keelson_op *op = KEELSON_AT(txn->ops, txn->op_size, i);
        status = op_check(store, call, op);
        for (uint32_t j = 0; j < i && status == KEELSON_OK; j++) {
            if (bytes_compare(op->key, KEELSON_AT(txn->ops, txn->op_size, j)->key) == 0)
                status = store->host->fail(call, KEELSON_INVALID, "two operations on %.*s", (int)op->key.size,
                                           op->key.data);
        }
    }
    return status;
}

/* What can be said before the writer is asked. */
static enum keelson_status txn_refuse(struct store *store, const struct keelson_call *call,
                                      const struct keelson_txn *txn)
{
    enum keelson_status status = txn_check(store, call, txn);
    if (status != KEELSON_OK)
        return status;
    if (store->host->cancelled(call))
        return store->host->fail(call, KEELSON_CANCELLED, "cancelled before it began");
    return KEELSON_OK;
}

enum keelson_status store_txn(void *instance, const struct keelson_call *call, const struct keelson_txn *txn,
                              struct keelson_txn_result *ret)
{
    struct store *store = instance;
    enum keelson_status status = txn_refuse(store, call, txn);
    if (status != KEELSON_OK)
        return status;
    struct request request = {.type = REQUEST_TXN, .txn = txn, .deadline_ns = call->deadline_ns};
    status = writer_do(store, &request);
    if (status != KEELSON_OK)
        return store->host->fail(call, status, "%s", request.failure.message);
    ret->succeeded = request.result.succeeded;
    ret->revision = request.result.revision;
    return KEELSON_OK;
}

static void sink_tell(struct request *request)
{
    const struct keelson_txn_sink *sink = request->context;
    enum keelson_status status = request->failure.status;
    request->result.size = sizeof(request->result);
    sink->done(sink, status, status == KEELSON_OK ? &request->result : NULL, request->failure.message);
    free(request);
}

enum keelson_status store_txn_begin(void *instance, const struct keelson_call *call,
                                    const struct keelson_txn *txn, const struct keelson_txn_sink *sink)
{
    struct store *store = instance;
    enum keelson_status status = txn_refuse(store, call, txn);
    if (status != KEELSON_OK)
        return status;
    struct request *request = memory_new(sizeof(*request));
    *request = (struct request){.type = REQUEST_TXN,
                                .txn = txn,
                                .deadline_ns = call->deadline_ns,
                                .finish = sink_tell,
                                .context = (void *)(uintptr_t)sink};
    writer_submit(store, request);
    return KEELSON_OK;
}

enum keelson_status store_compact(void *instance, const struct keelson_call *call, int64_t revision)
{
    struct store *store = instance;
    pthread_rwlock_rdlock(&store->index_lock);
    int64_t newest = store->revision;
    pthread_rwlock_unlock(&store->index_lock);
    if (revision < 1 || revision > newest)
        return store->host->fail(call, KEELSON_INVALID,
                                 "revision %lld lies in the future; the newest is %lld", (long long)revision,
                                 (long long)newest);
    struct request request = {
        .type = REQUEST_COMPACT, .revision = revision, .deadline_ns = call->deadline_ns};
    enum keelson_status status = writer_do(store, &request);
    if (status != KEELSON_OK)
        return store->host->fail(call, status, "%s", request.failure.message);
    keeper_compact(store);
    return KEELSON_OK;
}

enum keelson_status store_status(void *instance, const struct keelson_call *call,
                                 struct keelson_store_status *ret)
{
    struct store *store = instance;
    pthread_rwlock_rdlock(&store->index_lock);
    ret->revision = store->revision;
    ret->compact_revision = store->compact_revision;
    ret->size_used_bytes = store->index.live_bytes;
    pthread_rwlock_unlock(&store->index_lock);
    ret->flags = KEELSON_STORE_EXCLUSIVE;
    ret->size_bytes = database_bytes(store->settings.path, "") + database_bytes(store->settings.path, "-wal");
    snprintf(ret->version, sizeof(ret->version), "SQLite %s", sqlite3_libversion());
    return KEELSON_OK;
}
