/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cloud with load balancers as somebody built it when ABI 1.1 came out: against the frozen headers beside
 * it and nothing else. The Services' status is its only record. Never edited.
 */
#include <keelson/cloud.h>

KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "frozen-balancers", "1.1.0");

static const struct keelson_host *host;

static const char *scheme(void *instance)
{
    return "frozen-balancers";
}

static enum keelson_status owns(void *instance, const struct keelson_call *call,
                                const struct keelson_object *const *nodes, uint32_t nodes_count,
                                enum keelson_owns *ret)
{
    return KEELSON_OK;
}

static enum keelson_status healthy(void *instance, const struct keelson_call *call)
{
    return KEELSON_OK;
}

static enum keelson_status get(void *instance, const struct keelson_call *call,
                               const struct keelson_object *service,
                               const struct keelson_load_balancer_sink *sink)
{
    char address[64];
    struct keelson_bytes ip;
    if (host->object_string(service, "status.loadBalancer.ingress[0].ip", &ip) != KEELSON_OK ||
        ip.size >= sizeof(address))
        return KEELSON_NOT_FOUND;
    memcpy(address, ip.data, ip.size);
    address[ip.size] = '\0';
    const struct keelson_ingress ingress = {.ip = address, .ip_mode = "VIP"};
    const struct keelson_load_balancer found = {
        .size = sizeof(found), .ingress_count = 1, .ingress_size = sizeof(ingress), .ingress = &ingress};
    sink->put(sink, &found);
    return KEELSON_OK;
}

static enum keelson_status ensure(void *instance, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count,
                                  const struct keelson_load_balancer_sink *sink)
{
    return get(instance, call, service, sink);
}

static enum keelson_status update(void *instance, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count)
{
    return KEELSON_OK;
}

static enum keelson_status remove_it(void *instance, const struct keelson_call *call,
                                     const struct keelson_object *service)
{
    return KEELSON_OK;
}

static enum keelson_status open_account(const struct keelson_call *call,
                                        const struct keelson_instance *instance, void **ret)
{
    *ret = instance->token;
    return KEELSON_OK;
}

static void close_account(void *instance)
{
}

static const void *interface(void *instance, const char *name)
{
    static const struct keelson_cloud_v1 cloud = {
        .size = sizeof(cloud), .scheme = scheme, .owns = owns, .healthy = healthy};
    static const struct keelson_cloud_loadbalancers_v1 balancers = {
        .size = sizeof(balancers),
        .flags = KEELSON_LOADBALANCERS_REACH_ALL_NODES | KEELSON_LOADBALANCERS_RECORD_IS_STATUS,
        .get = get,
        .ensure = ensure,
        .update = update,
        .remove = remove_it};
    if (strcmp(name, KEELSON_CLOUD_1) == 0)
        return &cloud;
    return strcmp(name, KEELSON_CLOUD_LOADBALANCERS_1) == 0 ? &balancers : NULL;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    static const struct keelson_plugin plugin = {.size = sizeof(plugin),
                                                 .threading = KEELSON_THREADS_PARALLEL,
                                                 .description = "load balancers of ABI 1.1",
                                                 .open = open_account,
                                                 .close = close_account,
                                                 .interface = interface};
    host = given;
    return &plugin;
}
