/* SPDX-License-Identifier: Apache-2.0 */
/* The health server of a daemon that has no server of its own. Main thread. */
#ifndef KEELSON_DAEMON_HEALTH_H
#define KEELSON_DAEMON_HEALTH_H

#include "core/daemon/daemon.h"
#include "core/io/tls.h"

struct health_server;
/* On address and port, one loop on a thread of its own. tls NULL: HTTP, and
 * HTTPS with a certificate made on the spot for clients that begin with it; referenced. */
int health_server_start(const struct daemon *daemon, void *component, const char *address, uint16_t port,
                        struct tls_settings *tls, struct health_server **ret, struct error *err);
void health_server_stop(struct health_server *h); /* NULL is fine */

#endif
