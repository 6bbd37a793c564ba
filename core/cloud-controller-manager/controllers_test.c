/* SPDX-License-Identifier: Apache-2.0 */
/* Which controllers --controllers lets run, and which values of flags are refused. */
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

static void test_options(void **state)
{
    static const struct {
        const char *flags[3], *message; /* NULL: right */
    } cases[] = {
        {{"--cluster-name=blue"}, NULL},
        {{"--cluster-name="}, "--cluster-name may not be empty"},
        {{"--node-removal-max-percent=101"}, "--node-removal-max-percent must be from 0 to 100"},
        {{"--leader-elect-lease-duration=10s"},
         "--leader-elect-lease-duration must be longer than --leader-elect-renew-deadline"},
        {{"--leader-elect-lease-duration=500ms", "--leader-elect-renew-deadline=400ms",
          "--leader-elect-retry-period=100ms"},
         "--leader-elect-lease-duration must be at least 1s"},
        {{"--leader-elect-retry-period=10s"}, "--leader-elect-renew-deadline must be longer"},
        {{"--leader-elect-retry-period=0s"}, "--leader-elect-retry-period must be at least 1ms"},
        {{"--leader-elect=false", "--leader-elect-retry-period=0s"}, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct cloud_options o = {0};
        const char *argv[5] = {"x"};
        int argc = 1, leave = 0;
        for (size_t n = 0; n < ARRAY_SIZE(cases[i].flags) && cases[i].flags[n]; n++)
            argv[argc++] = cases[i].flags[n];
        assert_int_equal(
            flags_parse(cloud_flags, cloud_flags_count, &o, argc, (char **)(uintptr_t)argv, "", &leave, &err),
            0);
        int result = cloud_options_check(&o, &err);
        if ((result == 0) != !cases[i].message || (result < 0 && !strstr(err.message, cases[i].message)))
            fail_msg("%s: said \"%s\"", cases[i].flags[0], result < 0 ? err.message : "");
        flags_free(cloud_flags, cloud_flags_count, &o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enabled),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
