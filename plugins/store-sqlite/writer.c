/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer thread: group commit. While one batch is being synced the next one gathers in the queue, so that
 * the more callers there are the fewer syncs each costs. A batch is one SQLite transaction: either all of its
 * transactions come to be or, when the database fails, none, and the state in memory is what it was.
 *
 * Relaxed transactions are committed without a sync. A batch that holds any other is synced, and since the
 * write-ahead log is one chain of frames, that makes the relaxed ones before it durable too. What a power cut
 * takes is a tail of relaxed transactions whose revisions watchers may have seen; they must not be used
 * twice. So a revision is handed out without a sync only below `reserved`, a number synced before, and a
 * database that was not closed and is opened after a reboot goes on from there (load.c).
 *
 * On a full disk a reserve of space lets deletes and chores go on (reserve.h).
 *
 * Chores (compaction, checkpoints) take turns with batches, one each, and need no sync of their own.
 */
#include "plugins/store-sqlite/batch.h"
#include "plugins/store-sqlite/queue.h"

#define EXPIRE_KEYS_MAX    256
#define REVISIONS_RESERVED 100000
#define PROGRESS_MS        50
#define EXPIRE_RETRY_MS    1000

/* A later commit may then count on revisions up to the new mark without a sync. */
static int revisions_reserve(struct store *store, int64_t *ret_reserved)
{
    struct batch *batch = store->writer.batch;
    struct connection *connection = &store->writer.connection;
    *ret_reserved = store->writer.reserved_revision;
    if (!batch->open || batch->revision + REVISIONS_RESERVED / 2 < store->writer.reserved_revision)
        return SQLITE_OK;
    *ret_reserved = batch->revision + REVISIONS_RESERVED;
    int code = connection_meta_set(connection, "reserved", *ret_reserved);
    if (code == SQLITE_OK)
        code = connection_meta_set(connection, "boot", store->boot);
    return code == SQLITE_OK ? connection_meta_set(connection, "clean", 0) : code;
}

static int wal_sign(struct store *store)
{
    if (!store->writer.wal_unsigned || !store->writer.batch->open)
        return SQLITE_OK;
    store->writer.wal_unsigned = false;
    return connection_identity_repeat(&store->writer.connection);
}

/* Runs and commits; on failure nothing has changed. */
static int batch_run(struct store *store, const struct work *work, bool expire)
{
    struct batch *batch = store->writer.batch;
    int64_t reserved = 0;
    bool durable =
        work->durable || expire || batch->revision + work->count >= store->writer.reserved_revision;
    int code = connection_durable(&store->writer.connection, durable);
    if (code == SQLITE_OK && expire)
        batch_expire(batch, store_clock_ms(store), EXPIRE_KEYS_MAX, &code);
    for (struct request *request = work->requests; request && code == SQLITE_OK; request = request->next)
        batch_txn(batch, request->txn, &request->result, &code);
    if (code == SQLITE_OK && durable)
        code = revisions_reserve(store, &reserved);
    if (code == SQLITE_OK)
        code = wal_sign(store);
    if (code == SQLITE_OK)
        code = batch_commit(batch);
    if (code == SQLITE_OK && durable)
        store->writer.reserved_revision = reserved;
    return code;
}

static void requests_finish(struct request *requests, const struct failure *failure)
{
    while (requests) {
        struct request *next = requests->next;
        requests->failure.status = failure->status;
        if (failure->status != KEELSON_OK)
            requests->failure = *failure;
        requests->finish(requests);
        requests = next;
    }
}

static enum keelson_status writer_failure(struct store *store, int code, const char *doing,
                                          struct failure *failure)
{
    enum keelson_status status =
        failure_sqlite(failure, &store->writer.connection, code, store->settings.path, doing);
    if (code == SQLITE_IOERR_FSYNC) {
        store->writer.failed = true;
        store->host->log(NULL, KEELSON_LOG_ERROR,
                         "%s; no more writes are accepted: check the disk, then restart", failure->message);
    }
    return status;
}

static bool puts_something(const struct keelson_txn *txn)
{
    for (uint32_t i = 0; i < txn->ops_count; i++) {
        if (KEELSON_AT(txn->ops, txn->op_size, i)->type == KEELSON_OP_PUT)
            return true;
    }
    return false;
}

/* Only what frees space may go on. */
static void puts_refuse(struct store *store, struct work *work)
{
    struct failure failure;
    struct request *refused = NULL, **refused_end = &refused, **link = &work->requests;
    failure_set(&failure, KEELSON_EXHAUSTED,
                "%s: no space left: until there is some again only deletes are accepted",
                store->settings.path);
    while (*link) {
        struct request *request = *link;
        if (!puts_something(request->txn)) {
            link = &request->next;
            continue;
        }
        *link = request->next;
        request->next = NULL;
        *refused_end = request;
        refused_end = &request->next;
    }
    requests_finish(refused, &failure);
}

/* On failure nothing has changed. */
static enum keelson_status batch_try(struct store *store, const struct work *work, bool expire,
                                     struct failure *failure)
{
    int code = batch_run(store, work, expire);
    failure->status = KEELSON_OK;
    if (code == SQLITE_OK)
        return KEELSON_OK;
    writer_failure(store, code, "writing", failure);
    batch_rollback(store->writer.batch);
    return failure->status;
}

/* First of all what is given free goes to the write-ahead log's pages, so that the log can begin anew in the
 * space that it has: deletes that made it longer instead would soon end in a log that nothing can be done
 * about. */
