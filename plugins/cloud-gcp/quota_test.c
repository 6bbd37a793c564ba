/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/cloud-gcp/quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_kinds(void **state)
{
    static const struct {
        const char *method, *path;
        enum quota_kind kind;
    } rows[] = {
        {"GET", "zones", QUOTA_LIST},
        {"GET", "zones/z/instances", QUOTA_LIST},
        {"GET", "global/routes", QUOTA_LIST},
        {"GET", "global/routes/r", QUOTA_GET},
        {"GET", "regions/r/forwardingRules/f", QUOTA_GET},
        {"GET", "aggregated/instances", QUOTA_AGGREGATED},
        {"POST", "zones/z/instanceGroups/g/listInstances", QUOTA_LIST},
        {"POST", "zones/z/instanceGroups/g/addInstances", QUOTA_CHANGE},
        {"POST", "regions/r/operations/o/wait", QUOTA_OPERATION},
        {"POST", "global/firewalls", QUOTA_CHANGE},
        {"PATCH", "regions/r/backendServices/b", QUOTA_CHANGE},
        {"DELETE", "global/routes/r", QUOTA_CHANGE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (quota_kind(rows[i].method, rows[i].path) != rows[i].kind)
            fail_msg("%s %s is %s", rows[i].method, rows[i].path,
                     quota_name(quota_kind(rows[i].method, rows[i].path)));
}

/* How many requests may go at once; time stands still. */
static unsigned at_once(struct quotas *q, const char *method, const char *path)
{
    unsigned count = 0;
    while (pace_take_ns(quota_pace(q, method, path), 0) == 0)
        count++;
    return count;
}

static void test_one_is_throttled(void **state)
{
    struct quotas q;
    quotas_init(&q, 10);
    pace_throttled(quota_pace(&q, "GET", "zones/z/instances"), 0);
    assert_int_equal(at_once(&q, "GET", "regions/r/addresses"), 0);
    assert_int_equal(at_once(&q, "GET", "global/routes"), 10);
    assert_int_equal(at_once(&q, "GET", "zones/z/instances/i"), 10);
    assert_int_equal(at_once(&q, "POST", "zones/z/instanceGroups"), 10);
    assert_int_equal(at_once(&q, "POST", "zones/z/operations/o/wait"), 10);
    quotas_done(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kinds), cmocka_unit_test(test_one_is_throttled)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
