/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a pod that was bound to this node may run on it: pressure, capacity, selectors, ports, taints,
 * operating system, groups, sysctls. Pure. */
#ifndef KEELSON_KUBELET_ADMISSION_H
#define KEELSON_KUBELET_ADMISSION_H

#include "core/api/json.h"

struct admission_input {
    const struct json *pod, *node;    /* node NULL: unknown, what needs it is not checked */
    const struct json *const *others; /* pods that were admitted and still run */
    size_t others_count;
    int64_t pods_max;
    const struct json *unsafe_sysctls; /* patterns that are allowed; NULL: none */
    bool memory_pressure, disk_pressure, pid_pressure;
};
/* True: may run. Otherwise upstream's reason ("OutOfcpu", "NodeAffinity", "SysctlForbidden", "Evicted") and
 * message, in the arena. */
bool admission_check(struct arena *arena, const struct admission_input *input, const char **ret_reason,
                     const char **ret_message);

/* The part of it that a pod is asked again whose resources change. */
bool admission_resources_fit(struct arena *arena, const struct admission_input *input,
                             const char **ret_reason, const char **ret_message);

#endif
