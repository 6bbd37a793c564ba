/* SPDX-License-Identifier: Apache-2.0 */
/* What a job about a pod needs to know of it, so that it can run while the picture changes. */
#ifndef KEELSON_SCHEDULER_POD_JOB_H
#define KEELSON_SCHEDULER_POD_JOB_H

#include "core/scheduler/scheduler.h"

struct pod_job {
    struct scheduler *scheduler;
    struct event_recorder *events;
    unsigned profile; /* its place in the configuration */
    char *key, *uid;  /* owned */
    struct slice namespace_;
    const char *name; /* in key */
};
void pod_job_init(struct pod_job *j, struct scheduler *s, const struct pod *p);
void pod_job_done(struct pod_job *j);
/* {apiVersion, kind, metadata{name, namespace, uid}} in the arena. */
struct json *pod_job_reference(const struct pod_job *j, struct arena *arena);
const char *pod_job_namespace(const struct pod_job *j, struct arena *arena);
/* Patches the pod's status, if it is still the same pod. */
int pod_job_patch_status(const struct pod_job *j, struct json *status, struct arena *arena,
                         struct error *err);
/* A condition to be patched in. moved: it had another status before, so its time is now. */
void pod_job_set_condition(struct json *status, struct arena *arena, const char *type, const char *state,
                           const char *reason, const char *message, bool moved);

#endif
