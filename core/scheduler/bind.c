/* SPDX-License-Identifier: Apache-2.0 */
/* What is told to the API server: bindings, and why a pod could not be placed. Each is a job that owns what
 * it needs. */
#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/scheduler/scheduler.h"

struct bind_job {
    struct scheduler *scheduler;
    char *key, *namespace_, *name, *uid;
    char *text; /* the node, or the message */
};

static struct bind_job *job_new(struct scheduler *s, const struct pod_request *r, const char *text)
{
    struct bind_job *j = new0(struct bind_job);
    j->scheduler = s;
    j->key = xstrdup(r->key);
    j->namespace_ = xstrdup(r->namespace_);
    j->name = xstrdup(r->name);
    j->uid = xstrdup(r->uid);
    j->text = xstrdup(text);
    return j;
}

static void job_free(struct bind_job *j)
{
    free(j->key);
    free(j->namespace_);
    free(j->name);
    free(j->uid);
    free(j->text);
    free(j);
}

static struct json *pod_reference(struct arena *arena, const struct bind_job *j)
{
    struct json *pod = object_new(arena, "v1", "Pod", j->namespace_, j->name);
    json_set_string(arena, json_get(pod, "metadata"), "uid", j->uid);
    return pod;
}

static int bind_pod(const struct bind_job *j, struct arena *arena, struct error *err)
{
    struct json *binding = object_new(arena, "v1", "Binding", j->namespace_, j->name);
    json_set_string(arena, json_get(binding, "metadata"), "uid", j->uid);
    struct json *target = json_set_object(arena, binding, "target");
    json_set_string(arena, target, "kind", "Node");
    json_set_string(arena, target, "name", j->text);
    struct json *answer = NULL;
    return client_create_sub(j->scheduler->client, RESOURCE("", "v1", "pods"), j->namespace_, j->name,
                             "binding", binding, arena, &answer, err);
}

/* The place is free again, unless the informer has meanwhile told that the pod is there all the same. */
static void take_back(struct scheduler *s, const char *key)
{
    bool freed = false;
    pthread_mutex_lock(&s->lock);
    const struct placed_pod *p = cluster_pod(&s->cluster, key);
    if (p && p->assumed)
        freed = cluster_forget(&s->cluster, key);
    pthread_mutex_unlock(&s->lock);
    if (freed)
        queue_wake(s->queue, WAKE_POD_GONE);
}

static void run_bind(void *argument)
{
    struct bind_job *j = argument;
    struct scheduler *s = j->scheduler;
    struct arena arena = ARENA_INIT;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (bind_pod(j, &arena, &err) == 0) {
        s->bound++;
        queue_done(s->queue, j->key);
        event_record(s->events, pod_reference(&arena, j), NULL, "Normal", "Scheduled",
                     "Successfully assigned %s/%s to %s", j->namespace_, j->name, j->text);
    } else {
        s->bind_failures++;
        take_back(s, j->key);
        bool gone = err.code == ERR_NOT_FOUND;
        if (gone)
            queue_done(s->queue, j->key);
        else
            queue_fail(s->queue, j->key, 0);
        log_debug("binding %s to %s: %s", j->key, j->text, err.message);
        if (!gone && err.code != ERR_CONFLICT)
            event_record(s->events, pod_reference(&arena, j), NULL, "Warning", "FailedScheduling",
                         "binding to %s rejected: %s", j->text, err.message);
    }
    arena_done(&arena);
    job_free(j);
}

void bind_submit(struct scheduler *s, const struct pod_request *r, const char *node)
{
    struct bind_job *j = job_new(s, r, node);
    if (workers_submit(s->binders, run_bind, j))
        return;
    take_back(s, r->key);
    queue_fail(s->queue, r->key, 0);
    job_free(j);
}

static void patch_condition(const struct bind_job *j, struct arena *arena, struct error *err)
{
    char now[TIME_TEXT_MAX];
    time_format(clock_realtime_ns(), now);
    struct json *patch = json_new_object(arena);
    struct json *conditions = json_ensure(arena, patch, "status.conditions", JSON_ARRAY);
    struct json *condition = json_append(arena, conditions, json_new_object(arena));
    json_set_string(arena, json_set_object(arena, patch, "metadata"), "uid", j->uid);
    json_set_string(arena, condition, "type", "PodScheduled");
    json_set_string(arena, condition, "status", "False");
    json_set_string(arena, condition, "reason", "Unschedulable");
    json_set_string(arena, condition, "message", j->text);
    json_set_string(arena, condition, "lastTransitionTime", now);
    struct json *answer = NULL;
    client_patch(j->scheduler->client, RESOURCE("", "v1", "pods"), j->namespace_, j->name, "status",
                 PATCH_STRATEGIC, patch, arena, &answer, err);
}

static void run_report(void *argument)
{
    struct bind_job *j = argument;
    struct arena arena = ARENA_INIT;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    event_record(j->scheduler->events, pod_reference(&arena, j), NULL, "Warning", "FailedScheduling", "%s",
                 j->text);
    patch_condition(j, &arena, &err);
    if (err.code && err.code != ERR_NOT_FOUND && err.code != ERR_CONFLICT)
        log_warning("telling that %s cannot be scheduled: %s", j->key, err.message);
    arena_done(&arena);
    job_free(j);
}

/* Told again only when the reason is another one: the status is the cluster's, not a log. */
static bool told_already(const struct pod_request *r, const char *message)
{
    const char *told = json_string_or(json_get(object_condition(r->pod, "PodScheduled"), "message"), "");
    return strcmp(told, message) == 0;
}

void bind_report_failure(struct scheduler *s, const struct pod_request *r, const char *message)
{
    if (told_already(r, message))
        return;
    struct bind_job *j = job_new(s, r, message);
    if (!workers_submit(s->binders, run_report, j))
        job_free(j);
}
