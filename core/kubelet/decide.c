/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision, from the sandbox outwards: without a good sandbox everything starts anew; with one, init
 * containers in order, then the regular ones.
 */
#include "core/kubelet/decide.h"

#include "core/api/pod-resources.h"
#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"

#define BACKOFF_FIRST_NS (10 * NS_PER_S)
#define BACKOFF_RESET_NS (600 * NS_PER_S)

static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};

/* One decision in the making. */
struct deciding {
    struct arena *arena;
    const struct decide_input *in;
    struct pod_actions *out;
    const char *sandbox_id;
};

const struct json *container_next(const struct json *pod, struct container_walk *walk,
                                  enum container_kind *ret_kind)
{
    static const enum container_kind kinds[] = {CONTAINER_INIT, CONTAINER_REGULAR, CONTAINER_EPHEMERAL};
    while (!walk->next && walk->list < (int)ARRAY_SIZE(lists)) {
        const struct json *list = json_get(json_get(pod, "spec"), lists[walk->list++]);
        walk->next = json_is(list, JSON_ARRAY) ? list->first : NULL;
    }
    const struct json *found = walk->next;
    if (!found)
        return NULL;
    walk->next = found->next;
    *ret_kind = kinds[walk->list - 1];
    if (*ret_kind == CONTAINER_INIT && container_is_sidecar(found))
        *ret_kind = CONTAINER_SIDECAR;
    return found;
}

const struct json *container_find(const struct json *pod, const char *name, enum container_kind *ret_kind)
{
    struct container_walk walk = {0};
    enum container_kind kind;
    for (const struct json *c; (c = container_next(pod, &walk, &kind));) {
        if (strcmp(json_string_or(json_get(c, "name"), ""), name) != 0)
            continue;
        if (ret_kind)
            *ret_kind = kind;
        return c;
    }
    return NULL;
}

const char *container_field_path(struct arena *arena, enum container_kind kind, const char *name)
{
    static const char *const list_of[] = {[CONTAINER_REGULAR] = "containers",
                                          [CONTAINER_INIT] = "initContainers",
                                          [CONTAINER_SIDECAR] = "initContainers",
                                          [CONTAINER_EPHEMERAL] = "ephemeralContainers"};
    return arena_printf(arena, "spec.%s{%s}", list_of[kind], name);
}

const struct runtime_container *pod_runtime_container(const struct pod_runtime *runtime, const char *name)
{
    for (size_t i = 0; i < runtime->containers_count; i++)
        if (strcmp(runtime->containers[i].name, name) == 0)
            return &runtime->containers[i];
    return NULL;
}

const struct container_memory *container_memory_find(const struct container_memory *memories, size_t count,
                                                     const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(memories[i].name, name) == 0)
            return &memories[i];
    return NULL;
}

static bool rule_matches(const struct json *rule, int32_t exit_code)
{
    const struct json *codes = json_get(rule, "exitCodes");
    bool in = false;
    if (!codes)
        return false;
    json_for_each (value, json_get(codes, "values"))
        in = in || json_integer_or(value, INT64_MIN) == exit_code;
    return strcmp(json_string_or(json_get(codes, "operator"), ""), "NotIn") == 0 ? !in : in;
}

bool container_restarts(const struct json *pod, const struct json *container, enum container_kind kind,
                        int32_t exit_code)
{
    if (kind == CONTAINER_EPHEMERAL)
        return false;
    if (kind == CONTAINER_SIDECAR)
        return true;
    json_for_each (rule, json_get(container, "restartPolicyRules")) {
        if (rule_matches(rule, exit_code))
            return true;
    }
    const char *policy = json_string_or(json_get(container, "restartPolicy"),
                                        json_string_or(json_at(pod, "spec.restartPolicy"), "Always"));
    if (strcmp(policy, "Never") == 0)
        return false;
    if (strcmp(policy, "OnFailure") == 0 || kind == CONTAINER_INIT)
        return exit_code != 0;
    return true;
}

const char *container_hash(struct arena *arena, const struct json *container)
{
    struct buffer text = BUFFER_INIT;
    buffer_printf(&text, "%s\n%s", json_string_or(json_get(container, "name"), ""),
                  json_string_or(json_get(container, "image"), ""));
    uint32_t hash = hash_fnv32a(text.data, text.size);
    buffer_done(&text);
    return arena_printf(arena, "%x", hash);
}

