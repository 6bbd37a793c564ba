/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of a pod under resize. Amounts are replaced by nodes of the status, so that no memory is needed.
 */
#include "core/scheduler/resize.h"

#include "core/api/object.h"
#include "core/api/quantity.h"

static const struct json *find_status(const struct json *statuses, const char *name)
{
    json_for_each (s, statuses) {
        if (strcmp(json_string_or(json_get(s, "name"), ""), name) == 0)
            return s;
    }
    return NULL;
}

static void raise_amount(struct json *request, const struct json *have, bool infeasible)
{
    struct quantity wanted, now;
    if (!quantity_parse(json_slice(request), &wanted) || !quantity_parse(json_slice(have), &now))
        return;
    int order = quantity_compare(&now, &wanted);
    if (order > 0 || (infeasible && order != 0))
        json_replace(request, have);
}

static void raise_container(struct json *container, const struct json *status, bool infeasible)
{
    const struct json *allocated = json_get(status, "allocatedResources"),
                      *actual = json_at(status, "resources.requests");
    json_for_each (request, json_at(container, "resources.requests")) {
        raise_amount(request, json_get(allocated, request->key), infeasible);
        raise_amount(request, json_get(actual, request->key), false);
    }
}

static void raise_list(struct json *containers, const struct json *statuses, bool infeasible)
{
    json_for_each (container, containers) {
        const struct json *status = find_status(statuses, json_string_or(json_get(container, "name"), ""));
        if (status)
            raise_container(container, status, infeasible);
    }
}

void resize_raise(struct json *pod)
{
    const struct json *status = json_get(pod, "status"), *pending = object_condition(pod, "PodResizePending");
    bool infeasible = strcmp(json_string_or(json_get(pending, "reason"), ""), "Infeasible") == 0;
    if (!*json_string_or(json_at(pod, "spec.nodeName"), ""))
        return;
    raise_list(json_at(pod, "spec.containers"), json_get(status, "containerStatuses"), infeasible);
    raise_list(json_at(pod, "spec.initContainers"), json_get(status, "initContainerStatuses"), infeasible);
}
