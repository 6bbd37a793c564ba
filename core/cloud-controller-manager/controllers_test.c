/* SPDX-License-Identifier: Apache-2.0 */
/* Which controllers --controllers lets run. */
#include "core/cloud-controller-manager/controllers.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/base/memory.h"

/* The lists are only read. */
#define LIST(...)                                                                                            \
    ((struct flag_list){(char **)(uintptr_t)(const char *const[]){__VA_ARGS__},                              \
                        ARRAY_SIZE(((const char *[]){__VA_ARGS__}))})

static void test_enabled(void **state)
{
    static const struct cloud_controller on = {.name = "on-controller", .alias = "on"},
                                         off = {.name = "off-controller", .alias = "off", .off = true};
    const struct {
        struct flag_list list;
        bool on, off;
    } cases[] = {
        {LIST("*"), true, false},
        {{NULL, 0}, false, false},
        {LIST("on"), true, false},
        {LIST("on-controller", "off-controller"), true, true},
        {LIST("*", "off"), true, true},
        {LIST("*", "-on-controller"), false, false},
        {LIST("-on", "*"), false, false},
        {LIST("on", "-on"), true, false},
        {LIST("-off", "*", "off"), true, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(controller_is_enabled(&on, &cases[i].list), cases[i].on);
        assert_int_equal(controller_is_enabled(&off, &cases[i].list), cases[i].off);
    }
}

static void test_names(void **state)
{
    const struct flag_list right = LIST("*", "-cloud-node", "cloud-node-controller"),
                           wrong = LIST("cloudnode");
    struct error err = ERROR_INIT;
    assert_int_equal(controllers_check(&right, &err), 0);
    assert_int_equal(controllers_check(&wrong, &err), -1);
    assert_non_null(strstr(err.message, "\"cloudnode\""));
    error_done(&err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enabled),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
