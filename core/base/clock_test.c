/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks and times as text. */
#include "core/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <cmocka.h>

#include "core/base/memory.h"

static int64_t fake_realtime(void)
{
    return 42;
}

static int64_t fake_monotonic(void)
{
    return 7 * NS_PER_MS;
}

static void test_source(void **state)
{
    static const struct clock_source fake = {fake_realtime, fake_monotonic};
    int64_t before = clock_monotonic_ns();

    assert_true(clock_monotonic_ns() >= before);
    assert_true(clock_realtime_ns() / NS_PER_S >= time(NULL) - 1);
    clock_set_source(&fake);
    assert_int_equal(clock_realtime_ns(), 42);
    assert_int_equal(clock_monotonic_ms(), 7);
    clock_set_source(NULL);
    assert_true(clock_monotonic_ns() >= before);
}

static void test_format(void **state)
{
    static const struct {
        int64_t ns;
        const char *seconds, *micro, *nano;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z", "1970-01-01T00:00:00.000000000Z"},
        {-1, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999999Z"},
        {INT64_C(1136214245123456789), "2006-01-02T15:04:05Z", "2006-01-02T15:04:05.123456Z",
         "2006-01-02T15:04:05.123456789Z"},
        {INT64_C(951782400) * NS_PER_S, "2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000000Z",
         "2000-02-29T00:00:00.000000000Z"},
        {INT64_MAX, "2262-04-11T23:47:16Z", "2262-04-11T23:47:16.854775Z", "2262-04-11T23:47:16.854775807Z"},
        {INT64_MIN, "1677-09-21T00:12:43Z", "1677-09-21T00:12:43.145224Z", "1677-09-21T00:12:43.145224192Z"},
    };
    char text[TIME_TEXT_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        time_format(cases[i].ns, text);
        assert_string_equal(text, cases[i].seconds);
        time_format_micro(cases[i].ns, text);
        assert_string_equal(text, cases[i].micro);
        time_format_nano(cases[i].ns, text);
        assert_string_equal(text, cases[i].nano);
    }
}

/* Every day from 1678 to 2262, against the C library and back again. */
static void test_every_day(void **state)
{
    for (int64_t day = -106500; day < 106500; day++) {
        char text[TIME_TEXT_MAX], want[TIME_TEXT_MAX];
        time_t seconds = (time_t)(day * 86400 + (day & 65535));
        int64_t ns;
        struct tm tm;

        time_format((int64_t)seconds * NS_PER_S, text);
        strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &tm));
        assert_string_equal(text, want);
        assert_true(time_parse(slice_of(text), &ns));
        assert_int_equal(ns, (int64_t)seconds * NS_PER_S);
    }
}

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"2006-01-02T15:04:05Z", INT64_C(1136214245000000000)},
        {"2006-01-02T15:04:05.5Z", INT64_C(1136214245500000000)},
        {"2006-01-02T15:04:05,25Z", INT64_C(1136214245250000000)},
        {"2006-01-02T15:04:05.1234567899Z", INT64_C(1136214245123456789)},
        {"2006-01-02T17:04:05+02:00", INT64_C(1136214245000000000)},
        {"2006-01-02T08:34:05-06:30", INT64_C(1136214245000000000)},
        {"1969-12-31T23:59:59.9Z", -100000000},
        {"0001-01-01T00:00:00Z", INT64_MIN},
        {"9999-12-31T23:59:59Z", INT64_MAX},
    };
    static const char *const bad[] = {
        "",
        "2006-01-02",
        "2006-01-02 15:04:05Z",
        "2006-01-02T15:04:05",
        "2006-01-02T15:04:05z",
        "2006-01-02t15:04:05Z",
        "2006-01-02T15:04:05.Z",
        "2006-01-02T15:04:05+0200",
        "2006-01-02T15:04:05+02:0",
        "2006-01-02T15:04:05+02:60",
        "2006-01-02T15:04:05Z ",
        "2006-13-02T15:04:05Z",
        "2006-00-02T15:04:05Z",
        "2006-02-29T15:04:05Z",
        "1900-02-29T15:04:05Z",
        "2006-04-31T15:04:05Z",
        "2006-01-00T15:04:05Z",
        "2006-01-02T24:04:05Z",
        "2006-01-02T15:60:05Z",
        "2006-01-02T15:04:60Z",
        "-006-01-02T15:04:05Z",
        "2006-1-02T15:04:05Z",
    };
    int64_t ns;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_true(time_parse(slice_of(cases[i].text), &ns));
        assert_int_equal(ns, cases[i].ns);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        ns = 4711;
        assert_false(time_parse(slice_of(bad[i]), &ns));
        assert_int_equal(ns, 4711);
    }
}

static void test_age(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {
        {-2, "<invalid>"},
        {-1, "0s"},
        {0, "0s"},
        {119, "119s"},
        {120, "2m"},
        {303, "5m3s"},
        {599, "9m59s"},
        {600, "10m"},
        {659, "10m"},
        {3 * 3600 - 1, "179m"},
        {3 * 3600, "3h"},
        {3 * 3600 + 60, "3h1m"},
        {8 * 3600 - 1, "7h59m"},
        {8 * 3600 + 1800, "8h"},
        {48 * 3600 - 1, "47h"},
        {48 * 3600, "2d"},
        {52 * 3600, "2d4h"},
        {8 * 86400 - 1, "7d23h"},
        {8 * 86400 + 3600, "8d"},
        {2 * 365 * 86400 - 1, "729d"},
        {2 * 365 * 86400, "2y"},
        {(2 * 365 + 9) * 86400, "2y9d"},
        {8 * 365 * 86400, "8y"},
        {(8 * 365 + 100) * 86400, "8y"},
    };
    char text[TIME_TEXT_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        time_format_age(cases[i].seconds * NS_PER_S, text);
        assert_string_equal(text, cases[i].text);
    }
    time_format_age(INT64_MAX, text);
    assert_string_equal(text, "292y");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_source), cmocka_unit_test(test_format), cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_parse),  cmocka_unit_test(test_age),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
