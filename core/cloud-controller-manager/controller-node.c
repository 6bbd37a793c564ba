/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node controller: gives nodes that the kubelet registered with the uninitialized taint (or without a
 * provider ID) what their cloud knows of them, takes the taint away, and keeps addresses up to date. A node
 * whose owner is plain from its provider ID goes to that provider's queue at once; others are asked about on
 * a queue of their own.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/client/workqueue.h"
#include "core/cloud-controller-manager/controllers.h"
#include "core/cloud-controller-manager/node-state.h"
#include "core/cloud-controller-manager/reports.h"

#define PROVIDER_WORKERS 4
#define ASK_AGAIN_MS                                                                                         \
    30000 /* a provider could not say; and nodes that are nobody's, which a plugin may learn of */
#define BACK_OFF_MS     1000
#define BACK_OFF_MAX_MS 120000

struct node_controller;
/* One provider, as this controller works on it. */
struct cloud {
    struct node_controller *controller;
    const struct provider *provider;
    struct workqueue *queue; /* names of its nodes; a queue each, so that one that hangs slows no other */
    struct reports *reports; /* what it said of its nodes */
};
struct node_controller {
    struct client *client;
    const struct providers *providers;
    int64_t refresh_ms;
    struct informer *nodes;
    struct cloud *clouds;     /* by provider.index */
    struct workqueue *asking; /* one worker: who asks, asks for all that wait */
    pthread_mutex_t lock;     /* ownerless */
    struct map
        *ownerless; /* node name → int64_t: when its owner was last asked for, monotonic ns; 0: not yet */
    struct event_recorder *events;
    atomic_uint_fast64_t set_up, refreshed, failed;
};

static const struct resource *nodes_resource(void)
{
    return RESOURCE("", "v1", "nodes");
}

static void ownerless_add(struct node_controller *c, const char *name)
{
    pthread_mutex_lock(&c->lock);
    map_set(c->ownerless, name, new0(int64_t));
    pthread_mutex_unlock(&c->lock);
    workqueue_add(c->asking, name);
}

static void ownerless_remove(struct node_controller *c, const char *name)
{
    pthread_mutex_lock(&c->lock);
    map_remove(c->ownerless, name);
    pthread_mutex_unlock(&c->lock);
}

static void give_to(struct node_controller *c, const struct provider *p, const char *name)
{
    const struct cloud *cloud = &c->clouds[p->index];
    reports_want(cloud->reports, name);
    workqueue_add(cloud->queue, name);
}

static void route(struct node_controller *c, const char *name, const struct json *node)
{
    const char *id = json_string_or(json_at(node, "spec.providerID"), "");
    const struct provider *p = *id ? provider_by_scheme(c->providers, id) : NULL;
    if (p)
        give_to(c, p, name);
    else
        ownerless_add(c, name);
}

static void forget(struct node_controller *c, const char *name)
{
    ownerless_remove(c, name);
    for (unsigned i = 0; i < c->providers->count; i++)
        reports_forget(c->clouds[i].reports, name);
}

static void node_changed(void *context, struct cached *old, struct cached *new_, const struct json *node)
{
    if (!new_)
        forget(context, cached_key(old));
    else if (!old || node_needs_setup(node))
        route(context, cached_key(new_), node);
}

static struct json *read_node(void *context, const char *name, struct arena *arena)
{
    struct node_controller *c = context;
    struct cached *cached = informer_get(c->nodes, name);
    struct json *node = cached ? cached_parse(cached, arena) : NULL;
    cached_unref(cached);
    return node;
}

/* ---- Whose is it? ---- */

struct asked {
    struct arena arena;
    uint32_t count;
    const char *names[KEELSON_CLOUD_NODES_MAX];
    const struct json *nodes[KEELSON_CLOUD_NODES_MAX];
    struct owner owners[KEELSON_CLOUD_NODES_MAX];
};

