/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The taint eviction controller: pods leave nodes with NoExecute taints that they do not tolerate, at once or
 * when their toleration has run out. A toleration's time runs from when the taint was added (or the pod was
 * made, if that was later), so that a restart of this daemon neither shortens nor lengthens it; a taint that
 * does not say when it was added, as those of kubectl do not, counts from when it was first seen.
 */
#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/controller-manager/controller.h"
#include "core/controller-manager/node-match.h"

struct taint_eviction {
    struct client *client;
    const struct resource *pods_resource, *nodes_resource;
    struct informer *pods, *nodes;
    struct workqueue *queue; /* of pods */
    struct event_recorder *events;
    pthread_mutex_t lock; /* guards seen */
    struct map *seen;     /* "node key=value" of undated taints: int64_t, when first seen (real time, ns) */
};

#define NEVER INT64_MAX

static bool no_execute(const struct json *taint)
{
    return slice_is(json_slice(json_get(taint, "effect")), "NoExecute");
}

static bool has_no_execute(const struct json *node)
{
    json_for_each (taint, json_at(node, "spec.taints"))
        if (no_execute(taint))
            return true;
    return false;
}

/* --- noticing changes; the client's loop --- */

static bool is_undated(const struct json *taint)
{
    return no_execute(taint) && !json_slice(json_get(taint, "timeAdded")).size;
}

static char *taint_name(struct arena *arena, const char *node, const struct json *taint)
{
    return arena_printf(arena, "%s %s=%s", node, json_string_or(json_get(taint, "key"), ""),
                        json_string_or(json_get(taint, "value"), ""));
}

static bool still_has(const struct json *node, const char *name, struct arena *arena)
{
    json_for_each (taint, json_at(node, "spec.taints"))
        if (is_undated(taint) && !strcmp(taint_name(arena, object_name(node), taint), name))
            return true;
    return false;
}

/* Under the lock. */
static void forget_gone(struct taint_eviction *c, const struct json *node, bool gone, struct arena *arena)
{
    const char *name;
    size_t cursor = 0, size = strlen(object_name(node));
    while (map_next(c->seen, &cursor, &name, NULL))
        if (!strncmp(name, object_name(node), size) && name[size] == ' ' &&
            (gone || !still_has(node, name, arena)))
            map_remove(c->seen, name);
}

static void note_taints(struct taint_eviction *c, const struct json *node, bool gone)
{
    struct arena arena = ARENA_INIT;
    pthread_mutex_lock(&c->lock);
    forget_gone(c, node, gone, &arena);
    json_for_each (taint, gone ? NULL : json_at(node, "spec.taints")) {
        const char *name = taint_name(&arena, object_name(node), taint);
        if (!is_undated(taint) || map_has(c->seen, name))
            continue;
        int64_t *now = new0(int64_t);
        *now = clock_realtime_ns();
        map_set(c->seen, name, now);
    }
    pthread_mutex_unlock(&c->lock);
    arena_done(&arena);
}

static int64_t first_seen_ns(struct taint_eviction *c, const char *node, const struct json *taint)
{
    struct arena arena = ARENA_INIT;
    pthread_mutex_lock(&c->lock);
    const int64_t *seen = map_get(c->seen, taint_name(&arena, node, taint));
    int64_t at = seen ? *seen : clock_realtime_ns();
    pthread_mutex_unlock(&c->lock);
    arena_done(&arena);
    return at;
}

static void node_changed(void *self, struct cached *old, struct cached *new_, const struct json *node)
{
    struct taint_eviction *c = self;
    if (old && new_ && !cached_differs(old, node, "spec.taints"))
        return;
    note_taints(c, node, !new_);
    if (!new_ || !has_no_execute(node))
        return;
    _cleanup_(object_list_done) struct object_list pods = objects_by(c->pods, INDEX_NODE, object_name(node));
    for (size_t i = 0; i < pods.count; i++)
        workqueue_add(c->queue, cached_key(pods.cached[i]));
}

static void pod_changed(void *self, struct cached *old, struct cached *new_, const struct json *pod)
{
    struct taint_eviction *c = self;
    const char *name = json_string_or(json_at(pod, "spec.nodeName"), "");
    if (!new_ || !name[0] ||
        (old && !cached_differs(old, pod, "spec.nodeName") && !cached_differs(old, pod, "spec.tolerations")))
        return;
    struct arena arena = ARENA_INIT;
    const struct json *node = object_cached_key(c->nodes, name, &arena);
    if (node && has_no_execute(node))
        workqueue_add(c->queue, cached_key(new_));
    arena_done(&arena);
}

/* --- tolerations --- */

/* When the pod has to go because of this taint: a time, 0 at once, or NEVER. The first toleration that fits
 * counts. */
static int64_t due_for(struct taint_eviction *c, const struct json *pod, const char *node,
                       const struct json *taint)
{
    int64_t added = 0;
    json_for_each (toleration, json_at(pod, "spec.tolerations")) {
        const struct json *limit = json_get(toleration, "tolerationSeconds");
        if (!toleration_tolerates(toleration, taint))
            continue;
        if (json_is_absent(limit))
            return NEVER;
        if (!time_parse(json_slice(json_get(taint, "timeAdded")), &added))
            added = first_seen_ns(c, node, taint);
        return MAX(added, object_created_ns(pod)) + MAX(json_integer_or(limit, 0), INT64_C(0)) * NS_PER_S;
    }
    return 0;
}

