/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster's service addresses and node ports: which ranges there are, and what of them is taken. Any
 * thread. */
#ifndef KEELSON_APISERVER_SERVICE_RANGES_H
#define KEELSON_APISERVER_SERVICE_RANGES_H

#include "core/api/json.h"
#include "core/apiserver/allocator.h"

enum { SERVICE_FAMILIES_MAX = 2, ADDRESS_TEXT_MAX = 48 };

struct address_range {
    int family; /* AF_INET, AF_INET6 */
    uint8_t base[16];
    unsigned prefix;
    uint32_t size; /* at most 2^20 addresses are used */
    struct allocator *allocator;
    char text[64];
};
struct service_ranges {
    struct address_range addresses[SERVICE_FAMILIES_MAX];
    unsigned families;
    struct allocator *ports;
    uint32_t port_first, port_last;
};
/* "10.96.0.0/12" or two of different families with a comma; "30000-32767". */
int service_ranges_init(struct service_ranges *s, const char *cidrs, const char *ports, struct error *err);
void service_ranges_done(struct service_ranges *s);
const char *family_name(int family);      /* "IPv4", "IPv6" */
int family_of_address(struct slice text); /* 0: no address */
struct address_range *range_of_family(struct service_ranges *s, const char *family_name);
/* The number of an address in its range. */
bool range_number(const struct address_range *range, struct slice address, uint32_t *ret);
void range_address(const struct address_range *range, uint32_t number, char out[ADDRESS_TEXT_MAX]);

#endif
