/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/memory.h"
#include "core/daemon/daemon.h"

struct options {
    char *name;
    struct flag_list modes;
    int64_t port, period_ns;
    bool on;
};
#define AT(member) offsetof(struct options, member)
static const struct flag flags[] = {
    {"name", FLAG_STRING, AT(name), "x", "a name"},
    {"authorization-mode", FLAG_LIST, AT(modes), "Node,RBAC", "modes"},
    {"secure-port", FLAG_INTEGER, AT(port), "6443", "a port"},
    {"sync-period", FLAG_DURATION, AT(period_ns), "1m30s", "a period"},
    {"leader-elect", FLAG_BOOL, AT(on), NULL, "a switch"},
};

static int parse(struct options *o, struct error *err, const char *a, const char *b)
{
    const char *argv[] = {"test", a, b, NULL};
    int leave = 0;
    return flags_parse(flags, ARRAY_SIZE(flags), o, b ? 3 : a ? 2 : 1, (char **)argv, "usage", &leave, err);
}

static void defaults_are_filled_in(void **state)
{
    struct options o = {0};
    assert_int_equal(parse(&o, NULL, NULL, NULL), 0);
    assert_string_equal(o.name, "x");
    assert_int_equal(o.modes.count, 2);
    assert_int_equal(o.port, 6443);
    assert_true(o.period_ns == INT64_C(90) * 1000000000);
    assert_false(o.on);
    flags_free(flags, ARRAY_SIZE(flags), &o);
}

static void both_forms_and_bare_booleans(void **state)
{
    struct options o = {0};
    assert_int_equal(parse(&o, NULL, "--name", "y"), 0);
    assert_string_equal(o.name, "y");
    assert_int_equal(parse(&o, NULL, "--leader-elect", "--secure-port=1"), 0);
    assert_true(o.on);
    assert_int_equal(o.port, 1);
    assert_int_equal(parse(&o, NULL, "--leader-elect=false", NULL), 0);
    assert_false(o.on);
    flags_free(flags, ARRAY_SIZE(flags), &o);
}

static void a_list_replaces_its_default_and_repeats_add(void **state)
{
    struct options o = {0};
    assert_int_equal(parse(&o, NULL, "--authorization-mode=RBAC", "--authorization-mode=Node"), 0);
    assert_int_equal(o.modes.count, 2);
    assert_string_equal(o.modes.items[0], "RBAC");
    flags_free(flags, ARRAY_SIZE(flags), &o);
}

static void mistakes_name_the_flag(void **state)
{
    static const struct {
        const char *argument;
        const char *message;
    } cases[] = {
        {"--secure-prot=1", "unknown flag: --secure-prot (did you mean --secure-port?)"},
        {"--secure-port=http", "invalid argument \"http\" for \"--secure-port\" flag: not a number"},
        {"--sync-period=5", "invalid argument \"5\" for \"--sync-period\" flag: not a duration such as 30s"},
        {"--name", "flag needs an argument: --name"},
        {"run", "unexpected argument \"run\": this program takes flags only"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct options o = {0};
        struct error err = ERROR_INIT;
        assert_int_equal(parse(&o, &err, cases[i].argument, NULL), -1);
        assert_string_equal(err.message, cases[i].message);
        error_done(&err);
        flags_free(flags, ARRAY_SIZE(flags), &o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(both_forms_and_bare_booleans),
        cmocka_unit_test(a_list_replaces_its_default_and_repeats_add),
        cmocka_unit_test(mistakes_name_the_flag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
