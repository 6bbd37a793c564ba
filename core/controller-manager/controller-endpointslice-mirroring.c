/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The EndpointSlice mirroring controller: Endpoints that somebody keeps by hand for a service without a
 * selector become slices too, since readers look at slices only.
 */
#include "core/base/memory.h"
#include "core/controller-manager/service-pods.h"
#include "core/controller-manager/slice-reconciler.h"

#define MANAGED_BY "endpointslicemirroring-controller.k8s.io"
#define STALE_MS   1000 /* when our writes are not in the picture; their events come sooner */

struct mirroring {
    struct client *client;
    const struct resource *resource;
    struct informer *services, *endpoints, *slices;
    struct workqueue *queue;
    struct own_writes *writes;
    int64_t per_subset;
};

static void add_key(void *self, struct cached *old, struct cached *new_, const struct json *object)
{
    struct mirroring *c = self;
    workqueue_add(c->queue, cached_key(new_ ? new_ : old));
}

static void slice_changed(void *self, struct cached *old, struct cached *new_, const struct json *slice)
{
    struct mirroring *c = self;
    const char *service = object_label(slice, "kubernetes.io/service-name");
    const char *manager = object_label(slice, "endpointslice.kubernetes.io/managed-by");
    if (!service || !manager || strcmp(manager, MANAGED_BY) != 0)
        return;
    struct buffer key = BUFFER_INIT;
    buffer_printf(&key, "%s/%s", object_namespace(slice), service);
    workqueue_add(c->queue, key.data);
    buffer_done(&key);
}

struct sync {
    struct mirroring *c;
    struct arena arena;
    struct json *endpoints;
    struct slice_wanted *wanted;
    size_t count, capacity;
};

static bool is_mirrored(const struct json *endpoints, const struct json *service)
{
    const char *skip = endpoints ? object_label(endpoints, "endpointslice.kubernetes.io/skip-mirror") : NULL;
    return endpoints && service && !service_has_selector(service) && !object_is_deleted(endpoints) &&
           !object_annotation(endpoints, "control-plane.alpha.kubernetes.io/leader") &&
           (!skip || strcmp(skip, "true") != 0);
}

static struct json *make_endpoint(struct sync *s, const struct json *address, bool ready)
{
    static const char *const copied[] = {"hostname", "nodeName", "targetRef"};
    struct arena *a = &s->arena;
    struct json *endpoint = json_new_object(a);
    json_append_string(a, json_set_array(a, endpoint, "addresses"),
                       json_string_or(json_get(address, "ip"), ""));
    json_set_bool(a, json_set_object(a, endpoint, "conditions"), "ready", ready);
    for (size_t i = 0; i < ARRAY_SIZE(copied); i++)
        if (json_get(address, copied[i]))
            json_set(a, endpoint, copied[i], json_copy(a, json_get(address, copied[i])));
    return endpoint;
}

static void want(struct sync *s, const struct json *subset, const char *list, bool ready, const char *family,
                 int64_t *left)
{
    struct json *ports = json_get(subset, "ports");
    json_for_each (address, json_get(subset, list)) {
        const char *ip = json_string_or(json_get(address, "ip"), "");
        if (!address_is_family(ip, family) || (*left)-- <= 0)
            continue;
        s->wanted = xgrow(s->wanted, &s->capacity, s->count + 1, sizeof(struct slice_wanted));
        struct json *own = ports ? json_copy(&s->arena, ports) : json_new_array(&s->arena);
        json_for_each (port, own)
            if (!json_get(port, "name"))
                json_set_string(&s->arena, port, "name", "");
        s->wanted[s->count++] = (struct slice_wanted){make_endpoint(s, address, ready), own};
    }
}

static struct json *copy_labels(struct sync *s)
{
    const struct json *own = json_at(s->endpoints, "metadata.labels");
    struct json *labels = own ? json_copy(&s->arena, own) : json_new_object(&s->arena);
    json_set_string(&s->arena, labels, "endpointslice.kubernetes.io/managed-by", MANAGED_BY);
    json_set_string(&s->arena, labels, "kubernetes.io/service-name", object_name(s->endpoints));
    return labels;
}

