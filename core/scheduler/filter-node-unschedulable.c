/* SPDX-License-Identifier: Apache-2.0 */
/* NodeUnschedulable: a cordoned node takes only pods that tolerate it. */
#include "core/scheduler/filter.h"
#include "core/scheduler/queue.h"

static unsigned refuses(const struct pod_request *r, const struct node *n)
{
    static const struct taint cordon = {
        .key = "node.kubernetes.io/unschedulable", .value = "", .effect = 'S'};
    return n->unschedulable && !tolerates(r, &cordon);
}

static const char *reason(const struct pod_request *r, const struct node *n, unsigned refusal)
{
    return "node(s) were unschedulable";
}

const struct filter filter_node_unschedulable = {.name = "NodeUnschedulable",
                                                 .refuses = refuses,
                                                 .reason = reason,
                                                 .wakes = WAKE_NODE_ADDED | WAKE_NODE_TAINTS};
