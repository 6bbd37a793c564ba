/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper thread keeps the files small without stalling the writer.
 *
 * Checkpoints: when the write-ahead log is long, the keeper copies it into the database and syncs that, while
 * the writer goes on appending; then once more, what was appended meanwhile. SQLite starts the log anew only
 * when nothing in it is left to copy, which under steady load never happens by itself; so the writer is then
 * asked to copy the short rest between two batches.
 *
 * Compaction: garbage is what a change superseded, and each change knows the row it superseded. So the keeper
 * walks the changes between the last compaction's revision and this one's, and has the writer delete what
 * they replaced, in slices of about a millisecond. Free pages are used again; when they are
 * many they are given back.
 */
#include <stdlib.h>

#include "plugins/store-sqlite/memory.h"
#include "plugins/store-sqlite/store.h"

#define SCAN_ROWS    4096
#define VACUUM_PAGES 32
#define KEPT_PAGES   128 /* free pages that are not given back, … */
#define KEPT_PART    20  /* … or this part of the file if that is more */
#define RETRY_MS     1000
#define WAL_PART     32 /* of the database: as long the write-ahead log may grow, if the setting is less */

void keeper_compact(struct store *store)
{
    pthread_mutex_lock(&store->keeper.lock);
    store->keeper.compact = true;
    pthread_cond_signal(&store->keeper.wake);
    pthread_mutex_unlock(&store->keeper.lock);
}

void keeper_wal_size(struct store *store, int64_t wal_bytes)
{
    if (wal_bytes < atomic_load(&store->keeper.wal_bytes_goal))
        return;
    pthread_mutex_lock(&store->keeper.lock);
    if (!store->keeper.checkpoint) {
        store->keeper.checkpoint = true;
        pthread_cond_signal(&store->keeper.wake);
    }
    pthread_mutex_unlock(&store->keeper.lock);
}

static bool keeper_stopping(struct store *store)
{
    pthread_mutex_lock(&store->keeper.lock);
    bool stop = store->keeper.stop;
    pthread_mutex_unlock(&store->keeper.lock);
    return stop;
}

static enum keelson_status chore_submit(struct store *store, struct request *chore)
{
    chore->deadline_ns = INT64_MAX;
    if (writer_do(store, chore) != KEELSON_OK)
        store->host->log(NULL, KEELSON_LOG_WARNING, "%s", chore->failure.message);
    return chore->failure.status;
}

static void wal_goal_set(struct store *store)
{
    struct connection *connection = &store->keeper.connection;
    int64_t part = connection_pragma(connection, "PRAGMA page_count") * DATABASE_PAGE_BYTES / WAL_PART;
    atomic_store(&store->keeper.wal_bytes_goal,
                 part > store->settings.wal_bytes ? part : store->settings.wal_bytes);
}

