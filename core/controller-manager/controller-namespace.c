/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The namespace controller: empties a namespace that is being deleted, pods first, and then lets it go. What
 * the server serves is asked anew each time, and a namespace goes only after a whole pass, over all resources
 * and without an error, found it empty.
 */
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/client/request.h"
#include "core/controller-manager/controller.h"
#include "core/controller-manager/discovery.h"

#define SETTLE_MS                                                                                            \
    1250 /* after the deletion (whose time is in whole seconds): writes that were under way arrive */
#define AGAIN_MIN_MS 100
#define AGAIN_MAX_MS 15000

struct namespaces {
    struct client *client;
    const struct resource *resource;
    struct informer *informer, *pods;
    struct workqueue *queue;
};

static void namespace_changed(void *self, struct cached *old, struct cached *new_,
                              const struct json *namespace_)
{
    struct namespaces *c = self;
    if (new_ && object_is_deleted(namespace_))
        workqueue_add(c->queue, cached_key(new_));
}

/* The last pod to go is what the rest waits for: it is looked at at once, not after the next pause. */
static void pod_changed(void *self, struct cached *old, struct cached *new_, const struct json *pod)
{
    struct namespaces *c = self;
    const char *name = object_namespace(pod);
    if (new_)
        return;
    struct arena arena = ARENA_INIT;
    const struct json *namespace_ = object_cached_key(c->informer, name, &arena);
    struct object_list left = {0};
    if (namespace_ && object_is_deleted(namespace_)) {
        left = objects_in(c->pods, name);
        if (!left.count)
            workqueue_add(c->queue, name);
    }
    object_list_done(&left);
    arena_done(&arena);
}

/* --- the contents --- */

struct emptying {
    struct namespaces *c;
    const char *name;
    struct arena arena;
    struct discovered resources;
    bool undiscovered;
    struct error discovery_error, content_error;
    struct buffer remaining; /* "pods. has 2 resource instances, " */
    struct json *finalizer_counts;
    int64_t deleted, left;
};

static void note_content_error(struct emptying *e, struct error *err)
{
    if (!e->content_error.code)
        error_move(&e->content_error, err);
    error_done(err);
}

