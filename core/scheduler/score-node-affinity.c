/* SPDX-License-Identifier: Apache-2.0 */
/* NodeAffinity's score: the weights of the preferred terms that match. */
#include "core/scheduler/score.h"

static int64_t score(const struct cluster *c, const struct pod_request *r, const struct node *n)
{
    int64_t sum = 0;
    json_for_each (term, r->preferred_terms) {
        if (node_matches_term(n, json_get(term, "preference")))
            sum += json_integer_or(json_get(term, "weight"), 0);
    }
    return sum;
}

static bool applies(const struct pod_request *r)
{
    return json_count(r->preferred_terms) > 0;
}

const struct score score_node_affinity = {.name = "NodeAffinity",
                                          .weight = 2,
                                          .normalize = NORMALIZE_BY_LARGEST,
                                          .applies = applies,
                                          .score = score};
