/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry's inside: what its files (registry.c, registry-create.c, registry-update.c, registry-delete.c,
 * registry-metadata.c, registry-commit.c) share, and the writing functions in the form that request handlers
 * use: they give stored objects, which are answered without another encoding.
 */
#ifndef KEELSON_APISERVER_REGISTRY_WRITE_H
#define KEELSON_APISERVER_REGISTRY_WRITE_H

#include "core/apiserver/admission.h"
#include "core/apiserver/cache-feed.h"
#include "core/apiserver/registry.h"
#include "core/apiserver/store.h"
#include "core/apiserver/stored.h"
#include "core/apiserver/strategy.h"

struct registry {
    struct caches *caches;
    struct store *store;
    struct feed *feed;
    struct server *server; /* NULL in tests */
    int64_t event_ttl_s;
};
struct registry_config {
    struct store *store;
    struct server *server;
    int64_t event_ttl_s;
    const char *store_prefix; /* as caches_config's */
    void (*wake)(void *context, struct cache *cache);
    void *context;
};
/* Loads all caches and follows the store. */
int registry_new(const struct registry_config *config, struct registry **ret, struct error *err);
/* Ends the watch on the store: subscribers are told nothing more. */
void registry_stop(struct registry *g);
void registry_free(struct registry *g);
struct cache *registry_cache(struct registry *g,
                             const struct resource *r); /* NULL: virtual, nothing is stored */

/* Writing. *ret: a reference. See registry_create and so on. */
int registry_create_object(struct registry *g, struct api_request *by, const struct resource *r,
                           const char *namespace_, struct json *object, struct object **ret,
                           struct error *err);
typedef int registry_change(void *context, struct arena *arena, const struct json *current,
                            struct json **ret_new, struct error *err);
/* *ret_created: the object did not exist and was created. */
int registry_update_object(struct registry *g, struct api_request *by, const struct resource *r,
                           const char *namespace_, const char *name, const char *sub, registry_change *change,
                           void *context, struct object **ret, bool *ret_created, struct error *err);
/* *ret_gone: it was removed at once. */
int registry_delete_object(struct registry *g, struct api_request *by, const struct resource *r,
                           const char *namespace_, const char *name, const char *uid,
                           const char *resource_version, struct object **ret, bool *ret_gone,
                           struct error *err);

/* The same for a request that does not hold its worker while the store writes: `ended` is called once, on any
 * thread, maybe before these return, and answers. */
struct write_outcome {
    struct object *made; /* NULL: it failed, and the error says why */
    bool created, gone;
};
typedef void registry_ended(struct api_request *r, const struct write_outcome *outcome, struct error *err);
void registry_create_start(struct api_request *r, struct json *object, registry_ended *ended);
/* context, name and sub: as long as the request. */
void registry_update_start(struct api_request *r, const struct resource *resource, const char *name,
                           const char *sub, registry_change *change, void *context, registry_ended *ended);
void registry_delete_start(struct api_request *r, registry_ended *ended);

/* One write to the store: puts `object` (NULL: deletes), if the key is still at `expected` (0: absent). Sets
 * the object's revision; returns when the cache shows it. ERR_CONFLICT: the key moved on; the cache has
 * caught up with that too. */
struct commit {
    struct cache *cache;
    struct slice key;
    struct object *object;
    uint64_t expected;
    int64_t ttl_s;
    bool relaxed;
};
int registry_commit(struct registry *g, const struct commit *commit, uint64_t *ret_revision,
                    struct error *err);
/* Several at once, all or none. */
int registry_commit_all(struct registry *g, const struct commit *commits, unsigned count,
                        uint64_t *ret_revision, struct error *err);
/* Without waiting, where store_can_begin: `done` is called once, on any thread, and must not block. Neither
 * is the cache waited for. *p is kept till then; all but `done` is filled in here. -1: nothing was begun. */
struct pending_commit {
    void (*done)(struct pending_commit *p, int status, uint64_t revision, struct error *err);
    struct buffer key, value;
    struct keelson_compare compare;
    struct keelson_op op;
    struct keelson_txn txn;
    struct store_begun begun;
};
int registry_commit_begin(struct registry *g, const struct commit *commit, struct pending_commit *p,
                          struct error *err);

/* Metadata rules. */
void metadata_fill_system(struct arena *arena, struct json *object);
int metadata_check_namespace(struct arena *arena, const struct resource *r, const char *namespace_,
                             struct json *object, struct error *err);
int metadata_generate_name(struct arena *arena, struct json *object, const char *base);
unsigned metadata_validate_update(const struct json *object, const struct json *old, struct error *err);
/* Upstream's messages with details. */
int registry_not_found(const struct resource *r, const char *name, struct error *err);
int registry_already_exists(const struct resource *r, const char *name, struct error *err);
int registry_conflict(const struct resource *r, const char *name, const char *why, struct error *err);
/* spec and whatever else is not metadata or status. */
bool registry_spec_equal(const struct json *a, const struct json *b);

#endif
