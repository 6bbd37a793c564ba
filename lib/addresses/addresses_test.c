/* SPDX-License-Identifier: Apache-2.0 */
/* What is a range and what is not, and counting in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/addresses/addresses.h"

static struct address_range range(const char *text)
{
    struct address_range r = {0};
    const char *why = address_range_parse(text, strlen(text), &r);
    if (why)
        fail_msg("\"%s\" %s", text, why);
    return r;
}

static struct address one(const char *text)
{
    struct address a = {0};
    assert_true(address_parse(text, strlen(text), &a));
    return a;
}

static void test_ranges(void **state)
{
    static const struct {
        const char *text, *first, *last;
        uint64_t count;
    } cases[] = {
        {"10.0.0.0/24", "10.0.0.0", "10.0.0.255", 256},
        {"10.0.0.5-10.0.1.4", "10.0.0.5", "10.0.1.4", 256},
        {"10.0.0.7", "10.0.0.7", "10.0.0.7", 1},
        {"10.0.0.7/32", "10.0.0.7", "10.0.0.7", 1},
        {"0.0.0.0/0", "0.0.0.0", "255.255.255.255", UINT64_C(1) << 32},
        {"fd00::1:0/112", "fd00::1:0", "fd00::1:ffff", 65536},
        {"fd00::/64", "fd00::", "fd00::ffff:ffff:ffff:ffff", UINT64_MAX},
        {"fd00::/8", "fd00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", UINT64_MAX},
        {"fd00::ff-fd00::101", "fd00::ff", "fd00::101", 3},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char first[ADDRESS_TEXT_MAX], last[ADDRESS_TEXT_MAX];
        struct address_range r = range(cases[i].text);
        address_format(&r.first, first);
        address_format(&r.last, last);
        assert_string_equal(first, cases[i].first);
        assert_string_equal(last, cases[i].last);
        assert_int_equal(address_range_count(&r), cases[i].count);
        assert_true(address_range_has(&r, &r.first) && address_range_has(&r, &r.last));
    }
}

static void test_no_ranges(void **state)
{
    static const char *const cases[] = {"",           "10.0.0.300",  "10.0.0.1/24",      "10.0.0.0/33",
                                        "10.0.0.0/",  "10.0.0.0/-1", "10.0.0.0/0x8",     "10.0.0.9-10.0.0.5",
                                        "10.0.0.5-",  "-10.0.0.5",   "10.0.0.5-fd00::9", "fd00::/129",
                                        "fd00::1/64", "10.0.0.5-9",  "10.0.0.0/024a"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct address_range r;
        if (!address_range_parse(cases[i], strlen(cases[i]), &r))
            fail_msg("\"%s\" was taken", cases[i]);
    }
}

static void test_next(void **state)
{
    struct address a = one("10.0.0.255"), wanted = one("10.0.1.0");
    assert_true(address_next(&a));
    assert_int_equal(address_compare(&a, &wanted), 0);
    a = one("fd00::ffff"), wanted = one("fd00::1:0");
    assert_true(address_next(&a));
    assert_int_equal(address_compare(&a, &wanted), 0);
    a = one("255.255.255.255");
    assert_false(address_next(&a));
    a = one("10.0.0.1"), wanted = one("::1");
    assert_true(address_compare(&a, &wanted) < 0);
}

static void test_overlap(void **state)
{
    struct address_range a = range("10.0.0.0/24"), b = range("10.0.0.200-10.0.1.5"), c = range("10.0.1.6"),
                         d = range("fd00::/64"), e = range("10.0.0.7");
    struct address outside = one("10.0.1.0");
    assert_true(address_ranges_overlap(&a, &b) && address_ranges_overlap(&b, &a));
    assert_true(address_ranges_overlap(&a, &e) && address_ranges_overlap(&e, &a));
    assert_false(address_ranges_overlap(&b, &c) || address_ranges_overlap(&a, &d));
    assert_false(address_range_has(&a, &outside));
    struct address_range both[] = {a, c};
    struct address inside = one("10.0.1.6");
    assert_true(address_ranges_have(both, 2, &inside) && address_ranges_have(both, 1, &a.last));
    assert_false(address_ranges_have(both, 1, &inside) || address_ranges_have(both, 2, &outside) ||
                 address_ranges_have(both, 0, &inside));
}

static void test_usable(void **state)
{
    static const char *const good[] = {"10.0.0.1", "192.168.1.1", "223.255.255.255", "fd00::1",
                                       "2001:db8::1"};
    static const char *const bad[] = {"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "169.254.1.1",
                                      "::",      "::1",       "ff02::1",   "fe80::1"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct address a = one(good[i]);
        assert_true(address_is_usable(&a));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct address a = one(bad[i]);
        assert_false(address_is_usable(&a));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),  cmocka_unit_test(test_no_ranges), cmocka_unit_test(test_next),
        cmocka_unit_test(test_overlap), cmocka_unit_test(test_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
