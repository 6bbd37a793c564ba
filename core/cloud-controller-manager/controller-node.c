/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node controller: gives nodes that the kubelet registered with the uninitialized taint (or without a
 * provider ID) what their cloud knows of them, takes the taint away, and keeps addresses and labels as the
 * cloud has them. A node goes to its owner's queue as soon as it is known whose it is.
 */
#include <stdatomic.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/client/workqueue.h"
#include "core/cloud-controller-manager/controllers.h"
#include "core/cloud-controller-manager/node-state.h"
#include "core/cloud-controller-manager/reports.h"

#define PROVIDER_WORKERS 4
#define BACK_OFF_MS      1000
#define BACK_OFF_MAX_MS  120000

struct node_controller;
/* One provider, as this controller works on it. */
struct cloud {
    struct node_controller *controller;
    const struct provider *provider;
    char *name;              /* the queue's */
    struct workqueue *queue; /* names of its nodes; a queue each, so that one that hangs slows no other */
    struct reports *reports; /* what it said of its nodes */
};
struct node_controller {
    struct client *client;
    const struct providers *providers;
    struct owners *owners;
    int64_t refresh_ms;
    struct informer *nodes;
    struct cloud *clouds; /* by provider.index */
    struct event_recorder *events;
    atomic_uint_fast64_t set_up, refreshed, failed;
};

static const struct resource *nodes_resource(void)
{
    return RESOURCE("", "v1", "nodes");
}

static void give_to_owner(struct node_controller *c, const char *name)
{
    struct owner owner = owners_get(c->owners, name);
    if (owner.ownership != OWNERSHIP_FOUND)
        return;
    const struct cloud *cloud = &c->clouds[owner.provider->index];
    reports_want(cloud->reports, name);
    workqueue_add(cloud->queue, name);
}

static void owner_changed(void *context, const char *name)
{
    give_to_owner(context, name);
}

/* A kubelet that starts again may bring other addresses, or another --node-ip. */
static bool addresses_differ(const struct cached *old, const struct json *node)
{
    struct arena arena = ARENA_INIT;
    const struct json *before = cached_parse(old, &arena);
    const char *ip_before = object_annotation(before, ANNOTATION_NODE_IP),
               *ip = object_annotation(node, ANNOTATION_NODE_IP);
    bool differ =
        !json_equal_semantic(json_at(before, "status.addresses"), json_at(node, "status.addresses")) ||
        strcmp(ip_before ? ip_before : "", ip ? ip : "") != 0;
    arena_done(&arena);
    return differ;
}

static void node_changed(void *context, struct cached *old, struct cached *new_, const struct json *node)
{
    struct node_controller *c = context;
    if (!new_)
        for (unsigned i = 0; i < c->providers->count; i++)
            reports_forget(c->clouds[i].reports, cached_key(old));
    else if (!old || node_needs_setup(node) || addresses_differ(old, node))
        give_to_owner(c, cached_key(new_));
}

static struct json *read_node(void *context, const char *name, struct arena *arena)
{
    struct node_controller *c = context;
    struct cached *cached = informer_get(c->nodes, name);
    struct json *node = cached ? cached_parse(cached, arena) : NULL;
    cached_unref(cached);
    return node;
}

/* ---- What its cloud knows ---- */

struct change {
    const char *uid; /* of the node that the cloud was asked about */
    const struct provider_metadata *metadata;
    const struct json *labels, *former_labels;
    const char *owner; /* NULL: its provider ID says it */
    bool changed;
};

static int check_same(const struct change *change, const struct json *node, struct error *err)
{
    if (strcmp(object_uid(node), change->uid) == 0)
        return 0;
    return error_set(err, ERR_NOT_FOUND, "node \"%s\" is another one now", object_name(node));
}

static int change_addresses(void *context, struct arena *arena, struct json *node, struct error *err)
{
    struct change *change = context;
    if (check_same(change, node, err) < 0 ||
        node_set_addresses(arena, node, change->metadata, &change->changed, err) < 0)
        return -1;
    return change->changed ? 0 : 1;
}

static int change_node(void *context, struct arena *arena, struct json *node, struct error *err)
{
    struct change *change = context;
    if (check_same(change, node, err) < 0)
        return -1;
    change->changed = node_needs_setup(node)
                          ? node_set_up(arena, node, change->metadata)
                          : node_update_labels(arena, node, change->labels, change->former_labels);
    if (change->owner)
        change->changed |= node_set_owner(arena, node, change->owner);
    return change->changed ? 0 : 1;
}

