/* SPDX-License-Identifier: Apache-2.0 */
/* What a cluster has from the start: system namespaces, priority classes, the default roles, the Service
 * `kubernetes`, and which CAs are trusted. */
#ifndef KEELSON_APISERVER_BOOTSTRAP_H
#define KEELSON_APISERVER_BOOTSTRAP_H

#include "core/apiserver/server.h"

/* Makes what is missing; says so in server->bootstrapped when all is there. Worker. */
void bootstrap_run(struct server *server);
/* Puts back what may not be missing: system namespaces, the Service `kubernetes` and its endpoints, the
 * trusted CAs. Worker; now and then. */
void bootstrap_refresh(struct server *server);

#endif
