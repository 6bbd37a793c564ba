/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Machines of one's own as a cloud: the inventory in the configuration says what a cloud's API would. A
 * listed node is ours; one that is not listed is adopted when it has no other cloud's provider ID (unless
 * adopt_unlisted = false), keeping the addresses that its kubelet reported. So this provider belongs at the
 * end of the configuration, behind clouds that know their nodes. What is not seen any more may be broken or
 * off, so a listed machine always exists; whether it is switched on its management controller can tell
 * (power.h). Load balancers are addresses from pools (balancer.h). The configuration is read again when it
 * changes.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cloud-http/cloud-http.h"
#include "plugins/cloud-onprem/balancer.h"
#include "plugins/cloud-onprem/inventory.h"
#include "plugins/cloud-onprem/power.h"
#include "plugins/cloud-onprem/reading.h"

#define SCHEME      "onprem"
#define PREFIX      SCHEME "://"
#define PREFIX_SIZE (sizeof(PREFIX) - 1)

KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "cloud-onprem", PACKAGE_VERSION);

static const struct keelson_host *host;

struct site {
    pthread_rwlock_t lock; /* inventory: calls read it, reconfigure() replaces it */
    struct inventory inventory;
    struct cloud_http *http; /* to management controllers */
    atomic_uint first_asked; /* of them, by the next call */
    const char *ca_file;     /* that it was opened with; NULL: the system's */
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

/* What a call says of nodes: which are ours, and, when their state is asked for, whether they are switched
 * on. */
struct look {
    const struct inventory *inventory;
    const struct keelson_object *const *nodes;
    struct description *description;
    struct power_question *power; /* by node */
    char **texts;                 /* of power: url and credentials, by node */
};

static bool is_gone(const struct look *l, uint32_t n)
{
    return !l->inventory->adopt_unlisted && !machine_of(l->inventory, l->nodes[n]);
}

static const char *describe_node(const struct look *l, uint32_t n, const char **ret_field)
{
    struct keelson_bytes name = text_at(l->nodes[n], "metadata.name"),
                         id = text_at(l->nodes[n], "spec.providerID");
    if (id.size > PREFIX_SIZE)
        name = (struct keelson_bytes){id.data + PREFIX_SIZE, id.size - PREFIX_SIZE};
    return inventory_describe(l->inventory, machine_of(l->inventory, l->nodes[n]), name.data, name.size,
                              l->description, ret_field);
}

/* Under the lock of the inventory: the questions outlive it. */
static bool prepare_power(const struct look *l, uint32_t n)
{
    const char *field;
    describe_node(l, n, &field);
    const struct description *d = l->description;
    l->texts[2 * n] = d->power_url ? strdup(d->power_url) : NULL;
    l->texts[2 * n + 1] = d->power_url && d->power_credentials ? strdup(d->power_credentials) : NULL;
    l->power[n].url = l->texts[2 * n];
    l->power[n].credentials = l->texts[2 * n + 1];
    return (l->power[n].url || !d->power_url) &&
           (l->power[n].credentials || !d->power_url || !d->power_credentials);
}

static int report(const struct keelson_call *call, const struct look *l, uint32_t n,
                  const struct keelson_instance_sink *sink)
{
    const struct description *d = l->description;
    struct keelson_bytes name = text_at(l->nodes[n], "metadata.name"),
                         has = text_at(l->nodes[n], "spec.providerID");
    const char *field, *why;
    char id[300];
    if (is_gone(l, n))
        return sink->put(sink,
                         &(struct keelson_instance_report){.size = sizeof(struct keelson_instance_report),
                                                           .node = n,
                                                           .state = KEELSON_INSTANCE_GONE,
                                                           .evidence = "not in the inventory"});
    if ((why = describe_node(l, n, &field)))
        host->log(call, KEELSON_LOG_WARNING, "node %.*s: %s: %s", (int)name.size, name.data, field, why);
    if (has.size > PREFIX_SIZE)
        snprintf(id, sizeof(id), "%.*s", (int)has.size, has.data);
    else
        snprintf(id, sizeof(id), PREFIX "%.*s", (int)name.size, name.data);
    const struct keelson_instance_report said = {
        .size = sizeof(said),
        .node = n,
        .state = l->power[n].state,
        .evidence = *l->power[n].evidence ? l->power[n].evidence : NULL,
        .provider_id = id,
        .instance_type = d->instance_type,
        .zone = d->zone,
        .region = d->region,
        .addresses = d->addresses,
        .addresses_count = d->addresses_count,
        .address_size = sizeof(d->addresses[0]),
        .labels = {d->labels, d->labels_count, 0},
    };
    return sink->put(sink, &said);
}

/* The controllers are asked outside of the lock: a change of the inventory does not wait for them. */
static void ask_power(struct site *site, const struct keelson_call *call, const struct look *l,
                      uint32_t count)
{
    struct cloud_http *http;
    pthread_rwlock_rdlock(&site->lock);
    http = site->http;
    for (uint32_t n = 0; n < count; n++)
        if (may_be_ours(l->nodes[n]) && !prepare_power(l, n))
            l->power[n].url = NULL;
    pthread_rwlock_unlock(&site->lock);
    power_ask(http, call, l->power, count, &site->first_asked);
    for (uint32_t n = 0; n < count; n++)
        if (l->power[n].url && l->power[n].state == KEELSON_INSTANCE_UNKNOWN)
            host->log(call, KEELSON_LOG_WARNING, "the power state of %.*s is not known: %s",
                      (int)text_at(l->nodes[n], "metadata.name").size,
                      text_at(l->nodes[n], "metadata.name").data, l->power[n].evidence);
}

static void look_done(struct look *l, uint32_t count)
{
    for (uint32_t i = 0; l->texts && i < 2 * count; i++)
        free(l->texts[i]);
    free(l->texts);
    free(l->power);
    free(l->description);
}

static enum keelson_status describe(void *instance, const struct keelson_call *call,
                                    const struct keelson_object *const *nodes, uint32_t nodes_count,
                                    uint32_t want, const struct keelson_instance_sink *sink)
{
    struct site *site = instance;
    struct look l = {
        .inventory = &site->inventory, .nodes = nodes, .description = malloc(sizeof(struct description))};
    l.power = calloc(nodes_count + 1, sizeof(*l.power));
    l.texts = calloc(2 * nodes_count + 1, sizeof(char *));
    if (!l.description || !l.power || !l.texts) {
        look_done(&l, nodes_count);
        return host->fail(call, KEELSON_EXHAUSTED, "no memory");
    }
    for (uint32_t n = 0; n < nodes_count; n++)
        l.power[n].state = KEELSON_INSTANCE_RUNNING;
    if (want & KEELSON_WANT_STATE)
        ask_power(site, call, &l, nodes_count);
    pthread_rwlock_rdlock(&site->lock);
    for (uint32_t n = 0; n < nodes_count; n++)
        if (may_be_ours(nodes[n]) && report(call, &l, n, sink) != 0)
            break;
    pthread_rwlock_unlock(&site->lock);
    look_done(&l, nodes_count);
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

/* One that cannot be read would let no controller be asked, for as long as the daemon runs. */
static enum keelson_status read_ca_file(const struct keelson_call *call, const struct keelson_config *config,
                                        const char **ret)
{
    const struct reading r = {host, call, config};
    enum keelson_status status = reading_optional(&r, config, "power_ca_file", ret);
    if (status == KEELSON_OK && *ret && access(*ret, R_OK) < 0)
        return host->fail(call, KEELSON_INVALID, "%s: power_ca_file: \"%s\" cannot be read",
                          host->config_where(config, "power_ca_file"), *ret);
    return status;
}

/* All of the configuration, or nothing. */
static enum keelson_status read_all(const struct keelson_call *call, const struct keelson_config *config,
                                    const char **ret_ca_file, struct inventory *ret_inventory,
                                    struct pools *ret_pools)
{
    static const char *const known[] = {
        "nodes",     "adopt_unlisted",    "zone",          "region", "instance_type",
        "power_url", "power_credentials", "power_ca_file", "pools",  NULL};
    enum keelson_status status = host->config_refuse_unknown(call, config, known);
    if (status == KEELSON_OK)
        status = read_ca_file(call, config, ret_ca_file);
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
    cloud_http_free(site->http);
    balancer_free(site->balancer);
    inventory_done(&site->inventory);
    pthread_rwlock_destroy(&site->lock);
    free(site);
}

/* TLS is always verified, and other authorities are a matter of a restart. */
static struct cloud_http *open_http(const char *ca_file)
{
    const struct cloud_http_config http = {.user_agent = "keelson-cloud-onprem",
                                           .proxy = "",
                                           .connect_timeout_ms = 4000,
                                           .stall_timeout_ms = 8000,
                                           .body_bytes_max = 1024 * 1024,
                                           .ca_file = ca_file};
    return cloud_http_new(&http);
}

static enum keelson_status open_site(const struct keelson_call *call, const struct keelson_instance *given,
                                     void **ret)
{
    struct pools pools;
    struct site *site = calloc(1, sizeof(*site));
    if (!site)
        return host->fail(call, KEELSON_EXHAUSTED, "no memory");
    enum keelson_status status = read_all(call, given->config, &site->ca_file, &site->inventory, &pools);
    if (status != KEELSON_OK) {
        free(site);
        return status;
    }
    pthread_rwlock_init(&site->lock, NULL);
    site->balances = pools.count > 0;
    site->balancer = balancer_new(host, given->token);
    site->http = open_http(site->ca_file);
    if (!site->balancer || !site->http) {
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
    const char *ca_file = NULL;
    enum keelson_status status = read_all(call, config, &ca_file, &next, &pools);
    if (status != KEELSON_OK)
        return status;
    if (strcmp(ca_file ? ca_file : "", site->ca_file ? site->ca_file : "") != 0)
        host->log(call, KEELSON_LOG_WARNING, "power_ca_file is read at the next start");
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
