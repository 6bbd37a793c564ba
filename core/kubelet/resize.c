/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See resize.h. A container whose resizePolicy asks for a restart is killed and started by the usual decision
 * (decide.c), since it was made with another hash of those resources; all others are updated here, between a
 * raise and a cut of the pod's own limits, so that no container ever has more than its pod.
 */
#include "core/kubelet/resize.h"

#include "core/api/object.h"
#include "core/api/pod-resources.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/kubelet/admission.h"
#include "core/kubelet/cgroup.h"
#include "core/kubelet/node.h"
#include "core/kubelet/pod-config.h"

#define DEFERRED_NS (10 * NS_PER_S) /* until the node is looked at again */

static const char *const lists[][2] = {{"containers", "containerStatuses"},
                                       {"initContainers", "initContainerStatuses"}};

static const struct json *status_of(const struct json *pod, const char *list, const char *name)
{
    json_for_each (s, json_get(json_get(pod, "status"), list)) {
        if (strcmp(json_string_or(json_get(s, "name"), ""), name) == 0)
            return s;
    }
    return NULL;
}

/* NULL: nothing was given yet, so that whatever is asked for is given. */
static const struct json *given_to(const struct json *pod, unsigned list, const struct json *container)
{
    const struct json *status =
        status_of(pod, lists[list][1], json_string_or(json_get(container, "name"), ""));
    return json_get(status, "resources");
}

/* The same amount, however it is written. */
static bool same_amount(const struct json *a, const struct json *b)
{
    struct quantity x, y;
    if (json_equal_semantic(a, b))
        return true;
    return quantity_parse(json_slice(a), &x) && quantity_parse(json_slice(b), &y) &&
           quantity_compare(&x, &y) == 0;
}

static bool same_resources(const struct json *a, const struct json *b)
{
    static const char *const kinds[] = {"requests", "limits"}, *const names[] = {"cpu", "memory"};
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        for (size_t j = 0; j < ARRAY_SIZE(names); j++)
            if (!same_amount(json_get(json_get(a, kinds[i]), names[j]),
                             json_get(json_get(b, kinds[i]), names[j])))
                return false;
    return true;
}

static bool is_wanted(const struct json *pod)
{
    for (unsigned i = 0; i < ARRAY_SIZE(lists); i++)
        json_for_each (c, json_get(json_get(pod, "spec"), lists[i][0])) {
            const struct json *given = given_to(pod, i, c);
            if (given && !same_resources(json_get(c, "resources"), given))
                return true;
        }
    return false;
}

/* The pod goes on with what it has. */
static void take_back(struct pod_run *r)
{
    for (unsigned i = 0; i < ARRAY_SIZE(lists); i++)
        json_for_each (c, json_get(json_get(r->document, "spec"), lists[i][0])) {
            const struct json *given = given_to(r->document, i, c);
            if (given)
                json_set(&r->arena, c, "resources", json_copy(&r->arena, given));
        }
}

void resize_decide(struct pod_run *r)
{
    struct admission_input in = {.pods_max = INT64_MAX};
    const char *reason;
    r->resize = (struct resize_state){0};
    if (!r->document || !is_wanted(r->document))
        return;
    if (r->pod->is_static) {
        take_back(r);
        return;
    }
    in.pod = r->document;
    in.node = node_object(r->k->node, &r->arena);
    r->resize.wanted = true;
    if (!admission_resources_fit(&r->arena, &in, &reason, &r->resize.message)) {
        r->resize.reason = "Infeasible";
    } else {
        pod_run_others(r, &in);
        if (!admission_resources_fit(&r->arena, &in, &reason, &r->resize.message))
            r->resize.reason = "Deferred";
    }
    if (!r->resize.reason)
        return;
    take_back(r);
    r->resize.wanted = false;
    if (strcmp(r->resize.reason, "Deferred") == 0)
        pod_run_wake_at(r, clock_realtime_ns() + DEFERRED_NS);
}

static int update(struct pod_run *r, const struct json *container, struct error *err)
{
    const struct runtime_container *c =
        pod_runtime_container(&r->runtime, json_string_or(json_get(container, "name"), ""));
    if (!c || c->state != KEELSON_CONTAINER_RUNNING)
        return 0; /* made with the new ones when it starts */
    struct keelson_resources resources = pod_config_resources(r->k, &r->arena, r->document, container);
    resources.oom_score_adj = 0; /* stays */
    return runtime_container_update(&r->k->runtime, c->id, &resources, err);
}

void resize_apply(struct pod_run *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    int rc = 0;
    if (!r->resize.wanted)
        return;
    cgroups_raise_pod(r->k->cgroups, r->document);
    for (unsigned i = 0; i < ARRAY_SIZE(lists); i++)
        json_for_each (c, json_get(json_get(r->document, "spec"), lists[i][0])) {
            const struct json *given = given_to(r->document, i, c);
            if (rc == 0 && given && !same_resources(json_get(c, "resources"), given))
                rc = update(r, c, &err);
        }
    if (rc == 0)
        rc = cgroups_setup_pod(r->k->cgroups, r->document, &err);
    if (rc == 0) {
        pod_run_event(r, NULL, "Normal", "ResizeCompleted", "Pod resize completed");
        return;
    }
    take_back(r);
    r->resize.error = arena_strdup(&r->arena, err.message);
    pod_run_event(r, NULL, "Warning", "ResizeError", "Pod resize error: %s", err.message);
    pod_run_wake_at(r, clock_realtime_ns() + DEFERRED_NS);
}
