/* SPDX-License-Identifier: Apache-2.0 */
/* WATCH: which revision it starts at, and what it gets first (API concepts, "Semantics for watch", "Streaming
 * lists"). */
#include "core/apiserver/read.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/apiserver/watch.h"
#include "core/base/random.h"

enum { WATCH_TIMEOUT_S_MAX = 24 * 3600 };

static int forbid(const char *field, const char *why, struct error *err)
{
    error_add_cause(err, "FieldValueForbidden", field, "Forbidden: %s", why);
    return error_set_invalid(err, "meta.k8s.io", "ListOptions", "");
}

static int check_options(const struct api_request *r, bool said, struct error *err)
{
    const char *match = r->resource_version_match ? r->resource_version_match : "";
    if (r->continue_ && *r->continue_)
        return forbid("continue", "continue is forbidden for watch", err);
    if (!said)
        return *match
                   ? forbid(
                         "resourceVersionMatch",
                         "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
                         err)
                   : 0;
    if (strcmp(match, "NotOlderThan") != 0)
        return forbid("resourceVersionMatch",
                      "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan", err);
    if (r->send_initial_events && !r->allow_bookmarks)
        return forbid("allowWatchBookmarks", "sendInitialEvents requires allowWatchBookmarks", err);
    return 0;
}

static int prepare(struct api_request *r, struct watch_options *o, struct error *err)
{
    bool said = api_request_query(r, "sendInitialEvents") != NULL;
    if (!o->cache)
        return error_set(err, ERR_METHOD_NOT_ALLOWED, "%s cannot be watched", r->resource->plural);
    if (check_options(r, said, err) < 0 || output_choose(r, &o->output, err) < 0 ||
        read_revision(r->resource_version, &o->revision, err) < 0)
        return -1;
    o->output.framed = o->websocket != NULL;
    if (o->output.media == MEDIA_PROTOBUF && !r->resource->type)
        return error_set(err, ERR_NOT_ACCEPTABLE, "%s have no protobuf form", r->resource->plural);
    const char *fields = r->field_selector;
    if (*r->name && (!fields || !*fields)) /* …/watch/pods/x, or a watch of one object's path */
        fields = arena_printf(&r->arena, "metadata.name=%s", r->name);
    o->field_selector = fields;
    o->initial = said ? r->send_initial_events : o->revision == 0;
    o->initial_end = said && r->send_initial_events;
    o->bookmarks = r->allow_bookmarks;
    if (!o->initial && o->revision == 0)
        o->revision = cache_revision(o->cache);
    int64_t shortest = r->server->options->min_request_timeout_s;
    o->timeout_s = r->timeout_s > 0 ? r->timeout_s : shortest + (int64_t)random_below((uint64_t)shortest + 1);
    o->timeout_s = o->timeout_s > WATCH_TIMEOUT_S_MAX ? WATCH_TIMEOUT_S_MAX : o->timeout_s;
    return 0;
}

/* Loop thread. */
static void begin(void *context)
{
    struct api_request *r = context;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct watch_options options = {.cache = registry_cache(r->server->registry, r->resource)};
    struct websocket websocket;
    options.websocket = websocket_wanted(r) ? &websocket : NULL;
    if (prepare(r, &options, &err) < 0 ||
        (options.websocket && websocket_accept_any(r, &websocket, &err) < 0) ||
        watch_start(r->server->watches, r, &options, &err) < 0)
        respond_error(r, &err);
}

static void wait_and_begin(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (read_wait(r, &err) < 0)
        respond_error(r, &err);
    else
        loop_post(http_request_loop(r->http), begin, r);
}

/* Only a watch that begins with what exists has to wait for a revision; any other is told of what comes after
 * it. */
void verb_watch(struct api_request *r)
{
    uint64_t revision;
    bool state =
        r->send_initial_events || (read_revision(r->resource_version, &revision, NULL) == 0 && revision == 0);
    if (!state || read_is_ready(r))
        begin(r);
    else
        server_work(r, wait_and_begin, false);
}
