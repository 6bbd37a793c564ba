/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves the proxy for the kernel: nftables transactions and the removal of UDP connections. Blocks; one
 * thread at a time. */
#ifndef KEELSON_PROXY_KERNEL_H
#define KEELSON_PROXY_KERNEL_H

#include "core/base/error.h"
#include "core/proxy/service.h"

struct nft_ctx;
/* Runs nft commands as one transaction: all of it or nothing. *context is kept for the next one; NULL at
 * first. */
int kernel_nft(struct nft_ctx **context, const char *script, struct error *err);
void kernel_nft_free(struct nft_ctx **context); /* *context NULL is fine */

struct flow { /* a UDP connection: what the client sent to, and who answers */
    const char *frontend, *backend;
    uint16_t frontend_port, backend_port;
};
/* Looks at all UDP connections of the family and deletes those that `stale` says yes to; the count in *ret.
 */
int kernel_clear_flows(enum proxy_family family, bool (*stale)(void *context, const struct flow *flow),
                       void *context, unsigned *ret, struct error *err);

#endif
