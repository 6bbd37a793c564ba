/* SPDX-License-Identifier: Apache-2.0 */
/* The cron job controller: makes a job at each time of the schedule, minds those that still run, and keeps a
 * few of those that ended. */
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/controller.h"
#include "core/controller-manager/cron-schedule.h"
#include "core/controller-manager/own-writes.h"

#define SCHEDULED_ANNOTATION "batch.kubernetes.io/cronjob-scheduled-timestamp"
#define STALE_MS             50
#define MISSED_MAX           100

struct cron_jobs {
    struct client *client;
    const struct resource *resource, *jobs_resource;
    struct informer *crons, *jobs;
    struct workqueue *queue;
    struct event_recorder *events;
    struct own_writes *writes, *job_writes;
};

static void cron_changed(void *self, struct cached *old, struct cached *new_, const struct json *cron)
{
    struct cron_jobs *c = self;
    workqueue_add(c->queue, cached_key(new_ ? new_ : old));
}

static void job_changed(void *self, struct cached *old, struct cached *new_, const struct json *job)
{
    struct cron_jobs *c = self;
    const struct json *owner = object_controller(job);
    if (!owner || strcmp(json_string_or(json_get(owner, "kind"), ""), "CronJob") != 0)
        return;
    struct buffer key = BUFFER_INIT;
    buffer_printf(&key, "%s/%s", object_namespace(job), json_string_or(json_get(owner, "name"), ""));
    workqueue_add(c->queue, key.data);
    buffer_done(&key);
}

struct sync {
    struct cron_jobs *c;
    const char *key;
    struct arena arena;
    struct json *cron, *status;
    struct json **jobs; /* its own, the eldest first */
    size_t count;
    struct cron_schedule schedule;
    struct cron_zone *zone;
    int64_t now_s, again_ms;
    bool changed;
};

/* --- jobs that there are --- */

static const char *end_of(const struct json *job)
{
    return object_condition_is(job, "Complete", "True") ? "Complete"
           : object_condition_is(job, "Failed", "True") ? "Failed"
                                                        : NULL;
}

static int by_age(const void *x, const void *y)
{
    const struct json *a = *(struct json *const *)x, *b = *(struct json *const *)y;
    int64_t difference = object_created_ns(a) - object_created_ns(b);
    return difference ? (difference < 0 ? -1 : 1) : strcmp(object_name(a), object_name(b));
}

static void gather(struct sync *s)
{
    _cleanup_(object_list_done) struct object_list list =
        objects_by(s->c->jobs, INDEX_OWNER, object_uid(s->cron));
    s->jobs = arena_alloc(&s->arena, (list.count + 1) * sizeof(struct json *));
    for (size_t i = 0; i < list.count; i++)
        s->jobs[s->count++] = cached_parse(list.cached[i], &s->arena);
    if (s->count)
        qsort(s->jobs, s->count, sizeof(struct json *), by_age);
}

static struct json *find_job(const struct sync *s, const char *uid)
{
    for (size_t i = 0; i < s->count; i++)
        if (!strcmp(object_uid(s->jobs[i]), uid))
            return s->jobs[i];
    return NULL;
}

static struct json *find_active(const struct sync *s, const char *uid)
{
    json_for_each (one, json_get(s->status, "active"))
        if (slice_is(json_slice(json_get(one, "uid")), uid))
            return one;
    return NULL;
}

static void add_active(struct sync *s, const struct json *job)
{
    struct arena *a = &s->arena;
    struct json *reference =
        json_append(a, json_ensure(a, s->status, "active", JSON_ARRAY), json_new_object(a));
    json_set_string(a, reference, "apiVersion", "batch/v1");
    json_set_string(a, reference, "kind", "Job");
    json_set_string(a, reference, "name", object_name(job));
    json_set_string(a, reference, "namespace", object_namespace(job));
    json_set_string(a, reference, "uid", object_uid(job));
    json_set_string(a, reference, "resourceVersion", object_resource_version(job));
    s->changed = true;
}

