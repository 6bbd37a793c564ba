/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Container statuses first, then the phase and the conditions, which are functions of them.
 */
#include "core/kubelet/pod-status.h"

#include "core/api/object.h"
#include "core/api/pod-resources.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

struct making {
    struct arena *arena;
    const struct pod_status_input *in;
    struct json *status;
};

static void set_time(struct making *m, struct json *object, const char *key, int64_t ns)
{
    char text[TIME_TEXT_MAX];
    if (ns <= 0) {
        json_set(m->arena, object, key, json_new_null(m->arena));
        return;
    }
    time_format(ns, text);
    json_set_string(m->arena, object, key, text);
}

static const char *runtime_id(struct making *m, const char *id)
{
    return arena_printf(m->arena, "%s://%s", m->in->runtime_name, id);
}

/* --- one container --- */

static struct json *terminated_state(struct making *m, const struct runtime_container *c)
{
    struct json *state = json_new_object(m->arena);
    struct json *ended = json_set_object(m->arena, state, "terminated");
    json_set_int(m->arena, ended, "exitCode", c->exit_code);
    json_set_string(m->arena, ended, "reason",
                    c->reason[0]        ? c->reason
                    : c->exit_code == 0 ? "Completed"
                                        : "Error");
    if (c->message[0])
        json_set_string(m->arena, ended, "message", c->message);
    set_time(m, ended, "startedAt", c->started_ns);
    set_time(m, ended, "finishedAt", c->finished_ns);
    json_set_string(m->arena, ended, "containerID", runtime_id(m, c->id));
    return state;
}

static struct json *running_state(struct making *m, const struct runtime_container *c)
{
    struct json *state = json_new_object(m->arena);
    set_time(m, json_set_object(m->arena, state, "running"), "startedAt", c->started_ns);
    return state;
}

static struct json *waiting_state(struct making *m, const struct container_memory *memory)
{
    bool has_init = json_count(json_at(m->in->pod, "spec.initContainers")) > 0;
    struct json *state = json_new_object(m->arena);
    struct json *waiting = json_set_object(m->arena, state, "waiting");
    const char *reason = memory && memory->waiting_reason ? memory->waiting_reason
                         : has_init                       ? "PodInitializing"
                                                          : "ContainerCreating";
    json_set_string(m->arena, waiting, "reason", reason);
    if (memory && memory->waiting_message && memory->waiting_message[0])
        json_set_string(m->arena, waiting, "message", memory->waiting_message);
    return state;
}

/* The one before the newest, for lastState. */
static const struct runtime_container *previous_of(const struct pod_runtime *runtime,
                                                   const struct runtime_container *newest)
{
    for (const struct runtime_container *c = newest + 1; c < runtime->containers + runtime->containers_count;
         c++)
        if (strcmp(c->name, newest->name) == 0 && c->state == KEELSON_CONTAINER_EXITED)
            return c;
    return NULL;
}

static const struct json *old_status(const struct making *m, const char *list, const char *name)
{
    json_for_each (s, json_get(json_get(m->in->pod, "status"), list)) {
        if (strcmp(json_string_or(json_get(s, "name"), ""), name) == 0)
            return s;
    }
    return NULL;
}

/* The runtime has forgotten it: what the API knows of it is all there is. */
static void set_forgotten(struct making *m, struct json *status, const struct container_memory *memory,
                          const struct json *old)
{
    const struct json *old_state = json_get(old, "state");
    bool ended = json_get(old_state, "terminated") != NULL;
    if (ended && (m->in->terminating || m->in->fail_reason ||
                  json_integer_at(old_state, "terminated.exitCode", 1) == 0)) {
        json_set(m->arena, status, "state", json_copy(m->arena, old_state));
    } else if (json_get(old_state, "running") && m->in->terminated) {
        struct json *state =
            json_set_object(m->arena, json_set_object(m->arena, status, "state"), "terminated");
        json_set_int(m->arena, state, "exitCode", 137);
        json_set_string(m->arena, state, "reason", "ContainerStatusUnknown");
        json_set_string(m->arena, state, "message",
                        "The container could not be located when the pod was terminated");
        set_time(m, state, "startedAt", 0);
        set_time(m, state, "finishedAt", 0);
    } else {
        json_set(m->arena, status, "state", waiting_state(m, memory));
    }
    const struct json *last = ended ? old_state : json_get(old, "lastState");
    json_set(m->arena, status, "lastState",
             last && !ended ? json_copy(m->arena, last) : json_new_object(m->arena));
    json_set_int(m->arena, status, "restartCount", json_integer_or(json_get(old, "restartCount"), 0));
    const char *kept[] = {"imageID", "containerID"};
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
        json_set_string(m->arena, status, kept[i], json_string_or(json_get(old, kept[i]), i ? NULL : ""));
}

