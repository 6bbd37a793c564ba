/* SPDX-License-Identifier: Apache-2.0 */
/* InterPodAffinity's score: weights of the preferred terms, of the pod about those that run and of those
 * about the pod, added up for the topology that each is about. A required term of theirs counts for one. */
#include "core/base/memory.h"
#include "core/scheduler/pairs.h"
#include "core/scheduler/score.h"

#define REQUIRED_WEIGHT 1 /* upstream's hardPodAffinityWeight */

static void add(struct pairs *sums, const struct affinity_term *term, const struct node *n, int64_t weight)
{
    const char *value = labels_get(&n->facts.labels, term->topology_key);
    if (value && weight)
        *pairs_at(sums, term->topology_key, value) += weight;
}

static void add_own(const struct cycle *c, struct pairs *sums)
{
    const struct affinity_terms *terms = &c->class->preferred;
    for (unsigned i = 0; terms->count && i < c->cluster->nodes_count; i++) {
        const struct node *n = c->cluster->nodes[i];
        list_for_each (it, &n->pods) {
            const struct pod_class *other = list_entry(it, struct pod, on_node)->class;
            const struct labels *namespace_ = cluster_namespace(c->cluster, other->namespace_);
            for (unsigned t = 0; t < terms->count; t++)
                if (affinity_term_chooses(&terms->items[t], c->class->namespace_, other, namespace_))
                    add(sums, &terms->items[t], n, terms->items[t].weight);
        }
    }
}

static void add_terms_of(const struct cycle *c, struct pairs *sums, const struct pod *p,
                         const struct affinity_terms *terms, int64_t weight)
{
    const struct labels *namespace_ = cluster_namespace(c->cluster, c->class->namespace_);
    for (unsigned t = 0; t < terms->count; t++)
        if (affinity_term_chooses(&terms->items[t], p->class->namespace_, c->class, namespace_))
            add(sums, &terms->items[t], p->node, weight ? weight : terms->items[t].weight);
}

static void add_others(const struct cycle *c, struct pairs *sums)
{
    list_for_each (it, &c->cluster->affine) {
        const struct pod *p = list_entry(it, struct pod, affine);
        if (!p->node->present)
            continue;
        add_terms_of(c, sums, p, &p->class->affinity, REQUIRED_WEIGHT);
        add_terms_of(c, sums, p, &p->class->preferred, 0);
    }
}

static int64_t sum_of(const struct pairs *sums, const struct labels *labels)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < labels->count; i++)
        sum += pairs_get(sums, labels->items[i].key, labels->items[i].value);
    return sum;
}

static bool score(const struct cycle *c, struct node *const *nodes, unsigned count, int64_t *out)
{
    struct pairs sums = {.arena = c->arena};
    int64_t least = INT64_MAX, most = INT64_MIN;
    if (c->class->preferred.count == 0 && list_empty(&c->cluster->affine))
        return false;
    add_own(c, &sums);
    add_others(c, &sums);
    for (unsigned i = 0; i < count; i++) {
        out[i] = sums.count ? sum_of(&sums, &nodes[i]->facts.labels) : 0;
        least = MIN(least, out[i]);
        most = MAX(most, out[i]);
    }
    for (unsigned i = 0; i < count && most > least; i++)
        out[i] = SCORE_MAX * (out[i] - least) / (most - least);
    return most > least;
}

const struct score score_pod_affinity = {.name = "InterPodAffinity", .weight = 2, .score = score};
