/* SPDX-License-Identifier: Apache-2.0 */
/* The few rtnetlink requests that a node's pod network needs. Functions return 0 or -errno. Not for several
 * threads. */
#ifndef CNI_NETLINK_H
#define CNI_NETLINK_H

#include <stddef.h>

#include "plugins/cni/cidr.h"

struct netlink;
int netlink_open(struct netlink **ret);
void netlink_close(struct netlink *netlink);

/* An address of an interface, with the length of its link's prefix. */
struct link_address {
    struct cidr address; /* of one address */
    struct cidr range;   /* of the link */
    int interface;
};
/* An entry of the main table to one gateway. */
struct route {
    struct cidr to, gateway;
};

/* Lists grow by themselves; free() them. */
int netlink_addresses(struct netlink *netlink, struct link_address **ret, size_t *ret_count);
int netlink_routes(struct netlink *netlink, unsigned char protocol, struct route **ret, size_t *ret_count);
int netlink_route_add(struct netlink *netlink, unsigned char protocol,
                      const struct route *route); /* or replaces it */
int netlink_route_delete(struct netlink *netlink, unsigned char protocol, const struct route *route);
/* *ret 0: an interface of the loopback kind, whose MTU says nothing about others. */
int netlink_mtu(struct netlink *netlink, int interface, unsigned *ret);
int netlink_link_delete(struct netlink *netlink, const char *name);

#endif
