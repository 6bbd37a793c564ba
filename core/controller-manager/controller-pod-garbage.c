/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pod garbage collector: removes finished pods beyond a number, pods bound to nodes that are gone, pods
 * that were deleted before they got a node, and pods that cannot end since their node is out of service. A
 * round every 20 seconds.
 */
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/controller-manager/controller.h"

#define ROUND_MS      20000
#define QUARANTINE_NS (40 * NS_PER_S) /* a node must be missing for so long before its pods go */

struct pod_garbage {
    struct client *client;
    const struct resource *pods_resource, *nodes_resource;
    struct informer *pods, *nodes;
    struct workqueue *queue; /* one key */
    int64_t threshold;
    struct map *missing; /* nodes that were not found, since when: int64_t. The worker's only. */
};

/* Force-deletes; a pod that had not ended is marked as failed first, so that its owner sees why. */
static void remove_pod(struct pod_garbage *c, const struct json *pod, const char *reason, const char *message)
{
    struct arena arena = ARENA_INIT;
    struct error err = ERROR_INIT;
    struct client_delete_options options = {.grace_period_s = 0, .uid = object_uid(pod)};
    char now[TIME_TEXT_MAX];
    int rc = 0;
    time_format(clock_realtime_ns(), now);
    if (!pod_is_terminal(pod)) {
        struct json *patch = json_new_object(&arena);
        json_set_string(&arena, json_set_object(&arena, patch, "metadata"), "uid", object_uid(pod));
        struct json *status = json_set_object(&arena, patch, "status");
        json_set_string(&arena, status, "phase", "Failed");
        if (reason) {
            struct json *condition =
                json_append(&arena, json_set_array(&arena, status, "conditions"), json_new_object(&arena));
            json_set_string(&arena, condition, "type", "DisruptionTarget");
            json_set_string(&arena, condition, "status", "True");
            json_set_string(&arena, condition, "reason", reason);
            json_set_string(&arena, condition, "message", message);
            json_set_string(&arena, condition, "lastTransitionTime", now);
        }
        rc = client_patch(c->client, c->pods_resource, object_namespace(pod), object_name(pod), "status",
                          PATCH_STRATEGIC, patch, &arena, NULL, &err);
    }
    if (rc == 0)
        rc = client_delete(c->client, c->pods_resource, object_namespace(pod), object_name(pod), &options,
                           &err);
    if (rc < 0 && err.code != ERR_NOT_FOUND)
        log_warning("pod garbage: %s/%s: %s", object_namespace(pod), object_name(pod), err.message);
    error_done(&err);
    arena_done(&arena);
}

/* --- finished ones --- */

struct finished {
    struct cached *pod;
    int64_t created_ns;
};

static int by_age(const void *x, const void *y)
{
    const struct finished *a = x, *b = y;
    return a->created_ns < b->created_ns ? -1 : a->created_ns > b->created_ns;
}

static void collect_finished(struct pod_garbage *c, const struct object_list *pods)
{
    struct arena arena = ARENA_INIT;
    struct finished *list = newa0(struct finished, pods->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < pods->count && c->threshold > 0; i++) {
        const struct json *pod = cached_parse(pods->cached[i], &arena);
        if (pod_is_terminal(pod))
            list[count++] = (struct finished){pods->cached[i], object_created_ns(pod)};
        arena_reset(&arena);
    }
    if (c->threshold > 0 && (int64_t)count > c->threshold) {
        qsort(list, count, sizeof(*list), by_age);
        for (size_t i = 0; i < count - (size_t)c->threshold; i++) {
            remove_pod(c, cached_parse(list[i].pod, &arena), NULL, NULL);
            arena_reset(&arena);
        }
    }
    free(list);
    arena_done(&arena);
}

/* --- orphans --- */

