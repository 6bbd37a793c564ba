/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of keelson.cloud.routes/1. What a call is given is its own and counted, since one that hangs outlives
 * the one who asked. */
#include "core/cloud-controller-manager/route-call.h"

#include <stdatomic.h>

#include "core/base/memory.h"

struct route_call {
    atomic_uint refs; /* one of them is the plugin host's, until the plugin has come back */
    const struct keelson_cloud_routes_v1 *functions;
    struct arena arena;
    uint32_t count;
    struct keelson_route *routes;
    const struct keelson_route **passed;
    struct keelson_object **nodes; /* some NULL */
    enum keelson_status *statuses;
    struct cloud_routes listed;
    size_t listed_room;
};

static const char *copy(struct arena *arena, const char *text)
{
    return text && *text ? arena_strdup(arena, text) : NULL;
}

static void set_route(struct route_call *c, uint32_t i, const struct cloud_route *from)
{
    struct arena *a = &c->arena;
    c->nodes[i] = from->node ? plugin_object_new(json_copy(a, from->node)) : NULL;
    c->routes[i] = (struct keelson_route){.size = sizeof(c->routes[i]),
                                          .blackhole = from->blackhole,
                                          .name = copy(a, from->name),
                                          .node_name = copy(a, from->node_name),
                                          .destination_cidr = copy(a, from->destination),
                                          .node = c->nodes[i]};
    c->passed[i] = &c->routes[i];
    c->statuses[i] = KEELSON_FAILED;
}

static struct route_call *call_new(const struct keelson_cloud_routes_v1 *functions,
                                   const struct cloud_route *routes, uint32_t count)
{
    struct route_call *c = new0(struct route_call);
    atomic_init(&c->refs, 2);
    c->functions = functions;
    c->count = count;
    c->routes = arena_alloc0(&c->arena, (count + 1) * sizeof(*c->routes));
    c->passed = arena_alloc0(&c->arena, (count + 1) * sizeof(*c->passed));
    c->nodes = arena_alloc0(&c->arena, (count + 1) * sizeof(*c->nodes));
    c->statuses = arena_alloc0(&c->arena, (count + 1) * sizeof(*c->statuses));
    for (uint32_t i = 0; i < count; i++)
        set_route(c, i, &routes[i]);
    return c;
}

void route_call_unref(struct route_call *c)
{
    if (!c || atomic_fetch_sub(&c->refs, 1) > 1)
        return;
    for (uint32_t i = 0; i < c->count; i++)
        plugin_object_free(c->nodes[i]);
    free(c->listed.list);
    arena_done(&c->arena);
    free(c);
}

static void unref_argument(void *argument)
{
    route_call_unref(argument);
}

bool route_call_is_over(const struct route_call *c)
{
    return atomic_load(&c->refs) == 1;
}

static int take(const struct keelson_route_sink *sink, const struct keelson_route *said)
{
    struct route_call *c = sink->context;
    if (!KEELSON_HAS(said, destination_cidr) || !said->destination_cidr)
        return 0;
    c->listed.list = xgrow(c->listed.list, &c->listed_room, c->listed.count + 1, sizeof(*c->listed.list));
    c->listed.list[c->listed.count++] =
        (struct cloud_route){.name = copy(&c->arena, said->name),
                             .node_name = copy(&c->arena, said->node_name),
                             .destination = arena_strdup(&c->arena, said->destination_cidr),
                             .blackhole = said->blackhole != 0};
    return 0;
}

static enum keelson_status list(void *handle, const struct keelson_call *call, void *argument)
{
    struct route_call *c = argument;
    const struct keelson_route_sink sink = {.size = sizeof(sink), .put = take, .context = c};
    return c->functions->list(handle, call, &sink);
}

static enum keelson_status create(void *handle, const struct keelson_call *call, void *argument)
{
    struct route_call *c = argument;
    return c->functions->create(handle, call, c->passed, c->count, c->statuses);
}

static enum keelson_status remove_them(void *handle, const struct keelson_call *call, void *argument)
{
    struct route_call *c = argument;
    return c->functions->remove(handle, call, c->passed, c->count, c->statuses);
}

static int run(const struct provider *p, const char *operation, plugin_function *function,
               struct route_call *c, struct error *err)
{
    const struct provider_call call = {.operation = operation,
                                       .timeout_ms = ROUTE_CALL_TIMEOUT_MS,
                                       .function = function,
                                       .arguments = c,
                                       .free_arguments = unref_argument};
    return provider_call(p, &call, err);
}

int route_call_list(const struct provider *p, const struct keelson_cloud_routes_v1 *functions,
                    struct arena *arena, struct cloud_routes *ret, struct error *err)
{
    struct route_call *c = call_new(functions, NULL, 0);
    int result = run(p, "routes.list", list, c, err);
    if (result == 0) {
        *ret = (struct cloud_routes){arena_alloc0(arena, (c->listed.count + 1) * sizeof(*ret->list)),
                                     c->listed.count};
        for (size_t i = 0; i < c->listed.count; i++) {
            const struct cloud_route *from = &c->listed.list[i];
            ret->list[i] = (struct cloud_route){.name = copy(arena, from->name),
                                                .node_name = copy(arena, from->node_name),
                                                .destination = arena_strdup(arena, from->destination),
                                                .blackhole = from->blackhole};
        }
    }
    route_call_unref(c);
    return result;
}

static int change(const struct provider *p, const char *operation, plugin_function *function,
                  struct route_call *c, enum keelson_status *ret, struct route_call **late, struct error *err)
{
    int result = run(p, operation, function, c, err);
    for (uint32_t i = 0; result == 0 && i < c->count; i++)
        ret[i] = c->statuses[i];
    if (result < 0 && (err->code == ERR_TIMEOUT || err->code == ERR_CANCELLED) && !route_call_is_over(c))
        *late = c;
    else
        route_call_unref(c);
    return result;
}

int route_call_create(const struct provider *p, const struct keelson_cloud_routes_v1 *functions,
                      const struct cloud_route *routes, uint32_t count, enum keelson_status *ret,
                      struct route_call **late, struct error *err)
{
    return change(p, "routes.create", create, call_new(functions, routes, count), ret, late, err);
}

int route_call_remove(const struct provider *p, const struct keelson_cloud_routes_v1 *functions,
                      const struct cloud_route *routes, uint32_t count, enum keelson_status *ret,
                      struct route_call **late, struct error *err)
{
    return change(p, "routes.remove", remove_them, call_new(functions, routes, count), ret, late, err);
}
