/* SPDX-License-Identifier: Apache-2.0 */
/* NodePorts: a host port is used once an address and protocol. */
#include "core/scheduler/filter.h"

static bool collide(const struct host_port *a, const struct host_port *b)
{
    static const char all[] = "0.0.0.0";
    return a->port == b->port && a->protocol == b->protocol &&
           (a->ip == b->ip || strcmp(a->ip, all) == 0 || strcmp(b->ip, all) == 0);
}

static bool any_collide(const struct demand *d, const struct node *n)
{
    for (unsigned i = 0; i < d->ports_count; i++)
        for (unsigned j = 0; j < n->ports_count; j++)
            if (collide(&d->ports[i], &n->ports[j]))
                return true;
    return false;
}

static enum outlook prepare(struct cycle *c)
{
    return c->class->demand.ports_count ? OUTLOOK_CHECK : OUTLOOK_SKIP;
}

static enum verdict check(const struct cycle *c, const struct node *n, struct reasons *reasons)
{
    if (!any_collide(&c->class->demand, n))
        return VERDICT_FITS;
    reasons_add(reasons, "node(s) didn't have free ports for the requested pod ports");
    return VERDICT_RESOLVABLE;
}

static bool helps(const struct cycle *c, const struct event *e)
{
    return filter_accepts_node(&filter_node_ports, c, e);
}

const struct filter filter_node_ports = {.name = "NodePorts",
                                         .prepare = prepare,
                                         .check = check,
                                         .wakes = WAKE_NODE_ADDED | WAKE_POD_GONE,
                                         .helps = helps};
