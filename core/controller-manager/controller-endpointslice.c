/* SPDX-License-Identifier: Apache-2.0 */
/* The EndpointSlice controller: for every service with a selector, slices of its pods' addresses, one list of
 * slices an address family. */
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/controller-manager/service-pods.h"
#include "core/controller-manager/slice-reconciler.h"

#define MANAGED_BY "endpointslice-controller.k8s.io"
#define STALE_MS   1000 /* when our writes are not in the picture; their events come sooner */

struct endpoint_slices {
    struct client *client;
    const struct resource *resource;
    struct informer *services, *pods, *slices, *nodes;
    struct workqueue *queue;
    struct event_recorder *events;
    struct own_writes *writes;
    int64_t per_slice;
};

/* --- noticing changes; the client's loop --- */

static void add_key(void *context, const char *key)
{
    struct endpoint_slices *c = context;
    workqueue_add(c->queue, key);
}

static void service_changed(void *self, struct cached *old, struct cached *new_, const struct json *service)
{
    add_key(self, cached_key(new_ ? new_ : old));
}

static void pod_changed(void *self, struct cached *old, struct cached *new_, const struct json *pod)
{
    struct endpoint_slices *c = self;
    services_of_pod(c->services, old, new_, pod, add_key, c);
}

/* Ours, so that what somebody else did to it is put right. */
static void slice_changed(void *self, struct cached *old, struct cached *new_, const struct json *slice)
{
    const char *service = object_label(slice, "kubernetes.io/service-name");
    const char *manager = object_label(slice, "endpointslice.kubernetes.io/managed-by");
    if (!service || !manager || strcmp(manager, MANAGED_BY) != 0)
        return;
    struct buffer key = BUFFER_INIT;
    buffer_printf(&key, "%s/%s", object_namespace(slice), service);
    add_key(self, key.data);
    buffer_done(&key);
}

/* --- one service --- */

struct sync {
    struct endpoint_slices *c;
    const char *key;
    struct arena arena;
    struct json *service;
    struct json **pods, **slices;
    size_t pods_count, slices_count;
    bool node_missing;
};

static void gather_pods(struct sync *s)
{
    struct selector *selector = selector_from_map(json_at(s->service, "spec.selector"));
    _cleanup_(object_list_done) struct object_list list =
        objects_in(s->c->pods, object_namespace(s->service));
    struct arena one = ARENA_INIT;
    s->pods = arena_alloc(&s->arena, (list.count + 1) * sizeof(struct json *));
    for (size_t i = 0; i < list.count; i++) {
        struct json *pod = cached_parse(list.cached[i], &one);
        if (selector_matches(selector, json_at(pod, "metadata.labels")) && pod_has_endpoint(pod))
            s->pods[s->pods_count++] = json_copy(&s->arena, pod);
        arena_reset(&one);
    }
    arena_done(&one);
    selector_free(selector);
}

static void gather_slices(struct sync *s)
{
    _cleanup_(object_list_done) struct object_list list =
        objects_by(s->c->slices, INDEX_OWNER, object_uid(s->service));
    s->slices = arena_alloc(&s->arena, (list.count + 1) * sizeof(struct json *));
    for (size_t i = 0; i < list.count; i++) {
        struct json *slice = cached_parse(list.cached[i], &s->arena);
        const char *manager = object_label(slice, "endpointslice.kubernetes.io/managed-by");
        if (manager && !strcmp(manager, MANAGED_BY) && !object_is_deleted(slice))
            s->slices[s->slices_count++] = slice;
    }
}

static struct json *slice_labels(struct sync *s)
{
    struct arena *a = &s->arena;
    const struct json *own = json_at(s->service, "metadata.labels");
    struct json *labels = own ? json_copy(a, own) : json_new_object(a);
    json_remove(labels, "service.kubernetes.io/headless");
    json_set_string(a, labels, "endpointslice.kubernetes.io/managed-by", MANAGED_BY);
    json_set_string(a, labels, "kubernetes.io/service-name", object_name(s->service));
    if (service_is_headless(s->service))
        json_set_string(a, labels, "service.kubernetes.io/headless", "");
    return labels;
}

