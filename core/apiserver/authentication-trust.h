/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ConfigMap extension-apiserver-authentication in kube-system: which CAs this server believes, so that
 * servers beside it (upstream's controllers and scheduler, metrics-server) can know the same users.
 */
#ifndef KEELSON_APISERVER_AUTHENTICATION_TRUST_H
#define KEELSON_APISERVER_AUTHENTICATION_TRUST_H

#include "core/apiserver/server.h"

/* Makes or corrects it, from what the files hold now. Worker. */
int authentication_trust_reconcile(struct server *server, struct error *err);

#endif
