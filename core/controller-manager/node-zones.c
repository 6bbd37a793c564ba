/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zones, and how fast their nodes may lose their pods. Where most of a zone is unhealthy at once the fault is
 * likely to lie elsewhere, so evictions slow down; where everything everywhere is, they stop.
 */
#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/controller-manager/node-health.h"

struct tally {
    int64_t ready, not_ready;
};

static struct map *count_zones(struct node_lifecycle *c)
{
    struct map *tallies = map_new(free);
    size_t cursor = 0;
    void *value;
    while (map_next(c->records, &cursor, NULL, &value)) {
        const struct node_record *r = value;
        struct tally *t = map_get(tallies, r->zone);
        if (!t) {
            t = new0(struct tally);
            map_set(tallies, r->zone, t);
        }
        if (r->ready == NODE_READY_TRUE)
            t->ready++;
        else
            t->not_ready++;
    }
    return tallies;
}

static enum zone_state state_of(const struct node_lifecycle *c, const struct tally *t)
{
    if (t->ready == 0 && t->not_ready > 0)
        return ZONE_FULL;
    if (t->not_ready > 2 &&
        (double)t->not_ready / (double)(t->ready + t->not_ready) >= c->options->unhealthy_zone_threshold)
        return ZONE_PARTIAL;
    return ZONE_NORMAL;
}

static double rate_of(const struct node_lifecycle *c, enum zone_state state, const struct tally *t)
{
    if (state != ZONE_PARTIAL)
        return c->options->node_eviction_rate;
    return t->ready + t->not_ready > c->options->large_cluster_size_threshold
               ? c->options->secondary_node_eviction_rate
               : 0;
}

bool node_zones_update(struct node_lifecycle *c)
{
    struct map *tallies = count_zones(c);
    const char *name;
    void *value;
    size_t cursor = 0, full = 0, count = 0;
    while (map_next(tallies, &cursor, &name, &value)) {
        struct zone *z = map_get(c->zones, name);
        if (!z) {
            z = new0(struct zone);
            map_set(c->zones, name, z);
        }
        z->state = state_of(c, value);
        z->rate = rate_of(c, z->state, value);
        full += z->state == ZONE_FULL;
        count++;
    }
    map_free(tallies);
    bool before = c->all_down;
    c->all_down = count > 0 && full == count;
    return c->all_down != before;
}

int64_t node_zones_turn(struct node_lifecycle *c, const char *zone)
{
    struct zone *z = map_get(c->zones, zone);
    int64_t now = clock_monotonic_ns();
    if (!z || z->rate <= 0)
        return 5000;
    if (z->next_ns > now)
        return (z->next_ns - now) / NS_PER_MS + 1;
    z->next_ns = now + (int64_t)(1e9 / z->rate);
    return 0;
}