static void set_states(struct making *m, struct json *status, const struct runtime_container *c,
                       const struct container_memory *memory)
{
    const struct runtime_container *before = previous_of(m->in->runtime, c);
    struct json *state, *last = before ? terminated_state(m, before) : json_new_object(m->arena);
    if (c->state == KEELSON_CONTAINER_RUNNING) {
        state = running_state(m, c);
    } else if (c->state == KEELSON_CONTAINER_EXITED &&
               (m->in->terminating || !memory || !memory->waiting_reason)) {
        state = terminated_state(m, c);
    } else {
        state = waiting_state(m, memory);
        if (c->state == KEELSON_CONTAINER_EXITED)
            last = terminated_state(m, c);
    }
    json_set(m->arena, status, "state", state);
    json_set(m->arena, status, "lastState", last);
}

static void set_readiness(struct making *m, struct json *status, const struct json *container,
                          enum container_kind kind, const struct runtime_container *c,
                          const struct container_memory *memory)
{
    bool running = c && c->state == KEELSON_CONTAINER_RUNNING;
    bool known = memory && memory->probed_id && c && strcmp(memory->probed_id, c->id) == 0;
    bool started = running && (!json_get(container, "startupProbe") || (known && memory->started));
    bool ready =
        started && !m->in->terminated && (!json_get(container, "readinessProbe") || (known && memory->ready));
    if (kind == CONTAINER_INIT)
        ready = json_integer_at(status, "state.terminated.exitCode", 1) == 0;
    if (kind == CONTAINER_EPHEMERAL)
        ready = false;
    json_set_bool(m->arena, status, "ready", ready);
    json_set_bool(m->arena, status, "started", started);
}

static void set_resources(struct making *m, struct json *status, const struct json *container)
{
    const struct json *resources = json_get(container, "resources");
    const struct json *requests = json_get(resources, "requests");
    if (json_count(requests))
        json_set(m->arena, status, "allocatedResources", json_copy(m->arena, requests));
    json_set(m->arena, status, "resources",
             resources ? json_copy(m->arena, resources) : json_new_object(m->arena));
    struct json *mounts = NULL;
    json_for_each (mount, json_get(container, "volumeMounts")) {
        struct json *shown = json_new_object(m->arena);
        mounts = mounts ? mounts : json_set_array(m->arena, status, "volumeMounts");
        json_set_string(m->arena, shown, "name", json_string(json_get(mount, "name")));
        json_set_string(m->arena, shown, "mountPath", json_string(json_get(mount, "mountPath")));
        if (json_boolean_or(json_get(mount, "readOnly"), false)) {
            json_set_bool(m->arena, shown, "readOnly", true);
            json_set_string(m->arena, shown, "recursiveReadOnly", "Disabled");
        }
        json_append(m->arena, mounts, shown);
    }
}

static struct json *container_status(struct making *m, const char *list, const struct json *container,
                                     enum container_kind kind)
{
    const char *name = json_string_or(json_get(container, "name"), "");
    const struct runtime_container *c = pod_runtime_container(m->in->runtime, name);
    const struct container_memory *memory =
        container_memory_find(m->in->memories, m->in->memories_count, name);
    struct json *status = json_new_object(m->arena);
    json_set_string(m->arena, status, "name", name);
    if (c) {
        set_states(m, status, c, memory);
        json_set_int(m->arena, status, "restartCount", c->restart_count);
        json_set_string(m->arena, status, "imageID", c->image_id);
        json_set_string(m->arena, status, "containerID", runtime_id(m, c->id));
    } else {
        set_forgotten(m, status, memory, old_status(m, list, name));
    }
    json_set_string(m->arena, status, "image",
                    c && c->image[0] ? c->image : json_string_or(json_get(container, "image"), ""));
    set_readiness(m, status, container, kind, c, memory);
    set_resources(m, status, container);
    return status;
}

