/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a daemon set's pods stand. Each pod is bound to its node by an affinity to the node's name, so that
 * the scheduler places it but cannot choose; the pods tolerate what befalls a node, since a daemon is to run
 * there nevertheless.
 */
#include <stdlib.h>

#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/controller-manager/daemonset.h"
#include "core/controller-manager/node-match.h"

#define BURST 250 /* pods that one sync creates or deletes at most */

static const struct {
    const char *key, *effect;
    bool host_network; /* only for pods in the node's network */
} tolerated[] = {
    {"node.kubernetes.io/not-ready", "NoExecute", false},
    {"node.kubernetes.io/unreachable", "NoExecute", false},
    {"node.kubernetes.io/disk-pressure", "NoSchedule", false},
    {"node.kubernetes.io/memory-pressure", "NoSchedule", false},
    {"node.kubernetes.io/pid-pressure", "NoSchedule", false},
    {"node.kubernetes.io/unschedulable", "NoSchedule", false},
    {"node.kubernetes.io/network-unavailable", "NoSchedule", true},
};

static void add_tolerations(struct arena *arena, struct json *spec)
{
    bool host_network = json_boolean_at(spec, "hostNetwork", false);
    struct json *list = json_ensure(arena, spec, "tolerations", JSON_ARRAY);
    for (size_t i = 0; i < ARRAY_SIZE(tolerated); i++) {
        if (tolerated[i].host_network && !host_network)
            continue;
        struct json *toleration = json_append(arena, list, json_new_object(arena));
        json_set_string(arena, toleration, "key", tolerated[i].key);
        json_set_string(arena, toleration, "operator", "Exists");
        json_set_string(arena, toleration, "effect", tolerated[i].effect);
    }
}

/* The required terms of the template hold on every node on which the pod is made; each is narrowed to this
 * node. */
static void bind_to_node(struct arena *arena, struct json *spec, const char *node)
{
    struct json *required = json_ensure(
        arena, spec, "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution", JSON_OBJECT);
    struct json *terms = json_set_array(arena, required, "nodeSelectorTerms");
    struct json *term = json_append(arena, terms, json_new_object(arena));
    struct json *field =
        json_append(arena, json_set_array(arena, term, "matchFields"), json_new_object(arena));
    json_set_string(arena, field, "key", "metadata.name");
    json_set_string(arena, field, "operator", "In");
    json_append_string(arena, json_set_array(arena, field, "values"), node);
}

/* The node where the pod stands or is to stand. */
static const char *target_of(const struct json *pod)
{
    const char *name = json_string_at(pod, "spec.nodeName");
    if (name && name[0])
        return name;
    return json_string_or(json_at(pod,
                                  "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution."
                                  "nodeSelectorTerms[0].matchFields[0].values[0]"),
                          "");
}

static void judge_node(const struct daemon_sync *s, struct daemon_node *n)
{
    const struct json *spec = json_get(s->pod, "spec"), *tolerations = json_get(spec, "tolerations");
    const char *fixed = json_string_or(json_get(spec, "nodeName"), "");
    bool fits = n->node && (!fixed[0] || !strcmp(fixed, n->name)) && node_matches_affinity(spec, n->node);
    n->may_stay = fits && node_taints_tolerated(tolerations, n->node, "NoExecute");
    n->should_run = n->may_stay && node_taints_tolerated(tolerations, n->node, "NoSchedule");
}

static int by_node_and_age(const void *x, const void *y)
{
    const struct json *a = *(struct json *const *)x, *b = *(struct json *const *)y;
    int difference = strcmp(target_of(a), target_of(b));
    int64_t age = object_created_ns(a) - object_created_ns(b);
    return difference ? difference : age ? (age < 0 ? -1 : 1) : strcmp(object_name(a), object_name(b));
}

static void add_node(struct daemon_sync *s, const char *name, struct json *node)
{
    struct daemon_node *n = &s->nodes[s->nodes_count++];
    *n = (struct daemon_node){.node = node, .name = name};
    judge_node(s, n);
}

/* Every node, and every name of a node on which there is a pod. */
static struct map *list_nodes(struct daemon_sync *s)
{
    _cleanup_(object_list_done) struct object_list nodes = objects_in(s->c->nodes, NULL);
    struct map *places = map_new(NULL);
    s->nodes = arena_alloc(&s->arena, (nodes.count + s->claimed.count + 1) * sizeof(struct daemon_node));
    for (size_t i = 0; i < nodes.count; i++)
        add_node(s, arena_strdup(&s->arena, cached_key(nodes.cached[i])),
                 cached_parse(nodes.cached[i], &s->arena));
    for (size_t i = 0; i < s->nodes_count; i++)
        map_set(places, s->nodes[i].name, &s->nodes[i]);
    for (size_t i = 0; i < s->claimed.count; i++)
        if (!map_has(places, target_of(s->claimed.items[i]))) {
            add_node(s, target_of(s->claimed.items[i]), NULL);
            map_set(places, s->nodes[s->nodes_count - 1].name, &s->nodes[s->nodes_count - 1]);
        }
    return places;
}

