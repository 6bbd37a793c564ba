/* SPDX-License-Identifier: Apache-2.0 */
/* Which names match, what texts become, and what is refused. */
#include "plugins/cloud-onprem/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_match(void **state)
{
    static const struct {
        const char *pattern, *name, *text, *becomes; /* becomes NULL: no match */
    } cases[] = {
        {"rack1-[01-40]", "rack1-07", "10.0.1.{n}", "10.0.1.7"},
        {"rack1-[01-40]", "rack1-40", "{1} {n+100} {name}", "40 140 rack1-40"},
        {"rack1-[01-40]", "rack1-7", "", NULL},
        {"rack1-[01-40]", "rack1-41", "", NULL},
        {"rack1-[01-40]", "rack1-007", "", NULL},
        {"rack1-[01-40]", "rack1-07x", "", NULL},
        {"n[1-120]", "n7", "{n}", "7"},
        {"n[1-120]", "n07", "", NULL},
        {"n[08-120]", "n120", "{n}", "120"},
        {"n[08-120]", "n008", "", NULL},
        {"rack[1-3]-[1-9,12]", "rack2-12", "10.{1}.0.{2}", "10.2.0.12"},
        {"rack[1-3]-[1-9,12]", "rack2-11", "", NULL},
        {"rack[1-3]-[01-40]", "rack2-07", "10.{1n}.0.{2n} {2n+100}", "10.2.0.7 107"},
        {"r[1-2][0-9]", "r19", "{1}/{2}", "1/9"},
        {"edge-*", "edge-berlin-3", "{1}", "berlin-3"},
        {"*-[1-9]", "a-b-4", "{1} {2} {n}", "a-b 4 4"},
        {"node-?", "node-x", "{1}", "x"},
        {"node-?", "node-xy", "", NULL},
        {"plain", "plain", "{name}", "plain"},
        {"plain", "plai", "", NULL},
        {"", "", "", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pattern p;
        struct pattern_match m;
        char out[64] = "";
        assert_null(pattern_parse(cases[i].pattern, &p));
        bool matches = pattern_match(&p, cases[i].name, strlen(cases[i].name), &m);
        if (matches != (cases[i].becomes != NULL))
            fail_msg("%s and %s", cases[i].pattern, cases[i].name);
        if (!matches)
            continue;
        const char *why = pattern_expand(cases[i].text, &m, out, sizeof(out));
        if (why)
            fail_msg("%s: %s", cases[i].text, why);
        assert_string_equal(out, cases[i].becomes);
    }
}

static void test_refused(void **state)
{
    static const char *const patterns[] = {"a[",     "a[]",   "a[1",           "a[1-]", "a[x]",
                                           "a[5-3]", "a[1,]", "a[1234567890]", "a[1-2", "***"};
    static const char *const texts[] = {"{",     "{}",      "{2}",    "{0}",  "{m}",  "{n+}", "{n+x}",
                                        "{n-1}", "{name2}", "{n+1x}", "{2n}", "{1x}", "{1n+}"};
    struct pattern p;
    struct pattern_match m;
    char out[64], tiny[4];
    for (size_t i = 0; i < COUNT(patterns); i++)
        if (!pattern_parse(patterns[i], &p))
            fail_msg("%s was taken", patterns[i]);
    assert_null(pattern_parse("n[1-9]", &p));
    assert_true(pattern_match(&p, "n4", 2, &m));
    for (size_t i = 0; i < COUNT(texts); i++)
        if (!pattern_expand(texts[i], &m, out, sizeof(out)))
            fail_msg("%s was taken", texts[i]);
    assert_non_null(pattern_expand("{name}{name}", &m, tiny, sizeof(tiny)));
    assert_non_null(pattern_expand("four", &m, tiny, sizeof(tiny)));
    assert_null(pattern_parse("n*", &p));
    assert_true(pattern_match(&p, "n4", 2, &m));
    assert_non_null(pattern_expand("{n}", &m, out, sizeof(out)));
}

/* Every name that a pattern makes matches it. */
static void test_names(void **state)
{
    static const struct {
        const char *pattern;
        uint64_t count;
        const char *first, *last;
    } cases[] = {{"rack[1-3]-[08-10,12]", 12, "rack1-08", "rack3-12"},
                 {"a", 1, "a", "a"},
                 {"n[000-999]", 1000, "n000", "n999"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pattern p;
        char name[64];
        assert_null(pattern_parse(cases[i].pattern, &p));
        assert_int_equal(pattern_names(&p), cases[i].count);
        for (uint64_t n = 0; n < cases[i].count; n++) {
            struct pattern_match m;
            assert_true(pattern_name(&p, n, name, sizeof(name)));
            assert_true(pattern_match(&p, name, strlen(name), &m));
            if (n == 0)
                assert_string_equal(name, cases[i].first);
        }
        assert_string_equal(name, cases[i].last);
    }
    struct pattern p;
    assert_null(pattern_parse("a[1-2]*", &p));
    assert_int_equal(pattern_names(&p), UINT64_MAX);
    assert_false(pattern_is_plain(&p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_match), cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
