/* SPDX-License-Identifier: Apache-2.0 */
/* The job controller: pods that run to their end, until enough succeeded or too many failed. */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/job.h"

#define STALE_MS 50 /* until our writes are in the picture */

/* --- noticing changes; the client's loop --- */

static void job_changed(void *self, struct cached *old, struct cached *new_, const struct json *job)
{
    struct jobs *c = self;
    if (!new_)
        expectations_forget(c->expectations, cached_key(old));
    workqueue_add(c->queue, cached_key(new_ ? new_ : old));
}

static char *owner_key(struct jobs *c, const struct json *pod, struct arena *arena)
{
    const struct json *owner = object_controller(pod);
    if (!owner || strcmp(json_string_or(json_get(owner, "kind"), ""), "Job") != 0)
        return NULL;
    return arena_printf(arena, "%s/%s", object_namespace(pod), json_string_or(json_get(owner, "name"), ""));
}

static void enqueue_all(struct jobs *c, const char *namespace_)
{
    _cleanup_(object_list_done) struct object_list jobs = objects_in(c->jobs, namespace_);
    for (size_t i = 0; i < jobs.count; i++)
        workqueue_add(c->queue, cached_key(jobs.cached[i]));
}

static void pod_changed(void *self, struct cached *old, struct cached *new_, const struct json *pod)
{
    struct jobs *c = self;
    struct arena arena = ARENA_INIT;
    char *key = owner_key(c, pod, &arena);
    bool goes = !new_ || object_is_deleted(pod);
    if (key && !old && !goes)
        expectations_creation_observed(c->expectations, key, 1);
    if (key && goes)
        expectations_deletion_observed(c->expectations, key, object_uid(pod));
    if (key)
        workqueue_add(c->queue, key);
    else if (new_ && (object_has_finalizer(pod, JOB_FINALIZER) || (!object_controller(pod) && !old)))
        enqueue_all(c, object_namespace(pod));
    arena_done(&arena);
}

/* --- conditions --- */

static bool is_true(const struct json *job, const char *type)
{
    return object_condition_is(job, type, "True");
}

static void add_condition(struct job_sync *s, const char *type, const char *status, const char *reason,
                          const char *message)
{
    char now[TIME_TEXT_MAX];
    time_format(clock_realtime_ns(), now);
    if (!object_set_condition(&s->arena, s->job, type, status, reason, message))
        return;
    json_set_string(&s->arena, object_condition(s->job, type), "lastProbeTime", now);
    s->changed = true;
}

static void fail(struct job_sync *s, const char *reason, const char *message)
{
    if (!is_true(s->job, "FailureTarget"))
        event_record(s->c->control.events, s->job, NULL, "Warning", reason, "%s", message);
    add_condition(s, "FailureTarget", "True", reason, message);
}

/* --- what ends a job --- */

static int64_t restarts(const struct job_sync *s)
{
    int64_t count = 0;
    for (size_t i = 0; i < s->active_count; i++)
        json_for_each (status, json_at(s->active[i], "status.containerStatuses"))
            count += json_integer_or(json_get(status, "restartCount"), 0);
    return count;
}

static bool over_backoff_limit(const struct job_sync *s)
{
    int64_t limit = json_integer_at(s->job, "spec.backoffLimit", 6);
    if (s->failed > limit)
        return true;
    if (!slice_is(json_slice(json_at(s->job, "spec.template.spec.restartPolicy")), "OnFailure"))
        return false;
    int64_t count = restarts(s);
    return limit == 0 ? count > 0 : count >= limit;
}

static bool past_deadline(struct job_sync *s)
{
    int64_t seconds = json_integer_at(s->job, "spec.activeDeadlineSeconds", -1), since = 0;
    if (seconds < 0 || !time_parse(json_slice(json_get(s->status, "startTime")), &since))
        return false;
    int64_t left_ns = since + seconds * NS_PER_S - clock_realtime_ns();
    if (left_ns <= 0)
        return true;
    s->again_ms = left_ns / NS_PER_MS + 1;
    return false;
}

static bool is_complete(const struct job_sync *s)
{
    if (s->completions >= 0)
        return s->succeeded >= s->completions && s->active_count == 0;
    return s->succeeded > 0 && s->active_count == 0;
}

static bool is_suspended(const struct json *job)
{
    return json_boolean_at(job, "spec.suspend", false);
}

