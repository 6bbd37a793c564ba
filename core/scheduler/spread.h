/* SPDX-License-Identifier: Apache-2.0 */
/* What the filter and the score of PodTopologySpread share: which nodes and pods count. */
#ifndef KEELSON_SCHEDULER_SPREAD_H
#define KEELSON_SCHEDULER_SPREAD_H

#include "core/scheduler/filter.h"
#include "core/scheduler/pairs.h"

/* Of the class' constraints those that are hard, or those that are not, with the matching pods of each domain
 * (key: the constraint's topology key). */
struct spread_counts {
    const struct spread_constraint **constraints;
    struct pairs *pairs;
    unsigned count;
    bool defaulted; /* then nodes without the keys count as well */
};
struct spread_counts spread_counts_of(const struct cycle *c, bool hard);
/* Is the constraint about such pods? */
bool spread_concerns(const struct pod_class *c, const struct spread_constraint *s,
                     const struct pod_class *other);
/* Has the node all topology keys of the constraints? */
bool spread_node_has_keys(const struct spread_counts *s, const struct node *n);
/* Does the node count, by the constraint's node inclusion policies? */
bool spread_node_counts(const struct cycle *c, const struct spread_constraint *s, const struct node *n);
/* The pods on the node that the constraint is about. */
unsigned spread_matching_pods(const struct cycle *c, const struct spread_constraint *s, const struct node *n);

#endif
