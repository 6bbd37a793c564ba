/* SPDX-License-Identifier: Apache-2.0 */
/* A batch is shared out among the manager's helpers; the caller does its part too, and waits for the others.
 */
#include "core/controller-manager/pod-batch.h"

#include <pthread.h>

#include "core/base/memory.h"
#include "core/base/workers.h"

/* --- several calls at a time --- */

struct fan {
    int (*work)(struct fan *f, size_t i, struct error *err);
    pthread_mutex_t lock; /* guards left, failed and err */
    pthread_cond_t done;
    size_t left, failed;
    struct error *err; /* the first failure */
};
struct call {
    struct fan *fan;
    size_t i;
};

static void run_call(void *arg)
{
    struct call *call = arg;
    struct fan *f = call->fan;
    struct error err = ERROR_INIT;
    int rc = f->work(f, call->i, &err);
    pthread_mutex_lock(&f->lock);
    if (rc < 0 && !f->failed++ && f->err)
        error_move(f->err, &err);
    if (--f->left == 0)
        pthread_cond_signal(&f->done);
    pthread_mutex_unlock(&f->lock);
    error_done(&err);
}

/* Calls work for first to first + count - 1, and waits. */
static void fan_out(struct workers *helpers, struct fan *f, size_t first, size_t count)
{
    struct call *calls = newa0(struct call, count);
    f->left = count;
    for (size_t i = 0; i < count; i++)
        calls[i] = (struct call){f, first + i};
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || !helpers || !workers_submit(helpers, run_call, &calls[i]))
            run_call(&calls[i]);
    pthread_mutex_lock(&f->lock);
    while (f->left)
        pthread_cond_wait(&f->done, &f->lock);
    pthread_mutex_unlock(&f->lock);
    free(calls);
}

static void fan_init(struct fan *f, int (*work)(struct fan *f, size_t i, struct error *err),
                     struct error *err)
{
    *f = (struct fan){.work = work, .err = err};
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->done, NULL);
}

static void fan_done(struct fan *f)
{
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->done);
}

/* --- making --- */

struct making {
    struct fan fan;
    const struct pod_batch *batch;
    struct json *(*build)(void *context, struct arena *arena, size_t i);
    void *context;
};

static int make_one(struct fan *f, size_t i, struct error *err)
{
    struct making *m = container_of(f, struct making, fan);
    const struct pod_batch *b = m->batch;
    struct arena arena = ARENA_INIT;
    int rc = pod_control_create(b->control, &arena, b->owner, m->build(m->context, &arena, i), err);
    arena_done(&arena);
    if (rc < 0)
        expectations_creation_observed(b->expectations, b->key, 1);
    return rc;
}

size_t pods_create(const struct pod_batch *b, size_t count,
                   struct json *(*build)(void *context, struct arena *arena, size_t i), void *context,
                   struct error *err)
{
    struct making m = {.batch = b, .build = build, .context = context};
    size_t tried = 0;
    fan_init(&m.fan, make_one, err);
    expectations_expect_creations(b->expectations, b->key, (int64_t)count);
    for (size_t size = 1; tried < count && !m.fan.failed; size *= 2) {
        size_t now = MIN(size, count - tried);
        fan_out(b->control->helpers, &m.fan, tried, now);
        tried += now;
    }
    if (tried < count)
        expectations_creation_observed(b->expectations, b->key, (int64_t)(count - tried));
    fan_done(&m.fan);
    return tried - m.fan.failed;
}

/* --- deleting --- */

struct deleting {
    struct fan fan;
    const struct pod_batch *batch;
    struct json *const *pods;
    int (*before)(void *context, struct json *pod, struct error *err);
    void *context;
    bool *deleted;
};

static int delete_one(struct fan *f, size_t i, struct error *err)
{
    struct deleting *d = container_of(f, struct deleting, fan);
    const struct pod_batch *b = d->batch;
    struct json *pod = d->pods[i];
    struct error one = ERROR_INIT;
    int rc = d->before ? d->before(d->context, pod, &one) : 0;
    if (rc == 0)
        rc = pod_control_delete(b->control, b->owner, pod, &one);
    if (rc < 0) {
        expectations_deletion_observed(b->expectations, b->key, object_uid(pod));
        rc = one.code == ERR_NOT_FOUND ? 0 : -1;
    }
    if (rc < 0)
        error_move(err, &one);
    error_done(&one);
    if (d->deleted)
        d->deleted[i] = rc == 0;
    return rc;
}

int pods_delete(const struct pod_batch *b, struct json *const *pods, size_t count,
                int (*before)(void *context, struct json *pod, struct error *err), void *context,
                bool *ret_deleted, struct error *err)
{
    struct deleting d = {
        .batch = b, .pods = pods, .before = before, .context = context, .deleted = ret_deleted};
    if (!count)
        return 0;
    fan_init(&d.fan, delete_one, err);
    for (size_t i = 0; i < count; i++)
        expectations_expect_deletion(b->expectations, b->key, object_uid(pods[i]));
    fan_out(b->control->helpers, &d.fan, 0, count);
    fan_done(&d.fan);
    return d.fan.failed ? -1 : 0;
}
