/* SPDX-License-Identifier: Apache-2.0 */
/* The token bucket and the back-off, on a clock of the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/cloud-http/pace.h"

#define MS INT64_C(1000000)
#define S  (1000 * MS)

static void test_bucket(void **state)
{
    struct pace p;
    pace_init(&p, 10);
    for (int i = 0; i < 10; i++)
        assert_int_equal(pace_take_ns(&p, S), 0);
    /* Empty: takers queue up a tenth of a second apart. */
    assert_in_range(pace_take_ns(&p, S), 99 * MS, 101 * MS);
    assert_in_range(pace_take_ns(&p, S), 199 * MS, 201 * MS);
    assert_in_range(pace_take_ns(&p, S + 200 * MS), 99 * MS, 101 * MS);
    /* A long rest gives one second's worth, no more. */
    for (int i = 0; i < 10; i++)
        assert_int_equal(pace_take_ns(&p, 1000 * S), 0);
    assert_true(pace_take_ns(&p, 1000 * S) > 0);
    /* A clock that stands still or goes back is no gift and no harm. */
    assert_true(pace_take_ns(&p, 999 * S) > 0);
    pace_done(&p);
}

static void test_throttling(void **state)
{
    struct pace p;
    pace_init(&p, 10);
    for (int i = 0; i < 20; i++) /* one burst: slower once */
        pace_throttled(&p, 5 * S + i * MS);
    assert_true(p.rate > 6.9 && p.rate < 7.1);
    pace_answered(&p, 5 * S + 900 * MS); /* of the same burst */
    assert_true(p.rate < 7.1);
    for (int i = 0; i < 100; i++)
        pace_throttled(&p, (7 + 2 * i) * S);
    assert_true(p.rate >= 0.5 && p.rate < 0.51); /* never to a standstill */
    double before = p.rate;
    int answers = 0;
    for (; p.rate < 10 && answers < 10000; answers++) {
        pace_answered(&p, (1000 + answers) * S);
        assert_true(p.rate > before);
        before = p.rate;
    }
    assert_true(answers > 50 && answers < 200); /* slowly beyond what was too much */
    pace_answered(&p, 20000 * S);
    assert_true(p.rate <= 10);
    pace_done(&p);
}

static void test_rate_below_one(void **state)
{
    struct pace p;
    pace_init(&p, 0.5);
    assert_true(pace_take_ns(&p, 10 * S) == 0);
    assert_true(pace_take_ns(&p, 20 * S) == 0);
    assert_true(pace_take_ns(&p, 20 * S) > S);
    pace_done(&p);
}

static void test_backoff(void **state)
{
    static const struct {
        unsigned n;
        double random01;
        int64_t ms;
    } cases[] = {{0, 0, 0},     {0, 0.5, 50},   {1, 0.5, 100},          {3, 0.999, 799},
                 {4, 0.5, 500}, {63, 0.5, 500}, {4000000000u, 0.5, 500}};
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(backoff_ms(cases[i].n, 100, 1000, cases[i].random01), cases[i].ms);
}

static void test_wait(void **state)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int64_t now = pace_clock_ns();
    assert_int_equal(pace_wait(0, INT64_MAX, -1), PACE_WAITED);
    assert_int_equal(pace_wait(20 * MS, INT64_MAX, ends[0]), PACE_WAITED);
    assert_true(pace_clock_ns() - now >= 20 * MS);
    /* What would end too late is not begun, and an end of the call is the end of the wait. */
    assert_int_equal(pace_wait(3600 * S, pace_clock_ns() + 1800 * S, ends[0]), PACE_NO_TIME);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(pace_wait(3600 * S, INT64_MAX, ends[0]), PACE_CANCELLED);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bucket),         cmocka_unit_test(test_throttling),
        cmocka_unit_test(test_rate_below_one), cmocka_unit_test(test_backoff),
        cmocka_unit_test(test_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
