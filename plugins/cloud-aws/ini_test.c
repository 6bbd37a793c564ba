/* SPDX-License-Identifier: Apache-2.0 */
/* Files as AWS's tools write them, and as people do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plugins/cloud-aws/ini.h"
#include "plugins/cloud-aws/text.h"

static const char file[] =
    "# a comment = none\naws_access_key_id = outside\n[default]\naws_access_key_id = AKID1\r\n"
    "aws_secret_access_key=a/b+c=\n\n[ prod ]\naws_access_key_id=AKID2 # mine\n"
    "s3 =\n  region = nested\nempty =\n[profile dev]\nregion = eu-west-1\nregion = eu-west-2\n"
    "[profile]\nregion = odd\n[unclosed\nkey = value";

static void test_values(void **state)
{
    static const struct {
        const char *section, *key, *value;
    } cases[] = {
        {"default", "aws_access_key_id", "AKID1"},
        {"default", "aws_secret_access_key", "a/b+c="},
        {"default", "region", NULL},
        {"prod", "aws_access_key_id", "AKID2"},
        {"prod", "region", NULL},
        {"prod", "empty", ""},
        {"dev", "region", "eu-west-2"},
        {"profile", "region", "odd"},
        {"unclosed", "key", "value"},
        {"none", "key", NULL},
        {"", "aws_access_key_id", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        _cleanup_str_ char *value = ini_value(file, cases[i].section, cases[i].key);
        if (cases[i].value ? !value || strcmp(value, cases[i].value) != 0 : value != NULL)
            fail_msg("[%s] %s: %s", cases[i].section, cases[i].key, value ? value : "none");
    }
    assert_null(ini_value("", "a", "b"));
    assert_null(ini_value("[", "a", "b"));
    assert_null(ini_value("=\n[a]\n=b\n", "a", "b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