static enum keelson_status checkpoint_run(struct store *store)
{
    struct connection *connection = &store->keeper.connection;
    int code = SQLITE_OK;
    for (int pass = 0; pass < 2 && code == SQLITE_OK; pass++)
        code = sqlite3_wal_checkpoint_v2(connection->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    wal_goal_set(store);
    if (code != SQLITE_OK && code != SQLITE_BUSY) {
        struct failure failure;
        enum keelson_status status =
            failure_sqlite(&failure, connection, code, store->settings.path, "copying the write-ahead log");
        store->host->log(NULL, KEELSON_LOG_WARNING, "%s", failure.message);
        return status;
    }
    struct request rest = {.type = REQUEST_CHECKPOINT};
    return chore_submit(store, &rest);
}

/* Between the steps of a long job. */
static enum keelson_status checkpoint_if_due(struct store *store)
{
    pthread_mutex_lock(&store->keeper.lock);
    bool due = store->keeper.checkpoint;
    store->keeper.checkpoint = false;
    pthread_mutex_unlock(&store->keeper.lock);
    return due ? checkpoint_run(store) : KEELSON_OK;
}

/* Rows that the changes of one stretch of the log left behind. */
struct garbage {
    int64_t *ids;
    size_t count;
    int64_t end_revision; /* all garbage of changes up to here is in ids */
};

/* Looks at SCAN_ROWS rows after `dropped` at most, whole revisions, none after `compact`. */
static int garbage_find(struct store *store, int64_t dropped, int64_t compact, struct garbage *ret)
{
    struct connection *connection = &store->keeper.connection;
    sqlite3_stmt *statement = connection_statement(connection, STATEMENT_LOG_GARBAGE);
    if (!statement)
        return sqlite3_extended_errcode(connection->db);
    size_t rows = 0, whole = 0;
    int64_t revision = dropped;
    int code;
    sqlite3_bind_int64(statement, 1, ID_OF(dropped + 1));
    sqlite3_bind_int64(statement, 2, ID_END(compact));
    sqlite3_bind_int64(statement, 3, SCAN_ROWS);
    ret->count = 0;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(statement, 0), previous = sqlite3_column_int64(statement, 1);
        if (ID_REVISION(id) != revision) {
            whole = ret->count;
            ret->end_revision = revision;
            revision = ID_REVISION(id);
        }
        if (previous)
            ret->ids[ret->count++] = previous;
        if (sqlite3_column_int64(statement, 2) == 0)
            ret->ids[ret->count++] = id;
        rows++;
    }
    sqlite3_reset(statement);
    if (rows < SCAN_ROWS)
        ret->end_revision = compact;
    else
        ret->count = whole; /* the last revision may go on */
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int id_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* On a full disk the log may have no room for as much at once: then for half of it, once the log begins anew.
 */
static bool is_shortened(struct store *store, enum keelson_status status, size_t tried, size_t *limit)
{
    if (status != KEELSON_EXHAUSTED || tried <= 1)
        return false;
    *limit = tried / 2;
    return checkpoint_run(store) == KEELSON_OK;
}

/* Has the writer delete the rows. After a crash the whole stretch is gone through again. */
static enum keelson_status garbage_drop(struct store *store, struct garbage *garbage)
{
    enum keelson_status status = KEELSON_OK;
    qsort(garbage->ids, garbage->count, sizeof(garbage->ids[0]), id_compare); /* neighbours share pages */
    size_t at = 0, limit = SIZE_MAX;
    do {
        size_t left = garbage->count - at;
        struct request slice = {.type = REQUEST_DROP,
                                .ids = garbage->ids + at,
                                .count = left < limit ? left : limit,
                                .revision = left > limit ? 0 : garbage->end_revision};
        status = chore_submit(store, &slice);
        if (is_shortened(store, status, slice.count, &limit)) {
            status = KEELSON_OK;
            continue;
        }
        at += slice.count;
        if (status == KEELSON_OK)
            status = checkpoint_if_due(store);
    } while (status == KEELSON_OK && at < garbage->count && !keeper_stopping(store));
    if (status == KEELSON_OK && at == garbage->count)
        store->keeper.dropped_revision = garbage->end_revision;
    return status;
}

/* Gives the file system what compaction freed, but for a reserve. */
static enum keelson_status free_pages_return(struct store *store)
{
    struct connection *connection = &store->keeper.connection;
    int64_t kept = connection_pragma(connection, "PRAGMA page_count") / KEPT_PART;
    int64_t excess = connection_pragma(connection, "PRAGMA freelist_count");
    enum keelson_status status = KEELSON_OK;
    size_t pages = VACUUM_PAGES;
    excess -= kept > KEPT_PAGES ? kept : KEPT_PAGES;
    while (excess > 0 && status == KEELSON_OK && !keeper_stopping(store)) {
        struct request chore = {.type = REQUEST_VACUUM, .count = pages};
        status = chore_submit(store, &chore);
        if (is_shortened(store, status, pages, &pages)) {
            status = KEELSON_OK;
            continue;
        }
        excess -= (int64_t)pages;
        if (status == KEELSON_OK)
            status = checkpoint_if_due(store);
    }
    return status;
}

/* The database's file becomes shorter when the log is copied to its end. */
static enum keelson_status files_shrink(struct store *store)
{
    enum keelson_status status = free_pages_return(store);
    return status == KEELSON_OK ? checkpoint_run(store) : status;
}

static enum keelson_status compact_run(struct store *store)
{
    struct garbage garbage = {.ids = memory_new(2 * SCAN_ROWS * sizeof(int64_t))};
    enum keelson_status status = KEELSON_OK;
    while (status == KEELSON_OK && !keeper_stopping(store)) {
        pthread_rwlock_rdlock(&store->index_lock);
        int64_t compact = store->compact_revision;
        pthread_rwlock_unlock(&store->index_lock);
        if (store->keeper.dropped_revision >= compact)
            break;
        int code = garbage_find(store, store->keeper.dropped_revision, compact, &garbage);
        if (code == SQLITE_OK) {
            status = garbage_drop(store, &garbage);
        } else {
            struct failure failure;
            status = failure_sqlite(&failure, &store->keeper.connection, code, store->settings.path,
                                    "looking for garbage");
            store->host->log(NULL, KEELSON_LOG_WARNING, "%s", failure.message);
        }
    }
    free(garbage.ids);
    return status == KEELSON_OK ? files_shrink(store) : status;
}

/* Waits for work; after a failure (a full disk) for a second at least. */
static bool keeper_wait(struct store *store, bool failed, bool *ret_compact)
{
    struct keeper *keeper = &store->keeper;
    int64_t until_ns = clock_monotonic_ns() + RETRY_MS * INT64_C(1000000);
    struct timespec until = {.tv_sec = until_ns / 1000000000, .tv_nsec = until_ns % 1000000000};
    pthread_mutex_lock(&keeper->lock);
    while (failed && !keeper->stop && pthread_cond_timedwait(&keeper->wake, &keeper->lock, &until) == 0)
        continue;
    while (!keeper->stop && !keeper->checkpoint && !keeper->compact)
        pthread_cond_wait(&keeper->wake, &keeper->lock);
    *ret_compact = keeper->compact;
    keeper->compact = false; /* a compaction during the work asks for more work */
    bool stop = keeper->stop;
    pthread_mutex_unlock(&keeper->lock);
    return !stop;
}

static void *keeper_main(void *argument)
{
    struct store *store = argument;
    bool failed = false, compact;
    while (keeper_wait(store, failed, &compact)) {
        failed = checkpoint_if_due(store) != KEELSON_OK;
        if (compact && !failed)
            failed = compact_run(store) != KEELSON_OK;
        if (compact && failed)
            keeper_compact(store);
    }
    return NULL;
}

void keeper_init(struct keeper *keeper)
{
    pthread_condattr_t attributes;
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&keeper->wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

void keeper_done(struct keeper *keeper)
{
    pthread_cond_destroy(&keeper->wake);
    pthread_mutex_destroy(&keeper->lock);
}

enum keelson_status keeper_start(struct store *store, struct failure *failure)
{
    struct keeper *keeper = &store->keeper;
    enum keelson_status status = connection_open(&keeper->connection, store->settings.path,
                                                 store->settings.reader_cache_bytes, failure);
    if (status != KEELSON_OK)
        return status;
    if (keeper->dropped_revision < store->compact_revision) /* a crash interrupted it */
        keeper_compact(store);
    wal_goal_set(store);
    if (thread_start(&keeper->thread, keeper_main, store) == 0)
        return KEELSON_OK;
    connection_done(&keeper->connection);
    return failure_set(failure, KEELSON_FAILED, "%s: cannot start a thread", store->settings.path);
}

void keeper_stop(struct store *store)
{
    pthread_mutex_lock(&store->keeper.lock);
    store->keeper.stop = true;
    pthread_cond_signal(&store->keeper.wake);
    pthread_mutex_unlock(&store->keeper.lock);
    pthread_join(store->keeper.thread, NULL);
    connection_done(&store->keeper.connection);
}
