/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pod network of one node, as the kubelet uses it. A runtime that follows CRI calls CNI programs itself; the network plugin's part is to
 * put the node into the state that they need (configuration from the node's pod CIDRs, bridges, routes to other nodes).
 */
#ifndef KEELSON_NETWORK_H
#define KEELSON_NETWORK_H

#include <keelson/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KEELSON_NETWORK_1 "keelson.network/1"

/* Another node, to which pods must be reachable. */
struct keelson_network_peer { /* an array's element */
    const char *node_name;
    const char *const *addresses; /* internal IPs */
    const char *const *pod_cidrs;
    uint32_t addresses_count, pod_cidrs_count;
};
struct keelson_network_node {
    uint32_t size;
    uint32_t pod_cidrs_count;
    const char *node_name;
    const char *const *pod_cidrs;      /* "10.244.0.0/24", at most one a family */
    const char *const *cluster_cidrs;  /* of all pods of the cluster: not masqueraded */
    const char *const *addresses;      /* this node's internal IPs */
    uint32_t cluster_cidrs_count, addresses_count;
    const struct keelson_network_peer *peers;
    uint32_t peers_count, peer_size;
};
struct keelson_network_status {
    uint32_t size;
    uint32_t ready;
    char message[256]; /* why not ready */
};

struct keelson_network_v1 {
    uint32_t size;
    uint32_t reserved;
    /* Makes the node match; called at start and whenever something of it changed; idempotent, keeps running pods connected. */
    enum keelson_status (*configure)(void *instance, const struct keelson_call *call, const struct keelson_network_node *node);
    /* Asked every few seconds. While ready is 0 the node is not ready, and configure() is called again. */
    enum keelson_status (*status)(void *instance, const struct keelson_call *call, struct keelson_network_status *ret);
    /* Takes away what configure() made (node reset); pods must be gone. What is absent is OK. */
    enum keelson_status (*teardown)(void *instance, const struct keelson_call *call);
};

#ifdef __cplusplus
}
#endif
#endif
