/* SPDX-License-Identifier: Apache-2.0 */
/* Pods from files: a folder of manifests (or one file), watched with inotify. */
#ifndef KEELSON_KUBELET_STATIC_PODS_H
#define KEELSON_KUBELET_STATIC_PODS_H

#include "core/kubelet/pods.h"

struct static_pods;
/* An empty path: there are none. */
struct static_pods *static_pods_new(struct kubelet *k);
/* No more watching. Before the loop goes; static_pods_free comes after it. */
void static_pods_stop(struct static_pods *s);
void static_pods_free(struct static_pods *s);
/* Reads everything again. A chore. */
void static_pods_read(struct static_pods *s);
/* One manifest: a Pod with name, namespace, uid, annotations and tolerations as a kubelet gives them.
 * ERR_BAD_REQUEST says what is wrong. */
int static_pod_parse(struct arena *arena, struct slice text, const char *node_name, struct json **ret,
                     struct error *err);

#endif
