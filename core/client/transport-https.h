/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transport of separate daemons: the API server over HTTPS, as a kubeconfig file or the pod's service
 * account says. A bearer token or a certificate that stands in a file is read again when the file changes.
 */
#ifndef KEELSON_CLIENT_TRANSPORT_HTTPS_H
#define KEELSON_CLIENT_TRANSPORT_HTTPS_H

#include "core/client/client.h"

/* kubeconfig NULL: in-cluster. NULL with err when the configuration is of no use. The loop outlives the
 * transport. */
struct transport *transport_https_new(struct loop *loop, const char *kubeconfig, const char *user_agent,
                                      struct error *err);

#endif