const char *container_resize_hash(struct arena *arena, const struct json *container)
{
    static const char *const kinds[] = {"requests", "limits"};
    struct buffer text = BUFFER_INIT;
    json_for_each (policy, json_get(container, "resizePolicy")) {
        const char *name = json_string_or(json_get(policy, "resourceName"), "");
        if (strcmp(json_string_or(json_get(policy, "restartPolicy"), ""), "RestartContainer") != 0)
            continue;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
            buffer_printf(
                &text, "%s %s %s\n", kinds[i], name,
                json_string_or(json_get(json_get(json_get(container, "resources"), kinds[i]), name), ""));
    }
    const char *hash = text.size ? arena_printf(arena, "%x", hash_fnv32a(text.data, text.size)) : "";
    buffer_done(&text);
    return hash;
}

static bool backoff_is_forgotten(int64_t set_ns, int64_t at_ns, int64_t max_ns)
{
    return at_ns - set_ns > MAX(BACKOFF_RESET_NS, 2 * max_ns);
}

int64_t backoff_next(int64_t current_ns, int64_t set_ns, int64_t now_ns, int64_t max_ns)
{
    int64_t first = MIN(BACKOFF_FIRST_NS, max_ns);
    if (current_ns <= 0 || backoff_is_forgotten(set_ns, now_ns, max_ns))
        return first;
    return MIN(current_ns * 2, max_ns);
}

static const struct container_memory *memory_of(const struct deciding *d, const char *name)
{
    return container_memory_find(d->in->memories, d->in->memories_count, name);
}

static void add_start(struct deciding *d, const struct json *container, enum container_kind kind,
                      const struct runtime_container *last)
{
    d->out->starts[d->out->starts_count++] =
        (struct container_start){container, kind, last ? last->restart_count + 1 : 0, last};
}

static void add_kill(struct deciding *d, const struct runtime_container *container, const char *reason,
                     const char *message, int64_t grace_s)
{
    d->out->kills[d->out->kills_count++] = (struct container_kill){container, reason, message, grace_s};
}

/* Until when one that ended has to wait; 0: it need not. One that ran for long, or that is another one now,
 * has earned nothing. */
static int64_t backoff_until(struct deciding *d, const struct json *container,
                             const struct container_memory *m, const struct runtime_container *last)
{
    if (!m || m->backoff_ns <= 0 || !last || last->state != KEELSON_CONTAINER_EXITED)
        return 0;
    int64_t ended = last->finished_ns ? last->finished_ns : last->created_ns;
    if (backoff_is_forgotten(m->backoff_set_ns, ended, d->in->backoff_max_ns) ||
        (m->backoff_hash && strcmp(m->backoff_hash, container_hash(d->arena, container)) != 0))
        return 0;
    return d->in->now_ns >= ended ? ended + m->backoff_ns : 0;
}

static int64_t pull_until(const struct json *container, const struct container_memory *m)
{
    const char *image = json_string_or(json_get(container, "image"), "");
    return m && m->pull_image && strcmp(m->pull_image, image) == 0 ? m->pull_until_ns : 0;
}

/* Starts it, unless it ended too recently for the back-off that it has earned. */
static void start_or_wait(struct deciding *d, const struct json *container, enum container_kind kind,
                          const struct runtime_container *last)
{
    const struct container_memory *m = memory_of(d, json_string_or(json_get(container, "name"), ""));
    int64_t until = backoff_until(d, container, m, last);
    if (until > d->in->now_ns)
        d->out->waits[d->out->waits_count++] = (struct container_wait){m->name, m->backoff_ns, until};
    else if (pull_until(container, m) > d->in->now_ns)
        d->out->waits[d->out->waits_count++] = (struct container_wait){m->name, 0, m->pull_until_ns};
    else
        add_start(d, container, kind, last);
}

