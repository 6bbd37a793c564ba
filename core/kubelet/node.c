/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node's chores. The server's own object is known through an informer; the status is written when
 * something of it changed, and else every five minutes, since the lease says that we live.
 */
#include "core/kubelet/node.h"

#include <pthread.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/kubelet/cgroup.h"
#include "core/kubelet/node-facts.h"
#include "core/kubelet/node-network.h"
#include "core/kubelet/node-status.h"
#include "core/kubelet/pods.h"

#define FAST_LOOK_MS 200 /* until the node is ready for the first time */

struct node {
    struct kubelet *k;
    struct node_network network; /* the chore's */
    pthread_mutex_t lock;        /* of everything below */
    struct cached *object;
    bool network_ready, runtime_ready, registered, was_ready;
    char network_message[300], runtime_message[300];
    char runtime_name[64], runtime_version[64];
    struct node_pressures pressures;
    int64_t pressure_until_ns[3]; /* a pressure stays for a while after it ended */
    int64_t reported_ns;
    bool lease_made;
};

struct node *node_new(struct kubelet *k)
{
    struct node *n = new0(struct node);
    n->k = k;
    pthread_mutex_init(&n->lock, NULL);
    return n;
}

void node_free(struct node *n)
{
    if (!n)
        return;
    cached_unref(n->object);
    node_network_done(&n->network);
    pthread_mutex_destroy(&n->lock);
    free(n);
}

static void wake_waiting_pods(struct node *n)
{
    size_t count;
    struct pod **all = pods_all(n->k->pods, &count);
    for (size_t i = 0; i < count; i++)
        pods_wake(n->k->pods, all[i]->uid);
    pods_all_free(all, count);
}

void node_changed(struct node *n, struct cached *object)
{
    pthread_mutex_lock(&n->lock);
    struct cached *old = n->object;
    n->object = object ? cached_ref(object) : NULL;
    bool first = !old || !object, ready = n->network_ready;
    pthread_mutex_unlock(&n->lock);
    cached_unref(old);
    if (first || !ready)
        workqueue_add(n->k->chores, CHORE_NODE);
    if (first)
        wake_waiting_pods(n);
}

struct json *node_object(struct node *n, struct arena *arena)
{
    pthread_mutex_lock(&n->lock);
    struct cached *object = cached_ref(n->object);
    pthread_mutex_unlock(&n->lock);
    struct json *document = object ? cached_parse(object, arena) : NULL;
    cached_unref(object);
    return document;
}

void node_runtime(struct node *n, struct arena *arena, const char **ret_name, const char **ret_version)
{
    pthread_mutex_lock(&n->lock);
    *ret_name = arena_strdup(arena, n->runtime_name[0] ? n->runtime_name : "containerd");
    *ret_version = arena_strdup(arena, n->runtime_version);
    pthread_mutex_unlock(&n->lock);
}

bool node_network_ready(struct node *n)
{
    pthread_mutex_lock(&n->lock);
    bool ready = n->network_ready && n->runtime_ready;
    pthread_mutex_unlock(&n->lock);
    return ready;
}

void node_pressures(struct node *n, bool *ret_memory, bool *ret_disk, bool *ret_pid)
{
    pthread_mutex_lock(&n->lock);
    *ret_memory = n->pressures.memory;
    *ret_disk = n->pressures.disk;
    *ret_pid = n->pressures.pid;
    pthread_mutex_unlock(&n->lock);
}

/* --- the runtime and the network --- */

static void look_at_runtime(struct node *n, const struct json *object)
{
    struct keelson_runtime_info info;
    struct error err = ERROR_INIT;
    char network[NETWORK_MESSAGE_MAX];
    bool configured = node_network_look(&n->network, n->k, object, network);
    int rc = runtime_info(&n->k->runtime, &info, &err);
    pthread_mutex_lock(&n->lock);
    bool before = n->network_ready && n->runtime_ready;
    n->runtime_ready = rc == 0 && info.runtime_ready;
    n->network_ready = configured && rc == 0 && (info.network_ready || n->k->network);
    snprintf(n->runtime_message, sizeof(n->runtime_message), "%.290s",
             rc < 0 ? err.message : info.runtime_message);
    snprintf(n->network_message, sizeof(n->network_message), "%.290s",
             network[0] ? network
             : rc == 0  ? info.network_message
                        : "");
    bool became = !before && n->network_ready && n->runtime_ready;
    if (rc == 0) {
        snprintf(n->runtime_name, sizeof(n->runtime_name), "%s", info.name);
        snprintf(n->runtime_version, sizeof(n->runtime_version), "%s", info.version);
    }
    pthread_mutex_unlock(&n->lock);
    error_done(&err);
    if (became)
        wake_waiting_pods(n);
}

