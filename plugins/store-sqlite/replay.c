/* SPDX-License-Identifier: Apache-2.0 */
/* Reads changes back from the log; replay.h. */
#include "plugins/store-sqlite/replay.h"

#include "plugins/store-sqlite/memory.h"
#include "plugins/store-sqlite/value.h"

#define SLICE_EVENTS 256
#define SLICE_BYTES  (1 << 20)
#define SLICE_ROWS   20000

void replay_done(struct replay *replay)
{
    free(replay->events);
    free(replay->bytes);
}

/* Returns the offset: the buffer may still move. */
static size_t bytes_add(struct replay *replay, struct keelson_bytes bytes)
{
    size_t at = replay->bytes_size;
    replay->bytes = memory_grow(replay->bytes, &replay->bytes_capacity, at + bytes.size + 1, 1);
    if (bytes.size > 0)
        memcpy(replay->bytes + at, bytes.data, bytes.size);
    replay->bytes_size += bytes.size;
    return at;
}

static void offsets_resolve(struct replay *replay)
{
    for (size_t i = 0; i < replay->count; i++) {
        struct keelson_kv *kv = &replay->events[i];
        kv->key.data = replay->bytes + (size_t)kv->key.data;
        kv->value.data = replay->bytes + (size_t)kv->value.data;
    }
}

static struct keelson_kv *event_add(struct replay *replay)
{
    replay->events =
        memory_grow(replay->events, &replay->capacity, replay->count + 1, sizeof(*replay->events));
    struct keelson_kv *event = &replay->events[replay->count++];
    memset(event, 0, sizeof(*event));
    event->size = sizeof(*event);
    return event;
}

/* SQLITE_DONE: the value is gone, so history was compacted meanwhile. */
static int value_add(struct replay *replay, struct connection *reader, int64_t id, size_t size,
                     struct keelson_kv *kv)
{
    struct keelson_bytes value;
    int code = value_read(reader, id, size, &value);
    if (code == SQLITE_OK)
        kv->value = (struct keelson_bytes){(const char *)bytes_add(replay, value), value.size};
    return code;
}

static int row_add(struct replay *replay, const struct store *store, struct connection *reader,
                   sqlite3_stmt *row)
{
    struct keelson_bytes key = column_bytes(row, LOG_KEY);
    int64_t id = sqlite3_column_int64(row, LOG_ID), expires_ms = sqlite3_column_int64(row, LOG_EXPIRES_MS);
    struct keelson_kv *event = event_add(replay);
    event->key = (struct keelson_bytes){(const char *)bytes_add(replay, key), key.size};
    event->value.data = (const char *)replay->bytes_size;
    event->create_revision = sqlite3_column_int64(row, LOG_CREATE_REVISION);
    event->mod_revision = ID_REVISION(id);
    event->version = sqlite3_column_int64(row, LOG_VERSION);
    event->lease_ttl_s = store_seconds_left(store, expires_ms);
    if (event->version == 0)
        return SQLITE_OK;
    return value_add(replay, reader, id, (size_t)sqlite3_column_int64(row, LOG_SIZE), event);
}

static bool slice_is_full(const struct replay *replay, size_t rows)
{
    return replay->count >= SLICE_EVENTS || replay->bytes_size >= SLICE_BYTES || rows >= SLICE_ROWS;
}

static int rows_read(struct replay *replay, const struct store *store, struct connection *reader,
                     struct keelson_bytes from, struct keelson_bytes to, int64_t end)
{
    sqlite3_stmt *statement = connection_statement(reader, STATEMENT_LOG_RANGE);
    int64_t revision = replay->position;
    size_t rows = 0;
    int code;
    if (!statement)
        return sqlite3_extended_errcode(reader->db);
    sqlite3_bind_int64(statement, 1, ID_OF(replay->position + 1));
    sqlite3_bind_int64(statement, 2, ID_END(end));
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        int64_t row_revision = ID_REVISION(sqlite3_column_int64(statement, LOG_ID));
        if (row_revision != revision && slice_is_full(replay, rows))
            break;
        revision = row_revision;
        rows++;
        if (!bytes_in_range(column_bytes(statement, LOG_KEY), from, to))
            continue;
        code = row_add(replay, store, reader, statement);
        if (code != SQLITE_OK)
            break;
    }
    sqlite3_reset(statement);
    if (code == SQLITE_ROW)
        replay->position = revision;
    else if (code == SQLITE_DONE)
        replay->position = end;
    return code;
}

enum keelson_status replay_slice(struct replay *replay, struct store *store, struct connection *reader,
                                 struct keelson_bytes from, struct keelson_bytes to, int64_t end,
                                 struct failure *failure)
{
    int64_t begin = replay->position;
    replay->count = 0;
    replay->bytes_size = 0;
    int code = rows_read(replay, store, reader, from, to, end);
    /* Rows are dropped after the compact revision was published, so if it is still not beyond us nothing was
     * missing. */
    pthread_rwlock_rdlock(&store->index_lock);
    int64_t compact = store->compact_revision;
    pthread_rwlock_unlock(&store->index_lock);
    if (begin < compact)
        return failure_set(failure, KEELSON_COMPACTED,
                           "changes after revision %lld are gone; history begins at %lld", (long long)begin,
                           (long long)compact);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return failure_sqlite(failure, reader, code, store->settings.path, "reading the log");
    offsets_resolve(replay);
    return KEELSON_OK;
}
