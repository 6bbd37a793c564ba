/* SPDX-License-Identifier: Apache-2.0 */
/* What a daemon set's status says. */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/daemonset.h"

bool daemon_pod_is_available(struct daemon_sync *s, const struct json *pod)
{
    int64_t in_ms =
        pod_available_in_ms(pod, json_integer_at(s->set, "spec.minReadySeconds", 0), clock_realtime_ns());
    if (in_ms > 0 && (!s->again_ms || in_ms < s->again_ms))
        s->again_ms = in_ms;
    return in_ms == 0;
}

struct counts {
    int64_t desired, current, misscheduled, ready, available, updated;
};

static void count_node(struct daemon_sync *s, const struct daemon_node *n, struct counts *c)
{
    if (!n->should_run) {
        c->misscheduled += n->node && n->count > 0;
        return;
    }
    c->desired++;
    if (!n->count)
        return;
    const struct json *pod = n->pods[0];
    c->current++;
    if (pod_is_ready(pod)) {
        c->ready++;
        c->available += daemon_pod_is_available(s, pod);
    }
    c->updated += daemon_pod_is_current(s, pod);
}

static bool set_count(struct arena *arena, struct json *status, const char *key, int64_t value, bool always)
{
    const struct json *old = json_get(status, key);
    if (json_integer_or(old, 0) == value && (old || !always))
        return false;
    json_set_int(arena, status, key, value);
    return true;
}

int daemon_write_status(struct daemon_sync *s, struct error *err)
{
    struct counts c = {0};
    struct arena *a = &s->arena;
    for (size_t i = 0; i < s->nodes_count; i++)
        count_node(s, &s->nodes[i], &c);
    struct json *status = json_ensure(a, s->set, "status", JSON_OBJECT);
    bool changed = set_count(a, status, "currentNumberScheduled", c.current, true);
    changed |= set_count(a, status, "numberMisscheduled", c.misscheduled, true);
    changed |= set_count(a, status, "desiredNumberScheduled", c.desired, true);
    changed |= set_count(a, status, "numberReady", c.ready, true);
    changed |= set_count(a, status, "updatedNumberScheduled", c.updated, false);
    changed |= set_count(a, status, "numberAvailable", c.available, false);
    changed |= set_count(a, status, "numberUnavailable", c.desired - c.available, false);
    changed |= set_count(a, status, "observedGeneration", object_generation(s->set), false);
    if (s->collisions >= 0)
        changed |= set_count(a, status, "collisionCount", s->collisions, false);
    return changed ? client_update(s->c->client, s->c->resource, "status", s->set, a, NULL, err) : 0;
}
