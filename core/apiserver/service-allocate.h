/* SPDX-License-Identifier: Apache-2.0 */
/* Giving a service its addresses and node ports. Workers. */
#ifndef KEELSON_APISERVER_SERVICE_ALLOCATE_H
#define KEELSON_APISERVER_SERVICE_ALLOCATE_H

#include "core/apiserver/registry.h"
#include "core/apiserver/service-ranges.h"

/* Fills ipFamilyPolicy, ipFamilies, clusterIP and clusterIPs; claims addresses that `old` does not have.
 * ERR_INVALID. */
int service_allocate_addresses(struct service_ranges *s, struct api_request *r, struct json *service,
                               const struct json *old, struct error *err);
/* Fills ipFamilyPolicy and ipFamilies, and takes the second of clusterIPs away where it is given up;
 * clusterIP and clusterIPs agree by then. */
int service_choose_families(struct service_ranges *s, struct arena *a, struct json *service,
                            const struct json *old, struct error *err);
/* Fills ports[].nodePort and healthCheckNodePort likewise. */
int service_allocate_ports(struct service_ranges *s, struct api_request *r, struct json *service,
                           const struct json *old, struct error *err);
void service_settle(struct service_ranges *s, struct api_request *r, bool stored);

/* ERR_INVALID with one cause. */
int service_invalid(const struct json *service, const char *field, struct slice value, const char *why,
                    struct error *err);

bool service_is_type(const struct json *service, const char *type); /* type absent: ClusterIP */
bool service_is_headless(const struct json *service);
bool service_needs_address(const struct json *service);
bool service_needs_node_ports(const struct json *service);
bool service_needs_health_port(const struct json *service);

#endif
