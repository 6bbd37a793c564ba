/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that the store deletes by itself, the next one first: a binary heap whose elements know their entry
 * and the other way round, so that renewing a key moves one element and leaves no litter. Same threads and
 * lock as the index.
 */
#ifndef STORE_SQLITE_EXPIRY_H
#define STORE_SQLITE_EXPIRY_H

#include "plugins/store-sqlite/index.h"

struct expiry_element {
    int64_t expires_ms; /* store_clock_ms */
    struct entry *entry;
};
struct expiry {
    struct expiry_element *heap;
    size_t count, capacity;
};

void expiry_done(struct expiry *expiry);
/* The entry must not be in the heap. */
void expiry_add(struct expiry *expiry, struct entry *entry, int64_t expires_ms);
/* Does nothing for an entry without a time to live. */
void expiry_remove(struct expiry *expiry, struct entry *entry);
/* 0: lives for ever. */
int64_t expiry_of(const struct expiry *expiry, const struct entry *entry);

#endif
