/* SPDX-License-Identifier: Apache-2.0 */
/* PodTopologySpread: with the pod, no domain of a hard constraint may have more of its pods than the emptiest
 * domain has, by more than maxSkew. */
#include "core/base/memory.h"
#include "core/scheduler/spread.h"

struct spread_state {
    struct spread_counts counts;
    int64_t *fewest; /* of each constraint: in the emptiest domain */
};

static void count_node(const struct cycle *c, struct spread_counts *s, const struct node *n)
{
    if (!spread_node_has_keys(s, n))
        return;
    for (unsigned i = 0; i < s->count; i++) {
        const struct spread_constraint *constraint = s->constraints[i];
        if (!spread_node_counts(c, constraint, n))
            continue;
        const char *value = labels_get(&n->facts.labels, constraint->topology_key);
        *pairs_at(&s->pairs[i], constraint->topology_key, value) += spread_matching_pods(c, constraint, n);
    }
}

static int64_t fewest(const struct pairs *domains, const struct spread_constraint *constraint)
{
    int64_t least = INT64_MAX;
    unsigned cursor = 0;
    for (const struct pair *p; (p = pairs_next(domains, &cursor));)
        least = MIN(least, p->number);
    return (int64_t)domains->count < constraint->min_domains ? 0 : least;
}

static enum outlook prepare(struct cycle *c)
{
    struct spread_counts counts = spread_counts_of(c, true);
    if (counts.count == 0)
        return OUTLOOK_SKIP;
    struct spread_state *s = c->spread = arena_alloc0(c->arena, sizeof(*s));
    s->fewest = arena_alloc(c->arena, counts.count * sizeof(*s->fewest));
    for (unsigned i = 0; i < c->cluster->nodes_count; i++)
        count_node(c, &counts, c->cluster->nodes[i]);
    for (unsigned i = 0; i < counts.count; i++)
        s->fewest[i] = fewest(&counts.pairs[i], counts.constraints[i]);
    s->counts = counts;
    return OUTLOOK_CHECK;
}

static enum verdict check(const struct cycle *c, const struct node *n, struct reasons *reasons)
{
    const struct spread_counts *s = &c->spread->counts;
    for (unsigned i = 0; i < s->count; i++) {
        const struct spread_constraint *constraint = s->constraints[i];
        const char *value = labels_get(&n->facts.labels, constraint->topology_key);
        if (!value) {
            reasons_add(reasons,
                        "node(s) didn't match pod topology spread constraints (missing required label)");
            return VERDICT_UNRESOLVABLE;
        }
        int64_t here = pairs_get(&s->pairs[i], constraint->topology_key, value) + constraint->matches_self;
        if (here - c->spread->fewest[i] > constraint->max_skew) {
            reasons_add(reasons, "node(s) didn't match pod topology spread constraints");
            return VERDICT_RESOLVABLE;
        }
    }
    return VERDICT_FITS;
}

/* A pod that came or went matters when a constraint is about it. */
static bool helps(const struct cycle *c, const struct event *e)
{
    if (!e->pod)
        return true;
    for (unsigned i = 0; i < c->class->spread_count; i++)
        if (spread_concerns(c->class, &c->class->spread[i], e->pod->class))
            return true;
    return false;
}

const struct filter filter_topology_spread = {.name = "PodTopologySpread",
                                              .prepare = prepare,
                                              .check = check,
                                              .wakes = WAKE_NODE_ADDED | WAKE_NODE_LABELS | WAKE_NODE_TAINTS |
                                                       WAKE_NODE_GONE | WAKE_POD_GONE | WAKE_POD_PLACED,
                                              .helps = helps};
