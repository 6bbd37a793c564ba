/* SPDX-License-Identifier: Apache-2.0 */
/* See cidr.h. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "plugins/cni/cidr.h"

unsigned cidr_address_bytes(int family)
{
    return family == AF_INET ? 4 : 16;
}

void cidr_make(int family, const void *address, unsigned prefix, struct cidr *ret)
{
    unsigned bytes = cidr_address_bytes(family);
    memset(ret, 0, sizeof(*ret));
    ret->family = family;
    ret->prefix = prefix;
    memcpy(ret->address, address, bytes);
    for (unsigned bit = prefix; bit < bytes * 8; bit++)
        ret->address[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
}

int cidr_parse_address(const char *text, struct cidr *ret)
{
    uint8_t address[16];
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(family, text, address) != 1)
        return -1;
    cidr_make(family, address, cidr_address_bytes(family) * 8, ret);
    return 0;
}

int cidr_parse(const char *text, struct cidr *ret)
{
    char host[CIDR_TEXT_BYTES];
    const char *slash = strchr(text, '/');
    struct cidr parsed;
    if (!slash || (size_t)(slash - text) >= sizeof(host) || slash[1] < '0' || slash[1] > '9' ||
        strlen(slash) > 4)
        return -1;
    memcpy(host, text, (size_t)(slash - text));
    host[slash - text] = '\0';
    char *end;
    unsigned long prefix = strtoul(slash + 1, &end, 10);
    if (*end || cidr_parse_address(host, &parsed) < 0 || prefix > parsed.prefix)
        return -1;
    cidr_make(parsed.family, parsed.address, (unsigned)prefix, ret);
    return 0;
}

bool cidr_contains(const struct cidr *range, const struct cidr *inner)
{
    struct cidr cut;
    if (range->family != inner->family || range->prefix > inner->prefix)
        return false;
    cidr_make(range->family, inner->address, range->prefix, &cut);
    return memcmp(cut.address, range->address, sizeof(cut.address)) == 0;
}

int cidr_compare(const struct cidr *a, const struct cidr *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    int order = memcmp(a->address, b->address, sizeof(a->address));
    if (order)
        return order;
    return a->prefix < b->prefix ? -1 : a->prefix > b->prefix;
}

void cidr_format(const struct cidr *cidr, bool always, char ret[CIDR_TEXT_BYTES])
{
    char host[INET6_ADDRSTRLEN];
    inet_ntop(cidr->family, cidr->address, host, sizeof(host));
    if (always || cidr->prefix < cidr_address_bytes(cidr->family) * 8)
        snprintf(ret, CIDR_TEXT_BYTES, "%s/%u", host, cidr->prefix);
    else
        snprintf(ret, CIDR_TEXT_BYTES, "%s", host);
}
