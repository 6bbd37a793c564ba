/* SPDX-License-Identifier: Apache-2.0 */
/* What a cloud's metadata changes in a node; without any I/O. */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_NODE_STATE_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_NODE_STATE_H

#include "core/cloud-controller-manager/provider.h"

#define TAINT_UNINITIALIZED "node.cloudprovider.kubernetes.io/uninitialized"
#define TAINT_SHUT_DOWN     "node.cloudprovider.kubernetes.io/shutdown"
#define ANNOTATION_NODE_IP  "alpha.kubernetes.io/provided-node-ip" /* the kubelet's --node-ip */

/* The name of the cloud that owns the node, where its provider ID alone does not say it: so an owner outlives
 * the daemon, and the cloud's instance. */
#define ANNOTATION_CLOUD "keelson.io/cloud"

/* Has the taint, or no provider ID. */
bool node_needs_setup(const struct json *node);
/* Provider ID (unless it has one), labels, no taint. Returns whether anything changed. */
bool node_set_up(struct arena *arena, struct json *node, const struct provider_metadata *m);
/* All labels that the metadata makes, {key: value}, in the arena. */
struct json *node_cloud_labels(struct arena *arena, const struct provider_metadata *m);
/* Of a node that is set up: labels whose value the cloud changed since `former` (NULL: not known, then those
 * that the node lacks) are set, others are left as somebody may have set them; those with an older name
 * follow the newer one's, as upstream has it. Returns whether anything changed. */
bool node_update_labels(struct arena *arena, struct json *node, const struct json *now,
                        const struct json *former);
/* Returns whether that changed anything. */
bool node_set_owner(struct arena *arena, struct json *node, const char *cloud);
/* Has the taint of a node whose instance is shut down. */
bool node_is_shut_down(const struct json *node);
/* Gives it (NoSchedule) or takes it away. Returns whether anything changed. */
bool node_set_shut_down(struct arena *arena, struct json *node, bool shut_down);
/* status.addresses. A host name that only the kubelet knows stays; with the kubelet's --node-ip annotated
 * only those addresses are kept of their types, first. 0, or -1 when the cloud does not know one of them.
 * *ret_changed. */
int node_set_addresses(struct arena *arena, struct json *node, const struct provider_metadata *m,
                       bool *ret_changed, struct error *err);

#endif
