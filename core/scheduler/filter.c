/* SPDX-License-Identifier: Apache-2.0 */
/* The filters, in upstream's order. */
#include "core/scheduler/filter.h"

#include "core/base/memory.h"

const struct filter *const filters[] = {
    &filter_node_unschedulable, &filter_node_name,  &filter_taint_toleration,
    &filter_node_affinity,      &filter_node_ports, &filter_node_resources,
};
const unsigned filters_count = ARRAY_SIZE(filters);
