/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods. READY, STATUS and RESTARTS come out of one walk over the container statuses: first the init
 * containers, as long as they keep the pod from starting, then the containers from the last to the first, of
 * which the last word counts.
 */
#include <stdio.h>

#include "core/api/print-columns.h"
#include "core/base/clock.h"

struct pod_summary {
    char reason[128];
    unsigned ready, total;
    int64_t restarts, sidecar_restarts;
    int64_t restarted_ns, sidecar_restarted_ns; /* when last; 0: never */
};

__attribute__((format(printf, 2, 3))) static void set_reason(struct pod_summary *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(s->reason, sizeof(s->reason), fmt, ap);
    va_end(ap);
}

static bool is_set(const char *text)
{
    return text && *text;
}

static bool is_sidecar(const struct json *pod, const char *name)
{
    json_for_each (it, json_at(pod, "spec.initContainers"))
        if (name && !strcmp(json_string_or(json_get(it, "name"), ""), name))
            return !strcmp(json_string_or(json_get(it, "restartPolicy"), ""), "Always");
    return false;
}

static int64_t last_finished(const struct json *status)
{
    int64_t ns = 0;
    print_time(json_at(status, "lastState.terminated.finishedAt"), &ns);
    return ns;
}

/* How a container ended when nobody said why. */
static void set_exit_reason(struct pod_summary *s, const char *prefix, const struct json *terminated)
{
    int64_t signal = json_integer_or(json_get(terminated, "signal"), 0);
    const char *reason = json_string(json_get(terminated, "reason"));
    if (is_set(reason))
        set_reason(s, "%s%s", prefix, reason);
    else if (signal)
        set_reason(s, "%sSignal:%lld", prefix, (long long)signal);
    else
        set_reason(s, "%sExitCode:%lld", prefix,
                   (long long)json_integer_or(json_get(terminated, "exitCode"), 0));
}

/* Whether this init container keeps the pod from starting. */
static bool look_at_init(struct pod_summary *s, const struct json *pod, const struct json *status,
                         unsigned index)
{
    bool sidecar = is_sidecar(pod, json_string(json_get(status, "name")));
    int64_t restarts = json_integer_or(json_get(status, "restartCount"), 0), finished = last_finished(status);
    s->restarts += restarts;
    s->restarted_ns = MAX(s->restarted_ns, finished);
    s->sidecar_restarts += sidecar ? restarts : 0;
    if (sidecar)
        s->sidecar_restarted_ns = MAX(s->sidecar_restarted_ns, finished);

    const struct json *terminated = json_at(status, "state.terminated");
    const char *waiting = json_string_at(status, "state.waiting.reason");
    if (!json_is_absent(terminated) && json_integer_or(json_get(terminated, "exitCode"), 0) == 0)
        return false;
    if (sidecar && json_boolean_or(json_get(status, "started"), false)) {
        s->ready += json_boolean_or(json_get(status, "ready"), false);
        return false;
    }
    if (!json_is_absent(terminated))
        set_exit_reason(s, "Init:", terminated);
    else if (is_set(waiting) && strcmp(waiting, "PodInitializing"))
        set_reason(s, "Init:%s", waiting);
    else
        set_reason(s, "Init:%u/%u", index, json_count(json_at(pod, "spec.initContainers")));
    return true;
}

static bool look_at_inits(struct pod_summary *s, const struct json *pod)
{
    unsigned index = 0;
    json_for_each (it, json_at(pod, "spec.initContainers"))
        s->total += !strcmp(json_string_or(json_get(it, "restartPolicy"), ""), "Always");
    json_for_each (it, json_at(pod, "status.initContainerStatuses")) {
        if (look_at_init(s, pod, it, index))
            return true;
        index++;
    }
    return false;
}

/* Lists are linked forwards and the first container has the last word: it is looked at last by not
 * overwriting what an earlier one said. */
