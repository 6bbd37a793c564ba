/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters say on which nodes a pod can run, in upstream's order; a row each in filter.c, one file each. A
 * filter answers 0 (it can) or a number of its own that stands for a reason; the reason's text is made only
 * for the event that tells why nothing was found. Called under the scheduler's lock.
 */
#ifndef KEELSON_SCHEDULER_FILTER_H
#define KEELSON_SCHEDULER_FILTER_H

#include "core/scheduler/request.h"

struct filter {
    const char *name; /* upstream's plugin name */
    /* 0: the node will do. Otherwise 1 … 63. */
    unsigned (*refuses)(const struct pod_request *r, const struct node *n);
    /* "Insufficient cpu", "node(s) were unschedulable"; in the arena or static. */
    const char *(*reason)(const struct pod_request *r, const struct node *n, unsigned refusal);
    unsigned wakes; /* enum wake: what could change the answer */
};
extern const struct filter filter_node_unschedulable, filter_node_name, filter_taint_toleration,
    filter_node_affinity, filter_node_ports, filter_node_resources;
extern const struct filter *const filters[];
extern const unsigned filters_count;

#endif
