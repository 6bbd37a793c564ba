/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start-up: reads the log once, in order, and has the newest state of every key in memory. Nothing is
 * written: a store opens on a full disk too, for reading.
 *
 * The daemon will read all values next, in the order of their keys, which is none of the file's. On a disk
 * that has to seek that took a minute for 390 MB; so the system is asked to read the file beforehand, from
 * front to back.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "plugins/store-sqlite/memory.h"
#include "plugins/store-sqlite/store.h"

#define READ_AHEAD_BYTES (INT64_C(1) << 30)

/* Changes when the machine starts; 0 when unknown, which counts as a reboot each time. */
static int64_t boot_read(void)
{
    unsigned long long high = 0, low = 0;
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (!file)
        return 0;
    if (fscanf(file, "%8llx-%4llx", &high, &low) != 2)
        high = low = 0;
    fclose(file);
    return (int64_t)(high << 16 | low);
}

static void file_read_ahead(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    posix_fadvise(fd, 0, READ_AHEAD_BYTES, POSIX_FADV_WILLNEED);
    close(fd);
}

static void entry_unload(struct store *store, struct entry *entry)
{
    if (entry)
        expiry_remove(&store->expiry, entry);
    free(entry);
}

static void row_load(struct store *store, sqlite3_stmt *statement)
{
    struct keelson_bytes key = column_bytes(statement, LOG_KEY);
    int64_t version = sqlite3_column_int64(statement, LOG_VERSION);
    if (version == 0) {
        entry_unload(store, index_remove(&store->index, key));
        return;
    }
    struct entry *entry = entry_new(key);
    int64_t expires_ms = sqlite3_column_int64(statement, LOG_EXPIRES_MS);
    entry->id = sqlite3_column_int64(statement, LOG_ID);
    entry->create_revision = sqlite3_column_int64(statement, LOG_CREATE_REVISION);
    entry->version = (uint32_t)version;
    entry->value_size = (uint32_t)sqlite3_column_int64(statement, LOG_SIZE);
    entry_unload(store, index_put(&store->index, entry));
    if (expires_ms)
        expiry_add(&store->expiry, entry, expires_ms);
}

static int log_load(struct store *store, int64_t *ret_last_id, bool *ret_damaged)
{
    struct connection *connection = &store->writer.connection;
    sqlite3_stmt *statement = connection_statement(connection, STATEMENT_LOG_RANGE);
    int code;
    if (!statement)
        return sqlite3_extended_errcode(connection->db);
    sqlite3_bind_int64(statement, 1, 0);
    sqlite3_bind_int64(statement, 2, INT64_MAX);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && !*ret_damaged) {
        *ret_last_id = sqlite3_column_int64(statement, LOG_ID);
        *ret_damaged = column_bytes(statement, LOG_KEY).size > STORE_KEY_BYTES_MAX;
        if (!*ret_damaged)
            row_load(store, statement);
    }
    sqlite3_reset(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

struct numbers {
    int64_t revision, compact, dropped, reserved, boot, clean;
};

static int numbers_load(struct connection *connection, struct numbers *ret)
{
    const struct {
        const char *name;
        int64_t *value;
    } rows[] = {{"revision", &ret->revision}, {"compact", &ret->compact}, {"dropped", &ret->dropped},
                {"reserved", &ret->reserved}, {"boot", &ret->boot},       {"clean", &ret->clean}};
    int code = SQLITE_OK;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && code == SQLITE_OK; i++)
        code = connection_meta_get(connection, rows[i].name, rows[i].value);
    return code;
}

enum keelson_status store_load(struct store *store, struct failure *failure)
{
    struct numbers numbers = {.revision = 1, .clean = 1};
    int64_t last_id = 0;
    bool damaged = false;
    file_read_ahead(store->settings.path);
    int code = numbers_load(&store->writer.connection, &numbers);
    if (code == SQLITE_OK)
        code = log_load(store, &last_id, &damaged);
    if (code != SQLITE_OK)
        return failure_sqlite(failure, &store->writer.connection, code, store->settings.path,
                              "reading the log");
    store->revision = ID_REVISION(last_id) > numbers.revision ? ID_REVISION(last_id) : numbers.revision;
    if (damaged || numbers.compact > store->revision || numbers.dropped > numbers.compact)
        return failure_set(failure, KEELSON_CORRUPT, "%s: is damaged: its log contradicts itself",
                           store->settings.path);
    store->boot = boot_read();
    if (!numbers.clean && (numbers.boot != store->boot || store->boot == 0) &&
        numbers.reserved > store->revision) {
        store->host->log(NULL, KEELSON_LOG_WARNING,
                         "%s: was not closed before the machine went down; revisions go on at %lld",
                         store->settings.path, (long long)numbers.reserved);
        store->revision = numbers.reserved;
    }
    store->compact_revision = numbers.compact;
    store->keeper.dropped_revision = numbers.dropped;
    store->delivered_revision = store->revision;
    return KEELSON_OK;
}
