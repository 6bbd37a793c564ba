/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node life cycle controller. Heartbeats (leases and statuses) are noted as they arrive; a periodic round
 * finds nodes that were silent too long, asks the server once more about each, and only then says that their
 * state is unknown.
 */
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/controller-manager/node-health.h"

#define LEASE_NAMESPACE "kube-node-lease"

/* --- records; under the lock --- */

static void record_free(void *value)
{
    struct node_record *r = value;
    free(r->heartbeat);
    free(r->renewed);
    free(r->zone);
    free(r);
}

static struct node_record *record_of(struct node_lifecycle *c, const char *name)
{
    struct node_record *r = map_get(c->records, name);
    if (!r) {
        r = new0(struct node_record);
        r->zone = xstrdup("");
        r->heard_ns = clock_monotonic_ns();
        map_set(c->records, name, r);
    }
    return r;
}

/* Takes the text over when it is another; returns whether it was. */
static bool note(char **kept, const char *text)
{
    if (*kept && !strcmp(*kept, text))
        return false;
    free(*kept);
    *kept = xstrdup(text);
    return true;
}

static char *zone_of(const struct json *node)
{
    const char *region = object_label(node, "topology.kubernetes.io/region");
    const char *zone = object_label(node, "topology.kubernetes.io/zone");
    return xasprintf("%s:%s", region ? region : "", zone ? zone : "");
}

/* Returns whether the node's readiness changed. */
static bool note_node(struct node_record *r, const struct json *node)
{
    const struct json *ready = object_condition(node, "Ready");
    enum node_ready now = node_ready_of(node);
    bool changed = now != r->ready;
    bool heard = note(&r->heartbeat, json_string_or(json_get(ready, "lastHeartbeatTime"), ""));
    /* our own mark does not count as a sign of life */
    if ((heard || changed) && now != NODE_READY_UNKNOWN)
        r->heard_ns = clock_monotonic_ns();
    r->ready = now;
    free(r->zone);
    r->zone = zone_of(node);
    return changed;
}

/* --- noticing changes; the client's loop --- */

static void tell_about_node(struct node_lifecycle *c, const struct json *node, bool added)
{
    const char *name = object_name(node);
    if (added)
        event_record(c->events, node, NULL, "Normal", "RegisteredNode",
                     "Node %s event: Registered Node %s in Controller", name, name);
    else
        event_record(c->events, node, NULL, "Normal", "RemovingNode",
                     "Node %s event: Removing Node %s from Controller", name, name);
}

static void node_changed(void *self, struct cached *old, struct cached *new_, const struct json *node)
{
    struct node_lifecycle *c = self;
    const char *name = object_name(node);
    pthread_mutex_lock(&c->lock);
    enum node_ready before = NODE_READY_ABSENT;
    bool changed = false;
    if (new_) {
        struct node_record *r = record_of(c, name);
        before = r->ready;
        changed = note_node(r, node);
    } else {
        map_remove(c->records, name);
    }
    pthread_mutex_unlock(&c->lock);
    if (!old || !new_)
        tell_about_node(c, node, new_ != NULL);
    if (changed && before == NODE_READY_TRUE) {
        event_record(c->events, node, NULL, "Normal", "NodeNotReady", "Node %s status is now: NodeNotReady",
                     name);
        workqueue_add(c->monitor_queue, "round");
    }
    if (new_)
        workqueue_add(c->taint_queue, name);
}

static void lease_changed(void *self, struct cached *old, struct cached *new_, const struct json *lease)
{
    struct node_lifecycle *c = self;
    if (!new_ || strcmp(object_namespace(lease), LEASE_NAMESPACE) != 0)
        return;
    pthread_mutex_lock(&c->lock);
    struct node_record *r = map_get(c->records, object_name(lease));
    if (r && note(&r->renewed, json_string_or(json_at(lease, "spec.renewTime"), "")))
        r->heard_ns = clock_monotonic_ns();
    pthread_mutex_unlock(&c->lock);
}