static size_t ours(struct sync *s, const char *key, const char *family, struct json ***ret)
{
    const char *namespace_, *name;
    key_split(&s->arena, key, &namespace_, &name);
    _cleanup_(object_list_done) struct object_list list = objects_in(s->c->slices, namespace_);
    size_t count = 0;
    *ret = arena_alloc(&s->arena, (list.count + 1) * sizeof(struct json *));
    for (size_t i = 0; i < list.count; i++) {
        struct json *slice = cached_parse(list.cached[i], &s->arena);
        const char *manager = object_label(slice, "endpointslice.kubernetes.io/managed-by");
        const char *service = object_label(slice, "kubernetes.io/service-name");
        if (manager && service && !strcmp(manager, MANAGED_BY) && !strcmp(service, name) &&
            !object_is_deleted(slice) && !strcmp(json_string_or(json_get(slice, "addressType"), ""), family))
            (*ret)[count++] = slice;
    }
    return count;
}

static int sync_family(struct sync *s, const char *key, const char *family, bool mirrored, struct error *err)
{
    struct json **existing;
    const char *namespace_, *name;
    size_t existing_count = ours(s, key, family, &existing);
    key_split(&s->arena, key, &namespace_, &name);
    s->count = 0;
    struct slice_reconciler r = {.client = s->c->client,
                                 .arena = &s->arena,
                                 .resource = s->c->resource,
                                 .family = family,
                                 .namespace_ = namespace_,
                                 .name = name,
                                 .per_slice = 1000,
                                 .writes = s->c->writes,
                                 .key = key};
    if (mirrored) {
        r.labels = copy_labels(s);
        r.owner = object_owner_reference(&s->arena, s->endpoints, "v1", "Endpoints");
        json_for_each (subset, json_get(s->endpoints, "subsets")) {
            int64_t left = s->c->per_subset;
            want(s, subset, "addresses", true, family, &left);
            want(s, subset, "notReadyAddresses", false, family, &left);
        }
    }
    return slices_reconcile(&r, existing, existing_count, s->wanted, s->count, err);
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct sync s = {.c = self};
    if (!own_writes_seen(s.c->writes, key, s.c->slices))
        return STALE_MS;
    s.endpoints = object_cached_key(s.c->endpoints, key, &s.arena);
    bool mirrored = is_mirrored(s.endpoints, object_cached_key(s.c->services, key, &s.arena));
    int rc = sync_family(&s, key, "IPv4", mirrored, err);
    if (rc == 0)
        rc = sync_family(&s, key, "IPv6", mirrored, err);
    free(s.wanted);
    arena_done(&s.arena);
    return rc;
}

static void *start(struct manager *m, struct controller_run *run)
{
    const struct manager_options *o = manager_options(m);
    struct mirroring *c = new0(struct mirroring);
    c->client = manager_client(m);
    c->resource = RESOURCE("discovery.k8s.io", "v1", "endpointslices");
    c->writes = own_writes_new();
    c->per_subset = o->mirroring_max_endpoints_per_subset;
    c->queue =
        controller_queue("slice-mirroring", o->mirroring_concurrent_service_endpoint_syncs, reconcile, c);
    c->services = controller_watch(run, RESOURCE("", "v1", "services"), add_key, c);
    c->endpoints = controller_watch(run, RESOURCE("", "v1", "endpoints"), add_key, c);
    c->slices = controller_watch(run, c->resource, slice_changed, c);
    return c;
}

static void begin(void *self)
{
    struct mirroring *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct mirroring *c = self;
    workqueue_free(c->queue);
    own_writes_free(c->writes);
    free(c);
}

const struct controller controller_endpointslice_mirroring = {
    .name = "endpointslice-mirroring-controller",
    .alias = "endpointslicemirroring",
    .account = "endpointslicemirroring-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