static void look_at_containers(struct pod_summary *s, const struct json *pod)
{
    bool running = false, said = false;
    s->restarts = s->sidecar_restarts;
    s->restarted_ns = s->sidecar_restarted_ns;
    json_for_each (it, json_at(pod, "status.containerStatuses")) {
        const char *waiting = json_string_at(it, "state.waiting.reason");
        const struct json *terminated = json_at(it, "state.terminated");
        int64_t finished = last_finished(it);
        s->restarts += json_integer_or(json_get(it, "restartCount"), 0);
        s->restarted_ns = MAX(s->restarted_ns, finished);
        if (is_set(waiting) || !json_is_absent(terminated)) {
            if (!said && is_set(waiting))
                set_reason(s, "%s", waiting);
            else if (!said)
                set_exit_reason(s, "", terminated);
            said = true;
        } else if (json_boolean_or(json_get(it, "ready"), false) &&
                   !json_is_absent(json_at(it, "state.running"))) {
            running = true;
            s->ready++;
        }
    }
    if (running && !strcmp(s->reason, "Completed"))
        set_reason(s, "%s", pod_is_ready(pod) ? "Running" : "NotReady");
}

static void summarize(struct pod_summary *s, const struct json *pod)
{
    const char *reason = json_string_at(pod, "status.reason");
    const struct json *scheduled = object_condition(pod, "PodScheduled");
    s->total = json_count(json_at(pod, "spec.containers"));
    set_reason(s, "%s", is_set(reason) ? reason : json_string_or(json_at(pod, "status.phase"), ""));
    if (!strcmp(json_string_or(json_get(scheduled, "reason"), ""), "SchedulingGated"))
        set_reason(s, "SchedulingGated");
    if (!look_at_inits(s, pod) || object_condition_is(pod, "Initialized", "True"))
        look_at_containers(s, pod);
    if (object_is_deleted(pod) && !strcmp(reason ? reason : "", "NodeLost"))
        set_reason(s, "Unknown");
    else if (object_is_deleted(pod) && !pod_is_terminal(pod))
        set_reason(s, "Terminating");
}

static void print_restarts(struct print_row *row, const struct pod_summary *s)
{
    char age[TIME_TEXT_MAX];
    if (!s->restarts || !s->restarted_ns) {
        print_textf(row, "%lld", (long long)s->restarts);
        return;
    }
    time_format_age(row->now_ns - s->restarted_ns, age);
    print_textf(row, "%lld (%s ago)", (long long)s->restarts, age);
}

static void print_or_none(struct print_row *row, const struct json *pod, const char *path)
{
    const char *text = json_string_at(pod, path);
    print_text(row, is_set(text) ? text : "<none>");
}

static void print_gates(struct print_row *row, const struct json *pod)
{
    const struct json *gates = json_at(pod, "spec.readinessGates");
    unsigned open = 0;
    if (!json_count(gates)) {
        print_text(row, "<none>");
        return;
    }
    json_for_each (it, gates)
        open += object_condition_is(pod, json_string_or(json_get(it, "conditionType"), ""), "True");
    print_textf(row, "%u/%u", open, json_count(gates));
}

static void print_pod(struct print_row *row, const struct json *pod)
{
    struct pod_summary s = {0};
    summarize(&s, pod);
    print_text(row, object_name(pod));
    print_textf(row, "%u/%u", s.ready, s.total);
    print_text(row, s.reason);
    print_restarts(row, &s);
    print_age(row, json_at(pod, "metadata.creationTimestamp"));
    print_or_none(row, pod,
                  json_count(json_at(pod, "status.podIPs")) ? "status.podIPs[0].ip" : "status.podIP");
    print_or_none(row, pod, "spec.nodeName");
    print_or_none(row, pod, "status.nominatedNodeName");
    print_gates(row, pod);
}

static const struct print_column pod_columns[] = {
    PRINT_COLUMN_NAME,
    {"Ready", "status.containerStatuses"},
    {"Status", "status.phase"},
    {"Restarts", "status.containerStatuses"},
    PRINT_COLUMN_AGE,
    {"IP", "status.podIPs", .wide = true},
    {"Node", "spec.nodeName", .wide = true},
    {"Nominated Node", "status.nominatedNodeName", .wide = true},
    {"Readiness Gates", "spec.readinessGates", .wide = true},
};

static const struct print_column template_columns[] = {
    PRINT_COLUMN_NAME,
    {"Containers", "template.spec.containers", .how = PRINT_NAMES},
    {"Images", "template.spec.containers", .how = PRINT_IMAGES},
    {"Pod Labels", "template.metadata.labels", .how = PRINT_LABELS},
};

const struct print_kind print_pod_kinds[] = {
    {"", "Pod", pod_columns, ARRAY_SIZE(pod_columns), print_pod},
    PRINT_KIND("", "PodTemplate", template_columns),
    {NULL},
};
