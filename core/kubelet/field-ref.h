/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a pod that its own containers may ask for: fieldRef and resourceFieldRef (environment and
 * downwardAPI volumes). Any thread. */
#ifndef KEELSON_KUBELET_FIELD_REF_H
#define KEELSON_KUBELET_FIELD_REF_H

#include "core/api/json.h"

/* "metadata.name", "metadata.labels['key']", "metadata.annotations" (all, one key="value" a line),
 * "spec.nodeName", "spec.serviceAccountName", "status.podIP", "status.podIPs", "status.hostIP",
 * "status.hostIPs". Text in the arena. ERR_BAD_REQUEST for a path that is not supported. */
int field_ref_value(struct arena *arena, const struct json *pod, const char *field_path, const char **ret,
                    struct error *err);
/* "limits.cpu", "requests.memory", … of a container, divided by divisor and rounded up; limits that are
 * absent are the node's allocatable. */
int resource_field_ref_value(struct arena *arena, const struct json *container, const char *resource,
                             const char *divisor, int64_t node_cpu_milli, int64_t node_memory_bytes,
                             const char **ret, struct error *err);

#endif
