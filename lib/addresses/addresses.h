/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP addresses and ranges of them, as pools of load balancer addresses are written: "10.0.0.0/24",
 * "10.0.0.5-10.0.0.9", "fd00::1:0/112" or one address. Plain values, no memory of their own; any thread.
 * Knows nothing of keelson: serves the plugin that hands addresses out and the daemon that announces them.
 */
#ifndef LIB_ADDRESSES_H
#define LIB_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address {
    uint8_t family;  /* 4 or 6 */
    uint8_t raw[16]; /* in network order; IPv4 in the first four, the rest 0 */
};
struct address_range {
    struct address first, last; /* of one family, first <= last */
};
#define ADDRESS_TEXT_MAX 46

/* False when the text is no address; *ret is then untouched. */
bool address_parse(const char *text, size_t size, struct address *ret);
void address_format(const struct address *a, char out[ADDRESS_TEXT_MAX]);
size_t address_size(const struct address *a); /* bytes of raw that count: 4 or 16 */
/* IPv4 before IPv6, then by number. */
int address_compare(const struct address *a, const struct address *b);
/* The next one up; false behind the last of all. */
bool address_next(struct address *a);
/* One that a machine can have on a network: neither unspecified, loopback, multicast, nor link-local. */
bool address_is_usable(const struct address *a);

/* NULL, or what is wrong with the text; *ret is written only when it is right. A network's host bits must be
 * 0, so that a slip of the pen is no other range. */
const char *address_range_parse(const char *text, size_t size, struct address_range *ret);
bool address_range_has(const struct address_range *range, const struct address *a);
bool address_ranges_have(const struct address_range *ranges, size_t count,
                         const struct address *a); /* any of them */
bool address_ranges_overlap(const struct address_range *a, const struct address_range *b);
uint64_t address_range_count(const struct address_range *range); /* UINT64_MAX: that many or more */
/* The range that a prefix of so many bits makes of the address. */
struct address_range address_network(const struct address *a, unsigned bits);

#endif
