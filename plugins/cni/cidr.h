/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and ranges of both families, as values. */
#ifndef CNI_CIDR_H
#define CNI_CIDR_H

#include <stdbool.h>
#include <stdint.h>

struct cidr {
    int family; /* AF_INET or AF_INET6 */
    unsigned prefix;
    uint8_t
        address[16]; /* network byte order; bits beyond the prefix are 0, and so is the rest of an IPv4 one */
};

enum { CIDR_TEXT_BYTES = 50 };

/* "10.244.3.0/24"; -1 when it is not one. Bits beyond the prefix are dropped. */
int cidr_parse(const char *text, struct cidr *ret);
/* "10.0.0.1": a range of one address. */
int cidr_parse_address(const char *text, struct cidr *ret);
void cidr_make(int family, const void *address, unsigned prefix, struct cidr *ret);
unsigned cidr_address_bytes(int family);
bool cidr_contains(const struct cidr *range, const struct cidr *inner);
int cidr_compare(const struct cidr *a, const struct cidr *b);
/* With "/prefix" when that is less than the whole address, or when `always`. */
void cidr_format(const struct cidr *cidr, bool always, char ret[CIDR_TEXT_BYTES]);

#endif
