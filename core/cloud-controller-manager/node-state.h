/* SPDX-License-Identifier: Apache-2.0 */
/* What a cloud's metadata changes in a node; without any I/O. */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_NODE_STATE_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_NODE_STATE_H

#include "core/cloud-controller-manager/provider.h"

#define TAINT_UNINITIALIZED "node.cloudprovider.kubernetes.io/uninitialized"

bool node_has_taint(const struct json *node);
/* Has the taint, or no provider ID. */
bool node_needs_setup(const struct json *node);
/* Provider ID (unless it has one), labels, no taint. Returns whether anything changed. */
bool node_set_up(struct arena *arena, struct json *node, const struct provider_metadata *m);
/* status.addresses. A host name that only the kubelet knows stays; with the kubelet's --node-ip annotated
 * only that address is kept of its type, first. 0, or -1 when the cloud does not know that address.
 * *ret_changed. */
int node_set_addresses(struct arena *arena, struct json *node, const struct provider_metadata *m,
                       bool *ret_changed, struct error *err);

#endif
