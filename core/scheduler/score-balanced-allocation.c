/* SPDX-License-Identifier: Apache-2.0 */
/* NodeResourcesBalancedAllocation: the node on which cpu and memory would be used to the same degree; of two
 * shares the standard deviation is half their difference. */
#include "core/base/memory.h"
#include "core/scheduler/score.h"

static double share(int64_t used, int64_t allocatable)
{
    return allocatable <= 0 ? 1 : MIN((double)used / (double)allocatable, 1.0);
}

static int64_t score(const struct cluster *c, const struct pod_request *r, const struct node *n)
{
    double cpu = share(n->used[AMOUNT_CPU] + r->demand.amounts[AMOUNT_CPU], n->allocatable[AMOUNT_CPU]);
    double memory =
        share(n->used[AMOUNT_MEMORY] + r->demand.amounts[AMOUNT_MEMORY], n->allocatable[AMOUNT_MEMORY]);
    double deviation = (cpu > memory ? cpu - memory : memory - cpu) / 2;
    return (int64_t)((1 - deviation) * SCORE_MAX);
}

/* A pod that requests nothing changes no balance. */
static bool applies(const struct pod_request *r)
{
    return r->demand.amounts[AMOUNT_CPU] > 0 || r->demand.amounts[AMOUNT_MEMORY] > 0;
}

const struct score score_balanced_allocation = {
    .name = "NodeResourcesBalancedAllocation", .weight = 1, .applies = applies, .score = score};
