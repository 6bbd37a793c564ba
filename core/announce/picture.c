/* SPDX-License-Identifier: Apache-2.0 */
/* Informers of leases, Services, EndpointSlices and our node; see picture.h. Services of a Local traffic
 * policy are announced from nodes with an endpoint that can serve, as kube-proxy's health check port has it.
 */
#include "core/announce/picture.h"

#include "core/base/memory.h"
#include "core/client/informer.h"

#define EXCLUDE "node.kubernetes.io/exclude-from-external-load-balancers"

struct picture {
    const struct picture_told *told;
    char *node;
    struct informer *leases, *services, *slices, *own_node;
};

static void trim_service(struct json *service)
{
    static const char *const metadata[] = {"name", "namespace", "uid", "resourceVersion", NULL},
                             *const spec[] = {"type", "externalTrafficPolicy", NULL},
                             *const status[] = {"loadBalancer", NULL};
    json_keep_only(json_get(service, "metadata"), metadata);
    json_keep_only(json_get(service, "spec"), spec);
    json_keep_only(json_get(service, "status"), status);
}

static void trim_slice(struct json *slice)
{
    static const char *const metadata[] = {"name", "namespace", "uid", "labels", "resourceVersion", NULL},
                             *const endpoint[] = {"conditions", "nodeName", NULL};
    json_keep_only(json_get(slice, "metadata"), metadata);
    json_remove(slice, "ports");
    json_for_each (e, json_get(slice, "endpoints"))
        json_keep_only(e, endpoint);
}

static void trim_node(struct json *node)
{
    static const char *const metadata[] = {"name", "uid", "labels", "resourceVersion", NULL},
                             *const status[] = {"conditions", NULL};
    json_keep_only(json_get(node, "metadata"), metadata);
    json_keep_only(json_get(node, "status"), status);
    json_remove(node, "spec");
}

static bool slice_service(const struct json *slice, struct buffer *out)
{
    const char *name = object_label(slice, "kubernetes.io/service-name");
    if (!name || !*name)
        return false;
    buffer_printf(out, "%s/%s", object_namespace(slice), name);
    return true;
}

static void lease_changed(void *context, struct cached *old, struct cached *new_, const struct json *document)
{
    struct picture *p = context;
    struct lease_view lease;
    lease_read(document, &lease);
    if (lease.node)
        p->told->lease(p->told->context, &lease, !new_ || !lease.held);
}

static void anything_changed(void *context, struct cached *old, struct cached *new_,
                             const struct json *document)
{
    struct picture *p = context;
    p->told->changed(p->told->context);
}

static struct informer *start(struct picture *p, const struct informer_config *config,
                              void (*changed)(void *, struct cached *, struct cached *, const struct json *))
{
    struct informer *i = informer_new(config);
    informer_add_handler(i, &(struct informer_handler){.changed = changed, .context = p});
    informer_start(i);
    return i;
}

struct picture *picture_start(struct client *client, const char *lease_namespace, const char *node,
                              const struct picture_told *told)
{
    struct picture *p = new0(struct picture);
    _cleanup_free_ char *own = xasprintf("metadata.name=%s", node);
    *p = (struct picture){.told = told, .node = xstrdup(node)};
    p->services =
        start(p,
              &(struct informer_config){
                  .client = client, .resource = RESOURCE("", "v1", "services"), .trim = trim_service},
              anything_changed);
    p->slices =
        start(p,
              &(struct informer_config){.client = client,
                                        .resource = RESOURCE("discovery.k8s.io", "v1", "endpointslices"),
                                        .index = slice_service,
                                        .trim = trim_slice},
              anything_changed);
    p->own_node = start(p,
                        &(struct informer_config){.client = client,
                                                  .resource = RESOURCE("", "v1", "nodes"),
                                                  .field_selector = own,
                                                  .trim = trim_node},
                        anything_changed);
    p->leases = start(p,
                      &(struct informer_config){.client = client,
                                                .resource = RESOURCE("coordination.k8s.io", "v1", "leases"),
                                                .namespace_ = lease_namespace,
                                                .label_selector = LEASE_SELECTOR},
                      lease_changed);
    return p;
}

