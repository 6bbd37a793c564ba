/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes of the VPC to the pods of a node, one a node and range, through the node's instance. Their names are
 * made of node and range, and their descriptions name the cluster and the node. Of several changes all are
 * begun before the first is waited for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cloud-gcp/api.h"
#include "plugins/cloud-gcp/identity.h"
#include "plugins/cloud-gcp/machines.h"
#include "plugins/cloud-gcp/project.h"

#define PRIORITY 1000

struct listing {
    struct gcp *g;
    const struct keelson_call *call;
    const struct keelson_route_sink *sink;
    bool full; /* the host wants no more */
};

static bool has_warning(json_object *route, const char *code)
{
    json_object *warnings = document_array(route, "warnings");
    for (size_t i = 0; i < document_length(warnings); i++) {
        const char *held = document_text(document_element(warnings, i, json_type_object), "code");
        if (held && strcmp(held, code) == 0)
            return true;
    }
    return false;
}

static enum keelson_status see_route(void *context, json_object *item)
{
    struct listing *l = context;
    const char *name = document_text(item, "name"), *range = document_text(item, "destRange");
    _cleanup_text_ char *node = identity_said(item, "node");
    if (l->full || !name || !range || !node || !identity_is_ours(l->g, item, NULL))
        return KEELSON_OK;
    bool blackhole = has_warning(item, "NEXT_HOP_INSTANCE_NOT_FOUND");
    const struct keelson_route route = {.size = sizeof(route),
                                        .blackhole = blackhole,
                                        .name = name,
                                        .node_name = blackhole ? NULL : node,
                                        .destination_cidr = range};
    l->full = l->sink->put(l->sink, &route) != 0;
    return KEELSON_OK;
}

static enum keelson_status list(void *instance, const struct keelson_call *call,
                                const struct keelson_route_sink *sink)
{
    struct gcp *g _cleanup_project_ = project_enter(instance);
    char prefix[RESOURCE_NAME_SIZE], filter[RESOURCE_NAME_SIZE + 32];
    struct listing l = {g, call, sink, false};
    identity_cluster(g, prefix);
    snprintf(filter, sizeof(filter), "name eq \"%s-.*\"", prefix);
    return api_list(
        g, call,
        &(struct api_list){
            .method = "GET", .path = "global/routes", .filter = filter, .visit = see_route, .context = &l});
}

/* One change among several. */
struct change {
    char path[RESOURCE_NAME_SIZE + 32];
    json_object *operation; /* NULL: there is nothing to wait for */
};

/* PENDING is no answer here: the next call finds what has become of it. */
static enum keelson_status answer_of(enum keelson_status status)
{
    return status == KEELSON_PENDING ? KEELSON_UNAVAILABLE : status;
}

static json_object *want_route(const struct gcp *g, const char *name, const char *node,
                               const struct machine_id *machine, const char *range)
{
    json_object *o = json_object_new_object();
    _cleanup_text_ char *description = identity_description(g, "node", node, NULL);
    char network[SETTINGS_LINK_SIZE], hop[4 * NAME_SIZE];
    settings_network_link(&g->settings, network);
    snprintf(hop, sizeof(hop), "projects/%s/zones/%s/instances/%s", g->settings.project, machine->zone,
             machine->name);
    json_object_object_add(o, "name", json_object_new_string(name));
    json_object_object_add(o, "description", json_object_new_string(description ? description : ""));
    json_object_object_add(o, "network", json_object_new_string(network));
    json_object_object_add(o, "destRange", json_object_new_string(range));
    json_object_object_add(o, "nextHopInstance", json_object_new_string(hop));
    json_object_object_add(o, "priority", json_object_new_int(PRIORITY));
    return o;
}

/* The name is taken: by the very same route, by one of ours that leads elsewhere and makes place, or by
 * somebody else's. */
