/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules: what is taken, what is refused, and the times they name, also where clocks are changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/cron-schedule.h"

static int64_t seconds(const char *text)
{
    int64_t ns = 0;
    assert_true(time_parse(slice_of(text), &ns));
    return ns / NS_PER_S;
}

static void times(void **state)
{
    static const struct {
        const char *schedule, *zone, *after, *next;
    } cases[] = {
        {"* * * * *", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"},
        {"* * * * *", "UTC", "2026-01-01T00:00:59Z", "2026-01-01T00:01:00Z"},
        {"*/15 * * * *", "UTC", "2026-01-01T00:50:00Z", "2026-01-01T01:00:00Z"},
        {"5/20 * * * *", "UTC", "2026-01-01T00:06:00Z", "2026-01-01T00:25:00Z"},
        {"30 3 * * *", "UTC", "2026-12-31T03:30:00Z", "2027-01-01T03:30:00Z"},
        {"0 0 29 2 *", "UTC", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"},
        {"0 12 * * mon-fri", "UTC", "2026-01-02T12:00:00Z", "2026-01-05T12:00:00Z"},
        {"0 12 * * SUN", "UTC", "2026-01-02T12:00:00Z", "2026-01-04T12:00:00Z"},
        {"0 0 13 * 5", "UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"}, /* either day */
        {"0 0 1 jan,jul *", "UTC", "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z"},
        {"0 8-10,20 * * *", "UTC", "2026-01-01T10:30:00Z", "2026-01-01T20:00:00Z"},
        {"@hourly", "UTC", "2026-01-01T00:30:00Z", "2026-01-01T01:00:00Z"},
        {"@weekly", "UTC", "2026-01-01T00:30:00Z", "2026-01-04T00:00:00Z"},
        {"@every 90m", "UTC", "2026-01-01T00:30:00Z", "2026-01-01T02:00:00Z"},
        {"0 9 * * *", "Europe/Berlin", "2026-01-01T00:00:00Z", "2026-01-01T08:00:00Z"},
        {"0 9 * * *", "Europe/Berlin", "2026-07-01T00:00:00Z", "2026-07-01T07:00:00Z"},
        {"0 9 * * *", "America/New_York", "2026-07-01T00:00:00Z", "2026-07-01T13:00:00Z"},
        {"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
         "2026-03-30T00:30:00Z"}, /* 2:30 does not exist on the 29th */
        {"30 2 * * *", "Asia/Kolkata", "2026-03-28T12:00:00Z", "2026-03-28T21:00:00Z"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cron_schedule c;
        struct cron_zone *z = NULL;
        assert_int_equal(cron_parse(slice_of(cases[i].schedule), &c, NULL), 0);
        assert_int_equal(cron_zone_load(cases[i].zone, &z, NULL), 0);
        assert_int_equal(cron_next(&c, z, seconds(cases[i].after)), seconds(cases[i].next));
        cron_zone_free(z);
    }
}

static void nonsense(void **state)
{
    static const char *const cases[] = {
        "",           "* * * *",    "* * * * * *", "60 * * * *",  "* 24 * * *",  "* * 0 * *",    "* * 32 * *",
        "* * * 13 *", "* * * * 7",  "a * * * *",   "1-0 * * * *", "*/0 * * * *", "1,,2 * * * *", "@often",
        "@every x",   "@every 1ms", "-1 * * * *",  "1- * * * *",  "* * * foo *"};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cron_schedule c;
        struct error err = ERROR_INIT;
        assert_int_equal(cron_parse(slice_of(cases[i]), &c, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        error_done(&err);
    }
    static const char *const zones[] = {"Nowhere/City", "../../../etc/passwd", "/etc/localtime", "", "Europe",
                                        "a;b"};
    for (size_t i = 0; i < ARRAY_SIZE(zones); i++) {
        struct cron_zone *z = NULL;
        assert_int_equal(cron_zone_load(zones[i], &z, NULL), -1);
        assert_null(z);
    }
}

static void never(void **state)
{
    struct cron_schedule c;
    assert_int_equal(cron_parse(SLICE("0 0 31 2 *"), &c, NULL), 0);
    assert_int_equal(cron_next(&c, NULL, seconds("2026-01-01T00:00:00Z")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(times), cmocka_unit_test(nonsense),
                                       cmocka_unit_test(never)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