static void add_container_statuses(struct making *m)
{
    static const char *const lists[] = {[CONTAINER_REGULAR] = "containerStatuses",
                                        [CONTAINER_INIT] = "initContainerStatuses",
                                        [CONTAINER_SIDECAR] = "initContainerStatuses",
                                        [CONTAINER_EPHEMERAL] = "ephemeralContainerStatuses"};
    struct container_walk walk = {0};
    enum container_kind kind;
    for (const struct json *c; (c = container_next(m->in->pod, &walk, &kind));) {
        struct json *list = json_ensure(m->arena, m->status, lists[kind], JSON_ARRAY);
        json_append(m->arena, list, container_status(m, lists[kind], c, kind));
    }
}

/* --- the phase --- */

struct counts {
    unsigned running, waiting, stopped, succeeded, restarting, init_pending, init_failed, sidecars_running;
};

static void count_init(struct making *m, const struct json *container, const struct json *status,
                       struct counts *n)
{
    const struct json *state = json_get(status, "state");
    const struct json *ended = json_get(state, "terminated");
    const struct json *before = json_at(status, "lastState.terminated");
    if (container_is_sidecar(container)) {
        n->sidecars_running += json_get(state, "running") != NULL;
        n->init_pending += !json_boolean_or(json_get(status, "started"), false) && !ended && !before;
        return;
    }
    if (ended && json_integer_or(json_get(ended, "exitCode"), 1) == 0)
        return;
    if (ended && !container_restarts(m->in->pod, container, CONTAINER_INIT,
                                     (int32_t)json_integer_or(json_get(ended, "exitCode"), 1)))
        n->init_failed++;
    else
        n->init_pending++;
}

static void count_regular(struct making *m, const struct json *container, const struct json *status,
                          struct counts *n)
{
    const struct json *state = json_get(status, "state");
    const struct json *ended = json_get(state, "terminated");
    if (!ended && json_get(state, "waiting"))
        ended = json_at(status, "lastState.terminated");
    if (json_get(state, "running")) {
        n->running++;
    } else if (ended) {
        int32_t code = (int32_t)json_integer_or(json_get(ended, "exitCode"), 1);
        n->stopped++;
        n->succeeded += code == 0;
        n->restarting += container_restarts(m->in->pod, container, CONTAINER_REGULAR, code);
    } else {
        n->waiting++;
    }
}

static void count_all(struct making *m, struct counts *n)
{
    const struct json *status = json_get(m->status, "initContainerStatuses");
    status = status ? status->first : NULL;
    json_for_each (c, json_at(m->in->pod, "spec.initContainers")) {
        count_init(m, c, status, n);
        status = status->next;
    }
    status = json_get(m->status, "containerStatuses");
    status = status ? status->first : NULL;
    json_for_each (c, json_at(m->in->pod, "spec.containers")) {
        count_regular(m, c, status, n);
        status = status->next;
    }
}

static const char *phase_of(struct making *m)
{
    const char *old = json_string_or(json_at(m->in->pod, "status.phase"), "Pending");
    struct counts n = {0};
    if (strcmp(old, "Succeeded") == 0 || strcmp(old, "Failed") == 0)
        return old;
    if (m->in->fail_reason)
        return "Failed";
    count_all(m, &n);
    bool began = n.running + n.stopped > 0;
    if (n.init_failed && !began)
        return "Failed";
    if ((n.init_pending && !began) || n.waiting)
        return m->in->terminated && strcmp(old, "Pending") != 0 ? "Failed"
               : m->in->terminated                              ? "Failed"
                                                                : "Pending";
    if (n.running || n.sidecars_running)
        return "Running";
    if (n.stopped && (m->in->terminated || !n.restarting))
        return n.stopped == n.succeeded ? "Succeeded" : "Failed";
    return n.stopped ? "Running" : "Pending";
}

