/* SPDX-License-Identifier: Apache-2.0 */
/* Values in parts; value.h says why. A part's key is the change's id and the part's number. */
#include "plugins/store-sqlite/value.h"

#include "plugins/store-sqlite/memory.h"

#define PART_BITS       3
#define PARTS_MAX       (1 << PART_BITS)
#define PART_BYTES      (DATABASE_PAGE_BYTES / 4 - 24) /* four rows and what SQLite adds to each fill a page */
#define BUFFER_BYTES    (64 << 10)                     /* a longer one is not kept */
#define VALUE_BYTES_MAX (512u << 20) /* longer than any setting allows: the log is damaged */
#define FIRST_KEY(id)   ((id) << PART_BITS)
#define LAST_KEY(id)    (FIRST_KEY(id) | (PARTS_MAX - 1))

/* Of all parts but the last, which has what is left. */
static size_t part_bytes(size_t size)
{
    size_t parts = (size + PART_BYTES - 1) / PART_BYTES;
    return parts > PARTS_MAX ? PART_BYTES : parts > 1 ? (size + parts - 1) / parts : size;
}

int value_insert(struct connection *connection, int64_t id, struct keelson_bytes value)
{
    sqlite3_stmt *statement = connection_statement(connection, STATEMENT_VALUE_INSERT);
    if (!statement)
        return sqlite3_extended_errcode(connection->db);
    size_t part_size = part_bytes(value.size);
    int part = 0, code;
    do {
        size_t size = part == PARTS_MAX - 1 || value.size < part_size ? value.size : part_size;
        sqlite3_bind_int64(statement, 1, FIRST_KEY(id) | part++);
        sqlite3_bind_blob(statement, 2, size ? value.data : "", (int)size, SQLITE_STATIC);
        code = connection_step(connection, STATEMENT_VALUE_INSERT);
        value.data += size;
        value.size -= size;
    } while (code == SQLITE_OK && value.size > 0);
    return code;
}

int value_delete(struct connection *connection, int64_t id)
{
    sqlite3_stmt *statement = connection_statement(connection, STATEMENT_VALUE_DELETE);
    if (!statement)
        return sqlite3_extended_errcode(connection->db);
    sqlite3_bind_int64(statement, 1, FIRST_KEY(id));
    sqlite3_bind_int64(statement, 2, LAST_KEY(id));
    return connection_step(connection, STATEMENT_VALUE_DELETE);
}

static void buffer_fit(struct connection *connection, size_t size)
{
    if (connection->value_capacity > BUFFER_BYTES && size <= BUFFER_BYTES) {
        free(connection->value);
        connection->value = NULL;
        connection->value_capacity = 0;
    }
    connection->value = memory_grow(connection->value, &connection->value_capacity, size + 1, 1);
}

int value_read(struct connection *connection, int64_t id, size_t size, struct keelson_bytes *ret)
{
    sqlite3_stmt *statement = connection_statement(connection, STATEMENT_VALUE);
    size_t at = 0;
    int parts = 0, code;
    if (!statement)
        return sqlite3_extended_errcode(connection->db);
    if (size > VALUE_BYTES_MAX)
        return SQLITE_CORRUPT;
    buffer_fit(connection, size);
    sqlite3_bind_int64(statement, 1, FIRST_KEY(id));
    sqlite3_bind_int64(statement, 2, LAST_KEY(id));
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct keelson_bytes part = column_bytes(statement, 0);
        if (part.size > size - at)
            break;
        if (part.size > 0)
            memcpy(connection->value + at, part.data, part.size);
        at += part.size;
        parts++;
    }
    sqlite3_reset(statement);
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        return code;
    if (parts == 0 && code == SQLITE_DONE)
        return SQLITE_DONE;
    *ret = (struct keelson_bytes){connection->value, size};
    return code == SQLITE_DONE && at == size ? SQLITE_OK : SQLITE_CORRUPT;
}
