/* SPDX-License-Identifier: Apache-2.0 */
/* The Endpoints controller: the older form of a service's endpoints, one object a service, still read by many
 * programs. */
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/controller-manager/own-writes.h"
#include "core/controller-manager/service-pods.h"
#include "core/controller-manager/template-hash.h"

#define ADDRESSES_MAX 1000
#define OVER_CAPACITY "endpoints.kubernetes.io/over-capacity"
#define STALE_MS      1000 /* when our writes are not in the picture; their events come sooner */
#define HEADLESS      "service.kubernetes.io/headless"
#define MANAGED_BY    "endpoints.kubernetes.io/managed-by"

struct endpoints {
    struct client *client;
    const struct resource *resource;
    struct informer *services, *pods, *endpoints;
    struct workqueue *queue;
    struct event_recorder *events;
    struct own_writes *writes;
};

/* --- noticing changes; the client's loop --- */

static void add_key(void *context, const char *key)
{
    struct endpoints *c = context;
    workqueue_add(c->queue, key);
}

#define GONE '-' /* before the key of a service that was deleted: its endpoints go, whoever made them */

static void service_changed(void *self, struct cached *old, struct cached *new_, const struct json *service)
{
    struct buffer key = BUFFER_INIT;
    if (!new_)
        buffer_append_char(&key, GONE);
    buffer_append_str(&key, cached_key(new_ ? new_ : old));
    add_key(self, key.data);
    buffer_done(&key);
}

static void pod_changed(void *self, struct cached *old, struct cached *new_, const struct json *pod)
{
    struct endpoints *c = self;
    services_of_pod(c->services, old, new_, pod, add_key, c);
}

static void endpoints_changed(void *self, struct cached *old, struct cached *new_,
                              const struct json *endpoints)
{
    add_key(self, cached_key(new_ ? new_ : old));
}

/* --- subsets --- */

struct subset {
    char *key; /* of the ports */
    struct json *ports, *ready, *not_ready;
};

struct sync {
    struct endpoints *c;
    struct arena arena;
    struct json *service;
    struct subset *subsets;
    size_t count, capacity, addresses;
    bool truncated;
};

static const char *family_of(const struct json *service)
{
    const char *first = json_string_at(service, "spec.ipFamilies[0]");
    const char *address = json_string_or(json_at(service, "spec.clusterIP"), "");
    return first ? first : strchr(address, ':') ? "IPv6" : "IPv4";
}

static struct subset *subset_of(struct sync *s, struct json *ports)
{
    struct buffer text = BUFFER_INIT;
    json_write_canonical(&text, ports);
    for (size_t i = 0; i < s->count; i++)
        if (!strcmp(s->subsets[i].key, text.data)) {
            buffer_done(&text);
            return &s->subsets[i];
        }
    json_for_each (port, ports)
        if (!json_slice(json_get(port, "name")).size)
            json_remove(port, "name");
    s->subsets = xgrow(s->subsets, &s->capacity, s->count + 1, sizeof(struct subset));
    s->subsets[s->count] = (struct subset){arena_strdup(&s->arena, text.data), ports,
                                           json_new_array(&s->arena), json_new_array(&s->arena)};
    buffer_done(&text);
    return &s->subsets[s->count++];
}

static void add_pod(struct sync *s, const struct json *pod, bool ready)
{
    struct arena *a = &s->arena;
    const char *address = pod_address(pod, family_of(s->service));
    struct json *ports = pod_service_ports(a, s->service, pod);
    if (!address || (json_count(ports) == 0 && json_count(json_at(s->service, "spec.ports"))))
        return;
    if (++s->addresses > ADDRESSES_MAX) {
        s->truncated = true;
        return;
    }
    struct subset *subset = subset_of(s, ports);
    struct json *entry = json_append(a, ready ? subset->ready : subset->not_ready, json_new_object(a));
    json_set_string(a, entry, "ip", address);
    json_set_string(a, entry, "hostname", pod_service_hostname(s->service, pod));
    json_set_string(a, entry, "nodeName", json_string_at(pod, "spec.nodeName"));
    json_set(a, entry, "targetRef", pod_target_reference(a, pod));
}

static int by_address(const void *x, const void *y)
{
    const struct json *a = *(const struct json *const *)x, *b = *(const struct json *const *)y;
    return strcmp(json_string_or(json_at(a, "status.podIP"), object_name(a)),
                  json_string_or(json_at(b, "status.podIP"), object_name(b)));
}

/* The service's pods, by address, so that the same pods always give the same object. */
static void gather(struct sync *s)
{
    bool publish = json_boolean_at(s->service, "spec.publishNotReadyAddresses", false);
    struct selector *selector = selector_from_map(json_at(s->service, "spec.selector"));
    _cleanup_(object_list_done) struct object_list list =
        objects_in(s->c->pods, object_namespace(s->service));
    struct json **pods = newa0(struct json *, list.count + 1);
    struct arena one = ARENA_INIT;
    size_t count = 0;
    for (size_t i = 0; i < list.count; i++) {
        const struct json *pod = cached_parse(list.cached[i], &one);
        if (selector_matches(selector, json_at(pod, "metadata.labels")) && pod_has_endpoint(pod) &&
            (publish || !object_is_deleted(pod)))
            pods[count++] = json_copy(&s->arena, pod);
        arena_reset(&one);
    }
    qsort(pods, count, sizeof(*pods), by_address);
    for (int ready = 1; ready >= 0; ready--) /* when there are too many, the ready ones count */
        for (size_t i = 0; i < count; i++)
            if ((publish || pod_is_ready(pods[i])) == (ready != 0))
                add_pod(s, pods[i], ready);
    arena_done(&one);
    selector_free(selector);
    free(pods);
}

