/* SPDX-License-Identifier: Apache-2.0 */
/* The resolver configuration of a pod by its dnsPolicy and dnsConfig. Any thread. */
#ifndef KEELSON_KUBELET_POD_DNS_H
#define KEELSON_KUBELET_POD_DNS_H

#include "core/api/json.h"

struct pod_dns {
    const char **servers, **searches, **options; /* NULL-terminated, in the arena */
    uint32_t servers_count, searches_count, options_count;
};
struct pod_dns_config {
    const struct json *cluster_dns; /* array of addresses; NULL: none */
    const char *cluster_domain;     /* "" : none */
    const char *resolv_conf;        /* the node's; "" : an empty one */
};
/* *ret_missing: ClusterFirst was asked for but the cluster has no DNS, so Default is used (an event is due).
 */
int pod_dns_make(struct arena *arena, const struct json *pod, const struct pod_dns_config *config,
                 struct pod_dns *ret, bool *ret_missing, struct error *err);

#endif
