/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The route controller: a cloud that offers routes gets one for each pod CIDR of its own nodes. What makes it
 * look is a node that comes, goes or changes, and a plugin that tells of a change; nodes that come together
 * are one look, a look is one list and what is different in batches, and no cloud is looked at more often
 * than LOOKS_PER_MIN. A list that failed is no list: nothing is concluded from it.
 */
#include <pthread.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/client/workqueue.h"
#include "core/cloud-controller-manager/controllers.h"
#include "core/cloud-controller-manager/route-call.h"

#define KEY             "routes"
#define NODES_SETTLE_MS 500 /* nodes that come together are one change */
#define LOOKS_BURST     10
#define LOOKS_PER_MIN   10
#define BACK_OFF_MS     1000
#define BACK_OFF_MAX_MS 300000
#define PENDING_MS      5000
#define LATE_MS         1000 /* between looks whether a call has come back */

struct route_controller;
struct router { /* of a cloud */
    struct route_controller *controller;
    const struct provider *provider;
    const struct keelson_cloud_routes_v1 *functions; /* NULL: it offers none */
    char *queue_name;                                /* as metrics have it */
    struct workqueue *queue;                         /* one key, one worker */
    int64_t next_look_ms;                            /* the worker's: the bucket's level, as a time */
    struct route_call *late;                         /* the worker's: one that did not come back in time */
    atomic_uint_fast64_t routes, created, removed, failed;
};
struct route_controller {
    const struct cloud_context *context;
    struct event_recorder *events;
    struct router *routers; /* by provider index */
};

/* ---- A look ---- */

/* What came of the routes of a node. */
struct outcome {
    unsigned missing; /* not made, or not yet */
    bool failed;
};
struct look {
    struct router *router;
    struct arena arena;
    struct owned_node *nodes;
    size_t nodes_count, unknown;
    struct cloud_routes there;
    struct route_difference difference;
    struct outcome *outcomes; /* by node */
    unsigned pending, failed;
};

static const char *cluster_cidr(const struct look *l)
{
    return l->router->controller->context->options->cluster_cidr;
}

/* How long until the cloud may be asked again; 0: now, and counted. */
static int64_t wait_ms(struct router *r)
{
    const int64_t step_ms = 60000 / LOOKS_PER_MIN, now = clock_monotonic_ms();
    int64_t level = MAX(r->next_look_ms, now - (LOOKS_BURST - 1) * step_ms);
    if (level > now)
        return level - now;
    r->next_look_ms = level + step_ms;
    return 0;
}

static size_t node_at(const struct look *l, const char *name)
{
    for (size_t i = 0; i < l->nodes_count; i++)
        if (strcmp(l->nodes[i].name, name) == 0)
            return i;
    require(!"a route that is to be made has a node");
    return 0;
}

static const char *describe(enum keelson_status status)
{
    static const char *const texts[] = {
        [KEELSON_INVALID] = "the cloud takes it for wrong",
        [KEELSON_UNSUPPORTED] = "the cloud cannot do that",
        [KEELSON_UNAVAILABLE] = "the cloud cannot be reached",
        [KEELSON_DENIED] = "the cloud refuses our credentials",
        [KEELSON_THROTTLED] = "the cloud asks for fewer calls",
        [KEELSON_TIMEOUT] = "the cloud did not answer in time",
        [KEELSON_CONFLICT] = "something foreign is in the way",
        [KEELSON_EXHAUSTED] = "the cloud's quota is used up",
    };
    return (size_t)status < ARRAY_SIZE(texts) && texts[status] ? texts[status] : "the cloud failed";
}

static void note_created(struct look *l, const struct cloud_route *r, enum keelson_status status,
                         const char *why)
{
    struct router *router = l->router;
    struct outcome *outcome = &l->outcomes[node_at(l, r->node_name)];
    if (status == KEELSON_OK) {
        outcome->missing--;
        atomic_fetch_add(&router->created, 1);
    } else if (status == KEELSON_PENDING) {
        l->pending++;
    } else {
        l->failed++;
        outcome->failed = true;
        event_record(router->controller->events, r->node, NULL, "Warning", "FailedToCreateRoute",
                     "Could not create route %s for node %s: %s", r->destination, r->node_name,
                     why ? why : describe(status));
    }
}