/* --- conditions --- */

static void set_condition(struct making *m, const char *type, bool on, const char *reason,
                          const char *message)
{
    struct json *holder = json_new_object(m->arena);
    int64_t generation = object_generation(m->in->pod);
    json_set(m->arena, holder, "status", m->status);
    object_set_condition(m->arena, holder, type, on ? "True" : "False", reason, message);
    struct json *condition = object_condition(holder, type);
    if (!reason || !reason[0])
        json_remove(condition, "reason");
    if (!message || !message[0])
        json_remove(condition, "message");
    if (generation > 0)
        json_set_int(m->arena, condition, "observedGeneration", generation);
}

/* Names of the containers of a list that are not ready; NULL: all are. */
static const char *unready_names(struct making *m, const char *spec_list, const char *status_list,
                                 bool for_init)
{
    struct buffer names = BUFFER_INIT;
    const struct json *status = json_get(m->status, status_list);
    status = status ? status->first : NULL;
    json_for_each (c, json_get(json_get(m->in->pod, "spec"), spec_list)) {
        bool sidecar = for_init && container_is_sidecar(c);
        const char *key = sidecar && strcmp(spec_list, "initContainers") == 0 ? "started" : "ready";
        if (!json_boolean_or(json_get(status, key), false))
            buffer_printf(&names, "%s%s", names.size ? " " : "", json_string_or(json_get(c, "name"), ""));
        status = status ? status->next : NULL;
    }
    const char *out = names.size ? arena_strdup(m->arena, names.data) : NULL;
    buffer_done(&names);
    return out;
}

static const char *unready_sidecars(struct making *m)
{
    const struct json *status = json_get(m->status, "initContainerStatuses");
    status = status ? status->first : NULL;
    json_for_each (c, json_at(m->in->pod, "spec.initContainers")) {
        if (container_is_sidecar(c) && !json_boolean_or(json_get(status, "ready"), false))
            return json_string_or(json_get(c, "name"), "");
        status = status ? status->next : NULL;
    }
    return NULL;
}

static void add_initialized(struct making *m, const char *phase)
{
    const char *waiting = unready_names(m, "initContainers", "initContainerStatuses", true);
    const struct json *first = json_get(m->status, "containerStatuses");
    bool began = false;
    json_for_each (s, first)
        began = began || json_at(s, "state.running") || json_at(s, "state.terminated") ||
                json_at(s, "lastState.terminated");
    if (strcmp(phase, "Succeeded") == 0)
        set_condition(m, "Initialized", true, "PodCompleted", "");
    else if (waiting && !began)
        set_condition(m, "Initialized", false, "ContainersNotInitialized",
                      arena_printf(m->arena, "containers with incomplete status: [%s]", waiting));
    else
        set_condition(m, "Initialized", true, "", "");
}

static const char *closed_gate(struct making *m)
{
    struct json *holder = json_new_object(m->arena);
    json_set(m->arena, holder, "status", m->status);
    json_for_each (gate, json_at(m->in->pod, "spec.readinessGates")) {
        const char *type = json_string_or(json_get(gate, "conditionType"), "");
        const struct json *condition = object_condition(holder, type);
        const char *is = json_string_or(json_get(condition, "status"), "");
        if (!condition)
            return arena_printf(m->arena,
                                "corresponding condition of pod readiness gate \"%s\" does not exist.", type);
        if (strcmp(is, "True") != 0)
            return arena_printf(m->arena, "the status of pod readiness gate \"%s\" is not \"True\", but %s",
                                type, is);
    }
    return NULL;
}

