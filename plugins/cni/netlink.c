/* SPDX-License-Identifier: Apache-2.0 */
/* See netlink.h: requests and dumps over libmnl. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plugins/cni/netlink.h"

enum { BUFFER_BYTES = 32 << 10 }; /* as much as the kernel puts in one part of a dump */

struct netlink {
    struct mnl_socket *socket;
    unsigned sequence, port;
    char buffer[BUFFER_BYTES];
};

int netlink_open(struct netlink **ret)
{
    struct netlink *netlink = calloc(1, sizeof(*netlink));
    if (!netlink)
        return -ENOMEM;
    netlink->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (!netlink->socket || mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
        int error = errno;
        netlink_close(netlink);
        return -error;
    }
    netlink->port = mnl_socket_get_portid(netlink->socket);
    netlink->sequence = (unsigned)time(NULL);
    *ret = netlink;
    return 0;
}

void netlink_close(struct netlink *netlink)
{
    if (netlink && netlink->socket)
        mnl_socket_close(netlink->socket);
    free(netlink);
}

static struct nlmsghdr *begin(struct netlink *netlink, uint16_t type, uint16_t flags)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(netlink->buffer);
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    message->nlmsg_seq = ++netlink->sequence;
    return message;
}

/* Sends, and reads up to the acknowledgement or the end of the dump. */
static int talk(struct netlink *netlink, const struct nlmsghdr *message, mnl_cb_t each, void *context)
{
    if (mnl_socket_sendto(netlink->socket, message, message->nlmsg_len) < 0)
        return -errno;
    for (int rc = MNL_CB_OK; rc > MNL_CB_STOP;) {
        ssize_t n = mnl_socket_recvfrom(netlink->socket, netlink->buffer, sizeof(netlink->buffer));
        if (n < 0 && errno == EINTR)
            continue;
        rc = n < 0 ? MNL_CB_ERROR
                   : mnl_cb_run(netlink->buffer, (size_t)n, netlink->sequence, netlink->port, each, context);
        if (rc < 0)
            return -errno;
    }
    return 0;
}

/* Room for one more; doubles. NULL: no memory. */
static void *grow(void *list, size_t count, size_t item_bytes)
{
    bool full = (count & (count - 1)) == 0; /* 0, 1, 2, 4, … */
    return full ? realloc(list, (count ? count * 2 : 1) * item_bytes) : list;
}

struct address_list {
    struct link_address *items;
    size_t count;
};

static int each_address(const struct nlmsghdr *message, void *context)
{
    struct address_list *list = context;
    const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
    const void *address = NULL;
    const struct nlattr *attribute;
    if (header->ifa_family != AF_INET && header->ifa_family != AF_INET6)
        return MNL_CB_OK;
    /* with a peer IFA_ADDRESS is the other end, and IFA_LOCAL is ours */
    mnl_attr_for_each(attribute, message, sizeof(*header))
    {
        uint16_t type = mnl_attr_get_type(attribute);
        if ((type == IFA_LOCAL || (type == IFA_ADDRESS && !address)) &&
            mnl_attr_get_payload_len(attribute) >= cidr_address_bytes(header->ifa_family))
            address = mnl_attr_get_payload(attribute);
    }
    if (!address)
        return MNL_CB_OK;
    struct link_address *items = grow(list->items, list->count, sizeof(*items));
    if (!items)
        return MNL_CB_ERROR;
    list->items = items;
    struct link_address *item = &list->items[list->count++];
    cidr_make(header->ifa_family, address, cidr_address_bytes(header->ifa_family) * 8, &item->address);
    cidr_make(header->ifa_family, address, header->ifa_prefixlen, &item->range);
    item->interface = (int)header->ifa_index;
    return MNL_CB_OK;
}

int netlink_addresses(struct netlink *netlink, struct link_address **ret, size_t *ret_count)
{
    struct address_list list = {0};
    struct nlmsghdr *message = begin(netlink, RTM_GETADDR, NLM_F_DUMP);
    mnl_nlmsg_put_extra_header(message, sizeof(struct ifaddrmsg));
    int rc = talk(netlink, message, each_address, &list);
    if (rc < 0) {
        free(list.items);
        return rc;
    }
    *ret = list.items;
    *ret_count = list.count;
    return 0;
}

struct route_list {
    struct route *items;
    size_t count;
    unsigned char protocol;
};

