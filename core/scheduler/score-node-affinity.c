/* SPDX-License-Identifier: Apache-2.0 */
/* NodeAffinity's score: the weights of the preferred terms that match. */
#include "core/scheduler/filter.h"
#include "core/scheduler/score.h"

static int64_t sum_terms(const struct pod_class *c, const struct node *n)
{
    int64_t sum = 0;
    json_for_each (term, c->preferred_terms) {
        if (node_matches_term(n, json_get(term, "preference")))
            sum += json_integer_or(json_get(term, "weight"), 0);
    }
    return sum;
}

static bool score(const struct cycle *c, struct node *const *nodes, unsigned count, int64_t *out)
{
    if (json_count(c->class->preferred_terms) == 0)
        return false;
    for (unsigned i = 0; i < count; i++)
        out[i] = sum_terms(c->class, nodes[i]);
    score_normalize(out, count, false);
    return true;
}

const struct score score_node_affinity = {.name = "NodeAffinity", .weight = 2, .score = score};
