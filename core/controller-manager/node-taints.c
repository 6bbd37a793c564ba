/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taints by condition. NoSchedule taints follow the conditions at once. The NoExecute taint of a node that is
 * not ready costs its pods their place, so it waits for the zone's turn; it is taken away at once.
 */
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/controller-manager/node-health.h"

static const struct {
    const char *condition, *status, *taint;
} rows[] = {
    {"Ready", "False", TAINT_NOT_READY},
    {"Ready", "Unknown", TAINT_UNREACHABLE},
    {"MemoryPressure", "True", "node.kubernetes.io/memory-pressure"},
    {"DiskPressure", "True", "node.kubernetes.io/disk-pressure"},
    {"PIDPressure", "True", "node.kubernetes.io/pid-pressure"},
    {"NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"},
};
#define TAINT_UNSCHEDULABLE "node.kubernetes.io/unschedulable"

enum node_ready node_ready_of(const struct json *node)
{
    const struct json *ready = object_condition(node, "Ready");
    const char *status = json_string_or(json_get(ready, "status"), "");
    if (!ready)
        return NODE_READY_ABSENT;
    return !strcmp(status, "True")    ? NODE_READY_TRUE
           : !strcmp(status, "False") ? NODE_READY_FALSE
                                      : NODE_READY_UNKNOWN;
}

static struct json *find_taint(const struct json *node, const char *key, const char *effect)
{
    json_for_each (taint, json_at(node, "spec.taints"))
        if (slice_is(json_slice(json_get(taint, "key")), key) &&
            slice_is(json_slice(json_get(taint, "effect")), effect))
            return taint;
    return NULL;
}

/* Adds or removes; returns whether that changed anything. */
static bool want_taint(struct arena *arena, struct json *node, const char *key, const char *effect,
                       bool wanted)
{
    char now[TIME_TEXT_MAX];
    struct json *present = find_taint(node, key, effect);
    if (wanted == (present != NULL))
        return false;
    struct json *taints = json_ensure(arena, node, "spec.taints", JSON_ARRAY);
    if (present) {
        json_remove_node(taints, present);
        return true;
    }
    time_format(clock_realtime_ns(), now);
    struct json *taint = json_append(arena, taints, json_new_object(arena));
    json_set_string(arena, taint, "key", key);
    json_set_string(arena, taint, "effect", effect);
    json_set_string(arena, taint, "timeAdded", now);
    return true;
}

/* The NoExecute taint that the node's state asks for; NULL: none. */
static const char *wanted_no_execute(const struct json *node)
{
    switch (node_ready_of(node)) {
    case NODE_READY_FALSE:
        return TAINT_NOT_READY;
    case NODE_READY_UNKNOWN:
        return TAINT_UNREACHABLE;
    default:
        return NULL;
    }
}

struct change {
    bool may_add; /* the zone's turn was given */
    bool all_down;
};

static bool set_no_execute(struct arena *arena, struct json *node, const struct change *change)
{
    const char *wanted = change->all_down ? NULL : wanted_no_execute(node);
    bool has_not_ready = find_taint(node, TAINT_NOT_READY, "NoExecute") != NULL;
    bool has_unreachable = find_taint(node, TAINT_UNREACHABLE, "NoExecute") != NULL;
    /* one is exchanged for the other without waiting */
    bool may = wanted && (change->may_add || has_not_ready || has_unreachable);
    bool changed =
        want_taint(arena, node, TAINT_NOT_READY, "NoExecute", may && !strcmp(wanted, TAINT_NOT_READY));
    return want_taint(arena, node, TAINT_UNREACHABLE, "NoExecute",
                      may && !strcmp(wanted, TAINT_UNREACHABLE)) ||
           changed;
}

