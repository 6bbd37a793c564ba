/* SPDX-License-Identifier: Apache-2.0 */
/* A Service and its EndpointSlices as the proxy sees them: one family at a time, only what rules are made of.
 * All in the arena of the reading; texts may point into the documents. */
#ifndef KEELSON_PROXY_SERVICE_H
#define KEELSON_PROXY_SERVICE_H

#include "core/api/json.h"

enum proxy_family { PROXY_IPV4, PROXY_IPV6, PROXY_FAMILIES };
/* PROXY_FAMILIES when it is no address. */
enum proxy_family address_family(const char *address);
enum proxy_family cidr_family(const char *cidr);

struct backend {
    const char *address;
    uint16_t port;
    bool local;
};
struct backends {
    struct backend *list; /* sorted, no two the same */
    unsigned count;
};
struct service_port {
    const char *protocol; /* "tcp" */
    uint16_t port, node_port;
    unsigned ready_here;
    struct backends everywhere, here; /* usable ones: ready, else those that still serve while they end */
};
struct service {
    const char *name; /* "namespace/name" */
    bool served;      /* false: headless, an external name, another proxy's */
    bool in_family;
    bool internal_local, external_local; /* traffic policies */
    uint16_t health_port;                /* 0: none */
    unsigned ready_here;                 /* ready endpoints on this node, of the port that has most */
    int64_t affinity_s;                  /* 0: none */
    const char **cluster_ips, **external_ips, **balancer_ips,
        **source_ranges; /* of the family; end with NULL */
    bool restricted;     /* source ranges are given, perhaps none of this family */
    struct service_port *ports;
    unsigned ports_count;
};
/* slices: all of the service's. node: our own name, zone: our zone or "" when not known. */
void service_read(struct arena *arena, const struct json *service, struct json *const *slices,
                  size_t slices_count, enum proxy_family family, const char *node, const char *zone,
                  struct service *ret);

#endif
