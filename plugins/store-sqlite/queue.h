/* SPDX-License-Identifier: Apache-2.0 */
/* The writer's end of the queue; the callers' end is writer_submit in store.h. */
#ifndef STORE_SQLITE_QUEUE_H
#define STORE_SQLITE_QUEUE_H

#include "plugins/store-sqlite/store.h"

/* What the writer has to do next. */
struct work {
    struct request *requests; /* transactions, in order */
    struct request *chore;
    unsigned count;
    bool durable; /* one of them wants a sync */
    bool stop;
};

void queue_reset(struct queue *queue);
bool queue_is_empty(struct store *store);
/* Waits for requests, for a chore, for a key whose time has come (but not before retry_ns, CLOCK_MONOTONIC)
 * or for the end. */
struct work queue_wait(struct store *store, int64_t retry_ns);
/* Wakes the caller; the request is gone then. */
void request_finish(struct request *request);

/* chores.c: compaction and checkpoints, on the writer's thread between two batches. */
void chore_run(struct store *store, struct request *chore);

#endif
