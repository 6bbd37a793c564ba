/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replica sets and replication controllers are one thing with two names: so many pods of one template.
 * replicas.c keeps the number, replicas-rank.c says which pods go first, replicas-status.c what the status
 * says; the two controller-*.c files are the rows.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_REPLICAS_H
#define KEELSON_CONTROLLER_MANAGER_REPLICAS_H

#include "core/controller-manager/claim.h"
#include "core/controller-manager/controller.h"
#include "core/controller-manager/expectations.h"
#include "core/controller-manager/pod-batch.h"

struct replicas_kind {
    const char *queue, *component; /* "replicaset", "replicaset-controller" */
    const char *group, *plural;
    int (*selector)(const struct json *set, struct selector **ret, struct error *err);
    bool terminating; /* the status counts pods that are on their way out */
};

struct replicas {
    const struct replicas_kind *kind;
    struct client *client;
    const struct resource *resource;
    struct informer *sets, *pods;
    struct workqueue *queue;
    struct expectations *expectations;
    struct pod_control control;
};

struct replicas *replicas_start(const struct replicas_kind *kind, struct manager *m,
                                struct controller_run *run, int64_t workers);
void replicas_begin(void *self);
void replicas_stop(void *self);

/* Orders the pods so that those that are best deleted stand first. related: active pods of the sets with the
 * same owner, which says how many stand on one node. */
void replicas_rank(struct json **pods, size_t count, const struct claimed *related, int64_t now_ns);

/* The status as it should be, in set. pods: the set's, terminal ones left out; terminating: those being
 * deleted. failed: what manage ended with; NULL: well. *ret_again_ms: when another pod becomes available, 0:
 * none will. Returns whether the status changed. */
bool replicas_status(const struct replicas *r, struct arena *arena, struct json *set,
                     struct json *const *pods, size_t count, size_t terminating, const struct error *failed,
                     int64_t difference, int64_t *ret_again_ms);

#endif