static int64_t due_of(struct taint_eviction *c, const struct json *pod, const struct json *node)
{
    int64_t due = NEVER;
    json_for_each (taint, json_at(node, "spec.taints"))
        if (no_execute(taint))
            due = MIN(due, due_for(c, pod, object_name(node), taint));
    return due;
}

/* --- eviction --- */

static int mark_disrupted(struct taint_eviction *c, const struct json *pod, struct arena *arena,
                          struct error *err)
{
    char now[TIME_TEXT_MAX];
    struct json *patch = json_new_object(arena);
    time_format(clock_realtime_ns(), now);
    json_set_string(arena, json_set_object(arena, patch, "metadata"), "uid", object_uid(pod));
    struct json *condition = json_append(arena, json_ensure(arena, patch, "status.conditions", JSON_ARRAY),
                                         json_new_object(arena));
    json_set_string(arena, condition, "type", "DisruptionTarget");
    json_set_string(arena, condition, "status", "True");
    json_set_string(arena, condition, "reason", "DeletionByTaintManager");
    json_set_string(arena, condition, "message", "Taint manager: deleting due to NoExecute taint");
    json_set_string(arena, condition, "lastTransitionTime", now);
    return client_patch(c->client, c->pods_resource, object_namespace(pod), object_name(pod), "status",
                        PATCH_STRATEGIC, patch, arena, NULL, err);
}

static int evict(struct taint_eviction *c, const struct json *pod, struct arena *arena, struct error *err)
{
    struct client_delete_options options = {.grace_period_s = -1, .uid = object_uid(pod)};
    struct error one = ERROR_INIT;
    event_record(c->events, pod, NULL, "Normal", "TaintManagerEviction", "Marking for deletion Pod %s/%s",
                 object_namespace(pod), object_name(pod));
    int rc = mark_disrupted(c, pod, arena, &one);
    if (rc == 0)
        rc = client_delete(c->client, c->pods_resource, object_namespace(pod), object_name(pod), &options,
                           &one);
    if (rc < 0 && one.code == ERR_NOT_FOUND)
        rc = 0;
    if (rc < 0)
        error_move(err, &one);
    error_done(&one);
    return rc;
}

/* The node as it is now, since what was cached may be over. */
static int64_t look_live(struct taint_eviction *c, const struct json *pod, struct arena *arena,
                         struct error *err)
{
    struct json *node = NULL;
    struct error one = ERROR_INIT;
    if (client_get(c->client, c->nodes_resource, NULL, json_string_at(pod, "spec.nodeName"), arena, &node,
                   &one) < 0) {
        bool gone = one.code == ERR_NOT_FOUND;
        error_move(err, &one);
        return gone ? 0 : -1;
    }
    int64_t due = due_of(c, pod, node), now = clock_realtime_ns();
    if (due == NEVER)
        return 0;
    return due > now ? (due - now) / NS_PER_MS + 1 : evict(c, pod, arena, err);
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct taint_eviction *c = self;
    struct arena arena = ARENA_INIT;
    int64_t result = 0;
    const struct json *pod = object_cached_key(c->pods, key, &arena);
    const char *name = json_string_or(json_at(pod, "spec.nodeName"), "");
    const struct json *node = name[0] ? object_cached_key(c->nodes, name, &arena) : NULL;
    if (pod && node && !object_is_deleted(pod)) {
        int64_t due = due_of(c, pod, node), now = clock_realtime_ns();
        if (due != NEVER && due > now)
            result = (due - now) / NS_PER_MS + 1;
        else if (due != NEVER)
            result = look_live(c, pod, &arena, err);
    }
    arena_done(&arena);
    return result;
}

static void *start(struct manager *m, struct controller_run *run)
{
    struct taint_eviction *c = new0(struct taint_eviction);
    pthread_mutex_init(&c->lock, NULL);
    c->seen = map_new(free);
    c->client = manager_client(m);
    c->pods_resource = RESOURCE("", "v1", "pods");
    c->nodes_resource = RESOURCE("", "v1", "nodes");
    c->events = event_recorder_new(c->client, "taint-eviction-controller", NULL);
    c->queue = controller_queue("taint-eviction", 8, reconcile, c);
    c->nodes = controller_watch(run, c->nodes_resource, node_changed, c);
    c->pods = controller_watch(run, c->pods_resource, pod_changed, c);
    return c;
}

/* Handlers ran while the other informer was still empty: everything is looked at once. */
static void begin(void *self)
{
    struct taint_eviction *c = self;
    _cleanup_(object_list_done) struct object_list pods = objects_in(c->pods, NULL);
    for (size_t i = 0; i < pods.count; i++)
        workqueue_add(c->queue, cached_key(pods.cached[i]));
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct taint_eviction *c = self;
    workqueue_free(c->queue);
    event_recorder_free(c->events);
    map_free(c->seen);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

const struct controller controller_taint_eviction = {
    .name = "taint-eviction-controller",
    .account = "node-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