/* All whose time has come, so that nodes which appear together are one question. */
static void collect_ownerless(struct node_controller *c, struct asked *a)
{
    size_t cursor = 0;
    const char *name;
    void *value;
    int64_t now = clock_monotonic_ns();
    pthread_mutex_lock(&c->lock);
    while (a->count < KEELSON_CLOUD_NODES_MAX && map_next(c->ownerless, &cursor, &name, &value)) {
        int64_t *asked_ns = value;
        if (*asked_ns && now - *asked_ns < ASK_AGAIN_MS / 2 * NS_PER_MS)
            continue;
        *asked_ns = now;
        a->names[a->count++] = arena_strdup(&a->arena, name);
    }
    pthread_mutex_unlock(&c->lock);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct json *node = read_node(c, a->names[i], &a->arena);
        if (!node)
            continue;
        a->names[kept] = a->names[i];
        a->nodes[kept++] = node;
    }
    a->count = kept;
}

/* The key only wakes us: what is asked about is all that waits. A key that was answered with others has
 * nothing left to do, and one whose owner is not known yet comes back. */
static int64_t ask_owners(void *context, const char *key, struct error *err)
{
    struct node_controller *c = context;
    struct asked *a = new0(struct asked);
    collect_ownerless(c, a);
    if (a->count)
        providers_ask(c->providers, a->nodes, a->count, a->owners);
    for (uint32_t i = 0; i < a->count; i++) {
        enum ownership known = a->owners[i].ownership;
        log_debug("node %s: %s", a->names[i],
                  known == OWNERSHIP_FOUND     ? a->owners[i].provider->name
                  : known == OWNERSHIP_UNKNOWN ? "not known yet whose"
                                               : "no cloud's");
        if (known != OWNERSHIP_FOUND)
            continue;
        ownerless_remove(c, a->names[i]);
        give_to(c, a->owners[i].provider, a->names[i]);
    }
    arena_done(&a->arena);
    free(a);
    pthread_mutex_lock(&c->lock);
    bool waits = map_has(c->ownerless, key);
    pthread_mutex_unlock(&c->lock);
    return waits ? ASK_AGAIN_MS : 0;
}

/* ---- What does its cloud know? ---- */

struct change {
    const struct provider_metadata *metadata;
    bool changed;
};

static int change_addresses(void *context, struct arena *arena, struct json *node, struct error *err)
{
    struct change *change = context;
    if (node_set_addresses(arena, node, change->metadata, &change->changed, err) < 0)
        return -1;
    return change->changed ? 0 : 1;
}

static int change_node(void *context, struct arena *arena, struct json *node, struct error *err)
{
    struct change *change = context;
    change->changed = node_set_up(arena, node, change->metadata);
    return change->changed ? 0 : 1;
}

/* Addresses first: when the taint goes, the node is whole. */
static int write_node(struct node_controller *c, const char *name, const struct json *node,
                      const struct provider_metadata *metadata, struct error *err)
{
    struct change change = {metadata, false};
    if (client_modify(c->client, nodes_resource(), NULL, name, "status", change_addresses, &change, err) < 0)
        return -1;
    atomic_fetch_add(&c->refreshed, change.changed);
    if (!node_needs_setup(node))
        return 0;
    if (client_modify(c->client, nodes_resource(), NULL, name, NULL, change_node, &change, err) < 0)
        return -1;
    if (change.changed) {
        atomic_fetch_add(&c->set_up, 1);
        log_info("node %s: set up by its cloud", name);
        event_record(c->events, node, NULL, "Normal", "Synced", "Node synced successfully");
    }
    return 0;
}

static int64_t reconcile(void *context, const char *name, struct error *err)
{
    struct cloud *cloud = context;
    struct node_controller *c = cloud->controller;
    struct provider_metadata metadata;
    struct arena arena = ARENA_INIT;
    struct json *node = read_node(c, name, &arena);
    int result = 0;
    if (node && !object_is_deleted(node) && cloud->provider->instances) {
        result = reports_get(cloud->reports, name, &arena, &metadata, err);
        if (result == 0)
            result = write_node(c, name, node, &metadata, err);
        else if (node_needs_setup(node))
            event_record(c->events, node, NULL, "Warning", "CloudMetadataUnavailable", "%s",
                         err->message ? err->message : "");
        if (result < 0)
            atomic_fetch_add(&c->failed, 1);
    }
    arena_done(&arena);
    return result < 0 ? -1 : node ? c->refresh_ms : 0;
}

