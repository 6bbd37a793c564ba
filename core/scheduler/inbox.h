/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other threads have to tell the deciding thread, in the order in which it was told: pods and nodes from
 * the informers, failures from the workers. So the picture and the queue need no lock.
 */
#ifndef KEELSON_SCHEDULER_INBOX_H
#define KEELSON_SCHEDULER_INBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct scheduler;
/* Stands first in what is told, which is one block from malloc. */
struct note {
    struct note *next;
    /* Deciding thread. The note is freed afterwards. s NULL: the scheduler ends, only release what is owned.
     */
    void (*apply)(struct scheduler *s, struct note *n);
};
struct inbox {
    pthread_mutex_t lock; /* all below */
    pthread_cond_t changed;
    struct note *first, **last;
    bool waiting;
    atomic_bool stopped;
    atomic_bool filled; /* first is not NULL: a look without the lock */
};
void inbox_init(struct inbox *i);
/* Releases what was not read. */
void inbox_done(struct inbox *i);
/* Any thread; takes the note over. */
void inbox_post(struct inbox *i, struct note *n);
/* Applies all that was told so far. Deciding thread. */
void inbox_apply(struct inbox *i, struct scheduler *s);
/* Waits for something to be told, until then (monotonic milliseconds; INT64_MAX: for ever). False:
 * inbox_stop was called. Deciding thread. */
bool inbox_wait(struct inbox *i, int64_t until_ms);
/* Any thread, both. */
void inbox_stop(struct inbox *i);
bool inbox_stopped(const struct inbox *i);

#endif
