/* SPDX-License-Identifier: Apache-2.0 */
/* TaintToleration: every NoSchedule and NoExecute taint must be tolerated. */
#include "core/scheduler/filter.h"

bool node_repels(const struct pod_class *c, const struct node *n)
{
    for (unsigned i = 0; i < n->facts.taints_count; i++)
        if (n->facts.taints[i].effect != 'P' && !tolerates(c, &n->facts.taints[i]))
            return true;
    return false;
}

static enum verdict check(const struct cycle *c, const struct node *n, struct reasons *reasons)
{
    if (!node_repels(c->class, n))
        return VERDICT_FITS;
    reasons_add(reasons, "node(s) had untolerated taint(s)");
    return VERDICT_UNRESOLVABLE;
}

static bool helps(const struct cycle *c, const struct event *e)
{
    return filter_accepts_node(&filter_taint_toleration, c, e);
}

const struct filter filter_taint_toleration = {
    .name = "TaintToleration", .check = check, .wakes = WAKE_NODE_ADDED | WAKE_NODE_TAINTS, .helps = helps};
