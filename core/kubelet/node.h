/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This machine as a Node: registration, status, lease, network, and the pressures that eviction and admission
 * go by. Each is a chore that runs on the kubelet's queue of chores. Any thread.
 */
#ifndef KEELSON_KUBELET_NODE_H
#define KEELSON_KUBELET_NODE_H

#include "core/kubelet/kubelet.h"

struct node;
struct node *node_new(struct kubelet *k);
void node_free(struct node *n);
/* The last object that the server showed; NULL: none yet. In the arena. */
struct json *node_object(struct node *n, struct arena *arena);
/* What the runtime calls itself, and its version ("" before it answered); in the arena. */
void node_runtime(struct node *n, struct arena *arena, const char **ret_name, const char **ret_version);
/* Both the runtime and the network plugin can start pods. */
bool node_network_ready(struct node *n);
void node_pressures(struct node *n, bool *ret_memory, bool *ret_disk, bool *ret_pid);
/* The server's node object changed; the client's loop. */
void node_changed(struct node *n, struct cached *object);
/* Chores: return milliseconds until the next run, -1 with err to try again. */
int64_t node_chore_status(struct node *n, struct error *err);
int64_t node_chore_lease(struct node *n, struct error *err);
/* What there is too little of. */
struct node_shortage {
    const char *resource; /* "memory", "ephemeral-storage", "pids"; NULL: nothing */
    int64_t available, threshold;
};
/* Looks at the machine and at thresholds; true when something is short, or a pressure came or went. */
bool node_look_at_pressures(struct node *n, struct node_shortage *ret);
/* An event about the node. */
__attribute__((format(printf, 4, 5))) void node_event(struct node *n, const char *type, const char *reason,
                                                      const char *fmt, ...);

#endif
