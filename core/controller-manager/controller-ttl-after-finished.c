/* SPDX-License-Identifier: Apache-2.0 */
/* The TTL-after-finished controller: a job that ended goes so many seconds later, if it says so. */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/controller.h"

struct finished_jobs {
    struct client *client;
    const struct resource *resource;
    struct informer *jobs;
    struct workqueue *queue;
};

static void job_changed(void *self, struct cached *old, struct cached *new_, const struct json *job)
{
    struct finished_jobs *c = self;
    if (new_ && !json_is_absent(json_at(job, "spec.ttlSecondsAfterFinished")))
        workqueue_add(c->queue, cached_key(new_));
}

/* When it has to go; 0: not at all. */
static int64_t due_ns(const struct json *job)
{
    static const char *const ends[] = {"Complete", "Failed"};
    const struct json *ttl = json_at(job, "spec.ttlSecondsAfterFinished");
    int64_t at;
    if (!job || json_is_absent(ttl) || object_is_deleted(job))
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        const struct json *end = object_condition(job, ends[i]);
        if (slice_is(json_slice(json_get(end, "status")), "True") &&
            time_parse(json_slice(json_get(end, "lastTransitionTime")), &at))
            return at + json_integer_or(ttl, 0) * NS_PER_S;
    }
    return 0;
}

static int64_t left_ms(const struct json *job)
{
    int64_t left_ns = due_ns(job) - clock_realtime_ns();
    return left_ns > 0 ? left_ns / NS_PER_MS + 1 : 0;
}

/* As it is now: its time may have been changed. */
static int64_t delete_live(struct finished_jobs *c, const char *key, struct arena *arena, struct error *err)
{
    const char *namespace_, *name;
    struct json *job = NULL;
    key_split(arena, key, &namespace_, &name);
    if (client_get(c->client, c->resource, namespace_, name, arena, &job, err) < 0)
        return -1;
    if (!due_ns(job) || left_ms(job))
        return due_ns(job) ? left_ms(job) : 0;
    struct client_delete_options options = {.grace_period_s = -1,
                                            .uid = object_uid(job),
                                            .propagation = "Foreground",
                                            .resource_version = object_resource_version(job)};
    return client_delete(c->client, c->resource, namespace_, name, &options, err);
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct finished_jobs *c = self;
    struct arena arena = ARENA_INIT;
    struct error one = ERROR_INIT;
    int64_t result = 0;
    const struct json *job = object_cached_key(c->jobs, key, &arena);
    if (due_ns(job))
        result = left_ms(job) ? left_ms(job) : delete_live(c, key, &arena, &one);
    if (result < 0 && one.code == ERR_NOT_FOUND)
        result = 0;
    if (result < 0)
        error_move(err, &one);
    error_done(&one);
    arena_done(&arena);
    return result;
}

static void *start(struct manager *m, struct controller_run *run)
{
    struct finished_jobs *c = new0(struct finished_jobs);
    c->client = manager_client(m);
    c->resource = RESOURCE("batch", "v1", "jobs");
    c->queue = controller_queue("ttl-finished", manager_options(m)->concurrent_ttl_after_finished_syncs,
                                reconcile, c);
    c->jobs = controller_watch(run, c->resource, job_changed, c);
    return c;
}

static void begin(void *self)
{
    struct finished_jobs *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct finished_jobs *c = self;
    workqueue_free(c->queue);
    free(c);
}

const struct controller controller_ttl_after_finished = {
    .name = "ttl-after-finished-controller",
    .alias = "ttl-after-finished",
    .account = "ttl-after-finished-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
