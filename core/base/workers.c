/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool. Waiting threads stand on a stack, each with a futex of its own, and the one that came last is
 * woken first: under little load the same thread does everything, its caches warm, while the others reach the
 * end of their idle time and go. A thread is woken after the lock was released, which it needs at once (a
 * condition variable would have it wait a second time). A thread that ends is joined by the next that ends,
 * and the last one by workers_free, so that no thread of the pool runs any more once that returns (a plugin
 * can be unloaded then).
 */
#include "core/base/workers.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

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
    atomic_uint woken; /* the futex */
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

/* Returns whom to wake once the lock was released. */
static atomic_uint *workers_take_idle(struct workers *w)
{
    struct worker_idle *idle = w->idle;

    w->idle = idle->next;
    w->idle_count--;
    w->woken_count++;
    atomic_store(&idle->woken, 1);
    return &idle->woken;
}

/* The thread may be up and away already, and the word, which stood on its stack, be somebody else's: the
 * kernel then wakes nobody, or somebody who looks and waits on, as all who wait on a futex must. */
static void workers_wake(atomic_uint *woken)
{
    if (woken)
        syscall(SYS_futex, woken, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* timeout_ms -1: none. Returns for no reason too. */
static void workers_sleep(atomic_uint *woken, int64_t timeout_ms)
{
    struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * NS_PER_MS};

    syscall(SYS_futex, woken, FUTEX_WAIT_PRIVATE, 0, timeout_ms < 0 ? NULL : &timeout, NULL, 0);
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

/* Sees to it that somebody is on the way to the jobs that wait. One at a time: who arrives calls the next, if
 * there still is work by then. So a burst of short jobs wakes one or two threads, and one of long jobs as
 * many as it needs. Returns whom to wake once the lock was released. */
static atomic_uint *workers_call_one(struct workers *w)
{
    if (w->woken_count)
        return NULL;
    if (w->idle)
        return workers_take_idle(w);
    if (w->threads < w->config.threads_max)
        workers_start_one(w);
    return NULL;
}

bool workers_submit(struct workers *w, void (*job)(void *arg), void *arg)
{
    bool taken = false;
    atomic_uint *woken = NULL;

    pthread_mutex_lock(&w->lock);
    if (w->queue_count < w->config.queue_max) {
        woken = workers_call_one(w);
        taken = w->threads > 0;
        if (taken)
            workers_queue_put(w, (struct worker_job){job, arg});
    }
    pthread_mutex_unlock(&w->lock);
    workers_wake(woken);
    return taken;
}

static void workers_idle_remove(struct workers *w, struct worker_idle *self)
{
    struct worker_idle **at = &w->idle;

    while (*at != self)
        at = &(*at)->next;
    *at = self->next;
    w->idle_count--;
}

/* Waits for a wake-up; under the lock, which is released meanwhile. False when the idle time ended first. The
 * last thread waits for ever. */
static bool workers_wait(struct workers *w)
{
    struct worker_idle self = {.next = w->idle};
    int64_t end_ms = clock_monotonic_ms() + w->config.idle_ms, left_ms = w->config.idle_ms;

    w->idle = &self;
    w->idle_count++;
    while (!atomic_load(&self.woken) && (left_ms > 0 || w->threads == 1)) {
        pthread_mutex_unlock(&w->lock);
        workers_sleep(&self.woken, left_ms > 0 ? left_ms : -1);
        pthread_mutex_lock(&w->lock);
        left_ms = end_ms - clock_monotonic_ms();
    }
    if (atomic_load(&self.woken)) {
        w->woken_count--;
        return true;
    }
    workers_idle_remove(w, &self);
    return false;
}

/* Runs jobs until there is no more to do; under the lock, which is released around each job. */
static void workers_serve(struct workers *w)
{
    for (;;) {
        while (w->queue_count) {
            struct worker_job job = workers_queue_get(w);
            atomic_uint *woken = w->queue_count ? workers_call_one(w) : NULL;

            pthread_mutex_unlock(&w->lock);
            workers_wake(woken);
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
        workers_wake(workers_take_idle(w));
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
