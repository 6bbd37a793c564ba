/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash map from byte strings to pointers: open addressing with the hash kept beside the pointer; keys are
 * copied. The hash is seeded per process, since keys come from the network. Not locked: one thread at a time.
 */
#ifndef KEELSON_BASE_MAP_H
#define KEELSON_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buffer.h"

struct map;
struct map *map_new(void (*free_value)(void *value)); /* NULL: values are not owned */
void map_free(struct map *m);
/* The old value is released. */
void map_set(struct map *m, const char *key, void *value);
void map_set_slice(struct map *m, struct slice key, void *value);
void *map_get(const struct map *m, const char *key); /* NULL when absent */
void *map_get_slice(const struct map *m, struct slice key);
bool map_has(const struct map *m, const char *key);
/* Returns whether it was there; the value is released. */
bool map_remove(struct map *m, const char *key);
/* Gives the value back instead of releasing it. */
void *map_take(struct map *m, const char *key);
size_t map_count(const struct map *m);
void map_clear(struct map *m);
/* Walks in no particular order; *cursor starts at 0. The map must not grow while it is walked; removing the
 * current entry is allowed. */
bool map_next(const struct map *m, size_t *cursor, const char **ret_key, void **ret_value);

/* The seeded hash itself (SipHash-1-3 or as good). */
uint64_t hash_bytes(const void *data, size_t size);
/* An unseeded, stable hash (FNV-1a, 32 and 64 bit) for names that must not change between runs. */
uint32_t hash_fnv32a(const void *data, size_t size);
uint64_t hash_fnv64a(const void *data, size_t size);

static inline void cleanup_map_free(struct map **m)
{
    map_free(*m);
}

#endif
