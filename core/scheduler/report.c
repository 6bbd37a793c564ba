/* SPDX-License-Identifier: Apache-2.0 */
/* Telling why a pod was not placed: an event each time, and the pod's condition when it changes. */
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/scheduler/pod-job.h"

#define EVENT_MAX 1024 /* bytes; as upstream cuts them */

struct report_job {
    struct pod_job pod;
    const char *reason;
    char *text, *nominated;
    bool patches, moved;
};

uint64_t condition_hash(const char *reason, const char *message)
{
    return hash_fnv64a(message, strlen(message)) * 31 + hash_fnv64a(reason, strlen(reason)) + 1;
}

struct event_recorder *report_events(const struct scheduler *s, const struct pod_class *class_)
{
    return s->events[config_profile_index(s->config, class_->scheduler)];
}

static void job_free(struct report_job *j)
{
    pod_job_done(&j->pod);
    free(j->text);
    free(j->nominated);
    free(j);
}

static int patch(const struct report_job *j, struct arena *arena, struct error *err)
{
    struct json *status = json_new_object(arena);
    pod_job_set_condition(status, arena, "PodScheduled", "False", j->reason, j->text, j->moved);
    if (j->nominated)
        json_set(arena, status, "nominatedNodeName",
                 *j->nominated ? json_new_string(arena, j->nominated) : json_new_null(arena));
    return pod_job_patch_status(&j->pod, status, arena, err);
}

static void run(void *argument)
{
    struct report_job *j = argument;
    struct arena arena = ARENA_INIT;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    event_record(j->pod.events, pod_job_reference(&j->pod, &arena), NULL, "Warning", "FailedScheduling",
                 "%.*s", EVENT_MAX, j->text);
    if (j->patches && patch(j, &arena, &err) < 0 && err.code != ERR_NOT_FOUND && err.code != ERR_CONFLICT &&
        err.code != ERR_CANCELLED)
        log_warning("telling that %s cannot be scheduled: %s", j->pod.key, err.message);
    arena_done(&arena);
    job_free(j);
}

void report_submit(struct scheduler *s, struct pod *p, const struct report *report)
{
    uint64_t told = condition_hash(report->reason, report->text);
    struct report_job *j = new0(struct report_job);
    pod_job_init(&j->pod, s, p);
    j->reason = report->reason;
    j->text = xstrdup(report->text);
    j->nominated = report->nominated ? xstrdup(report->nominated) : NULL;
    j->patches = told != p->told || j->nominated;
    j->moved = p->told == 0;
    p->told = told;
    if (!workers_submit(s->workers, run, j))
        job_free(j);
}