/* What is in the picture is looked at first: a node that is as its cloud has it costs the server nothing. */
static int modify(struct node_controller *c, const struct json *node, const char *sub,
                  int (*change)(void *context, struct arena *arena, struct json *node, struct error *err),
                  struct change *context, struct error *err)
{
    struct arena arena = ARENA_INIT;
    int result = change(context, &arena, json_copy(&arena, node), err);
    arena_done(&arena);
    if (result != 0)
        return result < 0 ? -1 : 0;
    return client_modify(c->client, nodes_resource(), NULL, object_name(node), sub, change, context, err);
}

/* Addresses first: when the taint goes, the node is whole. */
static int write_node(struct node_controller *c, const struct json *node, struct change *change,
                      struct error *err)
{
    if (modify(c, node, "status", change_addresses, change, err) < 0)
        return -1;
    atomic_fetch_add(&c->refreshed, change->changed);
    if (modify(c, node, NULL, change_node, change, err) < 0)
        return -1;
    if (change->changed && node_needs_setup(node)) {
        atomic_fetch_add(&c->set_up, 1);
        log_info("node %s: set up by its cloud", object_name(node));
        event_record(c->events, node, NULL, "Normal", "Synced", "Node synced successfully");
    }
    return 0;
}

static int sync_node(struct cloud *cloud, const char *name, const struct json *node, struct arena *arena,
                     struct error *err)
{
    struct node_controller *c = cloud->controller;
    struct provider_metadata metadata;
    if (reports_get(cloud->reports, name, arena, &metadata, err) < 0) {
        if (node_needs_setup(node))
            event_record(c->events, node, NULL, "Warning", "CloudMetadataUnavailable", "%s",
                         err->message ? err->message : "");
        return -1;
    }
    struct change change = {.uid = object_uid(node),
                            .metadata = &metadata,
                            .labels = node_cloud_labels(arena, &metadata),
                            .owner = cloud->provider->shares_scheme ? cloud->provider->name : NULL,
                            .former_labels = reports_kept_labels(cloud->reports, name, arena)};
    if (write_node(c, node, &change, err) < 0)
        return -1;
    reports_keep_labels(cloud->reports, name, change.labels);
    return 0;
}

static bool is_owned_by(struct node_controller *c, const char *name, const struct provider *p)
{
    struct owner owner = owners_get(c->owners, name);
    return owner.ownership == OWNERSHIP_FOUND && owner.provider == p;
}

static int64_t reconcile(void *context, const char *name, struct error *err)
{
    struct cloud *cloud = context;
    struct node_controller *c = cloud->controller;
    struct arena arena = ARENA_INIT;
    struct json *node = is_owned_by(c, name, cloud->provider) ? read_node(c, name, &arena) : NULL;
    int result = 0;
    if (!node)
        reports_forget(cloud->reports, name); /* it is another's now */
    else if (!object_is_deleted(node) && cloud->provider->instances)
        result = sync_node(cloud, name, node, &arena, err);
    arena_done(&arena);
    atomic_fetch_add(&c->failed, result < 0);
    return result < 0 ? -1 : node ? c->refresh_ms : 0;
}

static void cloud_init(struct node_controller *c, const struct provider *p)
{
    struct cloud *cloud = &c->clouds[p->index];
    cloud->controller = c;
    cloud->provider = p;
    cloud->reports = reports_new(p, c->refresh_ms / 2, read_node, c->events, c);
    cloud->name = xasprintf("cloud-node-%s", p->name);
    cloud->queue = workqueue_new(&(struct workqueue_config){.name = cloud->name,
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
    c->owners = context->owners;
    c->clouds = newa0(struct cloud, c->providers->count + 1);
    for (unsigned i = 0; i < c->providers->count; i++)
        cloud_init(c, &c->providers->list[i]);
    owners_add_handler(c->owners, owner_changed, c);
    informer_add_handler(c->nodes, &(struct informer_handler){.changed = node_changed, .context = c});
    return c;
}

static void begin(void *self)
{
    struct node_controller *c = self;
    for (unsigned i = 0; i < c->providers->count; i++)
        workqueue_start(c->clouds[i].queue);
}

static void refresh(void *self, const struct plugin_instance *instance)
{
    struct node_controller *c = self;
    struct cached **list = NULL;
    for (unsigned i = 0; i < c->providers->count; i++)
        if (!instance || c->providers->list[i].instance == instance)
            reports_expire(c->clouds[i].reports);
    size_t count = informer_list(c->nodes, NULL, &list);
    for (size_t i = 0; i < count; i++) {
        struct owner owner = owners_get(c->owners, cached_key(list[i]));
        if (owner.provider && (!instance || owner.provider->instance == instance))
            give_to_owner(c, cached_key(list[i]));
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
    for (unsigned i = 0; i < c->providers->count; i++)
        workqueue_free(c->clouds[i].queue);
    for (unsigned i = 0; i < c->providers->count; i++) {
        reports_free(c->clouds[i].reports);
        free(c->clouds[i].name);
    }
    free(c->clouds);
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
