/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop. A turn is: wait, descriptors, posted functions, timers due, and then what was put off to
 * the end of the turn (the writing of connections, so that everything a turn produced for a connection leaves
 * in one piece). Posts go through an array under a short lock; the loop is woken only when it sleeps, so a
 * burst of posts costs one eventfd write.
 */
#include "core/io/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/io/loop-private.h"

#define EVENTS_PER_TURN  128
#define POSTED_KEPT      1024 /* a larger array is given back after the burst */
#define LOOP_STACK_BYTES (256u * 1024)

static _Thread_local struct loop *current_loop;

struct loop *loop_new(void)
{
    struct loop *loop = new0(struct loop);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll_fd < 0 || loop->wake_fd < 0) {
        log_error("cannot make an event loop: %s", strerror(errno));
        abort();
    }
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
    require(epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &event) == 0);
    pthread_mutex_init(&loop->lock, NULL);
    list_init(&loop->later);
    return loop;
}

static void wake(struct loop *loop)
{
    uint64_t one = 1;
    while (write(loop->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

void loop_post(struct loop *loop, void (*function)(void *context), void *context)
{
    pthread_mutex_lock(&loop->lock);
    loop->posted =
        xgrow(loop->posted, &loop->posted_capacity, loop->posted_count + 1, sizeof(loop->posted[0]));
    loop->posted[loop->posted_count++] = (struct loop_posted){function, context};
    bool asleep = loop->asleep;
    loop->asleep = false;
    pthread_mutex_unlock(&loop->lock);
    if (asleep)
        wake(loop);
}

static void run_posted(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct loop_posted *batch = loop->posted;
    size_t count = loop->posted_count, capacity = loop->posted_capacity;
    if (!count) {
        pthread_mutex_unlock(&loop->lock);
        return;
    }
    loop->posted = TAKE_PTR(loop->spare);
    loop->posted_capacity = loop->spare_capacity;
    loop->spare_capacity = 0;
    loop->posted_count = 0;
    pthread_mutex_unlock(&loop->lock);

    for (size_t i = 0; i < count; i++)
        batch[i].function(batch[i].context);

    if (capacity > POSTED_KEPT) {
        free(batch);
        batch = NULL;
        capacity = 0;
    }
    loop->spare = batch;
    loop->spare_capacity = capacity;
}

struct loop_fd *loop_fd_add(struct loop *loop, int fd, uint32_t events, loop_fd_function *function,
                            void *context)
{
    struct loop_fd *watch = new0(struct loop_fd);
    *watch =
        (struct loop_fd){.loop = loop, .fd = fd, .events = events, .function = function, .context = context};
    struct epoll_event event = {.events = events, .data.ptr = watch};
    require(epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0);
    return watch;
}

void loop_fd_modify(struct loop_fd *watch, uint32_t events)
{
    if (watch->events == events)
        return;
    struct epoll_event event = {.events = events, .data.ptr = watch};
    watch->events = events;
    require(epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) == 0);
}

void loop_fd_remove(struct loop_fd *watch)
{
    if (!watch)
        return;
    struct epoll_event unused = {0};
    epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, &unused);
    watch->function = NULL;
    watch->next_removed = watch->loop->removed;
    watch->loop->removed = watch;
}

static void free_removed(struct loop *loop)
{
    while (loop->removed) {
        struct loop_fd *watch = loop->removed;
        loop->removed = watch->next_removed;
        free(watch);
    }
}

void loop_later_init(struct loop_later *later, void (*function)(void *context), void *context)
{
    *later = (struct loop_later){.function = function, .context = context};
    list_init(&later->link);
}

void loop_later_start(struct loop *loop, struct loop_later *later)
{
    if (list_empty(&later->link))
        list_append(&loop->later, &later->link);
}

void loop_later_stop(struct loop_later *later)
{
    list_remove(&later->link);
}

/* What is added meanwhile runs in the next turn, which then does not sleep. */
static void run_later(struct loop *loop)
{
    if (list_empty(&loop->later))
        return;
    list_append(&loop->later, &loop->later_mark);
    while (loop->later.next != &loop->later_mark) {
        struct loop_later *later = list_entry(loop->later.next, struct loop_later, link);
        list_remove(&later->link);
        later->function(later->context);
    }
    list_remove(&loop->later_mark);
}

static int prepare_to_sleep(struct loop *loop)
{
    int wait_ms = list_empty(&loop->later) ? loop_timers_wait_ms(loop) : 0;
    pthread_mutex_lock(&loop->lock);
    if (loop->posted_count || atomic_load(&loop->stopping))
        wait_ms = 0;
    loop->asleep = wait_ms != 0;
    pthread_mutex_unlock(&loop->lock);
    return wait_ms;
}

static void awake(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    loop->asleep = false;
    pthread_mutex_unlock(&loop->lock);
}

static void run_turn(struct loop *loop)
{
    struct epoll_event events[EVENTS_PER_TURN];
    int wait_ms = prepare_to_sleep(loop);
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_PER_TURN, wait_ms);
    if (wait_ms != 0)
        awake(loop);
    for (int i = 0; i < count; i++) {
        struct loop_fd *watch = events[i].data.ptr;
        if (watch && watch->function)
            watch->function(watch->context, events[i].events);
    }
    run_posted(loop);
    loop_timers_run(loop);
    run_later(loop);
    free_removed(loop);
}

void loop_run(struct loop *loop)
{
    struct loop *outer = current_loop;
    require(outer != loop);
    current_loop = loop;
    while (!atomic_load(&loop->stopping))
        run_turn(loop);
    run_posted(loop); /* what was posted before the stop */
    run_later(loop);
    free_removed(loop);
    atomic_store(&loop->stopping, false);
    current_loop = outer;
}

void loop_stop(struct loop *loop)
{
    atomic_store(&loop->stopping, true);
    wake(loop);
}

static void *run_thread(void *arg)
{
    loop_run(arg);
    return NULL;
}

int loop_start_thread(struct loop *loop, const char *name)
{
    require(!loop->has_thread);
    int error = thread_start(name, LOOP_STACK_BYTES, run_thread, loop, &loop->thread);
    if (error) {
        log_error("cannot start thread %s: %s", name, strerror(error));
        return -1;
    }
    loop->has_thread = true;
    return 0;
}

void loop_join_thread(struct loop *loop)
{
    if (!loop->has_thread)
        return;
    loop_stop(loop);
    pthread_join((pthread_t)loop->thread, NULL);
    loop->has_thread = false;
    atomic_store(&loop->stopping, false);
}

bool loop_is_current(const struct loop *loop)
{
    return current_loop == loop;
}

static void run_rest(struct loop *loop)
{
    struct loop *outer = current_loop;
    current_loop = loop;
    while (loop->posted_count || !list_empty(&loop->later)) {
        run_posted(loop);
        run_later(loop);
    }
    current_loop = outer;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    loop_join_thread(loop);
    run_rest(loop);
    free_removed(loop);
    if (loop->scratch)
        loop->scratch_free(loop->scratch);
    close(loop->epoll_fd);
    close(loop->wake_fd);
    pthread_mutex_destroy(&loop->lock);
    free(loop->posted);
    free(loop->spare);
    free(loop->heap);
    free(loop);
}
