/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as numbers of 4 or 16 bytes in network order: comparing is memcmp, counting is a carry; see
 * addresses.h. */
#include "lib/addresses/addresses.h"

#include <arpa/inet.h>
#include <string.h>

size_t address_size(const struct address *a)
{
    return a->family == 4 ? 4 : 16;
}

bool address_parse(const char *text, size_t size, struct address *ret)
{
    char copy[ADDRESS_TEXT_MAX];
    struct address a = {0};
    if (size >= sizeof(copy) || memchr(text, '\0', size))
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    if (inet_pton(AF_INET, copy, a.raw) == 1)
        a.family = 4;
    else if (inet_pton(AF_INET6, copy, a.raw) == 1)
        a.family = 6;
    else
        return false;
    *ret = a;
    return true;
}

void address_format(const struct address *a, char out[ADDRESS_TEXT_MAX])
{
    inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->raw, out, ADDRESS_TEXT_MAX);
}

int address_compare(const struct address *a, const struct address *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->raw, b->raw, sizeof(a->raw));
}

bool address_next(struct address *a)
{
    for (size_t i = address_size(a); i > 0; i--)
        if (++a->raw[i - 1] != 0)
            return true;
    return false;
}

bool address_is_usable(const struct address *a)
{
    static const uint8_t none[16], loopback[16] = {[15] = 1};
    if (a->family == 4)
        return a->raw[0] != 0 && a->raw[0] != 127 && a->raw[0] < 224 &&
               !(a->raw[0] == 169 && a->raw[1] == 254);
    return memcmp(a->raw, none, 16) != 0 && memcmp(a->raw, loopback, 16) != 0 && a->raw[0] != 0xff &&
           !(a->raw[0] == 0xfe && (a->raw[1] & 0xc0) == 0x80);
}

struct address_range address_network(const struct address *a, unsigned bits)
{
    struct address_range r = {*a, *a};
    for (unsigned bit = bits; bit < address_size(a) * 8; bit++) {
        uint8_t mask = (uint8_t)(0x80u >> bit % 8);
        r.first.raw[bit / 8] &= (uint8_t)~mask;
        r.last.raw[bit / 8] |= mask;
    }
    return r;
}

/* The bits behind the slash; more than there are: false. */
static bool parse_bits(const char *text, size_t size, unsigned most, unsigned *ret)
{
    unsigned bits = 0;
    if (size == 0 || size > 3)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        bits = bits * 10 + (unsigned)(text[i] - '0');
    }
    *ret = bits;
    return bits <= most;
}

static const char *parse_network(const char *text, size_t size, const char *slash, struct address_range *ret)
{
    struct address a;
    unsigned bits;
    const char *behind = slash + 1;
    if (!address_parse(text, (size_t)(slash - text), &a))
        return "is no network: no IP address stands before the slash";
    if (!parse_bits(behind, size - (size_t)(behind - text), a.family == 4 ? 32 : 128, &bits))
        return "is no network: no number of bits stands behind the slash";
    struct address_range r = address_network(&a, bits);
    if (address_compare(&r.first, &a) != 0)
        return "is no network: the address has bits behind its prefix";
    *ret = r;
    return NULL;
}

const char *address_range_parse(const char *text, size_t size, struct address_range *ret)
{
    struct address_range r;
    const char *slash = memchr(text, '/', size), *dash = memchr(text, '-', size);
    if (slash)
        return parse_network(text, size, slash, ret);
    const char *last = dash ? dash + 1 : text;
    if (!address_parse(text, dash ? (size_t)(dash - text) : size, &r.first) ||
        !address_parse(last, size - (size_t)(last - text), &r.last))
        return "is no address, network or range (\"10.0.0.5-10.0.0.9\")";
    if (r.first.family != r.last.family || address_compare(&r.first, &r.last) > 0)
        return "is no range: its first address stands behind its last";
    *ret = r;
    return NULL;
}

bool address_range_has(const struct address_range *range, const struct address *a)
{
    return a->family == range->first.family && address_compare(&range->first, a) <= 0 &&
           address_compare(a, &range->last) <= 0;
}

bool address_ranges_have(const struct address_range *ranges, size_t count, const struct address *a)
{
    for (size_t i = 0; i < count; i++)
        if (address_range_has(&ranges[i], a))
            return true;
    return false;
}

bool address_ranges_overlap(const struct address_range *a, const struct address_range *b)
{
    return address_range_has(a, &b->first) || address_range_has(b, &a->first);
}

uint64_t address_range_count(const struct address_range *range)
{
    uint64_t high = 0, low = 0;
    size_t size = address_size(&range->first);
    int borrow = 0;
    for (size_t i = 0; i < size; i++) { /* from the lowest byte up */
        int digit = range->last.raw[size - 1 - i] - range->first.raw[size - 1 - i] - borrow;
        borrow = digit < 0;
        uint64_t byte = (uint64_t)(digit & 0xff);
        if (i < 8)
            low |= byte << 8 * i;
        else
            high |= byte;
    }
    return high || low == UINT64_MAX ? UINT64_MAX : low + 1;
}
