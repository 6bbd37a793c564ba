/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which nodes stand behind the load balancers of a cloud. It is one set for all its Services, as upstream's
 * since 1.30 (KEP-3458, KEP-3836): nodes come and go with themselves and with the label that excludes them;
 * readiness, and being about to be removed by the autoscaler, are for the load balancer's health checks to
 * see. (A node with the autoscaler's taint is left out when the set is made anyway, and comes back when the
 * taint goes, which upstream leaves to the next change.)
 */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_SERVICE_NODES_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_SERVICE_NODES_H

#include <keelson/cloud.h>
#include <stdatomic.h>

#include "core/cloud-controller-manager/owned-nodes.h"

/* Pure; any thread. */
bool service_node_serves(const struct json *node);
/* Whether a set that the node may be in must be made anew. */
bool service_node_has_changed(const struct json *old, const struct json *now);

/* Immutable, and shared by those who pass it to their cloud. */
struct node_set {
    atomic_uint refs;
    uint32_t count;
    struct keelson_object **objects; /* by name */
    uint64_t signature;              /* of their names, provider IDs and addresses: equal ones are no news */
    bool complete;                   /* false: of some nodes it is not known yet whose they are */
    struct arena arena;
};
void node_set_unref(struct node_set *s); /* NULL is fine */

/* The set of a provider as it is now, made when something changed since it was last asked for; reaches_all:
 * of all nodes, whoever owns them. Any thread. */
struct node_source;
struct node_source *node_source_new(struct informer *nodes, struct owners *owners,
                                    const struct provider *provider, bool reaches_all);
void node_source_free(struct node_source *s); /* NULL is fine */
void node_source_changed(struct node_source *s);
struct node_set *node_source_set(struct node_source *s); /* a reference */
struct node_set *node_set_ref(struct node_set *s);

#endif
