/* SPDX-License-Identifier: Apache-2.0 */
/* Connections, schema and statements; database.h explains the schema. */
#include "plugins/store-sqlite/database.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const statement_text[STATEMENT_COUNT] = {
    [STATEMENT_BEGIN_READ] = "BEGIN",
    [STATEMENT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_LOG_INSERT] = "INSERT INTO log VALUES(?1,?2,?3,?4,?5,?6,?7)",
    [STATEMENT_LOG_DELETE] = "DELETE FROM log WHERE id=?1",
    [STATEMENT_LOG_RANGE] = "SELECT * FROM log WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
    [STATEMENT_LOG_GARBAGE] =
        "SELECT id,previous,version FROM log WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3",
    [STATEMENT_LOG_LAST] = "SELECT max(id) FROM log",
    [STATEMENT_ROW] = "SELECT * FROM log WHERE id=?1",
    [STATEMENT_VALUE_INSERT] = "INSERT INTO value VALUES(?1,?2)",
    [STATEMENT_VALUE_DELETE] = "DELETE FROM value WHERE key BETWEEN ?1 AND ?2",
    [STATEMENT_VALUE] = "SELECT data FROM value WHERE key BETWEEN ?1 AND ?2 ORDER BY key",
    [STATEMENT_META_GET] = "SELECT number FROM meta WHERE name=?1",
    [STATEMENT_META_SET] = "INSERT OR REPLACE INTO meta VALUES(?1,?2)",
    [STATEMENT_PAGE_COUNT] = "PRAGMA page_count",
};

