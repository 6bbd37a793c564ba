/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database file and connections to it.
 *
 * Schema. `log` is the history, one small row for each change of a key, appended in order of revision;
 * `value` holds the bytes of each put (value.h). Both grow at their end only, so that a batch of puts
 * touches few pages, and a scan of the history (a restart, a read at an old revision) does not page through
 * values. There is no index on key: the newest state is found through the index in memory, older ones through
 * `previous`, the id of the row that a change superseded (0: the key was absent). version 0 marks a delete.
 * `meta` holds a few numbers.
 *
 * A connection belongs to one thread at a time. Functions return SQLite result codes unless said.
 */
#ifndef STORE_SQLITE_DATABASE_H
#define STORE_SQLITE_DATABASE_H

#include <keelson/plugin.h>
#include <sqlite3.h>

#define DATABASE_APPLICATION_ID 0x4b454c53 /* "KELS" */
#define DATABASE_FORMAT         2          /* the low byte of user_version; above it a number by chance: */
#define DATABASE_IDENTITY_MASK  0x7fffff00 /* by it we know which write-ahead log belongs to which file */
/* Of all files. Objects of a kilobyte or two leave a tenth of such a page unused, of SQLite's usual 4 KiB a
 * quarter. */
#define DATABASE_PAGE_BYTES 8192

#define CONNECTION_BUSY_MS                                                                                   \
    2000 /* for the moments in which SQLite's own locks are held by another of our threads */

enum statement {
    STATEMENT_BEGIN_READ,
    STATEMENT_BEGIN_WRITE,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_LOG_INSERT,
    STATEMENT_LOG_DELETE,
    STATEMENT_LOG_RANGE,   /* ids in [?1, ?2], in order */
    STATEMENT_LOG_GARBAGE, /* the same, what compaction needs to know, ?3 rows */
    STATEMENT_LOG_LAST,
    STATEMENT_ROW,
    STATEMENT_VALUE_INSERT,
    STATEMENT_VALUE_DELETE, /* keys in [?1, ?2] */
    STATEMENT_VALUE,        /* the same, in order */
    STATEMENT_META_GET,
    STATEMENT_META_SET,
    STATEMENT_PAGE_COUNT,
    STATEMENT_COUNT
};

/* Columns of STATEMENT_LOG_RANGE and STATEMENT_ROW. */
enum log_column { LOG_ID, LOG_KEY, LOG_PREVIOUS, LOG_CREATE_REVISION, LOG_VERSION, LOG_EXPIRES_MS, LOG_SIZE };

struct connection {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    struct connection *next; /* in the pool */
    int durable;             /* the current synchronous level: 1 FULL, 0 NORMAL */
    char *value;             /* what value_read gave last */
    size_t value_capacity;
};

/* What went wrong, in words. */
struct failure {
    enum keelson_status status;
    char message[400];
};
enum keelson_status failure_set(struct failure *failure, enum keelson_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* From a result code of SQLite; `doing` says what failed: "reading a value". */
enum keelson_status failure_sqlite(struct failure *failure, const struct connection *connection, int code,
                                   const char *path, const char *doing);

/* Refuses files that are not a store's or that are cut short, and another database's write-ahead log, before
 * SQLite touches them. An absent or empty file is fine. */
enum keelson_status database_check(const char *path, struct failure *failure);
/* Makes file (0600) and schema where they are missing, else checks them. */
enum keelson_status database_create(struct connection *connection, const char *path, struct failure *failure);

/* The length of the database ("") or its log ("-wal"); 0 when it is not there. [any thread] */
int64_t database_bytes(const char *path, const char *suffix);

enum keelson_status connection_open(struct connection *connection, const char *path, int64_t cache_bytes,
                                    struct failure *failure);
void connection_done(struct connection *connection);
/* Prepared when first used. NULL if that fails. */
sqlite3_stmt *connection_statement(struct connection *connection, enum statement statement);
/* Runs a statement without results. */
int connection_step(struct connection *connection, enum statement statement);
/* 1: commits are synced; 0: they are left to the operating system, but never torn nor reordered. */
int connection_durable(struct connection *connection, int durable);
/* By how much the database's file will be longer when the log has been copied into it; 0: it is known not to
 * be, or it cannot be told. */
int64_t connection_owed_bytes(struct connection *connection);
int connection_meta_get(struct connection *connection, const char *name, int64_t *ret);
int connection_meta_set(struct connection *connection, const char *name, int64_t value);
/* Gives the database format and a new identity. Within a transaction, as the next. */
int connection_identify(struct connection *connection);
/* Writes what is there once more, so that the write-ahead log has it. */
int connection_identity_repeat(struct connection *connection);
/* The number that a PRAGMA answers; 0 when it fails. */
int64_t connection_pragma(struct connection *connection, const char *pragma);
struct keelson_bytes column_bytes(sqlite3_stmt *statement, int column);

#endif
