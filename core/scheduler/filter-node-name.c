/* SPDX-License-Identifier: Apache-2.0 */
/* NodeName: a pod that names its node gets that one or none. */
#include "core/scheduler/filter.h"

static enum outlook prepare(struct cycle *c)
{
    return c->node_name ? OUTLOOK_CHECK : OUTLOOK_SKIP;
}

static enum verdict check(const struct cycle *c, const struct node *n, struct reasons *reasons)
{
    if (strcmp(c->node_name, n->name) == 0)
        return VERDICT_FITS;
    reasons_add(reasons, "node(s) didn't match the requested node name");
    return VERDICT_UNRESOLVABLE;
}

const struct filter filter_node_name = {
    .name = "NodeName", .prepare = prepare, .check = check, .wakes = WAKE_NODE_ADDED};
