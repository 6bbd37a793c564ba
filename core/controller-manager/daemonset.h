/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon set controller's parts: controller-daemonset.c notices changes and runs a sync,
 * daemonset-manage.c decides which nodes have too few or too many pods, daemonset-roll.c which pods make room
 * for new ones, daemonset-backoff.c how soon a failed one is replaced, daemonset-status.c counts.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_DAEMONSET_H
#define KEELSON_CONTROLLER_MANAGER_DAEMONSET_H

#include "core/controller-manager/claim.h"
#include "core/controller-manager/controller.h"
#include "core/controller-manager/expectations.h"
#include "core/controller-manager/pod-batch.h"
#include "core/controller-manager/revisions.h"

struct daemon_backoffs;
struct daemon_sets {
    struct client *client;
    const struct resource *resource;
    struct informer *sets, *pods, *nodes;
    struct workqueue *queue;
    struct expectations *expectations;
    struct daemon_backoffs *backoffs;
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
struct daemon_todo {
    const char **create; /* nodes */
    struct json **delete_;
    size_t create_count, delete_count;
};
struct daemon_todo daemon_todo_new(struct daemon_sync *s); /* with room for every node and pod */
int daemon_do(struct daemon_sync *s, const struct daemon_todo *todo, struct error *err);
bool daemon_pod_is_current(const struct daemon_sync *s, const struct json *pod);

/* daemonset-roll.c */
int daemon_roll(struct daemon_sync *s, struct error *err);
/* How many nodes may have a new pod beside the old one; 0: the old one goes first. */
int64_t daemon_max_surge(const struct daemon_sync *s);

/* daemonset-backoff.c; any thread. */
struct daemon_backoffs *daemon_backoffs_new(void);
void daemon_backoffs_free(struct daemon_backoffs *b);
/* 0: a failed pod of the set on that node may be replaced now, and its turn is taken; else in so many
 * milliseconds. */
int64_t daemon_backoff_ms(struct daemon_backoffs *b, const char *set_uid, const char *node);
void daemon_backoffs_forget(struct daemon_backoffs *b, const char *set_uid); /* the set is gone */

/* daemonset-status.c */
int daemon_write_status(struct daemon_sync *s, struct error *err);
/* Notes when to look again, since a ready pod is not yet available. */
bool daemon_pod_is_available(struct daemon_sync *s, const struct json *pod);

#endif
