/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index of live keys: index.h says why it is two levels of arrays. A chunk that fills up at its end gives
 * only the new key to its successor, so that keys which arrive in order (a restart, a bulk load) fill chunks
 * wholly.
 */
#include "plugins/store-sqlite/index.h"

#include <assert.h>
#include <stdbool.h>

#include "plugins/store-sqlite/memory.h"

#define CHUNK_ENTRIES 126

struct chunk {
    size_t count;
    struct entry *entries[CHUNK_ENTRIES];
};

struct entry *entry_new(struct keelson_bytes key)
{
    assert(key.size <= UINT16_MAX);
    struct entry *entry = memory_new(sizeof(*entry) + key.size);
    entry->key_size = (uint16_t)key.size;
    memcpy(entry->key, key.data, key.size);
    return entry;
}

void index_done(struct index *index)
{
    for (size_t i = 0; i < index->chunk_count; i++) {
        for (size_t j = 0; j < index->chunks[i]->count; j++)
            free(index->chunks[i]->entries[j]);
        free(index->chunks[i]);
    }
    free(index->chunks);
    memset(index, 0, sizeof(*index));
}

/* The last chunk whose first key is not after `key`; 0 if there is none. */
static size_t chunk_find(const struct index *index, struct keelson_bytes key)
{
    size_t low = 0, high = index->chunk_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (bytes_compare(entry_key(index->chunks[middle]->entries[0]), key) <= 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The first position whose key is not before `key`. */
static size_t entry_find(const struct chunk *chunk, struct keelson_bytes key, bool *ret_equal)
{
    size_t low = 0, high = chunk->count;
    *ret_equal = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = bytes_compare(entry_key(chunk->entries[middle]), key);
        if (order == 0) {
            *ret_equal = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void chunk_insert_after(struct index *index, size_t at, struct chunk *chunk)
{
    index->chunks =
        memory_grow(index->chunks, &index->chunk_capacity, index->chunk_count + 1, sizeof(*index->chunks));
    memmove(&index->chunks[at + 1], &index->chunks[at], (index->chunk_count - at) * sizeof(*index->chunks));
    index->chunks[at] = chunk;
    index->chunk_count++;
}

/* Moves the entries from `keep` on into a new chunk behind. */
static void chunk_split(struct index *index, size_t at, size_t keep)
{
    struct chunk *chunk = index->chunks[at], *next = memory_new(sizeof(*next));
    next->count = chunk->count - keep;
    memcpy(next->entries, &chunk->entries[keep], next->count * sizeof(next->entries[0]));
    chunk->count = keep;
    chunk_insert_after(index, at + 1, next);
}

static void entry_insert(struct index *index, size_t at, size_t position, struct entry *entry)
{
    if (index->chunks[at]->count == CHUNK_ENTRIES) {
        size_t keep = position == CHUNK_ENTRIES ? CHUNK_ENTRIES - 1 : CHUNK_ENTRIES / 2;
        chunk_split(index, at, keep);
        if (position > keep) {
            at++;
            position -= keep;
        }
    }
    struct chunk *chunk = index->chunks[at];
    memmove(&chunk->entries[position + 1], &chunk->entries[position],
            (chunk->count - position) * sizeof(chunk->entries[0]));
    chunk->entries[position] = entry;
    chunk->count++;
}

static int64_t entry_bytes(const struct entry *entry)
{
    return (int64_t)entry->key_size + entry->value_size;
}

struct entry *index_find(const struct index *index, struct keelson_bytes key)
{
    bool equal;
    if (index->chunk_count == 0)
        return NULL;
    const struct chunk *chunk = index->chunks[chunk_find(index, key)];
    size_t position = entry_find(chunk, key, &equal);
    return equal ? chunk->entries[position] : NULL;
}

struct entry *index_put(struct index *index, struct entry *entry)
{
    bool equal;
    if (index->chunk_count == 0)
        chunk_insert_after(index, 0, memory_new(sizeof(struct chunk)));
    size_t at = chunk_find(index, entry_key(entry));
    size_t position = entry_find(index->chunks[at], entry_key(entry), &equal);
    index->live_bytes += entry_bytes(entry);
    if (equal) {
        struct entry *replaced = index->chunks[at]->entries[position];
        index->live_bytes -= entry_bytes(replaced);
        index->chunks[at]->entries[position] = entry;
        return replaced;
    }
    entry_insert(index, at, position, entry);
    index->count++;
    return NULL;
}

struct entry *index_remove(struct index *index, struct keelson_bytes key)
{
    bool equal;
    if (index->chunk_count == 0)
        return NULL;
    size_t at = chunk_find(index, key);
    struct chunk *chunk = index->chunks[at];
    size_t position = entry_find(chunk, key, &equal);
    if (!equal)
        return NULL;
    struct entry *removed = chunk->entries[position];
    chunk->count--;
    memmove(&chunk->entries[position], &chunk->entries[position + 1],
            (chunk->count - position) * sizeof(chunk->entries[0]));
    if (chunk->count == 0) {
        free(chunk);
        index->chunk_count--;
        memmove(&index->chunks[at], &index->chunks[at + 1],
                (index->chunk_count - at) * sizeof(*index->chunks));
    }
    index->count--;
    index->live_bytes -= entry_bytes(removed);
    return removed;
}

struct index_cursor index_seek(const struct index *index, struct keelson_bytes from)
{
    bool equal;
    struct index_cursor cursor = {index, 0, 0};
    if (index->chunk_count == 0)
        return cursor;
    cursor.chunk = chunk_find(index, from);
    cursor.position = entry_find(index->chunks[cursor.chunk], from, &equal);
    return cursor;
}

struct entry *index_next(struct index_cursor *cursor)
{
    while (cursor->chunk < cursor->index->chunk_count) {
        const struct chunk *chunk = cursor->index->chunks[cursor->chunk];
        if (cursor->position < chunk->count)
            return chunk->entries[cursor->position++];
        cursor->chunk++;
        cursor->position = 0;
    }
    return NULL;
}

size_t index_count(const struct index *index, struct keelson_bytes from, struct keelson_bytes to)
{
    if (to.size == 0)
        return index_find(index, from) ? 1 : 0;
    if (bytes_compare(from, to) >= 0)
        return 0;
    struct index_cursor first = index_seek(index, from), last = index_seek(index, to);
    if (first.chunk == last.chunk)
        return last.position - first.position;
    size_t count = index->chunks[first.chunk]->count - first.position + last.position;
    for (size_t i = first.chunk + 1; i < last.chunk; i++)
        count += index->chunks[i]->count;
    return count;
}