static const char *not_ready_reason(struct node *n, struct arena *arena)
{
    const char *reason = NULL;
    pthread_mutex_lock(&n->lock);
    if (!n->runtime_ready)
        reason = arena_printf(arena, "container runtime is down: %s", n->runtime_message);
    else if (!n->network_ready)
        reason = arena_printf(
            arena,
            "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:%s",
            n->network_message);
    n->was_ready = n->was_ready || !reason;
    pthread_mutex_unlock(&n->lock);
    return reason;
}

/* --- pressures --- */

/* Signals and what they are about. The disk that holds images is taken for the one that holds pods. */
enum pressure { PRESSURE_MEMORY, PRESSURE_DISK, PRESSURE_PID, PRESSURES };
static const struct signal {
    const char *name, *resource;
    enum pressure pressure;
} signals[] = {{"memory.available", "memory", PRESSURE_MEMORY},
               {"nodefs.available", "ephemeral-storage", PRESSURE_DISK},
               {"nodefs.inodesFree", "ephemeral-storage", PRESSURE_DISK},
               {"imagefs.available", "ephemeral-storage", PRESSURE_DISK},
               {"imagefs.inodesFree", "ephemeral-storage", PRESSURE_DISK},
               {"pid.available", "pids", PRESSURE_PID}};

static bool is_below(struct node *n, const struct signal *signal, int64_t available, int64_t capacity,
                     int64_t *ret_least)
{
    const struct kubelet_config *c = n->k->config;
    for (size_t i = 0; i < c->thresholds_count; i++) {
        const struct eviction_threshold *t = &c->thresholds[i];
        int64_t least = t->percent > 0 ? (int64_t)((double)capacity * t->percent / 100) : t->quantity;
        if (strcmp(t->signal, signal->name) == 0 && capacity > 0 && available < least) {
            *ret_least = least;
            return true;
        }
    }
    return false;
}

/* Once on, a pressure stays for the transition period after it was last seen. */
static bool hold(struct node *n, unsigned which, bool now_on)
{
    int64_t now = clock_monotonic_ns();
    if (now_on)
        n->pressure_until_ns[which] = now + n->k->config->pressure_transition_ns;
    return now_on || now < n->pressure_until_ns[which];
}

bool node_look_at_pressures(struct node *n, struct node_shortage *ret)
{
    struct node_disk disk = {0};
    bool short_of[PRESSURES] = {false};
    node_disk(n->k->config->root_dir, &disk, NULL);
    const int64_t figures[ARRAY_SIZE(signals)][2] = {{node_memory_available_bytes(), node_memory_bytes()},
                                                     {disk.available_bytes, disk.capacity_bytes},
                                                     {disk.inodes_free, disk.inodes},
                                                     {disk.available_bytes, disk.capacity_bytes},
                                                     {disk.inodes_free, disk.inodes},
                                                     {node_pids_max() - node_pids_used(), node_pids_max()}};
    *ret = (struct node_shortage){0};
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        int64_t least;
        if (!is_below(n, &signals[i], figures[i][0], figures[i][1], &least))
            continue;
        short_of[signals[i].pressure] = true;
        if (!ret->resource)
            *ret = (struct node_shortage){signals[i].resource, figures[i][0], least};
    }
    pthread_mutex_lock(&n->lock);
    struct node_pressures now = {hold(n, PRESSURE_MEMORY, short_of[PRESSURE_MEMORY]),
                                 hold(n, PRESSURE_DISK, short_of[PRESSURE_DISK]),
                                 hold(n, PRESSURE_PID, short_of[PRESSURE_PID])};
    bool changed =
        now.memory != n->pressures.memory || now.disk != n->pressures.disk || now.pid != n->pressures.pid;
    n->pressures = now;
    pthread_mutex_unlock(&n->lock);
    return changed || ret->resource;
}

/* --- events --- */