static void note_removed(struct look *l, const struct cloud_route *r, enum keelson_status status,
                         const char *why)
{
    if (status == KEELSON_OK || status == KEELSON_NOT_FOUND) {
        atomic_fetch_add(&l->router->removed, 1);
        log_info("cloud %s: route %s to %s removed", l->router->provider->name, r->destination,
                 r->node_name ? r->node_name : "nowhere");
    } else if (status == KEELSON_PENDING) {
        l->pending++;
    } else {
        l->failed++;
        log_warning("cloud %s: route %s could not be removed: %s", l->router->provider->name, r->destination,
                    why ? why : describe(status));
    }
}

typedef int change_function(const struct provider *p, const struct keelson_cloud_routes_v1 *functions,
                            const struct cloud_route *routes, uint32_t count, enum keelson_status *ret,
                            struct route_call **late, struct error *err);
typedef void note_function(struct look *l, const struct cloud_route *r, enum keelson_status status,
                           const char *why);

/* In batches. What a whole batch failed with ends it, since it is no matter of single routes. */
static int change_all(struct look *l, const struct cloud_routes *routes, change_function *change,
                      note_function *note, struct error *err)
{
    enum keelson_status statuses[ROUTE_BATCH_MAX];
    for (size_t done = 0; done < routes->count; done += ROUTE_BATCH_MAX) {
        const struct cloud_route *batch = &routes->list[done];
        uint32_t count = (uint32_t)MIN(routes->count - done, (size_t)ROUTE_BATCH_MAX);
        int result =
            change(l->router->provider, l->router->functions, batch, count, statuses, &l->router->late, err);
        bool pending = result < 0 && err->code == ERR_SERVER_TIMEOUT;
        for (uint32_t i = 0; i < count; i++)
            note(l, &batch[i],
                 pending      ? KEELSON_PENDING
                 : result < 0 ? KEELSON_FAILED
                              : statuses[i],
                 result < 0 ? err->message : NULL);
        if (result < 0)
            return pending ? 0 : -1;
    }
    return 0;
}

/* ---- The node's condition ---- */

static struct json *condition_patch(struct arena *a, bool routed)
{
    char now[TIME_TEXT_MAX];
    struct json *patch = json_new_object(a);
    struct json *list = json_set_array(a, json_set_object(a, patch, "status"), "conditions");
    struct json *c = json_append(a, list, json_new_object(a));
    time_format(clock_realtime_ns(), now);
    json_set_string(a, c, "type", "NetworkUnavailable");
    json_set_string(a, c, "status", routed ? "False" : "True");
    json_set_string(a, c, "reason", routed ? "RouteCreated" : "NoRouteCreated");
    json_set_string(a, c, "message",
                    routed ? "RouteController created a route" : "RouteController failed to create a route");
    json_set_string(a, c, "lastTransitionTime", now);
    json_set_string(a, c, "lastHeartbeatTime", now);
    return patch;
}

static int write_condition(struct look *l, const struct owned_node *n, bool routed, struct error *err)
{
    struct json *answer = NULL;
    if (object_condition_is(n->node, "NetworkUnavailable", routed ? "False" : "True") ||
        client_patch(l->router->controller->context->client, RESOURCE("", "v1", "nodes"), NULL, n->name,
                     "status", PATCH_STRATEGIC, condition_patch(&l->arena, routed), &l->arena, &answer,
                     err) == 0)
        return 0;
    return err->code == ERR_NOT_FOUND ? 0 : -1;
}

