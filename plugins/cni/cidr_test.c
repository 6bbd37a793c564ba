/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of addresses: what is one, what holds what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plugins/cni/cidr.h"

static void test_parse(void **state)
{
    static const struct {
        const char *text, *expected; /* NULL: refused */
    } cases[] = {
        {"10.244.3.0/24", "10.244.3.0/24"},
        {"10.244.3.77/24", "10.244.3.0/24"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"1.2.3.4/32", "1.2.3.4/32"},
        {"fd00:1::/64", "fd00:1::/64"},
        {"fd00:1::ff/60", "fd00:1::/60"},
        {"::/0", "::/0"},
        {"10.0.0.0", NULL},
        {"10.0.0.0/", NULL},
        {"10.0.0.0/33", NULL},
        {"10.0.0.0/-1", NULL},
        {"10.0.0/8", NULL},
        {"10.0.0.0/8x", NULL},
        {"::/129", NULL},
        {"/8", NULL},
        {"", NULL},
        {"10.0.0.0/ 8", NULL},
        {"10.0.0.0/0008", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cidr cidr;
        char text[CIDR_TEXT_BYTES];
        int rc = cidr_parse(cases[i].text, &cidr);
        if ((rc == 0) != (cases[i].expected != NULL))
            fail_msg("\"%s\"", cases[i].text);
        if (rc == 0) {
            cidr_format(&cidr, true, text);
            assert_string_equal(text, cases[i].expected);
        }
    }
}

static void test_contains(void **state)
{
    static const struct {
        const char *range, *inner;
        bool holds;
    } cases[] = {
        {"10.0.0.0/8", "10.244.0.0/24", true}, {"10.244.0.0/24", "10.0.0.0/8", false},
        {"10.0.0.0/8", "11.0.0.0/24", false},  {"0.0.0.0/0", "1.2.3.4/32", true},
        {"0.0.0.0/0", "::1/128", false},       {"fd00::/47", "fd00:0:1::/64", true},
        {"fd00::/48", "fd00:0:1::/64", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cidr range, inner;
        assert_int_equal(cidr_parse(cases[i].range, &range), 0);
        assert_int_equal(cidr_parse(cases[i].inner, &inner), 0);
        if (cidr_contains(&range, &inner) != cases[i].holds)
            fail_msg("%s, %s", cases[i].range, cases[i].inner);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_contains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