/* A pod that comes to a node that is not ready, or is ready again there, is looked at with its node. */
static void pod_changed(void *self, struct cached *old, struct cached *new_, const struct json *pod)
{
    struct node_lifecycle *c = self;
    const char *node = json_string_or(json_at(pod, "spec.nodeName"), "");
    if (!new_ || !node[0] || !pod_is_ready(pod))
        return;
    pthread_mutex_lock(&c->lock);
    const struct node_record *r = map_get(c->records, node);
    bool bad = r && (r->ready == NODE_READY_FALSE || r->ready == NODE_READY_UNKNOWN);
    pthread_mutex_unlock(&c->lock);
    if (bad)
        workqueue_add(c->taint_queue, node);
}

/* --- the round --- */

struct silent {
    char *name;
    struct silent *next;
};

static bool is_silent(const struct node_lifecycle *c, const struct node_record *r, int64_t now)
{
    int64_t grace = r->ready == NODE_READY_ABSENT ? c->options->node_startup_grace_period
                                                  : c->options->node_monitor_grace_period;
    return r->ready != NODE_READY_UNKNOWN && now - r->heard_ns > grace;
}

static struct silent *find_silent(struct node_lifecycle *c)
{
    struct silent *list = NULL;
    const char *name;
    void *value;
    size_t cursor = 0;
    int64_t now = clock_monotonic_ns();
    pthread_mutex_lock(&c->lock);
    while (map_next(c->records, &cursor, &name, &value))
        if (is_silent(c, value, now)) {
            struct silent *s = new0(struct silent);
            s->name = xstrdup(name);
            s->next = list;
            list = s;
        }
    pthread_mutex_unlock(&c->lock);
    return list;
}

/* The lease's renewTime as it is now; "" when there is no lease. The controller's own account may not get
 * leases, so that the one is listed. */
static int read_renewed(struct node_lifecycle *c, const char *name, struct arena *arena, const char **ret,
                        struct error *err)
{
    struct json *list = NULL;
    struct client_list_options options = {.field_selector = arena_printf(arena, "metadata.name=%s", name)};
    if (client_list(c->reader, c->leases_resource, LEASE_NAMESPACE, &options, arena, &list, err) < 0)
        return -1;
    *ret = json_string_or(json_at(json_element(json_get(list, "items"), 0), "spec.renewTime"), "");
    return 0;
}

/* What our picture says may be old: the lease and the node as they are now decide. -1: could not be read, so
 * nothing is known. */
static int still_silent(struct node_lifecycle *c, const char *name, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct json *node = NULL;
    const char *renewed = "";
    struct error one = ERROR_INIT;
    int rc = read_renewed(c, name, &arena, &renewed, &one);
    if (rc == 0)
        rc = client_get(c->client, c->nodes_resource, NULL, name, &arena, &node, &one);
    bool silent = false;
    if (rc == 0) {
        pthread_mutex_lock(&c->lock);
        struct node_record *r = map_get(c->records, name);
        if (r && renewed[0] && note(&r->renewed, renewed))
            r->heard_ns = clock_monotonic_ns();
        if (r)
            note_node(r, node);
        silent = r && is_silent(c, r, clock_monotonic_ns());
        pthread_mutex_unlock(&c->lock);
    } else if (one.code != ERR_NOT_FOUND) {
        error_move(err, &one);
    } else {
        rc = 0;
    }
    error_done(&one);
    arena_done(&arena);
    return rc < 0 ? -1 : silent;
}

static void set_unknown(struct arena *arena, struct json *node, const char *type)
{
    char now[TIME_TEXT_MAX];
    struct json *condition = object_condition(node, type);
    time_format(clock_realtime_ns(), now);
    if (!condition) {
        condition = json_append(arena, json_ensure(arena, node, "status.conditions", JSON_ARRAY),
                                json_new_object(arena));
        json_set_string(arena, condition, "type", type);
        json_set_string(arena, condition, "reason", "NodeStatusNeverUpdated");
        json_set_string(arena, condition, "message", "Kubelet never posted node status.");
        json_set_string(arena, condition, "lastHeartbeatTime",
                        json_string_at(node, "metadata.creationTimestamp"));
    } else if (slice_is(json_slice(json_get(condition, "status")), "Unknown")) {
        return;
    } else {
        json_set_string(arena, condition, "reason", "NodeStatusUnknown");
        json_set_string(arena, condition, "message", "Kubelet stopped posting node status.");
    }
    json_set_string(arena, condition, "status", "Unknown");
    json_set_string(arena, condition, "lastTransitionTime", now);
}

