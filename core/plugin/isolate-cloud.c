/* SPDX-License-Identifier: Apache-2.0 */
/* The interfaces of <keelson/cloud.h> over a channel: what the daemon calls, and what the child does with it,
 * function by function. Enums cross as they are: whoever reads one treats what it does not know as its header
 * says. */
#include <keelson/cloud.h>

#include "core/base/memory.h"
#include "core/plugin/isolate.h"

/* ---- keelson.cloud/1 ---- */

enum { CLOUD_SCHEME, CLOUD_OWNS, CLOUD_HEALTHY };

/* The child said it when it opened. */
static const char *scheme(void *instance)
{
    return isolate_scheme(instance);
}

struct owns_answer {
    enum keelson_owns *ret;
    uint32_t count;
};

static void answer_owns(struct frame_reader *r, void *context)
{
    const struct owns_answer *a = context;
    for (uint32_t i = 0; i < a->count; i++)
        a->ret[i] = (enum keelson_owns)frame_get_u32(r);
}

static enum keelson_status owns(void *instance, const struct keelson_call *call,
                                const struct keelson_object *const *nodes, uint32_t nodes_count,
                                enum keelson_owns *ret)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_cloud, CLOUD_OWNS);
    struct owns_answer a = {ret, nodes_count};
    isolate_put_objects(&c, nodes, nodes_count);
    c.answer = answer_owns;
    c.context = &a;
    return isolate_do(&c);
}

static enum keelson_status serve_owns(struct serving *s)
{
    const struct keelson_cloud_v1 *cloud = s->table;
    uint32_t count;
    const struct keelson_object *const *nodes = serve_objects(s, &count);
    if (!frame_is_read(&s->in))
        return KEELSON_INVALID;
    enum keelson_owns *ret = arena_alloc0(&s->arena, (count + 1) * sizeof(*ret));
    enum keelson_status status = cloud->owns(s->handle, s->call, nodes, count, ret);
    for (uint32_t i = 0; i < count; i++)
        frame_put_u32(&s->out, ret[i]);
    return status;
}

static enum keelson_status healthy(void *instance, const struct keelson_call *call)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_cloud, CLOUD_HEALTHY);
    return isolate_do(&c);
}

static enum keelson_status serve_healthy(struct serving *s)
{
    const struct keelson_cloud_v1 *cloud = s->table;
    return cloud->healthy(s->handle, s->call);
}

static const struct keelson_cloud_v1 cloud_table = {
    .size = sizeof(cloud_table), .scheme = scheme, .owns = owns, .healthy = healthy};
static const struct isolate_function cloud_functions[] = {
    {"scheme", NULL}, {"owns", serve_owns}, {"healthy", serve_healthy}};
const struct isolate_interface isolate_cloud = {KEELSON_CLOUD_1, &cloud_table, sizeof(cloud_table),
                                                cloud_functions, ARRAY_SIZE(cloud_functions)};

/* ---- keelson.cloud.instances/1 ---- */

enum { INSTANCES_DESCRIBE };

static const struct keelson_node_address *get_addresses(struct frame_reader *r, uint32_t *ret_count)
{
    uint32_t count = frame_get_count(r, 2 * sizeof(uint32_t));
    struct keelson_node_address *addresses = arena_alloc0(r->arena, (count + 1) * sizeof(*addresses));
    for (uint32_t i = 0; i < count; i++) {
        addresses[i].type = (enum keelson_address_type)frame_get_u32(r);
        addresses[i].address = frame_get_text(r);
        if (!addresses[i].address)
            r->bad = true;
    }
    *ret_count = count;
    return addresses;
}

static int put_report(struct frame_reader *r, void *context)
{
    const struct keelson_instance_sink *sink = context;
    struct keelson_instance_report report = {.size = sizeof(report),
                                             .address_size = sizeof(struct keelson_node_address)};
    report.node = frame_get_u32(r);
    report.state = (enum keelson_instance_state)frame_get_u32(r);
    report.evidence = frame_get_text(r);
    report.provider_id = frame_get_text(r);
    report.instance_type = frame_get_text(r);
    report.zone = frame_get_text(r);
    report.region = frame_get_text(r);
    report.addresses = get_addresses(r, &report.addresses_count);
    report.labels = frame_get_pairs(r);
    return frame_is_read(r) ? sink->put(sink, &report) : 0;
}

static enum keelson_status describe(void *instance, const struct keelson_call *call,
                                    const struct keelson_object *const *nodes, uint32_t nodes_count,
                                    uint32_t want, const struct keelson_instance_sink *sink)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_cloud_instances, INSTANCES_DESCRIBE);
    frame_put_u32(&c.out, want);
    isolate_put_objects(&c, nodes, nodes_count);
    c.put = put_report;
    c.context = (void *)(uintptr_t)sink;
    return isolate_do(&c);
}

