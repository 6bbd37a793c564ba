/* SPDX-License-Identifier: Apache-2.0 */
/* A link is an interface that serves a range: two packet sockets (ARP; neighbour discovery, by a BPF filter
 * in the kernel) and one socket that joins groups. See lan.h. */
#include "core/announce/lan.h"

#include <errno.h>
#include <fnmatch.h>
#include <ifaddrs.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/buffer.h"
#include "core/base/log.h"
#include "core/base/memory.h"

#define SETTLE_MS  20 /* the kernel tells of a change in several messages */
#define FRAME_READ 1514

struct link {
    struct lan *lan;
    char name[IF_NAMESIZE];
    unsigned index;
    uint8_t mac[6];
    bool *serves; /* by range */
    bool seen;    /* by the present look at the interfaces */
    int arp, neighbours, groups;
    struct loop_fd *arp_watch, *neighbours_watch;
};
struct lan {
    struct loop *loop;
    const struct lan_range *ranges;
    size_t ranges_count;
    const struct lan_told *told;
    struct link **links;
    size_t links_count, links_capacity;
    struct address *listened; /* IPv6 only */
    size_t listened_count, listened_capacity;
    char *usable;
    int netlink;
    struct loop_fd *netlink_watch;
    struct loop_timer look;
    atomic_uint_fast64_t answers;
};

int lan_range_parse(const char *text, struct lan_range *ret, struct error *err)
{
    struct slice rest = slice_of(text), range = slice_cut(&rest, '@');
    struct lan_range r = {0};
    if (strchr(text, '@') && rest.size == 0)
        return error_set(err, ERR_BAD_REQUEST, "\"%s\" names no interface behind its @", text);
    const char *why = address_range_parse(range.data, range.size, &r.range);
    if (why)
        return error_set(err, ERR_BAD_REQUEST, "\"%.*s\" %s", SLICE_ARG(range), why);
    if (!address_is_usable(&r.range.first) || !address_is_usable(&r.range.last))
        return error_set(err, ERR_BAD_REQUEST, "\"%.*s\" has addresses that are no machine's on a network",
                         SLICE_ARG(range));
    r.text = xstrndup(range.data, range.size);
    r.interfaces = rest.size ? xstrndup(rest.data, rest.size) : NULL;
    *ret = r;
    return 0;
}

void lan_range_done(struct lan_range *r)
{
    free(r->text);
    free(r->interfaces);
}

static void link_close(struct link *l)
{
    if (l->arp_watch)
        loop_fd_remove(l->arp_watch);
    if (l->neighbours_watch)
        loop_fd_remove(l->neighbours_watch);
    cleanup_close(&l->arp);
    cleanup_close(&l->neighbours);
    cleanup_close(&l->groups);
    free(l->serves);
    free(l);
}

static void link_send(const struct link *l, const uint8_t *frame, size_t size)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)l->index, .sll_halen = 6};
    memcpy(to.sll_addr, frame, 6);
    if (sendto(l->arp, frame, size, 0, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != ENETDOWN &&
        errno != ENXIO)
        log_warning("%s: a frame could not be sent: %s", l->name, strerror(errno));
}

static bool link_serves(const struct link *l, const struct address *a)
{
    for (size_t i = 0; i < l->lan->ranges_count; i++)
        if (l->serves[i] && address_range_has(&l->lan->ranges[i].range, a))
            return true;
    return false;
}

static void answer(struct link *l, const struct frame *question)
{
    uint8_t out[FRAME_MAX];
    link_send(l, out, frame_answer(question, l->mac, out));
    atomic_fetch_add(&l->lan->answers, 1);
}

static void handle(struct link *l, const uint8_t *bytes, size_t size)
{
    const struct lan_told *told = l->lan->told;
    struct frame f;
    frame_read(bytes, size, &f);
    if (f.kind == FRAME_NOTHING || !link_serves(l, &f.target))
        return;
    if (f.kind == FRAME_QUESTION && told->question(told->context, &f.target))
        answer(l, &f);
    else if (f.kind == FRAME_CLAIM && memcmp(f.mac, l->mac, 6) != 0)
        told->claim(told->context, &f.target, f.mac, l->name);
}

/* The kernel shows a socket also what came by the cable for a VLAN: without its tag, and as the VLAN's
 * interface's, or, where there is none, as somebody else's. Our answer would go without a tag to another LAN.
 */
