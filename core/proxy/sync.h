/* SPDX-License-Identifier: Apache-2.0 */
/* From what changed to the kernel: both families' items, and their transactions. One thread. */
#ifndef KEELSON_PROXY_SYNC_H
#define KEELSON_PROXY_SYNC_H

#include "core/proxy/health-ports.h"
#include "core/proxy/informers.h"
#include "core/proxy/local.h"
#include "core/proxy/proxy.h"
#include "core/proxy/rules.h"

struct sync {
    const struct proxy_options *options;
    struct rules_options rules; /* points into the next ones */
    struct local local;
    char *node_ips[PROXY_FAMILIES];
    char *node_name;
    char *zone; /* ours, "" when not known */
    struct items *items[PROXY_FAMILIES];
    bool usable[PROXY_FAMILIES];      /* false: the kernel does not have this family */
    bool in_kernel[PROXY_FAMILIES];   /* false: the next transaction begins the table anew */
    uint64_t handles[PROXY_FAMILIES]; /* of our tables */
    uint32_t generation;              /* of the ruleset when it was looked at last */
    struct nft_ctx *nft;              /* of the last transaction */
    struct health_ports *health_ports;
    struct map *contested;     /* services that lost an address to another one */
    struct map *unserved_here; /* services with policy Local and no local endpoint: flags UNSERVED_… */
    uint64_t flows_cleared;
};
enum { UNSERVED_INTERNAL = 1, UNSERVED_EXTERNAL = 2 };
/* healthy(context) is asked by the health-check node ports, on their threads. */
int sync_init(struct sync *s, const struct proxy_options *options, const char *node_name,
              bool (*healthy)(void *context), void *context, struct error *err);
void sync_done(struct sync *s);
/* Takes the service as the informers have it. */
void sync_service(struct sync *s, const struct proxy_informers *from, const char *key);
/* Our own node: its addresses, its zone and its pods' range. True when all services must be read again. */
bool sync_node(struct sync *s, const struct proxy_informers *from);
/* Services that had lost an address try again. */
void sync_contested(struct sync *s, const struct proxy_informers *from);
/* Sends what differs. A transaction that fails changes nothing; the next one loads everything. */
int sync_apply(struct sync *s, struct error *err);
void sync_reload(struct sync *s); /* let the next one load everything */
/* Are our tables still there, or did somebody take them away? Cheap while nothing changed in the ruleset. */
bool sync_intact(struct sync *s);
/* How many services have traffic policy Local (that of `flag`) and no endpoint on this node. */
size_t sync_unserved_here(const struct sync *s, int flag);
size_t sync_count(const struct sync *s);
/* "ip kube-proxy": upstream's name, so that either proxy replaces and cleans up what the other one left. */
const char *sync_table(enum proxy_family family);

#endif
