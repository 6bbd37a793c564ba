/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watch cache: reading, and applying changes one by one.
 *
 * The revision of a state is the greater of two: that up to which all caches are complete, read before the
 * lock is taken, and that of this cache's newest change. So a list that comes between the application of a
 * change and caches_progress carries the change's revision, and one of a quiet resource carries the store's
 * newest, which lets watches resume long after the resource's own last change was dropped.
 */
#include "core/apiserver/cache.h"

#include <time.h>

#include "core/apiserver/stored.h"
#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"

struct caches {
    struct caches_config config;
    char *root; /* begins and ends with a slash */
    struct cache **list;
    size_t count, capacity;
    struct map *by_prefix; /* storage prefix → cache */
    atomic_ullong revision;
    atomic_uint waiters;
    pthread_mutex_t wait_lock; /* guards nothing but the wait for revision */
    pthread_cond_t wait_cond;
};

static char *root_of(const char *prefix)
{
    prefix += strspn(prefix, "/");
    size_t size = strlen(prefix);
    while (size && prefix[size - 1] == '/')
        size--;
    return size ? xasprintf("/%.*s/", (int)size, prefix) : xstrdup("/");
}

const char *caches_root(const struct caches *all)
{
    return all->root;
}

struct caches *caches_new(const struct caches_config *config)
{
    struct caches *all = new0(struct caches);
    pthread_condattr_t attributes;
    all->config = *config;
    all->root = root_of(config->prefix ? config->prefix : "/registry");
    all->by_prefix = map_new(NULL);
    atomic_init(&all->revision, 0);
    pthread_mutex_init(&all->wait_lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&all->wait_cond, &attributes);
    pthread_condattr_destroy(&attributes);
    return all;
}

static void cache_free(struct cache *c)
{
    tree_unref(c->root);
    ring_done(&c->ring);
    for (unsigned i = 0; i < CACHE_SNAPSHOTS; i++)
        tree_unref(c->snapshots[i].root);
    pthread_mutex_destroy(&c->lock);
    pthread_mutex_destroy(&c->feed_lock);
    free(c->subscribers);
    free(c);
}

void caches_free(struct caches *all)
{
    if (!all)
        return;
    for (size_t i = 0; i < all->count; i++)
        cache_free(all->list[i]);
    free(all->list);
    map_free(all->by_prefix);
    free(all->root);
    pthread_mutex_destroy(&all->wait_lock);
    pthread_cond_destroy(&all->wait_cond);
    free(all);
}

struct cache *caches_add(struct caches *all, const struct resource *resource, const char *const *fields)
{
    struct cache *c = new0(struct cache);
    c->all = all;
    c->resource = resource;
    c->fields = fields;
    pthread_mutex_init(&c->lock, NULL);
    pthread_mutex_init(&c->feed_lock, NULL);
    all->list = xgrow(all->list, &all->capacity, all->count + 1, sizeof(all->list[0]));
    all->list[all->count++] = c;
    map_set(all->by_prefix, resource->storage_prefix, c);
    return c;
}

size_t caches_count(const struct caches *all)
{
    return all->count;
}

struct cache *caches_at(const struct caches *all, size_t index)
{
    return all->list[index];
}

struct cache *caches_find(const struct caches *all, const struct resource *resource)
{
    const struct resource *stored = resource->storage ? resource->storage : resource;
    return stored->storage_prefix ? map_get(all->by_prefix, stored->storage_prefix) : NULL;
}

struct cache *caches_route(const struct caches *all, struct slice store_key, struct slice *ret_key)
{
    if (!slice_starts(store_key, all->root))
        return NULL;
    size_t root_size = strlen(all->root);
    struct slice rest = {store_key.data + root_size, store_key.size - root_size};
    size_t end = 0;
    for (unsigned segments = 0; segments < 2; segments++) { /* prefixes have one segment or two */
        const char *slash = memchr(rest.data + end, '/', rest.size - end);
        if (!slash)
            return NULL;
        end = (size_t)(slash - rest.data);
        struct cache *c = map_get_slice(all->by_prefix, (struct slice){rest.data, end});
        end++;
        if (c) {
            *ret_key = (struct slice){rest.data + end, rest.size - end};
            return c;
        }
    }
    return NULL;
}

uint64_t caches_revision(const struct caches *all)
{
    return atomic_load_explicit(&all->revision, memory_order_acquire);
}

bool caches_wait(struct caches *all, uint64_t revision, int64_t timeout_ms)
{
    struct timespec until;
    if (caches_revision(all) >= revision)
        return true;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000;
    if (until.tv_nsec >= NS_PER_S) {
        until.tv_sec++;
        until.tv_nsec -= NS_PER_S;
    }
    /* Counted before the revision is looked at again; caches_progress looks at the count after it set the
     * revision: one of the two sees the other. */
    atomic_fetch_add(&all->waiters, 1);
    pthread_mutex_lock(&all->wait_lock);
    int waited = 0;
    while (atomic_load(&all->revision) < revision && !waited)
        waited = pthread_cond_timedwait(&all->wait_cond, &all->wait_lock, &until);
    pthread_mutex_unlock(&all->wait_lock);
    atomic_fetch_sub(&all->waiters, 1);
    return caches_revision(all) >= revision;
}

void caches_progress(struct caches *all, uint64_t revision)
{
    if (revision <= caches_revision(all))
        return;
    atomic_store(&all->revision, revision);
    if (!atomic_load(&all->waiters))
        return;
    pthread_mutex_lock(&all->wait_lock);
    pthread_cond_broadcast(&all->wait_cond);
    pthread_mutex_unlock(&all->wait_lock);
}

static uint64_t revision_of(uint64_t complete, const struct cache *c)
{
    return MAX(complete, c->changed);
}