static void add_readiness(struct making *m, const char *phase)
{
    const char *unready = unready_names(m, "containers", "containerStatuses", false);
    const char *sidecar = unready_sidecars(m);
    const char *gate = closed_gate(m);
    if (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0) {
        const char *reason = phase[0] == 'S' ? "PodCompleted" : "PodFailed";
        set_condition(m, "ContainersReady", false, reason, "");
        set_condition(m, "Ready", false, reason, "");
        return;
    }
    if (unready || sidecar) {
        const char *message =
            arena_printf(m->arena, "containers with unready status: [%s%s%s]", sidecar ? sidecar : "",
                         sidecar && unready ? " " : "", unready ? unready : "");
        set_condition(m, "ContainersReady", false, "ContainersNotReady", message);
        set_condition(m, "Ready", false, "ContainersNotReady", message);
        return;
    }
    set_condition(m, "ContainersReady", true, "", "");
    set_condition(m, "Ready", !gate, gate ? "ReadinessGatesNotReady" : "", gate ? gate : "");
}

static const struct json *condition_of(const struct json *list, const char *type)
{
    json_for_each (c, list) {
        if (strcmp(json_string_or(json_get(c, "type"), ""), type) == 0)
            return c;
    }
    return NULL;
}

static const char *const resize_conditions[] = {"PodResizePending", "PodResizeInProgress"};

static void add_resize(struct making *m)
{
    const char *reasons[] = {m->in->resize_reason, m->in->resize_error ? "Error" : NULL};
    const char *messages[] = {m->in->resize_message, m->in->resize_error};
    struct json *list = json_get(m->status, "conditions");
    for (size_t i = 0; i < ARRAY_SIZE(resize_conditions); i++) {
        if (reasons[i]) {
            set_condition(m, resize_conditions[i], true, reasons[i], messages[i]);
            continue;
        }
        struct json *old = (struct json *)condition_of(list, resize_conditions[i]);
        if (old)
            json_remove_node(list, old);
    }
}

static void add_conditions(struct making *m, const char *phase)
{
    const struct json *old = json_at(m->in->pod, "status.conditions");
    const struct pod_runtime *r = m->in->runtime;
    bool host_network = json_boolean_at(m->in->pod, "spec.hostNetwork", false);
    bool sandbox = r->sandboxes_count && r->sandboxes[0].ready &&
                   (host_network || r->sandboxes[0].ips_count) && !m->in->terminated;
    if (old)
        json_set(m->arena, m->status, "conditions", json_copy(m->arena, old));
    set_condition(m, "PodReadyToStartContainers", sandbox, "", "");
    add_initialized(m, phase);
    add_readiness(m, phase);
    add_resize(m);
    struct json *holder = json_new_object(m->arena);
    json_set(m->arena, holder, "status", m->status);
    if (!object_condition(holder, "PodScheduled"))
        set_condition(m, "PodScheduled", true, "", "");
    if (m->in->fail_reason && strcmp(m->in->fail_reason, "Evicted") == 0)
        set_condition(m, "DisruptionTarget", true, "TerminationByKubelet", m->in->fail_message);
}

/* --- the whole --- */

static void add_addresses(struct making *m)
{
    const struct pod_runtime *r = m->in->runtime;
    bool host_network = json_boolean_at(m->in->pod, "spec.hostNetwork", false);
    const char *const *host = m->in->host_ips;
    if (host && host[0]) {
        struct json *ips = json_set_array(m->arena, m->status, "hostIPs");
        json_set_string(m->arena, m->status, "hostIP", host[0]);
        for (size_t i = 0; host[i]; i++)
            json_set_string(m->arena, json_append(m->arena, ips, json_new_object(m->arena)), "ip", host[i]);
    }
    const char *const *ips = host_network         ? host
                             : r->sandboxes_count ? (const char *const *)r->sandboxes[0].ips
                                                  : NULL;
    if (!r->sandboxes_count || !ips || !ips[0]) {
        const struct json *old = json_get(m->in->pod, "status");
        if (m->in->terminating && json_get(old, "podIP")) {
            json_set_string(m->arena, m->status, "podIP", json_string(json_get(old, "podIP")));
            json_set(m->arena, m->status, "podIPs", json_copy(m->arena, json_get(old, "podIPs")));
        }
        return;
    }
    struct json *list = json_set_array(m->arena, m->status, "podIPs");
    json_set_string(m->arena, m->status, "podIP", ips[0]);
    for (size_t i = 0; ips[i]; i++)
        json_set_string(m->arena, json_append(m->arena, list, json_new_object(m->arena)), "ip", ips[i]);
}

