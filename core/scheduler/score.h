/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scores say which of the nodes that will do is best: 0 … 100 each, times the profile's weight, added up. A
 * row each in score.c, one file each.
 */
#ifndef KEELSON_SCHEDULER_SCORE_H
#define KEELSON_SCHEDULER_SCORE_H

#include "core/scheduler/cycle.h"

#define SCORE_MAX 100
struct score {
    const char *name; /* upstream's plugin name */
    int64_t weight;   /* upstream's default */
    /* Fills out with 0 … 100 for each node. False: it has nothing to say about this pod. */
    bool (*score)(const struct cycle *c, struct node *const *nodes, unsigned count, int64_t *out);
};
extern const struct score score_resources, score_balanced_allocation, score_taint_toleration,
    score_node_affinity, score_image_locality, score_topology_spread, score_pod_affinity;
extern const struct score *const scores[];
extern const unsigned scores_count;
/* The total of each node, in the arena. */
int64_t *score_nodes(const struct cycle *c, struct node *const *nodes, unsigned count);

/* For scores: the largest becomes 100, and the others in proportion; reversed: it becomes 0. */
void score_normalize(int64_t *values, unsigned count, bool reversed);

#endif