static int write_conditions(struct look *l, struct error *err)
{
    int result = 0;
    for (size_t i = 0; i < l->nodes_count; i++) {
        const struct owned_node *n = &l->nodes[i];
        const struct outcome *o = &l->outcomes[i];
        bool known = o->failed || o->missing == 0;
        if (n->owner == NODE_OWN && known && route_is_wanted(cluster_cidr(l), n->node) &&
            write_condition(l, n, !o->failed, err) < 0)
            result = -1;
    }
    return result;
}

/* ---- The queue's work ---- */

static int change_routes(struct look *l, struct error *err)
{
    l->outcomes = arena_alloc0(&l->arena, (l->nodes_count + 1) * sizeof(*l->outcomes));
    for (size_t i = 0; i < l->difference.create.count; i++)
        l->outcomes[node_at(l, l->difference.create.list[i].node_name)].missing++;
    if (change_all(l, &l->difference.remove, route_call_remove, note_removed, err) < 0)
        return -1;
    return change_all(l, &l->difference.create, route_call_create, note_created, err);
}

static int64_t look(struct look *l, struct error *err)
{
    struct router *r = l->router;
    const struct cloud_context *context = r->controller->context;
    struct error conditions = ERROR_INIT;
    if (route_call_list(r->provider, r->functions, &l->arena, &l->there, err) < 0)
        return -1;
    l->nodes = owned_nodes_list(context->nodes, context->owners, r->provider, &l->arena, &l->nodes_count,
                                &l->unknown); /* after the cloud's answer, which may have taken a minute */
    route_compare(&l->arena, cluster_cidr(l), l->nodes, l->nodes_count, &l->there, &l->difference);
    int changed = change_routes(l, err), written = write_conditions(l, &conditions);
    atomic_store(&r->routes, l->there.count);
    atomic_fetch_add(&r->failed, l->failed);
    if (changed == 0 && written < 0)
        error_move(err, &conditions);
    error_done(&conditions);
    if (changed < 0 || written < 0)
        return -1;
    if (l->failed)
        return error_set(err, ERR_INTERNAL, "%u routes could not be made or removed", l->failed);
    return l->pending ? PENDING_MS : 0;
}

static bool is_late(struct router *r)
{
    if (r->late && route_call_is_over(r->late))
        route_call_unref(TAKE_PTR(r->late));
    return r->late;
}

static int64_t reconcile(void *context, const char *key, struct error *err)
{
    struct router *r = context;
    int64_t wait = is_late(r) ? LATE_MS : wait_ms(r);
    if (wait > 0)
        return wait;
    struct look l = {.router = r, .arena = ARENA_INIT};
    int64_t result = look(&l, err);
    arena_done(&l.arena);
    return result != 0 ? result : r->controller->context->options->route_reconciliation_period / NS_PER_MS;
}

/* ---- Notes of changes ---- */

static bool differs(const struct json *a, const struct json *b, const char *path)
{
    return !json_equal_semantic(json_at(a, path), json_at(b, path));
}

static bool node_matters(struct cached *old, struct cached *new_, const struct json *node)
{
    if (!old || !new_)
        return true;
    struct arena arena = ARENA_INIT;
    const struct json *was = cached_parse(old, &arena);
    bool matters = differs(was, node, "spec.podCIDRs") || differs(was, node, "spec.providerID") ||
                   differs(was, node, "status.addresses");
    arena_done(&arena);
    return matters;
}

static void look_soon(struct route_controller *c, const struct plugin_instance *instance)
{
    const struct providers *p = c->context->providers;
    for (unsigned i = 0; i < p->count; i++)
        if (c->routers[i].functions && (!instance || p->list[i].instance == instance))
            workqueue_add_after(c->routers[i].queue, KEY, NODES_SETTLE_MS);
}

static void node_changed(void *context, struct cached *old, struct cached *new_, const struct json *node)
{
    if (node_matters(old, new_, node))
        look_soon(context, NULL);
}

static void owner_changed(void *context, const char *node)
{
    look_soon(context, NULL);
}

static void refresh(void *self, const struct plugin_instance *instance)
{
    look_soon(self, instance);
}

/* ---- Start and end ---- */

