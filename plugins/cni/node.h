/* SPDX-License-Identifier: Apache-2.0 */
/* What the host says of this node and its peers, checked and parsed once, and why something cannot be done,
 * in words. */
#ifndef CNI_NODE_H
#define CNI_NODE_H

#include <keelson/network.h>
#include <stddef.h>

#include "plugins/cni/cidr.h"

struct trouble {
    char text[256];
};
/* Returns -1, for `return trouble_set(…)`. */
int trouble_set(struct trouble *trouble, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

enum { NODE_RANGES_MAX = 16 };

struct node {
    struct cidr pods[2]; /* at most one a family */
    struct cidr cluster[NODE_RANGES_MAX];
    struct cidr addresses[NODE_RANGES_MAX];
    unsigned pods_count, cluster_count, addresses_count;
};

/* -1 with words when a text is no CIDR or address, or there are too many. */
int node_parse(const struct keelson_network_node *from, struct node *ret, struct trouble *trouble);

#endif
