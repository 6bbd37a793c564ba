/* SPDX-License-Identifier: Apache-2.0 */
/* Routes to the pods of other nodes, by these nodes' addresses, where they are on one link with us. */
#ifndef CNI_ROUTES_H
#define CNI_ROUTES_H

#include "plugins/cni/netlink.h"
#include "plugins/cni/node.h"

struct routes_result {
    unsigned added, removed, unreachable;
    char unreachable_node[64]; /* one of them */
};

/* Makes our routes (those marked with `protocol`) match the peers; no peers: removes all. -1 with words when
 * the kernel refuses or a peer's CIDR is not understood; what could be done was done. */
int routes_sync(struct netlink *netlink, unsigned char protocol, const struct keelson_network_peer *peers,
                uint32_t peers_count, uint32_t peer_size, struct routes_result *ret, struct trouble *trouble);

#endif
