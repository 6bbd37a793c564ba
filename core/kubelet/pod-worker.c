/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod's worker: looks, decides, acts, and looks again until nothing is left to do; then waits for an event,
 * a timer or a change. Which of the states it is in says what a run does; a state is left only forwards.
 */
#include "core/kubelet/pod-worker.h"

#include <sys/eventfd.h>

#include "core/api/object.h"
#include "core/api/pod-resources.h"
#include "core/base/clock.h"
#include "core/base/encoding.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/kubelet/admission.h"
#include "core/kubelet/cgroup.h"
#include "core/kubelet/collect.h"
#include "core/kubelet/node.h"
#include "core/kubelet/pod-config.h"
#include "core/kubelet/pod-status.h"
#include "core/kubelet/probes.h"
#include "core/kubelet/resize.h"
#include "core/kubelet/termination-message.h"

#define ROUNDS_MAX        64
#define WAIT_FOR_NODE_MS  2000
#define WAIT_FOR_OTHER_MS 200
#define REFRESH_NS        (60 * NS_PER_S)

/* --- what a run is made of --- */

int pod_run_look(struct pod_run *r, struct error *err)
{
    if (runtime_state_pod(r->k->state, r->pod->uid, &r->arena, &r->runtime, err) < 0)
        return -1;
    for (size_t i = 0; i < r->runtime.sandboxes_count; i++)
        r->runtime.sandboxes[i].host_network =
            r->document && json_boolean_at(r->document, "spec.hostNetwork", false);
    r->memories_count = pod_memories(r->pods, r->pod, &r->arena, &r->memories);
    return 0;
}

void pod_run_wake_at(struct pod_run *r, int64_t realtime_ns)
{
    int64_t ms = MAX((realtime_ns - clock_realtime_ns()) / NS_PER_MS + 1, (int64_t)1);
    r->wake_ms = r->wake_ms ? MIN(r->wake_ms, ms) : ms;
}

void pod_run_event(struct pod_run *r, const char *container, const char *type, const char *reason,
                   const char *fmt, ...)
{
    enum container_kind kind = CONTAINER_REGULAR;
    va_list ap;
    if (!r->k->events || !r->document)
        return;
    va_start(ap, fmt);
    char *message = xvasprintf(fmt, ap);
    va_end(ap);
    if (container)
        container_find(r->document, container, &kind);
    const char *path = container ? container_field_path(&r->arena, kind, container) : NULL;
    event_record(r->k->events, r->document, path, type, reason, "%s", message);
    free(message);
}

struct waiting {
    const char *reason, *message;
};

static void note_waiting(void *context, struct container_memory *m)
{
    const struct waiting *w = context;
    free(m->waiting_reason);
    free(m->waiting_message);
    m->waiting_reason = w->reason ? xstrdup(w->reason) : NULL;
    m->waiting_message = w->message ? xstrdup(w->message) : NULL;
}

void pod_run_set_waiting(struct pod_run *r, const char *container, const char *reason, const char *message)
{
    struct waiting w = {reason, message};
    pod_remember(r->pods, r->pod, container, note_waiting, &w);
}

/* --- termination messages --- */

static void add_termination_message(struct pod_run *r, struct runtime_container *c)
{
    struct buffer text = BUFFER_INIT, message = BUFFER_INIT;
    if (c->state != KEELSON_CONTAINER_EXITED || c->message[0])
        return;
    termination_message_read(c, &text);
    if (text.size) {
        utf8_append_repaired(&message, (struct slice){text.data, text.size});
        c->message = arena_strndup(&r->arena, message.data, message.size);
        runtime_state_set_message(r->k->state, c->id, c->message);
    }
    buffer_done(&message);
    buffer_done(&text);
}

void pod_run_publish(struct pod_run *r)
{
    enum pod_state state = pod_get_state(r->pods, r->pod);
    struct pod_status_input in = {
        .pod = r->document,
        .runtime = &r->runtime,
        .host_ips = (const char *const *)r->k->addresses,
        .started_ns = r->pod->accepted_ns,
        .terminating = state >= POD_TERMINATING,
        .terminated = state >= POD_TERMINATED,
        .resize_reason = r->resize.reason,
        .resize_message = r->resize.message,
        .resize_error = r->resize.error,
    };
    const char *runtime_version;
    if (!r->document)
        return;
    node_runtime(r->k->node, &r->arena, &in.runtime_name, &runtime_version);
    for (size_t i = 0; i < r->runtime.containers_count; i++)
        add_termination_message(r, &r->runtime.containers[i]);
    struct container_memory *memories;
    in.memories_count = pod_memories(r->pods, r->pod, &r->arena, &memories);
    in.memories = memories;
    pod_is_failed(r->pods, r->pod, &r->arena, &in.fail_reason, &in.fail_message);
    pods_set_status(r->pods, r->pod, pod_status_make(&r->arena, &in));
}