static void note_success(struct sync *s, const struct json *job)
{
    const char *ended = json_string_at(job, "status.completionTime");
    const char *last = json_string_or(json_get(s->status, "lastSuccessfulTime"), "");
    if (!ended || strcmp(ended, last) <= 0)
        return;
    json_set_string(&s->arena, s->status, "lastSuccessfulTime", ended);
    s->changed = true;
}

/* status.active names exactly those that run. */
static void review_active(struct sync *s)
{
    struct json *active = json_ensure(&s->arena, s->status, "active", JSON_ARRAY);
    for (size_t i = 0; i < s->count; i++) {
        const char *end = end_of(s->jobs[i]);
        struct json *listed = find_active(s, object_uid(s->jobs[i]));
        if (!end && !listed)
            add_active(s, s->jobs[i]);
        if (end && listed) {
            event_record(s->c->events, s->cron, NULL, "Normal", "SawCompletedJob",
                         "Saw completed job: %s, condition: %s", object_name(s->jobs[i]), end);
            json_remove_node(active, listed);
            s->changed = true;
        }
        if (end && !strcmp(end, "Complete"))
            note_success(s, s->jobs[i]);
    }
    for (struct json *one = active->first, *next; one; one = next) {
        next = one->next;
        if (find_job(s, json_string_or(json_get(one, "uid"), "")))
            continue;
        event_record(s->c->events, s->cron, NULL, "Normal", "MissingJob", "Active job went missing: %s",
                     json_string_or(json_get(one, "name"), ""));
        json_remove_node(active, one);
        s->changed = true;
    }
}

static int delete_job(struct sync *s, const struct json *job, struct error *err)
{
    struct error one = ERROR_INIT;
    struct client_delete_options options = {
        .grace_period_s = -1, .uid = object_uid(job), .propagation = "Background"};
    int rc = client_delete(s->c->client, s->c->jobs_resource, object_namespace(job), object_name(job),
                           &options, &one);
    if (rc == 0)
        event_record(s->c->events, s->cron, NULL, "Normal", "SuccessfulDelete", "Deleted job %s",
                     object_name(job));
    if (rc < 0 && one.code == ERR_NOT_FOUND)
        rc = 0;
    if (rc < 0)
        error_move(err, &one);
    error_done(&one);
    return rc;
}

/* The eldest of those that ended so go beyond the limit. */
static int clean_up(struct sync *s, const char *end, int64_t limit, struct error *err)
{
    int64_t count = 0;
    for (size_t i = 0; i < s->count; i++)
        count += end_of(s->jobs[i]) && !strcmp(end_of(s->jobs[i]), end);
    for (size_t i = 0; i < s->count && count > limit; i++) {
        const char *its = end_of(s->jobs[i]);
        if (!its || strcmp(its, end) != 0)
            continue;
        if (!object_is_deleted(s->jobs[i]) && delete_job(s, s->jobs[i], err) < 0)
            return -1;
        count--;
    }
    return 0;
}

/* --- times --- */

static int64_t seconds_at(const struct json *object, const char *path)
{
    int64_t ns = 0;
    return time_parse(json_slice(json_at(object, path)), &ns) ? ns / NS_PER_S : 0;
}

/* The latest time that has come since the last job; 0: none. */
static int64_t due_time(struct sync *s)
{
    int64_t since = MAX(seconds_at(s->cron, "metadata.creationTimestamp"),
                        seconds_at(s->cron, "status.lastScheduleTime"));
    int64_t deadline = json_integer_at(s->cron, "spec.startingDeadlineSeconds", -1), latest = 0, missed = 0;
    if (deadline >= 0)
        since = MAX(since, s->now_s - deadline);
    for (int64_t t = cron_next(&s->schedule, s->zone, since); t && t <= s->now_s;
         t = cron_next(&s->schedule, s->zone, t)) {
        latest = t;
        /* after a long pause what is far back need not be walked through */
        if (++missed > MISSED_MAX && s->now_s - t > 86400)
            t = s->now_s - 86400;
    }
    if (missed > MISSED_MAX)
        event_record(
            s->c->events, s->cron, NULL, "Warning", "TooManyMissedTimes",
            "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew");
    return latest;
}

