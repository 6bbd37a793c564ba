/* SPDX-License-Identifier: Apache-2.0 */
/* What --addresses takes, and says of what it does not. */
#include "core/announce/lan.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <net/if.h>

#include "core/base/memory.h"

static void test_ranges(void **state)
{
    static const struct {
        const char *text, *range, *interfaces, *message; /* message: refused */
    } cases[] = {
        {"10.0.0.200-10.0.0.250", "10.0.0.200-10.0.0.250", NULL, NULL},
        {"fd00::200/120@eth*", "fd00::200/120", "eth*", NULL},
        {"10.0.0.1@", NULL, NULL, "\"10.0.0.1@\" names no interface behind its @"},
        {"@eth1", NULL, NULL, "\"\" is no address"},
        {"10.0.0.0/33", NULL, NULL, "\"10.0.0.0/33\" is no network"},
        {"224.0.0.1", NULL, NULL, "\"224.0.0.1\" has addresses that are no machine's"},
    };
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct lan_range r;
        int result = lan_range_parse(cases[n].text, &r, &err);
        if (cases[n].message && (result == 0 || !strstr(err.message, cases[n].message)))
            fail_msg("%s: said \"%s\"", cases[n].text, result ? err.message : "");
        if (cases[n].message)
            continue;
        assert_int_equal(result, 0);
        assert_string_equal(r.text, cases[n].range);
        assert_string_equal(r.interfaces ? r.interfaces : "", cases[n].interfaces ? cases[n].interfaces : "");
        lan_range_done(&r);
    }
}

static void test_flags(void **state)
{
    const unsigned good = IFF_UP | IFF_RUNNING | IFF_BROADCAST | IFF_MULTICAST;
    assert_true(lan_flags_fit(good));
    assert_true(lan_flags_fit(good | IFF_MASTER | IFF_PROMISC)); /* a bond */
    assert_false(lan_flags_fit(good | IFF_SLAVE));
    assert_false(lan_flags_fit(good | IFF_NOARP));
    assert_false(lan_flags_fit(good & ~(unsigned)IFF_RUNNING)); /* no carrier */
    assert_false(lan_flags_fit(good & ~(unsigned)IFF_UP));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ranges), cmocka_unit_test(test_flags)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
