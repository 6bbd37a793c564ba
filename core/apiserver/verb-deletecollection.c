/* SPDX-License-Identifier: Apache-2.0 */
/* DELETE of a collection: what a list would show is deleted one by one; objects that go meanwhile are no
 * error. Answers with the list. */
#include "core/apiserver/body.h"
#include "core/apiserver/list.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/base/memory.h"

static int find(struct api_request *r, struct list_found *found, struct error *err)
{
    struct list_plan plan = {.freshness = LIST_RECENT};
    struct match match;
    uint64_t revision;
    struct cache *cache = registry_cache(r->server->registry, r->resource);
    if (match_parse(&match, r->resource, cache->fields, r->label_selector, r->field_selector, err) < 0)
        return -1;
    r->limit = INT64_MAX;
    struct tree *root = cache_snapshot(cache, &revision);
    list_find(r, &plan, &match, root, revision, found);
    match_done(&match);
    return 0;
}

static int delete_each(struct api_request *r, struct list_found *found, struct error *err)
{
    size_t kept = 0;
    int status = 0;
    for (size_t i = 0; i < found->count; i++) {
        struct object *o = found->objects[i], *deleted;
        bool gone;
        struct slice namespace_ = stored_namespace(o), name = stored_name(o);
        const char *ns = arena_strndup(&r->arena, namespace_.data, namespace_.size),
                   *n = arena_strndup(&r->arena, name.data, name.size);
        if (status == 0 && registry_delete_object(r->server->registry, r, r->resource, ns, n, r->delete_uid,
                                                  NULL, &deleted, &gone, err) == 0) {
            object_unref(o);
            found->objects[kept++] = deleted;
            continue;
        }
        object_unref(o);
        if (status == 0 && err->code != ERR_NOT_FOUND)
            status = -1;
    }
    found->count = kept;
    return status;
}

static void work(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct list_found found = {0};
    struct output output;
    if (body_delete_options(r, &err) < 0 || output_choose(r, &output, &err) < 0 ||
        find(r, &found, &err) < 0 || delete_each(r, &found, &err) < 0) {
        list_found_done(&found);
        respond_error(r, &err);
        return;
    }
    list_respond(r, &output, &found);
}

void verb_deletecollection(struct api_request *r)
{
    server_work(r, work, true);
}
