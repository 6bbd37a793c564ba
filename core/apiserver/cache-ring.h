/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recent changes of one resource, in order of revision, so that watches can resume and slow ones catch
 * up. Bounded by bytes, by count and by age; what was dropped is known by its revision (floor). Not locked:
 * it belongs to a cache, under the cache's lock.
 */
#ifndef KEELSON_APISERVER_CACHE_RING_H
#define KEELSON_APISERVER_CACHE_RING_H

#include "core/apiserver/registry.h"

/* One change. Whoever holds it holds references on the objects. old NULL: created; new_ NULL: deleted. */
struct change {
    uint64_t revision;
    struct object *old, *new_;
    int64_t at_ms; /* monotonic */
};
void change_done(struct change *change);

struct cache_ring {
    struct change *changes;
    size_t first, count, capacity; /* capacity: a power of two */
    size_t bytes;                  /* of objects that only the ring still needs */
    uint64_t floor;                /* all changes after this revision are here */
};
#define RING_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define RING_COUNT_MAX ((size_t)64 * 1024)
#define RING_COUNT_MIN ((size_t)128) /* are kept though they be large */
#define RING_AGE_MS    INT64_C(300000)

/* Takes over the references. */
void ring_push(struct cache_ring *ring, struct change change);
/* Drops what is older than RING_AGE_MS before now. */
void ring_age(struct cache_ring *ring, int64_t now_ms);
/* The index of the first change after `revision`; ring->count when there is none. false: some were dropped
 * already. */
bool ring_find(const struct cache_ring *ring, uint64_t revision, size_t *ret_index);
struct change *ring_at(const struct cache_ring *ring, size_t index);
void ring_clear(struct cache_ring *ring, uint64_t floor);
void ring_done(struct cache_ring *ring);

#endif
