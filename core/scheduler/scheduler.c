/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and stopping the scheduler, and its deciding thread. */
#include "core/scheduler/scheduler.h"

#include "core/base/log.h"
#include "core/base/memory.h"

static void *decide_forever(void *argument)
{
    struct scheduler *s = argument;
    /* Before all nodes and all that runs on them are known, every decision would be wrong. */
    while (!informer_wait_synced(s->nodes, 1000) || !informer_wait_synced(s->pods, 1000))
        if (!__atomic_load_n(&s->running, __ATOMIC_RELAXED))
            return NULL;
    log_info("scheduling: %zu nodes, %zu pods", informer_count(s->nodes), informer_count(s->pods));
    char *key;
    while ((key = queue_pop(s->queue))) {
        cycle_run(s, key);
        free(key);
    }
    return NULL;
}

struct scheduler *scheduler_start(struct client *client, const struct scheduler_options *options)
{
    struct scheduler *s = new0(struct scheduler);
    s->client = client;
    s->options = options;
    s->running = true;
    pthread_mutex_init(&s->lock, NULL);
    cluster_init(&s->cluster);
    s->queue = queue_new(&(struct queue_config){.initial_backoff_ms = options->initial_backoff_s * 1000,
                                                .max_backoff_ms = options->max_backoff_s * 1000});
    s->events = event_recorder_new(client, options->scheduler_name, "");
    s->binders = workers_new(&(struct workers_config){.name = "binder",
                                                      .threads_max = (unsigned)options->binders,
                                                      .queue_max = 1000000,
                                                      .stack_bytes = 128 * 1024});
    watch_start(s);
    require(thread_start("scheduler", 256 * 1024, decide_forever, s, &s->thread) == 0);
    return s;
}

void scheduler_stop(struct scheduler *s)
{
    if (!s)
        return;
    __atomic_store_n(&s->running, false, __ATOMIC_RELAXED);
    queue_stop(s->queue);
    pthread_join(s->thread, NULL);
    informer_stop(s->pods);
    informer_stop(s->nodes);
    workers_free(s->binders);
    informer_free(s->pods);
    informer_free(s->nodes);
    event_recorder_free(s->events);
    queue_free(s->queue);
    cluster_done(&s->cluster);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void scheduler_metrics(struct scheduler *s, struct buffer *out)
{
    struct queue_counts counts;
    queue_count(s->queue, &counts);
    buffer_printf(
        out,
        "# TYPE scheduler_pending_pods gauge\nscheduler_pending_pods{queue=\"active\"} "
        "%zu\nscheduler_pending_pods{queue=\"backoff\"} %zu\n"
        "scheduler_pending_pods{queue=\"unschedulable\"} %zu\nscheduler_pending_pods{queue=\"gated\"} %zu\n",
        counts.active, counts.backoff, counts.unschedulable, counts.gated);
    buffer_printf(out,
                  "# TYPE scheduler_schedule_attempts_total "
                  "counter\nscheduler_schedule_attempts_total{result=\"scheduled\",profile=\"%s\"} %llu\n"
                  "scheduler_schedule_attempts_total{result=\"unschedulable\",profile=\"%s\"} %llu\n"
                  "scheduler_schedule_attempts_total{result=\"error\",profile=\"%s\"} %llu\n",
                  s->options->scheduler_name, (unsigned long long)s->bound, s->options->scheduler_name,
                  (unsigned long long)s->unschedulable, s->options->scheduler_name,
                  (unsigned long long)s->bind_failures);
}
