/* SPDX-License-Identifier: Apache-2.0 */
/* NodePorts: a host port is used once an address and protocol. */
#include "core/scheduler/filter.h"
#include "core/scheduler/queue.h"

static bool is_all(const char *ip)
{
    return strcmp(ip, "0.0.0.0") == 0 || strcmp(ip, "::") == 0;
}

static bool collide(const struct host_port *a, const struct host_port *b)
{
    return a->port == b->port && a->protocol == b->protocol &&
           (a->ip == b->ip || is_all(a->ip) || is_all(b->ip));
}

static unsigned refuses(const struct pod_request *r, const struct node *n)
{
    for (unsigned i = 0; i < r->demand.ports_count; i++)
        for (unsigned j = 0; j < n->ports_count; j++)
            if (collide(&r->demand.ports[i], &n->ports[j]))
                return 1;
    return 0;
}

static const char *reason(const struct pod_request *r, const struct node *n, unsigned refusal)
{
    return "node(s) didn't have free ports for the requested pod ports";
}

const struct filter filter_node_ports = {
    .name = "NodePorts", .refuses = refuses, .reason = reason, .wakes = WAKE_NODE_ADDED | WAKE_POD_GONE};