static bool reserve_use(struct store *store)
{
    struct request checkpoint = {.type = REQUEST_CHECKPOINT};
    if (!reserve_drop(store))
        return false;
    chore_run(store, &checkpoint);
    return true;
}

static void transactions_run(struct store *store, struct work *work, bool expire, int64_t *ret_retry_ns)
{
    struct batch *batch = store->writer.batch;
    struct failure failure;
    if (!reserve_take(store)) {
        reserve_use(store);
        puts_refuse(store, work);
    }
    enum keelson_status status = batch_try(store, work, expire, &failure);
    if (status == KEELSON_EXHAUSTED && reserve_use(store)) {
        puts_refuse(store, work);
        status = batch_try(store, work, expire, &failure);
    }
    if (status == KEELSON_OK) {
        batch_publish(batch);
        watches_deliver(store, batch->events, (uint32_t)batch->count, batch->revision);
    } else {
        *ret_retry_ns = expire ? clock_monotonic_ns() + EXPIRE_RETRY_MS * INT64_C(1000000) : 0;
    }
    requests_finish(work->requests, &failure);
    if (status == KEELSON_OK)
        batch_clear(batch);
}

static void progress_tell(struct store *store)
{
    int64_t now_ms = clock_monotonic_ns() / 1000000;
    if (now_ms - store->writer.progress_ms < PROGRESS_MS && !queue_is_empty(store))
        return;
    store->writer.progress_ms = now_ms;
    watches_progress(store);
}

/* After a failed sync. */
static void work_refuse(struct store *store, struct work *work)
{
    struct failure failure;
    failure_set(&failure, KEELSON_UNAVAILABLE,
                "%s: an earlier write did not reach the disk; check it, then restart", store->settings.path);
    requests_finish(work->requests, &failure);
    if (work->chore) {
        work->chore->failure = failure;
        work->chore->finish(work->chore);
    }
}

static void work_run(struct store *store, struct work *work, int64_t *retry_ns)
{
    bool expire = store->expiry.count > 0 && store->expiry.heap[0].expires_ms <= store_clock_ms(store) &&
                  clock_monotonic_ns() >= *retry_ns;
    if (store->writer.failed) {
        work_refuse(store, work);
        *retry_ns = INT64_MAX;
        return;
    }
    if (work->requests || expire) {
        transactions_run(store, work, expire, retry_ns);
        progress_tell(store);
    }
    if (work->chore) {
        chore_run(store, work->chore);
        if (work->chore->failure.status == KEELSON_EXHAUSTED && reserve_use(store))
            chore_run(store, work->chore); /* by compaction space comes back */
        work->chore->finish(work->chore);
    }
}

static void *writer_main(void *argument)
{
    struct store *store = argument;
    int64_t retry_ns = 0;
    for (;;) {
        struct work work = queue_wait(store, retry_ns);
        work_run(store, &work, &retry_ns);
        if (work.stop && !work.requests && !work.chore)
            return NULL;
    }
}

static int wal_committed(void *context, sqlite3 *db, const char *name, int frames)
{
    struct store *store = context;
    keeper_wal_size(store, (int64_t)frames * DATABASE_PAGE_BYTES);
    return SQLITE_OK;
}

static void writer_done(struct store *store)
{
    pthread_cond_destroy(&store->queue_filled);
    pthread_cond_destroy(&store->late_wake);
    batch_free(store->writer.batch);
    store->writer.batch = NULL;
    connection_done(&store->writer.connection);
}

/* Tells both threads to end, and waits for the quick one: the writer first does what is queued. */
static void late_stop(struct store *store)
{
    pthread_mutex_lock(&store->queue_lock);
    store->stop = true;
    pthread_cond_signal(&store->queue_filled);
    pthread_cond_signal(&store->late_wake);
    pthread_mutex_unlock(&store->queue_lock);
    pthread_join(store->late, NULL);
}

enum keelson_status writer_start(struct store *store, struct failure *failure)
{
    pthread_condattr_t attributes;
    store->writer.batch = batch_new(store);
    store->writer.wal_unsigned = true;
    queue_reset(&store->transactions);
    queue_reset(&store->chores);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&store->queue_filled, &attributes);
    pthread_cond_init(&store->late_wake, &attributes);
    pthread_condattr_destroy(&attributes);
    store->late_ns = INT64_MAX;
    sqlite3_wal_hook(store->writer.connection.db, wal_committed, store);
    if (thread_start(&store->late, late_main, store) == 0) {
        if (thread_start(&store->writer.thread, writer_main, store) == 0)
            return KEELSON_OK;
        late_stop(store);
    }
    writer_done(store);
    return failure_set(failure, KEELSON_FAILED, "%s: cannot start a thread", store->settings.path);
}

/* Notes that everything is on the disk, so that the next start need not skip revisions. The newest may be
 * beyond the log's last when this start had to skip some and wrote nothing since: readers have heard of it.
 */
static void clean_mark(struct store *store)
{
    struct connection *connection = &store->writer.connection;
    if (store->writer.failed || connection_durable(connection, 1) != SQLITE_OK)
        return;
    if (connection_meta_set(connection, "revision", store->revision) == SQLITE_OK)
        connection_meta_set(connection, "clean", 1);
}

void writer_stop(struct store *store)
{
    late_stop(store);
    pthread_join(store->writer.thread, NULL);
    clean_mark(store);
    writer_done(store);
}
