/* SPDX-License-Identifier: Apache-2.0 */
/* In-place resize (KEP-1287): while a pod is being resized it counts for the larger of what it asks for and
 * what it still has. */
#ifndef KEELSON_SCHEDULER_RESIZE_H
#define KEELSON_SCHEDULER_RESIZE_H

#include "core/api/json.h"

/* Raises the requests in a pod's spec to what its status tells of each container; those of a resize that the
 * node cannot grant (Infeasible) become what the status tells. Does nothing to a pod that waits. */
void resize_raise(struct json *pod);

#endif
