/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of a cloud about a Service's load balancer. It owns what it passes and is counted, since a call
 * that hangs outlives the one who made it; until it has come back nothing else may be asked of the cloud
 * about the same Service, or a late ensure() would make what a remove() has just taken away.
 */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_SERVICE_CALL_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_SERVICE_CALL_H

#include "core/client/events.h"
#include "core/cloud-controller-manager/service-nodes.h"

#define SERVICE_CALL_TIMEOUT_MS 60000

struct service_call;
enum service_operation {
    SERVICE_CALL_ENSURE,
    SERVICE_CALL_UPDATE,
    SERVICE_CALL_REMOVE,
    SERVICE_CALL_GET,
    SERVICE_OPERATIONS
};

/* Copies the Service, and takes a reference of the nodes (NULL where the operation has none). What the plugin
 * wants to be seen at the Service goes to events, as long as somebody waits for the call. */
struct service_call *service_call_new(const struct provider *provider,
                                      const struct keelson_cloud_loadbalancers_v1 *functions,
                                      enum service_operation operation, const struct json *service,
                                      struct node_set *nodes, struct event_recorder *events);
/* An ensure() reaches the plugin only if it is still that opening of it (plugin_instance_openings()), else it
 * fails: another process does not know what the one before gave out. */
void service_call_bind(struct service_call *c, unsigned opening);
/* Blocks. Once. An ensure() that came to no load balancer is a failure; a load balancer that is not there is
 * none for get() and remove(). */
int service_call_run(struct service_call *c, struct error *err);
/* What a successful ensure() said. */
const struct json *service_call_ingress(const struct service_call *c);
/* Its run failed with err, and the plugin may be at work on it still. */
bool service_call_is_late(const struct service_call *c, const struct error *err);
/* The plugin has come back from it. Any thread. */
bool service_call_is_over(const struct service_call *c);
/* Whether the plugin is at work on *late (NULL: on none) still; when it has come back, that is released. */
bool service_call_is_out(struct service_call **late);
void service_call_unref(struct service_call *c); /* NULL is fine */

#endif
