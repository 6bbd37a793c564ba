/* SPDX-License-Identifier: Apache-2.0 */
/* The Service `kubernetes` in namespace default, with the endpoints at which this server is reached. */
#ifndef KEELSON_APISERVER_KUBERNETES_SERVICE_H
#define KEELSON_APISERVER_KUBERNETES_SERVICE_H

#include "core/apiserver/server.h"
#include "core/apiserver/service-ranges.h"

/* Makes or corrects them. Worker; at the start, and now and then afterwards, since users may delete them. */
int kubernetes_service_reconcile(struct server *server, struct error *err);
/* The address at which others reach this server; may lie in buffer. */
const char *kubernetes_service_address(const struct apiserver_options *o, char buffer[ADDRESS_TEXT_MAX]);

#endif
