/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded pool of threads for plain blocking work. Jobs run in the order in which they were submitted.
 * Threads start when there is work and end after being idle, so a quiet daemon holds few stacks (256 KiB each
 * unless told).
 */
#ifndef KEELSON_BASE_WORKERS_H
#define KEELSON_BASE_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

struct workers;
struct workers_config {
    const char *name; /* thread name, at most 15 characters */
    unsigned threads_max;
    unsigned queue_max; /* jobs waiting; 0: 65536 */
    size_t stack_bytes; /* 0: 256 KiB */
    unsigned idle_ms;   /* 0: 10 s; the last thread stays */
};
struct workers *workers_new(const struct workers_config *config);
/* False when the queue is full or no first thread can be started. Any thread, also from inside a job. */
bool workers_submit(struct workers *w, void (*job)(void *arg), void *arg);
/* Waits until all submitted jobs have run and all threads have ended, and releases. Not from inside a job. */
void workers_free(struct workers *w);
/* One helper thread with a small stack and a name, all signals blocked: detached when ret_thread is NULL,
 * else to be joined with pthread_join. 0 or errno. */
int thread_start(const char *name, size_t stack_bytes, void *(*run)(void *arg), void *arg,
                 unsigned long *ret_thread);
/* Threads of the process that thread_start() did not make, but for the first: what libraries and plugins
 * started. One that is just starting or ending may be counted for a moment. */
unsigned thread_foreign_count(void);

#endif
