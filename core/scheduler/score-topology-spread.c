/* SPDX-License-Identifier: Apache-2.0 */
/* PodTopologySpread's score: the fewer pods of a soft constraint a node's domains have, the better; domains
 * of which there are many count for more (upstream's logarithmic weights). */
#include <math.h>

#include "core/base/memory.h"
#include "core/scheduler/score.h"
#include "core/scheduler/spread.h"

#define HOSTNAME "kubernetes.io/hostname"
#define IGNORED  (-1) /* a node without the keys: the worst of all */

static bool is_hostname(const struct spread_constraint *s)
{
    return strcmp(s->topology_key, HOSTNAME) == 0;
}

/* What stands for a domain; nodes without the key are one of their own, where that counts at all. */
static const char *domain_of(const struct node *n, const struct spread_constraint *s)
{
    const char *value = labels_get(&n->facts.labels, s->topology_key);
    return value ? value : "";
}

/* The domains are those of the nodes that come into question; of their pods those on all nodes count. Hosts
 * need no counting: each is looked at by itself. Fills weights. */
static void count_domains(const struct cycle *c, struct spread_counts *s, unsigned k,
                          struct node *const *nodes, unsigned count, double *weight)
{
    const struct spread_constraint *constraint = s->constraints[k];
    unsigned hosts = 0;
    for (unsigned i = 0; i < count; i++) {
        bool counts = spread_node_has_keys(s, nodes[i]);
        hosts += counts;
        if (counts && !is_hostname(constraint))
            pairs_at(&s->pairs[k], constraint->topology_key, domain_of(nodes[i], constraint));
    }
    *weight = log((double)(is_hostname(constraint) ? hosts : s->pairs[k].count) + 2);
    for (unsigned i = 0; !is_hostname(constraint) && i < c->cluster->nodes_count; i++) {
        const struct node *n = c->cluster->nodes[i];
        unsigned here = spread_matching_pods(c, constraint, n);
        if (here == 0 || !spread_node_has_keys(s, n) || !spread_node_counts(c, constraint, n))
            continue;
        int64_t *number = pairs_find(&s->pairs[k], constraint->topology_key, domain_of(n, constraint));
        if (number)
            *number += here;
    }
}

static int64_t score_node(const struct cycle *c, const struct spread_counts *s, const double *weights,
                          const struct node *n)
{
    double sum = 0;
    if (!spread_node_has_keys(s, n))
        return IGNORED;
    for (unsigned k = 0; k < s->count; k++) {
        const struct spread_constraint *constraint = s->constraints[k];
        const char *value = labels_get(&n->facts.labels, constraint->topology_key);
        if (!value)
            continue;
        int64_t here = is_hostname(constraint) ? spread_matching_pods(c, constraint, n)
                                               : pairs_get(&s->pairs[k], constraint->topology_key, value);
        sum += (double)here * weights[k] + (double)(constraint->max_skew - 1);
    }
    return (int64_t)round(sum);
}

static void normalize(int64_t *values, unsigned count)
{
    int64_t least = INT64_MAX, most = 0;
    for (unsigned i = 0; i < count; i++) {
        least = values[i] == IGNORED ? least : MIN(least, values[i]);
        most = MAX(most, values[i]);
    }
    for (unsigned i = 0; i < count; i++)
        values[i] = values[i] == IGNORED ? 0
                    : most == 0          ? SCORE_MAX
                                         : SCORE_MAX * (most + least - values[i]) / most;
}

static bool score(const struct cycle *c, struct node *const *nodes, unsigned count, int64_t *out)
{
    struct spread_counts s = spread_counts_of(c, false);
    if (s.count == 0)
        return false;
    double *weights = arena_alloc(c->arena, s.count * sizeof(*weights));
    for (unsigned k = 0; k < s.count; k++)
        count_domains(c, &s, k, nodes, count, &weights[k]);
    for (unsigned i = 0; i < count; i++)
        out[i] = score_node(c, &s, weights, nodes[i]);
    normalize(out, count);
    return true;
}

const struct score score_topology_spread = {.name = "PodTopologySpread", .weight = 2, .score = score};
