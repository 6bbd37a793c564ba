/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scores say which of the nodes that will do is best: 0 … 100 each, times a weight, added up. A row each in
 * score.c, one file each. Called under the scheduler's lock.
 */
#ifndef KEELSON_SCHEDULER_SCORE_H
#define KEELSON_SCHEDULER_SCORE_H

#include "core/scheduler/request.h"

#define SCORE_MAX 100
enum normalize { NORMALIZE_NONE, NORMALIZE_BY_LARGEST, NORMALIZE_BY_LARGEST_REVERSED };
struct score {
    const char *name;                             /* upstream's plugin name */
    int weight;                                   /* upstream's default */
    enum normalize normalize;                     /* the largest becomes 100 (or 0) */
    bool (*applies)(const struct pod_request *r); /* NULL: always */
    int64_t (*score)(const struct cluster *c, const struct pod_request *r, const struct node *n);
};
extern const struct score score_least_allocated, score_balanced_allocation, score_taint_toleration,
    score_node_affinity, score_image_locality;
extern const struct score *const scores[];
extern const unsigned scores_count;
/* Puts the total of each node into totals; scratch holds count numbers. */
void score_nodes(const struct cluster *c, const struct pod_request *r, struct node *const *nodes,
                 unsigned count, int64_t *totals, int64_t *scratch);

#endif
