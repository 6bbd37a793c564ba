/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job controller's parts: controller-job.c notices changes and runs a sync, job-end.c decides whether a
 * job is over and says so, job-count.c counts pods that ended exactly once, job-pods.c makes and removes
 * pods, job-indexes.c knows the indexes of an Indexed job, job-policy.c what a job says about failed pods and
 * about success, job-orphans.c lets go of pods whose job is gone.
 *
 * A job's pods bear a finalizer, so that none is gone before it was counted: what ended is first named in
 * status.uncountedTerminatedPods, then loses the finalizer, and only then becomes a number. A job is said to
 * be over only after its last pod became one.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_JOB_H
#define KEELSON_CONTROLLER_MANAGER_JOB_H

#include "core/controller-manager/claim.h"
#include "core/controller-manager/controller.h"
#include "core/controller-manager/own-writes.h"
#include "core/controller-manager/pod-batch.h"

#define JOB_FINALIZER   "batch.kubernetes.io/job-tracking"
#define LABEL_JOB_INDEX "batch.kubernetes.io/job-completion-index"
#define JOB_INDEXES_MAX 100000
/* In pods of a job with backoffLimitPerIndex: how often its index failed before, and how often that was not
 * to count. */
#define ANNOTATION_FAILURES "batch.kubernetes.io/job-index-failure-count"
#define ANNOTATION_IGNORED  "batch.kubernetes.io/job-index-ignored-failure-count"

struct jobs {
    struct client *client;
    const struct resource *resource;
    struct informer *jobs, *pods;
    struct workqueue *queue;   /* of jobs */
    struct workqueue *orphans; /* of pods whose job may be gone */
    struct expectations *expectations;
    struct expectations *released; /* finalizers taken away: such a pod must not be counted again */
    struct own_writes *writes;     /* of the status */
    struct pod_control control;
};

/* Indexes from 0 up to, not including, size: a bit each. */
struct index_set {
    uint8_t *bits;
    int64_t size;
};
static inline bool index_set_has(const struct index_set *set, int64_t index)
{
    return set->bits && index >= 0 && index < set->size && set->bits[index / 8] >> index % 8 & 1;
}
static inline void index_set_add(struct index_set *set, int64_t index)
{
    set->bits[index / 8] |= (uint8_t)(1u << index % 8);
}

struct job_sync {
    struct jobs *c;
    const char *key;
    struct arena arena;
    struct json *job, *status; /* status: as it shall be, inside job */
    struct claimed claimed;
    struct json **active;
    size_t active_count, ready, terminating;
    int64_t succeeded, failed;   /* with those that are not yet counted */
    bool indexed, changed;       /* changed: the status has to be written */
    bool blind;                  /* pods that were made or deleted are not all in the picture */
    int64_t completions;         /* -1: not said */
    int64_t limit_per_index;     /* -1: not said */
    struct index_set done, lost; /* indexes that succeeded, and that failed for good; indexed only */
    struct json **held; /* by index: the last failed pod, which keeps its finalizer until the next one of
                           its index tells of it; NULL without a limit per index */
    /* Why the job is over, or will be once its pods are gone; type NULL: it is not. "FailureTarget" or
     * "SuccessCriteriaMet". */
    struct {
        const char *type, *reason, *message;
    } end;
    int64_t again_ms;
};

/* job-count.c */
void job_count(struct job_sync *s);                    /* fills active to held; changes nothing */
int job_settle(struct job_sync *s, struct error *err); /* writes the status, takes finalizers away, counts */
/* Takes the finalizer from a pod; one that is gone is fine. On several threads at once. */
int job_release_pod(const struct job_sync *s, struct json *pod, struct error *err);
bool job_pod_succeeded(const struct json *pod);
/* Failed, or deleted before it ended where such pods are replaced at once. */
bool job_pod_failed(const struct job_sync *s, const struct json *pod);

/* job-end.c */
bool job_condition_is_true(const struct json *job, const char *type);
void job_set_condition(struct job_sync *s, const char *type, const char *status, const char *reason,
                       const char *message);
void job_decide(struct job_sync *s);          /* fills end by what went wrong, or by the success policy */
void job_decide_complete(struct job_sync *s); /* fills end when enough succeeded */
void job_announce_end(struct job_sync *s);    /* the condition that the end is near */
void job_conclude(struct job_sync *s);        /* and the last one, once no pod works any more */

/* job-policy.c */
enum pod_failure { FAILURE_COUNTS, FAILURE_IGNORED, FAILURE_ENDS_JOB, FAILURE_ENDS_INDEX };
/* What the job's podFailurePolicy says of a failed pod. *ret_why (in the arena, may be NULL) is set when it
 * ends the job. */
enum pod_failure job_failure_of(struct job_sync *s, const struct json *pod, const char **ret_why);
/* Whether the success policy is met: says by which rule, in the arena; NULL: it is not. */
const char *job_success_rule(struct job_sync *s);

/* job-pods.c */
int job_manage(struct job_sync *s, struct error *err);        /* towards parallelism */
int job_delete_active(struct job_sync *s, struct error *err); /* all of them, to be counted as they end */

/* job-indexes.c */
struct index_set index_set_new(struct arena *arena, int64_t size);
void index_set_parse(struct index_set *set, const char *text); /* "0,2-4"; adds */
char *index_set_text(const struct index_set *set, struct arena *arena);
int64_t index_set_count(const struct index_set *set);
bool job_index_of(const struct job_sync *s, const struct json *pod,
                  int64_t *ret); /* false: none, or too high */
int64_t job_index_failures(const struct json *pod, const char *annotation);
/* The lowest indexes that are neither done, lost nor being worked on; *count: how many at most, and are. */
int64_t *job_free_indexes(struct job_sync *s, int64_t *count);
/* Puts active pods first whose index is not one, or is worked on by another as well; returns how many. */
size_t job_surplus_indexes(struct job_sync *s);

/* job-orphans.c: one pod of the queue `orphans`. */
int64_t job_release_orphan(void *self, const char *key, struct error *err);
/* The pod's job, "namespace/name", in the arena; NULL: a job does not control it. */
char *job_owner_key(const struct json *pod, struct arena *arena);
/* Is it in the picture? */
bool job_owner_is_there(struct jobs *c, const struct json *pod, const char *key);

#endif
