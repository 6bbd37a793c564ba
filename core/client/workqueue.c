/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work queue. An item lives in the map while it is waiting, running, delayed, or remembered for its
 * back-off. Workers are threads that start when there is something to do and end after being idle; one that
 * waits also minds the delayed items, so that there is no timer thread.
 */
#include "core/client/workqueue.h"

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/list.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/client/workqueue-metrics.h"

#define IDLE_MS       10000
#define STACK_BYTES   (256u * 1024)
#define BASE_DELAY_MS 5
#define MAX_DELAY_MS  1000000
#define NOT_DELAYED   SIZE_MAX
#define RETRIES_PER_S 10 /* of all items together, beyond a burst (client-go's bucket) */
#define RETRIES_BURST 100

struct work_item {
    struct list link; /* in ready, while waiting */
    bool waiting, running, again;
    unsigned failures;
    int64_t due_ms, ready_ns; /* when it is due; since when it is ready */
    size_t heap_index;        /* NOT_DELAYED: not in the heap */
    char key[];
};

struct workqueue {
    struct workqueue_config config;
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t wake, ended;
    struct map *items;
    struct list ready;
    size_t ready_count;
    struct work_item **heap; /* delayed items, the earliest first */
    size_t heap_count, heap_capacity;
    unsigned threads, idle;
    bool started, stopping;
    struct queue_metrics metrics;
    int64_t next_retry_ms; /* when the limit of all lets the next retry go */
};

struct workqueue *workqueue_new(const struct workqueue_config *config)
{
    struct workqueue *q = new0(struct workqueue);
    q->config = *config;
    q->config.workers = MAX(config->workers, 1u);
    q->config.base_delay_ms = config->base_delay_ms ? config->base_delay_ms : BASE_DELAY_MS;
    q->config.max_delay_ms = config->max_delay_ms ? config->max_delay_ms : MAX_DELAY_MS;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&q->wake, &attributes);
    pthread_cond_init(&q->ended, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&q->lock, NULL);
    q->items = map_new(free);
    list_init(&q->ready);
    queue_metrics_init(&q->metrics, q->config.name);
    return q;
}

/* --- the heap of delayed items --- */

static void heap_place(struct workqueue *q, size_t at, struct work_item *item)
{
    q->heap[at] = item;
    item->heap_index = at;
}

static void heap_up(struct workqueue *q, size_t at, struct work_item *item)
{
    for (; at && q->heap[(at - 1) / 2]->due_ms > item->due_ms; at = (at - 1) / 2)
        heap_place(q, at, q->heap[(at - 1) / 2]);
    heap_place(q, at, item);
}

static void heap_down(struct workqueue *q, size_t at, struct work_item *item)
{
    for (size_t child; (child = at * 2 + 1) < q->heap_count; at = child) {
        if (child + 1 < q->heap_count && q->heap[child + 1]->due_ms < q->heap[child]->due_ms)
            child++;
        if (q->heap[child]->due_ms >= item->due_ms)
            break;
        heap_place(q, at, q->heap[child]);
    }
    heap_place(q, at, item);
}

static struct work_item *heap_pop(struct workqueue *q)
{
    struct work_item *top = q->heap[0], *last = q->heap[--q->heap_count];
    top->heap_index = NOT_DELAYED;
    if (q->heap_count)
        heap_down(q, 0, last);
    return top;
}

static void delay(struct workqueue *q, struct work_item *item, int64_t delay_ms)
{
    int64_t due = clock_monotonic_ms() + delay_ms;
    if (item->heap_index == NOT_DELAYED) {
        q->heap = xgrow(q->heap, &q->heap_capacity, q->heap_count + 1, sizeof(struct work_item *));
        item->due_ms = due;
        heap_up(q, q->heap_count++, item);
    } else if (due < item->due_ms) {
        item->due_ms = due;
        heap_up(q, item->heap_index, item);
    }
}

/* --- items, under the lock --- */

