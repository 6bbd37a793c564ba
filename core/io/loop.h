/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event loop on epoll: file descriptors, timers, and functions posted from other threads. Everything of a
 * loop happens on the one thread that runs it, and nothing on it may block. Only loop_post and loop_stop may
 * be called from other threads.
 */
#ifndef KEELSON_IO_LOOP_H
#define KEELSON_IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/list.h"

struct loop;
struct loop *loop_new(void);
/* Stops and joins its thread; what was posted and did not run yet runs here. */
void loop_free(struct loop *loop);
void loop_run(struct loop *loop);  /* until loop_stop */
void loop_stop(struct loop *loop); /* what was posted before still runs */
/* Runs the loop on a thread of its own. */
int loop_start_thread(struct loop *loop, const char *name);
/* Stops and joins that thread. Not on it. */
void loop_join_thread(struct loop *loop);
bool loop_is_current(const struct loop *loop);

/* A watched descriptor. events and the callback's argument are EPOLLIN, EPOLLOUT, …; level-triggered. */
struct loop_fd;
typedef void loop_fd_function(void *context, uint32_t events);
struct loop_fd *loop_fd_add(struct loop *loop, int fd, uint32_t events, loop_fd_function *function,
                            void *context);
void loop_fd_modify(struct loop_fd *watch, uint32_t events);
void loop_fd_remove(struct loop_fd *watch); /* does not close; safe inside any callback of the loop */

/* A timer fires once; starting it again moves it. Embedded in its owner: {0}-initialised, then
 * loop_timer_init. */
struct loop_timer {
    int64_t due_ms; /* monotonic; 0: not started */
    uint32_t heap_index;
    struct loop *loop;
    void (*function)(void *context);
    void *context;
};
void loop_timer_init(struct loop_timer *timer, struct loop *loop, void (*function)(void *context),
                     void *context);
void loop_timer_start(struct loop_timer *timer, int64_t after_ms);
void loop_timer_stop(struct loop_timer *timer);

/* Any thread: function(context) will run on the loop's thread, in order of posting. Wakes the loop once for
 * many posts. */
void loop_post(struct loop *loop, void (*function)(void *context), void *context);

/* Work to be done once at the end of the current turn, before the loop sleeps: many small writes become one.
 * Embedded in its owner, loop_later_init first; starting it again before it ran changes nothing. Loop thread.
 */
struct loop_later {
    struct list link;
    void (*function)(void *context);
    void *context;
};
void loop_later_init(struct loop_later *later, void (*function)(void *context), void *context);
void loop_later_start(struct loop *loop, struct loop_later *later);
void loop_later_stop(struct loop_later *later);

#endif
