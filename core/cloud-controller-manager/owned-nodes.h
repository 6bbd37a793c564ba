/* SPDX-License-Identifier: Apache-2.0 */
/* All nodes, and which of them are one provider's, for what is made of them in its cloud: back ends and
 * routes. Any thread. */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_OWNED_NODES_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_OWNED_NODES_H

#include "core/client/informer.h"
#include "core/cloud-controller-manager/owners.h"

enum node_owner {
    NODE_FOREIGN,
    NODE_UNKNOWN, /* may be its own: it has its scheme, and whose it is is not known yet */
    NODE_OWN
};
struct owned_node {
    const struct json *node;
    const char *name;
    enum node_owner owner; /* NODE_FOREIGN without a provider ID */
};
/* By name, in the arena. *ret_unknown: how many are NODE_UNKNOWN. */
struct owned_node *owned_nodes_list(struct informer *nodes, struct owners *owners, const struct provider *p,
                                    struct arena *arena, size_t *ret_count, size_t *ret_unknown);

#endif
