/* SPDX-License-Identifier: Apache-2.0 */
/* The stateful set controller: members that keep their names, addresses and claims. */
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/controller-manager/statefulset.h"

/* --- noticing changes; the client's loop --- */

static void set_changed(void *self, struct cached *old, struct cached *new_, const struct json *set)
{
    struct stateful_sets *c = self;
    workqueue_add(c->queue, cached_key(new_ ? new_ : old));
}

static void enqueue_matching(struct stateful_sets *c, const struct json *pod)
{
    _cleanup_(object_list_done) struct object_list sets = objects_in(c->sets, object_namespace(pod));
    for (size_t i = 0; i < sets.count; i++)
        workqueue_add(c->queue, cached_key(sets.cached[i]));
}

static void owned_changed(void *self, struct cached *old, struct cached *new_, const struct json *object)
{
    struct stateful_sets *c = self;
    const struct json *owner = object_controller(object);
    if (!owner) {
        if (new_ && (!old || cached_differs(old, object, "metadata")))
            enqueue_matching(c, object);
        return;
    }
    if (strcmp(json_string_or(json_get(owner, "kind"), ""), "StatefulSet") != 0)
        return;
    struct buffer key = BUFFER_INIT;
    buffer_printf(&key, "%s/%s", object_namespace(object), json_string_or(json_get(owner, "name"), ""));
    workqueue_add(c->queue, key.data);
    buffer_done(&key);
}

/* --- one set --- */

static int by_ordinal_down(const void *x, const void *y)
{
    const struct member *a = x, *b = y;
    return a->ordinal > b->ordinal ? -1 : a->ordinal < b->ordinal;
}

#define MEMBERS_MAX 100000 /* they are kept in an array */

static int sort_members(struct stateful_sync *s, struct error *err)
{
    s->first = json_integer_at(s->set, "spec.ordinals.start", 0);
    s->count = json_integer_at(s->set, "spec.replicas", 1);
    if (s->count < 0 || s->count > MEMBERS_MAX)
        return error_set(err, ERR_INVALID, "spec.replicas: %lld is more than %d", (long long)s->count,
                         MEMBERS_MAX);
    s->members = arena_alloc0(&s->arena, (size_t)(s->count + 1) * sizeof(struct member));
    s->condemned = arena_alloc0(&s->arena, (s->claimed.count + 1) * sizeof(struct member));
    for (int64_t i = 0; i < s->count; i++)
        s->members[i].ordinal = s->first + i;
    for (size_t i = 0; i < s->claimed.count; i++) {
        int64_t ordinal;
        if (!member_ordinal(s->set, s->claimed.items[i], &ordinal))
            continue;
        if (ordinal >= s->first && ordinal < s->first + s->count)
            s->members[ordinal - s->first].pod = s->claimed.items[i];
        else
            s->condemned[s->condemned_count++] = (struct member){ordinal, s->claimed.items[i]};
    }
    if (s->condemned_count)
        qsort(s->condemned, s->condemned_count, sizeof(struct member), by_ordinal_down);
    return 0;
}

static void choose_revisions(struct stateful_sync *s)
{
    const char *name = json_string_or(json_at(s->set, "status.currentRevision"), "");
    s->update = s->current = s->revisions.current;
    for (size_t i = 0; i < s->revisions.all.count; i++)
        if (!strcmp(object_name(s->revisions.all.items[i]), name))
            s->current = s->revisions.all.items[i];
}

static bool is_in_use(void *context, const struct json *revision)
{
    const struct stateful_sync *s = context;
    if (revision == s->current || revision == s->update)
        return true;
    for (size_t i = 0; i < s->claimed.count; i++)
        if (member_has_revision(s->claimed.items[i], revision))
            return true;
    return false;
}

static int gather(struct stateful_sync *s, const struct selector *selector, struct error *err)
{
    struct claim claim = {.client = s->c->client,
                          .owner_resource = s->c->resource,
                          .item_resource = s->c->control.pods,
                          .owner = s->set,
                          .selector = selector};
    s->collisions = json_integer_at(s->set, "status.collisionCount", -1);
    if (revisions_sync(&s->c->revisions, &s->arena, s->set, selector, &s->collisions, &s->revisions, err) < 0)
        return -1;
    if (claim_items(&claim, s->c->pods, &s->arena, &s->claimed, err) < 0)
        return -1;
    choose_revisions(s);
    return sort_members(s, err);
}

/* --- status --- */

struct counts {
    int64_t replicas, ready, available, current, updated;
};

