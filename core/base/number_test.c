/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, booleans and durations: what is taken, what is refused, and that a refusal writes nothing. */
#include "core/base/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "core/base/memory.h"

#define UNTOUCHED 4711

static void test_i64(void **state)
{
    static const struct {
        const char *text;
        int64_t min, max;
        bool good;
        int64_t value;
    } cases[] = {
        {"0", INT64_MIN, INT64_MAX, true, 0},
        {"-0", INT64_MIN, INT64_MAX, true, 0},
        {"007", INT64_MIN, INT64_MAX, true, 7},
        {"9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX},
        {"-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN},
        {"9223372036854775808", INT64_MIN, INT64_MAX, false, 0},
        {"-9223372036854775809", INT64_MIN, INT64_MAX, false, 0},
        {"99999999999999999999999", INT64_MIN, INT64_MAX, false, 0},
        {"65535", 1, 65535, true, 65535},
        {"65536", 1, 65535, false, 0},
        {"0", 1, 65535, false, 0},
        {"-5", -5, 5, true, -5},
        {"-6", -5, 5, false, 0},
        {"", INT64_MIN, INT64_MAX, false, 0},
        {"-", INT64_MIN, INT64_MAX, false, 0},
        {"--1", INT64_MIN, INT64_MAX, false, 0},
        {"+1", INT64_MIN, INT64_MAX, false, 0},
        {" 1", INT64_MIN, INT64_MAX, false, 0},
        {"1 ", INT64_MIN, INT64_MAX, false, 0},
        {"1e3", INT64_MIN, INT64_MAX, false, 0},
        {"0x10", INT64_MIN, INT64_MAX, false, 0},
        {"1.0", INT64_MIN, INT64_MAX, false, 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t value = UNTOUCHED;

        assert_int_equal(parse_i64(slice_of(cases[i].text), cases[i].min, cases[i].max, &value),
                         cases[i].good);
        assert_int_equal(value, cases[i].good ? cases[i].value : UNTOUCHED);
    }
}

static void test_u64(void **state)
{
    uint64_t value = UNTOUCHED;

    assert_true(parse_u64(SLICE("18446744073709551615"), UINT64_MAX, &value));
    assert_true(value == UINT64_MAX);
    assert_false(parse_u64(SLICE("18446744073709551616"), UINT64_MAX, &value));
    assert_false(parse_u64(SLICE("18446744073709551620"), UINT64_MAX, &value));
    assert_false(parse_u64(SLICE("-1"), UINT64_MAX, &value));
    assert_false(parse_u64(SLICE("11"), 10, &value));
    assert_false(parse_u64((struct slice){0}, 10, &value));
    assert_false(parse_u64((struct slice){"1\0", 2}, 10, &value));
    assert_true(value == UINT64_MAX);
}

static void test_bool(void **state)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};
    static const char *const bad[] = {"", "yes", "tRUE", "2", "true ", "no", "on"};
    bool value;

    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        value = false;
        assert_true(parse_bool(slice_of(yes[i]), &value));
        assert_true(value);
    }
    for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
        value = true;
        assert_true(parse_bool(slice_of(no[i]), &value));
        assert_false(value);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(parse_bool(slice_of(bad[i]), &value));
}

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

static void test_duration(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"+0", 0},
        {"5s", 5 * SECOND},
        {"-5s", -5 * SECOND},
        {"+5s", 5 * SECOND},
        {"5.0s", 5 * SECOND},
        {"5.s", 5 * SECOND},
        {".5s", SECOND / 2},
        {"100ms", 100000000},
        {"1h30m", 90 * MINUTE},
        {"-2m3.4s", -(2 * MINUTE + 34 * SECOND / 10)},
        {"1h2m3s4ms5us6ns", HOUR + 2 * MINUTE + 3 * SECOND + 4005006},
        {"12\xc2\xb5s", 12000},
        {"12\xce\xbcs", 12000},
        {"0.3333333333333333333h", 20 * MINUTE},
        {"0.100000000000000000000h", 6 * MINUTE},
        {"9223372036854775807ns", INT64_MAX},
        {"-9223372036854775808ns", INT64_MIN},
        {"39h9m14.425s", 39 * HOUR + 9 * MINUTE + 14425000000},
    };
    static const char *const bad[] = {
        "",
        "3",
        "-",
        "s",
        ".",
        "-.",
        ".s",
        "+.s",
        "1d",
        "1 s",
        "1h-5m",
        "5S",
        "00x",
        "3.4",
        "1.1.1s",
        "9223372036854775808ns",
        "-9223372036854775809ns",
        "3000000h",
        "99999999999999999999h",
        "1h5",
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t ns = UNTOUCHED;

        assert_true(parse_duration_ns(slice_of(cases[i].text), &ns));
        assert_int_equal(ns, cases[i].ns);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        int64_t ns = UNTOUCHED;

        assert_false(parse_duration_ns(slice_of(bad[i]), &ns));
        assert_int_equal(ns, UNTOUCHED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_i64),
        cmocka_unit_test(test_u64),
        cmocka_unit_test(test_bool),
        cmocka_unit_test(test_duration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
