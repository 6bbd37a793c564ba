/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves the proxy for the kernel: nftables transactions, looks at our tables, the removal of UDP
 * connections. Blocks; one thread at a time. */
#ifndef KEELSON_PROXY_KERNEL_H
#define KEELSON_PROXY_KERNEL_H

#include "core/base/error.h"
#include "core/proxy/service.h"

struct nft_ctx;
/* Runs nft commands as one transaction: all of it or nothing. *context is kept for the next one; NULL at
 * first. */
int kernel_nft(struct nft_ctx **context, const char *script, struct error *err);
void kernel_nft_free(struct nft_ctx **context); /* *context NULL is fine */

/* What tells whether a table is still the one that we made. */
struct table_look {
    uint32_t generation; /* of the whole ruleset of this network namespace: changes with every transaction */
    uint64_t handle;     /* the table's; 0: there is none. Another one's is another number. */
    unsigned rules;      /* of the chain */
};
/* name NULL: only the generation. */
int kernel_table_look(enum proxy_family family, const char *name, const char *chain, struct table_look *ret,
                      struct error *err);
/* The elements of those sets of the table that run out in time, in nft's words: "10.0.0.1 expires 12s50ms".
 * A table that is not there has none. */
int kernel_passing_elements(enum proxy_family family, const char *table,
                            void (*put)(void *context, const char *set, const char *element), void *context,
                            struct error *err);

struct flow { /* a UDP connection: what the client sent to, and who answers */
    const char *frontend, *backend;
    uint16_t frontend_port, backend_port;
};
/* Looks at all UDP connections of the family and deletes those that `stale` says yes to; the count in *ret.
 */
int kernel_clear_flows(enum proxy_family family, bool (*stale)(void *context, const struct flow *flow),
                       void *context, unsigned *ret, struct error *err);

#endif
