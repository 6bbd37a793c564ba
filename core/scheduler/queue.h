/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods that wait for a node (upstream's scheduling queue): active, ordered by priority and age; backing off;
 * and unschedulable, asleep until something happens in the cluster that could help one of the filters that
 * turned them down. Asleep for five minutes they are tried again all the same.
 *
 * Any thread; the queue has a lock of its own. Times are monotonic milliseconds.
 */
#ifndef KEELSON_SCHEDULER_QUEUE_H
#define KEELSON_SCHEDULER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What happens in the cluster; a filter names what could help it. */
enum wake {
    WAKE_NODE_ADDED = 1,
    WAKE_NODE_AMOUNTS = 2,
    WAKE_NODE_LABELS = 4,
    WAKE_NODE_TAINTS = 8,
    WAKE_POD_GONE = 16, /* a pod that took place ended, went away or asks for less */
    WAKE_ALL = 31
};

struct queue;
struct queue_config {
    int64_t initial_backoff_ms, max_backoff_ms; /* 0: 1 s, 10 s */
};
struct queue *queue_new(const struct queue_config *config);
void queue_free(struct queue *q);
/* A pod that waits: new, or changed (its back-off is forgotten then). gated: held until queue_add again
 * without. */
void queue_add(struct queue *q, const char *key, int32_t priority, bool gated);
/* No longer waits: bound or gone. */
void queue_remove(struct queue *q, const char *key);
/* The next pod, in a text that the caller frees; waits. NULL: queue_stop was called. The pod is "in flight"
 * until it is removed, failed or added again. */
char *queue_pop(struct queue *q);
/* A pod in flight was placed: it is forgotten. */
void queue_done(struct queue *q, const char *key);
/* A pod in flight could not be placed. filters: the wakes that could help it; 0: only time (an error of ours,
 * a conflict): it comes back after its back-off. */
void queue_fail(struct queue *q, const char *key, unsigned filters);
/* Something happened: those asleep that it could help go to back off or become active. */
void queue_wake(struct queue *q, unsigned wakes);
void queue_stop(struct queue *q);
struct queue_counts {
    size_t active, backoff, unschedulable, gated;
};
void queue_count(struct queue *q, struct queue_counts *ret);

#endif
