/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live keys in memory, in byte order: what a compare, a get or a list needs to know of a key without
 * asking SQLite. Values stay in the database. About 32 bytes a key beside the key itself.
 *
 * A sorted array of sorted chunks of pointers: two binary searches find a key, a walk in order is a walk over
 * arrays, and counting a range costs one addition a chunk. With a million keys the outer array has about
 * 8,000 elements, so that the memmove when a chunk splits is small.
 *
 * No locks inside. The writer thread alone changes it, under the store's index lock; it may read without the
 * lock.
 */
#ifndef STORE_SQLITE_INDEX_H
#define STORE_SQLITE_INDEX_H

#include <keelson/plugin.h>
#include <stddef.h>
#include <stdint.h>

/* A row's id in the database: the revision, and the position in its transaction. */
#define ID_SUB_BITS       8
#define ID_OF(revision_)  ((revision_) << ID_SUB_BITS)
#define ID_END(revision_) (ID_OF(revision_) | ((1 << ID_SUB_BITS) - 1)) /* the last id of that revision */
#define ID_REVISION(id_)  ((id_) >> ID_SUB_BITS)

struct entry {
    int64_t id; /* of the row with the value; its revision is the mod revision */
    int64_t create_revision;
    uint32_t version;
    uint32_t value_size;
    uint32_t expiry_slot; /* in the expiry heap, + 1; 0: lives for ever */
    uint16_t key_size;
    char key[];
};

struct chunk;
struct index {
    struct chunk **chunks;
    size_t chunk_count, chunk_capacity;
    size_t count;
    int64_t live_bytes; /* of keys and values */
};

struct entry *entry_new(struct keelson_bytes key);
static inline struct keelson_bytes entry_key(const struct entry *entry)
{
    return (struct keelson_bytes){entry->key, entry->key_size};
}

/* Frees the entries too. A zeroed struct index is a valid, empty one. */
void index_done(struct index *index);
struct entry *index_find(const struct index *index, struct keelson_bytes key);
/* Takes the entry over. Returns the one that it replaces, now the caller's, or NULL. */
struct entry *index_put(struct index *index, struct entry *entry);
/* Returns the removed entry, now the caller's, or NULL. */
struct entry *index_remove(struct index *index, struct keelson_bytes key);
/* Keys in [from, to), or 0 or 1 for the key `from` when `to` is empty. */
size_t index_count(const struct index *index, struct keelson_bytes from, struct keelson_bytes to);

struct index_cursor {
    const struct index *index;
    size_t chunk, position;
};
/* At the first key that is not before `from`. Valid until the index changes. */
struct index_cursor index_seek(const struct index *index, struct keelson_bytes from);
/* The entry under the cursor, which moves on; NULL at the end. */
struct entry *index_next(struct index_cursor *cursor);

#endif