/* False: the pod's node is unknown, and an endpoint on it is not to be published. */
static bool set_place(struct sync *s, const struct json *pod, struct json *endpoint)
{
    const char *name = json_string_or(json_at(pod, "spec.nodeName"), "");
    if (!name[0])
        return true;
    struct json *node = object_cached_key(s->c->nodes, name, &s->arena);
    if (!node && !json_boolean_at(s->service, "spec.publishNotReadyAddresses", false)) {
        s->node_missing = true;
        return false;
    }
    json_set_string(&s->arena, endpoint, "nodeName", name);
    const char *zone = node ? object_label(node, "topology.kubernetes.io/zone") : NULL;
    if (zone && zone[0])
        json_set_string(&s->arena, endpoint, "zone", zone);
    return true;
}

/* Where the service's traffic is to stay near: which zone, or node, the endpoint is for. */
static void set_hints(struct sync *s, struct json *endpoint)
{
    struct arena *a = &s->arena;
    const char *wish = json_string_or(json_at(s->service, "spec.trafficDistribution"), "");
    const char *zone = json_string_at(endpoint, "zone"), *node = json_string_at(endpoint, "nodeName");
    bool same_node = !strcmp(wish, "PreferSameNode");
    bool same_zone = same_node || !strcmp(wish, "PreferSameZone") || !strcmp(wish, "PreferClose");
    if (!json_boolean_at(endpoint, "conditions.ready", false))
        return;
    if (same_node && node)
        json_set_string(
            a, json_append(a, json_ensure(a, endpoint, "hints.forNodes", JSON_ARRAY), json_new_object(a)),
            "name", node);
    if (same_zone && zone)
        json_set_string(
            a, json_append(a, json_ensure(a, endpoint, "hints.forZones", JSON_ARRAY), json_new_object(a)),
            "name", zone);
}

static struct json *make_endpoint(struct sync *s, const struct json *pod, const char *address)
{
    struct arena *a = &s->arena;
    bool serving = pod_is_ready(pod), terminating = object_is_deleted(pod);
    bool published = json_boolean_at(s->service, "spec.publishNotReadyAddresses", false);
    struct json *endpoint = json_new_object(a);
    json_append_string(a, json_set_array(a, endpoint, "addresses"), address);
    struct json *conditions = json_set_object(a, endpoint, "conditions");
    json_set_bool(a, conditions, "ready", published || (serving && !terminating));
    json_set_bool(a, conditions, "serving", serving);
    json_set_bool(a, conditions, "terminating", terminating);
    json_set_string(a, endpoint, "hostname", pod_service_hostname(s->service, pod));
    json_set(a, endpoint, "targetRef", pod_target_reference(a, pod));
    if (!set_place(s, pod, endpoint))
        return NULL;
    set_hints(s, endpoint);
    return endpoint;
}

static size_t want_endpoints(struct sync *s, const char *family, struct slice_wanted *wanted)
{
    size_t count = 0;
    for (size_t i = 0; i < s->pods_count; i++) {
        const char *address = pod_address(s->pods[i], family);
        struct json *endpoint = address ? make_endpoint(s, s->pods[i], address) : NULL;
        if (endpoint)
            wanted[count++] =
                (struct slice_wanted){endpoint, pod_service_ports(&s->arena, s->service, s->pods[i])};
    }
    return count;
}

static int sync_family(struct sync *s, const char *family, struct error *err)
{
    struct slice_wanted *wanted = arena_alloc(&s->arena, (s->pods_count + 1) * sizeof(*wanted));
    struct json **existing = arena_alloc(&s->arena, (s->slices_count + 1) * sizeof(struct json *));
    size_t existing_count = 0;
    for (size_t i = 0; i < s->slices_count; i++)
        if (!strcmp(json_string_or(json_get(s->slices[i], "addressType"), ""), family))
            existing[existing_count++] = s->slices[i];
    struct slice_reconciler r = {
        .client = s->c->client,
        .arena = &s->arena,
        .resource = s->c->resource,
        .family = family,
        .namespace_ = object_namespace(s->service),
        .name = object_name(s->service),
        .labels = slice_labels(s),
        .owner = object_owner_reference(&s->arena, s->service, "v1", "Service"),
        .per_slice = s->c->per_slice,
        .writes = s->c->writes,
        .key = s->key,
        .placeholder = true,
    };
    size_t count = want_endpoints(s, family, wanted);
    return slices_reconcile(&r, existing, existing_count, wanted, count, err);
}

