/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be done for a pod: a pure function of its specification, of what the runtime holds, and of what
 * is remembered about it (back-off, probe results). Nothing is called and nothing is changed, so that every
 * rule can stand in a table of tests. Semantics: upstream's pod life cycle (init containers in order,
 * sidecars, restart policies, back-off 10 s … 5 min). Any thread.
 */
#ifndef KEELSON_KUBELET_DECIDE_H
#define KEELSON_KUBELET_DECIDE_H

#include "core/kubelet/runtime.h"
#include "core/api/json.h"

enum container_kind { CONTAINER_REGULAR, CONTAINER_INIT, CONTAINER_SIDECAR, CONTAINER_EPHEMERAL };

/* What the runtime holds of one pod. sandboxes and containers: the newest first. */
struct pod_runtime {
    struct runtime_sandbox *sandboxes;
    struct runtime_container *containers;
    size_t sandboxes_count, containers_count;
};

/* What the kubelet remembers of a container by name. */
struct container_memory {
    char *name;
    int64_t backoff_ns, backoff_set_ns; /* between restarts: how long, and when that was decided; 0: none */
    char *backoff_hash;                 /* of the container that earned it: another image starts afresh */
    int64_t pull_backoff_ns, pull_until_ns; /* between pulls */
    char *pull_image, *pull_message;        /* what could not be pulled, and why */
    char *waiting_reason, *waiting_message; /* why it does not run; NULL: ContainerCreating */
    char *probed_id;                        /* the container that the results below are about; NULL: none */
    bool ready, started,
        unhealthy; /* readiness and startup probes passed; a liveness or startup probe failed */
    char *unhealthy_message;
    int64_t unhealthy_grace_s; /* the probe's own terminationGracePeriodSeconds; -1: none */
    char
        *restart_id; /* the container that was stopped in order to be started again, whatever its exit code */
    char *post_start_failed_id,
        *image_ref; /* the container whose postStart hook failed; the image that was pulled last */
};

struct decide_input {
    const struct json *pod;
    const struct pod_runtime *runtime;
    const struct container_memory *memories;
    size_t memories_count;
    int64_t now_ns, backoff_max_ns;
};
struct container_start {
    const struct json *container;
    enum container_kind kind;
    uint32_t restart_count;
    const struct runtime_container *previous; /* NULL: the first time */
};
struct container_kill {
    const struct runtime_container *container;
    const char *reason, *message; /* message in the arena */
    int64_t grace_s;              /* -1: the pod's own */
    bool restart;                 /* to be started again, whatever it ends with */
};
struct container_wait { /* in CrashLoopBackOff */
    const char *name;
    int64_t backoff_ns, until_ns;
};
struct pod_actions {
    bool kill_pod; /* stop the sandbox and everything in it */
    bool create_sandbox;
    bool finished;    /* nothing runs and nothing will: the pod's phase becomes Succeeded or Failed */
    uint32_t attempt; /* of the sandbox that is to be made */
    const struct runtime_sandbox *sandbox; /* that serves the pod; NULL: none */
    struct container_start *starts;
    struct container_kill *kills;
    struct container_wait *waits;
    size_t starts_count, kills_count, waits_count;
};
void decide(struct arena *arena, const struct decide_input *input, struct pod_actions *ret);

/* Pieces that status and termination share. */
const struct runtime_container *pod_runtime_container(const struct pod_runtime *runtime,
                                                      const char *name); /* the newest; NULL: none */
const struct container_memory *container_memory_find(const struct container_memory *memories, size_t count,
                                                     const char *name);
/* Would the container be started again after having ended so? */
bool container_restarts(const struct json *pod, const struct json *container, enum container_kind kind,
                        int32_t exit_code);
/* "a1b2c3d4": of what a running container cannot change: name and image. */
const char *container_hash(struct arena *arena, const struct json *container);
/* Of the resources for whose change its resizePolicy wants it restarted; "" when there are none. */
const char *container_resize_hash(struct arena *arena, const struct json *container);
/* The next back-off after one of `current` decided at `set_ns` (0: none): 10 s, doubled up to the limit;
 * forgotten after 10 minutes. */
int64_t backoff_next(int64_t current_ns, int64_t set_ns, int64_t now_ns, int64_t max_ns);
/* Walks all containers of the pod in upstream's order: init (and sidecars), regular, ephemeral. *cursor
 * starts at NULL. */
struct container_walk {
    const struct json *next;
    int list;
};
const struct json *container_next(const struct json *pod, struct container_walk *walk,
                                  enum container_kind *ret_kind);
const struct json *container_find(const struct json *pod, const char *name, enum container_kind *ret_kind);
/* "spec.initContainers{name}", as events name what they are about. */
const char *container_field_path(struct arena *arena, enum container_kind kind, const char *name);

#endif