static bool is_of_its_lan(const struct link *l, const struct sockaddr_ll *from)
{
    return from->sll_pkttype != PACKET_OUTGOING && from->sll_pkttype != PACKET_OTHERHOST &&
           from->sll_ifindex == (int)l->index;
}

static void receive(struct link *l, int fd)
{
    uint8_t bytes[FRAME_READ];
    for (;;) {
        struct sockaddr_ll from = {0};
        socklen_t from_size = sizeof(from);
        ssize_t size = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &from_size);
        if (size < 0)
            return;
        if (is_of_its_lan(l, &from))
            handle(l, bytes, (size_t)size);
    }
}

static void arp_readable(void *context, uint32_t events)
{
    struct link *l = context;
    receive(l, l->arp);
}

static void neighbours_readable(void *context, uint32_t events)
{
    struct link *l = context;
    receive(l, l->neighbours);
}

/* The filter stands before the first packet: bound to no protocol until it is there. */
static int open_packet(unsigned index, uint16_t protocol, const struct sock_fprog *filter)
{
    struct sockaddr_ll at = {
        .sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = (int)index};
    _cleanup_close_ int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter, sizeof(*filter)) < 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
        return -1;
    return TAKE_FD(fd);
}

static int open_arp(unsigned index)
{
    /* requests and replies */
    static struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
                                        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 1, 0),
                                        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 1),
                                        BPF_STMT(BPF_RET | BPF_K, FRAME_READ), BPF_STMT(BPF_RET | BPF_K, 0)};
    static const struct sock_fprog filter = {ARRAY_SIZE(code), code};
    return open_packet(index, ETH_P_ARP, &filter);
}

static int open_neighbours(unsigned index)
{
    /* ICMPv6 right behind the header, solicitations and advertisements */
    static struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),
                                        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 58, 0, 4),
                                        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54),
                                        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 135, 1, 0),
                                        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 136, 0, 1),
                                        BPF_STMT(BPF_RET | BPF_K, FRAME_READ),
                                        BPF_STMT(BPF_RET | BPF_K, 0)};
    static const struct sock_fprog filter = {ARRAY_SIZE(code), code};
    return open_packet(index, ETH_P_IPV6, &filter);
}

static void group_set(const struct link *l, const struct address *a, bool join)
{
    struct ipv6_mreq group = {.ipv6mr_interface = l->index};
    frame_solicited_node(a, group.ipv6mr_multiaddr.s6_addr);
    int option = join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP;
    if (setsockopt(l->groups, IPPROTO_IPV6, option, &group, sizeof(group)) < 0 && join && errno != EADDRINUSE)
        log_warning("%s: questions about an IPv6 address may not arrive: its group could not be joined: %s",
                    l->name, strerror(errno));
}

static struct link *link_open(struct lan *lan, const char *name, const struct sockaddr_ll *hardware)
{
    struct link *l = new0(struct link);
    *l = (struct link){
        .lan = lan, .index = (unsigned)hardware->sll_ifindex, .serves = newa0(bool, lan->ranges_count)};
    memcpy(l->name, name, strnlen(name, IF_NAMESIZE - 1));
    memcpy(l->mac, hardware->sll_addr, 6);
    l->arp = open_arp(l->index);
    l->neighbours = open_neighbours(l->index);
    l->groups = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0); /* none on a machine without IPv6 */
    if (l->arp < 0 || l->neighbours < 0) {
        log_warning("%s: no packet socket can be opened: %s", l->name, strerror(errno));
        link_close(l);
        return NULL;
    }
    l->arp_watch = loop_fd_add(lan->loop, l->arp, EPOLLIN, arp_readable, l);
    l->neighbours_watch = loop_fd_add(lan->loop, l->neighbours, EPOLLIN, neighbours_readable, l);
    return l;
}

static struct link *link_find(const struct lan *lan, const char *name)
{
    for (size_t i = 0; i < lan->links_count; i++)
        if (strcmp(lan->links[i]->name, name) == 0)
            return lan->links[i];
    return NULL;
}

