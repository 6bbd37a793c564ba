/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See routes.h. The wanted and the present routes are sorted and walked side by side, so that a change of one
 * node among thousands costs one request to the kernel and two dumps.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cni/routes.h"

struct route_list {
    struct route *items;
    size_t count, capacity;
};

static int list_add(struct route_list *list, const struct route *route)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 16;
        struct route *items = realloc(list->items, capacity * sizeof(*items));
        if (!items)
            return -1;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *route;
    return 0;
}

static int route_order(const void *a, const void *b)
{
    const struct route *left = a, *right = b;
    int order = cidr_compare(&left->to, &right->to);
    return order ? order : cidr_compare(&left->gateway, &right->gateway);
}

/* An address of the peer that is of this family and on one of our links. */
static bool find_gateway(const struct keelson_network_peer *peer, int family,
                         const struct link_address *links, size_t links_count, struct cidr *ret)
{
    for (uint32_t i = 0; i < peer->addresses_count; i++) {
        struct cidr address;
        if (cidr_parse_address(peer->addresses[i], &address) < 0 || address.family != family)
            continue;
        for (size_t j = 0; j < links_count; j++)
            if (cidr_contains(&links[j].range, &address) && cidr_compare(&links[j].address, &address) != 0) {
                *ret = address;
                return true;
            }
    }
    return false;
}

static int want_peer(const struct keelson_network_peer *peer, const struct link_address *links,
                     size_t links_count, struct route_list *wanted, struct routes_result *result,
                     struct trouble *trouble)
{
    int rc = 0;
    for (uint32_t i = 0; i < peer->pod_cidrs_count; i++) {
        struct route route;
        if (cidr_parse(peer->pod_cidrs[i], &route.to) < 0) {
            rc = trouble_set(trouble, "node %.60s: pod CIDR \"%.60s\" is not understood", peer->node_name,
                             peer->pod_cidrs[i]);
        } else if (!find_gateway(peer, route.to.family, links, links_count, &route.gateway)) {
            result->unreachable++;
            snprintf(result->unreachable_node, sizeof(result->unreachable_node), "%s", peer->node_name);
        } else if (list_add(wanted, &route) < 0) {
            rc = trouble_set(trouble, "out of memory");
        }
    }
    return rc;
}

static int refused(struct trouble *trouble, const char *what, const struct route *route, int error)
{
    char to[CIDR_TEXT_BYTES], gateway[CIDR_TEXT_BYTES];
    cidr_format(&route->to, true, to);
    cidr_format(&route->gateway, false, gateway);
    return trouble_set(trouble, "%s the route to %s by %s: %s", what, to, gateway, strerror(error));
}

/* Removes before it adds: a new gateway of one CIDR is a removal and an addition. */
static int apply(struct netlink *netlink, unsigned char protocol, const struct route_list *wanted,
                 const struct route_list *present, struct routes_result *result, struct trouble *trouble)
{
    int rc = 0;
    for (int adding = 0; adding < 2; adding++) {
        const struct route_list *from = adding ? wanted : present, *other = adding ? present : wanted;
        for (size_t i = 0, j = 0; i < from->count; i++) {
            while (j < other->count && route_order(&other->items[j], &from->items[i]) < 0)
                j++;
            if (j < other->count && route_order(&other->items[j], &from->items[i]) == 0)
                continue;
            int error = adding ? netlink_route_add(netlink, protocol, &from->items[i])
                               : netlink_route_delete(netlink, protocol, &from->items[i]);
            if (error < 0 && error != -ESRCH)
                rc = refused(trouble, adding ? "adding" : "removing", &from->items[i], -error);
            else if (adding)
                result->added++;
            else
                result->removed++;
        }
    }
    return rc;
}

int routes_sync(struct netlink *netlink, unsigned char protocol, const struct keelson_network_peer *peers,
                uint32_t peers_count, uint32_t peer_size, struct routes_result *ret, struct trouble *trouble)
{
    struct route_list wanted = {0}, present = {0};
    struct link_address *links = NULL;
    size_t links_count = 0;
    int rc = netlink_addresses(netlink, &links, &links_count);
    memset(ret, 0, sizeof(*ret));
    if (rc == 0)
        rc = netlink_routes(netlink, protocol, &present.items, &present.count);
    if (rc < 0) {
        free(links);
        return trouble_set(trouble, "reading addresses and routes: %s", strerror(-rc));
    }
    for (uint32_t i = 0; i < peers_count; i++)
        if (want_peer(KEELSON_AT(peers, peer_size, i), links, links_count, &wanted, ret, trouble) < 0)
            rc = -1;
    if (wanted.count)
        qsort(wanted.items, wanted.count, sizeof(*wanted.items), route_order);
    if (present.count)
        qsort(present.items, present.count, sizeof(*present.items), route_order);
    if (apply(netlink, protocol, &wanted, &present, ret, trouble) < 0)
        rc = -1;
    free(links);
    free(wanted.items);
    free(present.items);
    return rc;
}
