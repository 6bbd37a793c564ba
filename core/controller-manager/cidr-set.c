/* SPDX-License-Identifier: Apache-2.0 */
/* Address ranges as bitmaps. */
#include "core/controller-manager/cidr-set.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/base/number.h"

static unsigned __int128 host_mask(const struct cidr *c)
{
    unsigned host = c->bits - c->prefix;
    return host >= 128 ? ~(unsigned __int128)0 : ((unsigned __int128)1 << host) - 1;
}

bool cidr_parse(struct slice text, bool loose, struct cidr *ret)
{
    unsigned char bytes[16];
    char address[INET6_ADDRSTRLEN];
    uint64_t prefix;
    struct slice rest = slice_trim(text), head = slice_cut(&rest, '/');
    struct cidr c = {.bits = memchr(head.data ? head.data : "", ':', head.size) ? 128 : 32};
    if (!head.size || head.size >= sizeof(address) || !rest.data || !parse_u64(rest, c.bits, &prefix))
        return false;
    memcpy(address, head.data, head.size);
    address[head.size] = 0;
    if (inet_pton(c.bits == 32 ? AF_INET : AF_INET6, address, bytes) != 1)
        return false;
    for (unsigned i = 0; i < c.bits / 8; i++)
        c.address = c.address << 8 | bytes[i];
    c.prefix = (unsigned)prefix;
    if (!loose && (c.address & host_mask(&c)))
        return false;
    c.address &= ~host_mask(&c);
    *ret = c;
    return true;
}

void cidr_format(const struct cidr *c, char out[CIDR_TEXT_MAX])
{
    unsigned char bytes[16];
    char address[INET6_ADDRSTRLEN] = "";
    unsigned size = c->bits / 8;
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (unsigned char)(c->address >> (8 * (size - 1 - i)));
    inet_ntop(c->bits == 32 ? AF_INET : AF_INET6, bytes, address, sizeof(address));
    snprintf(out, CIDR_TEXT_MAX, "%s/%u", address, c->prefix);
}

int cidr_set_init(struct cidr_set *s, const struct cidr *range, unsigned part_prefix, struct error *err)
{
    char text[CIDR_TEXT_MAX];
    cidr_format(range, text);
    if (part_prefix < range->prefix || part_prefix > range->bits)
        return error_set(err, ERR_INVALID, "parts of /%u do not fit into %s", part_prefix, text);
    if (part_prefix - range->prefix > CIDR_SET_BITS_MAX)
        return error_set(err, ERR_INVALID, "%s in parts of /%u: at most 2^%d parts can be kept", text,
                         part_prefix, CIDR_SET_BITS_MAX);
    *s = (struct cidr_set){
        .range = *range, .part_prefix = part_prefix, .count = 1u << (part_prefix - range->prefix)};
    s->taken = xcalloc(s->count / 8 + 1, 1);
    return 0;
}

void cidr_set_done(struct cidr_set *s)
{
    free(s->taken);
    *s = (struct cidr_set){0};
}

static bool is_taken(const struct cidr_set *s, uint32_t part)
{
    return s->taken[part / 8] >> part % 8 & 1;
}

static void mark(struct cidr_set *s, uint32_t part, bool taken)
{
    if (is_taken(s, part) == taken)
        return;
    s->taken[part / 8] ^= (uint8_t)(1u << part % 8);
    s->used += taken ? 1 : -1u;
}

bool cidr_set_take(struct cidr_set *s, struct cidr *ret)
{
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t part = (s->next + i) % s->count;
        if (is_taken(s, part))
            continue;
        mark(s, part, true);
        s->next = (part + 1) % s->count;
        unsigned shift = s->range.bits - s->part_prefix;
        unsigned __int128 offset = shift >= 128 ? 0 : (unsigned __int128)part << shift;
        *ret = (struct cidr){s->range.address + offset, s->part_prefix, s->range.bits};
        return true;
    }
    return false;
}

static bool contains(const struct cidr *outer, const struct cidr *inner)
{
    return outer->bits == inner->bits && outer->prefix <= inner->prefix &&
           (inner->address & ~host_mask(outer)) == outer->address;
}

/* The parts that c touches. */
static bool parts_of(const struct cidr_set *s, const struct cidr *c, uint32_t *first, uint32_t *last)
{
    unsigned shift = s->range.bits - s->part_prefix;
    if (contains(c, &s->range)) {
        *first = 0;
        *last = s->count - 1;
        return true;
    }
    if (!contains(&s->range, c))
        return false;
    unsigned __int128 from = c->address - s->range.address, to = from + host_mask(c);
    *first = (uint32_t)(shift >= 128 ? 0 : from >> shift);
    *last = (uint32_t)(shift >= 128 ? 0 : to >> shift);
    return true;
}

static bool mark_all(struct cidr_set *s, const struct cidr *c, bool taken)
{
    uint32_t first, last;
    if (!parts_of(s, c, &first, &last))
        return false;
    for (uint32_t part = first; part <= last; part++)
        mark(s, part, taken);
    return true;
}

bool cidr_set_occupy(struct cidr_set *s, const struct cidr *c)
{
    return mark_all(s, c, true);
}

bool cidr_set_release(struct cidr_set *s, const struct cidr *c)
{
    return mark_all(s, c, false);
}
