/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: posts keep their order and arrive from any thread, timers fire in order and never early,
 * descriptors may go inside callbacks. */
#include "core/io/loop.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/workers.h"

struct record {
    struct loop *loop;
    unsigned order[8];
    unsigned count;
};

struct step {
    struct record *record;
    unsigned number;
};

static void note(void *context)
{
    struct step *step = context;
    step->record->order[step->record->count++] = step->number;
}

static void stop(void *context)
{
    loop_stop(context);
}

static void test_posts_run_in_order(void **state)
{
    struct loop *loop = loop_new();
    struct record record = {.loop = loop};
    struct step steps[4];
    for (unsigned i = 0; i < 4; i++) {
        steps[i] = (struct step){&record, i};
        loop_post(loop, note, &steps[i]);
    }
    loop_post(loop, stop, loop);
    loop_run(loop);
    assert_int_equal(record.count, 4);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(record.order[i], i);
    loop_free(loop);
}

static void test_posts_before_a_stop_and_a_free_run(void **state)
{
    struct loop *loop = loop_new();
    struct record record = {.loop = loop};
    struct step step = {&record, 7};
    loop_stop(loop);
    loop_post(loop, note, &step);
    loop_run(loop);
    assert_int_equal(record.count, 1);
    loop_post(loop, note, &step);
    loop_free(loop);
    assert_int_equal(record.count, 2);
}

#define THREADS 4
#define POSTS   20000

struct poster {
    struct loop *loop;
    unsigned seen; /* loop thread */
    unsigned thread;
    unsigned long handle;
};

struct numbered {
    struct poster *poster;
    unsigned number;
};

static void count_in_order(void *context)
{
    struct numbered *n = context;
    assert_true(loop_is_current(n->poster->loop));
    assert_int_equal(n->number, n->poster->seen++);
    free(n);
}

static void *post_many(void *arg)
{
    struct poster *poster = arg;
    assert_false(loop_is_current(poster->loop));
    for (unsigned i = 0; i < POSTS; i++) {
        struct numbered *n = new0(struct numbered);
        *n = (struct numbered){poster, i};
        loop_post(poster->loop, count_in_order, n);
    }
    return NULL;
}

static void test_posts_from_threads(void **state)
{
    struct loop *loop = loop_new();
    struct poster posters[THREADS] = {0};
    assert_int_equal(loop_start_thread(loop, "test-loop"), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        posters[i] = (struct poster){.loop = loop, .thread = i};
        assert_int_equal(thread_start("poster", 0, post_many, &posters[i], &posters[i].handle), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join((pthread_t)posters[i].handle, NULL);
    loop_free(loop);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(posters[i].seen, POSTS);
}

struct timed {
    struct record *record;
    struct loop_timer timer;
    int64_t started_ns, after_ms;
    unsigned number;
};

static void on_timer(void *context)
{
    struct timed *t = context;
    assert_true(clock_monotonic_ns() - t->started_ns >= t->after_ms * NS_PER_MS);
    t->record->order[t->record->count++] = t->number;
    if (t->record->count == 3)
        loop_stop(t->record->loop);
}

static void test_timers_fire_in_order_and_not_early(void **state)
{
    static const int64_t after_ms[] = {30, 10, 20, 15};
    struct loop *loop = loop_new();
    struct record record = {.loop = loop};
    struct timed timed[4];
    for (unsigned i = 0; i < 4; i++) {
        timed[i] = (struct timed){
            .record = &record, .after_ms = after_ms[i], .number = i, .started_ns = clock_monotonic_ns()};
        loop_timer_init(&timed[i].timer, loop, on_timer, &timed[i]);
        loop_timer_start(&timed[i].timer, after_ms[i]);
    }
    loop_timer_stop(&timed[3].timer);
    loop_timer_stop(&timed[3].timer);
    loop_run(loop);
    assert_int_equal(record.order[0], 1);
    assert_int_equal(record.order[1], 2);
    assert_int_equal(record.order[2], 0);
    loop_free(loop);
}

static void count_only(void *context)
{
    ++*(unsigned *)context;
}

/* Against a sorted copy: many timers, moved and stopped by a fixed rule. */
static void test_timer_heap(void **state)
{
    enum { COUNT = 500 };
    struct loop *loop = loop_new();
    struct loop_timer timers[COUNT];
    unsigned fired = 0, expected = 0;
    for (unsigned i = 0; i < COUNT; i++) {
        loop_timer_init(&timers[i], loop, count_only, &fired);
        loop_timer_start(&timers[i], (i * 7919) % 13);
    }
    for (unsigned i = 0; i < COUNT; i += 3)
        loop_timer_start(&timers[i], (i * 104729) % 11);
    for (unsigned i = 0; i < COUNT; i++)
        if (i % 5 == 0)
            loop_timer_stop(&timers[i]);
        else
            expected++;
    struct loop_timer last;
    loop_timer_init(&last, loop, stop, loop);
    loop_timer_start(&last, 14);
    loop_run(loop);
    assert_int_equal(fired, expected);
    loop_free(loop);
}

struct pair {
    struct loop *loop;
    struct loop_fd *watches[2];
    int pipes[2][2];
    unsigned calls;
};

/* Whoever is called first removes both: the other's event of the same turn must not arrive. */
static void remove_both(void *context, uint32_t events)
{
    struct pair *pair = context;
    pair->calls++;
    loop_fd_remove(pair->watches[0]);
    loop_fd_remove(pair->watches[1]);
    loop_stop(pair->loop);
}

static void test_removal_inside_a_callback(void **state)
{
    struct pair pair = {.loop = loop_new()};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pipe(pair.pipes[i]), 0);
        assert_int_equal(write(pair.pipes[i][1], "x", 1), 1);
        pair.watches[i] = loop_fd_add(pair.loop, pair.pipes[i][0], EPOLLIN, remove_both, &pair);
    }
    loop_run(pair.loop);
    assert_int_equal(pair.calls, 1);
    for (int i = 0; i < 2; i++) {
        close(pair.pipes[i][0]);
        close(pair.pipes[i][1]);
    }
    loop_free(pair.loop);
}

struct again {
    struct loop *loop;
    struct loop_later later;
    unsigned runs;
};

static void run_again(void *context)
{
    struct again *again = context;
    if (++again->runs == 3)
        loop_stop(again->loop);
    else
        loop_later_start(again->loop, &again->later);
}

static void test_later_runs_once_a_turn(void **state)
{
    struct again again = {.loop = loop_new()};
    struct again never = {.loop = again.loop};
    loop_later_init(&again.later, run_again, &again);
    loop_later_init(&never.later, run_again, &never);
    loop_later_start(again.loop, &again.later);
    loop_later_start(again.loop, &again.later);
    loop_later_start(again.loop, &never.later);
    loop_later_stop(&never.later);
    loop_run(again.loop);
    assert_int_equal(again.runs, 3);
    assert_int_equal(never.runs, 0);
    loop_free(again.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_posts_run_in_order),
        cmocka_unit_test(test_posts_before_a_stop_and_a_free_run),
        cmocka_unit_test(test_posts_from_threads),
        cmocka_unit_test(test_timers_fire_in_order_and_not_early),
        cmocka_unit_test(test_timer_heap),
        cmocka_unit_test(test_removal_inside_a_callback),
        cmocka_unit_test(test_later_runs_once_a_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
