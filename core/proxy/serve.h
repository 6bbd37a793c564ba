/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proxy's two small servers. On the health port /healthz says whether a load balancer should send
 * connections to this node, and /livez whether the proxy works, as upstream's do: a node that is being taken
 * away is no place for new connections, though its proxy is well. On the metrics port: /metrics, /healthz,
 * /proxyMode, /version.
 */
#ifndef KEELSON_PROXY_SERVE_H
#define KEELSON_PROXY_SERVE_H

#include "core/proxy/proxy.h"

struct proxy_server;
/* text: "0.0.0.0:10256", "[::1]:10249", as the flag has it; empty, or port 0: no server, *ret is NULL. */
int proxy_serve_health(struct proxy *p, const char *text, struct proxy_server **ret, struct error *err);
int proxy_serve_metrics(struct proxy *p, const char *text, struct proxy_server **ret, struct error *err);
void proxy_server_stop(struct proxy_server *s); /* NULL is fine */

#endif
