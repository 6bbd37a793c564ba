/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value's bytes in the database. A row of SQLite lies on one page as long as it fits there, so that values
 * a little longer than half a page would take one page each: twice their size. Values are therefore cut into
 * parts of a quarter of a page, a row each; of a long one the last part takes what is left, which SQLite puts
 * on pages of its own.
 *
 * Functions return SQLite result codes; threads as the connection's.
 */
#ifndef STORE_SQLITE_VALUE_H
#define STORE_SQLITE_VALUE_H

#include "plugins/store-sqlite/database.h"

/* `id` is that of the change in the log. */
int value_insert(struct connection *connection, int64_t id, struct keelson_bytes value);
int value_delete(struct connection *connection, int64_t id);
/* SQLITE_DONE: it is not there. SQLITE_CORRUPT: it has not `size` bytes. *ret stays until the connection
 * reads another one. */
int value_read(struct connection *connection, int64_t id, size_t size, struct keelson_bytes *ret);

#endif