static struct work_item *item_of(struct workqueue *q, const char *key)
{
    struct work_item *item = map_get(q->items, key);
    if (item)
        return item;
    size_t size = strlen(key) + 1;
    item = xcalloc(1, sizeof(*item) + size);
    memcpy(item->key, key, size);
    list_init(&item->link);
    item->heap_index = NOT_DELAYED;
    map_set(q->items, key, item);
    return item;
}

static void forget_if_unused(struct workqueue *q, struct work_item *item)
{
    if (!item->waiting && !item->running && !item->failures && item->heap_index == NOT_DELAYED)
        map_remove(q->items, item->key);
}

static void make_ready(struct workqueue *q, struct work_item *item)
{
    if (item->running) {
        item->again = true;
    } else if (!item->waiting) {
        item->waiting = true;
        item->ready_ns = clock_monotonic_ns();
        list_append(&q->ready, &item->link);
        q->ready_count++;
        queue_metrics_added(&q->metrics);
    }
}

static void release_due(struct workqueue *q)
{
    int64_t now = clock_monotonic_ms();
    while (q->heap_count && q->heap[0]->due_ms <= now)
        make_ready(q, heap_pop(q));
}

static void *work(void *arg);

/* Somebody is needed for what was just added. */
static void call_worker(struct workqueue *q)
{
    if (!q->started || q->stopping)
        return;
    if (q->idle) {
        pthread_cond_signal(&q->wake);
    } else if (q->threads < q->config.workers) {
        unsigned long thread;
        int rc = thread_start(q->config.name, STACK_BYTES, work, q, &thread);
        if (rc == 0) {
            pthread_detach(thread);
            q->threads++;
        } else if (q->threads == 0) {
            log_error("%s: no thread can be started: %s", q->config.name, strerror(rc));
        }
    }
}

void workqueue_add(struct workqueue *q, const char *key)
{
    pthread_mutex_lock(&q->lock);
    struct work_item *item = q->stopping ? NULL : item_of(q, key);
    if (item && !item->waiting) {
        make_ready(q, item);
        if (item->waiting)
            call_worker(q);
    }
    pthread_mutex_unlock(&q->lock);
}

void workqueue_add_after(struct workqueue *q, const char *key, int64_t delay_ms)
{
    if (delay_ms <= 0) {
        workqueue_add(q, key);
        return;
    }
    pthread_mutex_lock(&q->lock);
    if (!q->stopping) {
        struct work_item *item = item_of(q, key);
        delay(q, item, delay_ms);
        if (item->heap_index == 0)
            call_worker(q);
    }
    pthread_mutex_unlock(&q->lock);
}

/* --- workers --- */

/* Takes a place among the retries of all items: how long until its turn. */
static int64_t turn_ms(struct workqueue *q)
{
    const int64_t step_ms = 1000 / RETRIES_PER_S, now_ms = clock_monotonic_ms();
    q->next_retry_ms = MAX(q->next_retry_ms + step_ms, now_ms - (RETRIES_BURST - 1) * step_ms);
    return q->next_retry_ms - now_ms;
}

static int64_t backoff_ms(struct workqueue *q, const struct work_item *item, const struct error *err)
{
    int64_t delay_ms = q->config.base_delay_ms;
    for (unsigned i = 0; i < item->failures && delay_ms < q->config.max_delay_ms; i++)
        delay_ms *= 2;
    delay_ms = MAX(MIN(delay_ms, q->config.max_delay_ms), turn_ms(q));
    return MAX(delay_ms, (int64_t)err->retry_after_s * 1000);
}

static void finish(struct workqueue *q, struct work_item *item, int64_t result, const struct error *err)
{
    item->running = false;
    if (result < 0) {
        delay(q, item, backoff_ms(q, item, err));
        item->failures++;
        atomic_fetch_add(&q->metrics.retries, 1);
    } else {
        item->failures = 0;
        if (result > 0)
            delay(q, item, result);
    }
    if (item->again) {
        item->again = false;
        make_ready(q, item);
    }
    forget_if_unused(q, item);
}

