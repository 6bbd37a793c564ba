/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the proxy tells what comes from this node's pods (--detect-local-mode): by the cluster's pod addresses,
 * by the node's own, or by the interface that it comes in on. What comes from elsewhere to a cluster IP is
 * masqueraded; what pods send to an outside address of a service is under neither traffic policy.
 */
#ifndef KEELSON_PROXY_LOCAL_H
#define KEELSON_PROXY_LOCAL_H

#include "core/proxy/proxy.h"
#include "core/proxy/service.h"

struct local { /* nft words for a packet that is, and that is not, from a pod; NULL: that is not known */
    char *is[PROXY_FAMILIES], *is_not[PROXY_FAMILIES];
};
/* Checks the flags that local_of reads. */
int local_check(const struct proxy_options *options, struct error *err);
/* node: our own, NULL when there is none (yet). */
void local_of(const struct proxy_options *options, const struct json *node, struct local *ret);
bool local_equal(const struct local *a, const struct local *b);
void local_done(struct local *l);

#endif
