/* SPDX-License-Identifier: Apache-2.0 */
/* Creating pods from a template and deleting them, with the events that tell of it. Workers' threads. */
#ifndef KEELSON_CONTROLLER_MANAGER_POD_CONTROL_H
#define KEELSON_CONTROLLER_MANAGER_POD_CONTROL_H

#include "core/controller-manager/controller.h"

struct pod_control {
    struct client *client;
    struct event_recorder *events;
    const struct resource *pods, *owner_resource;
    struct workers *helpers; /* the manager's; NULL: none */
};
/* A pod as the template (spec.template) has it, controlled by owner, with generateName; may be changed before
 * it is created. */
struct json *pod_from_template(const struct pod_control *p, struct arena *arena, const struct json *owner,
                               const struct json *template_);
/* Creates, and records SuccessfulCreate or FailedCreate on the owner. */
int pod_control_create(const struct pod_control *p, struct arena *arena, const struct json *owner,
                       const struct json *pod, struct error *err);
/* ERR_NOT_FOUND is returned as an error, but no event. */
int pod_control_delete(const struct pod_control *p, const struct json *owner, const struct json *pod,
                       struct error *err);

/* The controller's api version in the arena: "apps/v1". */
char *resource_api_version_text(struct arena *arena, const struct resource *r);
/* From when on a ready pod counts as available: 0 now or since long, > 0 in so many milliseconds, -1: it is
 * not ready. */
int64_t pod_available_in_ms(const struct json *pod, int64_t min_ready_s, int64_t now_ns);

#endif
