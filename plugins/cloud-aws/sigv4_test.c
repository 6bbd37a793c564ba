/* SPDX-License-Identifier: Apache-2.0 */
/* The signer on AWS's published test vectors (the key, date and service of its test suite) and on the example
 * of its documentation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plugins/cloud-aws/sigv4.h"

#define SUITE_DATE "20150830T123600Z"
#define SUITE_KEY  "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define STS_TOKEN                                                                                            \
    "AQoDYXdzEPT//////////"                                                                                  \
    "wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflf"                    \
    "KD8YUuwthAx7mSEI/qkPpKPi/"                                                                              \
    "kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd"                        \
    "8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+"                                          \
    "scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3i"                                                            \
    "SIlTJabIQwj2ICCR/oLxBA=="

static const struct sigv4_header host_only[] = {{"host", "example.amazonaws.com"}};
static const struct sigv4_header iam_headers[] = {
    {"content-type", "application/x-www-form-urlencoded; charset=utf-8"}, {"host", "iam.amazonaws.com"}};
static const struct sigv4_header form_headers[] = {{"content-type", "application/x-www-form-urlencoded"},
                                                   {"host", "example.amazonaws.com"}};
static const struct sigv4_header trimmed[] = {
    {"host", "example.amazonaws.com"}, {"my-header1", " value1"}, {"my-header2", "  \"a   b   c\" "}};

static const struct {
    const char *name;
    struct sigv4_request request;
    struct sigv4_key key;
    const char *signed_headers, *signature;
} cases[] = {
    {"get-vanilla",
     {"GET", "/", NULL, host_only, 1},
     {SUITE_KEY, NULL, "us-east-1", "service"},
     "host;x-amz-date",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-vanilla-query-order-key-case",
     {"GET", "/", "Param2=value2&Param1=value1", host_only, 1},
     {SUITE_KEY, NULL, "us-east-1", "service"},
     "host;x-amz-date",
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-header-value-trim",
     {"GET", "/", NULL, trimmed, 3},
     {SUITE_KEY, NULL, "us-east-1", "service"},
     "host;my-header1;my-header2;x-amz-date",
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"get-utf8",
     {"GET", "/\341\210\264", NULL, host_only, 1},
     {SUITE_KEY, NULL, "us-east-1", "service"},
     "host;x-amz-date",
     "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"post-vanilla",
     {"POST", "/", NULL, host_only, 1},
     {SUITE_KEY, NULL, "us-east-1", "service"},
     "host;x-amz-date",
     "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"post-x-www-form-urlencoded",
     {"POST", "/", NULL, form_headers, 2, "Param1=value1", 13},
     {SUITE_KEY, NULL, "us-east-1", "service"},
     "content-type;host;x-amz-date",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {"post-sts-header-before",
     {"POST", "", NULL, host_only, 1},
     {SUITE_KEY, STS_TOKEN, "us-east-1", "service"},
     "host;x-amz-date;x-amz-security-token",
     "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
    {"documentation",
     {"GET", "/", "Action=ListUsers&Version=2010-05-08", iam_headers, 2},
     {SUITE_KEY, NULL, "us-east-1", "iam"},
     "content-type;host;x-amz-date",
     "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
};

static void test_vectors(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        _cleanup_text_ struct text said = {0}, expected = {0};
        text_printf(&expected,
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/%s/aws4_request, "
                    "SignedHeaders=%s, Signature=%s",
                    cases[i].key.service, cases[i].signed_headers, cases[i].signature);
        sigv4_authorization(&cases[i].request, &cases[i].key, SUITE_DATE, &said);
        if (strcmp(said.data, expected.data) != 0)
            fail_msg("%s: %s", cases[i].name, said.data);
    }
}

static void test_canonical(void **state)
{
    _cleanup_text_ struct text said = {0};
    const struct sigv4_request r = {"GET", "/a b/\xc3\xbc", "b=2&a=x y/~&a&b=1", trimmed, 3};
    sigv4_canonical(&r, &cases[0].key, SUITE_DATE, &said);
    assert_string_equal(
        said.data,
        "GET\n/a%20b/%C3%BC\na=&a=x%20y%2F~&b=1&b=2\nhost:example.amazonaws.com\nmy-header1:value1\n"
        "my-header2:\"a b c\"\nx-amz-date:" SUITE_DATE "\n\nhost;my-header1;my-header2;x-amz-date\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_date(void **state)
{
    char date[SIGV4_DATE_SIZE];
    sigv4_date(1440938160, date);
    assert_string_equal(date, SUITE_DATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
