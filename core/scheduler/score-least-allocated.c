/* SPDX-License-Identifier: Apache-2.0 */
/* NodeResourcesFit's score, strategy LeastAllocated: the node with the largest share of cpu and memory free.
 */
#include "core/scheduler/score.h"

static int64_t free_share(int64_t wanted, int64_t allocatable)
{
    return allocatable <= 0 || wanted > allocatable ? 0 : (allocatable - wanted) * SCORE_MAX / allocatable;
}

static int64_t score(const struct cluster *c, const struct pod_request *r, const struct node *n)
{
    return (free_share(n->scored_cpu + r->demand.scored_cpu, n->allocatable[AMOUNT_CPU]) +
            free_share(n->scored_memory + r->demand.scored_memory, n->allocatable[AMOUNT_MEMORY])) /
           2;
}

const struct score score_least_allocated = {.name = "NodeResourcesFit", .weight = 1, .score = score};
