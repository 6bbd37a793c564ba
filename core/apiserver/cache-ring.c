/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of recent changes. The array doubles up to RING_COUNT_MAX and is given back when the ring runs
 * empty. */
#include "core/apiserver/cache-ring.h"

#include "core/apiserver/stored.h"
#include "core/base/memory.h"

void change_done(struct change *change)
{
    object_unref(change->old);
    object_unref(change->new_);
    *change = (struct change){0};
}

struct change *ring_at(const struct cache_ring *ring, size_t index)
{
    return &ring->changes[(ring->first + index) & (ring->capacity - 1)];
}

static size_t change_bytes(const struct change *change)
{
    return sizeof(*change) + (change->old ? stored_bytes(change->old) : 0);
}

static void ring_drop(struct cache_ring *ring)
{
    struct change *oldest = ring_at(ring, 0);
    ring->floor = oldest->revision;
    ring->bytes -= change_bytes(oldest);
    change_done(oldest);
    ring->first = (ring->first + 1) & (ring->capacity - 1);
    ring->count--;
}

static void ring_grow(struct cache_ring *ring)
{
    size_t capacity = ring->capacity ? ring->capacity * 2 : 16;
    struct change *changes = newa0(struct change, capacity);
    for (size_t i = 0; i < ring->count; i++)
        changes[i] = *ring_at(ring, i);
    free(ring->changes);
    ring->changes = changes;
    ring->capacity = capacity;
    ring->first = 0;
}

void ring_push(struct cache_ring *ring, struct change change)
{
    if (ring->count >= RING_COUNT_MAX)
        ring_drop(ring);
    if (ring->count == ring->capacity)
        ring_grow(ring);
    *ring_at(ring, ring->count++) = change;
    ring->bytes += change_bytes(&change);
    while (ring->bytes > RING_BYTES_MAX && ring->count > RING_COUNT_MIN)
        ring_drop(ring);
}

void ring_age(struct cache_ring *ring, int64_t now_ms)
{
    while (ring->count && ring_at(ring, 0)->at_ms < now_ms - RING_AGE_MS)
        ring_drop(ring);
    if (ring->count)
        return;
    free(ring->changes);
    ring->changes = NULL;
    ring->capacity = ring->first = 0;
}

bool ring_find(const struct cache_ring *ring, uint64_t revision, size_t *ret_index)
{
    if (revision < ring->floor)
        return false;
    size_t low = 0, high = ring->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ring_at(ring, middle)->revision <= revision)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_index = low;
    return true;
}

void ring_clear(struct cache_ring *ring, uint64_t floor)
{
    while (ring->count)
        ring_drop(ring);
    ring->floor = floor;
}

void ring_done(struct cache_ring *ring)
{
    ring_clear(ring, 0);
    free(ring->changes);
    *ring = (struct cache_ring){0};
}