/* What is smaller than in ABI 1.0 is no report. */
static int send_report(const struct keelson_instance_sink *sink, const struct keelson_instance_report *report)
{
    if (!KEELSON_HAS(report, labels) ||
        (report->addresses_count &&
         !KEELSON_SPANS(report->address_size, struct keelson_node_address, address)))
        return 0;
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_PUT);
    frame_put_u32(&frame, report->node);
    frame_put_u32(&frame, report->state);
    frame_put_text(&frame, report->evidence);
    frame_put_text(&frame, report->provider_id);
    frame_put_text(&frame, report->instance_type);
    frame_put_text(&frame, report->zone);
    frame_put_text(&frame, report->region);
    frame_put_u32(&frame, report->addresses_count);
    for (uint32_t i = 0; i < report->addresses_count; i++) {
        const struct keelson_node_address *a = KEELSON_AT(report->addresses, report->address_size, i);
        frame_put_u32(&frame, a->type);
        frame_put_text(&frame, a->address);
    }
    frame_put_pairs(&frame, &report->labels);
    frame_end(&frame, begun);
    return serve_send(sink->context, &frame);
}

static enum keelson_status serve_describe(struct serving *s)
{
    const struct keelson_cloud_instances_v1 *instances = s->table;
    const struct keelson_instance_sink sink = {.size = sizeof(sink), .put = send_report, .context = s};
    uint32_t count, want = frame_get_u32(&s->in);
    const struct keelson_object *const *nodes = serve_objects(s, &count);
    return frame_is_read(&s->in) ? instances->describe(s->handle, s->call, nodes, count, want, &sink)
                                 : KEELSON_INVALID;
}

static const struct keelson_cloud_instances_v1 instances_table = {.size = sizeof(instances_table),
                                                                  .describe = describe};
static const struct isolate_function instances_functions[] = {{"describe", serve_describe}};
const struct isolate_interface isolate_cloud_instances = {KEELSON_CLOUD_INSTANCES_1, &instances_table,
                                                          sizeof(instances_table), instances_functions,
                                                          ARRAY_SIZE(instances_functions)};

/* ---- keelson.cloud.loadbalancers/1 ---- */

enum { BALANCERS_GET, BALANCERS_ENSURE, BALANCERS_UPDATE, BALANCERS_REMOVE };

static int put_balancer(struct frame_reader *r, void *context)
{
    const struct keelson_load_balancer_sink *sink = context;
    uint32_t count = frame_get_count(r, 3 * sizeof(uint32_t));
    struct keelson_ingress *ingress = arena_alloc0(r->arena, (count + 1) * sizeof(*ingress));
    for (uint32_t i = 0; i < count; i++) {
        ingress[i].ip = frame_get_text(r);
        ingress[i].hostname = frame_get_text(r);
        ingress[i].ip_mode = frame_get_text(r);
    }
    const struct keelson_load_balancer balancer = {.size = sizeof(balancer),
                                                   .ingress_count = count,
                                                   .ingress_size = sizeof(*ingress),
                                                   .ingress = ingress};
    return frame_is_read(r) ? sink->put(sink, &balancer) : 0;
}

static enum keelson_status do_balancer(void *instance, const struct keelson_call *call, uint32_t function,
                                       const struct keelson_object *service,
                                       const struct keelson_object *const *nodes, uint32_t nodes_count,
                                       const struct keelson_load_balancer_sink *sink)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_cloud_loadbalancers, function);
    isolate_put_objects(&c, &service, 1);
    isolate_put_objects(&c, nodes, nodes_count);
    c.put = sink ? put_balancer : NULL;
    c.context = (void *)(uintptr_t)sink;
    return isolate_do(&c);
}

static enum keelson_status balancer_get(void *instance, const struct keelson_call *call,
                                        const struct keelson_object *service,
                                        const struct keelson_load_balancer_sink *sink)
{
    return do_balancer(instance, call, BALANCERS_GET, service, NULL, 0, sink);
}

static enum keelson_status balancer_ensure(void *instance, const struct keelson_call *call,
                                           const struct keelson_object *service,
                                           const struct keelson_object *const *nodes, uint32_t nodes_count,
                                           const struct keelson_load_balancer_sink *sink)
{
    return do_balancer(instance, call, BALANCERS_ENSURE, service, nodes, nodes_count, sink);
}

static enum keelson_status balancer_update(void *instance, const struct keelson_call *call,
                                           const struct keelson_object *service,
                                           const struct keelson_object *const *nodes, uint32_t nodes_count)
{
    return do_balancer(instance, call, BALANCERS_UPDATE, service, nodes, nodes_count, NULL);
}

