/* SPDX-License-Identifier: Apache-2.0 */
/* Does a pod fit a node, as far as node selectors, required node affinity and taints say? For the daemon set
 * controller, which decides itself where its pods stand. Any thread. */
#ifndef KEELSON_CONTROLLER_MANAGER_NODE_MATCH_H
#define KEELSON_CONTROLLER_MANAGER_NODE_MATCH_H

#include "core/api/object.h"

/* spec.nodeSelector and spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution of a pod
 * spec. */
bool node_matches_affinity(const struct json *pod_spec, const struct json *node);
/* Are all taints of the effect tolerated? */
bool node_taints_tolerated(const struct json *tolerations, const struct json *node, const char *effect);
bool toleration_tolerates(const struct json *toleration, const struct json *taint);

#endif
