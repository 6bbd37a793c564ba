/* SPDX-License-Identifier: Apache-2.0 */
/* The Node object and its status, as documents. Pure but for reading the machine's facts. */
#ifndef KEELSON_KUBELET_NODE_STATUS_H
#define KEELSON_KUBELET_NODE_STATUS_H

#include "core/kubelet/kubelet.h"

/* Tells a node's cloud which of its addresses are wanted (--node-ip): one, or one of each family with a
 * comma. */
#define NODE_ANNOTATION_IP "alpha.kubernetes.io/provided-node-ip"

struct node_pressures {
    bool memory, disk, pid;
};
struct node_status_input {
    struct kubelet *k;
    const struct json *old; /* the server's object; NULL: none */
    const char *not_ready;  /* why; NULL: ready */
    struct node_pressures pressures;
};
/* What pods may use: the machine without its reserves and the eviction thresholds. */
void node_allocatable(const struct kubelet_config *config, int64_t *ret_cpu_milli, int64_t *ret_memory_bytes);
/* The bound of all pods' memory together, which eviction keeps them below: the machine without its reserves.
 */
int64_t node_memory_for_pods(const struct kubelet_config *config);
/* Whether --node-ip names addresses: 0.0.0.0 and :: only say of which family the node's own is to be. */
bool node_ip_is_given(const struct kubelet_config *config);
/* For registration: labels, annotations, taints, provider. */
struct json *node_status_new_object(struct arena *arena, struct kubelet *k);
/* The whole status, conditions with heartbeat times of now. */
struct json *node_status_make(struct arena *arena, const struct node_status_input *input);
/* Do they differ in anything but heartbeats? */
bool node_status_differs(struct arena *arena, const struct json *a, const struct json *b);
/* As a strategic merge patch. */
struct json *node_status_patch(struct arena *arena, const struct json *status);

#endif
