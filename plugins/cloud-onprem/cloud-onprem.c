/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Machines of one's own as a cloud: the inventory in the configuration says what a cloud's API would. A
 * listed node is ours; one that is not listed is adopted when it has no other cloud's provider ID (unless
 * adopt_unlisted = false), keeping the addresses that its kubelet reported. So this provider belongs at the
 * end of the configuration, behind clouds that know their nodes. There is no power switch: what is not seen
 * any more may be broken or off, so a listed machine always exists. Load balancers are addresses from pools
 * (balancer.h). The configuration is read again when it changes.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cloud-onprem/balancer.h"
#include "plugins/cloud-onprem/inventory.h"
#include "plugins/cloud-onprem/reading.h"

#define SCHEME      "onprem"
#define PREFIX      SCHEME "://"
#define PREFIX_SIZE (sizeof(PREFIX) - 1)

KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "cloud-onprem", PACKAGE_VERSION);

static const struct keelson_host *host;

struct site {
    pthread_rwlock_t lock; /* inventory: calls read it, reconfigure() replaces it */
    struct inventory inventory;
    struct balancer *balancer;
    bool balances; /* pools were there when it was opened: what is offered stays the same from then on */
};

static const char *scheme(void *instance)
{
    return SCHEME;
}

static struct keelson_bytes text_at(const struct keelson_object *node, const char *path)
{
    struct keelson_bytes text = {"", 0};
    host->object_string(node, path, &text);
    return text;
}

/* Listed by its name, or by the name in its provider ID. */
static const struct machine *machine_of(const struct inventory *i, const struct keelson_object *node)
{
    struct keelson_bytes id = text_at(node, "spec.providerID"), name = text_at(node, "metadata.name");
    if (id.size > PREFIX_SIZE && memcmp(id.data, PREFIX, PREFIX_SIZE) == 0)
        return inventory_find(i, id.data + PREFIX_SIZE, id.size - PREFIX_SIZE);
    return inventory_find(i, name.data, name.size);
}

/* No other cloud's: without a provider ID, or with one of ours. */
static bool may_be_ours(const struct keelson_object *node)
{
    struct keelson_bytes id = text_at(node, "spec.providerID");
    return id.size == 0 || (id.size > PREFIX_SIZE && memcmp(id.data, PREFIX, PREFIX_SIZE) == 0);
}

static enum keelson_status owns(void *instance, const struct keelson_call *call,
                                const struct keelson_object *const *nodes, uint32_t nodes_count,
                                enum keelson_owns *ret)
{
    struct site *site = instance;
    const struct inventory *i = &site->inventory;
    pthread_rwlock_rdlock(&site->lock);
    for (uint32_t n = 0; n < nodes_count; n++) {
        bool ours = may_be_ours(nodes[n]) && (i->adopt_unlisted || machine_of(i, nodes[n]));
        ret[n] = ours ? KEELSON_OWNS_YES : KEELSON_OWNS_NO;
    }
    pthread_rwlock_unlock(&site->lock);
    return KEELSON_OK;
}

static enum keelson_status healthy(void *instance, const struct keelson_call *call)
{
    return KEELSON_OK;
}

static const char *or_else(const char *own, const char *general)
{
    return own ? own : general;
}

static int report(const struct inventory *i, const struct keelson_object *node, uint32_t index,
                  const struct keelson_instance_sink *sink)
{
    static const struct machine unlisted;
    const struct machine *m = machine_of(i, node);
    struct keelson_bytes name = text_at(node, "metadata.name");
    char id[300];
    if (!m && !i->adopt_unlisted)
        return sink->put(sink,
                         &(struct keelson_instance_report){.size = sizeof(struct keelson_instance_report),
                                                           .node = index,
                                                           .state = KEELSON_INSTANCE_GONE,
                                                           .evidence = "not in the inventory"});
    snprintf(id, sizeof(id), PREFIX "%.*s", (int)name.size, name.data);
    m = m ? m : &unlisted;
    const struct keelson_instance_report said = {
        .size = sizeof(said),
        .node = index,
        .state = KEELSON_INSTANCE_RUNNING,
        .provider_id = id,
        .instance_type = or_else(m->instance_type, i->instance_type),
        .zone = or_else(m->zone, i->zone),
        .region = or_else(m->region, i->region),
        .addresses = m->addresses,
        .addresses_count = m->addresses_count,
        .address_size = sizeof(m->addresses[0]),
        .labels = {m->labels, m->labels_count, 0},
    };
    return sink->put(sink, &said);
}

static enum keelson_status describe(void *instance, const struct keelson_call *call,
                                    const struct keelson_object *const *nodes, uint32_t nodes_count,
                                    uint32_t want, const struct keelson_instance_sink *sink)
{
    struct site *site = instance;
    pthread_rwlock_rdlock(&site->lock);
    for (uint32_t n = 0; n < nodes_count; n++)
        if (may_be_ours(nodes[n]) && report(&site->inventory, nodes[n], n, sink) != 0)
            break;
    pthread_rwlock_unlock(&site->lock);
    return KEELSON_OK;
}

