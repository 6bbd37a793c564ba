/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys that a range asks for, at one revision, without their values: picked from the index under its
 * lock, or for an older revision from index and log; handed to the sink, value by value, when no lock is held
 * any more. One thread.
 */
#ifndef STORE_SQLITE_SELECTION_H
#define STORE_SQLITE_SELECTION_H

#include "plugins/store-sqlite/store.h"

struct selected {
    int64_t id, create_revision, version, expires_ms;
    size_t key_at; /* in keys */
    uint32_t key_size;
    uint32_t value_size;
};
struct selection {
    struct selected *items;
    size_t count, capacity;
    char *keys;
    size_t keys_size, keys_capacity;
    int64_t total; /* keys in the range, selected or cut off by the limit */
};

void selection_done(struct selection *selection);
void selection_add(struct selection *selection, const struct selected *item, struct keelson_bytes key);
static inline struct keelson_bytes selected_key(const struct selection *selection,
                                                const struct selected *item)
{
    return (struct keelson_bytes){selection->keys + item->key_at, item->key_size};
}

/* The newest state. index_lock held. */
void selection_pick(struct selection *selection, const struct store *store,
                    const struct keelson_range *range);
/* The state as of range->revision, for which changes up to `newest` count. First part, under index_lock: keys
 * that have not changed since. Second part, afterwards, within a read transaction that began under the lock:
 * keys that have. */
void selection_pick_unchanged(struct selection *selection, const struct store *store,
                              const struct keelson_range *range);
enum keelson_status selection_pick_changed(struct selection *selection, struct connection *reader,
                                           const struct keelson_range *range, int64_t newest,
                                           const char *path, struct failure *failure);

#endif
