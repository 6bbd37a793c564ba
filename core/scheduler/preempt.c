/* SPDX-License-Identifier: Apache-2.0 */
/* Which pods have to go for one that is more urgent. Each node that comes into question is tried out in the
 * picture itself: pods step aside, are let back in from the most important one on as long as the newcomer
 * still fits, and all are back in their places at the end. */
#include "core/scheduler/preempt.h"

#include <stdlib.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/scheduler/filter.h"

#define CANDIDATES_MIN     100u /* upstream's: a tenth of the nodes, and at least so many */
#define CANDIDATES_PERCENT 10u

struct trial {
    struct cycle *cycle;
    struct arena scratch;      /* of what is prepared again and again */
    bool stateful;             /* what filters prepared depends on the pods that are there */
    struct informer *informer; /* of budgets */
    struct budgets *budgets;   /* read when the first node has victims */
    struct reasons reasons;    /* why preemption does not help on a node */
};

static bool is_stateful(const struct cycle *c)
{
    return c->class->spread_count || c->class->affinity.count || c->class->anti_affinity.count ||
           !list_empty(&c->cluster->affine);
}

static bool fits_now(struct trial *t, struct node *n)
{
    if (t->stateful) {
        arena_reset(&t->scratch);
        cycle_prepare(t->cycle);
    }
    return cycle_fits(t->cycle, n);
}

/* Higher priority first, then those that run longer; one that has not begun is the youngest. */
static int by_importance(const void *a, const void *b)
{
    const struct pod *x = *(struct pod *const *)a, *y = *(struct pod *const *)b;
    if (x->class->priority != y->class->priority)
        return x->class->priority > y->class->priority ? -1 : 1;
    uint64_t x_started = (uint64_t)x->started_ms - 1, y_started = (uint64_t)y->started_ms - 1;
    return x_started < y_started ? -1 : x_started > y_started;
}

static unsigned less_urgent(const struct trial *t, struct node *n, struct pod ***ret)
{
    unsigned count = 0, most = (unsigned)n->used[AMOUNT_PODS];
    struct arena *arena = t->reasons.arena;
    *ret = arena_alloc(arena, (most + 1) * sizeof(struct pod *));
    list_for_each (it, &n->pods) {
        struct pod *p = list_entry(it, struct pod, on_node);
        if (p->class->priority < t->cycle->class->priority)
            (*ret)[count++] = p;
    }
    if (count)
        qsort(*ret, count, sizeof(struct pod *), by_importance);
    return count;
}

static void reprieve(struct trial *t, struct pod **pods, unsigned count, const bool *violates, bool violating,
                     struct victims *v)
{
    for (unsigned i = 0; i < count; i++) {
        if (violates[i] != violating)
            continue;
        cluster_step_back(t->cycle->cluster, pods[i]);
        if (fits_now(t, pods[i]->node))
            continue;
        cluster_step_aside(t->cycle->cluster, pods[i]);
        v->pods[v->count++] = pods[i];
        v->violations += violating;
    }
}

static void find_victims(struct trial *t, struct node *n, struct pod **pods, unsigned count,
                         struct victims *ret)
{
    struct arena *arena = t->reasons.arena;
    bool *violates = arena_alloc0(arena, count + 1);
    struct victims v = {.node = n, .pods = arena_alloc(arena, (count + 1) * sizeof(struct pod *))};
    if (!t->budgets)
        t->budgets = budgets_read(t->informer);
    budgets_reset(t->budgets);
    for (unsigned i = 0; i < count; i++)
        violates[i] = budgets_take(t->budgets, pods[i]);
    reprieve(t, pods, count, violates, true, &v);
    reprieve(t, pods, count, violates, false, &v);
    for (unsigned i = 0; i < v.count; i++)
        cluster_step_back(t->cycle->cluster, v.pods[i]);
    if (v.count)
        qsort(v.pods, v.count, sizeof(struct pod *), by_importance);
    *ret = v;
}