static void look_again(struct sync *s)
{
    int64_t next = cron_next(&s->schedule, s->zone, s->now_s);
    if (next)
        s->again_ms = next * 1000 - clock_realtime_ns() / NS_PER_MS + 100;
    s->again_ms = MAX(s->again_ms, INT64_C(1));
}

/* --- a job is due --- */

static struct json *build_job(struct sync *s, int64_t due_s)
{
    struct arena *a = &s->arena;
    char text[TIME_TEXT_MAX];
    const struct json *template_ = json_at(s->cron, "spec.jobTemplate");
    char *name = arena_printf(a, "%s-%lld", object_name(s->cron), (long long)(due_s / 60));
    struct json *job = object_new(a, "batch/v1", "Job", object_namespace(s->cron), name),
                *metadata = json_get(job, "metadata");
    static const char *const copied[] = {"labels", "annotations"};
    for (size_t i = 0; i < ARRAY_SIZE(copied); i++)
        if (json_get(json_get(template_, "metadata"), copied[i]))
            json_set(a, metadata, copied[i],
                     json_copy(a, json_get(json_get(template_, "metadata"), copied[i])));
    time_format(due_s * NS_PER_S, text);
    object_set_annotation(a, job, SCHEDULED_ANNOTATION, text);
    json_append(a, json_set_array(a, metadata, "ownerReferences"),
                object_owner_reference(a, s->cron, "batch/v1", "CronJob"));
    json_set(a, job, "spec", json_copy(a, json_get(template_, "spec")));
    return job;
}

static int start_job(struct sync *s, int64_t due_s, struct error *err)
{
    char text[TIME_TEXT_MAX];
    struct json *job = build_job(s, due_s), *made = NULL;
    struct error one = ERROR_INIT;
    int rc = client_create(s->c->client, s->c->jobs_resource, object_namespace(s->cron), job, &s->arena,
                           &made, &one);
    bool present = rc < 0 && one.code == ERR_ALREADY_EXISTS;
    if (rc < 0 && !present) {
        if (!namespace_is_terminating(&one))
            event_record(s->c->events, s->cron, NULL, "Warning", "FailedCreate", "Error creating job: %s",
                         one.message);
        error_move(err, &one);
        error_done(&one);
        return -1;
    }
    error_done(&one);
    if (made) {
        own_writes_note(s->c->job_writes, s->key, made);
        event_record(s->c->events, s->cron, NULL, "Normal", "SuccessfulCreate", "Created job %s",
                     object_name(made));
        add_active(s, made);
    }
    time_format(due_s * NS_PER_S, text);
    json_set_string(&s->arena, s->status, "lastScheduleTime", text);
    s->changed = true;
    return 0;
}

static int run_due(struct sync *s, int64_t due_s, struct error *err)
{
    struct slice policy = json_slice(json_at(s->cron, "spec.concurrencyPolicy"));
    uint32_t active = json_count(json_get(s->status, "active"));
    if (slice_is(policy, "Forbid") && active) {
        event_record(s->c->events, s->cron, NULL, "Normal", "JobAlreadyActive",
                     "Not starting job because prior execution is running and concurrency policy is Forbid");
        return 0;
    }
    for (size_t i = 0; i < s->count && slice_is(policy, "Replace"); i++)
        if (find_active(s, object_uid(s->jobs[i])) && delete_job(s, s->jobs[i], err) < 0)
            return -1;
    if (slice_is(policy, "Replace") && active)
        json_set_array(&s->arena, s->status, "active");
    return start_job(s, due_s, err);
}

