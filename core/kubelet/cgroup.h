/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cgroups of pods: /kubepods, one below it for each quality-of-service class but Guaranteed, one for each
 * pod. On cgroup v1 (and hybrid) every mounted hierarchy gets the folder; on v2 the one tree. With the
 * systemd driver only names are made: systemd makes the slices. Any thread, one per pod at a time.
 */
#ifndef KEELSON_KUBELET_CGROUP_H
#define KEELSON_KUBELET_CGROUP_H

#include "core/api/json.h"

struct cgroups;
struct cgroups_config {
    const char *root;      /* "/" */
    bool systemd, enabled; /* not enabled: pods have no parent of their own */
    bool cpu_quota;
    int64_t cpu_period_us, pids_limit; /* pids_limit ≤ 0: none */
};
struct cgroups *cgroups_new(const struct cgroups_config *config, struct error *err);
void cgroups_free(struct cgroups *c);
bool cgroups_is_v2(const struct cgroups *c);
/* Makes /kubepods and its classes; limits of what all pods may have together (0: none). */
int cgroups_setup_node(struct cgroups *c, int64_t cpu_milli, int64_t memory_bytes, struct error *err);
/* "/kubepods/burstable/podUID", or "kubepods-burstable-podUID.slice"; "" when not enabled. In the arena. */
const char *cgroups_pod_path(struct cgroups *c, struct arena *arena, const struct json *pod);
/* Makes the pod's cgroup, with the limits of the pod as a whole. Idempotent. */
int cgroups_setup_pod(struct cgroups *c, const struct json *pod, struct error *err);
/* Only raises its limits, before those of its containers are raised; cgroups_setup_pod() then brings down
 * what has become less. */
void cgroups_raise_pod(struct cgroups *c, const struct json *pod);
/* The CPU weight of the Burstable class: what all of its pods ask for together. */
void cgroups_set_burstable(struct cgroups *c, int64_t cpu_milli);
/* Takes away the pod's cgroup, whichever class it is in; what runs in it is killed first, if asked to: else a
 * cgroup that is in use stays, and that is an error. */
int cgroups_remove_pod(struct cgroups *c, const char *uid, bool end_processes, struct error *err);
/* Calls for each pod cgroup that there is. */
void cgroups_each_pod(struct cgroups *c, void (*found)(void *context, const char *uid), void *context);

/* Shares for so many thousandths of a CPU (at least 2), and quota for a period (at least 1000; 0: no limit).
 */
int64_t cpu_shares(int64_t milli);
int64_t cpu_quota_us(int64_t milli, int64_t period_us);
/* oom_score_adj by class, as upstream: Guaranteed -997, BestEffort 1000, Burstable by its share of the node's
 * memory. */
int oom_score_adjust(const struct json *pod, const struct json *container, int64_t node_memory_bytes);

#endif
