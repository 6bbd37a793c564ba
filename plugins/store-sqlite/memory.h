/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation for this plugin. Memory that runs out ends the daemon with a core dump, as in the daemons
 * themselves: a store that goes on with half of its index would be worse than one that is restarted and reads
 * it again. Every size that comes from outside is bounded before it gets here.
 */
#ifndef STORE_SQLITE_MEMORY_H
#define STORE_SQLITE_MEMORY_H

#include <keelson/plugin.h>
#include <stdlib.h>
#include <string.h>

static inline void *memory_check(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static inline void *memory_new(size_t size)
{
    return memory_check(calloc(1, size));
}

/* Makes room for `needed` elements; grows by half again, so that n appends cost O(n). */
static inline void *memory_grow(void *array, size_t *capacity, size_t needed, size_t element_size)
{
    if (needed <= *capacity)
        return array;
    size_t grown = *capacity + *capacity / 2 + 16;
    if (grown < needed)
        grown = needed;
    if (grown > SIZE_MAX / element_size)
        abort();
    *capacity = grown;
    return memory_check(realloc(array, grown * element_size));
}

/* Order of keys: bytes, the shorter first. */
static inline int bytes_compare(struct keelson_bytes a, struct keelson_bytes b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

/* Is key in [from, to), or equal to from when `to` is empty? */
static inline int bytes_in_range(struct keelson_bytes key, struct keelson_bytes from, struct keelson_bytes to)
{
    if (to.size == 0)
        return key.size == from.size && bytes_compare(key, from) == 0;
    return bytes_compare(key, from) >= 0 && bytes_compare(key, to) < 0;
}

#endif
