/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges become fewer and let in the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plugins/cloud-aws/ranges.h"

static void test_merge(void **state)
{
    static const struct {
        const char *ranges, *merged;
    } cases[] = {
        {"", ""},
        {"10.0.0.0/8", "10.0.0.0/8"},
        {"10.1.2.3/8", "10.0.0.0/8"},
        {"10.0.0.0/8,10.0.0.0/8", "10.0.0.0/8"},
        {"10.9.0.0/16,10.0.0.0/8,10.0.0.1/32", "10.0.0.0/8"},
        {"10.0.1.0/24,10.0.0.0/24", "10.0.0.0/23"},
        {"10.0.1.0/24,10.0.2.0/24", "10.0.1.0/24,10.0.2.0/24"},
        {"10.0.3.0/24,10.0.2.0/24,10.0.0.0/23,10.0.1.7/32", "10.0.0.0/22"},
        {"0.0.0.0/1,128.0.0.0/1,::/0", "0.0.0.0/0,::/0"},
        {"0.0.0.0/0,203.0.113.0/24", "0.0.0.0/0"},
        {"255.255.255.255/32,255.255.255.254/32", "255.255.255.254/31"},
        {"2001:0DB8:1::/48,2001:db8:0::/48", "2001:db8::/47"},
        {"fd00::1/128,10.0.0.1/32,fd00::/128", "10.0.0.1/32,fd00::/127"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct texts ranges = {0}, merged = {0};
        size_t bad;
        texts_split(&ranges, cases[i].ranges);
        texts_split(&merged, cases[i].merged);
        assert_true(ranges_merge(&ranges, &bad));
        assert_int_equal(ranges.count, merged.count);
        for (size_t k = 0; k < merged.count; k++)
            assert_string_equal(ranges.items[k], merged.items[k]);
        texts_done(&ranges);
        texts_done(&merged);
    }
}

static void test_bad(void **state)
{
    static const char *const cases[] = {"10.0.0.0",   "10.0.0/8",          "10.0.0.0/33", "10.0.0.0/-1",
                                        "10.0.0.0/x", "10.0.0.0-10.0.0.9", "::/129",      "/8"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct texts ranges = {0};
        size_t bad = 9;
        texts_add(&ranges, "192.0.2.1/24");
        texts_add(&ranges, cases[i]);
        assert_false(ranges_merge(&ranges, &bad));
        assert_int_equal(bad, 1);
        assert_string_equal(ranges.items[0], "192.0.2.1/24");
        texts_done(&ranges);
    }
}

static void test_has(void **state)
{
    static const struct {
        const char *range, *address;
        bool has;
    } cases[] = {
        {"10.1.2.0/24", "10.1.2.0", true},  {"10.1.2.0/24", "10.1.2.255", true},
        {"10.1.2.0/24", "10.1.3.0", false}, {"10.1.2.0/24", "10.1.2.300", false},
        {"10.1.2.0/24", "x", false},        {"10.1.2.0/24", "", false},
        {"0.0.0.0/0", "fd00::1", false},    {"", "10.1.2.3", false},
        {"fd00::/8", "fd00::1", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(range_has(cases[i].range, cases[i].address), cases[i].has);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_merge), cmocka_unit_test(test_bad),
                                       cmocka_unit_test(test_has)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
