/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes to the nodes' pods, in each route table of the VPC that bears the cluster's tag. A route is ours if
 * it leads to an instance with the cluster's tag, or nowhere any more (blackhole), and is not a default
 * route. Its name is "table/range". The instance has to let pass what is not addressed to it.
 */
#include "plugins/cloud-aws/api.h"
#include "plugins/cloud-aws/machines.h"
#include "plugins/cloud-aws/route-names.h"

#define DEFAULT_V4 "0.0.0.0/0"
#define DEFAULT_V6 "::/0"

struct route {
    char *table, *range, *instance; /* instance NULL: a blackhole */
};
struct table {
    struct texts tables;
    struct route *routes;
    size_t count;
};

static void table_done(struct table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->routes[i].table);
        free(t->routes[i].range);
        free(t->routes[i].instance);
    }
    free(t->routes);
    texts_done(&t->tables);
}

static void take_route(struct table *t, const char *table, const struct xml *e)
{
    const char *range = xml_text(e, "destinationCidrBlock"), *instance = xml_text(e, "instanceId");
    bool nowhere = strcmp(xml_text(e, "state"), "blackhole") == 0;
    if (!*range)
        range = xml_text(e, "destinationIpv6CidrBlock");
    if (!*range || strcmp(range, DEFAULT_V4) == 0 || strcmp(range, DEFAULT_V6) == 0 ||
        (!nowhere && !*instance))
        return;
    t->routes = mem_grow(t->routes, t->count + 1, sizeof(*t->routes));
    t->routes[t->count++] =
        (struct route){mem_str(table), mem_str(range), nowhere ? NULL : mem_str(instance)};
}

static enum keelson_status take_table(void *context, const struct xml *e)
{
    struct table *t = context;
    const char *id = xml_text(e, "routeTableId");
    texts_add(&t->tables, id);
    xml_for_each (route, e, "routeSet")
        take_route(t, id, route);
    return KEELSON_OK;
}

static enum keelson_status read_tables(struct aws *aws, const struct keelson_call *call, struct table *ret)
{
    _cleanup_text_ struct text params = {0};
    params_filter_one(&params, 1, "tag-key", aws->cluster_tag);
    if (aws->settings.vpc)
        params_filter_one(&params, 2, "vpc-id", aws->settings.vpc);
    enum keelson_status status =
        api_list(aws, call, SERVICE_EC2, "DescribeRouteTables", &params, "routeTableSet", take_table, ret);
    if (status == KEELSON_OK && ret->tables.count == 0)
        return FAIL(call, KEELSON_INVALID, "no route table bears the tag %s", aws->cluster_tag);
    return status;
}

/* Those that the routes lead to. */
static enum keelson_status read_machines(struct aws *aws, const struct keelson_call *call,
                                         const struct table *t, struct machines **ret)
{
    struct texts ids = {0};
    for (size_t i = 0; i < t->count; i++)
        if (t->routes[i].instance && !texts_has(&ids, t->routes[i].instance))
            texts_add(&ids, t->routes[i].instance);
    route_names_keep(aws->route_names, &ids);
    enum keelson_status status = machines_get_ids(aws, call, &ids, ret);
    texts_done(&ids);
    return status;
}

static const struct machine *machine_of(const struct machines *machines, const char *id)
{
    for (size_t i = 0; i < machines->count; i++)
        if (strcmp(machines->items[i].id, id) == 0)
            return &machines->items[i];
    return NULL;
}

/* One that stands in several tables is told once for each of them. */
static int put(const struct route *r, const char *node_name, const struct keelson_route_sink *sink)
{
    _cleanup_text_ struct text name = {0};
    text_printf(&name, "%s/%s", r->table, r->range);
    const struct keelson_route route = {.size = sizeof(route),
                                        .blackhole = r->instance ? 0 : 1,
                                        .name = name.data,
                                        .node_name = node_name,
                                        .destination_cidr = r->range};
    return sink->put(sink, &route);
}

static enum keelson_status list(void *instance, const struct keelson_call *call,
                                const struct keelson_route_sink *sink)
{
    _cleanup_aws_ struct aws *aws = aws_ref(instance);
    struct table t = {0};
    struct machines *machines = NULL;
    enum keelson_status status = read_tables(aws, call, &t);
    if (status == KEELSON_OK)
        status = read_machines(aws, call, &t, &machines);
    for (size_t i = 0, stop = 0; status == KEELSON_OK && i < t.count && !stop; i++) {
        const struct route *r = &t.routes[i];
        const struct machine *m = r->instance ? machine_of(machines, r->instance) : NULL;
        if (r->instance && (!m || !m->tagged))
            continue;
        _cleanup_str_ char *name = m ? route_names_find(aws->route_names, m->id) : NULL;
        stop = put(r, name, sink) != 0;
    }
    machines_unref(machines);
    table_done(&t);
    return status;
}

/* --- changes --- */

struct change {
    struct aws *aws;
    const struct keelson_call *call;
    const struct table *table;
};

static const struct route *find(const struct table *t, const char *table, const char *range)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->routes[i].table, table) == 0 && strcmp(t->routes[i].range, range) == 0)
            return &t->routes[i];
    return NULL;
}

