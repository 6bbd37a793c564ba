/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a cloud about routes. Blocks for at most ROUTE_CALL_TIMEOUT_MS and a grace; any thread but the
 * client's loop. */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_ROUTE_CALL_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_ROUTE_CALL_H

#include "core/cloud-controller-manager/route-difference.h"

#define ROUTE_CALL_TIMEOUT_MS 60000
#define ROUTE_BATCH_MAX       100

struct route_call;

/* The cluster's routes in that cloud, in the arena. */
int route_call_list(const struct provider *p, const struct keelson_cloud_routes_v1 *functions,
                    struct arena *arena, struct cloud_routes *ret, struct error *err);
/* At most ROUTE_BATCH_MAX. ret has a place for each. -1: what err says holds for all, and ret is not written.
 * One that did not come back in time may be at work still: it is put into *late, which was NULL, and until it
 * is over no other is made, or it would take away, or make again, what is right by then. */
int route_call_create(const struct provider *p, const struct keelson_cloud_routes_v1 *functions,
                      const struct cloud_route *routes, uint32_t count, enum keelson_status *ret,
                      struct route_call **late, struct error *err);
int route_call_remove(const struct provider *p, const struct keelson_cloud_routes_v1 *functions,
                      const struct cloud_route *routes, uint32_t count, enum keelson_status *ret,
                      struct route_call **late, struct error *err);
bool route_call_is_over(const struct route_call *c); /* any thread */
void route_call_unref(struct route_call *c);         /* NULL is fine */

#endif
