/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of work queues: written without a lock by whoever works, read by whoever asks. The list of queues
 * is the process', since a dashboard asks for all of them at once. */
#include "core/client/workqueue-metrics.h"

#include <pthread.h>
#include <stddef.h>

#include "core/base/clock.h"
#include "core/base/memory.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the list */
static struct list queues = {&queues, &queues};

void queue_metrics_init(struct queue_metrics *m, const char *name)
{
    m->name = name;
    pthread_mutex_lock(&lock);
    list_append(&queues, &m->link);
    pthread_mutex_unlock(&lock);
}

void queue_metrics_done(struct queue_metrics *m)
{
    pthread_mutex_lock(&lock);
    list_remove(&m->link);
    pthread_mutex_unlock(&lock);
}

static void observe(struct queue_histogram *h, int64_t ns)
{
    unsigned bucket = 0;
    for (int64_t limit_ns = 10; bucket < QUEUE_BUCKETS && ns > limit_ns; limit_ns *= 10)
        bucket++;
    atomic_fetch_add(&h->buckets[bucket], 1);
    atomic_fetch_add(&h->sum_ns, (unsigned long long)MAX(ns, INT64_C(0)));
}

void queue_metrics_added(struct queue_metrics *m)
{
    atomic_fetch_add(&m->adds, 1);
    atomic_fetch_add(&m->depth, 1);
}

void queue_metrics_taken(struct queue_metrics *m, int64_t waited_ns, int64_t now_ns)
{
    atomic_fetch_sub(&m->depth, 1);
    atomic_fetch_add(&m->running, 1);
    atomic_fetch_add(&m->running_since_ns, (unsigned long long)now_ns);
    observe(&m->waited, waited_ns);
}

void queue_metrics_finished(struct queue_metrics *m, int64_t began_ns, int64_t now_ns)
{
    atomic_fetch_sub(&m->running, 1);
    atomic_fetch_sub(&m->running_since_ns, (unsigned long long)began_ns);
    observe(&m->worked, now_ns - began_ns);
}

/* --- text --- */

static void write_histogram(struct buffer *out, const char *metric, const char *queue,
                            struct queue_histogram *h)
{
    unsigned long long count = 0;
    for (int i = 0; i < QUEUE_BUCKETS; i++) {
        count += atomic_load(&h->buckets[i]);
        buffer_printf(out, "%s_bucket{name=\"%s\",le=\"1e%d\"} %llu\n", metric, queue, i - 8, count);
    }
    count += atomic_load(&h->buckets[QUEUE_BUCKETS]);
    buffer_printf(out, "%s_bucket{name=\"%s\",le=\"+Inf\"} %llu\n%s_sum{name=\"%s\"} %.9f\n", metric, queue,
                  count, metric, queue, (double)atomic_load(&h->sum_ns) / 1e9);
    buffer_printf(out, "%s_count{name=\"%s\"} %llu\n", metric, queue, count);
}

static void write_unfinished(struct buffer *out, const char *metric, struct queue_metrics *m)
{
    double now = (double)clock_monotonic_ns();
    double seconds =
        ((double)atomic_load(&m->running) * now - (double)atomic_load(&m->running_since_ns)) / 1e9;
    buffer_printf(out, "%s{name=\"%s\"} %.6f\n", metric, m->name, MAX(seconds, 0.0));
}

static void write_number(struct buffer *out, const char *metric, const char *queue, atomic_ullong *number)
{
    buffer_printf(out, "%s{name=\"%s\"} %llu\n", metric, queue, atomic_load(number));
}

static const struct {
    const char *name, *type, *help;
    size_t number, histogram; /* where it stands; none of both: unfinished work */
} rows[] = {
    {"workqueue_adds_total", "counter", "Keys that became ready.", offsetof(struct queue_metrics, adds), 0},
    {"workqueue_depth", "gauge", "Keys that wait.", offsetof(struct queue_metrics, depth), 0},
    {"workqueue_retries_total", "counter", "Keys that came back after a failure.",
     offsetof(struct queue_metrics, retries), 0},
    {"workqueue_queue_duration_seconds", "histogram", "How long keys waited.", 0,
     offsetof(struct queue_metrics, waited)},
    {"workqueue_work_duration_seconds", "histogram", "How long the work on a key lasted.", 0,
     offsetof(struct queue_metrics, worked)},
    {"workqueue_unfinished_work_seconds", "gauge", "How long what is being worked on has lasted, together.",
     0, 0},
};

void workqueue_metrics(struct buffer *out)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", rows[i].name, rows[i].help, rows[i].name,
                      rows[i].type);
        list_for_each (link, &queues) {
            struct queue_metrics *m = list_entry(link, struct queue_metrics, link);
            char *at = (char *)m;
            if (rows[i].number)
                write_number(out, rows[i].name, m->name, (atomic_ullong *)(void *)(at + rows[i].number));
            else if (rows[i].histogram)
                write_histogram(out, rows[i].name, m->name,
                                (struct queue_histogram *)(void *)(at + rows[i].histogram));
            else
                write_unfinished(out, rows[i].name, m);
        }
    }
    pthread_mutex_unlock(&lock);
}