void daemon_place(struct daemon_sync *s)
{
    s->pod = pod_from_template(&s->c->control, &s->arena, s->set, json_at(s->set, "spec.template"));
    add_tolerations(&s->arena, json_ensure(&s->arena, s->pod, "spec", JSON_OBJECT));
    object_set_label(&s->arena, s->pod, LABEL_REVISION_HASH, s->hash);
    struct map *places = list_nodes(s);
    if (s->claimed.count)
        qsort(s->claimed.items, s->claimed.count, sizeof(struct json *), by_node_and_age);
    for (size_t i = 0; i < s->claimed.count; i++) {
        struct daemon_node *n = map_get(places, target_of(s->claimed.items[i]));
        if (!n->count++)
            n->pods = &s->claimed.items[i];
    }
    map_free(places);
}

/* --- too few, too many --- */

struct daemon_todo daemon_todo_new(struct daemon_sync *s)
{
    return (struct daemon_todo){.create = arena_alloc(&s->arena, (s->nodes_count + 1) * sizeof(char *)),
                                .delete_ =
                                    arena_alloc(&s->arena, (s->claimed.count + 1) * sizeof(struct json *))};
}

static void tell_ended(struct daemon_sync *s, const struct daemon_node *n, const struct json *pod)
{
    bool failed = slice_is(json_slice(json_at(pod, "status.phase")), "Failed");
    event_record(s->c->control.events, s->set, NULL, failed ? "Warning" : "Normal",
                 failed ? "FailedDaemonPod" : "SucceededDaemonPod",
                 "Found %s daemon pod %s/%s on node %s, will try to %s it", failed ? "failed" : "succeeded",
                 object_namespace(pod), object_name(pod), n->name, failed ? "kill" : "delete");
}

static bool may_replace(struct daemon_sync *s, const struct daemon_node *n, const struct json *pod)
{
    if (!slice_is(json_slice(json_at(pod, "status.phase")), "Failed"))
        return true;
    int64_t wait_ms = daemon_backoff_ms(s->c->backoffs, object_uid(s->set), n->name);
    if (wait_ms && (!s->again_ms || wait_ms < s->again_ms))
        s->again_ms = wait_ms;
    return wait_ms == 0;
}

/* Of those that run there, the eldest stays; when new pods may stand beside old ones, the eldest of each,
 * until the new one is available or the old one is of no use. */
static void thin_out(struct daemon_sync *s, struct json *const *running, size_t count,
                     struct daemon_todo *todo)
{
    struct json *old = NULL, *new_ = NULL;
    bool surge = daemon_max_surge(s) > 0;
    for (size_t i = 0; i < count; i++) {
        struct json **place = surge && daemon_pod_is_current(s, running[i]) ? &new_ : &old;
        if (*place)
            todo->delete_[todo->delete_count++] = running[i];
        else
            *place = running[i];
    }
    if (old && new_ && (!pod_is_ready(old) || daemon_pod_is_available(s, new_)))
        todo->delete_[todo->delete_count++] = old;
}

/* A place is taken until the pod there is gone, whatever became of it. */
static void look_at_node(struct daemon_sync *s, const struct daemon_node *n, struct daemon_todo *todo)
{
    struct json **running = arena_alloc(&s->arena, (n->count + 1) * sizeof(struct json *));
    size_t count = 0;
    for (size_t i = 0; i < n->count; i++) {
        struct json *pod = n->pods[i];
        if (object_is_deleted(pod))
            continue;
        if (!n->may_stay) {
            todo->delete_[todo->delete_count++] = pod;
        } else if (!pod_is_terminal(pod)) {
            running[count++] = pod;
        } else if (may_replace(s, n, pod)) {
            tell_ended(s, n, pod);
            todo->delete_[todo->delete_count++] = pod;
        }
    }
    thin_out(s, running, count, todo);
    if (n->should_run && n->count == 0)
        todo->create[todo->create_count++] = n->name;
}

struct making {
    struct daemon_sync *s;
    const struct daemon_todo *todo;
};

static struct json *build_pod(void *context, struct arena *arena, size_t i)
{
    const struct making *m = context;
    struct json *pod = json_copy(arena, m->s->pod);
    bind_to_node(arena, json_get(pod, "spec"), m->todo->create[i]);
    return pod;
}

int daemon_do(struct daemon_sync *s, const struct daemon_todo *todo, struct error *err)
{
    struct pod_batch batch = {&s->c->control, s->c->expectations, s->key, s->set};
    struct making making = {s, todo};
    size_t count = MIN(todo->create_count, (size_t)BURST);
    if (pods_delete(&batch, todo->delete_, MIN(todo->delete_count, (size_t)BURST), NULL, NULL, NULL, err) < 0)
        return -1;
    return !count || pods_create(&batch, count, build_pod, &making, err) == count ? 0 : -1;
}

int daemon_manage(struct daemon_sync *s, struct error *err)
{
    struct daemon_todo todo = daemon_todo_new(s);
    for (size_t i = 0; i < s->nodes_count; i++)
        look_at_node(s, &s->nodes[i], &todo);
    return daemon_do(s, &todo, err);
}

bool daemon_pod_is_current(const struct daemon_sync *s, const struct json *pod)
{
    const char *hash = object_label(pod, LABEL_REVISION_HASH);
    return hash && !strcmp(hash, s->hash);
}