static enum keelson_status compare_route(struct gcp *g, const struct keelson_call *call, struct change *c,
                                         json_object *want)
{
    _cleanup_document_ json_object *have = NULL;
    TRY(api_get(g, call, c->path, NULL, &have));
    if (!identity_is_ours(g, have, NULL))
        return g->host->fail(call, KEELSON_CONFLICT, "%s is somebody else's", c->path);
    if (document_covers(have, want))
        return KEELSON_OK;
    TRY(api_change(g, call, "DELETE", c->path, NULL));
    return api_start(g, call, "POST", "global/routes", want, &c->operation);
}

static enum keelson_status start_route(struct gcp *g, const struct keelson_call *call,
                                       const struct keelson_route *route, struct change *c)
{
    struct machine_id machine;
    char whom[512], name[RESOURCE_NAME_SIZE];
    machine_id_of(g, route->node, &machine);
    if (machine.foreign || machine.by_name)
        return g->host->fail(call, KEELSON_INVALID, "node %s has no provider ID of this project",
                             route->node_name);
    snprintf(whom, sizeof(whom), "%s %s", route->node_name, route->destination_cidr);
    identity_name(g, whom, name);
    snprintf(c->path, sizeof(c->path), "global/routes/%s", name);
    _cleanup_document_ json_object *want =
        want_route(g, name, route->node_name, &machine, route->destination_cidr);
    enum keelson_status status = api_start(g, call, "POST", "global/routes", want, &c->operation);
    return status == KEELSON_ALREADY_EXISTS ? compare_route(g, call, c, want) : status;
}

static enum keelson_status start_removal(struct gcp *g, const struct keelson_call *call,
                                         const struct keelson_route *route, struct change *c)
{
    _cleanup_document_ json_object *have = NULL;
    if (!route->name || strspn(route->name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(route->name) ||
        strlen(route->name) >= RESOURCE_NAME_SIZE)
        return g->host->fail(call, KEELSON_INVALID, "\"%s\" is no route's name",
                             route->name ? route->name : "");
    snprintf(c->path, sizeof(c->path), "global/routes/%s", route->name);
    enum keelson_status status = api_get(g, call, c->path, NULL, &have);
    if (status == KEELSON_NOT_FOUND)
        return KEELSON_OK;
    TRY(status);
    if (!identity_is_ours(g, have, NULL))
        return g->host->fail(call, KEELSON_CONFLICT, "%s is somebody else's", c->path);
    status = api_start(g, call, "DELETE", c->path, NULL, &c->operation);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

typedef enum keelson_status start_change(struct gcp *g, const struct keelson_call *call,
                                         const struct keelson_route *route, struct change *c);

static enum keelson_status change_all(struct gcp *g, const struct keelson_call *call, const char *method,
                                      start_change *start, const struct keelson_route *const *routes,
                                      uint32_t count, enum keelson_status *ret)
{
    struct change *changes = calloc(count ? count : 1, sizeof(*changes));
    if (!changes)
        return g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    for (uint32_t i = 0; i < count; i++)
        ret[i] = answer_of(start(g, call, routes[i], &changes[i]));
    for (uint32_t i = 0; i < count; i++) {
        if (changes[i].operation)
            ret[i] = answer_of(api_await(g, call, method, changes[i].path, changes[i].operation));
        json_object_put(changes[i].operation);
    }
    free(changes);
    return KEELSON_OK;
}

static enum keelson_status create(void *instance, const struct keelson_call *call,
                                  const struct keelson_route *const *routes, uint32_t routes_count,
                                  enum keelson_status *ret)
{
    struct gcp *g _cleanup_project_ = project_enter(instance);
    return change_all(g, call, "POST", start_route, routes, routes_count, ret);
}

static enum keelson_status remove_routes(void *instance, const struct keelson_call *call,
                                         const struct keelson_route *const *routes, uint32_t routes_count,
                                         enum keelson_status *ret)
{
    struct gcp *g _cleanup_project_ = project_enter(instance);
    return change_all(g, call, "DELETE", start_removal, routes, routes_count, ret);
}

const struct keelson_cloud_routes_v1 gcp_routes = {
    .size = sizeof(gcp_routes), .list = list, .create = create, .remove = remove_routes};