static int mark_unknown(void *context, struct arena *arena, struct json *node, struct error *err)
{
    static const char *const types[] = {"Ready", "MemoryPressure", "DiskPressure", "PIDPressure"};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        set_unknown(arena, node, types[i]);
    return 0;
}

static void look_at_silent(struct node_lifecycle *c, const char *name)
{
    struct error err = ERROR_INIT;
    int silent = still_silent(c, name, &err);
    if (silent > 0) {
        log_warning("node %s has not been heard of for %lld s: its state is unknown", name,
                    (long long)(c->options->node_monitor_grace_period / NS_PER_S));
        silent = client_modify(c->client, c->nodes_resource, NULL, name, "status", mark_unknown, NULL, &err);
    }
    if (silent < 0 && err.code != ERR_NOT_FOUND)
        log_warning("node %s: %s", name, err.message);
    error_done(&err);
}

/* All nodes get their full time again after everything was down, and taints are thought over. */
static void all_down_changed(struct node_lifecycle *c)
{
    const char *name;
    void *value;
    size_t cursor = 0;
    log_warning("%s",
                c->all_down ? "no node is ready: evictions stop" : "nodes are ready again: evictions go on");
    while (map_next(c->records, &cursor, &name, &value)) {
        struct node_record *r = value;
        if (!c->all_down)
            r->heard_ns = clock_monotonic_ns();
        workqueue_add(c->taint_queue, name);
    }
}

static int64_t round_over_nodes(void *self, const char *key, struct error *err)
{
    struct node_lifecycle *c = self;
    for (struct silent *s = find_silent(c), *next; s; s = next) {
        next = s->next;
        look_at_silent(c, s->name);
        free(s->name);
        free(s);
    }
    pthread_mutex_lock(&c->lock);
    if (node_zones_update(c))
        all_down_changed(c);
    pthread_mutex_unlock(&c->lock);
    return MAX(c->options->node_monitor_period / NS_PER_MS, INT64_C(100));
}

static int64_t reconcile_taints(void *self, const char *key, struct error *err)
{
    return node_taints_sync(self, key, err);
}

/* --- life --- */

static void *start(struct manager *m, struct controller_run *run)
{
    struct node_lifecycle *c = new0(struct node_lifecycle);
    pthread_mutex_init(&c->lock, NULL);
    c->client = manager_client(m);
    c->reader = manager_reader(m);
    c->options = manager_options(m);
    c->records = map_new(record_free);
    c->zones = map_new(free);
    c->nodes_resource = RESOURCE("", "v1", "nodes");
    c->pods_resource = RESOURCE("", "v1", "pods");
    c->leases_resource = RESOURCE("coordination.k8s.io", "v1", "leases");
    c->events = event_recorder_new(c->client, "node-controller", NULL);
    c->taint_queue = controller_queue("node-taints", 8, reconcile_taints, c);
    c->monitor_queue = controller_queue("node-monitor", 1, round_over_nodes, c);
    c->nodes = controller_watch(run, c->nodes_resource, node_changed, c);
    c->leases = controller_watch(run, c->leases_resource, lease_changed, c);
    c->pods = controller_watch(run, c->pods_resource, pod_changed, c);
    return c;
}

static void begin(void *self)
{
    struct node_lifecycle *c = self;
    pthread_mutex_lock(&c->lock);
    node_zones_update(c);
    pthread_mutex_unlock(&c->lock);
    workqueue_add(c->monitor_queue, "round");
    workqueue_start(c->monitor_queue);
    workqueue_start(c->taint_queue);
}

static void stop(void *self)
{
    struct node_lifecycle *c = self;
    workqueue_free(c->monitor_queue);
    workqueue_free(c->taint_queue);
    event_recorder_free(c->events);
    map_free(c->records);
    map_free(c->zones);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

const struct controller controller_node_lifecycle = {
    .name = "node-lifecycle-controller",
    .alias = "nodelifecycle",
    .account = "node-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