static int each_route(const struct nlmsghdr *message, void *context)
{
    struct route_list *list = context;
    const struct rtmsg *header = mnl_nlmsg_get_payload(message);
    const struct nlattr *attribute;
    const void *to = NULL, *gateway = NULL;
    unsigned bytes = cidr_address_bytes(header->rtm_family);
    if (header->rtm_protocol != list->protocol || header->rtm_table != RT_TABLE_MAIN ||
        header->rtm_type != RTN_UNICAST || (header->rtm_family != AF_INET && header->rtm_family != AF_INET6))
        return MNL_CB_OK;
    mnl_attr_for_each(attribute, message, sizeof(*header))
    {
        if (mnl_attr_get_payload_len(attribute) < bytes)
            continue;
        if (mnl_attr_get_type(attribute) == RTA_DST)
            to = mnl_attr_get_payload(attribute);
        else if (mnl_attr_get_type(attribute) == RTA_GATEWAY)
            gateway = mnl_attr_get_payload(attribute);
    }
    if (!to || !gateway)
        return MNL_CB_OK;
    struct route *items = grow(list->items, list->count, sizeof(*items));
    if (!items)
        return MNL_CB_ERROR;
    list->items = items;
    cidr_make(header->rtm_family, to, header->rtm_dst_len, &list->items[list->count].to);
    cidr_make(header->rtm_family, gateway, bytes * 8, &list->items[list->count++].gateway);
    return MNL_CB_OK;
}

int netlink_routes(struct netlink *netlink, unsigned char protocol, struct route **ret, size_t *ret_count)
{
    struct route_list list = {.protocol = protocol};
    struct nlmsghdr *message = begin(netlink, RTM_GETROUTE, NLM_F_DUMP);
    mnl_nlmsg_put_extra_header(message, sizeof(struct rtmsg));
    int rc = talk(netlink, message, each_route, &list);
    if (rc < 0) {
        free(list.items);
        return rc;
    }
    *ret = list.items;
    *ret_count = list.count;
    return 0;
}

static int route_change(struct netlink *netlink, uint16_t type, uint16_t flags, unsigned char protocol,
                        const struct route *route)
{
    unsigned bytes = cidr_address_bytes(route->to.family);
    struct nlmsghdr *message = begin(netlink, type, NLM_F_ACK | flags);
    struct rtmsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
    header->rtm_family = (unsigned char)route->to.family;
    header->rtm_dst_len = (unsigned char)route->to.prefix;
    header->rtm_protocol = protocol;
    header->rtm_table = RT_TABLE_MAIN;
    header->rtm_type = RTN_UNICAST;
    header->rtm_scope = RT_SCOPE_UNIVERSE;
    mnl_attr_put(message, RTA_DST, bytes, route->to.address);
    mnl_attr_put(message, RTA_GATEWAY, bytes, route->gateway.address);
    return talk(netlink, message, NULL, NULL);
}

int netlink_route_add(struct netlink *netlink, unsigned char protocol, const struct route *route)
{
    return route_change(netlink, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, protocol, route);
}

int netlink_route_delete(struct netlink *netlink, unsigned char protocol, const struct route *route)
{
    return route_change(netlink, RTM_DELROUTE, 0, protocol, route);
}

static int each_link(const struct nlmsghdr *message, void *context)
{
    const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
    const struct nlattr *attribute;
    unsigned *mtu = context;
    mnl_attr_for_each(attribute, message, sizeof(*header))
    {
        if (mnl_attr_get_type(attribute) == IFLA_MTU && !(header->ifi_flags & IFF_LOOPBACK))
            *mtu = mnl_attr_get_u32(attribute);
    }
    return MNL_CB_OK;
}

int netlink_mtu(struct netlink *netlink, int interface, unsigned *ret)
{
    struct nlmsghdr *message = begin(netlink, RTM_GETLINK, NLM_F_ACK);
    struct ifinfomsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
    header->ifi_index = interface;
    *ret = 0;
    return talk(netlink, message, each_link, ret);
}

int netlink_link_delete(struct netlink *netlink, const char *name)
{
    struct nlmsghdr *message = begin(netlink, RTM_DELLINK, NLM_F_ACK);
    mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(message, IFLA_IFNAME, name);
    return talk(netlink, message, NULL, NULL);
}
