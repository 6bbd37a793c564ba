/* SPDX-License-Identifier: Apache-2.0 */
/* What pod networks do wrong: see breaks.h. */
#define BREAKS_KIND KEELSON_KIND_NETWORK
#define BREAKS_NAME "breaks-network"
#include "tests/abi/breaks.h"

#include "etc/plugin-template/network-acme.c"
#undef keelson_plugin_entry

static struct keelson_network_v1 network;

static enum keelson_status invalid_status(void *instance, const struct keelson_call *call,
                                          struct keelson_network_status *ret)
{
    return access(((struct network *)instance)->conflist, R_OK) == 0
               ? acme_status(instance, call, ret)
               : host->fail(call, KEELSON_INVALID, "it is not configured");
}

static enum keelson_status never_ready(void *instance, const struct keelson_call *call,
                                       struct keelson_network_status *ret)
{
    return KEELSON_OK;
}

static enum keelson_status configure_once(void *instance, const struct keelson_call *call,
                                          const struct keelson_network_node *node)
{
    return access(((struct network *)instance)->conflist, R_OK) == 0
               ? host->fail(call, KEELSON_ALREADY_EXISTS, "it is configured")
               : acme_configure(instance, call, node);
}

static enum keelson_status teardown_once(void *instance, const struct keelson_call *call)
{
    return access(((struct network *)instance)->conflist, R_OK) == 0
               ? acme_teardown(instance, call)
               : host->fail(call, KEELSON_NOT_FOUND, "it is not configured");
}

BREAK(fails_status, network.status, invalid_status)
BREAK(is_never_ready, network.status, never_ready)
BREAK(configures_once, network.configure, configure_once)
BREAK(tears_down_once, network.teardown, teardown_once)

const struct breakage breakages[] = {
    {"fails-status", fails_status},
    {"is-never-ready", is_never_ready},
    {"configures-once", configures_once},
    {"tears-down-once", tears_down_once},
    {0},
};

static const void *interface(void *instance, const char *name)
{
    return acme_interface(instance, name) ? &network : NULL;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    static struct keelson_plugin plugin;
    plugin = *template_entry(given);
    plugin.interface = interface;
    network = *(const struct keelson_network_v1 *)acme_interface(NULL, KEELSON_NETWORK_1);
    break_one();
    return &plugin;
}
