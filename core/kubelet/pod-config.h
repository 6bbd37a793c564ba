/* SPDX-License-Identifier: Apache-2.0 */
/* What the runtime is asked to make: sandbox and container configurations from a pod. All in the arena. Any
 * thread, one for a pod at a time. */
#ifndef KEELSON_KUBELET_POD_CONFIG_H
#define KEELSON_KUBELET_POD_CONFIG_H

#include "core/kubelet/decide.h"
#include "core/kubelet/kubelet.h"

int pod_config_sandbox(struct kubelet *k, struct arena *arena, const struct json *pod, uint32_t attempt,
                       struct keelson_sandbox_config *ret, struct error *err);

struct pod_config_container {
    const struct json *pod, *container;
    const struct runtime_sandbox *sandbox;
    const struct runtime_image *image; /* NULL: unknown */
    const char *image_ref;             /* what to run */
    const char *target_id;             /* ephemeral containers; NULL: none */
    uint32_t restart_count;
};
/* Makes the container's log folder, its termination message file and the pod's hosts file too. Errors are
 * CreateContainerConfigError's. */
int pod_config_container(struct kubelet *k, struct arena *arena, const struct pod_config_container *input,
                         struct keelson_container_config *ret, struct error *err);

/* Limits of a container, for making and for changing it. */
struct keelson_resources pod_config_resources(struct kubelet *k, struct arena *arena, const struct json *pod,
                                              const struct json *container);

const char *pod_folder(struct kubelet *k, struct arena *arena, const char *uid); /* ROOT/pods/UID */
const char *pod_log_folder(struct kubelet *k, struct arena *arena,
                           const struct json *pod); /* LOGS/NS_NAME_UID */
const char *pod_hostname(struct arena *arena, const struct json *pod, const char *cluster_domain,
                         const char **ret_domain /* "" : none */);

#endif
