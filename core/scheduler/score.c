/* SPDX-License-Identifier: Apache-2.0 */
/* The scores with upstream's default weights, and how they are put together. */
#include "core/scheduler/score.h"

#include "core/base/memory.h"

const struct score *const scores[] = {
    &score_taint_toleration, &score_node_affinity,       &score_resources,      &score_topology_spread,
    &score_pod_affinity,     &score_balanced_allocation, &score_image_locality,
};
const unsigned scores_count = ARRAY_SIZE(scores);

void score_normalize(int64_t *values, unsigned count, bool reversed)
{
    int64_t largest = 0;
    for (unsigned i = 0; i < count; i++)
        largest = MAX(largest, values[i]);
    for (unsigned i = 0; i < count; i++) {
        int64_t share = largest ? values[i] * SCORE_MAX / largest : 0;
        values[i] = reversed ? SCORE_MAX - share : share;
    }
}

int64_t *score_nodes(const struct cycle *c, struct node *const *nodes, unsigned count)
{
    int64_t *totals = arena_alloc0(c->arena, count * sizeof(*totals)),
            *one = arena_alloc(c->arena, count * sizeof(*one));
    for (unsigned s = 0; s < scores_count; s++) {
        int64_t weight = c->profile->weights[s];
        if (!weight || !scores[s]->score(c, nodes, count, one))
            continue;
        for (unsigned i = 0; i < count; i++)
            totals[i] += one[i] * weight;
    }
    return totals;
}
