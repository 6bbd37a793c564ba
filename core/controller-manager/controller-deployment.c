/* SPDX-License-Identifier: Apache-2.0 */
/* The deployment controller: which deployment has to be looked at, and what is done with it. */
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/controller-manager/deployment.h"

/* --- noticing changes; the client's loop --- */

static void deployment_changed(void *self, struct cached *old, struct cached *new_,
                               const struct json *document)
{
    struct deployments *c = self;
    workqueue_add(c->queue, cached_key(new_ ? new_ : old));
}

/* The deployment that controls a set, if it is the one that is meant. In the arena. */
static char *owner_key(struct deployments *c, const struct json *set, struct arena *arena)
{
    const struct json *owner = object_controller(set);
    if (!owner || strcmp(json_string_or(json_get(owner, "kind"), ""), "Deployment") != 0)
        return NULL;
    char *key =
        arena_printf(arena, "%s/%s", object_namespace(set), json_string_or(json_get(owner, "name"), ""));
    _cleanup_(cleanup_cached_unref) struct cached *deployment = informer_get(c->informer, key);
    return deployment && !strcmp(deployment->uid, json_string_or(json_get(owner, "uid"), "")) ? key : NULL;
}

static void enqueue_matching(struct deployments *c, const struct json *set)
{
    _cleanup_(object_list_done) struct object_list all = objects_in(c->informer, object_namespace(set));
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < all.count; i++) {
        struct selector *selector = NULL;
        if (selector_from_json(json_at(cached_parse(all.cached[i], &arena), "spec.selector"), &selector,
                               NULL) == 0 &&
            selector_matches(selector, json_at(set, "metadata.labels")))
            workqueue_add(c->queue, cached_key(all.cached[i]));
        selector_free(selector);
        arena_reset(&arena);
    }
    arena_done(&arena);
}

static void set_changed(void *self, struct cached *old, struct cached *new_, const struct json *set)
{
    struct deployments *c = self;
    struct arena arena = ARENA_INIT;
    char *key = owner_key(c, set, &arena);
    if (key)
        workqueue_add(c->queue, key);
    else if (new_ && !object_controller(set))
        enqueue_matching(c, set);
    if (old && new_ && strcmp(old->index_value, new_->index_value) != 0) {
        char *former = owner_key(c, cached_parse(old, &arena), &arena);
        if (former)
            workqueue_add(c->queue, former);
    }
    arena_done(&arena);
}

/* A deployment that is recreated waits for the last old pod to be gone. */
static void pod_changed(void *self, struct cached *old, struct cached *new_, const struct json *pod)
{
    struct deployments *c = self;
    const struct json *owner = object_controller(pod);
    if ((new_ && !pod_is_terminal(pod)) || !owner ||
        strcmp(json_string_or(json_get(owner, "kind"), ""), "ReplicaSet") != 0)
        return;
    struct arena arena = ARENA_INIT;
    const struct json *set =
        object_cached(c->sets, object_namespace(pod), json_string_or(json_get(owner, "name"), ""), &arena);
    char *key = set ? owner_key(c, set, &arena) : NULL;
    const struct json *deployment = key ? object_cached_key(c->informer, key, &arena) : NULL;
    if (deployment && !deployment_is_rolling(deployment))
        workqueue_add(c->queue, key);
    arena_done(&arena);
}

/* --- one deployment --- */

static int gather_sets(struct deployment_sync *s, struct error *err)
{
    struct selector *selector = NULL;
    if (selector_from_json(json_at(s->deployment, "spec.selector"), &selector, err) < 0)
        return -1;
    struct claim claim = {.client = s->c->client,
                          .owner_resource = s->c->resource,
                          .item_resource = s->c->sets_resource,
                          .owner = s->deployment,
                          .selector = selector};
    int rc = claim_items(&claim, s->c->sets, &s->arena, &s->all, err);
    selector_free(selector);
    return rc;
}

static int sync_scale(struct deployment_sync *s, struct error *err)
{
    if (deployment_sync_revision(s, false, err) < 0 || deployment_scale(s, err) < 0)
        return -1;
    if (json_boolean_at(s->deployment, "spec.paused", false) && deployment_clean_up(s, err) < 0)
        return -1;
    return deployment_write_status(s, err);
}

static bool selects_all(const struct json *deployment)
{
    const struct json *selector = json_at(deployment, "spec.selector");
    return json_count(json_get(selector, "matchLabels")) == 0 &&
           json_count(json_get(selector, "matchExpressions")) == 0;
}

static int refuse_to_select_all(struct deployment_sync *s, struct error *err)
{
    event_record(s->c->events, s->deployment, NULL, "Warning", "SelectingAll",
                 "This deployment is selecting all pods. A non-empty selector is required.");
    if (json_integer_at(s->deployment, "status.observedGeneration", 0) >= object_generation(s->deployment))
        return 0;
    json_set_int(&s->arena, json_ensure(&s->arena, s->deployment, "status", JSON_OBJECT),
                 "observedGeneration", object_generation(s->deployment));
    return deployment_send_status(s, err);
}

static int sync_deployment(struct deployment_sync *s, struct error *err)
{
    s->deployment = object_cached_key(s->c->informer, s->key, &s->arena);
    if (!s->deployment)
        return 0;
    if (selects_all(s->deployment))
        return refuse_to_select_all(s, err);
    if (gather_sets(s, err) < 0)
        return -1;
    if (object_is_deleted(s->deployment))
        return deployment_sync_revision(s, false, err) < 0 ? -1 : deployment_write_status(s, err);
    if (deployment_note_pause(s, err) < 0)
        return -1;
    if (json_boolean_at(s->deployment, "spec.paused", false))
        return sync_scale(s, err);
    if (deployment_sync_revision(s, false, err) < 0)
        return -1;
    if (deployment_is_scaling(s))
        return sync_scale(s, err);
    return deployment_is_rolling(s->deployment) ? deployment_roll(s, err) : deployment_recreate(s, err);
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct deployment_sync s = {.c = self, .key = key};
    int rc = sync_deployment(&s, err);
    arena_done(&s.arena);
    return rc < 0 ? -1 : s.again_ms;
}

/* --- life --- */

static void *start(struct manager *m, struct controller_run *run)
{
    struct deployments *c = new0(struct deployments);
    c->client = manager_client(m);
    c->resource = RESOURCE("apps", "v1", "deployments");
    c->sets_resource = RESOURCE("apps", "v1", "replicasets");
    c->events = event_recorder_new(c->client, "deployment-controller", NULL);
    c->queue = controller_queue("deployment", manager_options(m)->concurrent_deployment_syncs, reconcile, c);
    c->informer = controller_watch(run, c->resource, deployment_changed, c);
    c->sets = controller_watch(run, c->sets_resource, set_changed, c);
    c->pods = controller_watch(run, RESOURCE("", "v1", "pods"), pod_changed, c);
    return c;
}

static void begin(void *self)
{
    struct deployments *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct deployments *c = self;
    workqueue_free(c->queue);
    event_recorder_free(c->events);
    free(c);
}

const struct controller controller_deployment = {
    .name = "deployment-controller",
    .alias = "deployment",
    .account = "deployment-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