/* Missing for the whole quarantine, and a live read says so too. */
static bool is_gone(struct pod_garbage *c, const char *node)
{
    struct arena arena = ARENA_INIT;
    struct json *live = NULL;
    struct error err = ERROR_INIT;
    int64_t *since = map_get(c->missing, node), now = clock_monotonic_ns();
    if (!since) {
        since = new0(int64_t);
        *since = now;
        map_set(c->missing, node, since);
    }
    bool gone = now - *since >= QUARANTINE_NS &&
                client_get(c->client, c->nodes_resource, NULL, node, &arena, &live, &err) < 0 &&
                err.code == ERR_NOT_FOUND;
    error_done(&err);
    arena_done(&arena);
    return gone;
}

static void forget_found(struct pod_garbage *c)
{
    size_t cursor = 0;
    const char *node;
    while (map_next(c->missing, &cursor, &node, NULL)) {
        _cleanup_(cleanup_cached_unref) struct cached *present = informer_get(c->nodes, node);
        if (present)
            map_remove(c->missing, node);
    }
}

static bool is_out_of_service(const struct json *node)
{
    bool tainted = false;
    json_for_each (taint, json_at(node, "spec.taints"))
        tainted =
            tainted || slice_is(json_slice(json_get(taint, "key")), "node.kubernetes.io/out-of-service");
    return tainted && !object_condition_is(node, "Ready", "True");
}

static void collect_one(struct pod_garbage *c, const struct json *pod, struct arena *arena)
{
    const char *name = json_string_or(json_at(pod, "spec.nodeName"), "");
    if (!name[0]) {
        if (object_is_deleted(pod))
            remove_pod(c, pod, NULL, NULL);
        return;
    }
    const struct json *node = object_cached_key(c->nodes, name, arena);
    if (!node && is_gone(c, name))
        remove_pod(c, pod, "DeletionByPodGC", "PodGC: node no longer exists");
    else if (node && object_is_deleted(pod) && is_out_of_service(node))
        remove_pod(c, pod, "DeletionByPodGC", "PodGC: node out of service");
}

static int64_t round_over_pods(void *self, const char *key, struct error *err)
{
    struct pod_garbage *c = self;
    struct arena arena = ARENA_INIT;
    _cleanup_(object_list_done) struct object_list pods = objects_in(c->pods, NULL);
    forget_found(c);
    collect_finished(c, &pods);
    for (size_t i = 0; i < pods.count; i++) {
        collect_one(c, cached_parse(pods.cached[i], &arena), &arena);
        arena_reset(&arena);
    }
    arena_done(&arena);
    return ROUND_MS;
}

/* A pod that was deleted without ever having a node need not wait for the round. */
static void pod_changed(void *self, struct cached *old, struct cached *new_, const struct json *pod)
{
    struct pod_garbage *c = self;
    if (new_ && object_is_deleted(pod) && !json_slice(json_at(pod, "spec.nodeName")).size)
        workqueue_add(c->queue, "round");
}

static void *start(struct manager *m, struct controller_run *run)
{
    struct pod_garbage *c = new0(struct pod_garbage);
    c->client = manager_client(m);
    c->pods_resource = RESOURCE("", "v1", "pods");
    c->nodes_resource = RESOURCE("", "v1", "nodes");
    c->threshold = manager_options(m)->terminated_pod_gc_threshold;
    c->missing = map_new(free);
    c->queue = controller_queue("pod-garbage", 1, round_over_pods, c);
    c->pods = controller_watch(run, c->pods_resource, pod_changed, c);
    c->nodes = controller_watch(run, c->nodes_resource, NULL, c);
    return c;
}

static void begin(void *self)
{
    struct pod_garbage *c = self;
    workqueue_add(c->queue, "round");
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct pod_garbage *c = self;
    workqueue_free(c->queue);
    map_free(c->missing);
    free(c);
}

const struct controller controller_pod_garbage = {
    .name = "pod-garbage-collector-controller",
    .alias = "podgc",
    .account = "pod-garbage-collector",
    .start = start,
    .begin = begin,
    .stop = stop,
};
