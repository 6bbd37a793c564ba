/* SPDX-License-Identifier: Apache-2.0 */
/* Frames byte by byte, so that neither alignment nor padding matters; see frame.h. */
#include "core/announce/frame.h"

#include <string.h>

#define ETHERNET 14
#define IPV6                                                                                                 \
    (ETHERNET + 40) /* where ICMPv6 begins: extension headers never stand before neighbour discovery */
#define TYPE_ARP   0x0806
#define TYPE_IPV6  0x86dd
#define ICMPV6     58
#define SOLICIT    135
#define ADVERTISE  136
#define SOURCE_MAC 1 /* options */
#define TARGET_MAC 2
#define SOLICITED  0x40 /* flags of an advertisement */
#define OVERRIDE   0x20

static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t all_nodes[16] = {0xff, 0x02, [15] = 1};

static unsigned read16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static void write16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static struct address address_at(uint8_t family, const uint8_t *at)
{
    struct address a = {.family = family};
    memcpy(a.raw, at, family == 4 ? 4 : 16);
    return a;
}

static bool is_unspecified(const struct address *a)
{
    static const uint8_t none[16];
    return memcmp(a->raw, none, sizeof(none)) == 0;
}

/* A question's target is whom it asks about; whoever sends for its own address, or answers, claims it. */
static void read_arp(const uint8_t *arp, struct frame *ret)
{
    static const uint8_t ethernet_ipv4[] = {0, 1, 8, 0, 6, 4};
    unsigned operation = read16(arp + 6);
    struct address sender = address_at(4, arp + 14), target = address_at(4, arp + 24);
    if (memcmp(arp, ethernet_ipv4, sizeof(ethernet_ipv4)) != 0 || (operation != 1 && operation != 2))
        return;
    bool claim = operation == 2 || address_compare(&sender, &target) == 0;
    if (claim && is_unspecified(&sender))
        return;
    *ret = (struct frame){
        .kind = claim ? FRAME_CLAIM : FRAME_QUESTION, .target = claim ? sender : target, .asker = sender};
    memcpy(ret->mac, arp + 8, 6);
}

