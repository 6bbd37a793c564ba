/* SPDX-License-Identifier: Apache-2.0 */
/* How a pod network must behave. What changes the node is tried only when that was asked for. */
#include <keelson/network.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/plugin/check-rules.h"

/* Arguments are the interface's table. */
static enum keelson_status ask_status(void *handle, const struct keelson_call *call, void *table)
{
    struct keelson_network_status status = {.size = sizeof(status)};
    return ((const struct keelson_network_v1 *)table)->status(handle, call, &status);
}

/* OK: it says that it is ready. */
static enum keelson_status ask_ready(void *handle, const struct keelson_call *call, void *table)
{
    struct keelson_network_status status = {.size = sizeof(status)};
    enum keelson_status answer = ((const struct keelson_network_v1 *)table)->status(handle, call, &status);
    return answer == KEELSON_OK && !status.ready ? KEELSON_NOT_FOUND : answer;
}

/* Of a network for benchmarks, that no cluster uses. */
static enum keelson_status ask_configure(void *handle, const struct keelson_call *call, void *table)
{
    static const char *const pods[] = {"198.18.77.0/24"}, *const cluster[] = {"198.18.0.0/16"},
                             *const addresses[] = {"127.0.0.1"};
    const struct keelson_network_node node = {.size = sizeof(node),
                                              .node_name = "keelson-check",
                                              .pod_cidrs = pods,
                                              .pod_cidrs_count = 1,
                                              .cluster_cidrs = cluster,
                                              .cluster_cidrs_count = 1,
                                              .addresses = addresses,
                                              .addresses_count = 1,
                                              .peer_size = sizeof(struct keelson_network_peer)};
    return ((const struct keelson_network_v1 *)table)->configure(handle, call, &node);
}

static enum keelson_status ask_teardown(void *handle, const struct keelson_call *call, void *table)
{
    return ((const struct keelson_network_v1 *)table)->teardown(handle, call);
}

static void *network_of(const struct check *c)
{
    return (void *)(uintptr_t)check_table_of(c, KEELSON_NETWORK_1);
}

static bool says_its_status(struct check *c)
{
    enum error_code code;
    return check_call(c, ask_status, network_of(c), &code) && (code == ERR_NONE || check_is_away(code));
}

static bool ends_when_cancelled(struct check *c)
{
    return check_cancelled(c, ask_status, network_of(c));
}

static bool takes_many_callers(struct check *c)
{
    return check_crowd(c, ask_status, network_of(c));
}

static bool ends_at_its_deadline(struct check *c)
{
    return check_deadline(c, ask_status, network_of(c));
}

static bool twice(struct check *c, plugin_function *function)
{
    for (int n = 0; n < 2; n++) {
        enum error_code code;
        if (!check_call(c, function, network_of(c), &code) || code != ERR_NONE)
            return false;
    }
    return true;
}

static bool configures_twice(struct check *c)
{
    enum error_code code;
    if (!twice(c, ask_configure) || !check_call(c, ask_ready, network_of(c), &code))
        return false;
    if (code == ERR_NOT_FOUND)
        snprintf(c->detail, sizeof(c->detail), "it says that it is not ready then");
    return code == ERR_NONE;
}

static bool tears_down_twice(struct check *c)
{
    return twice(c, ask_teardown);
}

const struct rule check_network_rules[] = {
    {"it says its status", says_its_status, "say ready = 0 and a message while the node is not configured"},
    {"status() ends when it is cancelled", ends_when_cancelled, CHECK_CANCEL_ADVICE},
    {"status() takes many callers at once", takes_many_callers, CHECK_CROWD_ADVICE},
    {"status() ends at its deadline", ends_at_its_deadline, "do not wait for what configure() makes"},
    {"the node may be configured twice, and is ready then", configures_twice,
     "look at what is there and change what differs; the kubelet calls it with every change", true},
    {"the node may be torn down twice", tears_down_twice, "what is absent already is KEELSON_OK", true},
    {0},
};