/* Why a running container has to go; false: it may stay. */
static bool must_kill(struct deciding *d, const struct json *container,
                      const struct runtime_container *running, bool *ret_spec_changed)
{
    const char *name = running->name;
    const struct container_memory *m = memory_of(d, name);
    *ret_spec_changed = running->hash[0] && strcmp(running->hash, container_hash(d->arena, container)) != 0;
    if (*ret_spec_changed) {
        add_kill(d, running, "Killing",
                 arena_printf(d->arena, "Container %s definition changed, will be restarted", name), -1);
        return true;
    }
    const char *resize = container_resize_hash(d->arena, container);
    if (resize[0] && running->resize_hash[0] && strcmp(running->resize_hash, resize) != 0) {
        *ret_spec_changed = true;
        add_kill(d, running, "Killing", arena_printf(d->arena, "Container %s resize requires restart", name),
                 -1);
        return true;
    }
    if (m && m->unhealthy && m->probed_id && strcmp(m->probed_id, running->id) == 0) {
        const char *why = m->unhealthy_message ? m->unhealthy_message : "failed liveness probe";
        add_kill(d, running, "Killing", arena_printf(d->arena, "Container %s %s", name, why),
                 m->unhealthy_grace_s);
        return true;
    }
    if (m && m->post_start_failed_id && strcmp(m->post_start_failed_id, running->id) == 0) {
        add_kill(d, running, "Killing", "FailedPostStartHook", -1);
        return true;
    }
    return false;
}

/* Of the sandbox that serves now: what ran in an older one has to run again. */
static const struct runtime_container *current(const struct deciding *d, const char *name)
{
    const struct runtime_container *c = pod_runtime_container(d->in->runtime, name);
    return c && strcmp(c->sandbox_id, d->sandbox_id) == 0 ? c : NULL;
}

static bool any_regular_created(const struct deciding *d)
{
    json_for_each (c, json_at(d->in->pod, "spec.containers")) {
        if (current(d, json_string_or(json_get(c, "name"), "")))
            return true;
    }
    return false;
}

static bool has_started(const struct deciding *d, const struct json *container,
                        const struct runtime_container *running)
{
    if (!json_get(container, "startupProbe"))
        return true;
    const struct container_memory *m = memory_of(d, running->name);
    return m && m->started && m->probed_id && strcmp(m->probed_id, running->id) == 0;
}

/* True when what follows may go on: it runs and has started, or nothing waits for it any more. */
static bool decide_sidecar(struct deciding *d, const struct json *container, bool initialized)
{
    const char *name = json_string_or(json_get(container, "name"), "");
    const struct runtime_container *last = pod_runtime_container(d->in->runtime, name);
    const struct runtime_container *now = current(d, name);
    bool changed;
    if (now && now->state == KEELSON_CONTAINER_RUNNING) {
        if (must_kill(d, container, now, &changed))
            return initialized;
        return initialized || has_started(d, container, now);
    }
    start_or_wait(d, container, CONTAINER_SIDECAR, last);
    return initialized;
}

enum init_result { INIT_NEXT, INIT_WAIT, INIT_FAILED };

static enum init_result decide_plain_init(struct deciding *d, const struct json *container)
{
    const char *name = json_string_or(json_get(container, "name"), "");
    const struct runtime_container *last = pod_runtime_container(d->in->runtime, name);
    const struct runtime_container *now = current(d, name);
    if (now && now->state == KEELSON_CONTAINER_RUNNING)
        return INIT_WAIT;
    if (now && now->state == KEELSON_CONTAINER_EXITED) {
        if (now->exit_code == 0)
            return INIT_NEXT;
        if (!container_restarts(d->in->pod, container, CONTAINER_INIT, now->exit_code))
            return INIT_FAILED;
    }
    start_or_wait(d, container, CONTAINER_INIT, last);
    return INIT_WAIT;
}

static enum init_result decide_init(struct deciding *d)
{
    bool initialized = any_regular_created(d);
    json_for_each (c, json_at(d->in->pod, "spec.initContainers")) {
        if (container_is_sidecar(c)) {
            if (!decide_sidecar(d, c, initialized))
                return INIT_WAIT;
        } else if (!initialized) {
            enum init_result result = decide_plain_init(d, c);
            if (result != INIT_NEXT)
                return result;
        }
    }
    return INIT_NEXT;
}

/* Whether the pod still has this container to care for. */
static bool decide_regular(struct deciding *d, const struct json *container)
{
    const char *name = json_string_or(json_get(container, "name"), "");
    const struct runtime_container *last = pod_runtime_container(d->in->runtime, name);
    bool changed = false;
    if (last && last->state == KEELSON_CONTAINER_RUNNING && strcmp(last->sandbox_id, d->sandbox_id) == 0) {
        if (must_kill(d, container, last, &changed))
            d->out->kills[d->out->kills_count - 1].restart =
                changed || container_restarts(d->in->pod, container, CONTAINER_REGULAR, 137);
        return true;
    }
    const struct container_memory *m = memory_of(d, name);
    if (last && m && m->restart_id && strcmp(m->restart_id, last->id) == 0) {
        start_or_wait(d, container, CONTAINER_REGULAR, last);
        return true;
    }
    if (last && last->state == KEELSON_CONTAINER_EXITED &&
        !container_restarts(d->in->pod, container, CONTAINER_REGULAR, last->exit_code))
        return false;
    if (last && last->state == KEELSON_CONTAINER_UNKNOWN)
        add_kill(d, last, "Killing", arena_printf(d->arena, "Container %s is in an unknown state", name), -1);
    start_or_wait(d, container, CONTAINER_REGULAR, last);
    return true;
}

