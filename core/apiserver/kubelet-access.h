/* SPDX-License-Identifier: Apache-2.0 */
/* How the API server reaches nodes: their addresses in the order of preference, and the credentials that it
 * shows to kubelets. Any thread. */
#ifndef KEELSON_APISERVER_KUBELET_ACCESS_H
#define KEELSON_APISERVER_KUBELET_ACCESS_H

#include "core/apiserver/options.h"
#include "core/apiserver/request.h"
#include "core/io/tls.h"

struct kubelet_access;
struct kubelet_access *kubelet_access_new(const struct apiserver_options *options, struct error *err);
void kubelet_access_free(struct kubelet_access *k);
struct tls_settings *kubelet_tls(struct kubelet_access *k); /* borrowed */
/* For proxying to pods and services over https: nothing is verified, nothing shown. Borrowed. */
struct tls_settings *kubelet_plain_tls(struct kubelet_access *k);
/* Host and port of a node's kubelet; the host is in the arena. */
int kubelet_address(struct api_request *r, const char *node, const char **ret_host, uint16_t *ret_port,
                    struct error *err);

#endif
