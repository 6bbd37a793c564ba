/* SPDX-License-Identifier: Apache-2.0 */
/* TaintToleration's score: the fewer PreferNoSchedule taints that the pod does not tolerate, the better. */
#include "core/scheduler/score.h"

static int64_t score(const struct cluster *c, const struct pod_request *r, const struct node *n)
{
    int64_t count = 0;
    for (unsigned i = 0; i < n->taints_count; i++)
        count += n->taints[i].effect == 'P' && !tolerates(r, &n->taints[i]);
    return count;
}

const struct score score_taint_toleration = {
    .name = "TaintToleration", .weight = 3, .normalize = NORMALIZE_BY_LARGEST_REVERSED, .score = score};