static const struct keelson_cloud_routes_v1 *routes_of(const struct provider *p)
{
    return plugin_instance_interface(p->instance, KEELSON_CLOUD_ROUTES_1);
}

static bool is_wanted(const struct providers *providers, const struct cloud_options *o)
{
    bool offered = false;
    for (unsigned i = 0; i < providers->count; i++)
        offered |= routes_of(&providers->list[i]) != NULL;
    return offered && o->allocate_node_cidrs && o->configure_cloud_routes;
}

static int check(const struct providers *providers, const struct cloud_options *o, struct error *err)
{
    if (o->route_reconciliation_period < NS_PER_S)
        return error_set(err, ERR_BAD_REQUEST, "--route-reconciliation-period must be at least 1s");
    return is_wanted(providers, o) || *o->cluster_cidr ? route_check_cluster_cidr(o->cluster_cidr, err) : 0;
}

static void router_init(struct route_controller *c, unsigned index)
{
    struct router *r = &c->routers[index];
    r->controller = c;
    r->provider = &c->context->providers->list[index];
    r->functions = routes_of(r->provider);
    if (!r->functions)
        return;
    r->queue_name = xasprintf("route-%s", r->provider->name);
    r->queue = workqueue_new(&(struct workqueue_config){.name = r->queue_name,
                                                        .workers = 1,
                                                        .base_delay_ms = BACK_OFF_MS,
                                                        .max_delay_ms = BACK_OFF_MAX_MS,
                                                        .reconcile = reconcile,
                                                        .context = r});
    workqueue_add(r->queue, KEY);
}

static void *start(const struct cloud_context *context, struct event_recorder *events)
{
    if (!is_wanted(context->providers, context->options))
        return NULL;
    struct route_controller *c = new0(struct route_controller);
    c->context = context;
    c->events = events;
    c->routers = newa0(struct router, context->providers->count + 1);
    for (unsigned i = 0; i < context->providers->count; i++)
        router_init(c, i);
    owners_add_handler(context->owners, owner_changed, c);
    informer_add_handler(context->nodes, &(struct informer_handler){.changed = node_changed, .context = c});
    return c;
}

static void begin(void *self)
{
    struct route_controller *c = self;
    for (unsigned i = 0; i < c->context->providers->count; i++)
        if (c->routers[i].functions)
            workqueue_start(c->routers[i].queue);
}

static void metrics(void *self, struct buffer *out)
{
    struct route_controller *c = self;
    static const struct {
        const char *name, *type;
        size_t offset;
    } rows[] = {
        {"keelson_cloud_routes", "gauge", offsetof(struct router, routes)},
        {"keelson_cloud_routes_created_total", "counter", offsetof(struct router, created)},
        {"keelson_cloud_routes_removed_total", "counter", offsetof(struct router, removed)},
        {"keelson_cloud_route_failures_total", "counter", offsetof(struct router, failed)},
    };
    for (size_t n = 0; n < ARRAY_SIZE(rows); n++) {
        buffer_printf(out, "# TYPE %s %s\n", rows[n].name, rows[n].type);
        for (unsigned i = 0; i < c->context->providers->count; i++)
            if (c->routers[i].functions)
                buffer_printf(out, "%s{provider=\"%s\"} %llu\n", rows[n].name, c->routers[i].provider->name,
                              (unsigned long long)atomic_load(
                                  (atomic_uint_fast64_t *)((char *)&c->routers[i] + rows[n].offset)));
    }
}

static void stop(void *self)
{
    struct route_controller *c = self;
    for (unsigned i = 0; i < c->context->providers->count; i++) {
        workqueue_free(c->routers[i].queue);
        route_call_unref(c->routers[i].late);
        free(c->routers[i].queue_name);
    }
    free(c->routers);
    free(c);
}

const struct cloud_controller controller_route = {
    .name = "node-route-controller",
    .alias = "route",
    .component = "route_controller",
    .check = check,
    .start = start,
    .begin = begin,
    .refresh = refresh,
    .metrics = metrics,
    .stop = stop,
};