static bool has_family(const struct json *service, const char *family)
{
    const struct json *families = json_at(service, "spec.ipFamilies");
    json_for_each (one, families)
        if (slice_is(json_slice(one), family))
            return true;
    const char *address = json_string_or(json_at(service, "spec.clusterIP"), "");
    if (json_count(families))
        return false;
    return address[0] && strcmp(address, "None") != 0 ? address_is_family(address, family)
                                                      : !strcmp(family, "IPv4");
}

/* Slices of a family that the service no longer has. */
static int delete_family(struct sync *s, const char *family, struct error *err)
{
    for (size_t i = 0; i < s->slices_count; i++) {
        struct error one = ERROR_INIT;
        if (strcmp(json_string_or(json_get(s->slices[i], "addressType"), ""), family) != 0)
            continue;
        int rc = client_delete(s->c->client, s->c->resource, object_namespace(s->slices[i]),
                               object_name(s->slices[i]), NULL, &one);
        bool failed = rc < 0 && one.code != ERR_NOT_FOUND;
        if (failed)
            error_move(err, &one);
        error_done(&one);
        if (failed)
            return -1;
    }
    return 0;
}

static int sync_service(struct sync *s, struct error *err)
{
    static const char *const families[] = {"IPv4", "IPv6"};
    gather_pods(s);
    gather_slices(s);
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        int rc = has_family(s->service, families[i]) ? sync_family(s, families[i], err)
                                                     : delete_family(s, families[i], err);
        if (rc < 0)
            return -1;
    }
    return s->node_missing ? error_set(err, ERR_NOT_FOUND, "a pod's node is not known yet") : 0;
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct sync s = {.c = self, .key = key};
    int rc = 0;
    if (!own_writes_seen(s.c->writes, key, s.c->slices))
        return STALE_MS;
    s.service = object_cached_key(s.c->services, key, &s.arena);
    if (s.service && service_has_selector(s.service) && !object_is_deleted(s.service) &&
        strcmp(json_string_or(json_at(s.service, "spec.type"), ""), "ExternalName") != 0)
        rc = sync_service(&s, err);
    if (rc < 0 && !s.node_missing && err->code != ERR_CONFLICT && err->code != ERR_CANCELLED &&
        !namespace_is_terminating(err))
        event_record(s.c->events, s.service, NULL, "Warning", "FailedToUpdateEndpointSlices",
                     "Error updating Endpoint Slices for Service %s: %s", key, err->message);
    arena_done(&s.arena);
    return rc;
}

/* --- life --- */

static void *start(struct manager *m, struct controller_run *run)
{
    const struct manager_options *o = manager_options(m);
    struct endpoint_slices *c = new0(struct endpoint_slices);
    c->client = manager_client(m);
    c->resource = RESOURCE("discovery.k8s.io", "v1", "endpointslices");
    c->per_slice = MAX(o->max_endpoints_per_slice, INT64_C(1));
    c->writes = own_writes_new();
    c->events = event_recorder_new(c->client, "endpoint-slice-controller", NULL);
    c->queue = controller_queue("endpointslice", o->concurrent_service_endpoint_syncs, reconcile, c);
    c->services = controller_watch(run, RESOURCE("", "v1", "services"), service_changed, c);
    c->pods = controller_watch(run, RESOURCE("", "v1", "pods"), pod_changed, c);
    c->slices = controller_watch(run, c->resource, slice_changed, c);
    c->nodes = controller_watch(run, RESOURCE("", "v1", "nodes"), NULL, c);
    return c;
}

static void begin(void *self)
{
    struct endpoint_slices *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct endpoint_slices *c = self;
    workqueue_free(c->queue);
    event_recorder_free(c->events);
    own_writes_free(c->writes);
    free(c);
}

const struct controller controller_endpointslice = {
    .name = "endpointslice-controller",
    .alias = "endpointslice",
    .account = "endpointslice-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
