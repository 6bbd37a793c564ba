/* SPDX-License-Identifier: Apache-2.0 */
/* The filters, in upstream's order. */
#include "core/scheduler/filter.h"

#include "core/base/memory.h"

const struct filter *const filters[] = {
    &filter_node_unschedulable, &filter_node_name,      &filter_taint_toleration, &filter_node_affinity,
    &filter_node_ports,         &filter_node_resources, &filter_topology_spread,  &filter_pod_affinity,
};
const unsigned filters_count = ARRAY_SIZE(filters);

bool filter_accepts_node(const struct filter *f, const struct cycle *c, const struct event *e)
{
    return !e->node || f->check(c, e->node, NULL) == VERDICT_FITS;
}
