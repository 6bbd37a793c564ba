/* SPDX-License-Identifier: Apache-2.0 */
/* NodeResourcesBalancedAllocation: the node on which cpu and memory would be used to the same degree; of two
 * shares the standard deviation is half their difference. */
#include "core/base/memory.h"
#include "core/scheduler/score.h"

static double share(int64_t used, int64_t allocatable)
{
    return MIN((double)used / (double)allocatable, 1.0);
}

static int64_t score_node(const struct demand *d, const struct node *n)
{
    int64_t cpu = n->facts.allocatable[AMOUNT_CPU], memory = n->facts.allocatable[AMOUNT_MEMORY];
    if (cpu <= 0 || memory <= 0)
        return SCORE_MAX; /* one share alone has no deviation */
    double difference = share(n->used[AMOUNT_CPU] + d->amounts[AMOUNT_CPU], cpu) -
                        share(n->used[AMOUNT_MEMORY] + d->amounts[AMOUNT_MEMORY], memory);
    return (int64_t)((1 - (difference < 0 ? -difference : difference) / 2) * SCORE_MAX);
}

static bool score(const struct cycle *c, struct node *const *nodes, unsigned count, int64_t *out)
{
    const struct demand *d = &c->class->demand;
    if (d->amounts[AMOUNT_CPU] == 0 && d->amounts[AMOUNT_MEMORY] == 0)
        return false; /* a pod that requests nothing changes no balance */
    for (unsigned i = 0; i < count; i++)
        out[i] = score_node(d, nodes[i]);
    return true;
}

const struct score score_balanced_allocation = {
    .name = "NodeResourcesBalancedAllocation", .weight = 1, .score = score};
