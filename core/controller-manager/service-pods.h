/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a Service finds its pods, and what of a pod becomes an endpoint: shared by the Endpoints and the
 * EndpointSlice controllers. Any thread; documents in the caller's arena.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_SERVICE_PODS_H
#define KEELSON_CONTROLLER_MANAGER_SERVICE_PODS_H

#include "core/controller-manager/controller.h"

/* Calls add(context, "ns/name") for each service of the pod's namespace that selects it now, or did as old
 * had it. Nothing when nothing that matters to an endpoint changed. */
void services_of_pod(struct informer *services, const struct cached *old, const struct cached *new_,
                     const struct json *pod, void (*add)(void *context, const char *key), void *context);
/* Has it an address, and has it not ended? */
bool pod_has_endpoint(const struct json *pod);
/* An array of {name, port, protocol, appProtocol}: the service's ports as this pod has them; those that it
 * lacks are left out. */
struct json *pod_service_ports(struct arena *arena, const struct json *service, const struct json *pod);
/* The pod's address of the family ("IPv4", "IPv6"); NULL: none. */
const char *pod_address(const struct json *pod, const char *family);
bool address_is_family(const char *address, const char *family);
/* Its host name in the service's DNS domain, or NULL. */
const char *pod_service_hostname(const struct json *service, const struct json *pod);
struct json *pod_target_reference(struct arena *arena, const struct json *pod);
bool service_is_headless(const struct json *service);
bool service_has_selector(const struct json *service);

#endif