struct json *pod_status_make(struct arena *arena, const struct pod_status_input *input)
{
    struct making m = {arena, input, json_new_object(arena)};
    const struct json *old = json_get(input->pod, "status");
    int64_t generation = object_generation(input->pod);
    const char *old_start = json_string(json_get(old, "startTime"));
    /* A pod that was not let in never had containers to speak of. */
    bool rejected =
        input->fail_reason && !input->runtime->sandboxes_count && !json_get(old, "containerStatuses");
    if (generation > 0)
        json_set_int(arena, m.status, "observedGeneration", generation);
    if (!rejected)
        add_container_statuses(&m);
    const char *phase = phase_of(&m);
    json_set_string(arena, m.status, "phase", phase);
    if (!rejected)
        add_conditions(&m, phase);
    const char *reason = input->fail_reason ? input->fail_reason : json_string(json_get(old, "reason"));
    const char *message = input->fail_reason ? input->fail_message : json_string(json_get(old, "message"));
    json_set_string(arena, m.status, "reason", reason);
    json_set_string(arena, m.status, "message", message);
    add_addresses(&m);
    if (old_start)
        json_set_string(arena, m.status, "startTime", old_start);
    else
        set_time(&m, m.status, "startTime", input->started_ns);
    json_set_string(arena, m.status, "qosClass",
                    json_string_or(json_get(old, "qosClass"), pod_qos_class(input->pod)));
    return m.status;
}

/* Lists that a strategic merge patch would merge by key have to say that they replace. */
static struct json *replacing(struct arena *arena, const struct json *list)
{
    struct json *out = json_new_array(arena);
    json_set_string(arena, json_append(arena, out, json_new_object(arena)), "$patch", "replace");
    json_for_each (item, list)
        json_append(arena, out, json_copy(arena, item));
    return out;
}

/* A reason or message that is no longer there has to be taken away by name, or a merge would keep it. */
static void take_away(struct arena *arena, const struct json *old, struct json *changed)
{
    static const char *const keys[] = {"reason", "message"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (json_get(old, keys[i]) && !json_get(changed, keys[i]))
            json_set(arena, changed, keys[i], json_new_null(arena));
}

static struct json *changed_conditions(struct arena *arena, const struct json *old, const struct json *new_)
{
    struct json *out = json_new_array(arena);
    json_for_each (c, new_) {
        const struct json *before = condition_of(old, json_string_or(json_get(c, "type"), ""));
        if (before && json_equal_semantic(before, c))
            continue;
        struct json *changed = json_append(arena, out, json_copy(arena, c));
        take_away(arena, before, changed);
    }
    for (size_t i = 0; i < ARRAY_SIZE(resize_conditions); i++) {
        if (!condition_of(old, resize_conditions[i]) || condition_of(new_, resize_conditions[i]))
            continue;
        struct json *gone = json_append(arena, out, json_new_object(arena));
        json_set_string(arena, gone, "type", resize_conditions[i]);
        json_set_string(arena, gone, "$patch", "delete");
    }
    return json_count(out) ? out : NULL;
}

struct json *pod_status_patch(struct arena *arena, const char *uid, const struct json *old,
                              const struct json *new_)
{
    struct json *patch = json_new_object(arena);
    struct json *status = json_new_object(arena);
    json_for_each (member, new_) {
        const struct json *before = json_get(old, member->key);
        bool merged = strcmp(member->key, "podIPs") == 0 || strcmp(member->key, "hostIPs") == 0;
        if (json_equal_semantic(before, member))
            continue;
        struct json *value = strcmp(member->key, "conditions") == 0
                                 ? changed_conditions(arena, before, member)
                             : merged ? replacing(arena, member)
                                      : json_copy(arena, member);
        if (value)
            json_set(arena, status, member->key, value);
    }
    if (!json_count(status))
        return NULL;
    json_set_string(arena, json_set_object(arena, patch, "metadata"), "uid", uid);
    json_set(arena, patch, "status", status);
    return patch;
}
