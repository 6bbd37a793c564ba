/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which pods go first when there are too many: those that do the least good. The order is upstream's: not
 * assigned, not running, not ready, of low deletion cost, crowded on one node, young, often restarted. Ages
 * count by their order of magnitude, and pods of one magnitude go by uid, as good as by lot.
 */
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/controller-manager/replicas.h"

struct ranked {
    struct json *pod;
    const char *uid;
    int64_t cost, ready_ns, created_ns, restarts, now_ns;
    int phase;
    uint32_t crowd;
    bool assigned, ready;
};

static int phase_order(const struct json *pod)
{
    const char *phase = json_string_or(json_at(pod, "status.phase"), "");
    return !strcmp(phase, "Running") ? 2 : !strcmp(phase, "Unknown") ? 1 : 0;
}

static int64_t deletion_cost(const struct json *pod)
{
    const char *text = object_annotation(pod, "controller.kubernetes.io/pod-deletion-cost");
    int64_t cost = 0;
    return text && parse_i64(slice_of(text), INT32_MIN, INT32_MAX, &cost) ? cost : 0;
}

static int64_t restarts_of(const struct json *pod)
{
    int64_t most = 0;
    json_for_each (status, json_at(pod, "status.containerStatuses"))
        most = MAX(most, json_integer_or(json_get(status, "restartCount"), 0));
    return most;
}

static struct ranked ranked_of(struct json *pod, const struct map *crowds, int64_t now_ns)
{
    const char *node = json_string_or(json_at(pod, "spec.nodeName"), "");
    struct ranked r = {.pod = pod,
                       .uid = object_uid(pod),
                       .cost = deletion_cost(pod),
                       .now_ns = now_ns,
                       .created_ns = object_created_ns(pod),
                       .restarts = restarts_of(pod),
                       .phase = phase_order(pod),
                       .assigned = node[0] != 0,
                       .ready = pod_is_ready(pod)};
    if (r.ready)
        time_parse(json_slice(json_get(object_condition(pod, "Ready"), "lastTransitionTime")), &r.ready_ns);
    r.crowd = (uint32_t)(uintptr_t)map_get(crowds, node);
    return r;
}

static int magnitude(int64_t since_ns, int64_t now_ns)
{
    int64_t age = now_ns - since_ns;
    return age <= 0 ? -1 : 63 - __builtin_clzll((unsigned long long)age);
}

/* Unknown times first, then the young, by magnitude. */
static int compare_times(int64_t a_ns, int64_t b_ns, const struct ranked *a, const struct ranked *b)
{
    if (a_ns == b_ns)
        return 0;
    if (!a_ns || !b_ns)
        return a_ns ? 1 : -1;
    int difference = magnitude(a_ns, a->now_ns) - magnitude(b_ns, b->now_ns);
    return difference ? difference : strcmp(a->uid, b->uid);
}

static int compare(const void *x, const void *y)
{
    const struct ranked *a = x, *b = y;
    if (a->assigned != b->assigned)
        return a->assigned ? 1 : -1;
    if (a->phase != b->phase)
        return a->phase - b->phase;
    if (a->ready != b->ready)
        return a->ready ? 1 : -1;
    if (a->cost != b->cost)
        return a->cost < b->cost ? -1 : 1;
    if (a->crowd != b->crowd)
        return a->crowd > b->crowd ? -1 : 1;
    int by_ready = a->ready ? compare_times(a->ready_ns, b->ready_ns, a, b) : 0;
    if (by_ready)
        return by_ready;
    if (a->restarts != b->restarts)
        return a->restarts > b->restarts ? -1 : 1;
    int by_age = compare_times(a->created_ns, b->created_ns, a, b);
    return by_age ? by_age : strcmp(a->uid, b->uid);
}

static struct map *count_by_node(const struct claimed *related)
{
    struct map *crowds = map_new(NULL);
    for (size_t i = 0; i < related->count; i++) {
        const char *node = json_string_or(json_at(related->items[i], "spec.nodeName"), "");
        if (node[0])
            map_set(crowds, node, (void *)((uintptr_t)map_get(crowds, node) + 1));
    }
    return crowds;
}

void replicas_rank(struct json **pods, size_t count, const struct claimed *related, int64_t now_ns)
{
    _cleanup_(cleanup_map_free) struct map *crowds = count_by_node(related);
    struct ranked *list = newa0(struct ranked, MAX(count, (size_t)1));
    for (size_t i = 0; i < count; i++)
        list[i] = ranked_of(pods[i], crowds, now_ns);
    qsort(list, count, sizeof(*list), compare);
    for (size_t i = 0; i < count; i++)
        pods[i] = list[i].pod;
    free(list);
}
