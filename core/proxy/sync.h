/* SPDX-License-Identifier: Apache-2.0 */
/* From what changed to the kernel: both families' items, and their transactions. One thread. */
#ifndef KEELSON_PROXY_SYNC_H
#define KEELSON_PROXY_SYNC_H

#include "core/proxy/health-ports.h"
#include "core/proxy/informers.h"
#include "core/proxy/proxy.h"
#include "core/proxy/rules.h"

struct sync {
    const struct proxy_options *options;
    struct rules_options rules;
    char *cluster_cidrs[PROXY_FAMILIES]; /* owned; rules points here */
    char *node_name;
    char *zone; /* ours, "" when not known */
    struct items *items[PROXY_FAMILIES];
    bool usable[PROXY_FAMILIES];    /* false: the kernel does not have this family */
    bool in_kernel[PROXY_FAMILIES]; /* false: the next transaction begins the table anew */
    struct nft_ctx *nft;            /* of the last transaction */
    struct health_ports *health_ports;
    struct map *contested; /* services that lost an address to another one */
};
int sync_init(struct sync *s, const struct proxy_options *options, const char *node_name, struct error *err);
void sync_done(struct sync *s);
/* Takes the service as the informers have it. */
void sync_service(struct sync *s, const struct proxy_informers *from, const char *key);
/* Our own node: the addresses of node ports. True when all services must be read again (the zone). */
bool sync_node(struct sync *s, const struct proxy_informers *from);
/* Services that had lost an address try again. */
void sync_contested(struct sync *s, const struct proxy_informers *from);
/* Sends what differs. A transaction that fails changes nothing; the next one loads everything. */
int sync_apply(struct sync *s, struct error *err);
void sync_reload(struct sync *s); /* let the next one load everything */
size_t sync_count(const struct sync *s);
const char *sync_table(enum proxy_family family);

#endif
