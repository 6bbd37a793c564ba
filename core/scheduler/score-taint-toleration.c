/* SPDX-License-Identifier: Apache-2.0 */
/* TaintToleration's score: the fewer PreferNoSchedule taints that the pod does not tolerate, the better. */
#include "core/scheduler/score.h"

static int64_t count_taints(const struct pod_class *c, const struct node *n)
{
    int64_t count = 0;
    for (unsigned i = 0; i < n->facts.taints_count; i++)
        count += n->facts.taints[i].effect == 'P' && !tolerates(c, &n->facts.taints[i]);
    return count;
}

static bool score(const struct cycle *c, struct node *const *nodes, unsigned count, int64_t *out)
{
    int64_t any = 0;
    for (unsigned i = 0; i < count; i++)
        any |= out[i] = count_taints(c->class, nodes[i]);
    score_normalize(out, count, true);
    return any != 0; /* else it is the same for all */
}

const struct score score_taint_toleration = {.name = "TaintToleration", .weight = 3, .score = score};
