/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon set controller: one pod on every node that fits. */
#include "core/base/memory.h"
#include "core/controller-manager/daemonset.h"

/* --- noticing changes; the client's loop --- */

static void set_changed(void *self, struct cached *old, struct cached *new_, const struct json *set)
{
    struct daemon_sets *c = self;
    if (!new_) {
        expectations_forget(c->expectations, cached_key(old));
        daemon_backoffs_forget(c->backoffs, old->uid);
    }
    workqueue_add(c->queue, cached_key(new_ ? new_ : old));
}

static char *owner_key(struct daemon_sets *c, const struct json *object, struct arena *arena)
{
    const struct json *owner = object_controller(object);
    if (!owner || strcmp(json_string_or(json_get(owner, "kind"), ""), "DaemonSet") != 0)
        return NULL;
    char *key =
        arena_printf(arena, "%s/%s", object_namespace(object), json_string_or(json_get(owner, "name"), ""));
    _cleanup_(cleanup_cached_unref) struct cached *set = informer_get(c->sets, key);
    return set && !strcmp(set->uid, json_string_or(json_get(owner, "uid"), "")) ? key : NULL;
}

static void enqueue_all(struct daemon_sets *c, const char *namespace_)
{
    _cleanup_(object_list_done) struct object_list sets = objects_in(c->sets, namespace_);
    for (size_t i = 0; i < sets.count; i++)
        workqueue_add(c->queue, cached_key(sets.cached[i]));
}

static void pod_changed(void *self, struct cached *old, struct cached *new_, const struct json *pod)
{
    struct daemon_sets *c = self;
    struct arena arena = ARENA_INIT;
    char *key = owner_key(c, pod, &arena);
    bool goes = !new_ || object_is_deleted(pod);
    if (key && !old && !goes)
        expectations_creation_observed(c->expectations, key, 1);
    if (key && goes)
        expectations_deletion_observed(c->expectations, key, object_uid(pod));
    if (key)
        workqueue_add(c->queue, key);
    else if (new_ && !object_controller(pod) && (!old || cached_differs(old, pod, "metadata")))
        enqueue_all(c, object_namespace(pod));
    arena_done(&arena);
}

static void node_changed(void *self, struct cached *old, struct cached *new_, const struct json *node)
{
    if (!old || !new_ || cached_differs(old, node, "metadata.labels") ||
        cached_differs(old, node, "spec.taints"))
        enqueue_all(self, NULL);
}

static void revision_changed(void *self, struct cached *old, struct cached *new_, const struct json *revision)
{
    struct daemon_sets *c = self;
    struct arena arena = ARENA_INIT;
    char *key = old ? owner_key(c, revision, &arena) : NULL;
    if (key)
        workqueue_add(c->queue, key);
    arena_done(&arena);
}

/* --- one set --- */

static bool is_in_use(void *context, const struct json *revision)
{
    const struct daemon_sync *s = context;
    for (size_t i = 0; i < s->claimed.count; i++) {
        const char *hash = object_label(s->claimed.items[i], LABEL_REVISION_HASH);
        if (hash && !strcmp(hash, revision_hash(revision)))
            return true;
    }
    return false;
}

static int gather(struct daemon_sync *s, const struct selector *selector, struct error *err)
{
    struct claim claim = {.client = s->c->client,
                          .owner_resource = s->c->resource,
                          .item_resource = s->c->control.pods,
                          .owner = s->set,
                          .selector = selector};
    s->collisions = json_integer_at(s->set, "status.collisionCount", -1);
    if (revisions_sync(&s->c->revisions, &s->arena, s->set, selector, &s->collisions, &s->revisions, err) < 0)
        return -1;
    s->hash = revision_hash(s->revisions.current);
    if (claim_items(&claim, s->c->pods, &s->arena, &s->claimed, err) < 0)
        return -1;
    daemon_place(s);
    return 0;
}

static int act(struct daemon_sync *s, struct error *err)
{
    struct expectations *e = s->c->expectations;
    bool rolls =
        strcmp(json_string_or(json_at(s->set, "spec.updateStrategy.type"), "RollingUpdate"), "OnDelete") != 0;
    if (!expectations_satisfied(e, s->key))
        return 0;
    if (daemon_manage(s, err) < 0)
        return -1;
    if (rolls && expectations_satisfied(e, s->key) && daemon_roll(s, err) < 0)
        return -1;
    return revisions_clean_up(&s->c->revisions, &s->revisions,
                              json_integer_at(s->set, "spec.revisionHistoryLimit", 10), is_in_use, s, err);
}

static int sync_set(struct daemon_sync *s, struct error *err)
{
    struct selector *selector = NULL;
    struct error failed = ERROR_INIT;
    s->set = object_cached_key(s->c->sets, s->key, &s->arena);
    if (!s->set) {
        expectations_forget(s->c->expectations, s->key);
        return 0;
    }
    if (selector_from_json(json_at(s->set, "spec.selector"), &selector, err) < 0)
        return -1;
    if (selector_is_everything(selector)) {
        event_record(s->c->control.events, s->set, NULL, "Warning", "SelectingAll",
                     "This daemon set is selecting all pods. A non-empty selector is required.");
        selector_free(selector);
        return 0;
    }
    int rc = object_is_deleted(s->set) ? 0 : gather(s, selector, err);
    selector_free(selector);
    if (rc < 0 || object_is_deleted(s->set))
        return rc;
    int acted = act(s, &failed);
    rc = daemon_write_status(s, err);
    if (rc == 0 && acted < 0) {
        error_move(err, &failed);
        rc = -1;
    }
    error_done(&failed);
    return rc;
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct daemon_sync s = {.c = self, .key = key};
    int rc = sync_set(&s, err);
    arena_done(&s.arena);
    return rc < 0 ? -1 : s.again_ms;
}

/* --- life --- */

static void *start(struct manager *m, struct controller_run *run)
{
    struct daemon_sets *c = new0(struct daemon_sets);
    c->client = manager_client(m);
    c->resource = RESOURCE("apps", "v1", "daemonsets");
    c->expectations = expectations_new();
    c->backoffs = daemon_backoffs_new();
    c->queue = controller_queue("daemonset", manager_options(m)->concurrent_daemonset_syncs, reconcile, c);
    c->control = (struct pod_control){.client = c->client,
                                      .helpers = manager_helpers(m),
                                      .owner_resource = c->resource,
                                      .events = event_recorder_new(c->client, "daemonset-controller", NULL),
                                      .pods = RESOURCE("", "v1", "pods")};
    c->revisions = (struct revisions){.client = c->client,
                                      .owner_resource = c->resource,
                                      .resource = RESOURCE("apps", "v1", "controllerrevisions")};
    c->sets = controller_watch(run, c->resource, set_changed, c);
    c->pods = controller_watch(run, c->control.pods, pod_changed, c);
    c->nodes = controller_watch(run, RESOURCE("", "v1", "nodes"), node_changed, c);
    c->revisions.informer = controller_watch(run, c->revisions.resource, revision_changed, c);
    return c;
}

static void begin(void *self)
{
    struct daemon_sets *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct daemon_sets *c = self;
    workqueue_free(c->queue);
    event_recorder_free(c->control.events);
    expectations_free(c->expectations);
    daemon_backoffs_free(c->backoffs);
    free(c);
}

const struct controller controller_daemonset = {
    .name = "daemonset-controller",
    .alias = "daemonset",
    .account = "daemon-set-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
