/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disruption controller: says for each PodDisruptionBudget how many of its pods may be evicted now. The
 * eviction subresource takes one off and names the pod in status.disruptedPods; this controller counts what
 * is really there.
 */
#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/client/request.h"
#include "core/controller-manager/controller.h"
#include "core/controller-manager/deployment.h"
#include "core/controller-manager/discovery.h"

#define DISRUPTED_NS                                                                                         \
    (120 * NS_PER_S) /* an eviction that was allowed and never happened is forgotten after                   \
                      */

struct disruption {
    struct client *client;
    const struct resource *resource;
    struct informer *budgets, *pods, *replica_sets, *controllers, *stateful_sets, *deployments;
    struct workqueue *queue;
    struct event_recorder *events;
};

/* --- noticing changes; the client's loop --- */

static void budget_changed(void *self, struct cached *old, struct cached *new_, const struct json *budget)
{
    struct disruption *c = self;
    if (new_)
        workqueue_add(c->queue, cached_key(new_));
}

/* Every budget of the namespace whose selector matches the labels. */
static void enqueue_for(struct disruption *c, const char *namespace_, const struct json *labels)
{
    _cleanup_(object_list_done) struct object_list list = objects_in(c->budgets, namespace_);
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < list.count; i++) {
        struct selector *selector = NULL;
        const struct json *budget = cached_parse(list.cached[i], &arena);
        if (selector_from_json(json_at(budget, "spec.selector"), &selector, NULL) == 0 &&
            (!labels || selector_matches(selector, labels)))
            workqueue_add(c->queue, cached_key(list.cached[i]));
        selector_free(selector);
        arena_reset(&arena);
    }
    arena_done(&arena);
}

static void pod_changed(void *self, struct cached *old, struct cached *new_, const struct json *pod)
{
    enqueue_for(self, object_namespace(pod), json_at(pod, "metadata.labels"));
    if (old && new_ && cached_differs(old, pod, "metadata.labels"))
        enqueue_for(self, object_namespace(pod), NULL);
}

static void scale_changed(void *self, struct cached *old, struct cached *new_, const struct json *owner)
{
    if (old && new_ && cached_differs(old, owner, "spec.replicas"))
        enqueue_for(self, object_namespace(owner), NULL);
}

/* --- how many pods there should be --- */

struct sync {
    struct disruption *c;
    struct arena arena;
    struct json *budget;
    struct json **pods;
    size_t count;
    int64_t expected, desired, again_ms;
};

/* The size of what controls the pods, and by what uid it is known; a replica set counts as its deployment.
 * -1: it has none that we know. */
static int64_t cached_scale(struct sync *s, const char *namespace_, const struct json *owner,
                            const char **ret_uid)
{
    const char *kind = json_string_or(json_get(owner, "kind"), ""),
               *name = json_string_or(json_get(owner, "name"), "");
    struct disruption *c = s->c;
    struct informer *i = !strcmp(kind, "ReplicaSet")              ? c->replica_sets
                         : !strcmp(kind, "ReplicationController") ? c->controllers
                         : !strcmp(kind, "StatefulSet")           ? c->stateful_sets
                         : !strcmp(kind, "Deployment")            ? c->deployments
                                                                  : NULL;
    const struct json *object = i ? object_cached(i, namespace_, name, &s->arena) : NULL;
    if (!object || strcmp(object_uid(object), json_string_or(json_get(owner, "uid"), "")) != 0)
        return -1;
    const struct json *above = object_controller(object);
    if (above && i == c->replica_sets)
        return cached_scale(s, namespace_, above, ret_uid);
    *ret_uid = object_uid(object);
    return json_integer_at(object, "spec.replicas", 1);
}

/* Custom controllers tell their size in the scale subresource. */
static int live_scale(struct sync *s, const char *namespace_, const struct json *owner, int64_t *ret,
                      struct error *err)
{
    struct buffer target = BUFFER_INIT;
    struct json *scale = NULL;
    const struct resource *r = discover_kind(s->c->client, json_string_or(json_get(owner, "apiVersion"), ""),
                                             json_string_or(json_get(owner, "kind"), ""), err);
    if (!r)
        return err->code ? -1 : error_set(err, ERR_NOT_FOUND, "the pods' controller is of an unknown kind");
    client_path(&target, r, namespace_, json_string_or(json_get(owner, "name"), ""), "scale");
    int rc = client_raw(s->c->client, "GET", target.data, NULL, &s->arena, &scale, err);
    buffer_done(&target);
    if (rc == 0)
        *ret = json_integer_at(scale, "spec.replicas", 0);
    return rc;
}