static void decide_ephemeral(struct deciding *d)
{
    json_for_each (c, json_at(d->in->pod, "spec.ephemeralContainers")) {
        if (!pod_runtime_container(d->in->runtime, json_string_or(json_get(c, "name"), "")))
            start_or_wait(d, c, CONTAINER_EPHEMERAL, NULL);
    }
}

static bool is_host_network(const struct json *pod)
{
    return json_boolean_at(pod, "spec.hostNetwork", false);
}

/* Does the newest sandbox serve? Otherwise says which attempt the next one is. */
static bool sandbox_serves(const struct decide_input *in, uint32_t *ret_attempt)
{
    const struct pod_runtime *r = in->runtime;
    *ret_attempt = 0;
    if (!r->sandboxes_count)
        return false;
    const struct runtime_sandbox *newest = &r->sandboxes[0];
    *ret_attempt = newest->attempt + 1;
    return newest->ready && (newest->ips_count > 0 || is_host_network(in->pod));
}

/* Is there anything left that a new sandbox would be for? */
static bool anything_to_run(const struct decide_input *in)
{
    json_for_each (c, json_at(in->pod, "spec.containers")) {
        const struct runtime_container *last =
            pod_runtime_container(in->runtime, json_string_or(json_get(c, "name"), ""));
        bool ended = last && last->state == KEELSON_CONTAINER_EXITED;
        if (!ended || container_restarts(in->pod, c, CONTAINER_REGULAR, last->exit_code))
            return true;
    }
    return false;
}

static bool init_failed_for_good(const struct decide_input *in)
{
    json_for_each (c, json_at(in->pod, "spec.initContainers")) {
        const struct runtime_container *last =
            pod_runtime_container(in->runtime, json_string_or(json_get(c, "name"), ""));
        if (!container_is_sidecar(c) && last && last->state == KEELSON_CONTAINER_EXITED &&
            last->exit_code != 0 && !container_restarts(in->pod, c, CONTAINER_INIT, last->exit_code))
            return true;
    }
    return false;
}

static void start_anew(struct deciding *d, uint32_t attempt)
{
    struct pod_actions *out = d->out;
    out->kill_pod = d->in->runtime->sandboxes_count > 0;
    if (!anything_to_run(d->in) || init_failed_for_good(d->in)) {
        out->finished = true;
        return;
    }
    out->create_sandbox = true;
    out->attempt = attempt;
}

static void decide_containers(struct deciding *d)
{
    enum init_result init = decide_init(d);
    decide_ephemeral(d);
    if (init == INIT_FAILED) {
        d->out->kill_pod = true;
        d->out->finished = true;
        return;
    }
    if (init == INIT_WAIT)
        return;
    bool any = false;
    json_for_each (c, json_at(d->in->pod, "spec.containers"))
        any = decide_regular(d, c) || any;
    if (!any) {
        d->out->kill_pod = true;
        d->out->finished = true;
        d->out->starts_count = 0;
    }
}

void decide(struct arena *arena, const struct decide_input *in, struct pod_actions *ret)
{
    size_t count = 1;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        count += json_count(json_get(json_get(in->pod, "spec"), lists[i]));
    *ret = (struct pod_actions){
        .starts = arena_alloc0(arena, count * sizeof(*ret->starts)),
        .kills = arena_alloc0(arena, count * sizeof(*ret->kills)),
        .waits = arena_alloc0(arena, count * sizeof(*ret->waits)),
    };
    struct deciding d = {arena, in, ret, ""};
    uint32_t attempt = 0;
    if (!sandbox_serves(in, &attempt)) {
        start_anew(&d, attempt);
        return;
    }
    ret->sandbox = &in->runtime->sandboxes[0];
    d.sandbox_id = ret->sandbox->id;
    decide_containers(&d);
}
