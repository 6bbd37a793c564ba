/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a cloud about routes. Blocks for at most ROUTE_CALL_TIMEOUT_MS and a grace; any thread but the
 * client's loop. */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_ROUTE_CALL_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_ROUTE_CALL_H

#include "core/cloud-controller-manager/route-difference.h"

#define ROUTE_CALL_TIMEOUT_MS 60000
#define ROUTE_BATCH_MAX       100

/* The cluster's routes in that cloud, in the arena. */
int route_call_list(const struct provider *p, const struct keelson_cloud_routes_v1 *functions,
                    struct arena *arena, struct cloud_routes *ret, struct error *err);
/* At most ROUTE_BATCH_MAX. ret has a place for each. -1: what err says holds for all, and ret is not written.
 */
int route_call_create(const struct provider *p, const struct keelson_cloud_routes_v1 *functions,
                      const struct cloud_route *routes, uint32_t count, enum keelson_status *ret,
                      struct error *err);
int route_call_remove(const struct provider *p, const struct keelson_cloud_routes_v1 *functions,
                      const struct cloud_route *routes, uint32_t count, enum keelson_status *ret,
                      struct error *err);

#endif
