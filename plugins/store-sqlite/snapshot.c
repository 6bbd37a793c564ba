/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copy of the database as of one moment, packed, while writers go on. It is marked as not closed and of no
 * boot, so that a store opened from it goes on with revisions that the original has not used when the copy
 * was made, nor for a good while after.
 *
 * While it is read, SQLite cannot begin its write-ahead log anew, which therefore grows by all that is
 * written. A copy that takes so long that the log becomes longer than the database is given up (or LOG_TIMES
 * the length at which it is copied back otherwise, if that is more), before it fills the disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/store-sqlite/store.h"

#define SNAPSHOT_CACHE_BYTES (1 << 20)
#define INSTRUCTIONS         1000 /* of SQLite's, between two looks whether to go on */
#define LOG_TIMES            256

struct snapshot {
    struct store *store;
    const struct keelson_call *call;
    const char *path;
    bool log_too_long;
};

/* SQLite asks now and then while it copies. */
static int copy_stopped(void *argument)
{
    struct snapshot *snapshot = argument;
    const struct settings *settings = &snapshot->store->settings;
    int64_t log_bytes = database_bytes(settings->path, "-wal");
    snapshot->log_too_long =
        log_bytes > LOG_TIMES * settings->wal_bytes && log_bytes > database_bytes(settings->path, "");
    return snapshot->log_too_long || snapshot->store->host->cancelled(snapshot->call);
}

static int copy(struct connection *source, struct snapshot *snapshot)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_progress_handler(source->db, INSTRUCTIONS, copy_stopped, snapshot);
    int code = sqlite3_prepare_v2(source->db, "VACUUM INTO ?1", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(statement, 1, snapshot->path, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Not closed and of no boot, if revisions were handed out at all; another database than the original. */
static int mark(struct connection *snapshot)
{
    int code = sqlite3_exec(snapshot->db,
                            "PRAGMA synchronous=FULL;BEGIN;UPDATE meta SET number=0 WHERE name='clean';"
                            "UPDATE meta SET number=0 WHERE name='boot'",
                            NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = connection_identify(snapshot);
    return code == SQLITE_OK ? connection_step(snapshot, STATEMENT_COMMIT) : code;
}

/* The name must survive a crash too. */
static void directory_sync(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(directory);
}

static enum keelson_status source_copy(struct snapshot *snapshot, struct failure *failure)
{
    struct connection source;
    enum keelson_status status =
        connection_open(&source, snapshot->store->settings.path, SNAPSHOT_CACHE_BYTES, failure);
    if (status != KEELSON_OK)
        return status;
    int code = copy(&source, snapshot);
    if (code == SQLITE_INTERRUPT && snapshot->log_too_long)
        status = failure_set(failure, KEELSON_UNAVAILABLE,
                             "%s-wal: grew too long while the copy was made: try again when less is written",
                             snapshot->store->settings.path);
    else if (code == SQLITE_INTERRUPT)
        status = failure_set(failure, KEELSON_CANCELLED, "cancelled");
    else if (code != SQLITE_OK)
        status = failure_sqlite(failure, &source, code, snapshot->path, "writing the snapshot");
    connection_done(&source);
    return status;
}

static enum keelson_status snapshot_write(struct snapshot *snapshot, struct failure *failure)
{
    struct connection copied;
    enum keelson_status status = source_copy(snapshot, failure);
    if (status == KEELSON_OK)
        status = connection_open(&copied, snapshot->path, SNAPSHOT_CACHE_BYTES, failure);
    if (status != KEELSON_OK)
        return status;
    int code = mark(&copied);
    if (code != SQLITE_OK)
        status = failure_sqlite(failure, &copied, code, snapshot->path, "writing the snapshot");
    connection_done(&copied);
    return status;
}

enum keelson_status store_snapshot(void *instance, const struct keelson_call *call, const char *path)
{
    struct store *store = instance;
    struct snapshot snapshot = {.store = store, .call = call, .path = path};
    struct failure failure;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return store->host->fail(call, KEELSON_ALREADY_EXISTS, "%s: already exists", path);
    if (fd < 0)
        return store->host->fail(call, errno == ENOSPC ? KEELSON_EXHAUSTED : KEELSON_FAILED, "%s: %s", path,
                                 strerror(errno));
    close(fd);
    enum keelson_status status = snapshot_write(&snapshot, &failure);
    if (status != KEELSON_OK) {
        unlink(path);
        return store->host->fail(call, status, "%s", failure.message);
    }
    directory_sync(path);
    return KEELSON_OK;
}
