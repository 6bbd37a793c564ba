/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots for paging, and what is dropped with age. A few snapshots a resource are kept for about a minute
 * after their last use, which serves a client that pages; for one that is slower the store still has the
 * revision until it is compacted.
 */
#include "core/apiserver/cache.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

bool cache_snapshot_at(struct cache *c, uint64_t revision, struct tree **ret)
{
    bool found = false;
    uint64_t complete = caches_revision(c->all);
    pthread_mutex_lock(&c->lock);
    if (c->changed <= revision && revision <= MAX(complete, c->changed)) {
        found = true;
        *ret = tree_ref(c->root);
    }
    for (unsigned i = 0; !found && i < CACHE_SNAPSHOTS; i++) {
        struct cache_snapshot *s = &c->snapshots[i];
        if (s->root && s->changed <= revision && revision <= s->revision) {
            found = true;
            s->used_ms = clock_monotonic_ms();
            *ret = tree_ref(s->root);
        }
    }
    pthread_mutex_unlock(&c->lock);
    return found;
}

static void snapshot_drop(struct cache_snapshot *s)
{
    tree_unref(s->root);
    *s = (struct cache_snapshot){0};
}

void cache_keep_snapshot(struct cache *c, struct tree *root, uint64_t revision)
{
    struct cache_snapshot *oldest = &c->snapshots[0];
    pthread_mutex_lock(&c->lock);
    for (unsigned i = 0; i < CACHE_SNAPSHOTS; i++) {
        struct cache_snapshot *s = &c->snapshots[i];
        if (s->root == root) {
            s->revision = MAX(s->revision, revision);
            s->changed = MIN(s->changed, revision);
            s->used_ms = clock_monotonic_ms();
            pthread_mutex_unlock(&c->lock);
            return;
        }
        if (!s->root || (oldest->root && s->used_ms < oldest->used_ms))
            oldest = s;
    }
    snapshot_drop(oldest);
    *oldest = (struct cache_snapshot){tree_ref(root), revision, revision, clock_monotonic_ms()};
    pthread_mutex_unlock(&c->lock);
}

static void cache_age(struct cache *c, int64_t now_ms)
{
    pthread_mutex_lock(&c->lock);
    ring_age(&c->ring, now_ms);
    for (unsigned i = 0; i < CACHE_SNAPSHOTS; i++) {
        if (c->snapshots[i].root && c->snapshots[i].used_ms < now_ms - CACHE_SNAPSHOT_AGE_MS)
            snapshot_drop(&c->snapshots[i]);
    }
    pthread_mutex_unlock(&c->lock);
}

void caches_age(struct caches *all, int64_t now_ms)
{
    for (size_t i = 0; i < caches_count(all); i++)
        cache_age(caches_at(all, i), now_ms);
}
