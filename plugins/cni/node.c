/* SPDX-License-Identifier: Apache-2.0 */
/* See node.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plugins/cni/node.h"

int trouble_set(struct trouble *trouble, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(trouble->text, sizeof(trouble->text), fmt, args);
    va_end(args);
    return -1;
}

static int parse_list(const char *what, const char *const *texts, uint32_t count,
                      int (*parse)(const char *, struct cidr *), struct cidr *ret, unsigned max,
                      unsigned *ret_count, struct trouble *trouble)
{
    if (count > max)
        return trouble_set(trouble, "%s: %u of them, at most %u are understood", what, count, max);
    for (uint32_t i = 0; i < count; i++)
        if (parse(texts[i], &ret[i]) < 0)
            return trouble_set(trouble, "%s: \"%.60s\" is not understood", what, texts[i]);
    *ret_count = count;
    return 0;
}

int node_parse(const struct keelson_network_node *from, struct node *ret, struct trouble *trouble)
{
    memset(ret, 0, sizeof(*ret));
    if (parse_list("pod CIDRs", from->pod_cidrs, from->pod_cidrs_count, cidr_parse, ret->pods, 2,
                   &ret->pods_count, trouble) ||
        parse_list("cluster CIDRs", from->cluster_cidrs, from->cluster_cidrs_count, cidr_parse, ret->cluster,
                   NODE_RANGES_MAX, &ret->cluster_count, trouble) ||
        parse_list("node addresses", from->addresses, from->addresses_count, cidr_parse_address,
                   ret->addresses, NODE_RANGES_MAX, &ret->addresses_count, trouble))
        return -1;
    if (ret->pods_count == 2 && ret->pods[0].family == ret->pods[1].family)
        return trouble_set(trouble, "pod CIDRs: two of one family");
    for (unsigned i = 0; i < ret->pods_count; i++)
        if (ret->pods[i].prefix + 2 > cidr_address_bytes(ret->pods[i].family) * 8)
            return trouble_set(trouble, "pod CIDRs: \"%.60s\" has no room for a gateway and a pod",
                               from->pod_cidrs[i]);
    return 0;
}
