/* SPDX-License-Identifier: Apache-2.0 */
/* status.loadBalancer of a Service. Pure; any thread. */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_SERVICE_STATUS_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_SERVICE_STATUS_H

#include <keelson/cloud.h>

#include "core/api/json.h"

/* status.loadBalancer.ingress, as a cloud said it. */
struct json *service_ingress(struct arena *arena, const struct keelson_load_balancer *said);
/* What must be written so that the status says this (NULL: that there is none); NULL when it says so already.
 * A merge patch for the status subresource. */
struct json *service_status_patch(struct arena *arena, const struct json *service,
                                  const struct json *ingress);

#endif