/* --- SYNC --- */

static bool was_accepted_before(const struct pod_run *r)
{
    return r->runtime.sandboxes_count > 0 || json_string_at(r->document, "status.startTime") != NULL;
}

void pod_run_others(struct pod_run *r, struct admission_input *in)
{
    size_t count;
    struct pod **all = pods_all(r->pods, &count);
    const struct json **others = arena_alloc0(&r->arena, (count + 1) * sizeof(*others));
    for (size_t i = 0; i < count; i++) {
        if (all[i] == r->pod || !all[i]->admitted || pod_get_state(r->pods, all[i]) >= POD_TERMINATED)
            continue;
        const struct json *other = pod_document(r->pods, all[i], &r->arena);
        if (other && !pod_is_terminal(other))
            others[in->others_count++] = other;
    }
    pods_all_free(all, count);
    in->others = others;
}

static void admit(struct pod_run *r)
{
    struct admission_input in = {.pod = r->document,
                                 .pods_max = r->k->config->max_pods,
                                 .unsafe_sysctls = r->k->config->allowed_unsafe_sysctls};
    const char *reason, *message;
    if (r->pod->admitted)
        return;
    r->pod->admitted = true;
    if (was_accepted_before(r) || r->pod->is_static)
        return;
    pod_run_others(r, &in);
    in.node = node_object(r->k->node, &r->arena);
    node_pressures(r->k->node, &in.memory_pressure, &in.disk_pressure, &in.pid_pressure);
    if (admission_check(&r->arena, &in, &reason, &message))
        return;
    pod_run_event(r, NULL, "Warning", reason, "%s", message);
    pods_fail(r->pods, r->pod, reason, message, -1);
}

/* Past activeDeadlineSeconds; otherwise wakes when it will be. */
static void check_deadline(struct pod_run *r)
{
    const struct json *seconds = json_at(r->document, "spec.activeDeadlineSeconds");
    const char *start = json_string_at(r->document, "status.startTime");
    int64_t start_ns = r->pod->accepted_ns;
    if (json_is_absent(seconds))
        return;
    if (start)
        time_parse(slice_of(start), &start_ns);
    int64_t until = start_ns + json_integer_or(seconds, 0) * NS_PER_S;
    if (clock_realtime_ns() < until) {
        pod_run_wake_at(r, until);
        return;
    }
    pods_fail(r->pods, r->pod, "DeadlineExceeded",
              "Pod was active on the node longer than the specified deadline", -1);
}

static bool must_terminate(struct pod_run *r)
{
    const char *reason, *message;
    return !r->document || r->pod->removed || object_is_deleted(r->document) ||
           pod_is_terminal(r->document) || pod_is_failed(r->pods, r->pod, &r->arena, &reason, &message);
}

/* What downwardAPI volumes show of it, and what changes. */
static uint32_t shown_hash(const struct json *pod)
{
    struct buffer text = BUFFER_INIT;
    json_write(&text, json_at(pod, "metadata.labels"));
    buffer_append_char(&text, '\n');
    json_write(&text, json_at(pod, "metadata.annotations"));
    uint32_t hash = hash_fnv32a(text.data, text.size);
    buffer_done(&text);
    return hash;
}

/* Folders, cgroup and volumes: what has to be there before a container starts. */
static int prepare(struct pod_run *r, struct error *err)
{
    if (r->volumes_ready)
        return 0;
    if (!r->pod->prepared) {
        const char *folder = pod_folder(r->k, &r->arena, r->pod->uid);
        if (directory_make(folder, 0750, err) < 0 ||
            directory_make(pod_log_folder(r->k, &r->arena, r->document), 0755, err) < 0)
            return -1;
        if (cgroups_setup_pod(r->k->cgroups, r->document, err) < 0) {
            pod_run_event(r, NULL, "Warning", "FailedCreatePodContainer",
                          "unable to ensure pod container exists: %s", err->message);
            return -1;
        }
    }
    if (volumes_setup(r->k->volumes, r->document, err) < 0) {
        pod_run_event(r, NULL, "Warning", "FailedMount", "%s", err->message);
        return -1;
    }
    if (!r->pod->prepared && strcmp(pod_qos_class(r->document), "Burstable") == 0)
        collect_class_weight(r->k);
    r->pod->prepared = r->volumes_ready = true;
    r->pod->refreshed_ns = clock_realtime_ns();
    r->pod->shown_hash = shown_hash(r->document);
    return 0;
}

