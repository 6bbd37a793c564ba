/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping the number of pods. A sync counts what the set owns, creates or deletes the difference, and writes
 * the status; while creations or deletions of an earlier sync have not shown up yet, it only writes the
 * status.
 */
#include "core/controller-manager/replicas.h"

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"

#define BURST 500 /* pods that one sync creates or deletes at most */

/* --- noticing changes; the client's loop --- */

static void set_changed(void *self, struct cached *old, struct cached *new_, const struct json *document)
{
    struct replicas *r = self;
    if (!new_)
        expectations_forget(r->expectations, cached_key(old));
    workqueue_add(r->queue, cached_key(new_ ? new_ : old));
}

/* The key of the set that controls the pod, if it is there and is the one that is meant. */
static char *owner_key(struct replicas *r, const struct json *pod, struct arena *arena)
{
    const struct json *owner = object_controller(pod);
    if (!owner || strcmp(json_string_or(json_get(owner, "kind"), ""), r->resource->kind) != 0)
        return NULL;
    char *key =
        arena_printf(arena, "%s/%s", object_namespace(pod), json_string_or(json_get(owner, "name"), ""));
    _cleanup_(cleanup_cached_unref) struct cached *set = informer_get(r->sets, key);
    return set && !strcmp(set->uid, json_string_or(json_get(owner, "uid"), "")) ? key : NULL;
}

/* An orphan may be wanted by any set whose selector it matches. */
static void enqueue_matching(struct replicas *r, const struct json *pod)
{
    _cleanup_(object_list_done) struct object_list sets = objects_in(r->sets, object_namespace(pod));
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < sets.count; i++) {
        struct selector *selector = NULL;
        if (r->kind->selector(cached_parse(sets.cached[i], &arena), &selector, NULL) == 0 &&
            selector_matches(selector, json_at(pod, "metadata.labels")))
            workqueue_add(r->queue, cached_key(sets.cached[i]));
        selector_free(selector);
        arena_reset(&arena);
    }
    arena_done(&arena);
}

/* The controller changed hands: the former one has to count again. */
static void enqueue_former(struct replicas *r, const struct cached *old, struct arena *arena)
{
    char *key = owner_key(r, cached_parse(old, arena), arena);
    if (key)
        workqueue_add(r->queue, key);
}

static void pod_changed(void *self, struct cached *old, struct cached *new_, const struct json *pod)
{
    struct replicas *r = self;
    struct arena arena = ARENA_INIT;
    char *key = owner_key(r, pod, &arena);
    bool goes = !new_ || object_is_deleted(pod);
    if (old && new_ && strcmp(old->index_value, new_->index_value) != 0)
        enqueue_former(r, old, &arena);
    if (key && !old && !goes)
        expectations_creation_observed(r->expectations, key, 1);
    if (key && goes)
        expectations_deletion_observed(r->expectations, key, object_uid(pod));
    if (key)
        workqueue_add(r->queue, key);
    else if (!goes && !object_controller(pod) &&
             (!old || cached_differs(old, pod, "metadata.labels") ||
              cached_differs(old, pod, "metadata.ownerReferences")))
        enqueue_matching(r, pod);
    arena_done(&arena);
}

/* --- one set --- */

struct sync {
    struct replicas *r;
    const char *key;
    struct arena arena;
    struct json *set;
    struct selector *selector;
    struct claimed claimed;
    struct json **active;
    size_t active_count, terminating;
};

static struct pod_batch batch_of(const struct sync *s)
{
    return (struct pod_batch){&s->r->control, s->r->expectations, s->key, s->set};
}

static struct json *build_pod(void *context, struct arena *arena, size_t i)
{
    const struct sync *s = context;
    return pod_from_template(&s->r->control, arena, s->set, json_at(s->set, "spec.template"));
}

static int create_pods(struct sync *s, size_t count, struct error *err)
{
    struct pod_batch batch = batch_of(s);
    count = MIN(count, (size_t)BURST);
    return pods_create(&batch, count, build_pod, s, err) == count || namespace_is_terminating(err) ? 0 : -1;
}

/* Active pods of all sets that the same deployment controls. */
static struct claimed related_pods(struct sync *s)
{
    const struct json *owner = object_controller(s->set);
    struct claimed related = {s->active, s->active_count};
    if (!owner)
        return related;
    _cleanup_(object_list_done) struct object_list sets =
        objects_by(s->r->sets, INDEX_OWNER, json_string_or(json_get(owner, "uid"), ""));
    size_t count = 0, capacity = 0;
    struct json **list = NULL;
    for (size_t i = 0; i < sets.count; i++) {
        _cleanup_(object_list_done) struct object_list pods =
            objects_by(s->r->pods, INDEX_OWNER, sets.cached[i]->uid);
        list = xgrow(list, &capacity, count + pods.count, sizeof(struct json *));
        for (size_t p = 0; p < pods.count; p++) {
            struct json *pod = cached_parse(pods.cached[p], &s->arena);
            if (pod_is_active(pod))
                list[count++] = pod;
        }
    }
    related.items = arena_alloc(&s->arena, MAX(count, (size_t)1) * sizeof(struct json *));
    if (count)
        memcpy(related.items, list, count * sizeof(struct json *));
    related.count = count;
    free(list);
    return related;
}