static int by_key(const void *x, const void *y)
{
    return strcmp(((const struct subset *)x)->key, ((const struct subset *)y)->key);
}

static struct json *build_subsets(struct sync *s)
{
    struct json *subsets = json_new_array(&s->arena);
    if (s->count)
        qsort(s->subsets, s->count, sizeof(struct subset), by_key);
    for (size_t i = 0; i < s->count; i++) {
        struct json *subset = json_append(&s->arena, subsets, json_new_object(&s->arena));
        if (json_count(s->subsets[i].ready))
            json_set(&s->arena, subset, "addresses", s->subsets[i].ready);
        if (json_count(s->subsets[i].not_ready))
            json_set(&s->arena, subset, "notReadyAddresses", s->subsets[i].not_ready);
        if (json_count(s->subsets[i].ports))
            json_set(&s->arena, subset, "ports", s->subsets[i].ports);
    }
    return subsets;
}

/* --- writing --- */

static struct json *wanted_labels(struct sync *s)
{
    const struct json *own = json_at(s->service, "metadata.labels");
    struct json *labels = own ? json_copy(&s->arena, own) : json_new_object(&s->arena);
    if (service_is_headless(s->service))
        json_set_string(&s->arena, labels, HEADLESS, "");
    else
        json_remove(labels, HEADLESS);
    json_set_string(&s->arena, labels, MANAGED_BY, "endpoint-controller");
    return labels;
}

static int write_endpoints(struct sync *s, const char *key, struct error *err)
{
    struct arena *a = &s->arena;
    struct json *subsets = build_subsets(s), *labels = wanted_labels(s);
    struct json *present = object_cached_key(s->c->endpoints, key, a);
    const char *mark = present ? object_annotation(present, OVER_CAPACITY) : NULL;
    bool marked = mark != NULL;
    if (present && json_equal_semantic(json_get(present, "subsets"), subsets) &&
        json_equal_semantic(json_at(present, "metadata.labels"), labels) && marked == s->truncated)
        return 0;
    struct json *object =
        present ? present
                : object_new(a, "v1", "Endpoints", object_namespace(s->service), object_name(s->service));
    json_set(a, json_get(object, "metadata"), "labels", labels);
    json_set(a, object, "subsets", subsets);
    if (s->truncated || marked)
        object_set_annotation(a, object, OVER_CAPACITY, s->truncated ? "truncated" : NULL);
    struct json *answer = NULL;
    int rc = present ? client_update(s->c->client, s->c->resource, NULL, object, a, &answer, err)
                     : client_create(s->c->client, s->c->resource, object_namespace(s->service), object, a,
                                     &answer, err);
    if (rc == 0)
        own_writes_note(s->c->writes, key, answer);
    return rc;
}

/* There is no service of that name. What we made goes; what somebody else made goes only with its service. */
static int delete_endpoints(struct endpoints *c, const char *key, bool any, struct arena *arena,
                            struct error *err)
{
    const struct json *present = object_cached_key(c->endpoints, key, arena);
    struct error one = ERROR_INIT;
    const char *manager = present ? object_label(present, MANAGED_BY) : NULL;
    bool ours = manager && !strcmp(manager, "endpoint-controller");
    if (!present || !(any || ours) || object_annotation(present, "control-plane.alpha.kubernetes.io/leader"))
        return 0;
    struct client_delete_options options = {.grace_period_s = -1, .uid = object_uid(present)};
    int rc = client_delete(c->client, c->resource, object_namespace(present), object_name(present), &options,
                           &one);
    if (rc < 0 && one.code == ERR_NOT_FOUND)
        rc = 0;
    if (rc < 0)
        error_move(err, &one);
    error_done(&one);
    return rc;
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct sync s = {.c = self};
    int rc = 0;
    bool gone = key[0] == GONE;
    key += gone;
    if (!own_writes_seen(s.c->writes, key, s.c->endpoints))
        return STALE_MS;
    s.service = object_cached_key(s.c->services, key, &s.arena);
    if (!s.service) {
        rc = delete_endpoints(s.c, key, gone, &s.arena, err);
    } else if (service_has_selector(s.service) &&
               strcmp(json_string_or(json_at(s.service, "spec.type"), ""), "ExternalName") != 0) {
        gather(&s);
        rc = write_endpoints(&s, key, err);
        if (rc < 0 && err->code != ERR_CONFLICT && err->code != ERR_CANCELLED &&
            !namespace_is_terminating(err) && !object_is_deleted(s.service))
            event_record(s.c->events, s.service, NULL, "Warning", "FailedToUpdateEndpoint",
                         "Failed to update endpoint %s: %s", key, err->message);
    }
    free(s.subsets);
    arena_done(&s.arena);
    return rc;
}

/* --- life --- */

static void *start(struct manager *m, struct controller_run *run)
{
    struct endpoints *c = new0(struct endpoints);
    c->client = manager_client(m);
    c->resource = RESOURCE("", "v1", "endpoints");
    c->writes = own_writes_new();
    c->events = event_recorder_new(c->client, "endpoint-controller", NULL);
    c->queue = controller_queue("endpoint", manager_options(m)->concurrent_endpoint_syncs, reconcile, c);
    c->services = controller_watch(run, RESOURCE("", "v1", "services"), service_changed, c);
    c->pods = controller_watch(run, RESOURCE("", "v1", "pods"), pod_changed, c);
    c->endpoints = controller_watch(run, c->resource, endpoints_changed, c);
    return c;
}

static void begin(void *self)
{
    struct endpoints *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct endpoints *c = self;
    workqueue_free(c->queue);
    event_recorder_free(c->events);
    own_writes_free(c->writes);
    free(c);
}

const struct controller controller_endpoints = {
    .name = "endpoints-controller",
    .alias = "endpoint",
    .account = "endpoint-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