/* A pod that is deleted meanwhile waits for its sandbox: containerd 1.6 leaves a shim behind when the call is
 * given up. */
static int make_sandbox(struct pod_run *r, const struct pod_actions *actions, struct error *err)
{
    struct keelson_sandbox_config config;
    const char *id;
    if (prepare(r, err) < 0)
        return -1;
    int rc = pod_config_sandbox(r->k, &r->arena, r->document, actions->attempt, &config, err);
    if (rc == 0)
        rc = runtime_sandbox_run(&r->k->runtime, &config, r->k->stop_fd, &r->arena, &id, err);
    if (rc < 0) {
        if (err->code != ERR_CANCELLED)
            pod_run_event(r, NULL, "Warning", "FailedCreatePodSandBox", "Failed to create pod sandbox: %s",
                          err->message);
        return -1;
    }
    runtime_state_added(r->k->state, r->pod->uid, id, NULL, NULL);
    return 0;
}

static void note_pull_wait(struct pod_run *r, const char *name)
{
    const struct json *c = container_find(r->document, name, NULL);
    const struct container_memory *m = container_memory_find(r->memories, r->memories_count, name);
    const char *image = json_string_or(json_get(c, "image"), "");
    const char *why = m && m->pull_message ? m->pull_message : "";
    if (!m || !m->waiting_reason || strcmp(m->waiting_reason, "ImagePullBackOff") != 0) {
        pod_run_event(r, name, "Normal", "BackOff", "Back-off pulling image \"%s\"", image);
        pod_run_event(r, name, "Warning", "Failed", "Error: ImagePullBackOff");
    }
    pod_run_set_waiting(r, name, "ImagePullBackOff",
                        arena_printf(&r->arena, "Back-off pulling image \"%s\"%s%s", image,
                                     why[0] ? ": ErrImagePull: " : "", why));
}

static void note_waits(struct pod_run *r, const struct pod_actions *actions)
{
    for (size_t i = 0; i < actions->waits_count; i++) {
        const struct container_wait *w = &actions->waits[i];
        char backoff[TIME_TEXT_MAX];
        pod_run_wake_at(r, w->until_ns);
        if (!w->backoff_ns) {
            note_pull_wait(r, w->name);
            continue;
        }
        time_format_age(w->backoff_ns, backoff);
        const char *message =
            arena_printf(&r->arena, "back-off %s restarting failed container=%s pod=%s_%s(%s)", backoff,
                         w->name, object_name(r->document), object_namespace(r->document), r->pod->uid);
        const struct container_memory *m = container_memory_find(r->memories, r->memories_count, w->name);
        if (!m || !m->waiting_reason || strcmp(m->waiting_reason, "CrashLoopBackOff") != 0)
            pod_run_event(r, w->name, "Warning", "BackOff",
                          "Back-off restarting failed container %s in pod %s_%s(%s)", w->name,
                          object_name(r->document), object_namespace(r->document), r->pod->uid);
        pod_run_set_waiting(r, w->name, "CrashLoopBackOff", message);
    }
}

static int64_t pod_grace_s(struct pod_run *r)
{
    pthread_mutex_lock(&r->pods->lock);
    int64_t grace = r->pod->grace_s;
    pthread_mutex_unlock(&r->pods->lock);
    if (grace < 0)
        grace = json_integer_at(r->document, "spec.terminationGracePeriodSeconds", 30);
    return grace;
}

static void note_restart(void *context, struct container_memory *m)
{
    free(m->restart_id);
    m->restart_id = xstrdup(context);
}

static void do_kills(struct pod_run *r, const struct pod_actions *actions)
{
    for (size_t i = 0; i < actions->kills_count; i++) {
        const struct container_kill *k = &actions->kills[i];
        struct kill_wanted w = {k->container, k->message, k->grace_s >= 0 ? k->grace_s : pod_grace_s(r),
                                true};
        if (k->restart)
            pod_remember(r->pods, r->pod, k->container->name, note_restart, (void *)k->container->id);
        pod_kill_container(r, &w);
    }
}

/* One round: whether something was done, so that it is worth looking again at once. -1 with err: try again
 * later. */