/* Outside the lock. */
static int64_t reconcile(struct workqueue *q, const char *key, struct error *err)
{
    int64_t result = q->config.reconcile(q->config.context, key, err);
    const char *why = err->message ? err->message : "failed";
    bool hopeless = result < 0 && q->config.hopeless && q->config.hopeless(err);
    /* these two are a picture's being late, which the next try will not be */
    if (hopeless || (result < 0 && (err->code == ERR_CONFLICT || err->code == ERR_ALREADY_EXISTS)))
        log_debug("%s: %s: %s", q->config.name, key, why);
    else if (result < 0)
        log_warning("%s: %s: %s", q->config.name, key, why);
    return hopeless ? 0 : result;
}

static void run_one(struct workqueue *q)
{
    struct work_item *item = list_entry(q->ready.next, struct work_item, link);
    struct error err = ERROR_INIT;
    int64_t began_ns = clock_monotonic_ns();
    list_remove(&item->link);
    q->ready_count--;
    item->waiting = false;
    item->running = true;
    queue_metrics_taken(&q->metrics, began_ns - item->ready_ns, began_ns);
    if (q->ready_count || (q->heap_count && !q->idle))
        call_worker(q); /* for the rest, or to mind the delayed ones meanwhile */
    pthread_mutex_unlock(&q->lock);
    int64_t result = reconcile(q, item->key, &err);
    queue_metrics_finished(&q->metrics, began_ns, clock_monotonic_ns());
    pthread_mutex_lock(&q->lock);
    finish(q, item, result, &err);
    error_done(&err);
}

/* Until something is ready or due. False when the thread was idle for long and is not needed. */
static bool wait_for_work(struct workqueue *q)
{
    int64_t now = clock_monotonic_ms(), until = now + IDLE_MS;
    bool timekeeper = q->heap_count && q->idle == 0;
    if (q->heap_count)
        until = timekeeper ? q->heap[0]->due_ms : MIN(until, q->heap[0]->due_ms);
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    int64_t ns = at.tv_nsec + (until - now) % 1000 * NS_PER_MS;
    at.tv_sec += (until - now) / 1000 + ns / NS_PER_S;
    at.tv_nsec = ns % NS_PER_S;
    q->idle++;
    int rc = pthread_cond_timedwait(&q->wake, &q->lock, &at);
    q->idle--;
    release_due(q);
    return rc == 0 || q->ready_count || (q->heap_count && q->idle == 0);
}

static void *work(void *arg)
{
    struct workqueue *q = arg;
    pthread_mutex_lock(&q->lock);
    for (bool needed = true; needed && !q->stopping;) {
        release_due(q);
        if (q->ready_count)
            run_one(q);
        else
            needed = wait_for_work(q);
    }
    if (--q->threads == 0)
        pthread_cond_broadcast(&q->ended);
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

void workqueue_start(struct workqueue *q)
{
    pthread_mutex_lock(&q->lock);
    q->started = true;
    for (size_t i = 0; i < MAX(q->ready_count, (size_t)(q->heap_count > 0)) && q->threads < q->config.workers;
         i++)
        call_worker(q);
    pthread_mutex_unlock(&q->lock);
}

void workqueue_free(struct workqueue *q)
{
    if (!q)
        return;
    pthread_mutex_lock(&q->lock);
    q->stopping = true;
    pthread_cond_broadcast(&q->wake);
    while (q->threads)
        pthread_cond_wait(&q->ended, &q->lock);
    pthread_mutex_unlock(&q->lock);
    queue_metrics_done(&q->metrics);
    map_free(q->items);
    free(q->heap);
    pthread_cond_destroy(&q->wake);
    pthread_cond_destroy(&q->ended);
    pthread_mutex_destroy(&q->lock);
    free(q);
}
