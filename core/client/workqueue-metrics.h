/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a work queue tells of itself, under the names that every Kubernetes dashboard knows
 * (workqueue_depth{name="deployment"}, …). Any thread.
 */
#ifndef KEELSON_CLIENT_WORKQUEUE_METRICS_H
#define KEELSON_CLIENT_WORKQUEUE_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "core/base/buffer.h"
#include "core/base/list.h"

#define QUEUE_BUCKETS 10 /* from ten nanoseconds to ten seconds; and one for what lasts longer */
struct queue_histogram {
    atomic_ullong buckets[QUEUE_BUCKETS + 1], sum_ns;
};
struct queue_metrics { /* stands in the queue */
    struct list link;
    const char *name; /* the queue's */
    atomic_ullong adds, retries, depth;
    atomic_ullong running, running_since_ns; /* how many, and the sum of their beginnings */
    struct queue_histogram waited, worked;
};
/* From init to done the queue is among those that workqueue_metrics tells of. */
void queue_metrics_init(struct queue_metrics *m, const char *name);
void queue_metrics_done(struct queue_metrics *m);
/* A key became ready; it was taken after waiting so long, at now_ns; its work is done after so long. */
void queue_metrics_added(struct queue_metrics *m);
void queue_metrics_taken(struct queue_metrics *m, int64_t waited_ns, int64_t now_ns);
void queue_metrics_finished(struct queue_metrics *m, int64_t began_ns, int64_t now_ns);

/* All queues of the process, as Prometheus text. */
void workqueue_metrics(struct buffer *out);

#endif