static unsigned checksum(const uint8_t *ip, size_t icmp_size)
{
    const uint8_t *icmp = ip + 40;
    uint32_t sum = ICMPV6 + (uint32_t)icmp_size;
    for (size_t i = 8; i < 40; i += 2) /* both addresses */
        sum += read16(ip + i);
    for (size_t i = 0; i + 1 < icmp_size; i += 2)
        sum += read16(icmp + i);
    if (icmp_size % 2)
        sum += (uint32_t)icmp[icmp_size - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

/* The hardware address of the option; NULL: none. False: the options are broken. */
static bool find_option(const uint8_t *options, size_t size, uint8_t type, const uint8_t **ret)
{
    *ret = NULL;
    for (size_t at = 0; at < size;) {
        size_t length = size - at >= 2 ? (size_t)options[at + 1] * 8 : 0;
        if (length == 0 || length > size - at)
            return false;
        if (options[at] == type && length == 8)
            *ret = options + at + 2;
        at += length;
    }
    return true;
}

static void read_neighbour(const uint8_t *frame, size_t size, struct frame *ret)
{
    const uint8_t *ip = frame + ETHERNET, *icmp = frame + IPV6, *mac;
    size_t icmp_size = read16(ip + 4);
    uint8_t type = icmp[0];
    if (ip[0] >> 4 != 6 || ip[6] != ICMPV6 || ip[7] != 255 || icmp_size < 24 || icmp_size > size - IPV6 ||
        (type != SOLICIT && type != ADVERTISE) || icmp[1] != 0 || checksum(ip, icmp_size) != 0 ||
        icmp[8] == 0xff)
        return;
    struct address source = address_at(6, ip + 8);
    if (!find_option(icmp + 24, icmp_size - 24, type == SOLICIT ? SOURCE_MAC : TARGET_MAC, &mac) ||
        (type == SOLICIT && is_unspecified(&source) && mac))
        return;
    *ret = (struct frame){.kind = type == SOLICIT ? FRAME_QUESTION : FRAME_CLAIM,
                          .target = address_at(6, icmp + 8),
                          .asker = source};
    memcpy(ret->mac, mac ? mac : frame + 6, 6);
}

void frame_read(const uint8_t *bytes, size_t size, struct frame *ret)
{
    *ret = (struct frame){.kind = FRAME_NOTHING};
    if (size >= FRAME_ARP_SIZE && read16(bytes + 12) == TYPE_ARP)
        read_arp(bytes + ETHERNET, ret);
    else if (size >= IPV6 + 24 && read16(bytes + 12) == TYPE_IPV6)
        read_neighbour(bytes, size, ret);
}

static size_t write_arp(unsigned operation, const uint8_t mac[6], const struct address *sender,
                        const uint8_t target_mac[6], const struct address *target, const uint8_t to[6],
                        uint8_t *out)
{
    static const uint8_t ethernet_ipv4[] = {0, 1, 8, 0, 6, 4};
    uint8_t *arp = out + ETHERNET;
    memcpy(out, to, 6);
    memcpy(out + 6, mac, 6);
    write16(out + 12, TYPE_ARP);
    memcpy(arp, ethernet_ipv4, sizeof(ethernet_ipv4));
    write16(arp + 6, operation);
    memcpy(arp + 8, mac, 6);
    memcpy(arp + 14, sender->raw, 4);
    memcpy(arp + 18, target_mac, 6);
    memcpy(arp + 24, target->raw, 4);
    return FRAME_ARP_SIZE;
}

static size_t write_advertisement(const struct address *address, const uint8_t mac[6],
                                  const uint8_t to_mac[6], const uint8_t to[16], uint8_t flags, uint8_t *out)
{
    uint8_t *ip = out + ETHERNET, *icmp = out + IPV6;
    memset(out, 0, FRAME_NA_SIZE);
    memcpy(out, to_mac, 6);
    memcpy(out + 6, mac, 6);
    write16(out + 12, TYPE_IPV6);
    ip[0] = 0x60;
    write16(ip + 4, 32);
    ip[6] = ICMPV6;
    ip[7] = 255;
    memcpy(ip + 8, address->raw, 16); /* it is ours to speak for */
    memcpy(ip + 24, to, 16);
    icmp[0] = ADVERTISE;
    icmp[4] = flags;
    memcpy(icmp + 8, address->raw, 16);
    icmp[24] = TARGET_MAC;
    icmp[25] = 1;
    memcpy(icmp + 26, mac, 6);
    write16(icmp + 2, checksum(ip, 32));
    return FRAME_NA_SIZE;
}

/* Where what is meant for all nodes goes on Ethernet. */
static const uint8_t all_nodes_mac[6] = {0x33, 0x33, 0, 0, 0, 1};

size_t frame_answer(const struct frame *question, const uint8_t mac[6], uint8_t out[FRAME_MAX])
{
    const struct address *target = &question->target;
    if (target->family == 4)
        return write_arp(2, mac, target, question->mac, &question->asker, question->mac, out);
    if (is_unspecified(&question->asker))
        return write_advertisement(target, mac, all_nodes_mac, all_nodes, OVERRIDE, out);
    return write_advertisement(target, mac, question->mac, question->asker.raw, SOLICITED | OVERRIDE, out);
}

size_t frame_announcement(const struct address *address, const uint8_t mac[6], bool as_reply,
                          uint8_t out[FRAME_MAX])
{
    static const uint8_t nobody[6];
    if (address->family == 4)
        return write_arp(as_reply ? 2 : 1, mac, address, as_reply ? everybody : nobody, address, everybody,
                         out);
    return write_advertisement(address, mac, all_nodes_mac, all_nodes, OVERRIDE, out);
}

void frame_solicited_node(const struct address *address, uint8_t ret[16])
{
    static const uint8_t prefix[13] = {0xff, 0x02, [11] = 1, [12] = 0xff};
    memcpy(ret, prefix, sizeof(prefix));
    memcpy(ret + 13, address->raw + 13, 3);
}
