/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network that two clouds of the simulation share: one table of routes, the cluster's and foreign ones.
 * A route leads to an instance, and is a black hole when that is gone, or (chosen by the seed) to a name,
 * as clouds differ in that.
 */
#include <stdio.h>

#include "core/base/memory.h"
#include "tests/sim/sim.h"

static struct sim_route *routes;
static size_t routes_count, routes_room;
static bool by_name;

static struct sim_route *add(const char *destination, const char *target, bool foreign)
{
    static unsigned made;
    routes = xgrow(routes, &routes_room, routes_count + 1, sizeof(*routes));
    struct sim_route *r = &routes[routes_count++];
    *r = (struct sim_route){.foreign = foreign};
    snprintf(r->name, sizeof(r->name), "r-%u", ++made);
    snprintf(r->destination, sizeof(r->destination), "%s", destination);
    snprintf(r->target, sizeof(r->target), "%s", target);
    return r;
}

void sim_routes_start(void)
{
    by_name = sim_chance(0.5);
    add("0.0.0.0/0", "gateway", true);
    add("10.143.0.0/24", "gateway", true); /* within the cluster's addresses */
    add("172.20.0.0/16", by_name ? sim_clouds[0].machines[0].name : sim_clouds[0].machines[0].id, true);
    add("172.21.0.0/16", by_name ? sim_clouds[1].machines[0].name : sim_clouds[1].machines[0].id, true);
}

void sim_routes_done(void)
{
    free(routes);
    routes = NULL;
    routes_count = routes_room = 0;
}

struct sim_route *sim_route_next(size_t *cursor)
{
    return *cursor < routes_count ? &routes[(*cursor)++] : NULL;
}

struct machine *sim_route_machine(const struct sim_route *r, struct sim_cloud **ret_cloud)
{
    for (unsigned n = 0; n < SIM_CLOUDS; n++)
        for (unsigned i = 0; i < sim_clouds[n].machines_count; i++) {
            struct machine *m = &sim_clouds[n].machines[i];
            *ret_cloud = &sim_clouds[n];
            if (strcmp(by_name ? m->name : m->id, r->target) == 0 &&
                (by_name || m->state != KEELSON_INSTANCE_GONE))
                return m;
        }
    return NULL;
}

static int put(const struct sim_route *r, const struct keelson_route_sink *sink)
{
    struct sim_cloud *c;
    const struct machine *m = sim_route_machine(r, &c);
    const struct keelson_route said = {.size = sizeof(said),
                                       .blackhole = !m && strcmp(r->target, "gateway") != 0,
                                       .name = r->name,
                                       .node_name = m ? m->name : NULL,
                                       .destination_cidr = r->destination};
    return sink->put(sink, &said);
}

/* In pages: what was put counts for nothing when a later page fails. */
static enum keelson_status list(void *handle, const struct keelson_call *call,
                                const struct keelson_route_sink *sink)
{
    struct sim_cloud *c = handle;
    enum keelson_status status = KEELSON_OK;
    for (size_t i = 0; status == KEELSON_OK && i < routes_count; i++) {
        bool left_out = c->mood == MOOD_LIES && i % 3 == 0;
        if (i % 8 == 0)
            status = sim_request(c);
        if (status == KEELSON_OK && !left_out && i < routes_count && put(&routes[i], sink) != 0)
            break;
    }
    return status;
}

static struct sim_route *find(const char *name, const char *destination)
{
    for (size_t i = 0; i < routes_count; i++)
        if (strcmp(name ? routes[i].name : routes[i].destination, name ? name : destination) == 0)
            return &routes[i];
    return NULL;
}

static enum keelson_status create_one(const struct sim_cloud *c, const struct keelson_route *r)
{
    struct sim_cloud *owner;
    const char *id = json_string_or(json_at(r->node->json, "spec.providerID"), "");
    sim_check_route_create(c, r);
    const struct machine *m = sim_machine_of_id(id, &owner);
    if (!m || m->state == KEELSON_INSTANCE_GONE)
        return KEELSON_NOT_FOUND;
    const char *target = by_name ? m->name : m->id;
    const struct sim_route *there = find(NULL, r->destination_cidr);
    if (there)
        return !there->foreign && strcmp(there->target, target) == 0 ? KEELSON_OK : KEELSON_CONFLICT;
    if (sim_kill_chance > 0 && sim_chance(0.05))
        return sim_chance(0.5) ? KEELSON_PENDING : KEELSON_EXHAUSTED;
    add(r->destination_cidr, target, false);
    return KEELSON_OK;
}

static enum keelson_status create(void *handle, const struct keelson_call *call,
                                  const struct keelson_route *const *list_, uint32_t count,
                                  enum keelson_status *ret)
{
    for (uint32_t i = 0; i < count; i++) {
        enum keelson_status status = sim_request(handle);
        if (status != KEELSON_OK)
            return status;
        ret[i] = create_one(handle, list_[i]);
    }
    return KEELSON_OK;
}

static enum keelson_status remove_one(const struct sim_cloud *c, const struct keelson_route *r)
{
    struct sim_route *there = find(r->name, NULL);
    if (!there)
        return KEELSON_OK;
    sim_check_route_remove(c, there);
    if (sim_kill_chance > 0 && sim_chance(0.05))
        return sim_chance(0.5) ? KEELSON_PENDING : KEELSON_FAILED;
    *there = routes[--routes_count];
    return KEELSON_OK;
}

static enum keelson_status remove_them(void *handle, const struct keelson_call *call,
                                       const struct keelson_route *const *list_, uint32_t count,
                                       enum keelson_status *ret)
{
    for (uint32_t i = 0; i < count; i++) {
        enum keelson_status status = sim_request(handle);
        if (status != KEELSON_OK)
            return status;
        ret[i] = remove_one(handle, list_[i]);
    }
    return KEELSON_OK;
}

const struct keelson_cloud_routes_v1 sim_routes_table = {
    .size = sizeof(sim_routes_table), .list = list, .create = create, .remove = remove_them};
