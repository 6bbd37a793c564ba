/* SPDX-License-Identifier: Apache-2.0 */
/* NodeResourcesFit: what the pod requests is left on the node. */
#include "core/scheduler/filter.h"

/* More than the node has at all is nothing that others could make room for. */
static enum verdict lack(int64_t wanted, int64_t allocatable, enum verdict so_far)
{
    return wanted > allocatable ? VERDICT_UNRESOLVABLE : so_far == VERDICT_FITS ? VERDICT_RESOLVABLE : so_far;
}

static enum verdict check_extended(const struct cycle *c, const struct node *n, struct reasons *reasons,
                                   enum verdict verdict)
{
    const struct demand *d = &c->class->demand;
    for (unsigned i = 0; i < d->extended_count; i++) {
        int64_t used, allocatable = node_extended(n, d->extended[i].name, &used);
        if (d->extended[i].amount <= allocatable - used)
            continue;
        verdict = lack(d->extended[i].amount, allocatable, verdict);
        if (reasons)
            reasons_add(reasons, arena_printf(reasons->arena, "Insufficient %s", d->extended[i].name));
    }
    return verdict;
}

static enum verdict check(const struct cycle *c, const struct node *n, struct reasons *reasons)
{
    static const char *const texts[] = {[AMOUNT_CPU] = "Insufficient cpu",
                                        [AMOUNT_MEMORY] = "Insufficient memory",
                                        [AMOUNT_STORAGE] = "Insufficient ephemeral-storage",
                                        [AMOUNT_PODS] = "Too many pods"};
    const struct demand *d = &c->class->demand;
    enum verdict verdict = VERDICT_FITS;
    for (unsigned i = 0; i < AMOUNTS; i++) {
        int64_t allocatable = n->facts.allocatable[i];
        if (d->amounts[i] == 0 || d->amounts[i] <= allocatable - n->used[i])
            continue;
        /* Pods are not asked for, they are counted: a node that takes none may be relieved of one all the
         * same, as upstream sees it. */
        verdict = i == AMOUNT_PODS ? lack(0, 0, verdict) : lack(d->amounts[i], allocatable, verdict);
        reasons_add(reasons, texts[i]);
    }
    return d->extended_count ? check_extended(c, n, reasons, verdict) : verdict;
}

static bool helps(const struct cycle *c, const struct event *e)
{
    return filter_accepts_node(&filter_node_resources, c, e);
}

const struct filter filter_node_resources = {.name = "NodeResourcesFit",
                                             .check = check,
                                             .wakes = WAKE_NODE_ADDED | WAKE_NODE_AMOUNTS | WAKE_POD_GONE,
                                             .helps = helps};
