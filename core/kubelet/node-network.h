/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node's part in the pod network: the network plugin is told this node's pod CIDRs and the other nodes,
 * once and whenever something of it changed. The node's chore only.
 */
#ifndef KEELSON_KUBELET_NODE_NETWORK_H
#define KEELSON_KUBELET_NODE_NETWORK_H

#include "core/kubelet/kubelet.h"

#define NETWORK_MESSAGE_MAX 300

struct node_network {
    char *told; /* what the plugin was configured with; NULL: nothing yet */
};
void node_network_done(struct node_network *n);
/* Makes the network match. False: not ready, message says why. object: this node, may be NULL. */
bool node_network_look(struct node_network *n, struct kubelet *k, const struct json *object,
                       char message[NETWORK_MESSAGE_MAX]);
/* For the informer of other nodes: keeps of a node only what node_network_look needs. */
void node_network_trim(struct json *node);

#endif
