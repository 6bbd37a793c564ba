/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon set controller's parts: controller-daemonset.c notices changes and runs a sync,
 * daemonset-manage.c decides which nodes have too few or too many pods, and which pods make room for new
 * ones, daemonset-status.c counts.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_DAEMONSET_H
#define KEELSON_CONTROLLER_MANAGER_DAEMONSET_H

#include "core/controller-manager/claim.h"
#include "core/controller-manager/controller.h"
#include "core/controller-manager/expectations.h"
#include "core/controller-manager/pod-control.h"
#include "core/controller-manager/revisions.h"

struct daemon_sets {
    struct client *client;
    const struct resource *resource;
    struct informer *sets, *pods, *nodes;
    struct workqueue *queue;
    struct expectations *expectations;
    struct pod_control control;
    struct revisions revisions;
};

/* A node and the set's pods that stand, or shall stand, on it. */
struct daemon_node {
    struct json *node; /* NULL: it is gone */
    const char *name;
    struct json **pods; /* the eldest first */
    size_t count;
    bool should_run, may_stay;
};
struct daemon_sync {
    struct daemon_sets *c;
    const char *key, *hash;
    struct arena arena;
    struct json *set, *pod; /* pod: as it would be made, with the daemons' tolerations */
    struct claimed claimed;
    struct revision_set revisions;
    int64_t collisions;
    struct daemon_node *nodes;
    size_t nodes_count;
    int64_t again_ms;
};

/* daemonset-manage.c */
void daemon_place(struct daemon_sync *s); /* fills nodes */
int daemon_manage(struct daemon_sync *s, struct error *err);
int daemon_roll(struct daemon_sync *s, struct error *err);
bool daemon_pod_is_current(const struct daemon_sync *s, const struct json *pod);

/* daemonset-status.c */
int daemon_write_status(struct daemon_sync *s, struct error *err);
/* Notes when to look again, since a ready pod is not yet available. */
bool daemon_pod_is_available(struct daemon_sync *s, const struct json *pod);

#endif
