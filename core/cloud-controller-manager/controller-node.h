/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node controller: gives nodes that the kubelet registered with the uninitialized taint (or without a
 * provider ID) what their cloud knows of them, takes the taint away, and keeps addresses up to date.
 */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_CONTROLLER_NODE_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_CONTROLLER_NODE_H

#include "core/client/informer.h"
#include "core/cloud-controller-manager/provider.h"

struct node_controller;
/* The client and providers are the caller's. refresh_ms: how often addresses are read again. */
struct node_controller *node_controller_start(struct client *client, struct providers *providers,
                                              int64_t refresh_ms);
/* Reads the nodes of that provider again soon (NULL: of all). Any thread. */
void node_controller_refresh(struct node_controller *c, const struct plugin_instance *instance);
bool node_controller_synced(struct node_controller *c);
void node_controller_metrics(struct node_controller *c, struct buffer *out);
void node_controller_stop(struct node_controller *c); /* NULL is fine */

#endif