static int expected_scale(struct sync *s, int64_t *ret, struct error *err)
{
    _cleanup_(cleanup_map_free) struct map *seen = map_new(NULL);
    *ret = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct json *owner = object_controller(s->pods[i]);
        const char *uid = json_string_or(json_get(owner, "uid"), "");
        int64_t replicas;
        if (!owner)
            return error_set(err, ERR_INVALID, "found no controllers for pod \"%s\"",
                             object_name(s->pods[i]));
        const char *known = uid;
        replicas = cached_scale(s, object_namespace(s->pods[i]), owner, &known);
        if (map_has(seen, known))
            continue;
        map_set(seen, known, seen);
        if (replicas < 0 && live_scale(s, object_namespace(s->pods[i]), owner, &replicas, err) < 0)
            return -1;
        *ret += replicas;
    }
    return 0;
}

static int set_numbers(struct sync *s, struct error *err)
{
    const struct json *unavailable = json_at(s->budget, "spec.maxUnavailable");
    const struct json *available = json_at(s->budget, "spec.minAvailable");
    if (!json_is_absent(unavailable)) {
        if (expected_scale(s, &s->expected, err) < 0)
            return -1;
        s->desired = MAX(s->expected - int_or_percent(unavailable, s->expected, true, 0), INT64_C(0));
    } else if (json_is(available, JSON_INT)) {
        s->expected = (int64_t)s->count;
        s->desired = json_integer_or(available, 0);
    } else if (!json_is_absent(available)) {
        if (expected_scale(s, &s->expected, err) < 0)
            return -1;
        s->desired = int_or_percent(available, s->expected, true, 0);
    }
    return 0;
}

/* --- how many there are --- */

static int gather(struct sync *s, struct error *err)
{
    struct selector *selector = NULL;
    if (selector_from_json(json_at(s->budget, "spec.selector"), &selector, err) < 0)
        return -1;
    _cleanup_(object_list_done) struct object_list list = objects_in(s->c->pods, object_namespace(s->budget));
    s->pods = arena_alloc(&s->arena, (list.count + 1) * sizeof(struct json *));
    for (size_t i = 0; i < list.count; i++) {
        struct json *pod = cached_parse(list.cached[i], &s->arena);
        if (selector_matches(selector, json_at(pod, "metadata.labels")) && !pod_is_terminal(pod))
            s->pods[s->count++] = pod;
    }
    selector_free(selector);
    return 0;
}

static const struct json *find_pod(const struct sync *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (!strcmp(object_name(s->pods[i]), name))
            return s->pods[i];
    return NULL;
}

/* Evictions under way: pods that are being deleted or gone are not any more, and very old ones did not
 * happen. */
static struct json *disrupted_pods(struct sync *s)
{
    struct json *kept = json_new_object(&s->arena);
    int64_t now = clock_realtime_ns(), since;
    json_for_each (one, json_at(s->budget, "status.disruptedPods")) {
        const struct json *pod = find_pod(s, one->key);
        if (!pod || object_is_deleted(pod) || !time_parse(json_slice(one), &since))
            continue;
        int64_t left_ms = (since + DISRUPTED_NS - now) / NS_PER_MS;
        if (left_ms <= 0)
            continue;
        json_set(&s->arena, kept, one->key, json_new_slice(&s->arena, json_slice(one)));
        s->again_ms = s->again_ms ? MIN(s->again_ms, left_ms + 1) : left_ms + 1;
    }
    return kept;
}

static int64_t count_healthy(const struct sync *s, const struct json *disrupted)
{
    int64_t healthy = 0;
    for (size_t i = 0; i < s->count; i++)
        healthy += !object_is_deleted(s->pods[i]) && !json_get(disrupted, object_name(s->pods[i])) &&
                   pod_is_ready(s->pods[i]);
    return healthy;
}

/* --- status --- */

