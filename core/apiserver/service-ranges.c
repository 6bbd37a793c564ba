/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of addresses as numbers: 1 is the first address that can be given (the one of the network is not),
 * and the last of an IPv4 range is left out too. */
#include "core/apiserver/service-ranges.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/base/number.h"

enum { HOST_BITS_MAX = 20 };

const char *family_name(int family)
{
    return family == AF_INET6 ? "IPv6" : "IPv4";
}

static int parse_address(struct slice text, uint8_t out[16])
{
    char copy[ADDRESS_TEXT_MAX];
    snprintf(copy, sizeof(copy), "%.*s", (int)MIN(text.size, sizeof(copy) - 1), text.data);
    if (inet_pton(AF_INET, copy, out) == 1)
        return AF_INET;
    return inet_pton(AF_INET6, copy, out) == 1 ? AF_INET6 : 0;
}

int family_of_address(struct slice text)
{
    uint8_t unused[16];
    return parse_address(text, unused);
}

static uint32_t clamp(uint32_t value, uint32_t low, uint32_t high)
{
    return value < low ? low : value > high ? high : value;
}

static int range_init(struct address_range *range, struct slice cidr, struct error *err)
{
    int64_t prefix;
    struct slice rest = cidr, address = slice_cut(&rest, '/');
    range->family = parse_address(address, range->base);
    unsigned bits = range->family == AF_INET6 ? 128 : 32;
    if (!range->family || !rest.data || !parse_i64(rest, 8, bits, &prefix) || bits - (unsigned)prefix < 2)
        return error_set(err, ERR_BAD_REQUEST,
                         "--service-cluster-ip-range: \"%.*s\" is no CIDR with room for services",
                         SLICE_ARG(cidr));
    range->prefix = (unsigned)prefix;
    for (unsigned i = range->prefix; i < bits; i++) /* host bits of the base are zero */
        range->base[i / 8] &= (uint8_t) ~(0x80u >> (i % 8));
    range->size = 1u << MIN(bits - range->prefix, (unsigned)HOST_BITS_MAX);
    range->allocator = allocator_new(range->size, clamp(range->size / 16, 16, 256));
    allocator_take(range->allocator, 0);
    if (range->family == AF_INET)
        allocator_take(range->allocator, range->size - 1);
    snprintf(range->text, sizeof(range->text), "%.*s", SLICE_ARG(cidr));
    return 0;
}

static int ports_init(struct service_ranges *s, const char *text, struct error *err)
{
    int64_t first, last;
    struct slice rest = slice_of(text), from = slice_cut(&rest, '-');
    if (!rest.data || !parse_i64(from, 1, 65535, &first) || !parse_i64(rest, first, 65535, &last))
        return error_set(err, ERR_BAD_REQUEST, "--service-node-port-range: \"%s\" is not like 30000-32767",
                         text);
    s->port_first = (uint32_t)first;
    s->port_last = (uint32_t)last;
    uint32_t size = s->port_last - s->port_first + 1;
    s->ports = allocator_new(size, size < 16 ? 0 : clamp(size / 32, 16, 128));
    return 0;
}

int service_ranges_init(struct service_ranges *s, const char *cidrs, const char *ports, struct error *err)
{
    struct slice rest = slice_of(cidrs);
    *s = (struct service_ranges){0};
    while (rest.data) {
        struct slice cidr = slice_trim(slice_cut(&rest, ','));
        if (s->families == SERVICE_FAMILIES_MAX)
            return error_set(err, ERR_BAD_REQUEST, "--service-cluster-ip-range: at most two CIDRs");
        if (range_init(&s->addresses[s->families], cidr, err) < 0)
            return -1;
        s->families++;
    }
    if (s->families == 2 && s->addresses[0].family == s->addresses[1].family)
        return error_set(err, ERR_BAD_REQUEST,
                         "--service-cluster-ip-range: two CIDRs must be of different address families");
    return ports_init(s, ports, err);
}

void service_ranges_done(struct service_ranges *s)
{
    for (unsigned i = 0; i < s->families; i++)
        allocator_free(s->addresses[i].allocator);
    allocator_free(s->ports);
    *s = (struct service_ranges){0};
}

struct address_range *range_of_family(struct service_ranges *s, const char *name)
{
    for (unsigned i = 0; i < s->families; i++) {
        if (!strcmp(family_name(s->addresses[i].family), name))
            return &s->addresses[i];
    }
    return NULL;
}

bool range_number(const struct address_range *range, struct slice address, uint32_t *ret)
{
    uint8_t bytes[16];
    if (parse_address(address, bytes) != range->family)
        return false;
    unsigned size = range->family == AF_INET6 ? 16 : 4;
    uint32_t number = 0;
    for (unsigned i = 0; i < size; i++) {
        uint8_t difference = bytes[i] ^ range->base[i];
        if (i + 3 < size && difference)
            return false;
        number = i + 3 >= size ? number << 8 | difference : 0;
    }
    /* The base's low bytes may hold network bits: as they are equal they leave no difference; what differs
     * lies in the host part if it is below the size. */
    if (number >= range->size)
        return false;
    *ret = number;
    return true;
}

void range_address(const struct address_range *range, uint32_t number, char out[ADDRESS_TEXT_MAX])
{
    uint8_t bytes[16];
    unsigned size = range->family == AF_INET6 ? 16 : 4;
    memcpy(bytes, range->base, sizeof(bytes));
    for (unsigned i = 0; i < 3; i++)
        bytes[size - 1 - i] |= (uint8_t)(number >> (8 * i));
    inet_ntop(range->family, bytes, out, ADDRESS_TEXT_MAX);
}