/* The network of one of an interface's addresses. */
static bool network_of(const struct ifaddrs *i, struct address_range *ret)
{
    struct address a = {0}, mask = {0};
    unsigned bits = 0;
    if (!i->ifa_addr || !i->ifa_netmask ||
        (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
        return false;
    a.family = i->ifa_addr->sa_family == AF_INET ? 4 : 6;
    const void *from = a.family == 4 ? (const void *)&((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr
                                     : (const void *)&((struct sockaddr_in6 *)(void *)i->ifa_addr)->sin6_addr;
    const void *masked = a.family == 4
                             ? (const void *)&((struct sockaddr_in *)(void *)i->ifa_netmask)->sin_addr
                             : (const void *)&((struct sockaddr_in6 *)(void *)i->ifa_netmask)->sin6_addr;
    memcpy(a.raw, from, address_size(&a));
    memcpy(mask.raw, masked, address_size(&a));
    while (bits < address_size(&a) * 8 && (mask.raw[bits / 8] & 0x80 >> bits % 8))
        bits++;
    *ret = address_network(&a, bits);
    return true;
}

static bool is_connected(const struct ifaddrs *all, const char *name, const struct address_range *range)
{
    for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
        struct address_range network;
        if (strcmp(i->ifa_name, name) == 0 && network_of(i, &network) &&
            (address_range_has(&network, &range->first) || address_range_has(&network, &range->last)))
            return true;
    }
    return false;
}

static bool serves(const struct lan_range *r, const struct ifaddrs *all, const char *name)
{
    return r->interfaces ? fnmatch(r->interfaces, name, 0) == 0 : is_connected(all, name, &r->range);
}

bool lan_flags_fit(unsigned flags)
{
    const unsigned wanted = IFF_UP | IFF_RUNNING,
                   unwanted = IFF_LOOPBACK | IFF_NOARP | IFF_POINTOPOINT | IFF_SLAVE;
    return (flags & wanted) == wanted && !(flags & unwanted);
}

static bool is_lan(const struct ifaddrs *i)
{
    const struct sockaddr_ll *hardware = (const void *)i->ifa_addr;
    return hardware && hardware->sll_family == AF_PACKET && hardware->sll_hatype == ARPHRD_ETHER &&
           lan_flags_fit(i->ifa_flags);
}

static bool serves_any(const struct lan *lan, const struct ifaddrs *all, const char *name)
{
    for (size_t i = 0; i < lan->ranges_count; i++)
        if (serves(&lan->ranges[i], all, name))
            return true;
    return false;
}

static void look_at(struct lan *lan, const struct ifaddrs *all, const struct ifaddrs *i)
{
    const struct sockaddr_ll *hardware = (const void *)i->ifa_addr;
    struct link *l = link_find(lan, i->ifa_name);
    if (!is_lan(i) || !serves_any(lan, all, i->ifa_name) ||
        (l && (l->index != (unsigned)hardware->sll_ifindex || memcmp(l->mac, hardware->sll_addr, 6) != 0)))
        return; /* one that is another now is closed, and opened with the next look */
    if (!l) {
        l = link_open(lan, i->ifa_name, hardware);
        if (!l)
            return;
        lan->links = xgrow(lan->links, &lan->links_capacity, lan->links_count + 1, sizeof(struct link *));
        lan->links[lan->links_count++] = l;
        for (size_t n = 0; n < lan->listened_count; n++)
            group_set(l, &lan->listened[n], true);
    }
    l->seen = true;
    for (size_t n = 0; n < lan->ranges_count; n++)
        l->serves[n] = serves(&lan->ranges[n], all, i->ifa_name);
}

/* True: one was closed that may be there under the same name. */
static bool close_unseen(struct lan *lan)
{
    size_t kept = 0, before = lan->links_count;
    for (size_t i = 0; i < before; i++) {
        struct link *l = lan->links[i];
        if (l->seen)
            lan->links[kept++] = l;
        else
            link_close(l);
    }
    lan->links_count = kept;
    return kept < before;
}

static void tell_usable(struct lan *lan)
{
    struct buffer text = BUFFER_INIT;
    for (size_t n = 0; n < lan->ranges_count; n++)
        for (size_t i = 0; i < lan->links_count; i++)
            if (lan->links[i]->serves[n]) {
                buffer_printf(&text, "%s%s", text.size ? "," : "", lan->ranges[n].text);
                break;
            }
    char *usable = buffer_take(&text);
    if (strcmp(lan->usable, usable) == 0) {
        free(usable);
        return;
    }
    free(lan->usable);
    lan->usable = usable;
    log_info("this node can announce %s",
             *usable ? usable : "nothing: no interface serves any of the addresses");
    lan->told->usable(lan->told->context, usable);
}

void lan_refresh(void *context)
{
    struct lan *lan = context;
    struct ifaddrs *all;
    if (getifaddrs(&all) < 0) {
        log_warning("the interfaces cannot be listed: %s", strerror(errno));
        loop_timer_start(&lan->look, 1000);
        return;
    }
    for (size_t i = 0; i < lan->links_count; i++)
        lan->links[i]->seen = false;
    for (const struct ifaddrs *i = all; i; i = i->ifa_next)
        if (i->ifa_addr && i->ifa_addr->sa_family == AF_PACKET)
            look_at(lan, all, i);
    if (close_unseen(lan))
        loop_timer_start(&lan->look, SETTLE_MS);
    freeifaddrs(all);
    tell_usable(lan);
}

/* What it says does not matter: that something changed does. Messages that were lost are told as an error. */
static void netlink_readable(void *context, uint32_t events)
{
    struct lan *lan = context;
    char bytes[8192];
    while (recv(lan->netlink, bytes, sizeof(bytes), MSG_DONTWAIT) >= 0 || errno == ENOBUFS || errno == EINTR)
        ;
    if (!lan->look.due_ms)
        loop_timer_start(&lan->look, SETTLE_MS);
}

int lan_new(struct loop *loop, const struct lan_range *ranges, size_t ranges_count,
            const struct lan_told *told, struct lan **ret, struct error *err)
{
    struct sockaddr_nl at = {.nl_family = AF_NETLINK,
                             .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
    _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
        return error_set_errno(err, errno, "the kernel does not tell of interfaces");
    struct lan *lan = new0(struct lan);
    *lan = (struct lan){.loop = loop,
                        .ranges = ranges,
                        .ranges_count = ranges_count,
                        .told = told,
                        .usable = xstrdup(""),
                        .netlink = TAKE_FD(fd)};
    lan->netlink_watch = loop_fd_add(loop, lan->netlink, EPOLLIN, netlink_readable, lan);
    loop_timer_init(&lan->look, loop, lan_refresh, lan);
    *ret = lan;
    return 0;
}

void lan_free(struct lan *lan)
{
    for (size_t i = 0; i < lan->links_count; i++)
        link_close(lan->links[i]);
    loop_timer_stop(&lan->look);
    loop_fd_remove(lan->netlink_watch);
    cleanup_close(&lan->netlink);
    free(lan->links);
    free(lan->listened);
    free(lan->usable);
    free(lan);
}

static bool same_group(const struct address *a, const struct address *b)
{
    return memcmp(a->raw + 13, b->raw + 13, 3) == 0;
}

static void unlisten(struct lan *lan, const struct address *a)
{
    bool needed = false;
    size_t kept = 0;
    for (size_t i = 0; i < lan->listened_count; i++) {
        if (address_compare(&lan->listened[i], a) == 0)
            continue;
        needed = needed || same_group(&lan->listened[i], a);
        lan->listened[kept++] = lan->listened[i];
    }
    lan->listened_count = kept;
    for (size_t i = 0; !needed && i < lan->links_count; i++)
        group_set(lan->links[i], a, false);
}

void lan_listen(struct lan *lan, const struct address *a, bool on)
{
    if (a->family != 6)
        return;
    unlisten(lan, a);
    if (!on)
        return;
    lan->listened = xgrow(lan->listened, &lan->listened_capacity, lan->listened_count + 1, sizeof(*a));
    lan->listened[lan->listened_count++] = *a;
    for (size_t i = 0; i < lan->links_count; i++)
        group_set(lan->links[i], a, true);
}

void lan_announce(struct lan *lan, const struct address *a)
{
    uint8_t out[FRAME_MAX];
    for (size_t i = 0; i < lan->links_count; i++) {
        const struct link *l = lan->links[i];
        if (!link_serves(l, a))
            continue;
        link_send(l, out, frame_announcement(a, l->mac, false, out));
        if (a->family == 4)
            link_send(l, out, frame_announcement(a, l->mac, true, out));
    }
}

uint64_t lan_answers(const struct lan *lan)
{
    return atomic_load(&lan->answers);
}