static enum keelson_status balancer_remove(void *instance, const struct keelson_call *call,
                                           const struct keelson_object *service)
{
    return do_balancer(instance, call, BALANCERS_REMOVE, service, NULL, 0, NULL);
}

static int send_balancer(const struct keelson_load_balancer_sink *sink,
                         const struct keelson_load_balancer *balancer)
{
    if (!KEELSON_HAS(balancer, ingress) ||
        (balancer->ingress_count && !KEELSON_SPANS(balancer->ingress_size, struct keelson_ingress, ip_mode)))
        return 0;
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_PUT);
    frame_put_u32(&frame, balancer->ingress_count);
    for (uint32_t i = 0; i < balancer->ingress_count; i++) {
        const struct keelson_ingress *g = KEELSON_AT(balancer->ingress, balancer->ingress_size, i);
        frame_put_text(&frame, g->ip);
        frame_put_text(&frame, g->hostname);
        frame_put_text(&frame, g->ip_mode);
    }
    frame_end(&frame, begun);
    return serve_send(sink->context, &frame);
}

struct balancer_arguments {
    const struct keelson_object *service, *const *nodes;
    uint32_t nodes_count;
};

static bool get_balancer_arguments(struct serving *s, struct balancer_arguments *ret)
{
    uint32_t services;
    const struct keelson_object *const *service = serve_objects(s, &services);
    ret->nodes = serve_objects(s, &ret->nodes_count);
    ret->service = services == 1 ? service[0] : NULL;
    return frame_is_read(&s->in) && ret->service;
}

static enum keelson_status serve_get(struct serving *s)
{
    const struct keelson_cloud_loadbalancers_v1 *balancers = s->table;
    const struct keelson_load_balancer_sink sink = {.size = sizeof(sink), .put = send_balancer, .context = s};
    struct balancer_arguments a;
    return get_balancer_arguments(s, &a) ? balancers->get(s->handle, s->call, a.service, &sink)
                                         : KEELSON_INVALID;
}

static enum keelson_status serve_ensure(struct serving *s)
{
    const struct keelson_cloud_loadbalancers_v1 *balancers = s->table;
    const struct keelson_load_balancer_sink sink = {.size = sizeof(sink), .put = send_balancer, .context = s};
    struct balancer_arguments a;
    return get_balancer_arguments(s, &a)
               ? balancers->ensure(s->handle, s->call, a.service, a.nodes, a.nodes_count, &sink)
               : KEELSON_INVALID;
}

static enum keelson_status serve_update(struct serving *s)
{
    const struct keelson_cloud_loadbalancers_v1 *balancers = s->table;
    struct balancer_arguments a;
    return get_balancer_arguments(s, &a)
               ? balancers->update(s->handle, s->call, a.service, a.nodes, a.nodes_count)
               : KEELSON_INVALID;
}

static enum keelson_status serve_remove(struct serving *s)
{
    const struct keelson_cloud_loadbalancers_v1 *balancers = s->table;
    struct balancer_arguments a;
    return get_balancer_arguments(s, &a) ? balancers->remove(s->handle, s->call, a.service) : KEELSON_INVALID;
}

static const struct keelson_cloud_loadbalancers_v1 balancers_table = {.size = sizeof(balancers_table),
                                                                      .get = balancer_get,
                                                                      .ensure = balancer_ensure,
                                                                      .update = balancer_update,
                                                                      .remove = balancer_remove};
static const struct isolate_function balancers_functions[] = {
    {"get", serve_get}, {"ensure", serve_ensure}, {"update", serve_update}, {"remove", serve_remove}};
const struct isolate_interface isolate_cloud_loadbalancers = {KEELSON_CLOUD_LOADBALANCERS_1, &balancers_table,
                                                              sizeof(balancers_table), balancers_functions,
                                                              ARRAY_SIZE(balancers_functions)};

/* ---- keelson.cloud.routes/1 ---- */

enum { ROUTES_LIST, ROUTES_CREATE, ROUTES_REMOVE };

static void put_route_members(struct buffer *out, const struct keelson_route *route)
{
    frame_put_u32(out, route->blackhole);
    frame_put_text(out, route->name);
    frame_put_text(out, route->node_name);
    frame_put_text(out, route->destination_cidr);
}

static struct keelson_route get_route_members(struct frame_reader *r)
{
    struct keelson_route route = {.size = sizeof(route)};
    route.blackhole = frame_get_u32(r);
    route.name = frame_get_text(r);
    route.node_name = frame_get_text(r);
    route.destination_cidr = frame_get_text(r);
    return route;
}

static int put_route(struct frame_reader *r, void *context)
{
    const struct keelson_route_sink *sink = context;
    const struct keelson_route route = get_route_members(r);
    return frame_is_read(r) ? sink->put(sink, &route) : 0;
}