/* Enough, too many, or too long? */
static void decide(struct job_sync *s)
{
    if (is_true(s->job, "FailureTarget") || is_true(s->job, "SuccessCriteriaMet"))
        return;
    if (over_backoff_limit(s))
        fail(s, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
    else if (!is_suspended(s->job) && past_deadline(s))
        fail(s, "DeadlineExceeded", "Job was active longer than specified deadline");
    else if (is_complete(s))
        add_condition(s, "SuccessCriteriaMet", "True", "CompletionsReached",
                      "Reached expected number of succeeded pods");
}

/* The last word, once no pod works any more. */
static void conclude(struct job_sync *s)
{
    char now[TIME_TEXT_MAX];
    const struct json *target = object_condition(s->job, "FailureTarget");
    if (s->active_count || s->terminating || is_true(s->job, "Complete") || is_true(s->job, "Failed"))
        return;
    if (target && is_true(s->job, "FailureTarget")) {
        add_condition(s, "Failed", "True", json_string_or(json_get(target, "reason"), ""),
                      json_string_or(json_get(target, "message"), ""));
    } else if (is_true(s->job, "SuccessCriteriaMet")) {
        time_format(clock_realtime_ns(), now);
        json_set_string(&s->arena, s->status, "completionTime", now);
        add_condition(s, "Complete", "True", "CompletionsReached",
                      "Reached expected number of succeeded pods");
        event_record(s->c->control.events, s->job, NULL, "Normal", "Completed", "Job completed");
    }
}

/* --- suspension --- */

static void note_suspension(struct job_sync *s)
{
    bool suspended = is_suspended(s->job), noted = is_true(s->job, "Suspended");
    char now[TIME_TEXT_MAX];
    time_format(clock_realtime_ns(), now);
    if (suspended && !noted) {
        add_condition(s, "Suspended", "True", "JobSuspended", "Job suspended");
        event_record(s->c->control.events, s->job, NULL, "Normal", "Suspended", "Job suspended");
        json_remove(s->status, "startTime");
    } else if (!suspended && noted) {
        add_condition(s, "Suspended", "False", "JobResumed", "Job resumed");
        event_record(s->c->control.events, s->job, NULL, "Normal", "Resumed", "Job resumed");
    }
    if (!suspended && !json_get(s->status, "startTime")) {
        json_set_string(&s->arena, s->status, "startTime", now);
        s->changed = true;
    }
}

/* --- one job --- */

static void set_count(struct job_sync *s, const char *key, int64_t value, bool always)
{
    const struct json *old = json_get(s->status, key);
    if (json_integer_or(old, 0) == value && (old || !always))
        return;
    if (value || always)
        json_set_int(&s->arena, s->status, key, value);
    else
        json_remove(s->status, key);
    s->changed = true;
}

static int act(struct job_sync *s, struct error *err)
{
    bool ends = is_true(s->job, "FailureTarget") || is_true(s->job, "SuccessCriteriaMet");
    if (!expectations_satisfied(s->c->expectations, s->key))
        return 0;
    if (ends || is_suspended(s->job)) {
        if (!s->active_count)
            return 0;
        int rc = job_delete_active(s, (int64_t)s->active_count, err);
        s->terminating += s->active_count;
        s->active_count = s->ready = 0;
        return rc;
    }
    return job_manage(s, err);
}

static int run(struct job_sync *s, struct error *err)
{
    struct error failed = ERROR_INIT;
    note_suspension(s);
    job_count(s);
    decide(s);
    int acted = act(s, &failed);
    conclude(s);
    set_count(s, "active", (int64_t)s->active_count, false);
    set_count(s, "ready", (int64_t)s->ready, true);
    set_count(s, "terminating", (int64_t)s->terminating, true);
    int rc = job_settle(s, err);
    if (rc == 0 && acted < 0) {
        error_move(err, &failed);
        rc = -1;
    }
    error_done(&failed);
    return rc;
}

static int gather(struct job_sync *s, struct error *err)
{
    struct selector *selector = NULL;
    if (selector_from_json(json_at(s->job, "spec.selector"), &selector, err) < 0)
        return -1;
    struct claim claim = {.client = s->c->client,
                          .owner_resource = s->c->resource,
                          .item_resource = s->c->control.pods,
                          .owner = s->job,
                          .selector = selector,
                          .finalizer = JOB_FINALIZER};
    int rc = claim_items(&claim, s->c->pods, &s->arena, &s->claimed, err);
    selector_free(selector);
    s->status = json_ensure(&s->arena, s->job, "status", JSON_OBJECT);
    s->completions = json_integer_at(s->job, "spec.completions", -1);
    s->indexed =
        slice_is(json_slice(json_at(s->job, "spec.completionMode")), "Indexed") && s->completions >= 0;
    if (rc == 0 && s->indexed && s->completions > JOB_INDEXES_MAX)
        rc = error_set(err, ERR_INVALID, "spec.completions: at most %d are possible in Indexed mode",
                       JOB_INDEXES_MAX);
    return rc;
}

/* The job is gone: its pods need not wait to be counted. */
static int release_orphans(struct jobs *c, const char *key, struct arena *arena, struct error *err)
{
    const char *namespace_, *name;
    key_split(arena, key, &namespace_, &name);
    _cleanup_(object_list_done) struct object_list pods = objects_in(c->pods, namespace_);
    for (size_t i = 0; i < pods.count; i++) {
        struct json *pod = cached_parse(pods.cached[i], arena);
        char *owner = owner_key(c, pod, arena);
        if (!owner || strcmp(owner, key) != 0 || !object_has_finalizer(pod, JOB_FINALIZER))
            continue;
        struct error one = ERROR_INIT;
        struct json *patch = json_new_object(arena), *metadata = json_set_object(arena, patch, "metadata");
        json_set_string(arena, metadata, "uid", object_uid(pod));
        json_append_string(arena, json_set_array(arena, metadata, "$deleteFromPrimitiveList/finalizers"),
                           JOB_FINALIZER);
        int rc = client_patch(c->client, c->control.pods, namespace_, object_name(pod), NULL, PATCH_STRATEGIC,
                              patch, arena, NULL, &one);
        bool failed = rc < 0 && one.code != ERR_NOT_FOUND;
        if (failed)
            error_move(err, &one);
        error_done(&one);
        if (failed)
            return -1;
    }
    return 0;
}

static int sync_job(struct job_sync *s, struct error *err)
{
    s->job = object_cached_key(s->c->jobs, s->key, &s->arena);
    if (!s->job) {
        expectations_forget(s->c->expectations, s->key);
        return release_orphans(s->c, s->key, &s->arena, err);
    }
    const char *manager = json_string_or(json_at(s->job, "spec.managedBy"), "kubernetes.io/job-controller");
    if (strcmp(manager, "kubernetes.io/job-controller") != 0)
        return 0;
    if (gather(s, err) < 0)
        return -1;
    if (is_true(s->job, "Complete") || is_true(s->job, "Failed")) {
        job_count(s);
        return job_settle(s, err);
    }
    return object_is_deleted(s->job) ? (job_count(s), job_settle(s, err)) : run(s, err);
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct job_sync s = {.c = self, .key = key};
    if (!own_writes_seen(s.c->writes, key, s.c->jobs) || !own_writes_seen(s.c->pod_writes, key, s.c->pods))
        return STALE_MS;
    int rc = sync_job(&s, err);
    arena_done(&s.arena);
    return rc < 0 ? -1 : s.again_ms;
}

/* --- life --- */

static void *start(struct manager *m, struct controller_run *run_)
{
    struct jobs *c = new0(struct jobs);
    c->client = manager_client(m);
    c->resource = RESOURCE("batch", "v1", "jobs");
    c->expectations = expectations_new();
    c->writes = own_writes_new();
    c->pod_writes = own_writes_new();
    c->queue = controller_queue("job", manager_options(m)->concurrent_job_syncs, reconcile, c);
    c->control = (struct pod_control){.client = c->client,
                                      .owner_resource = c->resource,
                                      .events = event_recorder_new(c->client, "job-controller", NULL),
                                      .pods = RESOURCE("", "v1", "pods")};
    c->jobs = controller_watch(run_, c->resource, job_changed, c);
    c->pods = controller_watch(run_, c->control.pods, pod_changed, c);
    return c;
}

static void begin(void *self)
{
    struct jobs *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct jobs *c = self;
    workqueue_free(c->queue);
    event_recorder_free(c->control.events);
    expectations_free(c->expectations);
    own_writes_free(c->writes);
    own_writes_free(c->pod_writes);
    free(c);
}

const struct controller controller_job = {
    .name = "job-controller",
    .alias = "job",
    .account = "job-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
