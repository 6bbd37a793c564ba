/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From services to what stands in the nftables table of a family. Connections are found by one map of
 * frontends (address, protocol, port) that says which chain picks the endpoint; the chain "one of five" is
 * shared by all services with five endpoints, and takes the endpoint from one map whose key is the frontend
 * with a number from numgen. So a service with n endpoints costs n + 1 elements and no chain of its own, and
 * a change sends the elements that differ. Only session affinity needs a chain and a set an endpoint.
 */
#ifndef KEELSON_PROXY_RULES_H
#define KEELSON_PROXY_RULES_H

#include "core/proxy/items.h"
#include "core/proxy/service.h"

struct rules_options {
    bool masquerade_all;
    uint32_t masquerade_mark; /* the bit of the packet mark that asks for masquerading */
    /* nft words that match what this node's pods send, and what they do not; NULL: that is not known. */
    const char *local[PROXY_FAMILIES], *not_local[PROXY_FAMILIES];
    const char *node_ip[PROXY_FAMILIES]; /* the node's first address; NULL: not known */
};
/* The table itself, with its sets, maps and hooks; empty apart from that. table: "ip kube-proxy". */
void rules_base(const struct rules_options *options, enum proxy_family family, const char *table,
                struct buffer *out);
void rules_for_service(const struct rules_options *options, enum proxy_family family,
                       const struct service *service, struct wishes *out);
/* CIDRs without those that lie within another: sets of intervals take no overlaps. count is updated. */
void rules_disjoint(const char **cidrs, size_t *count);
/* Is the CIDR or address within the other CIDR? Both of one family. */
bool rules_within(const char *inner, const char *outer);

#endif
