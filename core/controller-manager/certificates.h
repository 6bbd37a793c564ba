/* SPDX-License-Identifier: Apache-2.0 */
/* What the three controllers of certificate signing requests share. */
#ifndef KEELSON_CONTROLLER_MANAGER_CERTIFICATES_H
#define KEELSON_CONTROLLER_MANAGER_CERTIFICATES_H

#include "core/controller-manager/controller.h"
#include "core/controller-manager/csr.h"

#define SIGNER_API_CLIENT     "kubernetes.io/kube-apiserver-client"
#define SIGNER_KUBELET_CLIENT "kubernetes.io/kube-apiserver-client-kubelet"
#define SIGNER_KUBELET_SERVER "kubernetes.io/kubelet-serving"
#define SIGNER_LEGACY         "kubernetes.io/legacy-unknown"

/* The condition of that type in status.conditions is there and True. */
bool csr_has_condition(const struct json *object, const char *type);
void csr_add_condition(struct arena *arena, struct json *object, const char *type, const char *reason,
                       const char *message);
/* Decodes spec.request and parses it. */
int csr_of(struct arena *arena, const struct json *object, struct csr *ret, struct error *err);
/* Is it what a kubelet may ask for as a client, or as a server? Upstream's rules; why: static text when not.
 */
bool csr_is_kubelet_client(const struct csr *csr, const struct json *usages, const char **why);
bool csr_is_kubelet_server(const struct csr *csr, const struct json *object, const char **why);

#endif