static int act(struct pod_run *r, const struct pod_actions *actions, struct error *err)
{
    struct keelson_sandbox_config config;
    note_waits(r, actions);
    if (actions->kill_pod && (actions->create_sandbox || actions->finished)) {
        if (pod_kill(r, pod_grace_s(r), "Stopping container", err) < 0)
            return -1;
    }
    if (actions->finished)
        return 0;
    if (actions->create_sandbox)
        return make_sandbox(r, actions, err) < 0 ? -1 : 1;
    do_kills(r, actions);
    if (actions->starts_count == 0)
        return actions->kills_count > 0;
    if (prepare(r, err) < 0 ||
        pod_config_sandbox(r->k, &r->arena, r->document, actions->sandbox->attempt, &config, err) < 0)
        return -1;
    for (size_t i = 0; i < actions->starts_count; i++)
        pod_start_container(r, &actions->starts[i], actions->sandbox, &config);
    return 1;
}

static void refresh_volumes(struct pod_run *r)
{
    struct error err = ERROR_INIT;
    int64_t now = clock_realtime_ns();
    if (!json_count(json_at(r->document, "spec.volumes")))
        return;
    uint32_t hash = shown_hash(r->document);
    if (hash != r->pod->shown_hash)
        r->pod->refreshed_ns = 0;
    r->pod->shown_hash = hash;
    if (!r->pod->prepared && r->runtime.sandboxes_count) {
        r->pod->prepared = true;
        r->pod->refreshed_ns = 0;
    }
    if (now - r->pod->refreshed_ns >= REFRESH_NS && r->pod->prepared) {
        r->pod->refreshed_ns = now;
        if (volumes_refresh(r->k->volumes, r->document, &err) < 0)
            pod_run_event(r, NULL, "Warning", "FailedMount", "%s", err.message);
        error_done(&err);
    }
    pod_run_wake_at(r, r->pod->refreshed_ns + REFRESH_NS);
}

/* Failed starts count as done work only once a run, or a container that fails at once would spin here until
 * it is put off. */
static int sync_containers(struct pod_run *r, bool *ret_finished, struct error *err)
{
    size_t tried = 0;
    *ret_finished = false;
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        struct decide_input in = {.pod = r->document,
                                  .runtime = &r->runtime,
                                  .memories = r->memories,
                                  .memories_count = r->memories_count,
                                  .now_ns = clock_realtime_ns(),
                                  .backoff_max_ns = r->k->config->backoff_max_ns};
        struct pod_actions actions;
        decide(&r->arena, &in, &actions);
        if (round == 0 && (actions.create_sandbox || actions.starts_count))
            pod_run_publish(r);
        size_t containers = r->runtime.containers_count;
        int rc = act(r, &actions, err);
        if (rc < 0 || pod_run_look(r, rc < 0 ? NULL : err) < 0)
            return -1;
        *ret_finished = actions.finished;
        bool gained =
            r->runtime.containers_count > containers || actions.create_sandbox || actions.kills_count;
        tried += !gained;
        if (rc == 0 || tried > 1 || (!gained && actions.starts_count))
            break;
        if (must_terminate(r))
            break;
    }
    return 0;
}

/* Before the node and its network are known nothing can be admitted or started. Who waits here is woken when
 * that changes. */
static bool node_is_ready_for(struct pod_run *r)
{
    bool host_network = json_boolean_at(r->document, "spec.hostNetwork", false);
    if (r->runtime.sandboxes_count)
        return true;
    if (!r->pod->is_static && r->k->client && !node_object(r->k->node, &r->arena))
        return false;
    return host_network || node_network_ready(r->k->node);
}

static int sync_pod(struct pod_run *r, struct error *err)
{
    bool finished;
    if (!node_is_ready_for(r)) {
        r->wake_ms = WAIT_FOR_NODE_MS;
        if (clock_realtime_ns() - r->pod->accepted_ns > WAIT_FOR_NODE_MS * NS_PER_MS)
            pod_run_event(r, NULL, "Warning", "NetworkNotReady",
                          "network is not ready: container runtime network not ready");
        return 0;
    }
    if (r->pod->is_static && pods_static_is_replaced(r->pods, r->pod)) {
        r->wake_ms = WAIT_FOR_OTHER_MS;
        return 0;
    }
    admit(r);
    check_deadline(r);
    if (must_terminate(r))
        return 0;
    resize_decide(r);
    resize_apply(r);
    int rc = sync_containers(r, &finished, err);
    probes_update(r->k->probes, r->pod, r->document, &r->runtime);
    if (finished)
        pod_set_state(r->pods, r->pod, POD_TERMINATING);
    pod_run_publish(r);
    if (rc == 0 && !finished)
        refresh_volumes(r);
    return rc;
}

/* --- TERMINATING, TERMINATED --- */

