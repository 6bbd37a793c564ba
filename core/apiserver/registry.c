/* SPDX-License-Identifier: Apache-2.0 */
/* The registry: start and stop, reading, and the messages that all writes share. */
#include "core/apiserver/registry-write.h"

#include <stdio.h>

#include "core/api/object.h"
#include "core/apiserver/versions.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

static bool is_stored(const struct resource *r)
{
    return r->storage_prefix && (!r->storage || r->storage == r);
}

int registry_new(const struct registry_config *config, struct registry **ret, struct error *err)
{
    struct registry *g = new0(struct registry);
    struct caches_config caches = {config->store_prefix, config->wake, config->context};
    size_t count;
    const struct resource *rows = resource_table(&count);
    g->store = config->store;
    g->server = config->server;
    g->event_ttl_s = config->event_ttl_s;
    g->caches = caches_new(&caches);
    for (size_t i = 0; i < count; i++) {
        if (is_stored(&rows[i]))
            caches_add(g->caches, &rows[i], strategy_find(&rows[i])->fields);
    }
    *ret = g;
    if (feed_start(g->caches, g->store, &g->feed, err) < 0) {
        *ret = NULL;
        caches_free(g->caches);
        free(g);
        return -1;
    }
    return 0;
}

void registry_stop(struct registry *g)
{
    if (!g)
        return;
    feed_stop(g->feed);
    g->feed = NULL;
}

void registry_free(struct registry *g)
{
    if (!g)
        return;
    registry_stop(g);
    caches_free(g->caches);
    free(g);
}

struct cache *registry_cache(struct registry *g, const struct resource *r)
{
    return caches_find(g->caches, r);
}

struct object *registry_lookup(struct registry *g, const struct resource *r, const char *namespace_,
                               const char *name)
{
    char key[600];
    struct cache *c = registry_cache(g, r);
    int size = r->namespaced ? snprintf(key, sizeof(key), "%s/%s", namespace_, name)
                             : snprintf(key, sizeof(key), "%s", name);
    if (!c || size < 0 || (size_t)size >= sizeof(key))
        return NULL;
    return cache_get(c, (struct slice){key, (size_t)size});
}

int registry_get(struct registry *g, const struct resource *r, const char *namespace_, const char *name,
                 struct arena *arena, struct json **ret, struct error *err)
{
    struct object *o = registry_lookup(g, r, namespace_, name);
    if (!o)
        return registry_not_found(r, name, err);
    *ret = versions_parse(o, r, arena);
    object_unref(o);
    return 0;
}

size_t registry_list(struct registry *g, const struct resource *r, const char *namespace_,
                     struct object ***ret)
{
    _cleanup_(buffer_done) struct buffer prefix = BUFFER_INIT;
    uint64_t revision;
    struct tree_cursor cursor;
    size_t count = 0;
    struct cache *c = registry_cache(g, r);
    *ret = NULL;
    if (!c)
        return 0;
    if (namespace_ && *namespace_)
        buffer_printf(&prefix, "%s/", namespace_);
    struct slice wanted = {prefix.data ? prefix.data : "", prefix.size};
    _cleanup_(cleanup_tree_unref) struct tree *root = cache_snapshot(c, &revision);
    size_t capacity = 0;
    tree_seek(&cursor, root, wanted);
    for (struct object *o; (o = tree_next(&cursor));) {
        if (wanted.size && (o->key_size < wanted.size || memcmp(o->data, wanted.data, wanted.size) != 0))
            break;
        *ret = xgrow(*ret, &capacity, count + 1, sizeof(**ret));
        (*ret)[count++] = object_ref(o);
    }
    return count;
}

void registry_subscribe(struct registry *g, const struct resource *r,
                        void (*changed)(void *context, const struct object *old, const struct object *new_),
                        void *context)
{
    struct cache *c = registry_cache(g, r);
    if (c)
        cache_subscribe(c, changed, context);
}

int registry_not_found(const struct resource *r, const char *name, struct error *err)
{
    error_set(err, ERR_NOT_FOUND, "%s%s%s \"%s\" not found", r->plural, *r->group ? "." : "", r->group, name);
    error_set_details(err, r->group, r->plural, name);
    return -1;
}

int registry_already_exists(const struct resource *r, const char *name, struct error *err)
{
    error_set(err, ERR_ALREADY_EXISTS, "%s%s%s \"%s\" already exists", r->plural, *r->group ? "." : "",
              r->group, name);
    error_set_details(err, r->group, r->plural, name);
    return -1;
}

int registry_conflict(const struct resource *r, const char *name, const char *why, struct error *err)
{
    error_set(
        err, ERR_CONFLICT, "Operation cannot be fulfilled on %s%s%s \"%s\": %s", r->plural,
        *r->group ? "." : "", r->group, name,
        why ? why
            : "the object has been modified; please apply your changes to the latest version and try again");
    error_set_details(err, r->group, r->plural, name);
    return -1;
}

bool registry_spec_equal(const struct json *a, const struct json *b)
{
    static const char *const aside[] = {"metadata", "status", "kind", "apiVersion"};
    for (int turn = 0; turn < 2; turn++) {
        json_for_each (member, a) {
            bool skip = false;
            for (size_t i = 0; i < ARRAY_SIZE(aside); i++)
                skip = skip || !strcmp(member->key, aside[i]);
            if (!skip && !json_equal_semantic(member, json_get(b, member->key)))
                return false;
        }
        const struct json *swap = a;
        a = b;
        b = swap;
    }
    return true;
}

void registry_self(struct api_request *ret)
{
    static const char *const groups[] = {"system:masters", "system:authenticated"};
    *ret = (struct api_request){.arena = ARENA_INIT};
    ret->user = (struct user){
        .name = "system:apiserver", .uid = "", .groups = groups, .groups_count = ARRAY_SIZE(groups)};
    ret->is_resource = true;
    ret->verb = "update";
    ret->path = ret->group = ret->version = ret->plural = ret->subresource = ret->namespace_ = ret->name =
        ret->subpath = "";
    ret->grace_period_s = -1;
    ret->received_ns = clock_monotonic_ns();
    ret->audit_id = "";
}

void registry_self_done(struct api_request *r)
{
    arena_done(&r->arena);
    buffer_done(&r->warnings);
}
