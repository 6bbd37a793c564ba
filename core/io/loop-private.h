/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of an event loop, for loop.c (descriptors, posts, turns) and loop-timer.c (the heap), and the
 * scratch memory that all connections of a loop share, since only one of them is being read or written at any
 * moment.
 */
#ifndef KEELSON_IO_LOOP_PRIVATE_H
#define KEELSON_IO_LOOP_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "core/base/list.h"
#include "core/io/loop.h"

struct loop_posted {
    void (*function)(void *context);
    void *context;
};

struct loop_fd {
    struct loop *loop;
    int fd;
    uint32_t events;
    loop_fd_function *function; /* NULL: removed, waits for the end of the turn */
    void *context;
    struct loop_fd *next_removed;
};

struct loop {
    int epoll_fd;
    int wake_fd; /* an eventfd, watched edge-triggered so that it need not be read */
    bool has_thread;
    unsigned long thread;
    atomic_bool stopping;
    struct loop_fd *removed;
    struct list later, later_mark; /* the mark ends the turn that runs */

    struct loop_timer **heap; /* by due_ms; the earliest at 0 */
    size_t heap_count, heap_capacity;

    pthread_mutex_t lock; /* guards posted and asleep */
    struct loop_posted *posted, *spare;
    size_t posted_count, posted_capacity, spare_capacity;
    bool asleep; /* the next post must wake */

    void *scratch;
    void (*scratch_free)(void *scratch);
};

/* Milliseconds until the earliest timer, rounded up; -1: none. */
int loop_timers_wait_ms(const struct loop *loop);
void loop_timers_run(struct loop *loop);

#endif
