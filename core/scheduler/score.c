/* SPDX-License-Identifier: Apache-2.0 */
/* The scores with upstream's default weights, and how they are put together. */
#include "core/scheduler/score.h"

#include "core/base/memory.h"

const struct score *const scores[] = {
    &score_taint_toleration,    &score_node_affinity,  &score_least_allocated,
    &score_balanced_allocation, &score_image_locality,
};
const unsigned scores_count = ARRAY_SIZE(scores);

static void normalize(int64_t *values, unsigned count, bool reversed)
{
    int64_t largest = 0;
    for (unsigned i = 0; i < count; i++)
        largest = MAX(largest, values[i]);
    for (unsigned i = 0; i < count; i++) {
        int64_t share = largest ? values[i] * SCORE_MAX / largest : 0;
        values[i] = reversed ? SCORE_MAX - share : share;
    }
}

void score_nodes(const struct cluster *c, const struct pod_request *r, struct node *const *nodes,
                 unsigned count, int64_t *totals, int64_t *scratch)
{
    memset(totals, 0, count * sizeof(*totals));
    for (unsigned s = 0; s < scores_count; s++) {
        if (scores[s]->applies && !scores[s]->applies(r))
            continue;
        for (unsigned i = 0; i < count; i++)
            scratch[i] = scores[s]->score(c, r, nodes[i]);
        if (scores[s]->normalize != NORMALIZE_NONE)
            normalize(scratch, count, scores[s]->normalize == NORMALIZE_BY_LARGEST_REVERSED);
        for (unsigned i = 0; i < count; i++)
            totals[i] += scratch[i] * scores[s]->weight;
    }
}