static enum keelson_status get(void *instance, const struct keelson_call *call,
                               const struct keelson_object *service,
                               const struct keelson_load_balancer_sink *sink)
{
    return balancer_get(((struct site *)instance)->balancer, call, service, sink);
}

static enum keelson_status ensure(void *instance, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count,
                                  const struct keelson_load_balancer_sink *sink)
{
    return balancer_ensure(((struct site *)instance)->balancer, call, service, sink);
}

/* Which nodes there are is the announcers' business. */
static enum keelson_status update(void *instance, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count)
{
    return KEELSON_OK;
}

static enum keelson_status remove_balancer(void *instance, const struct keelson_call *call,
                                           const struct keelson_object *service)
{
    return balancer_remove(((struct site *)instance)->balancer, call, service);
}

static const struct keelson_cloud_v1 cloud = {
    .size = sizeof(cloud), .scheme = scheme, .owns = owns, .healthy = healthy};
static const struct keelson_cloud_instances_v1 instances = {.size = sizeof(instances), .describe = describe};
static const struct keelson_cloud_loadbalancers_v1 balancers = {.size = sizeof(balancers),
                                                                .flags =
                                                                    KEELSON_LOADBALANCERS_RECORD_IS_STATUS,
                                                                .get = get,
                                                                .ensure = ensure,
                                                                .update = update,
                                                                .remove = remove_balancer};

static void say_size(const struct keelson_call *call, const struct inventory *i)
{
    host->log(call, KEELSON_LOG_INFO, "%u machines listed, others are %s", i->machines_count,
              i->adopt_unlisted ? "adopted" : "left alone");
}

/* Both halves of the configuration, or none. */
static enum keelson_status read_all(const struct keelson_call *call, const struct keelson_config *config,
                                    struct inventory *ret_inventory, struct pools *ret_pools)
{
    static const char *const known[] = {"nodes",         "adopt_unlisted", "zone", "region",
                                        "instance_type", "pools",          NULL};
    enum keelson_status status = host->config_refuse_unknown(call, config, known);
    if (status == KEELSON_OK)
        status = inventory_read(host, call, config, ret_inventory);
    if (status != KEELSON_OK)
        return status;
    status = pools_read(host, call, config, ret_pools);
    if (status != KEELSON_OK)
        inventory_done(ret_inventory);
    return status;
}

static void close_site(void *instance)
{
    struct site *site = instance;
    balancer_free(site->balancer);
    inventory_done(&site->inventory);
    pthread_rwlock_destroy(&site->lock);
    free(site);
}

static enum keelson_status open_site(const struct keelson_call *call, const struct keelson_instance *given,
                                     void **ret)
{
    struct pools pools;
    struct site *site = calloc(1, sizeof(*site));
    if (!site)
        return host->fail(call, KEELSON_EXHAUSTED, "no memory");
    enum keelson_status status = read_all(call, given->config, &site->inventory, &pools);
    if (status != KEELSON_OK) {
        free(site);
        return status;
    }
    pthread_rwlock_init(&site->lock, NULL);
    site->balances = pools.count > 0;
    site->balancer = balancer_new(host, given->token);
    if (!site->balancer) {
        pools_done(&pools);
        close_site(site);
        return host->fail(call, KEELSON_EXHAUSTED, "no memory");
    }
    balancer_configure(site->balancer, &pools);
    say_size(call, &site->inventory);
    *ret = site;
    return KEELSON_OK;
}

static enum keelson_status reconfigure(void *instance, const struct keelson_call *call,
                                       const struct keelson_config *config)
{
    struct site *site = instance;
    struct inventory next, before;
    struct pools pools;
    enum keelson_status status = read_all(call, config, &next, &pools);
    if (status != KEELSON_OK)
        return status;
    if (pools.count && !site->balances)
        host->log(call, KEELSON_LOG_WARNING,
                  "the first pools of load balancer addresses are used after a restart only");
    balancer_configure(site->balancer, &pools);
    say_size(call, &next);
    pthread_rwlock_wrlock(&site->lock);
    before = site->inventory;
    site->inventory = next;
    pthread_rwlock_unlock(&site->lock);
    inventory_done(&before);
    return KEELSON_OK;
}

static const void *interface(void *instance, const char *name)
{
    const struct site *site = instance;
    if (strcmp(name, KEELSON_CLOUD_1) == 0)
        return &cloud;
    if (strcmp(name, KEELSON_CLOUD_LOADBALANCERS_1) == 0)
        return site->balances ? &balancers : NULL;
    return strcmp(name, KEELSON_CLOUD_INSTANCES_1) == 0 ? &instances : NULL;
}

static const struct keelson_plugin plugin = {
    .size = sizeof(plugin),
    .threading = KEELSON_THREADS_PARALLEL,
    .description =
        "machines of one's own, listed in the configuration, and load balancer addresses on their LAN",
    .open = open_site,
    .close = close_site,
    .interface = interface,
    .reconfigure = reconfigure,
};

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    host = given;
    return &plugin;
}