/* Whether the pod would fit there without less urgent ones. */
static bool try_node(struct trial *t, struct node *n, struct victims *ret)
{
    struct pod **pods;
    struct diagnosis ignored = {0};
    struct cluster *cluster = t->cycle->cluster;
    unsigned count = less_urgent(t, n, &pods);
    if (count == 0) {
        reasons_add(&t->reasons, "No preemption victims found for incoming pod");
        return false;
    }
    for (unsigned i = 0; i < count; i++)
        cluster_step_aside(cluster, pods[i]);
    bool fits = fits_now(t, n);
    if (fits)
        find_victims(t, n, pods, count, ret);
    else
        cycle_judge(t->cycle, n, &t->reasons, &ignored);
    for (unsigned i = 0; !fits && i < count; i++)
        cluster_step_back(cluster, pods[i]);
    return fits && ret->count > 0;
}

static int64_t priorities(const struct victims *v)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < v->count; i++)
        sum += v->pods[i]->class->priority + INT64_C(2147483648);
    return sum;
}

/* When the longest-running of the most important began; the later the better. */
static uint64_t began(const struct victims *v)
{
    return (uint64_t)v->pods[0]->started_ms - 1;
}

/* Is less lost by a than by b? Upstream's criteria, one after the other. */
static bool cheaper(const struct victims *a, const struct victims *b)
{
    int32_t a_top = a->pods[0]->class->priority, b_top = b->pods[0]->class->priority;
    if (a->violations != b->violations)
        return a->violations < b->violations;
    if (a_top != b_top)
        return a_top < b_top;
    if (priorities(a) != priorities(b))
        return priorities(a) < priorities(b);
    if (a->count != b->count)
        return a->count < b->count;
    return began(a) > began(b);
}

/* The best of the first that are found, beginning anywhere. */
static void find_best(struct trial *t, const struct diagnosis *d, struct victims *best)
{
    const struct cluster *cluster = t->cycle->cluster;
    unsigned nodes = cluster->nodes_count, potential = 0, found = 0, harmless = 0;
    for (unsigned i = 0; i < nodes; i++)
        potential += d->verdicts[i] == VERDICT_RESOLVABLE;
    reasons_add_many(&t->reasons, "Preemption is not helpful for scheduling", nodes - potential);
    unsigned wanted = MAX(potential * CANDIDATES_PERCENT / 100, CANDIDATES_MIN),
             offset = nodes ? (unsigned)random_below(nodes) : 0;
    for (unsigned i = 0; i < nodes && !(harmless && found >= wanted); i++) {
        struct victims v = {0};
        struct node *n = cluster->nodes[(offset + i) % nodes];
        if (d->verdicts[n->index] != VERDICT_RESOLVABLE || !try_node(t, n, &v))
            continue;
        found++;
        harmless += v.violations == 0;
        if (!best->node || cheaper(&v, best))
            *best = v;
    }
}

/* Others are on their way out already, to make room for the pod. */
static bool waits_for_leaving(const struct cycle *c, const struct diagnosis *d)
{
    const struct node *n = c->pod ? c->pod->nominated : NULL;
    if (!n || !n->present || d->verdicts[n->index] == VERDICT_UNRESOLVABLE)
        return false;
    list_for_each (it, &n->pods) {
        const struct pod *p = list_entry(it, struct pod, on_node);
        if (p->evicted && p->class->priority < c->class->priority)
            return true;
    }
    return false;
}

const char *preempt(struct cycle *c, const struct diagnosis *d, struct informer *budgets, struct victims *ret,
                    bool *ret_keep)
{
    *ret = (struct victims){0};
    *ret_keep = true;
    if (c->class->never_preempts)
        return "not eligible due to preemptionPolicy=Never.";
    if (d->verdicts && waits_for_leaving(c, d))
        return "not eligible due to a terminating pod on the nominated node.";
    *ret_keep = false;
    struct trial t = {
        .cycle = c, .stateful = is_stateful(c), .informer = budgets, .reasons = {.arena = c->arena}};
    if (d->verdicts) {
        c->arena = &t.scratch;
        find_best(&t, d, ret);
        c->arena = t.reasons.arena;
        arena_done(&t.scratch);
        budgets_free(t.budgets);
    } else {
        reasons_add_many(&t.reasons, "Preemption is not helpful for scheduling", c->cluster->nodes_count);
    }
    return reasons_text(&t.reasons, c->cluster->nodes_count);
}
