/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods that wait for a node (upstream's scheduling queue): active, ordered by priority and age; backing off;
 * asleep, until something happens in the cluster that could help one of the filters that turned them down, or
 * until five minutes have passed; and gated. Entries stand inside the pods and are not owned.
 *
 * Belongs to the deciding thread; only queue_count may be called from elsewhere. Times are monotonic
 * milliseconds.
 */
#ifndef KEELSON_SCHEDULER_QUEUE_H
#define KEELSON_SCHEDULER_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/list.h"

/* What happens in the cluster; a filter names what could help it. */
enum wake {
    WAKE_NODE_ADDED = 1,
    WAKE_NODE_AMOUNTS = 2,
    WAKE_NODE_LABELS = 4,
    WAKE_NODE_TAINTS = 8,
    WAKE_NODE_GONE = 16,
    WAKE_POD_GONE = 32,   /* a pod that took place ended, went away or asks for less */
    WAKE_POD_PLACED = 64, /* a pod took place, or one that does has other labels */
    WAKE_ALL = 127
};

enum queue_place {
    QUEUE_NONE,
    QUEUE_ACTIVE,
    QUEUE_BACKOFF,
    QUEUE_ERROR,
    QUEUE_ASLEEP,
    QUEUE_GATED,
    QUEUE_PLACES
};
struct queue_entry {
    enum queue_place place;
    int32_t priority;
    uint32_t attempts, failures; /* failures: since it was added or changed */
    uint32_t heap_index;
    unsigned wakes;     /* asleep: what could help it */
    uint64_t rejecters; /* asleep: the filters that turned it down, a bit each */
    uint64_t order;     /* of arrival, for equal priorities */
    int64_t added_ms, failed_ms, due_ms;
    struct list link; /* asleep */
};
void queue_entry_init(struct queue_entry *e);

struct queue_heap {
    struct queue_entry **items;
    size_t count, capacity;
    bool (*before)(const struct queue_entry *a, const struct queue_entry *b);
};
struct queue {
    struct queue_heap active, backoff, error;
    struct list asleep; /* the longest first */
    int64_t initial_backoff_ms, max_backoff_ms;
    uint64_t next_order;
    atomic_size_t counts[QUEUE_PLACES];
};
void queue_init(struct queue *q, int64_t initial_backoff_ms, int64_t max_backoff_ms);
void queue_done(struct queue *q);
/* A pod that waits and is in no place yet, or whose gates changed. gated: held until it is added again. */
void queue_add(struct queue *q, struct queue_entry *e, int32_t priority, bool gated);
/* Out of its place. It may be in none. */
void queue_remove(struct queue *q, struct queue_entry *e);
/* The most urgent pod, out of its place; NULL when there is none now. Of those that back off the next one is
 * taken early when nothing else is to be done, unless it had an error. */
struct queue_entry *queue_pop(struct queue *q);
/* When queue_pop may have one without anything happening; INT64_MAX: never. */
int64_t queue_due_ms(const struct queue *q);
/* No node will do. */
void queue_sleep(struct queue *q, struct queue_entry *e, unsigned wakes, uint64_t rejecters);
/* An error of ours or of the server: again after its back-off. */
void queue_retry(struct queue *q, struct queue_entry *e);
/* One asleep may have better luck now: back to back off or, when that is over, to be active. */
void queue_activate(struct queue *q, struct queue_entry *e);
/* Something happened: activates those asleep that wait for one of the wakes and that helps agrees about
 * (NULL: all of them). */
void queue_wake(struct queue *q, unsigned wakes, bool (*helps)(void *context, struct queue_entry *e),
                void *context);
/* How many there are in that place. Any thread. */
size_t queue_count(const struct queue *q, enum queue_place place);

#endif