static int64_t termination_grace(struct pod_run *r)
{
    int64_t grace = 30;
    if (r->document)
        return pod_grace_s(r);
    for (size_t i = 0; i < r->runtime.containers_count; i++)
        if (r->runtime.containers[i].grace_s >= 0)
            grace = r->runtime.containers[i].grace_s;
    return grace;
}

static bool anything_runs(const struct pod_run *r)
{
    for (size_t i = 0; i < r->runtime.containers_count; i++)
        if (r->runtime.containers[i].state == KEELSON_CONTAINER_RUNNING)
            return true;
    for (size_t i = 0; i < r->runtime.sandboxes_count; i++)
        if (r->runtime.sandboxes[i].ready)
            return true;
    return false;
}

static int terminate_pod(struct pod_run *r, struct error *err)
{
    probes_only_readiness(r->k->probes, r->pod->uid);
    pod_run_publish(r);
    if (anything_runs(r)) {
        if (pod_kill(r, termination_grace(r), "Stopping container", err) < 0 || pod_run_look(r, err) < 0)
            return -1;
        if (anything_runs(r))
            return error_set(err, ERR_UNAVAILABLE, "containers are still running after having been stopped");
    }
    probes_end(r->k->probes, r->pod->uid);
    pod_set_state(r->pods, r->pod, POD_TERMINATED);
    return 0;
}

static int clean_pod(struct pod_run *r, struct error *err)
{
    if (volumes_teardown(r->k->volumes, r->pod->uid, err) < 0 ||
        cgroups_remove_pod(r->k->cgroups, r->pod->uid, true, err) < 0)
        return -1;
    pod_set_state(r->pods, r->pod, POD_FINISHED);
    pod_run_publish(r);
    return 0;
}

/* The API object is gone: what the runtime still holds and the folders go too. */
static int remove_pod(struct pod_run *r, struct error *err)
{
    for (size_t i = 0; i < r->runtime.sandboxes_count; i++) {
        if (runtime_sandbox_remove(&r->k->runtime, r->runtime.sandboxes[i].id, err) < 0)
            return -1;
        runtime_state_removed(r->k->state, r->runtime.sandboxes[i].id);
    }
    for (size_t i = 0; i < r->runtime.containers_count; i++)
        runtime_state_removed(r->k->state, r->runtime.containers[i].id);
    if (r->document && directory_remove(pod_log_folder(r->k, &r->arena, r->document), err) < 0)
        return -1;
    if (directory_remove(pod_folder(r->k, &r->arena, r->pod->uid), err) < 0)
        return -1;
    pods_forget(r->pods, r->pod);
    return 0;
}

static int step(struct pod_run *r, struct error *err)
{
    int rc = 0;
    if (pod_run_look(r, err) < 0)
        return -1;
    if (pod_get_state(r->pods, r->pod) == POD_SYNC) {
        if (!must_terminate(r))
            rc = sync_pod(r, err);
        if (must_terminate(r) && pod_get_state(r->pods, r->pod) == POD_SYNC) {
            error_done(err);
            *err = ERROR_INIT;
            rc = 0;
            pod_set_state(r->pods, r->pod, POD_TERMINATING);
        }
    }
    if (rc == 0 && pod_get_state(r->pods, r->pod) == POD_TERMINATING)
        rc = terminate_pod(r, err);
    if (rc == 0 && pod_get_state(r->pods, r->pod) == POD_TERMINATED)
        rc = clean_pod(r, err);
    if (rc == 0 && pod_get_state(r->pods, r->pod) == POD_FINISHED &&
        (r->pod->removed || r->pod->runtime_only))
        rc = remove_pod(r, err);
    return rc;
}

int64_t pod_work(void *context, const char *uid, struct error *err)
{
    struct pods *p = context;
    struct pod_run r = {.k = p->k, .pods = p, .pod = pods_get(p, uid)};
    eventfd_t drained;
    if (!r.pod || p->k->stopping || !runtime_state_is_known(p->k->state)) {
        pod_unref(r.pod);
        return 0;
    }
    (void)!eventfd_read(r.pod->interrupt_fd, &drained);
    r.document = pod_document(p, r.pod, &r.arena);
    int rc = step(&r, err);
    if (rc < 0 && (err->code == ERR_CANCELLED || p->k->stopping)) {
        error_done(err);
        *err = ERROR_INIT;
        r.wake_ms = p->k->stopping ? 0 : 1;
        rc = 0;
    } else if (rc < 0) {
        error_prefix(err, "pod %s", r.pod->key);
    }
    arena_done(&r.arena);
    pod_unref(r.pod);
    return rc < 0 ? -1 : r.wake_ms;
}
