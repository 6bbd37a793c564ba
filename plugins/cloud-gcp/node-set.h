/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of nodes as instances, found by zone and name. Immutable once made, but for the count of references,
 * which belongs to whoever shares them. */
#ifndef KEELSON_CLOUD_GCP_NODE_SET_H
#define KEELSON_CLOUD_GCP_NODE_SET_H

#include "plugins/cloud-gcp/machines.h"

struct node {
    char zone[NAME_SIZE], name[NAME_SIZE];
    char uuid[UUID_SIZE]; /* an instance that is made anew under its name is in no group any more */
};
struct node_set {
    unsigned refs;
    uint32_t count;
    struct node nodes[];
};

/* Of nodes that say their zone, foreign ones passed over. NULL: no memory. */
struct node_set *node_set_of(const struct machine_id *nodes, uint32_t count);
/* All that is in any of them. NULL: no memory. */
struct node_set *node_set_union(const struct node_set *const *sets, size_t count);
bool node_set_same(const struct node_set *a, const struct node_set *b);
/* Where it stands among those of a sorted array; NULL: it does not. */
const struct node *node_find(const struct node *nodes, uint32_t count, const struct node *key);
/* Behind the last one of the zone that the from-th is in. */
uint32_t node_set_zone_end(const struct node_set *set, uint32_t from);

/* Leaves at most so many of each zone: those that a number made of their name puts first. So the choice is
 * the same in every process, and a node that comes or goes changes it by one at most. */
void node_set_thin(struct node_set *set, uint32_t zone_max);

#endif