/* Sends one request about all objects of the resource in the namespace; the answer may be NULL. */
static int about_all(struct emptying *e, const struct resource *r, const char *method, const char *body,
                     struct json **ret, struct error *err)
{
    struct buffer target = BUFFER_INIT;
    client_path(&target, r, e->name, NULL, NULL);
    if (ret)
        client_query(&target, "limit", "500");
    struct client_request request = {
        .method = method,
        .target = target.data,
        .body = slice_of(body),
        .accept =
            ret ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json" : NULL};
    int rc = client_perform(e->c->client, &request, &e->arena, ret, err);
    buffer_done(&target);
    return rc;
}

static void count_finalizers(struct emptying *e, const struct json *items)
{
    json_for_each (item, items)
        json_for_each (finalizer, json_at(item, "metadata.finalizers")) {
            const char *name = json_string_or(finalizer, "");
            int64_t count = json_integer_or(json_get(e->finalizer_counts, name), 0);
            json_set_int(&e->arena, e->finalizer_counts, name, count + 1);
        }
}

static int delete_one_by_one(struct emptying *e, const struct resource *r, const struct json *items)
{
    struct client_delete_options options = {.grace_period_s = -1, .propagation = "Background"};
    json_for_each (item, items) {
        struct error err = ERROR_INIT;
        if (client_delete(e->c->client, r, e->name, object_name(item), &options, &err) < 0 &&
            err.code != ERR_NOT_FOUND)
            note_content_error(e, &err);
        error_done(&err);
    }
    return 0;
}

static bool list_items(struct emptying *e, const struct resource *r, struct json **ret_items,
                       int64_t *ret_count)
{
    struct error err = ERROR_INIT;
    struct json *list = NULL;
    if (about_all(e, r, "GET", NULL, &list, &err) < 0) {
        if (err.code != ERR_NOT_FOUND && err.code != ERR_METHOD_NOT_ALLOWED)
            note_content_error(e, &err);
        error_done(&err);
        return false;
    }
    *ret_items = json_get(list, "items");
    *ret_count = json_count(*ret_items) + json_integer_at(list, "metadata.remainingItemCount", 0);
    return *ret_count > 0;
}

/* Deletes what is there and notes what stays. */
static void empty_resource(struct emptying *e, const struct resource *r)
{
    struct error err = ERROR_INIT;
    struct json *items = NULL;
    int64_t count = 0;
    if (!list_items(e, r, &items, &count))
        return;
    e->deleted += count;
    if (!(r->verbs & VERB_DELETECOLLECTION)) {
        delete_one_by_one(e, r, items);
    } else if (about_all(
                   e, r, "DELETE",
                   "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":\"Background\"}",
                   NULL, &err) < 0) {
        note_content_error(e, &err);
    }
    if (!list_items(e, r, &items, &count))
        return;
    e->left += count;
    buffer_printf(&e->remaining, "%s%s.%s has %lld resource instances", e->remaining.size ? ", " : "",
                  r->plural, r->group, (long long)count);
    count_finalizers(e, items);
}

static bool is_pods(const struct resource *r)
{
    return !r->group[0] && !strcmp(r->plural, "pods");
}

static void empty(struct emptying *e)
{
    e->finalizer_counts = json_new_object(&e->arena);
    e->undiscovered = discover(e->c->client, VERB_LIST | VERB_DELETE, &e->resources, &e->discovery_error) < 0;
    empty_resource(e, RESOURCE("", "v1", "pods"));
    bool pods_left = e->left > 0;
    for (size_t i = 0; i < e->resources.count && !pods_left; i++) {
        const struct resource *r = e->resources.rows[i];
        bool doubled = !strcmp(r->group, "events.k8s.io");
        if (r->namespaced && !is_pods(r) && !doubled)
            empty_resource(e, r);
    }
}

/* --- what the status says of it --- */

static bool set(struct emptying *e, struct json *namespace_, const char *type, bool bad,
                const char *good_reason, const char *good, const char *bad_reason, const char *message)
{
    return object_set_condition(&e->arena, namespace_, type, bad ? "True" : "False",
                                bad ? bad_reason : good_reason, bad ? message : good);
}

static int write_conditions(void *context, struct arena *arena, struct json *namespace_, struct error *err)
{
    struct emptying *e = context;
    struct buffer finalizers = BUFFER_INIT;
    json_for_each (count, e->finalizer_counts)
        buffer_printf(&finalizers, "%s%s in %lld resource instances", finalizers.size ? ", " : "", count->key,
                      (long long)json_integer_or(count, 0));
    bool changed = set(e, namespace_, "NamespaceDeletionDiscoveryFailure", e->undiscovered,
                       "ResourcesDiscovered", "All resources successfully discovered", "DiscoveryFailed",
                       arena_printf(arena, "Discovery failed for some groups: %s",
                                    e->discovery_error.message ? e->discovery_error.message : ""));
    changed |= set(e, namespace_, "NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions",
                   "All legacy kube types successfully parsed", "", "");
    changed |= set(e, namespace_, "NamespaceDeletionContentFailure", e->content_error.code != ERR_NONE,
                   "ContentDeleted", "All content successfully deleted, may be waiting on finalization",
                   "ContentDeletionFailed",
                   arena_printf(arena, "Failed to delete all resource types: %s",
                                e->content_error.message ? e->content_error.message : ""));
    changed |= set(
        e, namespace_, "NamespaceContentRemaining", e->left > 0, "ContentRemoved",
        "All content successfully removed", "SomeResourcesRemain",
        arena_printf(arena, "Some resources are remaining: %s", e->remaining.data ? e->remaining.data : ""));
    changed |=
        set(e, namespace_, "NamespaceFinalizersRemaining", finalizers.size > 0, "ContentHasNoFinalizers",
            "All content-preserving finalizers finished", "SomeFinalizersRemain",
            arena_printf(arena, "Some content in the namespace has finalizers remaining: %s",
                         finalizers.data ? finalizers.data : ""));
    buffer_done(&finalizers);
    return changed ? 0 : 1;
}

static int mark_terminating(void *context, struct arena *arena, struct json *namespace_, struct error *err)
{
    if (!object_is_deleted(namespace_) ||
        !strcmp(json_string_or(json_at(namespace_, "status.phase"), ""), "Terminating"))
        return 1;
    json_set_string(arena, json_ensure(arena, namespace_, "status", JSON_OBJECT), "phase", "Terminating");
    return 0;
}

static int finalize(void *context, struct arena *arena, struct json *namespace_, struct error *err)
{
    struct json *finalizers = json_at(namespace_, "spec.finalizers");
    bool found = false;
    if (!object_is_deleted(namespace_))
        return 1;
    for (struct json *f = finalizers ? finalizers->first : NULL, *next; f; f = next) {
        next = f->next;
        if (!slice_is(json_slice(f), "kubernetes"))
            continue;
        json_remove_node(finalizers, f);
        found = true;
    }
    return found ? 0 : 1;
}

/* --- one namespace --- */

static int64_t age_ms(const struct json *namespace_)
{
    int64_t since = 0;
    time_parse(json_slice(json_at(namespace_, "metadata.deletionTimestamp")), &since);
    return (clock_realtime_ns() - since) / NS_PER_MS;
}

/* The longer it lasts, the rarer it is looked at. */
static int64_t again_ms(const struct json *namespace_)
{
    return MIN(MAX(age_ms(namespace_) / 4, (int64_t)AGAIN_MIN_MS), (int64_t)AGAIN_MAX_MS);
}

static int64_t empty_and_finalize(struct emptying *e, const struct json *namespace_, struct error *err)
{
    struct namespaces *c = e->c;
    if (client_modify(c->client, c->resource, NULL, e->name, "status", mark_terminating, NULL, err) < 0)
        return -1;
    empty(e);
    if (client_modify(c->client, c->resource, NULL, e->name, "status", write_conditions, e, err) < 0)
        return -1;
    if (e->undiscovered || e->content_error.code) {
        error_move(err, e->undiscovered ? &e->discovery_error : &e->content_error);
        return -1;
    }
    if (e->deleted > 0 || age_ms(namespace_) < SETTLE_MS)
        return again_ms(namespace_);
    return client_modify(c->client, c->resource, NULL, e->name, "finalize", finalize, NULL, err);
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct emptying e = {.c = self, .name = key};
    struct error local = ERROR_INIT;
    struct json *namespace_ = NULL;
    int64_t result = client_get(e.c->client, e.c->resource, NULL, key, &e.arena, &namespace_, &local);
    if (result == 0 && object_is_deleted(namespace_) && json_count(json_at(namespace_, "spec.finalizers")))
        result = empty_and_finalize(&e, namespace_, &local);
    if (result < 0 && local.code == ERR_NOT_FOUND)
        result = 0;
    else if (result < 0)
        error_move(err, &local);
    error_done(&local);
    error_done(&e.discovery_error);
    error_done(&e.content_error);
    discovered_done(&e.resources);
    buffer_done(&e.remaining);
    arena_done(&e.arena);
    return result;
}

static void *start(struct manager *m, struct controller_run *run)
{
    struct namespaces *c = new0(struct namespaces);
    c->client = manager_client(m);
    c->resource = RESOURCE("", "v1", "namespaces");
    c->queue = controller_queue("namespace", manager_options(m)->concurrent_namespace_syncs, reconcile, c);
    c->informer = controller_watch(run, c->resource, namespace_changed, c);
    c->pods = controller_watch(run, RESOURCE("", "v1", "pods"), pod_changed, c);
    return c;
}

static void begin(void *self)
{
    struct namespaces *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct namespaces *c = self;
    workqueue_free(c->queue);
    free(c);
}

const struct controller controller_namespace = {
    .name = "namespace-controller",
    .alias = "namespace",
    .account = "namespace-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