/* --- one cron job --- */

static int read_schedule(struct sync *s, struct error *err)
{
    const char *zone = json_string_at(s->cron, "spec.timeZone");
    struct error one = ERROR_INIT;
    const char *reason = "UnknownTimeZone";
    int rc = zone && zone[0] ? cron_zone_load(zone, &s->zone, &one) : 0;
    if (rc == 0) {
        reason = "UnparseableSchedule";
        rc = cron_parse(json_slice(json_at(s->cron, "spec.schedule")), &s->schedule, &one);
    }
    if (rc < 0)
        event_record(s->c->events, s->cron, NULL, "Warning", reason, "%s", one.message);
    error_done(&one);
    return rc;
}

static int follow_schedule(struct sync *s, struct error *err)
{
    /* what cannot be understood waits for its next change */
    if (object_is_deleted(s->cron) || json_boolean_at(s->cron, "spec.suspend", false) ||
        read_schedule(s, err) < 0)
        return 0;
    int64_t due_s = due_time(s);
    look_again(s);
    return due_s ? run_due(s, due_s, err) : 0;
}

static int write_status(struct sync *s, struct error *err)
{
    struct json *answer = NULL;
    if (!s->changed)
        return 0;
    if (client_update(s->c->client, s->c->resource, "status", s->cron, &s->arena, &answer, err) < 0)
        return -1;
    own_writes_note(s->c->writes, s->key, answer);
    return 0;
}

static int sync_cron(struct sync *s, struct error *err)
{
    struct error failed = ERROR_INIT;
    s->status = json_ensure(&s->arena, s->cron, "status", JSON_OBJECT);
    s->now_s = clock_realtime_ns() / NS_PER_S;
    gather(s);
    review_active(s);
    int acted = follow_schedule(s, &failed);
    int rc = write_status(s, err);
    if (rc == 0 && acted < 0) {
        error_move(err, &failed);
        rc = -1;
    }
    error_done(&failed);
    if (rc == 0)
        rc = clean_up(s, "Complete", json_integer_at(s->cron, "spec.successfulJobsHistoryLimit", 3), err);
    return rc == 0 ? clean_up(s, "Failed", json_integer_at(s->cron, "spec.failedJobsHistoryLimit", 1), err)
                   : rc;
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct sync s = {.c = self, .key = key};
    if (!own_writes_seen(s.c->writes, key, s.c->crons) || !own_writes_seen(s.c->job_writes, key, s.c->jobs))
        return STALE_MS;
    s.cron = object_cached_key(s.c->crons, key, &s.arena);
    int rc = s.cron ? sync_cron(&s, err) : 0;
    cron_zone_free(s.zone);
    arena_done(&s.arena);
    return rc < 0 ? -1 : s.again_ms;
}

/* --- life --- */

static void *start(struct manager *m, struct controller_run *run)
{
    struct cron_jobs *c = new0(struct cron_jobs);
    c->client = manager_client(m);
    c->resource = RESOURCE("batch", "v1", "cronjobs");
    c->jobs_resource = RESOURCE("batch", "v1", "jobs");
    c->writes = own_writes_new();
    c->job_writes = own_writes_new();
    c->events = event_recorder_new(c->client, "cronjob-controller", NULL);
    c->queue = controller_queue("cronjob", manager_options(m)->concurrent_cron_job_syncs, reconcile, c);
    c->crons = controller_watch(run, c->resource, cron_changed, c);
    c->jobs = controller_watch(run, c->jobs_resource, job_changed, c);
    return c;
}

static void begin(void *self)
{
    struct cron_jobs *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct cron_jobs *c = self;
    workqueue_free(c->queue);
    event_recorder_free(c->events);
    own_writes_free(c->writes);
    own_writes_free(c->job_writes);
    free(c);
}

const struct controller controller_cronjob = {
    .name = "cronjob-controller",
    .alias = "cronjob",
    .account = "cronjob-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
