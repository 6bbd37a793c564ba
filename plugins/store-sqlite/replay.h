/* SPDX-License-Identifier: Apache-2.0 */
/* Past changes, read back from the log for a watch that has not seen them. One thread at a time. */
#ifndef STORE_SQLITE_REPLAY_H
#define STORE_SQLITE_REPLAY_H

#include "plugins/store-sqlite/store.h"

struct replay {
    struct keelson_kv *events;
    size_t count, capacity;
    char *bytes; /* the events' keys and values */
    size_t bytes_size, bytes_capacity;
    int64_t position; /* everything up to this revision is in events, or was in an earlier slice */
};

void replay_done(struct replay *replay);
/* Reads the next changes after replay->position, up to `end`, of keys in [from, to): whole transactions, some
 * hundred events or a megabyte at a time. KEELSON_COMPACTED if some are gone. */
enum keelson_status replay_slice(struct replay *replay, struct store *store, struct connection *reader,
                                 struct keelson_bytes from, struct keelson_bytes to, int64_t end,
                                 struct failure *failure);

#endif
