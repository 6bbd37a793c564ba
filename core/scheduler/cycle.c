/* SPDX-License-Identifier: Apache-2.0 */
/* One scheduling cycle: filter, score, pick. */
#include "core/scheduler/cycle.h"

#include "core/base/memory.h"
#include "core/scheduler/filter.h"
#include "core/scheduler/score.h"

#define NODES_MIN 100u

struct cycle cycle_of(struct cluster *cluster, const struct profile *profile, const struct pod_class *class_,
                      const struct pod *pod, struct arena *arena)
{
    return (struct cycle){
        .cluster = cluster, .profile = profile, .class = class_, .pod = pod, .arena = arena};
}

void cycle_prepare(struct cycle *c)
{
    c->active_count = 0;
    c->pinned = NULL;
    c->pinned_count = 0;
    c->refused = NULL;
    for (unsigned f = 0; f < filters_count && !c->refused; f++) {
        if (c->profile->filters_off & (UINT64_C(1) << f))
            continue;
        enum outlook outlook = filters[f]->prepare ? filters[f]->prepare(c) : OUTLOOK_CHECK;
        if (outlook == OUTLOOK_CHECK)
            c->active[c->active_count++] = filters[f];
        else if (outlook == OUTLOOK_REFUSE)
            c->refused_by = filters[f];
    }
}

static bool will_do(const struct cycle *c, const struct node *n)
{
    for (unsigned f = 0; f < c->active_count; f++)
        if (c->active[f]->check(c, n, NULL) != VERDICT_FITS)
            return false;
    return true;
}

static bool goes_first(const struct cycle *c, const struct pod *nominated)
{
    return nominated != c->pod && nominated->class->priority >= c->class->priority;
}

unsigned cycle_count_nominated(const struct cycle *c, struct node *n, int64_t sign)
{
    unsigned count = 0;
    list_for_each (it, &n->nominated) {
        const struct pod *p = list_entry(it, struct pod, nomination);
        if (!goes_first(c, p))
            continue;
        node_use(n, &p->class->demand, sign);
        count++;
    }
    return count;
}

static bool will_do_beside_nominated(const struct cycle *c, struct node *n)
{
    bool fits = cycle_count_nominated(c, n, 1) == 0 || will_do(c, n);
    cycle_count_nominated(c, n, -1);
    return fits;
}

bool cycle_fits(struct cycle *c, struct node *n)
{
    return will_do(c, n) && (list_empty(&n->nominated) || will_do_beside_nominated(c, n));
}

/* In large clusters it is enough to find some nodes that will do (upstream's numFeasibleNodesToFind). */
static unsigned nodes_to_find(unsigned count, int64_t percentage)
{
    if (count < NODES_MIN || percentage >= 100)
        return count;
    if (percentage == 0)
        percentage = MAX(50 - (int64_t)count / 125, 5);
    return MAX((unsigned)((uint64_t)count * (uint64_t)percentage / 100), NODES_MIN);
}

/* Starts where the last search ended, so that all nodes get their turn. */
static unsigned find_nodes(struct cycle *c, unsigned wanted, struct node **found)
{
    struct cluster *cluster = c->cluster;
    unsigned count = 0, looked = 0, at = cluster->next_start;
    for (; looked < cluster->nodes_count && count < wanted; looked++, at++) {
        if (at >= cluster->nodes_count)
            at = 0;
        if (cycle_fits(c, cluster->nodes[at]))
            found[count++] = cluster->nodes[at];
    }
    cluster->next_start = at;
    return count;
}

static unsigned find_pinned(struct cycle *c, struct node **found)
{
    unsigned count = 0;
    for (unsigned i = 0; i < c->pinned_count; i++) {
        struct node *n = cluster_node(c->cluster, c->pinned[i]);
        if (n && cycle_fits(c, n))
            found[count++] = n;
    }
    return count;
}

/* A number below the bound. Drawn for each tie, so not from the kernel (splitmix64; the seed is). */
static unsigned draw(struct cluster *c, unsigned bound)
{
    uint64_t x = c->dice += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((x ^ (x >> 31)) % bound);
}

/* Of the best ones any, with the same chance for each. */
static struct node *pick(struct cluster *c, struct node *const *nodes, const int64_t *totals, unsigned count)
{
    struct node *best = NULL;
    int64_t best_total = INT64_MIN;
    unsigned ties = 0;
    for (unsigned i = 0; i < count; i++) {
        if (best && totals[i] < best_total)
            continue;
        ties = !best || totals[i] > best_total ? 1 : ties + 1;
        best_total = totals[i];
        if (ties == 1 || draw(c, ties) == 0)
            best = nodes[i];
    }
    return best;
}

struct node *cycle_decide(struct cycle *c)
{
    struct cluster *cluster = c->cluster;
    cluster_order_nodes(cluster);
    cycle_prepare(c);
    struct node *promised = c->pod ? c->pod->nominated : NULL;
    if (c->refused)
        return NULL;
    if (promised && promised->present && cycle_fits(c, promised))
        return promised;
    unsigned wanted = nodes_to_find(cluster->nodes_count, c->profile->percentage_of_nodes);
    struct node **found = arena_alloc(c->arena, (MAX(wanted, c->pinned_count) + 1) * sizeof(struct node *));
    unsigned count = c->pinned ? find_pinned(c, found) : find_nodes(c, wanted, found);
    if (count <= 1)
        return count ? found[0] : NULL;
    return pick(cluster, found, score_nodes(c, found, count), count);
}