void node_event(struct node *n, const char *type, const char *reason, const char *fmt, ...)
{
    struct arena arena = ARENA_INIT;
    va_list ap;
    if (!n->k->events)
        return;
    va_start(ap, fmt);
    char *message = xvasprintf(fmt, ap);
    va_end(ap);
    struct json *about = object_new(&arena, "v1", "Node", NULL, n->k->config->node_name);
    json_set_string(&arena, json_get(about, "metadata"), "uid", n->k->config->node_name);
    event_record(n->k->events, about, NULL, type, reason, "%s", message);
    free(message);
    arena_done(&arena);
}

/* What changed from one status to the other, told as upstream tells it. */
static void tell_changes(struct node *n, const struct json *old, struct arena *arena, struct json *status)
{
    static const struct {
        const char *type, *on, *off; /* on: the condition is True */
    } words[] = {{"MemoryPressure", "NodeHasInsufficientMemory", "NodeHasSufficientMemory"},
                 {"DiskPressure", "NodeHasDiskPressure", "NodeHasNoDiskPressure"},
                 {"PIDPressure", "NodeHasInsufficientPID", "NodeHasSufficientPID"},
                 {"Ready", "NodeReady", "NodeNotReady"}};
    struct json *holder = json_new_object(arena);
    json_set(arena, holder, "status", status);
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        const char *is = json_string_at(object_condition(holder, words[i].type), "status");
        const char *was = old ? json_string_at(object_condition(old, words[i].type), "status") : NULL;
        const char *word = strcmp(is ? is : "", "True") == 0 ? words[i].on : words[i].off;
        if (!was || strcmp(was, is ? is : "") != 0)
            node_event(n, "Normal", word, "Node %s status is now: %s", n->k->config->node_name, word);
    }
    const char *boot = json_string_at(status, "nodeInfo.bootID"),
               *old_boot = json_string_at(old, "status.nodeInfo.bootID");
    if (old_boot && old_boot[0] && boot && strcmp(boot, old_boot) != 0)
        node_event(n, "Warning", "Rebooted", "Node %s has been rebooted, boot id: %s",
                   n->k->config->node_name, boot);
}

/* --- registration and status --- */

/* What a node that is there lacks of what this kubelet would register. */
static int amend(struct node *n, struct arena *arena, const struct json *object, struct error *err)
{
    struct json *wanted = node_status_new_object(arena, n->k), *patch = json_new_object(arena);
    struct json *metadata = json_set_object(arena, patch, "metadata"),
                *labels = json_set_object(arena, metadata, "labels");
    const char *ip = object_annotation(wanted, NODE_ANNOTATION_IP),
               *ip_now = object_annotation(object, NODE_ANNOTATION_IP);
    bool other_ip = strcmp(ip ? ip : "", ip_now ? ip_now : "") != 0;
    json_for_each (label, json_at(wanted, "metadata.labels")) {
        const char *have = object_label(object, label->key);
        if (!have || strcmp(have, json_string_or(label, "")) != 0)
            json_set_string(arena, labels, label->key, json_string(label));
    }
    if (other_ip)
        json_set(arena, json_set_object(arena, metadata, "annotations"), NODE_ANNOTATION_IP,
                 ip ? json_new_string(arena, ip) : json_new_null(arena));
    if (!json_count(labels) && !other_ip)
        return 0;
    return client_patch(n->k->client, RESOURCE("", "v1", "nodes"), NULL, n->k->config->node_name, NULL,
                        PATCH_MERGE, patch, arena, NULL, err);
}

static int register_node(struct node *n, struct arena *arena, struct json **object, struct error *err)
{
    const struct resource *nodes = RESOURCE("", "v1", "nodes");
    int rc = client_get(n->k->client, nodes, NULL, n->k->config->node_name, arena, object, err);
    if (rc < 0 && err->code == ERR_NOT_FOUND && n->k->config->register_node) {
        struct json *wanted = node_status_new_object(arena, n->k);
        struct node_status_input in = {.k = n->k, .not_ready = not_ready_reason(n, arena)};
        node_pressures(n, &in.pressures.memory, &in.pressures.disk, &in.pressures.pid);
        error_done(err);
        *err = ERROR_INIT;
        json_set(arena, wanted, "status", node_status_make(arena, &in));
        rc = client_create(n->k->client, nodes, NULL, wanted, arena, object, err);
        if (rc == 0) {
            log_info("registered node %s", n->k->config->node_name);
            tell_changes(n, NULL, arena, json_copy(arena, json_get(wanted, "status")));
        }
    } else if (rc == 0 && n->k->config->register_node) {
        rc = amend(n, arena, *object, err);
    }
    n->registered = rc == 0;
    return rc;
}

