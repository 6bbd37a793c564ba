/* SPDX-License-Identifier: Apache-2.0 */
/* What the informers tell: nodes into the picture, pods that run too, pods that wait into the queue. On the
 * client's loop, so nothing here blocks. */
#include "core/api/object.h"
#include "core/base/memory.h"
#include "core/scheduler/scheduler.h"

/* Members that stay; a waiting pod is read again for its decision, one that runs only for its demand. */
static const char *const kept_metadata[] = {
    "name", "namespace", "uid", "labels", "resourceVersion", "deletionTimestamp", NULL};
static const char *const kept_spec[] = {"nodeName",       "schedulerName", "priority",        "tolerations",
                                        "nodeSelector",   "affinity",      "schedulingGates", "containers",
                                        "initContainers", "overhead",      "resources",       NULL};
static const char *const kept_bound_spec[] = {"nodeName", "priority",  "containers", "initContainers",
                                              "overhead", "resources", NULL};
static const char *const kept_container[] = {"image", "resources", "ports", "restartPolicy", NULL};
static const char *const kept_bound_container[] = {"resources", "ports", "restartPolicy", NULL};
static const char *const kept_status[] = {"phase", "conditions", NULL};
static const char *const kept_bound_status[] = {"phase", NULL};

static void trim_pod(struct json *pod)
{
    struct json *spec = json_get(pod, "spec");
    const char *node = json_string_or(json_get(spec, "nodeName"), "");
    bool bound = *node != '\0';
    json_keep_only(json_get(pod, "metadata"), kept_metadata);
    json_keep_only(spec, bound ? kept_bound_spec : kept_spec);
    json_keep_only(json_get(pod, "status"), bound ? kept_bound_status : kept_status);
    json_for_each (c, json_get(spec, "containers"))
        json_keep_only(c, bound ? kept_bound_container : kept_container);
    json_for_each (c, json_get(spec, "initContainers"))
        json_keep_only(c, bound ? kept_bound_container : kept_container);
}

static void trim_node(struct json *node)
{
    static const char *const metadata[] = {"name", "labels", "resourceVersion", "uid", NULL},
                             *const spec[] = {"unschedulable", "taints", NULL},
                             *const status[] = {"allocatable", "images", NULL};
    json_keep_only(json_get(node, "metadata"), metadata);
    json_keep_only(json_get(node, "spec"), spec);
    json_keep_only(json_get(node, "status"), status);
}

static void pod_left(struct scheduler *s, const char *key)
{
    pthread_mutex_lock(&s->lock);
    bool freed = cluster_forget(&s->cluster, key);
    pthread_mutex_unlock(&s->lock);
    queue_remove(s->queue, key);
    if (freed)
        queue_wake(s->queue, WAKE_POD_GONE);
}

static bool asks_less(const struct demand *now, const struct demand *before)
{
    for (unsigned i = 0; i < AMOUNTS; i++)
        if (now->amounts[i] < before->amounts[i])
            return true;
    return false;
}

static void pod_runs(struct scheduler *s, const struct pod_request *r)
{
    pthread_mutex_lock(&s->lock);
    const struct placed_pod *p = cluster_pod(&s->cluster, r->key);
    bool same = p && strcmp(p->node->name, r->node_name) == 0;
    unsigned wakes = p && (!same || asks_less(&r->demand, &p->demand)) ? WAKE_POD_GONE : 0;
    cluster_place(&s->cluster, r->key, r->node_name, &r->demand, false);
    pthread_mutex_unlock(&s->lock);
    queue_remove(s->queue, r->key);
    if (wakes)
        queue_wake(s->queue, wakes);
}

/* Only what a decision depends on counts as a change: our own condition, written to its status, must not wake
 * it. */
static bool changed_for_scheduling(struct cached *old, const struct json *now)
{
    struct arena arena = ARENA_INIT;
    struct json *before = cached_parse(old, &arena);
    bool changed = !json_equal_semantic(json_get(before, "spec"), json_get(now, "spec"));
    arena_done(&arena);
    return changed;
}

static void pod_changed(void *context, struct cached *old, struct cached *new_, const struct json *pod)
{
    struct scheduler *s = context;
    struct arena arena = ARENA_INIT;
    struct pod_request r;
    const char *key = cached_key(new_ ? new_ : old);
    pod_request_fill(&r, &arena, pod, key);
    bool ended = !new_ || pod_is_terminal(pod);
    if (ended || (!*r.node_name && object_is_deleted(pod)))
        pod_left(s, key);
    else if (*r.node_name)
        pod_runs(s, &r);
    else if (strcmp(r.scheduler, s->options->scheduler_name) == 0 &&
             (!old || changed_for_scheduling(old, pod)))
        queue_add(s->queue, key, r.priority, pod_is_gated(pod));
    arena_done(&arena);
}

static void node_changed(void *context, struct cached *old, struct cached *new_, const struct json *node)
{
    struct scheduler *s = context;
    unsigned wakes = 0;
    pthread_mutex_lock(&s->lock);
    if (new_)
        wakes = cluster_set_node(&s->cluster, node);
    else
        cluster_remove_node(&s->cluster, object_name(node));
    pthread_mutex_unlock(&s->lock);
    queue_wake(s->queue, wakes);
}

void watch_start(struct scheduler *s)
{
    struct informer_config pods = {
        .client = s->client, .resource = RESOURCE("", "v1", "pods"), .trim = trim_pod};
    struct informer_config nodes = {
        .client = s->client, .resource = RESOURCE("", "v1", "nodes"), .trim = trim_node};
    s->pods = informer_new(&pods);
    s->nodes = informer_new(&nodes);
    informer_add_handler(s->pods, &(struct informer_handler){.changed = pod_changed, .context = s});
    informer_add_handler(s->nodes, &(struct informer_handler){.changed = node_changed, .context = s});
    informer_start(s->nodes);
    informer_start(s->pods);
}