static void params_route(struct text *params, const char *table, const char *range)
{
    params_add(params, table, "RouteTableId");
    params_add(params, range, strchr(range, ':') ? "DestinationIpv6CidrBlock" : "DestinationCidrBlock");
}

static enum keelson_status let_pass(const struct change *c, const struct machine *m)
{
    _cleanup_text_ struct text params = {0};
    if (!m->checks_source)
        return KEELSON_OK;
    params_add(&params, m->id, "InstanceId");
    params_add(&params, "false", "SourceDestCheck.Value");
    return api_change(c->aws, c->call, SERVICE_EC2, "ModifyInstanceAttribute", &params);
}

/* A blackhole, and a route to another of our instances, is led to this one; what is not ours is in the way.
 */
static enum keelson_status create_in(const struct change *c, const char *table, const char *range,
                                     const struct machine *m)
{
    _cleanup_text_ struct text params = {0};
    const struct route *r = find(c->table, table, range);
    if (r && r->instance && strcmp(r->instance, m->id) == 0)
        return KEELSON_OK;
    params_route(&params, table, range);
    params_add(&params, m->id, "InstanceId");
    enum keelson_status status =
        api_change(c->aws, c->call, SERVICE_EC2, r ? "ReplaceRoute" : "CreateRoute", &params);
    return status == KEELSON_ALREADY_EXISTS
               ? FAIL(c->call, KEELSON_CONFLICT, "%s: another route to %s is in the way", table, range)
               : status;
}

static enum keelson_status create_one(const struct change *c, const struct machines *machines,
                                      const struct keelson_route *route)
{
    struct node_name name = node_name_of(route->node);
    const struct machine *m = name.foreign ? NULL : machines_find(machines, &name);
    if (!m || !machine_is_nodes(m, &name))
        return FAIL(c->call, KEELSON_NOT_FOUND, "node %s: no such instance", name.name);
    route_names_learn(c->aws->route_names, m->id, name.name);
    enum keelson_status status = let_pass(c, m);
    for (size_t i = 0; status == KEELSON_OK && i < c->table->tables.count; i++)
        status = create_in(c, c->table->tables.items[i], route->destination_cidr, m);
    return status;
}

static enum keelson_status create(void *instance, const struct keelson_call *call,
                                  const struct keelson_route *const *routes, uint32_t routes_count,
                                  enum keelson_status *ret)
{
    _cleanup_aws_ struct aws *aws = aws_ref(instance);
    struct table t = {0};
    struct machines *machines = NULL;
    const struct change c = {aws, call, &t};
    const struct keelson_object **nodes = mem_alloc(routes_count, sizeof(const struct keelson_object *));
    for (uint32_t i = 0; i < routes_count; i++)
        nodes[i] = routes[i]->node;
    enum keelson_status status = read_tables(aws, call, &t);
    if (status == KEELSON_OK)
        status = machines_get(aws, call, nodes, routes_count, &machines);
    for (uint32_t i = 0; status == KEELSON_OK && i < routes_count; i++)
        ret[i] = create_one(&c, machines, routes[i]);
    machines_unref(machines);
    table_done(&t);
    free(nodes);
    return status;
}

/* Names are "table/range", of a table that is ours still: what is called otherwise is not there. */
static enum keelson_status remove_one(const struct change *c, const struct machines *machines,
                                      const struct keelson_route *route)
{
    _cleanup_text_ struct text params = {0};
    const char *slash = route->name ? strchr(route->name, '/') : NULL;
    if (!slash)
        return KEELSON_OK;
    _cleanup_str_ char *table = mem_strn(route->name, (size_t)(slash - route->name));
    const struct route *r = find(c->table, table, slash + 1);
    if (!r)
        return KEELSON_OK;
    const struct machine *m = r->instance ? machine_of(machines, r->instance) : NULL;
    if (r->instance && (!m || !m->tagged))
        return FAIL(c->call, KEELSON_CONFLICT, "%s leads to %s, which is not of this cluster", route->name,
                    r->instance);
    params_route(&params, table, slash + 1);
    enum keelson_status status = api_change(c->aws, c->call, SERVICE_EC2, "DeleteRoute", &params);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

static enum keelson_status remove_routes(void *instance, const struct keelson_call *call,
                                         const struct keelson_route *const *routes, uint32_t routes_count,
                                         enum keelson_status *ret)
{
    _cleanup_aws_ struct aws *aws = aws_ref(instance);
    struct table t = {0};
    struct machines *machines = NULL;
    const struct change c = {aws, call, &t};
    enum keelson_status status = read_tables(aws, call, &t);
    if (status == KEELSON_OK)
        status = read_machines(aws, call, &t, &machines);
    for (uint32_t i = 0; status == KEELSON_OK && i < routes_count; i++)
        ret[i] = remove_one(&c, machines, routes[i]);
    machines_unref(machines);
    table_done(&t);
    return status;
}

const struct keelson_cloud_routes_v1 aws_routes = {
    .size = sizeof(aws_routes), .list = list, .create = create, .remove = remove_routes};
