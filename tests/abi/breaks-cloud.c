/* SPDX-License-Identifier: Apache-2.0 */
/* What clouds do wrong: see breaks.h. The template has no load balancers and no routes, so this one has some,
 * in memory. */
#define BREAKS_KIND KEELSON_KIND_CLOUD
#define BREAKS_NAME "breaks-cloud"
#include "tests/abi/breaks.h"

#include "etc/plugin-template/cloud-acme.c"
#undef keelson_plugin_entry

static struct keelson_cloud_v1 cloud;
static struct keelson_cloud_instances_v1 instances;
static struct keelson_cloud_loadbalancers_v1 balancers;
static struct keelson_cloud_routes_v1 routes;
static struct keelson_plugin plugin;
static unsigned made, ensured; /* is there a load balancer, and how often was it asked for */

/* ---- What is right ---- */

static int put_balancer(const char *ip, const struct keelson_load_balancer_sink *sink)
{
    const struct keelson_ingress ingress = {.ip = ip};
    const struct keelson_load_balancer found = {
        .size = sizeof(found), .ingress_count = 1, .ingress_size = sizeof(ingress), .ingress = &ingress};
    return sink->put(sink, &found);
}

static enum keelson_status get(void *instance, const struct keelson_call *call,
                               const struct keelson_object *service,
                               const struct keelson_load_balancer_sink *sink)
{
    if (!made)
        return KEELSON_NOT_FOUND;
    put_balancer("192.0.2.1", sink);
    return KEELSON_OK;
}

static enum keelson_status ensure(void *instance, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count,
                                  const struct keelson_load_balancer_sink *sink)
{
    made = 1;
    return get(instance, call, service, sink);
}

static enum keelson_status update(void *instance, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count)
{
    return made ? KEELSON_OK : KEELSON_NOT_FOUND;
}

static enum keelson_status remove_it(void *instance, const struct keelson_call *call,
                                     const struct keelson_object *service)
{
    made = 0;
    return KEELSON_OK;
}

static enum keelson_status list(void *instance, const struct keelson_call *call,
                                const struct keelson_route_sink *sink)
{
    return KEELSON_OK;
}

static enum keelson_status change(void *instance, const struct keelson_call *call,
                                  const struct keelson_route *const *wanted, uint32_t routes_count,
                                  enum keelson_status *ret)
{
    for (uint32_t i = 0; i < routes_count; i++)
        ret[i] = KEELSON_OK;
    return KEELSON_OK;
}

/* ---- What is wrong ---- */

static const char *odd_scheme(void *instance)
{
    return "Acme://";
}

static enum keelson_status owns_all(void *instance, const struct keelson_call *call,
                                    const struct keelson_object *const *nodes, uint32_t nodes_count,
                                    enum keelson_owns *ret)
{
    for (uint32_t i = 0; i < nodes_count; i++)
        ret[i] = KEELSON_OWNS_YES;
    return KEELSON_OK;
}

static enum keelson_status owns_or_fails(void *instance, const struct keelson_call *call,
                                         const struct keelson_object *const *nodes, uint32_t nodes_count,
                                         enum keelson_owns *ret)
{
    return nodes_count ? host->fail(call, KEELSON_NOT_FOUND, "no such node") : KEELSON_OK;
}

static enum keelson_status owns_few(void *instance, const struct keelson_call *call,
                                    const struct keelson_object *const *nodes, uint32_t nodes_count,
                                    enum keelson_owns *ret)
{
    return nodes_count > 100 ? host->fail(call, KEELSON_INVALID, "too many nodes")
                             : acme_owns(instance, call, nodes, nodes_count, ret);
}

static enum keelson_status fail_silently(void *instance, const struct keelson_call *call)
{
    return KEELSON_UNAVAILABLE;
}

static int put_gone(const struct keelson_instance_sink *sink, uint32_t node, const char *evidence)
{
    const struct keelson_instance_report gone = {
        .size = sizeof(gone), .node = node, .state = KEELSON_INSTANCE_GONE, .evidence = evidence};
    return sink->put(sink, &gone);
}

static enum keelson_status describe_all_gone(void *instance, const struct keelson_call *call,
                                             const struct keelson_object *const *nodes, uint32_t nodes_count,
                                             uint32_t want, const struct keelson_instance_sink *sink)
{
    for (uint32_t i = 0; i < nodes_count; i++)
        put_gone(sink, i, "not listed");
    return KEELSON_OK;
}

static enum keelson_status describe_bare(void *instance, const struct keelson_call *call,
                                         const struct keelson_object *const *nodes, uint32_t nodes_count,
                                         uint32_t want, const struct keelson_instance_sink *sink)
{
    for (uint32_t i = 0; i < nodes_count; i++)
        if (is_ours(text_at(nodes[i], "spec.providerID")))
            put_gone(sink, i, NULL);
    return KEELSON_OK;
}

static enum keelson_status describe_others(void *instance, const struct keelson_call *call,
                                           const struct keelson_object *const *nodes, uint32_t nodes_count,
                                           uint32_t want, const struct keelson_instance_sink *sink)
{
    const struct keelson_instance_report other = {
        .size = sizeof(other), .node = nodes_count, .state = KEELSON_INSTANCE_RUNNING};
    sink->put(sink, &other);
    return KEELSON_OK;
}

static enum keelson_status describe_on(void *instance, const struct keelson_call *call,
                                       const struct keelson_object *const *nodes, uint32_t nodes_count,
                                       uint32_t want, const struct keelson_instance_sink *sink)
{
    for (uint32_t i = 0; i < nodes_count; i++)
        if (is_ours(text_at(nodes[i], "spec.providerID")))
            put_gone(sink, i, "not listed");
    return KEELSON_OK;
}

