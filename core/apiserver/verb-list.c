/* SPDX-License-Identifier: Apache-2.0 */
/* LIST: plan, find, write. On the loop when the cache has the state and writing it costs no parse; else on a
 * worker. */
#include "core/apiserver/list.h"
#include "core/apiserver/read.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/apiserver/versions.h"
#include "core/base/memory.h"

enum { PARSED_ON_LOOP_MAX = 20, SCANNED_ON_LOOP_MAX = 4000 };

struct listing {
    struct cache *cache;
    struct output output;
    struct list_plan plan;
    struct match match;
};

static int prepare(struct api_request *r, struct listing *l, struct error *err)
{
    *l = (struct listing){.cache = registry_cache(r->server->registry, r->resource)};
    if (!l->cache)
        return error_set(err, ERR_METHOD_NOT_ALLOWED, "%s cannot be listed", r->resource->plural);
    if (output_choose(r, &l->output, err) < 0 || list_plan(r, &l->plan, err) < 0)
        return -1;
    return match_parse(&l->match, r->resource, l->cache->fields, r->label_selector, r->field_selector, err);
}

/* A list that will be continued is shown from this same state: it is kept for a while. */
static void finish(struct api_request *r, struct listing *l, struct list_found *found)
{
    if (found->more && found->root)
        cache_keep_snapshot(l->cache, found->root, found->revision);
    list_respond(r, &l->output, found);
}

static int find_exact(struct api_request *r, struct listing *l, struct list_found *found, struct error *err)
{
    struct tree *root;
    struct registry *g = r->server->registry;
    if (l->plan.revision > caches_revision(g->caches) && !caches_wait(g->caches, l->plan.revision, 3000))
        return read_too_large(l->plan.revision, caches_revision(g->caches), err);
    if (cache_snapshot_at(l->cache, l->plan.revision, &root)) {
        list_find(r, &l->plan, &l->match, root, l->plan.revision, found);
        return 0;
    }
    return list_find_stored(r, &l->plan, &l->match, found, err);
}

static void work(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct listing l;
    struct list_found found = {0};
    int status = prepare(r, &l, &err);
    if (status == 0 && l.plan.freshness == LIST_EXACT) {
        status = find_exact(r, &l, &found, &err);
    } else if (status == 0 && (read_is_ready(r) || (status = read_wait(r, &err)) == 0)) {
        uint64_t revision;
        struct tree *root = cache_snapshot(l.cache, &revision);
        list_find(r, &l.plan, &l.match, root, revision, &found);
    }
    match_done(&l.match);
    if (status < 0)
        respond_error(r, &err);
    else
        finish(r, &l, &found);
}

void verb_list(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct listing l;
    struct list_found found = {0};
    struct tree *root = NULL;
    uint64_t revision = 0;
    if (prepare(r, &l, &err) < 0) {
        match_done(&l.match);
        respond_error(r, &err);
        return;
    }
    bool here = l.plan.freshness == LIST_EXACT ? cache_snapshot_at(l.cache, l.plan.revision, &root)
                                               : read_is_ready(r);
    if (here && l.plan.freshness == LIST_EXACT)
        revision = l.plan.revision;
    else if (here)
        root = cache_snapshot(l.cache, &revision);
    bool parsed =
        l.output.shape == OUTPUT_TABLE || l.output.media != MEDIA_JSON || versions_differ(r->resource);
    bool scanned = !match_everything(&l.match) && !match_single_name(&l.match).data;
    if (!here || (parsed && tree_count(root) > PARSED_ON_LOOP_MAX) ||
        (scanned && tree_count(root) > SCANNED_ON_LOOP_MAX)) {
        tree_unref(root);
        match_done(&l.match);
        server_work(r, work, false);
        return;
    }
    list_find(r, &l.plan, &l.match, root, revision, &found);
    match_done(&l.match);
    finish(r, &l, &found);
}
