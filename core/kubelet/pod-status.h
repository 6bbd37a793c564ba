/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod's status as the API shows it: a pure function of the pod, of what the runtime holds, and of what is
 * remembered. Upstream's phases, conditions and reasons. Any thread.
 */
#ifndef KEELSON_KUBELET_POD_STATUS_H
#define KEELSON_KUBELET_POD_STATUS_H

#include "core/kubelet/decide.h"

struct pod_status_input {
    const struct json *pod; /* with the status that the API last showed */
    const struct pod_runtime *runtime;
    const struct container_memory *memories;
    size_t memories_count;
    const char *runtime_name;    /* "containerd", of containerID */
    const char *const *host_ips; /* NULL-terminated, the first is hostIP */
    const char *fail_reason,
        *fail_message; /* the kubelet gave the pod up (evicted, not admitted, past its deadline); NULL: no */
    const char *resize_reason, *resize_message; /* a change of resources is put off; NULL: none is */
    const char *resize_error;                   /* one went wrong; NULL: none did */
    int64_t started_ns;                         /* when the kubelet took the pod */
    bool terminating;                           /* its containers are being stopped, or have been */
    bool terminated;                            /* none runs any more, for good */
};
/* A new status document in the arena. */
struct json *pod_status_make(struct arena *arena, const struct pod_status_input *input);
/* What changed from one to the other, as a strategic merge patch of status (NULL: nothing). The pod's uid
 * guards it. */
struct json *pod_status_patch(struct arena *arena, const char *uid, const struct json *old,
                              const struct json *new_);

#endif
