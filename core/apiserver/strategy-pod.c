/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods: what a new one's status says, what of its spec may still change, how long it may take to end. A pod
 * that no kubelet has seen goes at once; any other is marked, and its kubelet deletes it with a period of 0
 * when its containers are gone.
 */
#include "core/api/object.h"
#include "core/api/pod-resources.h"
#include "core/apiserver/strategies.h"
#include "core/apiserver/strategy-pod.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

static int prepare_create(struct registry *g, struct api_request *r, struct json *object, struct error *err)
{
    struct arena *a = &r->arena;
    struct json *status = json_set_object(a, object, "status");
    json_set_string(a, status, "phase", "Pending");
    json_set_string(a, status, "qosClass", pod_qos_class(object));
    if (json_count(json_at(object, "spec.schedulingGates")))
        object_set_condition(a, object, "PodScheduled", "False", "SchedulingGated",
                             "Scheduling is blocked due to non-empty scheduling gates");
    return 0;
}

static void keep_metadata(struct arena *arena, struct json *object, const struct json *old,
                          const char *member)
{
    const struct json *value = json_get(json_get(old, "metadata"), member);
    if (value)
        json_set(arena, json_get(object, "metadata"), member, json_copy(arena, value));
    else
        json_remove(json_get(object, "metadata"), member);
}

static void keep(struct arena *arena, struct json *object, const struct json *old, const char *member)
{
    const struct json *value = json_get(old, member);
    if (value)
        json_set(arena, object, member, json_copy(arena, value));
}

/* The QoS class is the pod's for life. Subresources that change the spec leave status and metadata alone. */
static int prepare_update(struct registry *g, struct api_request *r, const char *sub, struct json *object,
                          const struct json *old, struct error *err)
{
    struct arena *a = &r->arena;
    if (!strcmp(sub, "status")) {
        keep_metadata(a, object, old, "ownerReferences");
        json_set_string(a, json_ensure(a, object, "status", JSON_OBJECT), "qosClass",
                        json_string_or(json_at(old, "status.qosClass"), pod_qos_class(old)));
    } else if (!strcmp(sub, "ephemeralcontainers") || !strcmp(sub, "resize")) {
        keep(a, object, old, "metadata");
        keep(a, object, old, "status");
    }
    return 0;
}

static unsigned validate(struct registry *g, struct api_request *r, const char *sub,
                         const struct json *object, const struct json *old, struct error *err)
{
    unsigned bad = 0;
    if (!old) {
        if (json_count(json_at(object, "spec.ephemeralContainers")) && ++bad)
            error_add_cause(err, "FieldValueForbidden", "spec.ephemeralContainers",
                            "Forbidden: cannot be set on create");
        if (json_count(json_at(object, "spec.schedulingGates")) &&
            json_slice(json_at(object, "spec.nodeName")).size && ++bad)
            error_add_cause(err, "FieldValueForbidden", "spec.nodeName",
                            "Forbidden: cannot be set until all schedulingGates have been cleared");
        return bad;
    }
    return pod_validate_update(&r->arena, sub, object, old, err);
}

static int64_t grace_period_s(struct api_request *r, const struct json *object)
{
    int64_t period = r->grace_period_s >= 0
                         ? r->grace_period_s
                         : json_integer_at(object, "spec.terminationGracePeriodSeconds", 30);
    if (!json_slice(json_at(object, "spec.nodeName")).size || pod_is_terminal(object))
        return 0;
    return period < 0 ? 1 : period;
}

static const char *const fields[] = {"spec.nodeName",
                                     "spec.restartPolicy",
                                     "spec.schedulerName",
                                     "spec.serviceAccountName",
                                     "spec.hostNetwork|false",
                                     "status.phase",
                                     "status.podIP",
                                     "status.nominatedNodeName",
                                     NULL};
const struct strategy strategy_pod = {
    .group = "",
    .plural = "pods",
    .prepare_create = prepare_create,
    .prepare_update = prepare_update,
    .validate = validate,
    .grace_period_s = grace_period_s,
    .fields = fields,
    .generation = true,
    .returns_deleted = true,
};
