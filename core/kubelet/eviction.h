/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ending pods for the node's sake: those that use more of the disk than they may, and, when the node runs
 * short of memory or disk, one pod after the other until it does not. Chores.
 */
#ifndef KEELSON_KUBELET_EVICTION_H
#define KEELSON_KUBELET_EVICTION_H

#include "core/kubelet/pods.h"

/* Frees what can be freed, then ends the pod that counts least. */
int evict_under_pressure(struct kubelet *k, struct error *err);
/* Ends pods that exceed an emptyDir's sizeLimit or a limit of ephemeral-storage. */
int evict_over_limits(struct kubelet *k, struct error *err);

/* Who goes first; pure. */
struct eviction_candidate {
    int64_t priority, request_bytes, usage_bytes;
};
/* > 0: b goes before a. What uses more than it asked for goes first, then by priority, then by how much more.
 */
int eviction_compare(const struct eviction_candidate *a, const struct eviction_candidate *b);

#endif
