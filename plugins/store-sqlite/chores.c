/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the writer does between two batches because the keeper or a compaction asks for it. Each is a
 * transaction of its own that is left to the operating system to sync: losing one in a power cut only means
 * doing it again.
 */
#include <stdio.h>

#include "plugins/store-sqlite/queue.h"

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

static int row_delete(struct connection *connection, enum statement statement, int64_t id)
{
    sqlite3_stmt *prepared = connection_statement(connection, statement);
    if (!prepared)
        return sqlite3_extended_errcode(connection->db);
    sqlite3_bind_int64(prepared, 1, id);
    return connection_step(connection, statement);
}

/* The log's last row may go too (a delete that is compacted), so the newest revision is noted beside. */
static int rows_drop(struct store *store, struct request *chore)
{
    struct connection *connection = &store->writer.connection;
    int code = connection_step(connection, STATEMENT_BEGIN_WRITE);
    for (size_t i = 0; i < chore->count && code == SQLITE_OK; i++) {
        code = row_delete(connection, STATEMENT_LOG_DELETE, chore->ids[i]);
        if (code == SQLITE_OK)
            code = row_delete(connection, STATEMENT_VALUE_DELETE, chore->ids[i]);
    }
    if (code == SQLITE_OK)
        code = connection_meta_set(connection, "dropped", chore->revision);
    if (code == SQLITE_OK)
        code = connection_meta_set(connection, "revision", store->revision);
    if (code == SQLITE_OK)
        code = connection_step(connection, STATEMENT_COMMIT);
    if (!sqlite3_get_autocommit(connection->db))
        connection_step(connection, STATEMENT_ROLLBACK);
    return code;
}

static int vacuum(struct store *store, struct request *chore)
{
    char pragma[64];
    snprintf(pragma, sizeof(pragma), "PRAGMA incremental_vacuum(%zu)", chore->count);
    return sqlite3_exec(store->writer.connection.db, pragma, NULL, NULL, NULL);
}

static int checkpoint_finish(struct store *store, struct request *chore)
{
    int code =
        sqlite3_wal_checkpoint_v2(store->writer.connection.db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return code == SQLITE_BUSY ? SQLITE_OK : code;
}

/* Needs a moment without readers. If there is none, the next compaction tries again. */
static int wal_truncate(struct store *store, struct request *chore)
{
    sqlite3 *db = store->writer.connection.db;
    sqlite3_busy_timeout(db, 0);
    int code = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(db, CONNECTION_BUSY_MS);
    return code == SQLITE_BUSY ? SQLITE_OK : code;
}

static const struct {
    int (*run)(struct store *store, struct request *chore);
    const char *doing;
} chores[] = {
    [REQUEST_COMPACT] = {compact_record, "recording the compaction"},
    [REQUEST_DROP] = {rows_drop, "compacting"},
    [REQUEST_VACUUM] = {vacuum, "shrinking"},
    [REQUEST_TRUNCATE] = {wal_truncate, "shrinking the write-ahead log"},
    [REQUEST_CHECKPOINT] = {checkpoint_finish, "copying the write-ahead log"},
};

void chore_run(struct store *store, struct request *chore)
{
    int64_t start_ns = clock_monotonic_ns();
    chore->failure.status = KEELSON_OK;
    int code = connection_durable(&store->writer.connection, 0);
    if (code == SQLITE_OK)
        code = chores[chore->type].run(store, chore);
    if (code != SQLITE_OK)
        failure_sqlite(&chore->failure, &store->writer.connection, code, store->settings.path,
                       chores[chore->type].doing);
    chore->took_ns = clock_monotonic_ns() - start_ns;
}
