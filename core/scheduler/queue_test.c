/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/scheduler/queue.h"

static int64_t now_ns = INT64_C(1000) * NS_PER_S;
static int64_t test_clock(void)
{
    return now_ns;
}
static const struct clock_source source = {test_clock, test_clock};

struct fixture {
    struct queue queue;
    struct queue_entry a, b, c;
};

static void begin(struct fixture *f, int64_t max_backoff_ms)
{
    queue_init(&f->queue, 1000, max_backoff_ms);
    queue_entry_init(&f->a);
    queue_entry_init(&f->b);
    queue_entry_init(&f->c);
}

static void end(struct fixture *f)
{
    queue_done(&f->queue);
}

#define expect_pop(f, member)         assert_ptr_equal(queue_pop(&(f)->queue), &(f)->member)
#define expect_nothing(f)             assert_null(queue_pop(&(f)->queue))
#define expect_count(f, place, count) assert_int_equal(queue_count(&(f)->queue, place), count)

static void urgent_first_then_oldest(void **state)
{
    struct fixture f;
    begin(&f, 10000);
    queue_add(&f.queue, &f.a, 0, false);
    queue_add(&f.queue, &f.b, 5, false);
    queue_add(&f.queue, &f.c, 5, false);
    expect_pop(&f, b);
    expect_pop(&f, c);
    expect_pop(&f, a);
    expect_nothing(&f);
    end(&f);
}

static void a_gated_pod_waits_for_its_gates(void **state)
{
    struct fixture f;
    begin(&f, 10000);
    queue_add(&f.queue, &f.a, 9, true);
    expect_nothing(&f);
    queue_wake(&f.queue, WAKE_ALL, NULL, NULL);
    expect_nothing(&f);
    expect_count(&f, QUEUE_GATED, 1);
    queue_add(&f.queue, &f.a, 9, false);
    expect_pop(&f, a);
    end(&f);
}

static bool only_b(void *context, struct queue_entry *e)
{
    return e == &((struct fixture *)context)->b;
}

static void asleep_until_something_helps(void **state)
{
    struct fixture f;
    begin(&f, 10000);
    queue_sleep(&f.queue, &f.a, WAKE_POD_GONE, 1);
    queue_sleep(&f.queue, &f.b, WAKE_POD_GONE, 1);
    queue_wake(&f.queue, WAKE_NODE_LABELS, NULL, NULL);
    expect_nothing(&f);
    queue_wake(&f.queue, WAKE_POD_GONE, only_b, &f);
    expect_count(&f, QUEUE_ASLEEP, 1);
    expect_count(&f, QUEUE_BACKOFF, 1); /* its second is not over */
    now_ns += 2 * NS_PER_S;
    queue_wake(&f.queue, WAKE_POD_GONE, NULL, NULL);
    expect_count(&f, QUEUE_ACTIVE, 1); /* now it is */
    end(&f);
}

static void who_backs_off_is_tried_early_when_nothing_else_is_to_be_done(void **state)
{
    struct fixture f;
    begin(&f, 10000);
    queue_sleep(&f.queue, &f.a, WAKE_POD_GONE, 1);
    queue_wake(&f.queue, WAKE_POD_GONE, NULL, NULL);
    queue_add(&f.queue, &f.b, 0, false);
    expect_pop(&f, b);
    expect_pop(&f, a);
    end(&f);
}

static void sleep_ends_after_five_minutes(void **state)
{
    struct fixture f;
    begin(&f, 10000);
    queue_sleep(&f.queue, &f.a, WAKE_NODE_ADDED, 1);
    now_ns += 299 * NS_PER_S;
    expect_nothing(&f);
    assert_int_equal(queue_due_ms(&f.queue), now_ns / NS_PER_MS + 1000);
    now_ns += 1 * NS_PER_S;
    expect_pop(&f, a);
    end(&f);
}

static void backoff_after_errors_doubles(void **state)
{
    struct fixture f;
    static const int64_t pauses_ms[] = {1000, 2000, 3000, 3000};
    begin(&f, 3000);
    for (size_t i = 0; i < 4; i++) {
        queue_retry(&f.queue, &f.a);
        assert_int_equal(queue_due_ms(&f.queue), now_ns / NS_PER_MS + pauses_ms[i]);
        now_ns += (pauses_ms[i] - 1) * NS_PER_MS;
        expect_nothing(&f);
        now_ns += NS_PER_MS;
        expect_pop(&f, a);
    }
    end(&f);
}

static void gone_from_every_place(void **state)
{
    struct fixture f;
    begin(&f, 10000);
    queue_add(&f.queue, &f.a, 0, false);
    queue_sleep(&f.queue, &f.b, WAKE_ALL, 1);
    queue_retry(&f.queue, &f.c);
    queue_remove(&f.queue, &f.a);
    queue_remove(&f.queue, &f.b);
    queue_remove(&f.queue, &f.c);
    queue_remove(&f.queue, &f.c);
    now_ns += 600 * NS_PER_S;
    expect_nothing(&f);
    assert_true(queue_due_ms(&f.queue) == INT64_MAX);
    end(&f);
}

static int use_test_clock(void **state)
{
    clock_set_source(&source);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urgent_first_then_oldest),
        cmocka_unit_test(a_gated_pod_waits_for_its_gates),
        cmocka_unit_test(asleep_until_something_helps),
        cmocka_unit_test(who_backs_off_is_tried_early_when_nothing_else_is_to_be_done),
        cmocka_unit_test(sleep_ends_after_five_minutes),
        cmocka_unit_test(backoff_after_errors_doubles),
        cmocka_unit_test(gone_from_every_place),
    };
    return cmocka_run_group_tests(tests, use_test_clock, NULL);
}
