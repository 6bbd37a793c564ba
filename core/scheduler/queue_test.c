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

static void expect_pop(struct queue *q, const char *key)
{
    char *popped = queue_pop(q);
    assert_string_equal(popped, key);
    free(popped);
}

static struct queue_counts count(struct queue *q)
{
    struct queue_counts c;
    queue_count(q, &c);
    return c;
}

static void urgent_first_then_oldest(void **state)
{
    struct queue *q = queue_new(&(struct queue_config){0});
    queue_add(q, "a", 0, false);
    queue_add(q, "b", 5, false);
    queue_add(q, "c", 5, false);
    queue_add(q, "a", 0, false);
    expect_pop(q, "b");
    expect_pop(q, "c");
    expect_pop(q, "a");
    assert_int_equal(count(q).active, 0);
    queue_free(q);
}

static void a_gated_pod_waits_for_its_gates(void **state)
{
    struct queue *q = queue_new(&(struct queue_config){0});
    queue_add(q, "g", 9, true);
    queue_add(q, "a", 0, false);
    expect_pop(q, "a");
    assert_int_equal(count(q).gated, 1);
    queue_add(q, "g", 9, false);
    expect_pop(q, "g");
    queue_free(q);
}

static void asleep_until_something_helps(void **state)
{
    struct queue *q = queue_new(&(struct queue_config){0});
    queue_add(q, "p", 0, false);
    expect_pop(q, "p");
    queue_fail(q, "p", WAKE_POD_GONE);
    assert_int_equal(count(q).unschedulable, 1);
    queue_wake(q, WAKE_NODE_LABELS);
    assert_int_equal(count(q).unschedulable, 1);
    queue_wake(q, WAKE_POD_GONE); /* its back-off of 1 s is not over */
    assert_int_equal(count(q).backoff, 1);
    now_ns += 2 * NS_PER_S;
    expect_pop(q, "p");
    queue_fail(q, "p", WAKE_POD_GONE);
    now_ns += 20 * NS_PER_S;
    queue_wake(q, WAKE_POD_GONE); /* now it is */
    assert_int_equal(count(q).active, 1);
    queue_free(q);
}

static void what_happens_during_the_decision_counts(void **state)
{
    struct queue *q = queue_new(&(struct queue_config){0});
    queue_add(q, "p", 0, false);
    expect_pop(q, "p");
    queue_wake(q, WAKE_NODE_ADDED);
    queue_fail(q, "p", WAKE_NODE_ADDED);
    assert_int_equal(count(q).backoff, 1);
    queue_free(q);
}

static void sleep_ends_after_five_minutes(void **state)
{
    struct queue *q = queue_new(&(struct queue_config){0});
    queue_add(q, "p", 0, false);
    expect_pop(q, "p");
    queue_fail(q, "p", WAKE_NODE_ADDED);
    now_ns += 301 * NS_PER_S;
    expect_pop(q, "p");
    queue_free(q);
}

static void backoff_doubles(void **state)
{
    struct queue *q = queue_new(&(struct queue_config){.initial_backoff_ms = 1000, .max_backoff_ms = 3000});
    static const int64_t pauses_s[] = {1, 2, 3, 3};
    queue_add(q, "p", 0, false);
    for (size_t i = 0; i < 4; i++) {
        expect_pop(q, "p");
        queue_fail(q, "p", 0);
        now_ns += pauses_s[i] * NS_PER_S - NS_PER_MS;
        queue_add(q, "probe", 0, false);
        expect_pop(q, "probe"); /* p is not due yet */
        queue_done(q, "probe");
        now_ns += 2 * NS_PER_MS;
    }
    expect_pop(q, "p");
    queue_free(q);
}

static void gone_while_deciding(void **state)
{
    struct queue *q = queue_new(&(struct queue_config){0});
    queue_add(q, "p", 0, false);
    expect_pop(q, "p");
    queue_remove(q, "p");
    queue_fail(q, "p", 0);
    struct queue_counts c = count(q);
    assert_int_equal(c.active + c.backoff + c.unschedulable, 0);
    queue_stop(q);
    assert_null(queue_pop(q));
    queue_free(q);
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
        cmocka_unit_test(what_happens_during_the_decision_counts),
        cmocka_unit_test(sleep_ends_after_five_minutes),
        cmocka_unit_test(backoff_doubles),
        cmocka_unit_test(gone_while_deciding),
    };
    return cmocka_run_group_tests(tests, use_test_clock, NULL);
}
