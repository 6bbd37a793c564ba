/* SPDX-License-Identifier: Apache-2.0 */
/* The job controller: pods that run to their end, until enough succeeded or too many failed. */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/job.h"

#define STALE_MS 50 /* until our writes are in the picture; most often their event comes sooner */

/* --- noticing changes; the client's loop --- */

/* Pods of a job that is gone wait for nobody. */
static void free_pods_of(struct jobs *c, const struct cached *job)
{
    _cleanup_(object_list_done) struct object_list pods = objects_by(c->pods, INDEX_OWNER, job->uid);
    for (size_t i = 0; i < pods.count; i++)
        workqueue_add(c->orphans, cached_key(pods.cached[i]));
}

static void job_changed(void *self, struct cached *old, struct cached *new_, const struct json *job)
{
    struct jobs *c = self;
    if (!new_) {
        expectations_forget(c->expectations, cached_key(old));
        expectations_forget(c->released, cached_key(old));
        free_pods_of(c, old);
    }
    workqueue_add(c->queue, cached_key(new_ ? new_ : old));
}

static void enqueue_all(struct jobs *c, const char *namespace_)
{
    _cleanup_(object_list_done) struct object_list jobs = objects_in(c->jobs, namespace_);
    for (size_t i = 0; i < jobs.count; i++)
        workqueue_add(c->queue, cached_key(jobs.cached[i]));
}

static void observe(struct jobs *c, const char *key, const struct json *pod, bool added, bool gone)
{
    bool goes = gone || object_is_deleted(pod);
    if (added && !goes)
        expectations_creation_observed(c->expectations, key, 1);
    if (goes)
        expectations_deletion_observed(c->expectations, key, object_uid(pod));
    if (gone || !object_has_finalizer(pod, JOB_FINALIZER))
        expectations_deletion_observed(c->released, key, object_uid(pod));
}

static void pod_changed(void *self, struct cached *old, struct cached *new_, const struct json *pod)
{
    struct jobs *c = self;
    struct arena arena = ARENA_INIT;
    char *key = job_owner_key(pod, &arena);
    bool held = new_ && object_has_finalizer(pod, JOB_FINALIZER);
    if (key && job_owner_is_there(c, pod, key)) {
        observe(c, key, pod, !old, !new_);
        workqueue_add(c->queue, key);
    } else if (held) {
        workqueue_add(c->orphans, cached_key(new_));
    }
    if (new_ && !object_controller(pod) && (!old || cached_differs(old, pod, "metadata")))
        enqueue_all(c, object_namespace(pod));
    arena_done(&arena);
}

/* --- beginning and suspension --- */

static bool is_suspended(const struct json *job)
{
    return json_boolean_at(job, "spec.suspend", false);
}

static void set_start_time(struct job_sync *s)
{
    char now[TIME_TEXT_MAX];
    if (is_suspended(s->job) || json_get(s->status, "startTime"))
        return;
    time_format(clock_realtime_ns(), now);
    json_set_string(&s->arena, s->status, "startTime", now);
    s->changed = true;
}

/* The time of a job that is resumed begins anew. */
static void note_suspension(struct job_sync *s)
{
    bool suspended = is_suspended(s->job), noted = job_condition_is_true(s->job, "Suspended");
    if (suspended == noted)
        return;
    json_remove(s->status, "startTime");
    job_set_condition(s, "Suspended", suspended ? "True" : "False", suspended ? "JobSuspended" : "JobResumed",
                      suspended ? "Job suspended" : "Job resumed");
    event_record(s->c->control.events, s->job, NULL, "Normal", suspended ? "Suspended" : "Resumed",
                 suspended ? "Job suspended" : "Job resumed");
    set_start_time(s);
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

/* While pods that were made or deleted are not in the picture, nothing is done and nothing is concluded. */
static int act(struct job_sync *s, struct error *err)
{
    s->blind = !expectations_satisfied(s->c->expectations, s->key);
    if (s->end.type)
        return s->active_count ? job_delete_active(s, err) : 0;
    int rc = s->blind ? 0 : job_manage(s, err);
    job_decide_complete(s);
    if (!s->blind && !s->end.type)
        note_suspension(s);
    return rc;
}

static int run(struct job_sync *s, struct error *err)
{
    struct error failed = ERROR_INIT;
    set_start_time(s);
    job_decide(s);
    int acted = act(s, &failed);
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
    s->limit_per_index = s->indexed ? json_integer_at(s->job, "spec.backoffLimitPerIndex", -1) : -1;
    if (rc == 0 && s->indexed && s->completions > JOB_INDEXES_MAX)
        rc = error_set(err, ERR_INVALID, "spec.completions: at most %d are possible in Indexed mode",
                       JOB_INDEXES_MAX);
    return rc;
}

/* The job is over: a pod that came late is not counted, and need not wait. */
static int release_all(struct job_sync *s, struct error *err)
{
    int result = 0;
    for (size_t i = 0; i < s->claimed.count; i++)
        if (object_has_finalizer(s->claimed.items[i], JOB_FINALIZER) &&
            job_release_pod(s, s->claimed.items[i], err) < 0)
            result = -1;
    return result;
}

static int sync_job(struct job_sync *s, struct error *err)
{
    s->job = object_cached_key(s->c->jobs, s->key, &s->arena);
    if (!s->job)
        return 0;
    const char *manager = json_string_or(json_at(s->job, "spec.managedBy"), "kubernetes.io/job-controller");
    if (strcmp(manager, "kubernetes.io/job-controller") != 0)
        return 0;
    if (gather(s, err) < 0)
        return -1;
    if (job_condition_is_true(s->job, "Complete") || job_condition_is_true(s->job, "Failed"))
        return release_all(s, err);
    job_count(s);
    return object_is_deleted(s->job) ? job_settle(s, err) : run(s, err);
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct job_sync s = {.c = self, .key = key};
    if (!own_writes_seen(s.c->writes, key, s.c->jobs) || !expectations_satisfied(s.c->released, key))
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
    c->released = expectations_new();
    c->writes = own_writes_new();
    c->queue = controller_queue("job", manager_options(m)->concurrent_job_syncs, reconcile, c);
    c->orphans = controller_queue("job-orphans", 1, job_release_orphan, c);
    c->control = (struct pod_control){.client = c->client,
                                      .helpers = manager_helpers(m),
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
    workqueue_start(c->orphans);
}

static void stop(void *self)
{
    struct jobs *c = self;
    workqueue_free(c->queue);
    workqueue_free(c->orphans);
    event_recorder_free(c->control.events);
    expectations_free(c->expectations);
    expectations_free(c->released);
    own_writes_free(c->writes);
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
