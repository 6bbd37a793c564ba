/* SPDX-License-Identifier: Apache-2.0 */
/* What the status of a replica set or replication controller says. */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/replicas.h"

struct counts {
    int64_t labelled, ready, available, again_ms;
};

/* Has the pod all labels of the template? It may have more, or other ones since the template changed. */
static bool fully_labelled(const struct json *pod, const struct json *template_labels)
{
    json_for_each (label, template_labels) {
        const char *value = object_label(pod, label->key);
        if (!value || strcmp(value, json_string_or(label, "")) != 0)
            return false;
    }
    return true;
}

static struct counts count_pods(const struct json *set, struct json *const *pods, size_t count)
{
    struct counts c = {0};
    const struct json *labels = json_at(set, "spec.template.metadata.labels");
    int64_t min_ready_s = json_integer_at(set, "spec.minReadySeconds", 0), now_ns = clock_realtime_ns();
    for (size_t i = 0; i < count; i++) {
        int64_t in_ms = pod_available_in_ms(pods[i], min_ready_s, now_ns);
        c.labelled += fully_labelled(pods[i], labels);
        c.ready += in_ms >= 0;
        c.available += in_ms == 0;
        if (in_ms > 0 && (!c.again_ms || in_ms < c.again_ms))
            c.again_ms = in_ms;
    }
    return c;
}

static bool set_count(struct arena *arena, struct json *status, const char *key, int64_t value, bool always)
{
    const struct json *old = json_get(status, key);
    if (json_integer_or(old, 0) == value && (old || !always))
        return false;
    json_set_int(arena, status, key, value);
    return true;
}

static bool set_failure(struct arena *arena, struct json *set, const struct error *failed, int64_t difference)
{
    struct json *conditions = json_at(set, "status.conditions"),
                *present = object_condition(set, "ReplicaFailure");
    if (!failed) {
        if (present)
            json_remove_node(conditions, present);
        return present != NULL;
    }
    if (present)
        return false;
    return object_set_condition(arena, set, "ReplicaFailure", "True",
                                difference < 0 ? "FailedCreate" : "FailedDelete", failed->message);
}

bool replicas_status(const struct replicas *r, struct arena *arena, struct json *set,
                     struct json *const *pods, size_t count, size_t terminating, const struct error *failed,
                     int64_t difference, int64_t *ret_again_ms)
{
    struct counts c = count_pods(set, pods, count);
    bool changed = set_failure(arena, set, failed, difference);
    struct json *status = json_ensure(arena, set, "status", JSON_OBJECT);
    changed |= set_count(arena, status, "replicas", (int64_t)count, true);
    changed |= set_count(arena, status, "fullyLabeledReplicas", c.labelled, false);
    changed |= set_count(arena, status, "readyReplicas", c.ready, false);
    changed |= set_count(arena, status, "availableReplicas", c.available, false);
    if (r->kind->terminating)
        changed |= set_count(arena, status, "terminatingReplicas", (int64_t)terminating, true);
    changed |= set_count(arena, status, "observedGeneration", object_generation(set), false);
    *ret_again_ms = c.again_ms;
    return changed;
}