static int report(struct node *n, struct arena *arena, struct json *object, struct error *err)
{
    struct node_status_input in = {.k = n->k, .old = object, .not_ready = not_ready_reason(n, arena)};
    node_pressures(n, &in.pressures.memory, &in.pressures.disk, &in.pressures.pid);
    struct json *status = node_status_make(arena, &in);
    int64_t now = clock_monotonic_ns();
    bool due = !n->reported_ns || now - n->reported_ns >= n->k->config->report_frequency_ns;
    if (!due && !node_status_differs(arena, status, json_get(object, "status")))
        return 0;
    struct json *patch = node_status_patch(arena, status);
    if (client_patch(n->k->client, RESOURCE("", "v1", "nodes"), NULL, n->k->config->node_name, "status",
                     PATCH_STRATEGIC, patch, arena, NULL, err) < 0)
        return -1;
    tell_changes(n, object, arena, status);
    n->reported_ns = now;
    return 0;
}

int64_t node_chore_status(struct node *n, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct json *object = node_object(n, &arena);
    struct node_shortage shortage;
    int rc = 0;
    if (n->k->client && (!object || !n->registered)) {
        n->registered = false;
        rc = register_node(n, &arena, &object, err);
    }
    look_at_runtime(n, object);
    node_look_at_pressures(n, &shortage);
    if (rc == 0 && n->k->client)
        rc = report(n, &arena, object, err);
    if (rc < 0 && err->code == ERR_NOT_FOUND)
        n->registered = false;
    arena_done(&arena);
    int64_t usual = n->k->config->status_frequency_ns / NS_PER_MS;
    return rc < 0 ? error_prefix(err, "node status") : n->was_ready ? usual : FAST_LOOK_MS;
}

/* --- the lease --- */

static int make_lease(struct node *n, struct arena *arena, const char *now, struct error *err)
{
    const struct json *object = node_object(n, arena);
    struct json *lease =
        object_new(arena, "coordination.k8s.io/v1", "Lease", "kube-node-lease", n->k->config->node_name);
    struct json *spec = json_set_object(arena, lease, "spec");
    json_set_string(arena, spec, "holderIdentity", n->k->config->node_name);
    json_set_int(arena, spec, "leaseDurationSeconds", n->k->config->lease_duration_s);
    json_set_string(arena, spec, "renewTime", now);
    if (object) {
        struct json *owner = object_owner_reference(arena, object, "v1", "Node");
        json_remove(owner, "controller");
        json_remove(owner, "blockOwnerDeletion");
        json_append(arena, json_set_array(arena, json_get(lease, "metadata"), "ownerReferences"), owner);
    }
    return client_create(n->k->client, RESOURCE("coordination.k8s.io", "v1", "leases"), "kube-node-lease",
                         lease, arena, NULL, err);
}

int64_t node_chore_lease(struct node *n, struct error *err)
{
    struct arena arena = ARENA_INIT;
    char now[TIME_TEXT_MAX];
    time_format_micro(clock_realtime_ns(), now);
    struct json *patch = json_new_object(&arena), *spec = json_set_object(&arena, patch, "spec");
    json_set_string(&arena, spec, "renewTime", now);
    json_set_string(&arena, spec, "holderIdentity", n->k->config->node_name);
    json_set_int(&arena, spec, "leaseDurationSeconds", n->k->config->lease_duration_s);
    int rc = client_patch(n->k->client, RESOURCE("coordination.k8s.io", "v1", "leases"), "kube-node-lease",
                          n->k->config->node_name, NULL, PATCH_MERGE, patch, &arena, NULL, err);
    if (rc < 0 && err->code == ERR_NOT_FOUND) {
        error_done(err);
        *err = ERROR_INIT;
        rc = make_lease(n, &arena, now, err);
    }
    arena_done(&arena);
    return rc < 0 ? error_prefix(err, "lease of the node") : n->k->config->lease_duration_s * 1000 / 4;
}
