/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a load balancer must follow what changed in its Service; upstream's list, and what many clouds add
 * to it. Pure; any thread. */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_SERVICE_CHANGE_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_SERVICE_CHANGE_H

#include "core/api/json.h"

struct service_change {
    const char *reason; /* of an event that tells of it; NULL: none does */
    const char *message;
};
/* Texts are in the arena. */
bool service_has_changed(const struct json *old, const struct json *now, struct arena *arena,
                         struct service_change *ret);

#endif