void picture_stop(struct picture *p)
{
    informer_free(p->leases);
    informer_free(p->services);
    informer_free(p->slices);
    informer_free(p->own_node);
    free(p->node);
    free(p);
}

bool picture_synced(const struct picture *p)
{
    return informer_synced(p->leases) && informer_synced(p->services) && informer_synced(p->slices) &&
           informer_synced(p->own_node);
}

uint64_t picture_revision(const struct picture *p)
{
    return informer_revision(p->leases);
}

/* Ready, or still serving while it ends; absent conditions as the API says. */
static bool serves(const struct json *endpoint)
{
    const struct json *c = json_get(endpoint, "conditions");
    bool ready = json_boolean_or(json_get(c, "ready"), true);
    return ready || json_boolean_or(json_get(c, "serving"), false);
}

/* The nodes that have an endpoint of the Service, in the documents of the arena. */
static size_t nodes_of(struct picture *p, const char *key, struct arena *arena, const char ***ret)
{
    struct cached **slices = NULL;
    size_t slices_count = informer_list_index(p->slices, key, &slices), count = 0, capacity = 0;
    *ret = NULL;
    for (size_t i = 0; i < slices_count; i++) {
        const struct json *slice = cached_parse(slices[i], arena);
        json_for_each (e, json_get(slice, "endpoints")) {
            const char *node = json_string(json_get(e, "nodeName"));
            if (!node || !serves(e))
                continue;
            *ret = xgrow(*ret, &capacity, count + 1, sizeof(**ret));
            (*ret)[count++] = node;
        }
    }
    cached_list_free(slices, slices_count);
    return count;
}

static void give(struct picture *p, const struct cached *cached, const struct address_range *ranges,
                 size_t ranges_count, struct board *board)
{
    struct arena arena = ARENA_INIT;
    const struct json *service = cached_parse(cached, &arena);
    const char **nodes = NULL;
    bool balanced = strcmp(json_string_or(json_at(service, "spec.type"), ""), "LoadBalancer") == 0;
    bool local = strcmp(json_string_or(json_at(service, "spec.externalTrafficPolicy"), ""), "Local") == 0;
    const struct json *ingress = balanced ? json_at(service, "status.loadBalancer.ingress") : NULL;
    size_t nodes_count = ingress && local ? nodes_of(p, cached_key(cached), &arena, &nodes) : 0;
    json_for_each (it, ingress) {
        struct slice ip = json_slice(json_get(it, "ip"));
        struct address a;
        if (ip.size && address_parse(ip.data, ip.size, &a) && address_ranges_have(ranges, ranges_count, &a) &&
            strcmp(json_string_or(json_get(it, "ipMode"), "VIP"), "VIP") == 0)
            board_address(board, &a, local, nodes, nodes_count);
    }
    free(nodes);
    arena_done(&arena);
}

void picture_addresses(struct picture *p, const struct address_range *ranges, size_t ranges_count,
                       struct board *board)
{
    struct cached **services = NULL;
    size_t count = informer_list(p->services, NULL, &services);
    for (size_t i = 0; i < count; i++)
        give(p, services[i], ranges, ranges_count, board);
    cached_list_free(services, count);
}

char *picture_node(struct picture *p, bool *ret_excluded)
{
    struct arena arena = ARENA_INIT;
    _cleanup_(cleanup_cached_unref) struct cached *cached = informer_get(p->own_node, p->node);
    const struct json *node = cached ? cached_parse(cached, &arena) : NULL;
    *ret_excluded =
        node && (object_label(node, EXCLUDE) || object_condition_is(node, "NetworkUnavailable", "True"));
    char *uid = xstrdup(node ? object_uid(node) : "");
    arena_done(&arena);
    return uid;
}
