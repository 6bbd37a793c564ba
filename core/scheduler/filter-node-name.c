/* SPDX-License-Identifier: Apache-2.0 */
/* NodeName: a pod that names its node gets that one or none. */
#include "core/scheduler/filter.h"
#include "core/scheduler/queue.h"

static unsigned refuses(const struct pod_request *r, const struct node *n)
{
    return *r->node_name && strcmp(r->node_name, n->name) != 0;
}

static const char *reason(const struct pod_request *r, const struct node *n, unsigned refusal)
{
    return "node(s) didn't match the requested node name";
}

const struct filter filter_node_name = {
    .name = "NodeName", .refuses = refuses, .reason = reason, .wakes = WAKE_NODE_ADDED};