static bool set_taints(struct arena *arena, struct json *node, const struct change *change)
{
    bool changed = set_no_execute(arena, node, change);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct json *condition = object_condition(node, rows[i].condition);
        bool wanted = slice_is(json_slice(json_get(condition, "status")), rows[i].status);
        changed |= want_taint(arena, node, rows[i].taint, "NoSchedule", wanted);
    }
    bool unschedulable = json_boolean_at(node, "spec.unschedulable", false);
    changed |= want_taint(arena, node, TAINT_UNSCHEDULABLE, "NoSchedule", unschedulable);
    struct json *taints = json_at(node, "spec.taints");
    if (changed && json_count(taints) == 0)
        json_remove(json_get(node, "spec"), "taints");
    return changed;
}

static int change_live(void *context, struct arena *arena, struct json *node, struct error *err)
{
    return set_taints(arena, node, context) ? 0 : 1;
}

/* Pods of a node that is not ready are not ready either, whatever they last said. */
static int mark_pods(struct node_lifecycle *c, const char *node, struct arena *arena, struct error *err)
{
    _cleanup_(object_list_done) struct object_list pods = objects_by(c->pods, INDEX_NODE, node);
    char now[TIME_TEXT_MAX];
    int result = 0;
    time_format(clock_realtime_ns(), now);
    for (size_t i = 0; i < pods.count; i++) {
        const struct json *pod = cached_parse(pods.cached[i], arena);
        if (!pod_is_ready(pod))
            continue;
        struct error one = ERROR_INIT;
        struct json *patch = json_new_object(arena);
        json_set_string(arena, json_set_object(arena, patch, "metadata"), "uid", object_uid(pod));
        struct json *condition = json_append(
            arena, json_ensure(arena, patch, "status.conditions", JSON_ARRAY), json_new_object(arena));
        json_set_string(arena, condition, "type", "Ready");
        json_set_string(arena, condition, "status", "False");
        json_set_string(arena, condition, "lastTransitionTime", now);
        event_record(c->events, pod, NULL, "Warning", "NodeNotReady", "Node is not ready");
        if (client_patch(c->client, c->pods_resource, object_namespace(pod), object_name(pod), "status",
                         PATCH_STRATEGIC, patch, arena, NULL, &one) < 0 &&
            one.code != ERR_NOT_FOUND && one.code != ERR_CONFLICT) {
            error_move(err, &one);
            result = -1;
        }
        error_done(&one);
    }
    return result;
}

/* Is the node one that should get a NoExecute taint and has none yet? Then its zone's turn decides. */
static int64_t ask_for_turn(struct node_lifecycle *c, const char *name, const struct json *node,
                            struct change *change)
{
    pthread_mutex_lock(&c->lock);
    const struct node_record *record = map_get(c->records, name);
    bool needed = !c->all_down && wanted_no_execute(node) &&
                  !find_taint(node, TAINT_NOT_READY, "NoExecute") &&
                  !find_taint(node, TAINT_UNREACHABLE, "NoExecute");
    int64_t wait_ms = needed && record ? node_zones_turn(c, record->zone) : 0;
    change->all_down = c->all_down;
    change->may_add = needed && wait_ms == 0;
    pthread_mutex_unlock(&c->lock);
    return wait_ms;
}

int64_t node_taints_sync(struct node_lifecycle *c, const char *name, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct change change = {0};
    int64_t wait_ms = 0;
    int rc = 0;
    struct json *node = object_cached_key(c->nodes, name, &arena);
    if (node) {
        wait_ms = ask_for_turn(c, name, node, &change);
        if (set_taints(&arena, json_copy(&arena, node), &change))
            rc = client_modify(c->client, c->nodes_resource, NULL, name, NULL, change_live, &change, err);
        if (rc < 0 && err->code == ERR_NOT_FOUND)
            rc = 0;
        if (rc == 0 && node_ready_of(node) != NODE_READY_TRUE && node_ready_of(node) != NODE_READY_ABSENT)
            rc = mark_pods(c, name, &arena, err);
    }
    arena_done(&arena);
    return rc < 0 ? -1 : wait_ms;
}
