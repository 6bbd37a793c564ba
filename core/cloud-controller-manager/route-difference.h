/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be done so that a cloud routes each pod CIDR to its node. Pure; any thread.
 *
 * Only routes to blocks within the cluster's are looked at. A route goes if its target is gone (blackhole),
 * if no node has its target's name, or if its target does not have the block (any more), whoever owns it: the
 * block may be another node's by now. What leads to nodes of whom it is not known yet whose they are stays.
 */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_ROUTE_DIFFERENCE_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_ROUTE_DIFFERENCE_H

#include "core/cloud-controller-manager/owned-nodes.h"

/* A route as the cloud lists it, or (name NULL) as it is to be. */
struct cloud_route {
    const char *name, *node_name, *destination;
    const struct json *node; /* of one that is to be */
    bool blackhole;
};
struct cloud_routes {
    struct cloud_route *list;
    size_t count;
};
struct route_difference {
    struct cloud_routes create, remove; /* remove first: a block may move from node to node */
};
/* "10.0.0.0/8" or "10.0.0.0/8,fd00::/48": ERR_BAD_REQUEST for anything else. */
int route_check_cluster_cidr(const char *cluster_cidr, struct error *err);
/* All in the arena. nodes: by name. */
void route_compare(struct arena *arena, const char *cluster_cidr, const struct owned_node *nodes,
                   size_t nodes_count, const struct cloud_routes *there, struct route_difference *ret);
/* The i-th of a node's pod CIDRs; NULL beyond the last. */
const char *route_pod_cidr(const struct json *node, uint32_t i);
/* Whether one of its pod CIDRs is within the cluster's. */
bool route_is_wanted(const char *cluster_cidr, const struct json *node);
/* Do both mean the same block, however they are written? */
bool route_same_cidr(const char *a, const char *b);

#endif
