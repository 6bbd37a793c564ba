/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The health-check node ports of LoadBalancer services with externalTrafficPolicy Local: a load balancer asks
 * each node whether it has endpoints of the service (200) or none (503). One thread sets, any number ask.
 */
#ifndef KEELSON_PROXY_HEALTH_PORTS_H
#define KEELSON_PROXY_HEALTH_PORTS_H

#include <stdint.h>

struct health_ports;
struct health_ports *health_ports_new(void);
/* service: "namespace/name". port 0: it has none (any more). A port that cannot be had is logged, and tried
 * again at the next call for the service. */
void health_ports_set(struct health_ports *h, const char *service, uint16_t port, unsigned endpoints);
void health_ports_free(struct health_ports *h);

#endif
