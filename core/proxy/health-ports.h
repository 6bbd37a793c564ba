/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The health-check node ports of LoadBalancer services with externalTrafficPolicy Local: a load balancer asks
 * each node whether it has endpoints of the service and a proxy that works (200) or not (503). One thread
 * sets, any number ask.
 */
#ifndef KEELSON_PROXY_HEALTH_PORTS_H
#define KEELSON_PROXY_HEALTH_PORTS_H

#include <stdbool.h>
#include <stdint.h>

struct health_ports;
/* healthy(context): does the proxy itself work? Asked on the servers' threads; not while a function of this
 * header runs. */
struct health_ports *health_ports_new(bool (*healthy)(void *context), void *context);
/* service: "namespace/name". port 0: it has none (any more). A port that cannot be had is logged, and tried
 * again at the next call for the service. */
void health_ports_set(struct health_ports *h, const char *service, uint16_t port, unsigned endpoints);
void health_ports_free(struct health_ports *h);

#endif
