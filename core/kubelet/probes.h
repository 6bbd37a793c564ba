/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Liveness, readiness and startup probes of running containers. Each is a timer on the kubelet's loop; when
 * it fires the probe runs on a bounded pool. Results are kept with the pod, whose worker is woken when one
 * changes. Any thread.
 */
#ifndef KEELSON_KUBELET_PROBES_H
#define KEELSON_KUBELET_PROBES_H

#include "core/kubelet/pods.h"

struct probes;
struct probes *probes_new(struct kubelet *k);
void probes_stop(struct probes *p); /* no probe runs any more afterwards */
void probes_free(struct probes *p);
/* Probes of the pod's running containers are made, those of others ended. The pod's worker. */
void probes_update(struct probes *p, struct pod *pod, const struct json *document,
                   const struct pod_runtime *runtime);
void probes_end(struct probes *p, const char *pod_uid);
/* While the pod is being stopped only its readiness is asked for. */
void probes_only_readiness(struct probes *p, const char *pod_uid);

/* How results add up to a verdict; pure. */
struct probe_count {
    unsigned successes, failures; /* in a row */
};
enum probe_verdict { PROBE_UNDECIDED, PROBE_PASSED, PROBE_FAILED };
enum probe_verdict probe_count_add(struct probe_count *count, bool success, unsigned success_threshold,
                                   unsigned failure_threshold);

#endif
