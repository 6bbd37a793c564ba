/* SPDX-License-Identifier: Apache-2.0 */
/* Which controllers a command line names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/memory.h"
#include "core/controller-manager/manager.h"

#define NAMES(...)                                                                                           \
    (&(struct flag_list){.items = (char *[]){__VA_ARGS__},                                                   \
                         .count = sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)})

static char star[] = "*", by_name[] = "job-controller", by_alias[] = "job", off[] = "-job",
            unknown[] = "jobs", unknown_off[] = "-jobs", upstream[] = "bootstrapsigner",
            upstream_off[] = "-ttl-controller";

static void names_choose_controllers(void **state)
{
    assert_true(manager_enabled(&controller_job, NAMES(star)));
    assert_false(manager_enabled(&controller_job, NAMES(star, off)));
    assert_true(manager_enabled(&controller_cronjob, NAMES(star, off)));
    assert_true(manager_enabled(&controller_job, NAMES(by_name)));
    assert_true(manager_enabled(&controller_job, NAMES(by_alias)));
    assert_false(manager_enabled(&controller_cronjob, NAMES(by_alias)));
}

static void unknown_names_are_refused(void **state)
{
    struct error err = ERROR_INIT;
    assert_int_equal(manager_check_names(NAMES(star, by_name, off), &err), 0);
    assert_int_equal(manager_check_names(NAMES(star, unknown), &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, "\"jobs\""));
    assert_int_equal(manager_check_names(NAMES(star, unknown_off), &err), -1);
    error_done(&err);
}

/* As kubeadm writes it. */
static void upstreams_names_are_taken(void **state)
{
    assert_int_equal(manager_check_names(NAMES(star, upstream, upstream_off), NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_choose_controllers),
        cmocka_unit_test(unknown_names_are_refused),
        cmocka_unit_test(upstreams_names_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
