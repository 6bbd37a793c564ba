/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loop's timers: a binary heap of pointers to timers that are embedded in their owners, so starting, moving
 * and stopping one costs O(log n) and no allocation. Time is the monotonic clock of core/base/clock.h, hence
 * a test may simulate it.
 */
#include "core/io/loop.h"

#include <limits.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/io/loop-private.h"

static void heap_place(struct loop *loop, size_t index, struct loop_timer *timer)
{
    loop->heap[index] = timer;
    timer->heap_index = (uint32_t)index;
}

static void heap_up(struct loop *loop, size_t index, struct loop_timer *timer)
{
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (loop->heap[parent]->due_ms <= timer->due_ms)
            break;
        heap_place(loop, index, loop->heap[parent]);
        index = parent;
    }
    heap_place(loop, index, timer);
}

static void heap_down(struct loop *loop, size_t index, struct loop_timer *timer)
{
    for (;;) {
        size_t child = index * 2 + 1;
        if (child >= loop->heap_count)
            break;
        if (child + 1 < loop->heap_count && loop->heap[child + 1]->due_ms < loop->heap[child]->due_ms)
            child++;
        if (timer->due_ms <= loop->heap[child]->due_ms)
            break;
        heap_place(loop, index, loop->heap[child]);
        index = child;
    }
    heap_place(loop, index, timer);
}

static void heap_remove(struct loop *loop, size_t index)
{
    struct loop_timer *last = loop->heap[--loop->heap_count];
    if (index == loop->heap_count)
        return;
    if (index > 0 && last->due_ms < loop->heap[(index - 1) / 2]->due_ms)
        heap_up(loop, index, last);
    else
        heap_down(loop, index, last);
}

void loop_timer_init(struct loop_timer *timer, struct loop *loop, void (*function)(void *context),
                     void *context)
{
    *timer = (struct loop_timer){.loop = loop, .function = function, .context = context};
}

void loop_timer_start(struct loop_timer *timer, int64_t after_ms)
{
    struct loop *loop = timer->loop;
    loop_timer_stop(timer);
    /* Rounded up, so that a timer never fires early. */
    timer->due_ms = (clock_monotonic_ns() + NS_PER_MS - 1) / NS_PER_MS + MAX(after_ms, 0);
    loop->heap = xgrow(loop->heap, &loop->heap_capacity, loop->heap_count + 1, sizeof(loop->heap[0]));
    heap_up(loop, loop->heap_count++, timer);
}

void loop_timer_stop(struct loop_timer *timer)
{
    if (!timer->due_ms)
        return;
    heap_remove(timer->loop, timer->heap_index);
    timer->due_ms = 0;
}

int loop_timers_wait_ms(const struct loop *loop)
{
    if (!loop->heap_count)
        return -1;
    int64_t wait_ns = loop->heap[0]->due_ms * NS_PER_MS - clock_monotonic_ns();
    if (wait_ns <= 0)
        return 0;
    return (int)MIN((wait_ns + NS_PER_MS - 1) / NS_PER_MS, INT_MAX);
}

void loop_timers_run(struct loop *loop)
{
    if (!loop->heap_count)
        return;
    int64_t now_ms = clock_monotonic_ms();
    /* At most those that were there: a timer that starts itself again with 0 must not starve the descriptors.
     */
    for (size_t left = loop->heap_count; left > 0 && loop->heap_count; left--) {
        struct loop_timer *timer = loop->heap[0];
        if (timer->due_ms > now_ms)
            return;
        loop_timer_stop(timer);
        timer->function(timer->context);
    }
}
