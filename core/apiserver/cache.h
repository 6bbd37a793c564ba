/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watch cache: all objects of all resources in memory, each resource's in key order, and its recent
 * changes. Fed in order of revision by one watch on the store (cache-feed.c), read by everybody.
 *
 * Reading functions may be called from any thread and never block for long: a cache's lock is held for a
 * look-up or one change.
 */
#ifndef KEELSON_APISERVER_CACHE_H
#define KEELSON_APISERVER_CACHE_H

#include <pthread.h>

#include "core/apiserver/cache-ring.h"
#include "core/apiserver/tree.h"

struct caches;

/* A snapshot that somebody is paging through. */
struct cache_snapshot {
    struct tree *root;
    uint64_t changed, revision; /* it is the state of every revision from `changed` to `revision` */
    int64_t used_ms;
};
#define CACHE_SNAPSHOTS       4
#define CACHE_SNAPSHOT_AGE_MS INT64_C(75000)

struct cache_subscriber {
    void (*changed)(void *context, const struct object *old, const struct object *new_);
    void *context;
};

/* The objects of one resource, in its storage version. */
struct cache {
    struct caches *all;
    const struct resource *resource; /* the row that is stored */
    const char *const *fields;       /* what selectors may name; NULL: nothing beyond name and namespace */
    void *watches;                   /* watch.c's */

    pthread_mutex_t lock; /* guards what follows */
    struct tree *root;
    uint64_t changed; /* revision of the newest change */
    struct cache_ring ring;
    struct cache_snapshot snapshots[CACHE_SNAPSHOTS];

    pthread_mutex_t feed_lock; /* held while a change is applied and told; guards the subscribers */
    struct cache_subscriber *subscribers;
    size_t subscribers_count, subscribers_capacity;
};

struct caches_config {
    const char *prefix; /* of all keys in the store, slashes around it do not matter; NULL: "/registry" */
    /* On the feeding thread, after changes of this cache were applied: wakes watches. May be NULL. */
    void (*wake)(void *context, struct cache *cache);
    void *context;
};
struct caches *caches_new(const struct caches_config *config);
void caches_free(struct caches *all);
/* Before anything is fed. */
struct cache *caches_add(struct caches *all, const struct resource *resource, const char *const *fields);
size_t caches_count(const struct caches *all);
struct cache *caches_at(const struct caches *all, size_t index);
struct cache *caches_find(const struct caches *all, const struct resource *resource); /* NULL: not stored */
/* What all keys in the store begin with: "/registry/". */
const char *caches_root(const struct caches *all);
/* The cache that a key of the store belongs to ("/registry/pods/a/b"), and the rest ("a/b"). NULL: none. */
struct cache *caches_route(const struct caches *all, struct slice store_key, struct slice *ret_key);
/* Everything up to this revision has been applied. */
uint64_t caches_revision(const struct caches *all);
/* Blocks until it has, or false after timeout_ms. Workers. */
bool caches_wait(struct caches *all, uint64_t revision, int64_t timeout_ms);
/* Drops old changes and snapshots. Each half minute or so, any thread. */
void caches_age(struct caches *all, int64_t now_ms);

/* A reference, NULL when absent. */
struct object *cache_get(struct cache *c, struct slice key);
/* A reference on the present state, and the revision that it is. */
struct tree *cache_snapshot(struct cache *c, uint64_t *ret_revision);
/* The state as of a revision (a reference): the present one if nothing changed since, or one that is kept for
 * paging. false: ask the store. */
bool cache_snapshot_at(struct cache *c, uint64_t revision, struct tree **ret);
/* Keeps a snapshot for the next page. Takes a reference of its own. */
void cache_keep_snapshot(struct cache *c, struct tree *root, uint64_t revision);
/* Changes after *revision, at most `max`; references that the caller releases (change_done), in an array he
 * frees. *revision then is what they lead up to. false: too old, nothing returned. *ret_more: max cut it off.
 */
bool cache_changes(struct cache *c, uint64_t *revision, size_t max, struct change **ret, size_t *ret_count,
                   bool *ret_more);
/* That of the present state. */
uint64_t cache_revision(struct cache *c);
/* The oldest revision that a watch may resume from. */
uint64_t cache_floor(struct cache *c);
/* See registry_subscribe. */
void cache_subscribe(struct cache *c,
                     void (*changed)(void *context, const struct object *old, const struct object *new_),
                     void *context);

/* Feeding: one thread at a time. The object's reference is taken over; its revision is set. */
void cache_apply_put(struct cache *c, struct object *object);
void cache_apply_delete(struct cache *c, struct slice key, uint64_t revision);
/* At the start and after a gap: without telling watches; subscribers hear of the differences. `root` is taken
 * over. */
void cache_replace(struct cache *c, struct tree *root, uint64_t revision);
/* What was applied is complete up to `revision`. Wakes those who wait. */
void caches_progress(struct caches *all, uint64_t revision);
/* Tells config.wake. */
void cache_wake(struct cache *c);

#endif
