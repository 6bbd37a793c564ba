/* SPDX-License-Identifier: Apache-2.0 */
/* Quantities against the texts and roundings that upstream's ParseQuantity, String, Value and MilliValue
 * give. */
#include "core/api/quantity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/base/memory.h"

static void canonical_text(void **state)
{
    static const struct {
        const char *text, *canonical;
    } cases[] = {
        {"0", "0"},
        {"0n", "0"},
        {"-0", "0"},
        {"0Gi", "0"},
        {"00", "0"},
        {"1", "1"},
        {"+1", "1"},
        {"-1", "-1"},
        {"007", "7"},
        {"1.5", "1500m"},
        {"1.50", "1500m"},
        {".5", "500m"},
        {"5.", "5"},
        {"1.G", "1G"},
        {"0.1", "100m"},
        {"1000m", "1"},
        {"1500m", "1500m"},
        {"100m", "100m"},
        {"1000000u", "1"},
        {"1n", "1n"},
        {"0.9n", "1n"},
        {"0.00000000001", "1n"},
        {"-0.9n", "-1n"},
        {"1.0000000001", "1000000001n"},
        {"1000", "1k"},
        {"1024", "1024"},
        {"1001", "1001"},
        {"12000000", "12M"},
        {"1G", "1G"},
        {"1000G", "1T"},
        {"1000E", "1e21"},
        {"1024Mi", "1Gi"},
        {"1.5Gi", "1536Mi"},
        {"0.5Gi", "512Mi"},
        {"1Ki", "1Ki"},
        {"0.5Ki", "512"},
        {"1.5Ki", "1536"},
        {"1023Ki", "1023Ki"},
        {"2048Ki", "2Mi"},
        {"0.0001Ki", "102400u"},
        {"1.1Ki", "1126400m"},
        {"-2Ki", "-2Ki"},
        {"1Ei", "1Ei"},
        {"7Ei", "7Ei"},
        {"8Ei", "9223372036854775807"},
        {"100000Ei", "9223372036854775807"},
        {"9223372036854775808", "9223372036854775808"},
        {"18446744073709551616", "18446744073709551616"},
        {"1e3", "1e3"},
        {"1e4", "10e3"},
        {"1e2", "100"},
        {"12e6", "12e6"},
        {"1E6", "1e6"},
        {"1e+6", "1e6"},
        {"1e-3", "1e-3"},
        {"15e-1", "1500e-3"},
        {"1e-20", "1e-9"},
        {"0e99", "0"},
        {"100Ki", "100Ki"},
        {"128974848", "128974848"},
        {"129e6", "129e6"},
        {"129M", "129M"},
        {"123Mi", "123Mi"},
        {"1.2345", "1234500u"},
        {"100000000000000000000000000000n", "100E"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct quantity q;
        char text[QUANTITY_TEXT_MAX];
        if (!quantity_parse(slice_of(cases[i].text), &q))
            fail_msg("%s does not parse", cases[i].text);
        quantity_format(&q, text);
        if (strcmp(text, cases[i].canonical))
            fail_msg("%s: got %s, want %s", cases[i].text, text, cases[i].canonical);
    }
}

static void refused_text(void **state)
{
    static const char *const cases[] = {
        "",       "+",       "-",
        ".",      "aoeu",    "1.1.M",
        "1+1.0M", "0.1mi",   "0.1am",
        ".5i",    "1i",      "-3.01i",
        "1K",     "1ki",     "1mi",
        "1Kii",   "-3.01e-", "1e",
        "1ee5",   "1e5m",    "1 ",
        " 1",     "1 Gi",    "1,5",
        "0x10",   "1e1000",  "1e99999999999999999999",
        "Gi",     "m",       "--1",
        "1GiB",   "1_000",   "9999999999999999999999999999999999999999",
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct quantity q;
        if (quantity_parse(slice_of(cases[i]), &q))
            fail_msg("\"%s\" should not parse", cases[i]);
    }
}

static void values_round_up(void **state)
{
    static const struct {
        const char *text;
        int64_t value, milli;
    } cases[] = {
        {"0", 0, 0},
        {"1", 1, 1000},
        {"1m", 1, 1},
        {"1u", 1, 1},
        {"1001m", 2, 1001},
        {"1.0001", 2, 1001},
        {"-1.5", -2, -1500},
        {"-1.0001", -2, -1001},
        {"250m", 1, 250},
        {"1Gi", 1073741824, INT64_C(1073741824000)},
        {"1e3", 1000, 1000000},
        {"100E", INT64_MAX, INT64_MAX},
        {"-100E", INT64_MIN, INT64_MIN},
        {"8Ei", INT64_MAX, INT64_MAX},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (quantity_value_of(cases[i].text) != cases[i].value)
            fail_msg("%s: value %lld", cases[i].text, (long long)quantity_value_of(cases[i].text));
        if (quantity_milli_of(cases[i].text) != cases[i].milli)
            fail_msg("%s: milli %lld", cases[i].text, (long long)quantity_milli_of(cases[i].text));
    }
    assert_int_equal(quantity_value_of("nonsense"), 0);
    assert_int_equal(quantity_milli_of(NULL), 0);
}

static void arithmetic(void **state)
{
    static const struct {
        const char *a, *b, *sum, *difference;
        int order;
    } cases[] = {
        {"1", "500m", "1500m", "500m", 1}, {"1Gi", "1Gi", "2Gi", "0", 0},
        {"0", "1Gi", "1Gi", "-1Gi", -1},   {"1Gi", "1G", "2073741824", "73741824", 1},
        {"1024", "1Ki", "2048", "0", 0},   {"100m", "1", "1100m", "-900m", -1},
        {"1e3", "1", "1001", "999", 1},    {"8Ei", "8Ei", "18446744073709551614", "0", 0},
        {"7Ei", "7Ei", "14Ei", "0", 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct quantity a, b, difference;
        char text[QUANTITY_TEXT_MAX];
        assert_true(quantity_parse(slice_of(cases[i].a), &a));
        assert_true(quantity_parse(slice_of(cases[i].b), &b));
        assert_int_equal(quantity_compare(&a, &b), cases[i].order);
        difference = a;
        quantity_add(&a, &b);
        quantity_format(&a, text);
        assert_string_equal(text, cases[i].sum);
        quantity_subtract(&difference, &b);
        quantity_format(&difference, text);
        assert_string_equal(text, cases[i].difference);
    }
}

static void sums_saturate(void **state)
{
    struct quantity a, b;
    char text[QUANTITY_TEXT_MAX];
    assert_true(quantity_parse(SLICE("99999999999999999999999999999"), &a));
    b = a;
    for (int i = 0; i < 5; i++)
        quantity_add(&a, &a);
    assert_true(quantity_compare(&a, &b) > 0);
    quantity_format(&a, text);
    assert_string_equal(text, "170141183460469231731687303715884105727n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_text), cmocka_unit_test(refused_text),  cmocka_unit_test(values_round_up),
        cmocka_unit_test(arithmetic),     cmocka_unit_test(sums_saturate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
