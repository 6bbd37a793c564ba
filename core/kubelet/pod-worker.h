/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a pod's worker, shared by the files that carry it out. The worker's thread only. */
#ifndef KEELSON_KUBELET_POD_WORKER_H
#define KEELSON_KUBELET_POD_WORKER_H

#include "core/kubelet/pods.h"
#include "core/kubelet/runtime-state.h"

/* What becomes of a change of resources; see resize.h. Texts in the arena. */
struct resize_state {
    bool wanted;                  /* it is to be given now */
    const char *reason, *message; /* why it is put off ("Deferred", "Infeasible"); NULL: it is not */
    const char *error;            /* why it did not come about; NULL: it did */
};
struct pod_run {
    struct kubelet *k;
    struct pods *pods;
    struct pod *pod;
    struct arena arena;
    struct json *document; /* NULL: only the runtime knows of the pod */
    struct pod_runtime runtime;
    struct container_memory *memories;
    size_t memories_count;
    int64_t wake_ms; /* when to look again; 0: when something happens */
    bool volumes_ready;
    struct resize_state resize;
};
/* Reads the runtime and what is remembered anew. */
int pod_run_look(struct pod_run *r, struct error *err);
void pod_run_wake_at(struct pod_run *r, int64_t realtime_ns);
/* The pods beside this one that were admitted and still run, for admission; in the arena. */
struct admission_input;
void pod_run_others(struct pod_run *r, struct admission_input *in);
/* Computes the status and hands it on. */
void pod_run_publish(struct pod_run *r);
__attribute__((format(printf, 5, 6))) void pod_run_event(struct pod_run *r,
                                                         const char *container /* or NULL */,
                                                         const char *type, const char *reason,
                                                         const char *fmt, ...);
void pod_run_set_waiting(struct pod_run *r, const char *container, const char *reason /* NULL: none */,
                         const char *message);

/* pod-start.c: one container, from image to postStart hook. Failures are remembered and told; what is worth
 * trying again soon is in wake_ms. */
void pod_start_container(struct pod_run *r, const struct container_start *start,
                         const struct runtime_sandbox *sandbox, const struct keelson_sandbox_config *config);

/* pod-kill.c. Runs the preStop hook, stops, and waits. grace_s: for hook and stop together. */
struct kill_wanted {
    const struct runtime_container *container;
    const char *message;
    int64_t grace_s;
    bool hook;
};
void pod_kill_container(struct pod_run *r, const struct kill_wanted *wanted);
/* All of the pod: regular containers together, then sidecars in reverse order, then the sandboxes. -1 with
 * err when it has to be tried again. */
int pod_kill(struct pod_run *r, int64_t grace_s, const char *message, struct error *err);

#endif
