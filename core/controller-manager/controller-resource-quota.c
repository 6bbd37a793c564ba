/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resource quota controller: counts what a namespace uses and writes it into the quota's status.
 * Admission charges what is created; this controller gives back what went away, counts anew when a quota is
 * made or changed, and from time to time in any case.
 */
#include <pthread.h>

#include "core/api/quota.h"
#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/controller-manager/controller.h"
#include "core/controller-manager/discovery.h"

struct quotas;
/* A resource whose objects are counted from an informer; or (noticed) by asking, and of whose deletions an
 * informer of its own tells. */
struct counted {
    struct quotas *c;
    const struct resource *resource;
    struct informer *informer;
};

static const struct {
    const char *group, *plural;
} watched[] = {
    {"", "pods"},
    {"", "services"},
    {"", "configmaps"},
    {"", "secrets"},
    {"", "replicationcontrollers"},
    {"", "persistentvolumeclaims"},
    {"", "resourcequotas"},
    {"apps", "deployments"},
    {"apps", "replicasets"},
};

struct quotas {
    struct client *client;
    const struct resource *resource;
    struct informer *quotas;
    struct workqueue *queue;
    int64_t period_ms;
    struct counted counted[ARRAY_SIZE(watched)];
    pthread_mutex_t lock; /* guards what follows */
    bool stopping;        /* no more informers */
    struct counted **noticed;
    size_t noticed_count, noticed_capacity;
};

/* --- noticing changes; the client's loop --- */

static bool is_counted(const struct json *quota)
{
    const struct json *used = json_at(quota, "status.used");
    json_for_each (hard, json_at(quota, "spec.hard"))
        if (!json_get(used, hard->key))
            return false;
    return json_equal_semantic(json_at(quota, "spec.hard"), json_at(quota, "status.hard"));
}

static void quota_changed(void *self, struct cached *old, struct cached *new_, const struct json *quota)
{
    struct quotas *c = self;
    if (new_ && (!old || !is_counted(quota) || cached_differs(old, quota, "spec")))
        workqueue_add(c->queue, cached_key(new_));
}

/* Something went, or a pod ended: there is room again. */
static void object_changed(void *self, struct cached *old, struct cached *new_, const struct json *object)
{
    struct counted *counted = self;
    struct quotas *c = counted->c;
    bool ended = new_ && old && !strcmp(counted->resource->plural, "pods") && pod_is_terminal(object);
    if (new_ && !ended)
        return;
    _cleanup_(object_list_done) struct object_list list = objects_in(c->quotas, object_namespace(object));
    for (size_t i = 0; i < list.count; i++)
        workqueue_add(c->queue, cached_key(list.cached[i]));
}

/* --- counting --- */

struct sync {
    struct quotas *c;
    struct arena arena;
    struct json *quota;
    struct resource_list used;
};

static void charge(struct sync *s, const struct resource *r, const struct json *object)
{
    struct resource_list usage = {0};
    if (!quota_matches(s->quota, r, object))
        return;
    quota_usage(&s->arena, r, object, &usage);
    for (unsigned i = 0; i < usage.count; i++)
        if (json_get(json_at(s->quota, "spec.hard"), usage.items[i].name))
            resource_list_add(&s->arena, &s->used, usage.items[i].name, &usage.items[i].amount);
}

static void count_cached(struct sync *s, const struct counted *counted)
{
    _cleanup_(object_list_done) struct object_list list =
        objects_in(counted->informer, object_namespace(s->quota));
    for (size_t i = 0; i < list.count; i++)
        charge(s, counted->resource, cached_parse(list.cached[i], &s->arena));
}

static int count_live(struct sync *s, const struct resource *r, struct error *err)
{
    struct json *list = NULL;
    struct client_list_options options = {.limit = 500};
    do {
        if (client_list(s->c->client, r, object_namespace(s->quota), &options, &s->arena, &list, err) < 0)
            return -1;
        json_for_each (object, json_get(list, "items"))
            charge(s, r, object);
        options.continue_ = json_string_at(list, "metadata.continue");
    } while (options.continue_ && options.continue_[0]);
    return 0;
}

static const struct counted *find_counted(const struct quotas *c, const struct resource *r)
{
    for (size_t i = 0; i < ARRAY_SIZE(c->counted); i++)
        if (c->counted[i].resource && !strcmp(c->counted[i].resource->group, r->group) &&
            !strcmp(c->counted[i].resource->plural, r->plural))
            return &c->counted[i];
    return NULL;
}

/* From now on deletions of the resource, which some quota names, are noticed. */
static void notice(struct quotas *c, const struct resource *r)
{
    struct informer_config config = {.client = c->client, .resource = r, .metadata_only = true};
    pthread_mutex_lock(&c->lock);
    bool known = false;
    for (size_t i = 0; i < c->noticed_count; i++)
        known = known || (!strcmp(c->noticed[i]->resource->group, r->group) &&
                          !strcmp(c->noticed[i]->resource->plural, r->plural));
    if (!known && !c->stopping) {
        struct counted *counted = new0(struct counted);
        *counted = (struct counted){c, r, informer_new(&config)};
        c->noticed = xgrow(c->noticed, &c->noticed_capacity, c->noticed_count + 1, sizeof(*c->noticed));
        c->noticed[c->noticed_count++] = counted;
        informer_add_handler(counted->informer,
                             &(struct informer_handler){.changed = object_changed, .context = counted});
        informer_start(counted->informer);
    }
    pthread_mutex_unlock(&c->lock);
}

