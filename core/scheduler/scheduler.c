/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and stopping the scheduler, and its deciding thread. */
#include "core/scheduler/scheduler.h"

#include "core/base/log.h"
#include "core/base/memory.h"

static void count_picture(struct scheduler *s)
{
    atomic_store_explicit(&s->metrics.nodes, s->cluster.nodes_count, memory_order_relaxed);
    atomic_store_explicit(&s->metrics.pods, map_count(s->cluster.pods), memory_order_relaxed);
}

/* Before all nodes and all that runs on them are known, every decision would be wrong. */
static bool wait_for_informers(struct scheduler *s)
{
    bool go_on = true;
    while (s->synced < WATCHES && (go_on = inbox_wait(&s->inbox, INT64_MAX)))
        inbox_apply(&s->inbox, s);
    return go_on;
}

static void *decide_forever(void *argument)
{
    struct scheduler *s = argument;
    if (!wait_for_informers(s))
        return NULL;
    log_info("scheduling: %u nodes, %zu pods", s->cluster.nodes_count, map_count(s->cluster.pods));
    while (!inbox_stopped(&s->inbox)) {
        inbox_apply(&s->inbox, s);
        struct queue_entry *e = queue_pop(&s->queue);
        count_picture(s);
        if (e)
            attempt_run(s, container_of(e, struct pod, queue));
        else
            inbox_wait(&s->inbox, queue_due_ms(&s->queue));
    }
    return NULL;
}

static void start_reporting(struct scheduler *s)
{
    const struct scheduler_config *config = s->config;
    metrics_init(&s->metrics, config->profiles_count);
    s->events = newa0(struct event_recorder *, config->profiles_count);
    for (unsigned i = 0; i < config->profiles_count; i++)
        s->events[i] = event_recorder_new(s->client, config->profiles[i].name, "");
    s->workers = workers_new(&(struct workers_config){.name = "binder",
                                                      .threads_max = (unsigned)config->binders,
                                                      .queue_max = 1000000,
                                                      .stack_bytes = 128 * 1024});
}

struct scheduler *scheduler_start(struct client *client, const struct scheduler_config *config)
{
    struct scheduler *s = new0(struct scheduler);
    s->client = client;
    s->config = config;
    inbox_init(&s->inbox);
    cluster_init(&s->cluster);
    queue_init(&s->queue, config->initial_backoff_s * 1000, config->max_backoff_s * 1000);
    start_reporting(s);
    watch_start(s);
    require(thread_start("scheduler", 256 * 1024, decide_forever, s, &s->thread) == 0);
    return s;
}

void scheduler_stop(struct scheduler *s)
{
    if (!s)
        return;
    inbox_stop(&s->inbox);
    pthread_join(s->thread, NULL);
    for (unsigned i = 0; i < WATCHES; i++)
        informer_stop(s->informers[i]);
    workers_free(s->workers);
    for (unsigned i = 0; i < WATCHES; i++)
        informer_free(s->informers[i]);
    for (unsigned i = 0; i < s->config->profiles_count; i++)
        event_recorder_free(s->events[i]);
    free(s->events);
    inbox_done(&s->inbox);
    failure_done(&s->failure);
    queue_done(&s->queue);
    cluster_done(&s->cluster);
    metrics_done(&s->metrics);
    free(s);
}

bool scheduler_synced(const struct scheduler *s)
{
    for (unsigned i = 0; i < WATCHES; i++)
        if (!informer_synced(s->informers[i]))
            return false;
    return true;
}

static void write_pending(const struct queue *q, struct buffer *out)
{
    buffer_printf(out,
                  "# TYPE scheduler_pending_pods gauge\nscheduler_pending_pods{queue=\"active\"} %zu\n"
                  "scheduler_pending_pods{queue=\"backoff\"} %zu\n"
                  "scheduler_pending_pods{queue=\"unschedulable\"} %zu\n"
                  "scheduler_pending_pods{queue=\"gated\"} %zu\n",
                  queue_count(q, QUEUE_ACTIVE), queue_count(q, QUEUE_BACKOFF) + queue_count(q, QUEUE_ERROR),
                  queue_count(q, QUEUE_ASLEEP), queue_count(q, QUEUE_GATED));
}

void scheduler_metrics(const struct scheduler *s, struct buffer *out)
{
    const char **names = newa0(const char *, s->config->profiles_count);
    for (unsigned i = 0; i < s->config->profiles_count; i++)
        names[i] = s->config->profiles[i].name;
    write_pending(&s->queue, out);
    metrics_write(&s->metrics, names, s->config->profiles_count, out);
    free(names);
}
