/* SPDX-License-Identifier: Apache-2.0 */
/* Which objects a list shows: a range of a snapshot, cut by selectors and a limit; or the same from the
 * store's history, when nobody kept a snapshot. */
#include "core/api/object.h"
#include "core/apiserver/continue.h"
#include "core/apiserver/list.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/server.h"
#include "core/base/memory.h"

void list_found_done(struct list_found *found)
{
    for (size_t i = 0; found->objects && i < found->count; i++)
        object_unref(found->objects[i]);
    free(found->objects);
    tree_unref(found->root);
    *found = (struct list_found){0};
}

static void set_range(struct api_request *r, const struct list_plan *plan, const struct match *match,
                      struct list_found *ret)
{
    const char *namespace_ = r->resource->namespaced && *r->namespace_ ? r->namespace_ : NULL;
    struct slice name = match_single_name(match);
    ret->prefix = namespace_ ? slice_of(arena_printf(&r->arena, "%s/", namespace_)) : SLICE("");
    if (name.data && (namespace_ || !r->resource->namespaced)) /* one name: start right there */
        ret->from = slice_of(arena_printf(&r->arena, "%.*s%.*s", SLICE_ARG(ret->prefix), SLICE_ARG(name)));
    else
        ret->from = ret->prefix;
    if (!plan->continued)
        return;
    char *from = arena_alloc(&r->arena, ret->prefix.size + plan->start.size + 1);
    memcpy(from, ret->prefix.data, ret->prefix.size);
    memcpy(from + ret->prefix.size, plan->start.data, plan->start.size);
    ret->from = (struct slice){from, ret->prefix.size + plan->start.size};
}

static bool in_prefix(const struct object *o, struct slice prefix)
{
    return o->key_size >= prefix.size && !memcmp(o->data, prefix.data, prefix.size);
}

/* The first key behind all keys with the prefix, which ends with '/'. */
static size_t rank_behind(const struct tree *root, struct slice prefix)
{
    char end[300];
    if (!prefix.size || prefix.size >= sizeof(end))
        return tree_count(root);
    memcpy(end, prefix.data, prefix.size);
    end[prefix.size - 1]++;
    return tree_rank(root, (struct slice){end, prefix.size});
}

void list_find(struct api_request *r, const struct list_plan *plan, const struct match *match,
               struct tree *root, uint64_t revision, struct list_found *ret)
{
    struct tree_cursor cursor;
    size_t capacity = 0, limit = r->limit > 0 ? (size_t)r->limit : SIZE_MAX;
    *ret = (struct list_found){.root = root, .revision = revision, .remaining = -1};
    set_range(r, plan, match, ret);
    if (limit == SIZE_MAX && match_everything(match))
        return;
    bool single = match_single_name(match).data && (ret->prefix.size || !r->resource->namespaced);
    ret->objects = xgrow(NULL, &capacity, 1, sizeof(ret->objects[0]));
    tree_seek(&cursor, root, ret->from);
    for (struct object *o; (o = tree_next(&cursor)) && in_prefix(o, ret->prefix);) {
        bool matches = match_object(match, o);
        if (matches && ret->count == limit) {
            ret->more = true;
            if (match_everything(match))
                ret->remaining = (int64_t)(rank_behind(root, ret->prefix) - tree_rank(root, stored_key(o)));
            break;
        }
        if (matches) {
            ret->objects = xgrow(ret->objects, &capacity, ret->count + 1, sizeof(ret->objects[0]));
            ret->objects[ret->count++] = object_ref(o);
        }
        if (single)
            break;
    }
}

/* From the store. */
struct gather {
    struct api_request *r;
    const struct match *match;
    struct cache *cache;
    struct list_found *found;
    struct arena arena;
    size_t capacity, limit;
    struct error *err;
    int status;
};

static int gather_put(void *context, const struct keelson_kv *kv)
{
    struct gather *g = context;
    struct slice key;
    struct object *o;
    if (caches_route(g->cache->all, (struct slice){kv->key.data, kv->key.size}, &key) != g->cache)
        return 0;
    g->status = feed_decode(g->cache, &g->arena, key, kv, &o, g->err);
    if (g->status < 0)
        return 1;
    if (!match_object(g->match, o)) {
        object_unref(o);
        return 0;
    }
    if (g->found->count == g->limit) {
        object_unref(o);
        g->found->more = true;
        return 1;
    }
    g->found->objects =
        xgrow(g->found->objects, &g->capacity, g->found->count + 1, sizeof(g->found->objects[0]));
    g->found->objects[g->found->count++] = o;
    return 0;
}

static int expired(struct api_request *r, const struct list_plan *plan, struct error *err)
{
    if (!plan->continued)
        return error_set(err, ERR_EXPIRED, "The resourceVersion for the provided list is too old.");
    /* The key that the token names ends with a NUL byte, which the new token adds again. */
    r->continue_anyway =
        continue_encode(&r->arena, -1, (struct slice){plan->start.data, plan->start.size - 1});
    return error_set(err, ERR_EXPIRED,
                     "The provided continue parameter is too old to display a consistent list result. You "
                     "can start a new list without the continue parameter, or use the continue "
                     "token in this response to retrieve the remainder of the results. Continuing with the "
                     "provided token results in an inconsistent list - objects that were "
                     "created, modified, or deleted between the time the first chunk was returned and now "
                     "may show up in the list.");
}

int list_find_stored(struct api_request *r, const struct list_plan *plan, const struct match *match,
                     struct list_found *ret, struct error *err)
{
    struct registry *g = r->server->registry;
    struct gather gather = {
        .r = r, .match = match, .cache = registry_cache(g, r->resource), .found = ret, .err = err};
    struct keelson_range_result result;
    const char *store_prefix =
        arena_printf(&r->arena, "%s%s/", caches_root(g->caches), gather.cache->resource->storage_prefix);
    size_t store_prefix_size = strlen(store_prefix);
    *ret = (struct list_found){.revision = plan->revision, .remaining = -1};
    set_range(r, plan, match, ret);
    gather.limit = r->limit > 0 ? (size_t)r->limit : SIZE_MAX;
    ret->objects = xgrow(NULL, &gather.capacity, 1, sizeof(ret->objects[0]));
    char *from = arena_alloc(&r->arena, store_prefix_size + ret->from.size + 1);
    memcpy(from, store_prefix, store_prefix_size);
    memcpy(from + store_prefix_size, ret->from.data, ret->from.size);
    char *to = arena_printf(&r->arena, "%s%.*s", store_prefix, SLICE_ARG(ret->prefix));
    to[strlen(to) - 1]++;
    struct store_range range = {{from, store_prefix_size + ret->from.size},
                                slice_of(to),
                                (int64_t)plan->revision,
                                0,
                                0,
                                gather_put,
                                &gather};
    int status = store_range(g->store, &range, &result, err);
    arena_done(&gather.arena);
    if (status == 0 && gather.status == 0)
        return 0;
    if (status < 0 && err->code == ERR_EXPIRED)
        expired(r, plan, err);
    list_found_done(ret);
    return -1;
}
