/* SPDX-License-Identifier: Apache-2.0 */
/* The ways to tell local traffic, and what is refused of their settings. */
#include "core/proxy/local.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/base/memory.h"

static void test_modes(void **state)
{
    const struct {
        struct proxy_options options;
        const char *is4, *is_not4, *is6;
    } cases[] = {
        {{.cluster_cidr = (char[]){"10.1.0.0/16, fd00::/56"}},
         "ip saddr 10.1.0.0/16",
         "ip saddr != 10.1.0.0/16",
         "ip6 saddr fd00::/56"},
        {{.detect_local = (char[]){"ClusterCIDR"}}, NULL, NULL, NULL},
        {{.detect_local = (char[]){"NodeCIDR"}, .cluster_cidr = (char[]){"10.1.0.0/16"}},
         "ip saddr 10.1.7.0/24",
         "ip saddr != 10.1.7.0/24",
         "ip6 saddr fd00:0:7::/64"},
        {{.detect_local = (char[]){"BridgeInterface"}, .bridge = (char[]){"br0"}},
         "meta iifname \"br0\"",
         "meta iifname != \"br0\"",
         "meta iifname \"br0\""},
        {{.detect_local = (char[]){"InterfaceNamePrefix"}, .interface_prefix = (char[]){"veth"}},
         "meta iifname \"veth*\"",
         "meta iifname != \"veth*\"",
         "meta iifname \"veth*\""},
    };
    struct arena arena = ARENA_INIT;
    struct json *node = NULL;
    assert_int_equal(json_parse(&arena,
                                slice_of("{\"spec\":{\"podCIDR\":\"10.1.7.0/24\",\"podCIDRs\":["
                                         "\"10.1.7.0/24\",\"fd00:0:7::/64\"]}}"),
                                &node, NULL),
                     0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct local local, again;
        assert_int_equal(local_check(&cases[i].options, NULL), 0);
        local_of(&cases[i].options, node, &local);
        local_of(&cases[i].options, node, &again);
        assert_true(local_equal(&local, &again));
        assert_string_equal(local.is[PROXY_IPV4] ? local.is[PROXY_IPV4] : "-",
                            cases[i].is4 ? cases[i].is4 : "-");
        assert_string_equal(local.is_not[PROXY_IPV4] ? local.is_not[PROXY_IPV4] : "-",
                            cases[i].is_not4 ? cases[i].is_not4 : "-");
        assert_string_equal(local.is[PROXY_IPV6] ? local.is[PROXY_IPV6] : "-",
                            cases[i].is6 ? cases[i].is6 : "-");
        local_done(&local);
        local_done(&again);
    }
    arena_done(&arena);
}

static void test_refused(void **state)
{
    const struct {
        struct proxy_options options;
        const char *message;
    } cases[] = {
        {{.detect_local = (char[]){"Magic"}}, "--detect-local-mode: \"Magic\" is none of"},
        {{.cluster_cidr = (char[]){"10.1.0.0"}}, "--cluster-cidr: \"10.1.0.0\" is no CIDR"},
        {{.cluster_cidr = (char[]){"10.1.0.0/16,10.2.0.0/16"}},
         "\"10.2.0.0/16\" is the second one of its family"},
        {{.detect_local = (char[]){"BridgeInterface"}}, "--pod-bridge-interface must be given"},
        {{.detect_local = (char[]){"BridgeInterface"}, .bridge = (char[]){"a\" drop"}},
         "is no name of an interface"},
        {{.detect_local = (char[]){"InterfaceNamePrefix"},
          .interface_prefix = (char[]){"much-too-long-a-name"}},
         "is too long"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        assert_int_equal(local_check(&cases[i].options, &err), -1);
        assert_non_null(strstr(err.message, cases[i].message));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_modes), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
