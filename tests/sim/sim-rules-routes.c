/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon may do to routes, and what must be so in the end. */
#include "core/base/memory.h"
#include "tests/sim/sim.h"

#define LAG_NS (600 * NS_PER_S) /* how old what the daemon knows of a node may be */

void sim_check_route_create(const struct sim_cloud *c, const struct keelson_route *r)
{
    struct sim_cloud *owner;
    const struct machine *m = sim_machine(r->node_name, &owner);
    bool changed_lately = clock_monotonic_ns() - m->node_changed_ns < LAG_NS;
    if (owner != c)
        sim_fail("%s is to make a route to %s's node %s", c->name, owner->name, m->name);
    if (!changed_lately && (!m->there || strcmp(m->pod_cidr, r->destination_cidr) != 0))
        sim_fail("%s is to make a route %s to %s, which has %s", c->name, r->destination_cidr, m->name,
                 m->there ? m->pod_cidr : "no node");
}

void sim_check_route_remove(const struct sim_cloud *c, const struct sim_route *r)
{
    struct sim_cloud *owner;
    if (r->foreign)
        sim_fail("%s is to remove the foreign route %s", c->name, r->destination);
    const struct machine *m = sim_route_machine(r, &owner);
    if (m && m->there && strcmp(m->pod_cidr, r->destination) == 0 &&
        clock_monotonic_ns() - m->node_changed_ns > LAG_NS)
        sim_fail("%s is to remove the route %s to %s, which has it", c->name, r->destination, m->name);
}

static unsigned count_routes(const struct machine *m)
{
    size_t cursor = 0;
    const struct sim_route *r;
    struct sim_cloud *owner;
    unsigned count = 0;
    while ((r = sim_route_next(&cursor)))
        count += !r->foreign && sim_route_machine(r, &owner) == m;
    return count;
}

static void check_routed(const struct sim_cloud *c, const struct machine *m)
{
    struct arena arena = ARENA_INIT;
    const struct json *node = sim_api_get(&arena, arena_printf(&arena, "nodes/%s", m->name));
    unsigned wanted = node && c->routes;
    if (node && m->state == KEELSON_INSTANCE_GONE) { /* nobody's: its machine went before it was set up */
        arena_done(&arena);
        return;
    }
    if (count_routes(m) != wanted)
        sim_fail("%s has %u routes in the end", m->name, count_routes(m));
    if (wanted && !object_condition_is(node, "NetworkUnavailable", "False"))
        sim_fail("%s has its route, and does not say so", m->name);
    arena_done(&arena);
}

void sim_check_routes_end(void)
{
    size_t cursor = 0;
    const struct sim_route *r;
    struct sim_cloud *owner;
    unsigned foreign = 0;
    while ((r = sim_route_next(&cursor))) {
        const struct machine *m = r->foreign ? NULL : sim_route_machine(r, &owner);
        foreign += r->foreign;
        if (!r->foreign && (!m || !m->there || strcmp(m->pod_cidr, r->destination) != 0))
            sim_fail("route %s to %s is left over", r->destination, r->target);
    }
    if (foreign != 4)
        sim_fail("%u of 4 foreign routes are left", foreign);
    for (unsigned n = 0; n < SIM_CLOUDS; n++)
        for (unsigned i = 0; i < sim_clouds[n].machines_count; i++)
            check_routed(&sim_clouds[n], &sim_clouds[n].machines[i]);
    if (*sim_queue_rest("route", true))
        sim_fail("a queue still fails at %s in the end", sim_queue_rest("route", true));
}
