/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room for deletes on a full disk: a file beside the database that holds nothing but space. When a write
 * finds no space left, the file is given up, and until there is room for it again transactions that put
 * something are refused while deletes, expiry and compaction, by which space comes back, go on in what it
 * gave free. As etcd does above its quota.
 *
 * Part of it is for the database's own file: what the write-ahead log holds beyond its end has to be copied
 * there before the log can begin anew, and a log that cannot is the end of deletes, too. So the reserve is
 * longer by as much as that is.
 *
 * Used by the writer, and before its thread starts.
 */
#ifndef STORE_SQLITE_RESERVE_H
#define STORE_SQLITE_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

struct store;

struct reserve {
    bool held;
    int64_t bytes;   /* that it has */
    int64_t next_ns; /* when to look for room again, CLOCK_MONOTONIC */
};

/* Is there one, and long enough? If there is none, one is made where twice its size is free: else the next
 * put would take it away again. */
bool reserve_take(struct store *store);
/* Gives its space to the disk. false: there was none. */
bool reserve_drop(struct store *store);

#endif
