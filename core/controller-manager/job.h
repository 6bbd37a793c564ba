/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job controller's parts: controller-job.c notices changes and decides, job-count.c counts pods that
 * ended exactly once, job-pods.c makes and removes pods, job-indexes.c knows the completion indexes of an
 * Indexed job.
 *
 * A job's pods bear a finalizer, so that none is gone before it was counted: what ended is first named in
 * status.uncountedTerminatedPods, then loses the finalizer, and only then becomes a number.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_JOB_H
#define KEELSON_CONTROLLER_MANAGER_JOB_H

#include "core/controller-manager/claim.h"
#include "core/controller-manager/controller.h"
#include "core/controller-manager/expectations.h"
#include "core/controller-manager/own-writes.h"
#include "core/controller-manager/pod-control.h"

#define JOB_FINALIZER   "batch.kubernetes.io/job-tracking"
#define LABEL_JOB_INDEX "batch.kubernetes.io/job-completion-index"
#define JOB_INDEXES_MAX 100000

struct jobs {
    struct client *client;
    const struct resource *resource;
    struct informer *jobs, *pods;
    struct workqueue *queue;
    struct expectations *expectations;
    struct own_writes *writes,
        *pod_writes; /* of the status; of finalizers taken away: such a pod must not be counted again */
    struct pod_control control;
};

struct job_sync {
    struct jobs *c;
    const char *key;
    struct arena arena;
    struct json *job, *status; /* status: as it shall be, inside job */
    struct claimed claimed;
    struct json **active;
    size_t active_count, ready, terminating;
    int64_t succeeded, failed; /* with those that are not yet counted */
    bool indexed, changed;     /* changed: the status has to be written */
    uint8_t *done;             /* a bit for each completed index; indexed only */
    int64_t completions;       /* -1: not said */
    int64_t again_ms;
};

/* job-count.c */
void job_count(struct job_sync *s); /* fills active to done, and names what ended in the status */
int job_settle(struct job_sync *s, struct error *err); /* writes the status, takes finalizers away, counts */
int job_write_status(struct job_sync *s, struct error *err);
bool job_pod_ended(const struct json *pod); /* succeeded, failed, or on its way out */

/* job-pods.c */
int job_manage(struct job_sync *s, struct error *err); /* towards parallelism */
int job_delete_active(struct job_sync *s, int64_t count, struct error *err);

/* job-indexes.c */
void job_indexes_parse(struct job_sync *s, const char *text); /* "0,2-4" */
char *job_indexes_text(const struct job_sync *s);             /* in the arena */
bool job_index_of(const struct json *pod, int64_t *ret);
int64_t job_indexes_count(const struct job_sync *s);
static inline bool job_index_is_done(const struct job_sync *s, int64_t index)
{
    return s->done[index / 8] >> index % 8 & 1;
}
static inline void job_index_set_done(struct job_sync *s, int64_t index)
{
    s->done[index / 8] |= (uint8_t)(1u << index % 8);
}

#endif