static int delete_pods(struct sync *s, size_t count, struct error *err)
{
    struct pod_batch batch = batch_of(s);
    count = MIN(count, (size_t)BURST);
    if (count < s->active_count) {
        struct claimed related = related_pods(s);
        replicas_rank(s->active, s->active_count, &related, clock_realtime_ns());
    }
    return pods_delete(&batch, s->active, count, NULL, NULL, NULL, err);
}

static int64_t wanted(const struct json *set)
{
    return json_integer_at(set, "spec.replicas", 1);
}

static int manage(struct sync *s, struct error *err)
{
    int64_t difference = (int64_t)s->active_count - wanted(s->set);
    if (difference < 0)
        return create_pods(s, (size_t)-difference, err);
    return difference > 0 ? delete_pods(s, (size_t)difference, err) : 0;
}

static int gather(struct sync *s, struct error *err)
{
    struct replicas *r = s->r;
    if (r->kind->selector(s->set, &s->selector, err) < 0)
        return -1;
    struct claim claim = {.client = r->client,
                          .owner_resource = r->resource,
                          .item_resource = r->control.pods,
                          .owner = s->set,
                          .selector = s->selector};
    if (claim_items(&claim, r->pods, &s->arena, &s->claimed, err) < 0)
        return -1;
    s->active = arena_alloc(&s->arena, (s->claimed.count + 1) * sizeof(struct json *));
    for (size_t i = 0; i < s->claimed.count; i++) {
        struct json *pod = s->claimed.items[i];
        if (pod_is_active(pod))
            s->active[s->active_count++] = pod;
        else
            s->terminating += !pod_is_terminal(pod);
    }
    return 0;
}

static int write_status(struct sync *s, const struct error *failed, int64_t *ret_again_ms, struct error *err)
{
    int64_t difference = (int64_t)s->active_count - wanted(s->set);
    if (!replicas_status(s->r, &s->arena, s->set, s->active, s->active_count, s->terminating, failed,
                         difference, ret_again_ms))
        return 0;
    return client_update(s->r->client, s->r->resource, "status", s->set, &s->arena, NULL, err);
}

static int64_t sync_set(struct sync *s, struct error *err)
{
    struct error failed = ERROR_INIT;
    int64_t again_ms = 0;
    int managed = 0;
    bool may_manage = expectations_satisfied(s->r->expectations, s->key);
    s->set = object_cached_key(s->r->sets, s->key, &s->arena);
    if (!s->set) {
        expectations_forget(s->r->expectations, s->key);
        return 0;
    }
    if (gather(s, err) < 0)
        return -1;
    if (may_manage && !object_is_deleted(s->set))
        managed = manage(s, &failed);
    int rc = write_status(s, managed < 0 ? &failed : NULL, &again_ms, err);
    if (rc == 0 && managed < 0) {
        error_move(err, &failed);
        rc = -1;
    }
    error_done(&failed);
    return rc < 0 ? -1 : again_ms;
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct sync s = {.r = self, .key = key};
    int64_t result = sync_set(&s, err);
    selector_free(s.selector);
    arena_done(&s.arena);
    return result;
}

/* --- life --- */

struct replicas *replicas_start(const struct replicas_kind *kind, struct manager *m,
                                struct controller_run *run, int64_t workers)
{
    struct replicas *r = new0(struct replicas);
    r->kind = kind;
    r->client = manager_client(m);
    r->resource = RESOURCE(kind->group, "v1", kind->plural);
    r->expectations = expectations_new();
    r->queue = controller_queue(kind->queue, workers, reconcile, r);
    r->control = (struct pod_control){.client = r->client,
                                      .helpers = manager_helpers(m),
                                      .events = event_recorder_new(r->client, kind->component, NULL),
                                      .pods = RESOURCE("", "v1", "pods"),
                                      .owner_resource = r->resource};
    r->sets = controller_watch(run, r->resource, set_changed, r);
    r->pods = controller_watch(run, r->control.pods, pod_changed, r);
    return r;
}

void replicas_begin(void *self)
{
    struct replicas *r = self;
    workqueue_start(r->queue);
}

void replicas_stop(void *self)
{
    struct replicas *r = self;
    workqueue_free(r->queue);
    event_recorder_free(r->control.events);
    expectations_free(r->expectations);
    free(r);
}
