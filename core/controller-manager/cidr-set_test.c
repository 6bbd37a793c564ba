/* SPDX-License-Identifier: Apache-2.0 */
/* Address ranges: reading, cutting, taking, giving back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/memory.h"
#include "core/controller-manager/cidr-set.h"

static void texts(void **state)
{
    static const struct {
        const char *text;
        bool loose, good;
        const char *out;
    } cases[] = {
        {"10.0.0.0/8", false, true, "10.0.0.0/8"},
        {"10.0.0.1/8", false, false, NULL},
        {"10.0.0.1/8", true, true, "10.0.0.0/8"},
        {"0.0.0.0/0", false, true, "0.0.0.0/0"},
        {"1.2.3.4/32", false, true, "1.2.3.4/32"},
        {"1.2.3.4/33", true, false, NULL},
        {"fd00::/48", false, true, "fd00::/48"},
        {"::/0", false, true, "::/0"},
        {"fd00::1/128", false, true, "fd00::1/128"},
        {"10.0.0.0", true, false, NULL},
        {"", true, false, NULL},
        {"10.0.0.0/", true, false, NULL},
        {"10.0.0/8", true, false, NULL},
        {"x/8", true, false, NULL},
        {"10.0.0.0/8/8", true, false, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cidr c;
        char text[CIDR_TEXT_MAX];
        assert_int_equal(cidr_parse(slice_of(cases[i].text), cases[i].loose, &c), cases[i].good);
        if (!cases[i].good)
            continue;
        cidr_format(&c, text);
        assert_string_equal(text, cases[i].out);
    }
}

static void take_text(struct cidr_set *s, const char *expected)
{
    struct cidr c;
    char text[CIDR_TEXT_MAX];
    assert_true(cidr_set_take(s, &c));
    cidr_format(&c, text);
    assert_string_equal(text, expected);
}

static struct cidr range_of(const char *text)
{
    struct cidr c;
    assert_true(cidr_parse(slice_of(text), true, &c));
    return c;
}

static void parts_are_taken_once(void **state)
{
    struct cidr range = range_of("10.244.0.0/22"), part = range_of("10.244.1.0/24");
    struct cidr_set s;
    assert_int_equal(cidr_set_init(&s, &range, 24, NULL), 0);
    assert_true(cidr_set_occupy(&s, &part));
    take_text(&s, "10.244.0.0/24");
    take_text(&s, "10.244.2.0/24");
    take_text(&s, "10.244.3.0/24");
    assert_false(cidr_set_take(&s, &part));
    part = range_of("10.244.2.0/24");
    assert_true(cidr_set_release(&s, &part));
    assert_true(cidr_set_release(&s, &part)); /* twice is once */
    take_text(&s, "10.244.2.0/24");
    assert_false(cidr_set_take(&s, &part));
    cidr_set_done(&s);
}

static void overlaps_count(void **state)
{
    struct cidr range = range_of("10.0.0.0/16"), inside = range_of("10.0.4.128/25"),
                several = range_of("10.0.0.0/22");
    struct cidr around = range_of("10.0.0.0/8"), elsewhere = range_of("11.0.0.0/24"),
                six = range_of("fd00::/64");
    struct cidr_set s;
    assert_int_equal(cidr_set_init(&s, &range, 24, NULL), 0);
    assert_true(cidr_set_occupy(&s, &several));
    assert_true(cidr_set_occupy(&s, &inside));
    assert_int_equal(s.used, 5);
    assert_false(cidr_set_occupy(&s, &elsewhere));
    assert_false(cidr_set_occupy(&s, &six));
    take_text(&s, "10.0.5.0/24");
    assert_true(cidr_set_occupy(&s, &around));
    assert_int_equal(s.used, 256);
    cidr_set_done(&s);
}

static void the_other_family(void **state)
{
    struct cidr range = range_of("fd00:1234::/56");
    struct cidr_set s;
    assert_int_equal(cidr_set_init(&s, &range, 64, NULL), 0);
    take_text(&s, "fd00:1234::/64");
    take_text(&s, "fd00:1234:0:1::/64");
    cidr_set_done(&s);
}

static void nonsense_is_refused(void **state)
{
    struct error err = ERROR_INIT;
    struct cidr range = range_of("10.0.0.0/24");
    struct cidr_set s;
    assert_int_equal(cidr_set_init(&s, &range, 16, &err), -1);
    assert_int_equal(cidr_set_init(&s, &range, 33, &err), -1);
    range = range_of("fd00::/16");
    assert_int_equal(cidr_set_init(&s, &range, 64, &err), -1);
    error_done(&err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(parts_are_taken_once),
        cmocka_unit_test(overlaps_count),
        cmocka_unit_test(the_other_family),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
