/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the writer does between two batches because the keeper or a compaction asks for it. Each is a
 * transaction of its own that is left to the operating system to sync: losing one in a power cut only means
 * doing it again.
 */
#include <stdio.h>

#include "plugins/store-sqlite/queue.h"
#include "plugins/store-sqlite/value.h"

#define DROP_NS        1000000 /* for deleting; writing the pages to the log takes about as long again */
#define WAL_KEPT_TIMES 2       /* of the length at which the write-ahead log is copied back */
#define DROP_ROWS      4       /* between two looks at the clock */

static int compact_record(struct store *store, struct request *chore)
{
    if (chore->revision <= store->compact_revision)
        return SQLITE_OK;
    int code = connection_meta_set(&store->writer.connection, "compact", chore->revision);
    if (code != SQLITE_OK)
        return code;
    pthread_rwlock_wrlock(&store->index_lock);
    store->compact_revision = chore->revision;
    pthread_rwlock_unlock(&store->index_lock);
    return SQLITE_OK;
}

static int row_delete(struct connection *connection, int64_t id)
{
    sqlite3_stmt *prepared = connection_statement(connection, STATEMENT_LOG_DELETE);
    if (!prepared)
        return sqlite3_extended_errcode(connection->db);
    sqlite3_bind_int64(prepared, 1, id);
    int code = connection_step(connection, STATEMENT_LOG_DELETE);
    return code == SQLITE_OK ? value_delete(connection, id) : code;
}

/* As many as go into the time that writers may be held up, and count says how many were tried; when the last
 * is gone, so is all garbage up to the chore's revision (0: more is to follow). The log's last row may go too
 * (a delete that is compacted), so the newest revision is noted beside. */
static int rows_drop(struct store *store, struct request *chore)
{
    struct connection *connection = &store->writer.connection;
    int64_t end_ns = clock_monotonic_ns() + DROP_NS;
    size_t done = 0;
    int code = connection_step(connection, STATEMENT_BEGIN_WRITE);
    do {
        for (int i = 0; i < DROP_ROWS && done < chore->count && code == SQLITE_OK; i++)
            code = row_delete(connection, chore->ids[done++]);
    } while (code == SQLITE_OK && done < chore->count && clock_monotonic_ns() < end_ns);
    if (code == SQLITE_OK && done == chore->count && chore->revision)
        code = connection_meta_set(connection, "dropped", chore->revision);
    if (code == SQLITE_OK)
        code = connection_meta_set(connection, "revision", store->revision);
    if (code == SQLITE_OK)
        code = connection_step(connection, STATEMENT_COMMIT);
    if (!sqlite3_get_autocommit(connection->db))
        connection_step(connection, STATEMENT_ROLLBACK);
    chore->count = done;
    return code;
}

static int vacuum(struct store *store, struct request *chore)
{
    char pragma[64];
    snprintf(pragma, sizeof(pragma), "PRAGMA incremental_vacuum(%zu)", chore->count);
    return sqlite3_exec(store->writer.connection.db, pragma, NULL, NULL, NULL);
}

/* The database becomes shorter here when pages were given back. The log's file stays as long as it is used,
 * but not as long as a reader once made it. */
static int checkpoint_finish(struct store *store, struct request *chore)
{
    sqlite3 *db = store->writer.connection.db;
    char pragma[64];
    snprintf(pragma, sizeof(pragma), "PRAGMA journal_size_limit=%lld",
             (long long)(WAL_KEPT_TIMES * atomic_load(&store->keeper.wal_bytes_goal)));
    int code = sqlite3_exec(db, pragma, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    store->writer.wal_unsigned = true;
    return code == SQLITE_BUSY ? SQLITE_OK : code;
}

static const struct {
    int (*run)(struct store *store, struct request *chore);
    const char *doing;
} chores[] = {
    [REQUEST_COMPACT] = {compact_record, "recording the compaction"},
    [REQUEST_DROP] = {rows_drop, "compacting"},
    [REQUEST_VACUUM] = {vacuum, "shrinking"},
    [REQUEST_CHECKPOINT] = {checkpoint_finish, "copying the write-ahead log"},
};

void chore_run(struct store *store, struct request *chore)
{
    chore->failure.status = KEELSON_OK;
    int code = connection_durable(&store->writer.connection, 0);
    if (code == SQLITE_OK)
        code = chores[chore->type].run(store, chore);
    if (code != SQLITE_OK)
        failure_sqlite(&chore->failure, &store->writer.connection, code, store->settings.path,
                       chores[chore->type].doing);
}
