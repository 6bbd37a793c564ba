/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pod asks for as a whole: the sum of its containers, the peak of its init containers, sidecars that
 * stay, overhead (KEP-753, KEP-688), and pod-level resources where they are given (KEP-2837). For the
 * scheduler, the kubelet, quotas and limits. Any thread.
 */
#ifndef KEELSON_API_POD_RESOURCES_H
#define KEELSON_API_POD_RESOURCES_H

#include "core/api/json.h"
#include "core/api/quantity.h"

/* A few named amounts; names belong to the pod's document or are static. {0} is an empty list. */
struct resource_amount {
    const char *name;
    struct quantity amount;
};
struct resource_list {
    struct resource_amount *items; /* in the arena */
    unsigned count, capacity;
};
struct quantity *resource_list_find(struct resource_list *l, const char *name); /* NULL when absent */
void resource_list_add(struct arena *arena, struct resource_list *l, const char *name,
                       const struct quantity *amount);
void resource_list_set(struct arena *arena, struct resource_list *l, const char *name,
                       const struct quantity *amount);
/* From {"cpu": "1", …}; adds to what the list holds. Values that do not parse are left out. */
void resource_list_add_json(struct arena *arena, struct resource_list *l, const struct json *amounts);

/* what: "requests" or "limits". A container's missing request is its limit only after defaulting, which the
 * API server did. */
void pod_resources(struct arena *arena, const struct json *pod, const char *what, struct resource_list *out);
/* The same, where a container that does not name one of the amounts of `missing` counts for that much. */
void pod_resources_or(struct arena *arena, const struct json *pod, const char *what,
                      const struct resource_list *missing, struct resource_list *out);

/* "Guaranteed", "Burstable" or "BestEffort" (upstream's ComputePodQOS). */
const char *pod_qos_class(const struct json *pod);
/* Is it an init container that stays (restartPolicy: Always)? */
bool container_is_sidecar(const struct json *init_container);

#endif
