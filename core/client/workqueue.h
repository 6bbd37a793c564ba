/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A work queue of keys (client-go's workqueue): a key that is waiting is not added twice; a key that is being
 * worked on and added again is worked on once more afterwards, never by two threads at once; failures come
 * back after exponential back-off, and not more than ten a second of all keys together, beyond a burst of a
 * hundred. The queue runs its own workers.
 */
#ifndef KEELSON_CLIENT_WORKQUEUE_H
#define KEELSON_CLIENT_WORKQUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"

struct workqueue;
struct workqueue_config {
    const char *name;      /* in logs and metrics; not copied */
    unsigned workers;      /* threads; started on demand */
    int64_t base_delay_ms; /* first back-off; 0: 5 ms */
    int64_t max_delay_ms;  /* 0: 1000 s */
    /* One key. 0: done, its back-off is forgotten. -1 with err: logged, comes back after back-off
     * (err.retry_after_s, if set, is the least). > 0: done for now, comes back after so many milliseconds. */
    int64_t (*reconcile)(void *context, const char *key, struct error *err);
    /* An error after which there is no use in trying again: the key is done. NULL: there is none. */
    bool (*hopeless)(const struct error *err);
    void *context;
};
struct workqueue *workqueue_new(const struct workqueue_config *config);
/* Any thread. */
void workqueue_add(struct workqueue *q, const char *key);
void workqueue_add_after(struct workqueue *q, const char *key, int64_t delay_ms); /* the earliest wins */
/* Workers begin; keys may be added before. */
void workqueue_start(struct workqueue *q);
/* Waits for running reconciles; what waits is dropped. */
void workqueue_free(struct workqueue *q);

#endif
