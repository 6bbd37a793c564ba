/* SPDX-License-Identifier: Apache-2.0 */
/* The writer's end of the queue; the callers' end is writer_submit and writer_do in store.h. */
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
/* A thread that takes requests out of the queue when their deadline passes, however long the writer takes. */
void *late_main(void *store);

/* chores.c: compaction and checkpoints, on the writer's thread between two batches. */
void chore_run(struct store *store, struct request *chore);

#endif