static enum keelson_status take_all(void *instance, const struct keelson_call *call,
                                    const struct keelson_config *config)
{
    return KEELSON_OK;
}

static enum keelson_status take_none(void *instance, const struct keelson_call *call,
                                     const struct keelson_config *config)
{
    static const char *const known[] = {"inventory", "region", NULL};
    enum keelson_status status = host->config_refuse_unknown(call, config, known);
    return status == KEELSON_OK ? host->fail(call, KEELSON_INVALID, "start me anew") : status;
}

static enum keelson_status get_always(void *instance, const struct keelson_call *call,
                                      const struct keelson_object *service,
                                      const struct keelson_load_balancer_sink *sink)
{
    put_balancer("192.0.2.1", sink);
    return KEELSON_OK;
}

static enum keelson_status get_never(void *instance, const struct keelson_call *call,
                                     const struct keelson_object *service,
                                     const struct keelson_load_balancer_sink *sink)
{
    return KEELSON_NOT_FOUND;
}

static enum keelson_status ensure_another(void *instance, const struct keelson_call *call,
                                          const struct keelson_object *service,
                                          const struct keelson_object *const *nodes, uint32_t nodes_count,
                                          const struct keelson_load_balancer_sink *sink)
{
    made = 1;
    put_balancer(ensured++ ? "192.0.2.2" : "192.0.2.1", sink);
    return KEELSON_OK;
}

static enum keelson_status update_makes(void *instance, const struct keelson_call *call,
                                        const struct keelson_object *service,
                                        const struct keelson_object *const *nodes, uint32_t nodes_count)
{
    made = 1;
    return KEELSON_OK;
}

static enum keelson_status remove_once(void *instance, const struct keelson_call *call,
                                       const struct keelson_object *service)
{
    return made ? remove_it(instance, call, service) : KEELSON_NOT_FOUND;
}

static enum keelson_status remove_nothing(void *instance, const struct keelson_call *call,
                                          const struct keelson_object *service)
{
    return KEELSON_OK;
}

static enum keelson_status list_fails(void *instance, const struct keelson_call *call,
                                      const struct keelson_route_sink *sink)
{
    return host->fail(call, KEELSON_NOT_FOUND, "there are no routes");
}

static enum keelson_status remove_missing(void *instance, const struct keelson_call *call,
                                          const struct keelson_route *const *wanted, uint32_t routes_count,
                                          enum keelson_status *ret)
{
    for (uint32_t i = 0; i < routes_count; i++)
        ret[i] = KEELSON_NOT_FOUND;
    return KEELSON_OK;
}

BREAK(has_odd_scheme, cloud.scheme, odd_scheme)
BREAK(owns_every_node, cloud.owns, owns_all)
BREAK(fails_for_others, cloud.owns, owns_or_fails)
BREAK(takes_few_nodes, cloud.owns, owns_few)
BREAK(gives_no_reason, cloud.healthy, fail_silently)
BREAK(says_all_gone, instances.describe, describe_all_gone)
BREAK(has_no_evidence, instances.describe, describe_bare)
BREAK(reports_others, instances.describe, describe_others)
BREAK(ignores_its_sink, instances.describe, describe_on)
BREAK(takes_any_setting, plugin.reconfigure, take_all)
BREAK(takes_no_setting, plugin.reconfigure, take_none)
BREAK(invents, balancers.get, get_always)
BREAK(never_finds, balancers.get, get_never)
BREAK(ensures_another, balancers.ensure, ensure_another)
BREAK(update_makes_one, balancers.update, update_makes)
BREAK(removes_once, balancers.remove, remove_once)
BREAK(removes_nothing, balancers.remove, remove_nothing)
BREAK(fails_to_list, routes.list, list_fails)
BREAK(misses_routes, routes.remove, remove_missing)

const struct breakage breakages[] = {
    {"has-odd-scheme", has_odd_scheme},     {"owns-every-node", owns_every_node},
    {"fails-for-others", fails_for_others}, {"takes-few-nodes", takes_few_nodes},
    {"gives-no-reason", gives_no_reason},   {"says-all-gone", says_all_gone},
    {"has-no-evidence", has_no_evidence},   {"reports-others", reports_others},
    {"ignores-its-sink", ignores_its_sink}, {"takes-any-setting", takes_any_setting},
    {"takes-no-setting", takes_no_setting}, {"invents", invents},
    {"never-finds", never_finds},           {"ensures-another", ensures_another},
    {"update-makes-one", update_makes_one}, {"removes-once", removes_once},
    {"removes-nothing", removes_nothing},   {"fails-to-list", fails_to_list},
    {"misses-routes", misses_routes},       {0},
};

static const void *interface(void *instance, const char *name)
{
    if (strcmp(name, KEELSON_CLOUD_1) == 0)
        return &cloud;
    if (strcmp(name, KEELSON_CLOUD_INSTANCES_1) == 0)
        return &instances;
    if (strcmp(name, KEELSON_CLOUD_LOADBALANCERS_1) == 0)
        return &balancers;
    return strcmp(name, KEELSON_CLOUD_ROUTES_1) == 0 ? &routes : NULL;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    plugin = *template_entry(given);
    plugin.interface = interface;
    cloud = *(const struct keelson_cloud_v1 *)acme_interface(NULL, KEELSON_CLOUD_1);
    instances = *(const struct keelson_cloud_instances_v1 *)acme_interface(NULL, KEELSON_CLOUD_INSTANCES_1);
    balancers = (struct keelson_cloud_loadbalancers_v1){
        .size = sizeof(balancers), .get = get, .ensure = ensure, .update = update, .remove = remove_it};
    routes = (struct keelson_cloud_routes_v1){
        .size = sizeof(routes), .list = list, .create = change, .remove = change};
    break_one();
    return &plugin;
}