static void cloud_init(struct node_controller *c, const struct provider *p)
{
    struct cloud *cloud = &c->clouds[p->index];
    cloud->controller = c;
    cloud->provider = p;
    cloud->reports = reports_new(p, c->refresh_ms / 2, read_node, c);
    cloud->queue = workqueue_new(&(struct workqueue_config){.name = p->name,
                                                            .workers = PROVIDER_WORKERS,
                                                            .base_delay_ms = BACK_OFF_MS,
                                                            .max_delay_ms = BACK_OFF_MAX_MS,
                                                            .reconcile = reconcile,
                                                            .context = cloud});
}

static void *start(const struct cloud_context *context, struct event_recorder *events)
{
    struct node_controller *c = new0(struct node_controller);
    c->client = context->client;
    c->providers = context->providers;
    c->nodes = context->nodes;
    c->events = events;
    c->refresh_ms = context->options->node_status_update_frequency / NS_PER_MS;
    c->ownerless = map_new(free);
    pthread_mutex_init(&c->lock, NULL);
    c->clouds = newa0(struct cloud, c->providers->count + 1);
    for (unsigned i = 0; i < c->providers->count; i++)
        cloud_init(c, &c->providers->list[i]);
    c->asking = workqueue_new(&(struct workqueue_config){
        .name = "owners", .workers = 1, .base_delay_ms = BACK_OFF_MS, .reconcile = ask_owners, .context = c});
    informer_add_handler(c->nodes, &(struct informer_handler){.changed = node_changed, .context = c});
    return c;
}

static void begin(void *self)
{
    struct node_controller *c = self;
    for (unsigned i = 0; i < c->providers->count; i++)
        workqueue_start(c->clouds[i].queue);
    workqueue_start(c->asking);
}

static void refresh(void *self, const struct plugin_instance *instance)
{
    struct node_controller *c = self;
    struct cached **list = NULL;
    size_t count = informer_list(c->nodes, NULL, &list);
    for (unsigned i = 0; i < c->providers->count; i++)
        if (!instance || c->providers->list[i].instance == instance)
            reports_expire(c->clouds[i].reports);
    for (size_t i = 0; i < count; i++) {
        struct arena arena = ARENA_INIT;
        struct json *node = cached_parse(list[i], &arena);
        const char *id = json_string_or(json_at(node, "spec.providerID"), "");
        const struct provider *p = *id ? provider_by_scheme(c->providers, id) : NULL;
        if (!instance || !p || p->instance == instance)
            route(c, cached_key(list[i]), node);
        arena_done(&arena);
    }
    cached_list_free(list, count);
}

static void metrics(void *self, struct buffer *out)
{
    const struct node_controller *c = self;
    buffer_printf(
        out,
        "# TYPE keelson_cloud_nodes_set_up_total counter\nkeelson_cloud_nodes_set_up_total %llu\n"
        "# TYPE keelson_cloud_node_addresses_changed_total counter\n"
        "keelson_cloud_node_addresses_changed_total %llu\n"
        "# TYPE keelson_cloud_node_failures_total counter\nkeelson_cloud_node_failures_total %llu\n",
        (unsigned long long)atomic_load(&c->set_up), (unsigned long long)atomic_load(&c->refreshed),
        (unsigned long long)atomic_load(&c->failed));
}

static void stop(void *self)
{
    struct node_controller *c = self;
    workqueue_free(c->asking);
    for (unsigned i = 0; i < c->providers->count; i++)
        workqueue_free(c->clouds[i].queue);
    for (unsigned i = 0; i < c->providers->count; i++)
        reports_free(c->clouds[i].reports);
    free(c->clouds);
    map_free(c->ownerless);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

const struct cloud_controller controller_node = {
    .name = "cloud-node-controller",
    .alias = "cloud-node",
    .component = "cloud-node-controller",
    .start = start,
    .begin = begin,
    .refresh = refresh,
    .metrics = metrics,
    .stop = stop,
};
