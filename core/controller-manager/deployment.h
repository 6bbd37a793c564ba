/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The deployment controller's parts. One sync looks at one deployment and its replica sets through a struct
 * deployment_sync, which lives in one worker's thread: deployment-revision.c finds or makes the replica set
 * of the template, deployment-rollout.c moves replicas from old sets to it, deployment-scale.c spreads a new
 * size over several sets, deployment-status.c says how far it is.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_DEPLOYMENT_H
#define KEELSON_CONTROLLER_MANAGER_DEPLOYMENT_H

#include "core/controller-manager/claim.h"
#include "core/controller-manager/controller.h"

struct deployments {
    struct client *client;
    const struct resource *resource, *sets_resource;
    struct informer *informer, *sets, *pods;
    struct workqueue *queue;
    struct event_recorder *events;
};

struct deployment_sync {
    struct deployments *c;
    const char *key;
    struct arena arena;
    struct json *deployment;
    struct claimed all;   /* its replica sets, the eldest first; the new one is among them once it exists */
    struct json *new_set; /* the one of the present template; NULL: none yet */
    int64_t again_ms;     /* when to look again; 0: not by time */
};

#define ANNOTATION_REVISION         "deployment.kubernetes.io/revision"
#define ANNOTATION_REVISION_HISTORY "deployment.kubernetes.io/revision-history"
#define ANNOTATION_DESIRED          "deployment.kubernetes.io/desired-replicas"
#define ANNOTATION_MAX              "deployment.kubernetes.io/max-replicas"
#define LABEL_TEMPLATE_HASH         "pod-template-hash"

/* What the spec says, defaults included. */
int64_t deployment_replicas(const struct json *deployment);
bool deployment_is_rolling(const struct json *deployment);
int64_t deployment_max_surge(const struct json *deployment);
int64_t deployment_max_unavailable(const struct json *deployment);
bool deployment_has_deadline(const struct json *deployment);
/* An int or a percentage of total. */
int64_t int_or_percent(const struct json *value, int64_t total, bool round_up, int64_t fallback);

int64_t set_replicas(const struct json *set);                    /* spec */
int64_t set_count_of(const struct json *set, const char *field); /* of the status: "availableReplicas" */
int64_t sets_replicas(const struct deployment_sync *s, bool with_new); /* of the spec, together */

/* deployment-revision.c */
void deployment_find_new_set(struct deployment_sync *s);
/* Brings revision and annotations up to date; makes the new set when it is missing and create says so. */
int deployment_sync_revision(struct deployment_sync *s, bool create, struct error *err);
/* Deletes old sets beyond the history limit. */
int deployment_clean_up(struct deployment_sync *s, struct error *err);
/* How many replicas the new set may have now. */
int64_t deployment_new_set_replicas(const struct deployment_sync *s, const struct json *new_set);

/* deployment-scale.c */
int deployment_scale_set(struct deployment_sync *s, struct json *set, int64_t replicas, struct error *err);
/* The deployment's size changed, or it is paused: spreads the size over its sets. */
int deployment_scale(struct deployment_sync *s, struct error *err);
bool deployment_is_scaling(const struct deployment_sync *s);
bool set_annotation_number(const struct json *set, const char *key, int64_t *ret);

/* deployment-rollout.c */
int deployment_roll(struct deployment_sync *s, struct error *err);
int deployment_recreate(struct deployment_sync *s, struct error *err);

/* deployment-status.c */
int deployment_write_status(struct deployment_sync *s, struct error *err); /* counts and availability */
int deployment_write_rollout_status(struct deployment_sync *s, struct error *err); /* and progress */
int deployment_note_pause(struct deployment_sync *s, struct error *err);
bool deployment_is_complete(const struct json *deployment, const struct json *status);
/* False when it is there already with that status and reason. */
bool deployment_set_condition(struct arena *arena, struct json *status, const char *type, const char *value,
                              const char *reason, const char *message);
/* Sends the deployment with its status and takes the answer in its place. */
int deployment_send_status(struct deployment_sync *s, struct error *err);

#endif