/* Resources beyond those that are watched, when the quota names any. */
static int count_others(struct sync *s, struct error *err)
{
    struct discovered found = {0};
    bool needed = false;
    json_for_each (hard, json_at(s->quota, "spec.hard"))
        needed = needed || !strncmp(hard->key, "count/", 6);
    if (!needed)
        return 0;
    int rc = discover(s->c->client, VERB_LIST | VERB_CREATE, &found, err);
    for (size_t i = 0; rc == 0 && i < found.count; i++) {
        const struct resource *r = found.rows[i];
        if (!r->namespaced || find_counted(s->c, r) || !quota_covers(s->quota, r))
            continue;
        if (r->verbs & VERB_WATCH)
            notice(s->c, r);
        rc = count_live(s, r, err);
    }
    discovered_done(&found);
    return rc;
}

static int count_all(struct sync *s, struct error *err)
{
    struct quantity zero = {0};
    json_for_each (hard, json_at(s->quota, "spec.hard"))
        resource_list_set(&s->arena, &s->used, hard->key, &zero);
    for (size_t i = 0; i < ARRAY_SIZE(s->c->counted); i++)
        if (s->c->counted[i].resource && quota_covers(s->quota, s->c->counted[i].resource))
            count_cached(s, &s->c->counted[i]);
    return count_others(s, err);
}

static bool same_amounts(struct sync *s, const struct json *used)
{
    if (json_count(used) != s->used.count)
        return false;
    for (unsigned i = 0; i < s->used.count; i++) {
        struct quantity present;
        const struct json *text = json_get(used, s->used.items[i].name);
        if (!text || !quantity_parse(json_slice(text), &present) ||
            quantity_compare(&present, &s->used.items[i].amount) != 0)
            return false;
    }
    return true;
}

static int write_status(struct sync *s, struct error *err)
{
    char text[QUANTITY_TEXT_MAX];
    const struct json *hard = json_at(s->quota, "spec.hard");
    if (same_amounts(s, json_at(s->quota, "status.used")) &&
        json_equal_semantic(hard, json_at(s->quota, "status.hard")))
        return 0;
    struct json *status = json_set_object(&s->arena, s->quota, "status");
    if (hard)
        json_set(&s->arena, status, "hard", json_copy(&s->arena, hard));
    struct json *used = json_set_object(&s->arena, status, "used");
    for (unsigned i = 0; i < s->used.count; i++) {
        quantity_format(&s->used.items[i].amount, text);
        json_set_string(&s->arena, used, s->used.items[i].name, text);
    }
    return client_update(s->c->client, s->c->resource, "status", s->quota, &s->arena, NULL, err);
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct sync s = {.c = self};
    int rc = 0;
    s.quota = object_cached_key(s.c->quotas, key, &s.arena);
    bool present = s.quota != NULL;
    if (present && count_all(&s, err) < 0)
        rc = -1;
    if (present && rc == 0)
        rc = write_status(&s, err);
    arena_done(&s.arena);
    return rc < 0 ? -1 : present ? s.c->period_ms : 0;
}

/* --- life --- */

static void *start(struct manager *m, struct controller_run *run)
{
    const struct manager_options *o = manager_options(m);
    struct quotas *c = new0(struct quotas);
    pthread_mutex_init(&c->lock, NULL);
    c->client = manager_client(m);
    c->resource = RESOURCE("", "v1", "resourcequotas");
    c->period_ms = MAX(o->resource_quota_sync_period / NS_PER_MS, INT64_C(1000));
    c->queue = controller_queue("resource-quota", o->concurrent_resource_quota_syncs, reconcile, c);
    c->quotas = controller_watch(run, c->resource, quota_changed, c);
    for (size_t i = 0; i < ARRAY_SIZE(watched); i++) {
        struct counted *counted = &c->counted[i];
        counted->c = c;
        counted->resource = resource_find(watched[i].group, "v1", watched[i].plural);
        if (counted->resource)
            counted->informer = controller_watch(run, counted->resource, object_changed, counted);
    }
    return c;
}

static void begin(void *self)
{
    struct quotas *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct quotas *c = self;
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_mutex_unlock(&c->lock);
    for (size_t i = 0; i < c->noticed_count; i++)
        informer_stop(c->noticed[i]->informer);
    workqueue_free(c->queue);
    for (size_t i = 0; i < c->noticed_count; i++) {
        informer_free(c->noticed[i]->informer);
        free(c->noticed[i]);
    }
    free(c->noticed);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

const struct controller controller_resource_quota = {
    .name = "resourcequota-controller",
    .alias = "resourcequota",
    .account = "resourcequota-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
