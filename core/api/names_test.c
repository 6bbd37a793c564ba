/* SPDX-License-Identifier: Apache-2.0 */
/* The name rules: what each takes, what it refuses, and that the refusal says why. */
#include "core/api/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/base/memory.h"

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10
#define X63 X60 "xxx"

/* wrong: a part of the message, or NULL when the text is right. */
struct name_case {
    const char *(*check)(struct slice text);
    const char *text, *wrong;
};
static const struct name_case cases[] = {
    {name_check_dns1123_label, "a", NULL},
    {name_check_dns1123_label, "123-abc", NULL},
    {name_check_dns1123_label, X63, NULL},
    {name_check_dns1123_label, X63 "x", "must be no more than 63 bytes"},
    {name_check_dns1123_label, "", "a lowercase RFC 1123 label must consist of"},
    {name_check_dns1123_label, "-a",
     "(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"},
    {name_check_dns1123_label, "a-", "a lowercase RFC 1123 label"},
    {name_check_dns1123_label, "A", "a lowercase RFC 1123 label"},
    {name_check_dns1123_label, "a_b", "a lowercase RFC 1123 label"},
    {name_check_dns1123_label, "a.b", "must not contain dots"},
    {name_check_dns1123_subdomain, "a.b-c.9", NULL},
    {name_check_dns1123_subdomain, X63 "x." X63 "." X63 "." X60, NULL},
    {name_check_dns1123_subdomain, X63 "." X63 "." X63 "." X63, "must be no more than 253 bytes"},
    {name_check_dns1123_subdomain, "a..b", "a lowercase RFC 1123 subdomain must consist of"},
    {name_check_dns1123_subdomain, ".a", "a lowercase RFC 1123 subdomain"},
    {name_check_dns1123_subdomain, "a.", "a lowercase RFC 1123 subdomain"},
    {name_check_dns1123_subdomain, "a.-b", "a lowercase RFC 1123 subdomain"},
    {name_check_dns1123_subdomain, "A.b",
     "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'"},
    {name_check_dns1035_label, "abc-123", NULL},
    {name_check_dns1035_label, "1abc", "a DNS-1035 label must consist of"},
    {name_check_dns1035_label, "", "a DNS-1035 label"},
    {name_check_path_segment, "system:node:x", NULL},
    {name_check_path_segment, ".", "may not be '.'"},
    {name_check_path_segment, "..", "may not be '..'"},
    {name_check_path_segment, "a/b", "may not contain '/'"},
    {name_check_path_segment, "a%b", "may not contain '%'"},
    {name_check_qualified, "simple", NULL},
    {name_check_qualified, "My.Name_1-x", NULL},
    {name_check_qualified, "example.com/MyName", NULL},
    {name_check_qualified, X63, NULL},
    {name_check_qualified, X63 "x", "name part must be no more than 63 bytes"},
    {name_check_qualified, "", "name part must be non-empty; name part must consist of"},
    {name_check_qualified, "example.com/", "name part must be non-empty"},
    {name_check_qualified, "/name", "prefix part must be non-empty"},
    {name_check_qualified, "Example.com/name", "prefix part a lowercase RFC 1123 subdomain"},
    {name_check_qualified, "a/b/c",
     "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"},
    {name_check_qualified, "a b", "name part must consist of alphanumeric characters"},
    {name_check_qualified, "_a", "name part must consist of alphanumeric characters"},
    {name_check_label_value, "", NULL},
    {name_check_label_value, "A.b_c-9", NULL},
    {name_check_label_value, X63, NULL},
    {name_check_label_value, X63 "x", "must be no more than 63 bytes"},
    {name_check_label_value, "a b", "a valid label must be an empty string or consist of"},
    {name_check_label_value, "-a", "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'"},
    {name_check_label_value, "a/b", "a valid label"},
    {name_check_env_var, "PATH", NULL},
    {name_check_env_var, "1.my-var{}", NULL},
    {name_check_env_var, "", "environment variable name must be non-empty"},
    {name_check_env_var, "A=B", "printable ASCII characters other than '='"},
    {name_check_env_var, "A\tB", "printable ASCII"},
    {name_check_env_var, "\xc3\xa4", "printable ASCII"},
    {name_check_config_key, "my.Key_1-x", NULL},
    {name_check_config_key, ".hidden", NULL},
    {name_check_config_key, "", "a valid config key must consist of"},
    {name_check_config_key, "a/b", "a valid config key must consist of"},
    {name_check_config_key, ".", "must not be '.'"},
    {name_check_config_key, "..", "must not be '..'"},
    {name_check_config_key, "..a", "must not start with '..'"},
    {name_check_port_name, "http-alt", NULL},
    {name_check_port_name, "9p", NULL},
    {name_check_port_name, "", "must contain at least one letter"},
    {name_check_port_name, "80", "must contain at least one letter"},
    {name_check_port_name, "a--b", "must not contain consecutive hyphens"},
    {name_check_port_name, "-a", "must not begin or end with a hyphen"},
    {name_check_port_name, "a-", "must not begin or end with a hyphen"},
    {name_check_port_name, "HTTP", "must contain only alpha-numeric characters"},
    {name_check_port_name, "abcdefghijklmnop", "must be no more than 15 bytes"},
    {name_check_ip, "10.9.8.7", NULL},
    {name_check_ip, "2001:db8::ffff", NULL},
    {name_check_ip, "::", NULL},
    {name_check_ip, "", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"},
    {name_check_ip, "10.9.8", "must be a valid IP address"},
    {name_check_ip, "010.9.8.7", "must be a valid IP address"},
    {name_check_ip, "256.1.1.1", "must be a valid IP address"},
    {name_check_ip, "fe80::1%eth0", "must be a valid IP address"},
    {name_check_ip, "::ffff:10.9.8.7", "must not be an IPv4-mapped IPv6 address"},
    {name_check_cidr, "10.9.8.0/24", NULL},
    {name_check_cidr, "0.0.0.0/0", NULL},
    {name_check_cidr, "10.9.8.7/32", NULL},
    {name_check_cidr, "2001:db8::/64", NULL},
    {name_check_cidr, "10.9.8.7", "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"},
    {name_check_cidr, "10.9.8.0/33", "must be a valid CIDR value"},
    {name_check_cidr, "10.9.8.0/", "must be a valid CIDR value"},
    {name_check_cidr, "10.9.8.0/-1", "must be a valid CIDR value"},
    {name_check_cidr, "10.9.8.0/024", "must not have leading 0s"},
    {name_check_cidr, "10.9.8.7/24", NULL},
    {name_check_cidr, "::ffff:10.0.0.0/104", "must not have an IPv4-mapped IPv6 address"},
    {name_check_cidr_network, "10.9.8.0/24", NULL},
    {name_check_cidr_network, "10.9.8.0", "must be a valid CIDR value"},
    {name_check_cidr_network, "10.9.8.7/24", "must not have bits set beyond the prefix length"},
    {name_check_cidr_network, "2001:db8::1/64", "must not have bits set beyond the prefix length"},
};

static void each_rule(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *wrong = cases[i].check(slice_of(cases[i].text));
        if (!cases[i].wrong && wrong)
            fail_msg("\"%s\" refused: %s", cases[i].text, wrong);
        if (cases[i].wrong && (!wrong || !strstr(wrong, cases[i].wrong)))
            fail_msg("\"%s\": got %s, want %s", cases[i].text, wrong ? wrong : "no refusal", cases[i].wrong);
    }
}

static void zero_bytes_are_refused(void **state)
{
    struct slice text = {"a\0b", 3};
    assert_non_null(name_check_dns1123_label(text));
    assert_non_null(name_check_qualified(text));
    assert_non_null(name_check_label_value(text));
    assert_non_null(name_check_env_var(text));
    assert_non_null(name_check_config_key(text));
    assert_non_null(name_check_ip((struct slice){"::1\0", 4}));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule),
        cmocka_unit_test(zero_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