static void set_condition(struct sync *s, struct json *budget, int64_t allowed, const struct error *failed)
{
    const char *reason = failed ? "SyncFailed" : allowed > 0 ? "SufficientPods" : "InsufficientPods";
    object_set_condition(&s->arena, budget, "DisruptionAllowed", allowed > 0 ? "True" : "False", reason,
                         failed ? failed->message : "");
    struct json *condition = object_condition(budget, "DisruptionAllowed");
    json_set_int(&s->arena, condition, "observedGeneration", object_generation(budget));
}

static int write_status(struct sync *s, const struct error *failed, struct error *err)
{
    struct arena *a = &s->arena;
    struct json *fresh = json_copy(a, s->budget), *status = json_ensure(a, fresh, "status", JSON_OBJECT);
    struct json *disrupted = disrupted_pods(s);
    int64_t healthy = count_healthy(s, disrupted);
    /* when the numbers are not known, nothing may be evicted; the numbers stay as they were */
    int64_t allowed = failed || s->expected <= 0 ? 0 : MAX(healthy - s->desired, INT64_C(0));
    json_set_int(a, status, "disruptionsAllowed", allowed);
    if (!failed) {
        json_set_int(a, status, "currentHealthy", healthy);
        json_set_int(a, status, "desiredHealthy", s->desired);
        json_set_int(a, status, "expectedPods", s->expected);
        json_set_int(a, status, "observedGeneration", object_generation(fresh));
        if (json_count(disrupted))
            json_set(a, status, "disruptedPods", disrupted);
        else
            json_remove(status, "disruptedPods");
    }
    set_condition(s, fresh, allowed, failed);
    if (json_equal_semantic(json_get(fresh, "status"), json_get(s->budget, "status")))
        return 0;
    return client_update(s->c->client, s->c->resource, "status", fresh, a, NULL, err);
}

static int sync_budget(struct sync *s, struct error *err)
{
    struct error failed = ERROR_INIT;
    int rc = gather(s, &failed);
    if (rc == 0 && s->count == 0)
        event_record(s->c->events, s->budget, NULL, "Normal", "NoPods", "No matching pods found");
    if (rc == 0)
        rc = set_numbers(s, &failed);
    if (rc < 0)
        event_record(s->c->events, s->budget, NULL, "Warning", "CalculateExpectedPodCountFailed",
                     "Failed to calculate the number of expected pods: %s", failed.message);
    int written = write_status(s, rc < 0 ? &failed : NULL, err);
    if (written == 0 && rc < 0)
        error_move(err, &failed);
    error_done(&failed);
    return written < 0 ? written : rc;
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct sync s = {.c = self};
    s.budget = object_cached_key(s.c->budgets, key, &s.arena);
    int rc = s.budget ? sync_budget(&s, err) : 0;
    arena_done(&s.arena);
    return rc < 0 ? -1 : s.again_ms;
}

/* --- life --- */

static void *start(struct manager *m, struct controller_run *run)
{
    struct disruption *c = new0(struct disruption);
    c->client = manager_client(m);
    c->resource = RESOURCE("policy", "v1", "poddisruptionbudgets");
    c->events = event_recorder_new(c->client, "controllermanager", NULL);
    c->queue = controller_queue("disruption", 2, reconcile, c);
    c->budgets = controller_watch(run, c->resource, budget_changed, c);
    c->pods = controller_watch(run, RESOURCE("", "v1", "pods"), pod_changed, c);
    c->replica_sets = controller_watch(run, RESOURCE("apps", "v1", "replicasets"), scale_changed, c);
    c->controllers = controller_watch(run, RESOURCE("", "v1", "replicationcontrollers"), scale_changed, c);
    c->stateful_sets = controller_watch(run, RESOURCE("apps", "v1", "statefulsets"), scale_changed, c);
    c->deployments = controller_watch(run, RESOURCE("apps", "v1", "deployments"), scale_changed, c);
    return c;
}

static void begin(void *self)
{
    struct disruption *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct disruption *c = self;
    workqueue_free(c->queue);
    event_recorder_free(c->events);
    free(c);
}

const struct controller controller_disruption = {
    .name = "disruption-controller",
    .alias = "disruption",
    .account = "disruption-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