struct object *cache_get(struct cache *c, struct slice key)
{
    pthread_mutex_lock(&c->lock);
    struct object *found = object_ref(tree_get(c->root, key));
    pthread_mutex_unlock(&c->lock);
    return found;
}

struct tree *cache_snapshot(struct cache *c, uint64_t *ret_revision)
{
    uint64_t complete = caches_revision(c->all);
    pthread_mutex_lock(&c->lock);
    struct tree *root = tree_ref(c->root);
    *ret_revision = revision_of(complete, c);
    pthread_mutex_unlock(&c->lock);
    return root;
}

uint64_t cache_revision(struct cache *c)
{
    uint64_t complete = caches_revision(c->all);
    pthread_mutex_lock(&c->lock);
    uint64_t revision = revision_of(complete, c);
    pthread_mutex_unlock(&c->lock);
    return revision;
}

uint64_t cache_floor(struct cache *c)
{
    pthread_mutex_lock(&c->lock);
    uint64_t floor = c->ring.floor;
    pthread_mutex_unlock(&c->lock);
    return floor;
}

bool cache_changes(struct cache *c, uint64_t *revision, size_t max, struct change **ret, size_t *ret_count,
                   bool *ret_more)
{
    uint64_t complete = caches_revision(c->all);
    size_t from, count = 0;
    *ret = NULL;
    *ret_more = false;
    pthread_mutex_lock(&c->lock);
    bool known = ring_find(&c->ring, *revision, &from);
    if (known) {
        count = c->ring.count - from;
        *ret_more = count > max;
        count = MIN(count, max);
        struct change *changes = count ? newa0(struct change, count) : NULL;
        for (size_t i = 0; i < count; i++) {
            changes[i] = *ring_at(&c->ring, from + i);
            object_ref(changes[i].old);
            object_ref(changes[i].new_);
        }
        *ret = changes;
        *revision = *ret_more ? changes[count - 1].revision : MAX(*revision, revision_of(complete, c));
    }
    pthread_mutex_unlock(&c->lock);
    *ret_count = count;
    return known;
}

void cache_subscribe(struct cache *c,
                     void (*changed)(void *context, const struct object *old, const struct object *new_),
                     void *context)
{
    uint64_t revision;
    struct tree_cursor cursor;
    pthread_mutex_lock(&c->feed_lock);
    _cleanup_(cleanup_tree_unref) struct tree *root = cache_snapshot(c, &revision);
    tree_seek(&cursor, root, SLICE(""));
    for (struct object *o; (o = tree_next(&cursor));)
        changed(context, NULL, o);
    c->subscribers =
        xgrow(c->subscribers, &c->subscribers_capacity, c->subscribers_count + 1, sizeof(c->subscribers[0]));
    c->subscribers[c->subscribers_count++] = (struct cache_subscriber){changed, context};
    pthread_mutex_unlock(&c->feed_lock);
}

static void tell(struct cache *c, const struct object *old, const struct object *new_)
{
    for (size_t i = 0; i < c->subscribers_count; i++)
        c->subscribers[i].changed(c->subscribers[i].context, old, new_);
}

/* The ring holds the references while subscribers look: nobody else drops changes but under the lock, and
 * these are the newest. */
static void record(struct cache *c, uint64_t revision, struct object *old, struct object *new_)
{
    c->changed = revision;
    ring_push(&c->ring, (struct change){revision, old, new_, clock_monotonic_ms()});
}

void cache_apply_put(struct cache *c, struct object *object)
{
    pthread_mutex_lock(&c->feed_lock);
    pthread_mutex_lock(&c->lock);
    struct object *old = tree_put(&c->root, object_ref(object));
    record(c, object->revision, object_ref(old), object);
    pthread_mutex_unlock(&c->lock);
    tell(c, old, object);
    pthread_mutex_unlock(&c->feed_lock);
    object_unref(old);
}

void cache_apply_delete(struct cache *c, struct slice key, uint64_t revision)
{
    pthread_mutex_lock(&c->feed_lock);
    pthread_mutex_lock(&c->lock);
    struct object *old = tree_remove(&c->root, key);
    if (old)
        record(c, revision, object_ref(old), NULL);
    pthread_mutex_unlock(&c->lock);
    if (old)
        tell(c, old, NULL);
    pthread_mutex_unlock(&c->feed_lock);
    object_unref(old);
}

/* Both trees in key order, side by side. */
static void tell_differences(struct cache *c, const struct tree *before, const struct tree *after)
{
    struct tree_cursor old_cursor, new_cursor;
    tree_seek(&old_cursor, before, SLICE(""));
    tree_seek(&new_cursor, after, SLICE(""));
    for (struct object *o; (o = tree_next(&old_cursor));) {
        if (!tree_get(after, stored_key(o)))
            tell(c, o, NULL);
    }
    for (struct object *o; (o = tree_next(&new_cursor));) {
        struct object *old = tree_get(before, stored_key(o));
        if (!old || old->revision != o->revision)
            tell(c, old, o);
    }
}

void cache_replace(struct cache *c, struct tree *root, uint64_t revision)
{
    pthread_mutex_lock(&c->feed_lock);
    pthread_mutex_lock(&c->lock);
    _cleanup_(cleanup_tree_unref) struct tree *old = c->root;
    c->root = root;
    c->changed = revision;
    ring_clear(&c->ring, revision);
    _cleanup_(cleanup_tree_unref) struct tree *held = tree_ref(root);
    pthread_mutex_unlock(&c->lock);
    tell_differences(c, old, held);
    pthread_mutex_unlock(&c->feed_lock);
}

void cache_wake(struct cache *c)
{
    if (c->all->config.wake)
        c->all->config.wake(c->all->config.context, c);
}
