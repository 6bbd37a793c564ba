/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry: every object of every resource, over the store, with the watch cache in front. What the
 * handlers of HTTP requests, admission, authorization, bootstrap and the in-process transport all stand on.
 * Reads come from the cache and never block; writes block until they are durable and must run on a worker.
 */
#ifndef KEELSON_APISERVER_REGISTRY_H
#define KEELSON_APISERVER_REGISTRY_H

#include "core/apiserver/request.h"

struct registry;
struct strategy;

/* A stored object: immutable, shared. Reading it without a parse: stored.h. text is canonical JSON of the
 * storage version without what the resource tells (kind, apiVersion) and without resourceVersion: it begins
 * behind `"metadata":{`, and the rest is put before it on the way out. */
struct object {
    atomic_uint refs;
    uint32_t text_size;
    uint64_t revision;      /* set once, before it is shared */
    uint32_t metadata_size; /* of the text, through metadata's closing brace */
    uint32_t labels_count;  /* the index: pairs behind the text, for selectors without a parse */
    uint16_t key_size;      /* key: "namespace/name" or "name" */
    uint16_t fields_count;
    char data[]; /* key NUL text NUL index */
};
struct object *object_ref(struct object *o);
void object_unref(struct object *o);

/* Reading from the cache; any thread. NULL: absent. */
struct object *registry_lookup(struct registry *g, const struct resource *r, const char *namespace_,
                               const char *name);
/* Parsed into the arena, resourceVersion filled in. ERR_NOT_FOUND with upstream's message. */
int registry_get(struct registry *g, const struct resource *r, const char *namespace_, const char *name,
                 struct arena *arena, struct json **ret, struct error *err);
/* All objects of a resource (in a namespace, or NULL), in key order; references that the caller releases, and
 * the array. */
size_t registry_list(struct registry *g, const struct resource *r, const char *namespace_,
                     struct object ***ret);
struct json *object_parse(const struct object *o, const struct resource *r, struct arena *arena);

/* Changes of a resource, told in order of revision on the cache's thread, starting with all that exists at
 * the time of the call. Must not block. old NULL: added; new_ NULL: deleted. For what the server itself must
 * know at once: RBAC, quotas, service accounts, allocators. */
void registry_subscribe(struct registry *g, const struct resource *r,
                        void (*changed)(void *context, const struct object *old, const struct object *new_),
                        void *context);

/* Writing, with everything that an API write goes through after authorization: admission, defaults,
 * validation, strategy, store. Workers only. `by` says who and which options; for the server's own writes see
 * registry_self. */
int registry_create(struct registry *g, struct api_request *by, const struct resource *r,
                    const char *namespace_, struct json *object, struct json **ret, struct error *err);
int registry_update(struct registry *g, struct api_request *by, const struct resource *r,
                    const char *namespace_, const char *name, const char *sub,
                    /* makes the new object from the current one (NULL: absent); called again when somebody
                       else was quicker */
                    int (*change)(void *context, struct arena *arena, const struct json *current,
                                  struct json **ret_new, struct error *err),
                    void *context, struct json **ret, struct error *err);
/* *ret: the object as it was deleted, or as it now waits for finalizers or its grace period. uid and
 * resource_version: preconditions, NULL none. */
int registry_delete(struct registry *g, struct api_request *by, const struct resource *r,
                    const char *namespace_, const char *name, const char *uid, const char *resource_version,
                    struct json **ret, bool *ret_gone, struct error *err);
/* A request by the server itself (system:apiserver in system:masters), with an arena of its own. */
void registry_self(struct api_request *ret);
void registry_self_done(struct api_request *r);

#endif