static enum keelson_status list(void *instance, const struct keelson_call *call,
                                const struct keelson_route_sink *sink)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_cloud_routes, ROUTES_LIST);
    c.put = put_route;
    c.context = (void *)(uintptr_t)sink;
    return isolate_do(&c);
}

struct routes_answer {
    enum keelson_status *ret;
    uint32_t count;
};

static void answer_routes(struct frame_reader *r, void *context)
{
    const struct routes_answer *a = context;
    for (uint32_t i = 0; i < a->count; i++)
        a->ret[i] = (enum keelson_status)frame_get_u32(r);
}

static enum keelson_status do_routes(void *instance, const struct keelson_call *call, uint32_t function,
                                     const struct keelson_route *const *routes, uint32_t count,
                                     enum keelson_status *ret)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_cloud_routes, function);
    struct routes_answer a = {ret, count};
    frame_put_u32(&c.out, count);
    for (uint32_t i = 0; i < count; i++) {
        put_route_members(&c.out, routes[i]);
        isolate_put_objects(&c, &routes[i]->node, routes[i]->node ? 1 : 0);
    }
    c.answer = answer_routes;
    c.context = &a;
    return isolate_do(&c);
}

static enum keelson_status create(void *instance, const struct keelson_call *call,
                                  const struct keelson_route *const *routes, uint32_t count,
                                  enum keelson_status *ret)
{
    return do_routes(instance, call, ROUTES_CREATE, routes, count, ret);
}

static enum keelson_status remove_routes(void *instance, const struct keelson_call *call,
                                         const struct keelson_route *const *routes, uint32_t count,
                                         enum keelson_status *ret)
{
    return do_routes(instance, call, ROUTES_REMOVE, routes, count, ret);
}

static int send_route(const struct keelson_route_sink *sink, const struct keelson_route *route)
{
    if (!KEELSON_HAS(route, destination_cidr))
        return 0;
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_PUT);
    put_route_members(&frame, route);
    frame_end(&frame, begun);
    return serve_send(sink->context, &frame);
}

static enum keelson_status serve_list(struct serving *s)
{
    const struct keelson_cloud_routes_v1 *table = s->table;
    const struct keelson_route_sink sink = {.size = sizeof(sink), .put = send_route, .context = s};
    return table->list(s->handle, s->call, &sink);
}

static const struct keelson_route *const *get_routes(struct serving *s, uint32_t *ret_count)
{
    uint32_t count = frame_get_count(&s->in, 4 * sizeof(uint32_t));
    struct keelson_route *all = arena_alloc0(&s->arena, (count + 1) * sizeof(*all));
    const struct keelson_route **routes = arena_alloc0(&s->arena, (count + 1) * sizeof(*routes));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t nodes_count;
        all[i] = get_route_members(&s->in);
        const struct keelson_object *const *nodes = serve_objects(s, &nodes_count);
        all[i].node = nodes_count ? nodes[0] : NULL;
        routes[i] = &all[i];
    }
    *ret_count = count;
    return routes;
}

typedef enum keelson_status routes_function(void *instance, const struct keelson_call *call,
                                            const struct keelson_route *const *routes, uint32_t routes_count,
                                            enum keelson_status *ret);

static enum keelson_status serve_routes(struct serving *s, routes_function *function)
{
    uint32_t count;
    const struct keelson_route *const *routes = get_routes(s, &count);
    if (!frame_is_read(&s->in))
        return KEELSON_INVALID;
    enum keelson_status *ret = arena_alloc0(&s->arena, (count + 1) * sizeof(*ret));
    for (uint32_t i = 0; i < count; i++)
        ret[i] = KEELSON_FAILED;
    enum keelson_status status = function(s->handle, s->call, routes, count, ret);
    for (uint32_t i = 0; i < count; i++)
        frame_put_u32(&s->out, ret[i]);
    return status;
}

static enum keelson_status serve_create(struct serving *s)
{
    return serve_routes(s, ((const struct keelson_cloud_routes_v1 *)s->table)->create);
}

static enum keelson_status serve_remove_routes(struct serving *s)
{
    return serve_routes(s, ((const struct keelson_cloud_routes_v1 *)s->table)->remove);
}

static const struct keelson_cloud_routes_v1 routes_table = {
    .size = sizeof(routes_table), .list = list, .create = create, .remove = remove_routes};
static const struct isolate_function routes_functions[] = {
    {"list", serve_list}, {"create", serve_create}, {"remove", serve_remove_routes}};
const struct isolate_interface isolate_cloud_routes = {KEELSON_CLOUD_ROUTES_1, &routes_table,
                                                       sizeof(routes_table), routes_functions,
                                                       ARRAY_SIZE(routes_functions)};
