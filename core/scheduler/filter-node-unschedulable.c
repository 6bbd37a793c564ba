/* SPDX-License-Identifier: Apache-2.0 */
/* NodeUnschedulable: a cordoned node takes only pods that tolerate it. */
#include "core/scheduler/filter.h"

static const struct taint cordon = {.key = "node.kubernetes.io/unschedulable", .value = "", .effect = 'S'};

static enum verdict check(const struct cycle *c, const struct node *n, struct reasons *reasons)
{
    if (!n->facts.unschedulable || tolerates(c->class, &cordon))
        return VERDICT_FITS;
    reasons_add(reasons, "node(s) were unschedulable");
    return VERDICT_UNRESOLVABLE;
}

static bool helps(const struct cycle *c, const struct event *e)
{
    return filter_accepts_node(&filter_node_unschedulable, c, e);
}

const struct filter filter_node_unschedulable = {
    .name = "NodeUnschedulable", .check = check, .wakes = WAKE_NODE_ADDED | WAKE_NODE_TAINTS, .helps = helps};
