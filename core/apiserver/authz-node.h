/* SPDX-License-Identifier: Apache-2.0 */
/* The Node authorizer: a kubelet (system:node:NAME in system:nodes) gets what its own pods need, and no more.
 * Any thread. */
#ifndef KEELSON_APISERVER_AUTHZ_NODE_H
#define KEELSON_APISERVER_AUTHZ_NODE_H

#include "core/apiserver/authz.h"

struct node_authz;
struct node_authz *node_authz_new(struct registry *registry);
void node_authz_free(struct node_authz *n);
/* The node that this user is, or NULL. */
const char *node_authz_node_of(const struct user *user);
bool node_authz_allows(struct node_authz *n, const struct authz_attributes *a, const char **ret_reason);

#endif
