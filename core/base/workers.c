/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool. Waiting threads stand on a stack, each with a condition of its own, and the one that came last is
 * woken first: under little load the same thread does everything, its caches warm, while the others reach the
 * end of their idle time and go. A thread that ends is joined by the next that ends, and the last one by
 * workers_free, so that no thread of the pool runs any more once that returns (a plugin can be unloaded
 * then).
 */
#include "core/base/workers.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/memory.h"

#define QUEUE_MAX_DEFAULT 65536
#define QUEUE_FIRST       16
#define QUEUE_KEEP        1024 /* a longer ring is given back when it runs empty */
#define IDLE_MS_DEFAULT   10000

struct worker_job {
    void (*run)(void *arg);
    void *arg;
};

struct worker_idle {
    struct worker_idle *next;
    pthread_cond_t wake;
    bool woken;
};

struct workers {
    struct workers_config config;
    char name[16];
    pthread_mutex_t lock;     /* of everything below */
    pthread_cond_t all_ended; /* threads became 0 while stopping */
    struct worker_job *queue; /* a ring of queue_size (a power of two) places */
    size_t queue_size, queue_head, queue_count;
    struct worker_idle *idle; /* the latest first */
    unsigned idle_count;      /* on that list, so not woken yet */
    unsigned woken_count;     /* taken off the list, not running yet */
    unsigned threads;
    bool stopping;
    bool ended_valid;
    unsigned long ended; /* the thread that ended last, not joined yet */
};

static void *workers_run(void *arg);

struct workers *workers_new(const struct workers_config *config)
{
    struct workers *w = new0(struct workers);

    w->config = *config;
    w->config.threads_max = MAX(config->threads_max, 1u);
    w->config.queue_max = config->queue_max ? config->queue_max : QUEUE_MAX_DEFAULT;
    w->config.idle_ms = config->idle_ms ? config->idle_ms : IDLE_MS_DEFAULT;
    if (config->name)
        memcpy(w->name, config->name, strnlen(config->name, sizeof(w->name) - 1));
    w->config.name = w->name;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->all_ended, NULL);
    return w;
}

static void workers_queue_grow(struct workers *w)
{
    size_t size = w->queue_size ? w->queue_size * 2 : QUEUE_FIRST;
    struct worker_job *queue = newa0(struct worker_job, size);

    for (size_t i = 0; i < w->queue_count; i++)
        queue[i] = w->queue[(w->queue_head + i) & (w->queue_size - 1)];
    free(w->queue);
    w->queue = queue;
    w->queue_size = size;
    w->queue_head = 0;
}

static void workers_queue_put(struct workers *w, struct worker_job job)
{
    if (w->queue_count == w->queue_size)
        workers_queue_grow(w);
    w->queue[(w->queue_head + w->queue_count++) & (w->queue_size - 1)] = job;
}

static struct worker_job workers_queue_get(struct workers *w)
{
    struct worker_job job = w->queue[w->queue_head];

    w->queue_head = (w->queue_head + 1) & (w->queue_size - 1);
    if (--w->queue_count == 0 && w->queue_size > QUEUE_KEEP) {
        free(w->queue);
        w->queue = NULL;
        w->queue_size = w->queue_head = 0;
    }
    return job;
}

static void workers_wake_one(struct workers *w)
{
    struct worker_idle *idle = w->idle;

    w->idle = idle->next;
    w->idle_count--;
    w->woken_count++;
    idle->woken = true;
    pthread_cond_signal(&idle->wake);
}

/* Starts a thread. It counts as woken until it has taken a job. */
static bool workers_start_one(struct workers *w)
{
    unsigned long thread;

    if (thread_start(w->name, w->config.stack_bytes, workers_run, w, &thread) != 0)
        return false;
    w->threads++;
    w->woken_count++;
    return true;
}

bool workers_submit(struct workers *w, void (*job)(void *arg), void *arg)
{
    bool taken = false;

    pthread_mutex_lock(&w->lock);
    if (w->queue_count < w->config.queue_max) {
        taken = true;
        if (w->queue_count < w->woken_count)
            ; /* somebody is on the way to it */
        else if (w->idle)
            workers_wake_one(w);
        else if (w->threads < w->config.threads_max)
            taken = workers_start_one(w) || w->threads > 0;
        if (taken)
            workers_queue_put(w, (struct worker_job){job, arg});
    }
    pthread_mutex_unlock(&w->lock);
    return taken;
}

static struct timespec workers_idle_end(unsigned idle_ms)
{
    struct timespec end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += idle_ms / 1000;
    end.tv_nsec += (long)(idle_ms % 1000) * NS_PER_MS;
    if (end.tv_nsec >= NS_PER_S) {
        end.tv_sec++;
        end.tv_nsec -= NS_PER_S;
    }
    return end;
}

static void workers_idle_remove(struct workers *w, struct worker_idle *self)
{
    struct worker_idle **at = &w->idle;

    while (*at != self)
        at = &(*at)->next;
    *at = self->next;
    w->idle_count--;
}

/* Waits for a wake-up, under the lock. False when the idle time ended first. The last thread waits for ever.
 */
static bool workers_wait(struct workers *w)
{
    struct worker_idle self = {.next = w->idle, .wake = PTHREAD_COND_INITIALIZER};
    struct timespec end = workers_idle_end(w->config.idle_ms);
    bool late = false;

    w->idle = &self;
    w->idle_count++;
    while (!self.woken && !(late && w->threads > 1)) {
        if (late)
            pthread_cond_wait(&self.wake, &w->lock);
        else
            late = pthread_cond_clockwait(&self.wake, &w->lock, CLOCK_MONOTONIC, &end) == ETIMEDOUT;
    }
    if (self.woken)
        w->woken_count--;
    else
        workers_idle_remove(w, &self);
    pthread_cond_destroy(&self.wake);
    return self.woken;
}

/* Runs jobs until there is no more to do; under the lock, which is released around each job. */
static void workers_serve(struct workers *w)
{
    for (;;) {
        while (w->queue_count) {
            struct worker_job job = workers_queue_get(w);

            pthread_mutex_unlock(&w->lock);
            job.run(job.arg);
            pthread_mutex_lock(&w->lock);
        }
        if (w->stopping || !workers_wait(w))
            return;
    }
}

static void *workers_run(void *arg)
{
    struct workers *w = arg;

    pthread_mutex_lock(&w->lock);
    w->woken_count--;
    workers_serve(w);
    bool join = w->ended_valid;
    unsigned long before = w->ended;
    w->ended = pthread_self();
    w->ended_valid = true;
    if (--w->threads == 0 && w->stopping)
        pthread_cond_signal(&w->all_ended);
    pthread_mutex_unlock(&w->lock);
    if (join)
        pthread_join(before, NULL);
    return NULL;
}

void workers_free(struct workers *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    while (w->idle)
        workers_wake_one(w);
    while (w->threads)
        pthread_cond_wait(&w->all_ended, &w->lock);
    pthread_mutex_unlock(&w->lock);
    if (w->ended_valid)
        pthread_join(w->ended, NULL);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->all_ended);
    free(w->queue);
    free(w);
}