static void count_pod(struct stateful_sync *s, const struct json *pod, struct counts *c)
{
    if (!pod || pod_is_terminal(pod))
        return;
    bool ready = slice_is(json_slice(json_at(pod, "status.phase")), "Running") && pod_is_ready(pod);
    c->replicas++;
    c->ready += ready;
    c->available += ready && member_is_available(s, pod);
    if (object_is_deleted(pod))
        return;
    c->current += member_has_revision(pod, s->current);
    c->updated += member_has_revision(pod, s->update);
}

static void set_or_omit(struct arena *arena, struct json *status, const char *key, int64_t value)
{
    if (value)
        json_set_int(arena, status, key, value);
    else
        json_remove(status, key);
}

static int write_status(struct stateful_sync *s, struct error *err)
{
    struct arena *a = &s->arena;
    struct counts c = {0};
    struct json *old = json_get(s->set, "status"), *status = old ? json_copy(a, old) : json_new_object(a);
    for (size_t i = 0; i < s->claimed.count; i++)
        count_pod(s, s->claimed.items[i], &c);
    const struct json *current = s->current;
    bool rolls = !slice_is(json_slice(json_at(s->set, "spec.updateStrategy.type")), "OnDelete");
    bool rolled = rolls && current != s->update && c.updated == c.replicas && c.ready == c.replicas &&
                  c.updated == s->count;
    if (rolled) {
        current = s->update;
        c.current = c.updated;
    }
    json_set_int(a, status, "replicas", c.replicas);
    json_set_int(a, status, "availableReplicas", c.available);
    set_or_omit(a, status, "readyReplicas", c.ready);
    set_or_omit(a, status, "currentReplicas", c.current);
    set_or_omit(a, status, "updatedReplicas", c.updated);
    set_or_omit(a, status, "observedGeneration", object_generation(s->set));
    json_set_string(a, status, "currentRevision", object_name(current));
    json_set_string(a, status, "updateRevision", object_name(s->update));
    if (s->collisions >= 0)
        json_set_int(a, status, "collisionCount", s->collisions);
    if (json_equal_semantic(status, old))
        return 0;
    json_set(a, s->set, "status", status);
    return client_update(s->c->client, s->c->resource, "status", s->set, a, NULL, err);
}

static int act(struct stateful_sync *s, struct error *err)
{
    struct error failed = ERROR_INIT;
    int stepped = object_is_deleted(s->set) ? 0 : members_step(s, &failed);
    int rc = write_status(s, err);
    if (rc == 0 && stepped < 0) {
        error_move(err, &failed);
        rc = -1;
    }
    error_done(&failed);
    if (rc < 0)
        return -1;
    return revisions_clean_up(&s->c->revisions, &s->revisions,
                              json_integer_at(s->set, "spec.revisionHistoryLimit", 10), is_in_use, s, err);
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct stateful_sync s = {.c = self, .key = key};
    struct selector *selector = NULL;
    int rc = 0;
    s.set = object_cached_key(s.c->sets, key, &s.arena);
    if (s.set) {
        rc = selector_from_json(json_at(s.set, "spec.selector"), &selector, err);
        if (rc == 0)
            rc = gather(&s, selector, err);
        if (rc == 0)
            rc = act(&s, err);
    }
    selector_free(selector);
    arena_done(&s.arena);
    return rc < 0 ? -1 : s.again_ms;
}

/* --- life --- */

static void *start(struct manager *m, struct controller_run *run)
{
    struct stateful_sets *c = new0(struct stateful_sets);
    c->client = manager_client(m);
    c->resource = RESOURCE("apps", "v1", "statefulsets");
    c->claims_resource = RESOURCE("", "v1", "persistentvolumeclaims");
    c->queue =
        controller_queue("statefulset", manager_options(m)->concurrent_statefulset_syncs, reconcile, c);
    c->control = (struct pod_control){.client = c->client,
                                      .owner_resource = c->resource,
                                      .events = event_recorder_new(c->client, "statefulset-controller", NULL),
                                      .pods = RESOURCE("", "v1", "pods")};
    c->revisions = (struct revisions){.client = c->client,
                                      .owner_resource = c->resource,
                                      .resource = RESOURCE("apps", "v1", "controllerrevisions")};
    c->sets = controller_watch(run, c->resource, set_changed, c);
    c->pods = controller_watch(run, c->control.pods, owned_changed, c);
    c->claims = controller_watch(run, c->claims_resource, NULL, c);
    c->revisions.informer = controller_watch(run, c->revisions.resource, owned_changed, c);
    return c;
}

static void begin(void *self)
{
    struct stateful_sets *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct stateful_sets *c = self;
    workqueue_free(c->queue);
    event_recorder_free(c->control.events);
    free(c);
}

const struct controller controller_statefulset = {
    .name = "statefulset-controller",
    .alias = "statefulset",
    .account = "statefulset-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