#define TEXT2(x) #x
#define TEXT(x)  TEXT2(x)
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE meta(name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE log(id INTEGER PRIMARY KEY, key BLOB NOT NULL, previous INTEGER NOT NULL,"
    " create_revision INTEGER NOT NULL, version INTEGER NOT NULL, expires_ms INTEGER NOT NULL,"
    " size INTEGER NOT NULL);"
    "CREATE TABLE value(key INTEGER PRIMARY KEY, data BLOB NOT NULL);"
    "PRAGMA application_id=" TEXT(DATABASE_APPLICATION_ID);

enum keelson_status failure_set(struct failure *failure, enum keelson_status status, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(failure->message, sizeof(failure->message), fmt, args);
    va_end(args);
    failure->status = status;
    return status;
}

static int is_no_space(int code, int system_errno)
{
    return (code & 0xff) == SQLITE_FULL ||
           ((code & 0xff) == SQLITE_IOERR &&
            (system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG));
}

static enum keelson_status status_of(int code, int system_errno)
{
    if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
        return KEELSON_UNAVAILABLE;
    if (is_no_space(code, system_errno))
        return KEELSON_EXHAUSTED;
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return KEELSON_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return KEELSON_UNAVAILABLE;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return KEELSON_DENIED;
    default:
        return KEELSON_FAILED;
    }
}

enum keelson_status failure_sqlite(struct failure *failure, const struct connection *connection, int code,
                                   const char *path, const char *doing)
{
    int system_errno = connection->db ? sqlite3_system_errno(connection->db) : 0;
    enum keelson_status status = status_of(code, system_errno);
    const char *cause = status == KEELSON_EXHAUSTED ? "no space left" : sqlite3_errstr(code);
    int is_io = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
    return failure_set(failure, status, "%s: %s: %s%s%s", path, doing, cause,
                       is_io && system_errno ? ": " : "",
                       is_io && system_errno ? strerror(system_errno) : "");
}

enum keelson_status connection_open(struct connection *connection, const char *path, int64_t cache_bytes,
                                    struct failure *failure)
{
    char pragmas[256];
    memset(connection, 0, sizeof(*connection));
    int code = sqlite3_open_v2(path, &connection->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        sqlite3_extended_result_codes(connection->db, 1);
        sqlite3_busy_timeout(connection->db, CONNECTION_BUSY_MS);
        snprintf(pragmas, sizeof(pragmas),
                 "PRAGMA synchronous=NORMAL;PRAGMA wal_autocheckpoint=0;PRAGMA secure_delete=OFF;"
                 "PRAGMA temp_store=MEMORY;PRAGMA cache_size=-%lld",
                 (long long)(cache_bytes / 1024));
        code = sqlite3_exec(connection->db, pragmas, NULL, NULL, NULL);
    }
    if (code == SQLITE_OK)
        return KEELSON_OK;
    enum keelson_status status = failure_sqlite(failure, connection, code, path, "opening the database");
    connection_done(connection);
    return status;
}

void connection_done(struct connection *connection)
{
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(connection->statements[i]);
    sqlite3_close(connection->db);
    free(connection->value);
    memset(connection, 0, sizeof(*connection));
}

sqlite3_stmt *connection_statement(struct connection *connection, enum statement statement)
{
    sqlite3_stmt **prepared = &connection->statements[statement];
    if (!*prepared && sqlite3_prepare_v3(connection->db, statement_text[statement], -1,
                                         SQLITE_PREPARE_PERSISTENT, prepared, NULL) != SQLITE_OK)
        return NULL;
    return *prepared;
}

int connection_step(struct connection *connection, enum statement statement)
{
    sqlite3_stmt *prepared = connection_statement(connection, statement);
    if (!prepared)
        return sqlite3_extended_errcode(connection->db);
    int code = sqlite3_step(prepared);
    sqlite3_reset(prepared);
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

int connection_durable(struct connection *connection, int durable)
{
    if (connection->durable == durable)
        return SQLITE_OK;
    int code = sqlite3_exec(connection->db, durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
                            NULL, NULL, NULL);
    if (code == SQLITE_OK)
        connection->durable = durable;
    return code;
}

int64_t connection_owed_bytes(struct connection *connection)
{
    sqlite3_stmt *statement = connection_statement(connection, STATEMENT_PAGE_COUNT);
    sqlite3_file *file = NULL;
    sqlite3_int64 will_have = 0, has = 0;
    if (!statement)
        return 0;
    if (sqlite3_step(statement) == SQLITE_ROW)
        will_have = sqlite3_column_int64(statement, 0) * DATABASE_PAGE_BYTES;
    sqlite3_reset(statement);
    if (sqlite3_file_control(connection->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
        file->pMethods->xFileSize(file, &has) != SQLITE_OK || will_have <= has)
        return 0;
    return will_have - has;
}

int connection_meta_get(struct connection *connection, const char *name, int64_t *ret)
{
    sqlite3_stmt *statement = connection_statement(connection, STATEMENT_META_GET);
    if (!statement)
        return sqlite3_extended_errcode(connection->db);
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *ret = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

int connection_meta_set(struct connection *connection, const char *name, int64_t value)
{
    sqlite3_stmt *statement = connection_statement(connection, STATEMENT_META_SET);
    if (!statement)
        return sqlite3_extended_errcode(connection->db);
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, value);
    return connection_step(connection, STATEMENT_META_SET);
}

struct keelson_bytes column_bytes(sqlite3_stmt *statement, int column)
{
    const void *data = sqlite3_column_blob(statement, column);
    return (struct keelson_bytes){data, (size_t)sqlite3_column_bytes(statement, column)};
}

static int pragma_read(struct connection *connection, const char *pragma, int64_t *ret)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(connection->db, pragma, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *ret = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? SQLITE_OK : code;
}

static int user_version_set(struct connection *connection, int64_t version)
{
    char pragma[64];
    snprintf(pragma, sizeof(pragma), "PRAGMA user_version=%lld", (long long)version);
    return sqlite3_exec(connection->db, pragma, NULL, NULL, NULL);
}

int connection_identify(struct connection *connection)
{
    unsigned identity;
    sqlite3_randomness(sizeof(identity), &identity);
    return user_version_set(connection, (identity & DATABASE_IDENTITY_MASK) | DATABASE_FORMAT);
}

int connection_identity_repeat(struct connection *connection)
{
    int64_t version = 0;
    int code = pragma_read(connection, "PRAGMA user_version", &version);
    return code == SQLITE_OK ? user_version_set(connection, version) : code;
}

static int schema_create(struct connection *connection)
{
    /* auto_vacuum and page size must be set before the first page is written, WAL mode before the first
     * transaction. */
    int code =
        sqlite3_exec(connection->db,
                     "PRAGMA page_size=" TEXT(
                         DATABASE_PAGE_BYTES) ";PRAGMA auto_vacuum=INCREMENTAL;PRAGMA journal_mode=WAL",
                     NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(connection->db, schema, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = connection_identify(connection);
    return code == SQLITE_OK ? connection_step(connection, STATEMENT_COMMIT) : code;
}

int64_t connection_pragma(struct connection *connection, const char *pragma)
{
    int64_t value = 0;
    pragma_read(connection, pragma, &value);
    return value;
}

int64_t database_bytes(const char *path, const char *suffix)
{
    char name[4096];
    struct stat st;
    snprintf(name, sizeof(name), "%s%s", path, suffix);
    return stat(name, &st) == 0 ? (int64_t)st.st_size : 0;
}

enum keelson_status database_create(struct connection *connection, const char *path, struct failure *failure)
{
    int64_t application = 0, format = 0, schema_version = 0;
    int code = pragma_read(connection, "PRAGMA application_id", &application);
    if (code == SQLITE_OK)
        code = pragma_read(connection, "PRAGMA user_version", &format);
    if (code == SQLITE_OK)
        code = pragma_read(connection, "PRAGMA schema_version", &schema_version);
    if (code == SQLITE_OK && application == 0 && schema_version == 0)
        code = schema_create(connection);
    else if (code == SQLITE_OK && application != DATABASE_APPLICATION_ID)
        return failure_set(failure, KEELSON_INVALID, "%s: is an SQLite database of another program", path);
    else if (code == SQLITE_OK && (format & 0xff) != DATABASE_FORMAT)
        return failure_set(failure, KEELSON_INVALID, "%s: has format %lld; this version reads format %d",
                           path, (long long)format & 0xff, DATABASE_FORMAT);
    else if (code == SQLITE_OK) /* a snapshot comes in rollback-journal mode */
        code = sqlite3_exec(connection->db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
    return code == SQLITE_OK ? KEELSON_OK
                             : failure_sqlite(failure, connection, code, path, "preparing the database");
}
