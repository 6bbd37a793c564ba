/* SPDX-License-Identifier: Apache-2.0 */
/* base64, hexadecimal, percent coding and UTF-8: known answers, refusals, and there and back again. */
#include "core/base/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "core/base/memory.h"

static void test_base64_known(void **state)
{
    static const struct {
        const char *plain, *standard, *url;
    } cases[] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xfb\xff\xfe", "+//+", "-__-"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(buffer_done) struct buffer a = BUFFER_INIT, b = BUFFER_INIT, c = BUFFER_INIT,
                                             d = BUFFER_INIT;

        base64_encode(&a, cases[i].plain, strlen(cases[i].plain), BASE64_STANDARD);
        assert_string_equal(a.data, cases[i].standard);
        base64_encode(&b, cases[i].plain, strlen(cases[i].plain), BASE64_URL);
        assert_string_equal(b.data, cases[i].url);
        assert_true(base64_decode(&c, slice_of(cases[i].standard), BASE64_STANDARD));
        assert_string_equal(c.data, cases[i].plain);
        assert_true(base64_decode(&d, slice_of(cases[i].url), BASE64_URL));
        assert_string_equal(d.data, cases[i].plain);
    }
}

static void test_base64_round_trip(void **state)
{
    unsigned char plain[300];

    for (size_t i = 0; i < sizeof(plain); i++)
        plain[i] = (unsigned char)(i * 37 + i / 7);
    for (size_t size = 0; size <= sizeof(plain); size++)
        for (int alphabet = BASE64_STANDARD; alphabet <= BASE64_URL; alphabet++) {
            _cleanup_(buffer_done) struct buffer text = BUFFER_INIT, back = BUFFER_INIT;

            base64_encode(&text, plain, size, alphabet);
            buffer_append_str(&back, ">");
            assert_true(base64_decode(&back, (struct slice){text.data, text.size}, alphabet));
            assert_int_equal(back.size, size + 1);
            assert_memory_equal(back.data + 1, plain, size);
        }
}

static void test_base64_refusals(void **state)
{
    static const char *const standard[] = {
        "Z",         "Zg",       "Zg=",  "Zm8",  "Zg===",
        "Zg==Zg==",  "=",        "====", "Z===", "Zg=v",
        "Zm9v=",     "Zm9v====", "Zm 9", "Zm-_", "Zm9v\x80\x80\x80\x80",
        "Zm9v Zm9v", "Zg=\n=x",
    };
    static const char *const url[] = {"Z", "Zg==", "Zm8=", "Zm+/", "Zm9v\n", "Zm9vY", "Zm9vY\xc3\xa9"};
    _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;

    buffer_append_str(&out, "kept");
    for (size_t i = 0; i < ARRAY_SIZE(standard); i++) {
        assert_false(base64_decode(&out, slice_of(standard[i]), BASE64_STANDARD));
        assert_string_equal(out.data, "kept");
    }
    for (size_t i = 0; i < ARRAY_SIZE(url); i++) {
        assert_false(base64_decode(&out, slice_of(url[i]), BASE64_URL));
        assert_string_equal(out.data, "kept");
    }
}

static void test_base64_line_ends(void **state)
{
    static const char *const cases[] = {"Zm9v\nYmFy\n", "\nZm9vYmFy", "Z\r\nm9v\r\nYmF\r\ny", "Zm9vYmFy\n\n"};
    static const char *const padded[] = {"Zm9vYg==\n", "Zm9v\nYg=\n=", "Zm9vY\ng\n==\n"};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;

        assert_true(base64_decode(&out, slice_of(cases[i]), BASE64_STANDARD));
        assert_string_equal(out.data, "foobar");
    }
    for (size_t i = 0; i < ARRAY_SIZE(padded); i++) {
        _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;

        assert_true(base64_decode(&out, slice_of(padded[i]), BASE64_STANDARD));
        assert_string_equal(out.data, "foob");
    }
}

static void test_base64_of_nothing(void **state)
{
    _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;

    base64_encode(&out, NULL, 0, BASE64_STANDARD);
    assert_true(base64_decode(&out, (struct slice){0}, BASE64_STANDARD));
    assert_true(base64_decode(&out, (struct slice){0}, BASE64_URL));
    assert_string_equal(out.data, "");
}

static void test_hex(void **state)
{
    _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;

    buffer_append_str(&out, "sha256:");
    hex_encode(&out, "\x00\x7f\xa0\xff", 4);
    assert_string_equal(out.data, "sha256:007fa0ff");
}

static void test_percent(void **state)
{
    static const struct {
        const char *text;
        bool plus;
        const char *want; /* NULL: refused */
    } cases[] = {
        {"", false, ""},      {"a%20b", false, "a b"}, {"a+b", false, "a+b"},
        {"a+b", true, "a b"}, {"%2F%2f", false, "//"}, {"%e2%82%ac", false, "\xe2\x82\xac"},
        {"%", false, NULL},   {"%1", false, NULL},     {"%1g", false, NULL},
        {"%g1", false, NULL}, {"a%00b", false, NULL},  {"a%2", true, NULL},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;

        buffer_append_str(&out, "/");
        assert_int_equal(percent_decode(&out, slice_of(cases[i].text), cases[i].plus), cases[i].want != NULL);
        assert_string_equal(out.data + 1, cases[i].want ? cases[i].want : "");
        assert_int_equal(out.size, 1 + strlen(out.data + 1));
    }
}

static void test_percent_round_trip(void **state)
{
    _cleanup_(buffer_done) struct buffer all = BUFFER_INIT, text = BUFFER_INIT, back = BUFFER_INIT;

    for (int c = 1; c < 256; c++)
        buffer_append_char(&all, (char)c);
    percent_encode(&text, (struct slice){all.data, all.size});
    assert_int_equal(strspn(text.data, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%"),
                     text.size);
    assert_true(percent_decode(&back, (struct slice){text.data, text.size}, true));
    assert_int_equal(back.size, 255);
    assert_memory_equal(back.data, all.data, 255);
}

static void test_utf8(void **state)
{
    static const char *const good[] = {
        "",
        "plain",
        "exactly8",
        "longer than eight bytes",
        "\xc2\x80",
        "\xdf\xbf",
        "\xe0\xa0\x80",
        "\xed\x9f\xbf",
        "\xee\x80\x80",
        "\xef\xbf\xbf",
        "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf",
        "caf\xc3\xa9 and more than eight",
    };
    static const char *const bad[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc2",
        "\xc2 ",
        "\xe0\x9f\xbf",
        "\xe0\xa0",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xf0\x90\x80",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe",
        "\xe2\x82 ",
        "\xf0\x90\x80 ",
    };
    char text[64];

    for (size_t at = 0; at < 20; at++) {
        memset(text, 'a', sizeof(text));
        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
            memcpy(text + at, good[i], strlen(good[i]));
            assert_true(utf8_valid((struct slice){text, at + strlen(good[i])}));
            assert_true(utf8_valid((struct slice){text, sizeof(text)}));
            memset(text, 'a', sizeof(text));
        }
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
            memcpy(text + at, bad[i], strlen(bad[i]));
            assert_false(utf8_valid((struct slice){text, at + strlen(bad[i])}));
            assert_false(utf8_valid((struct slice){text, sizeof(text)}));
            memset(text, 'a', sizeof(text));
        }
    }
    assert_true(utf8_valid((struct slice){0}));
}

static void test_utf8_repair(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {{"", ""},
                 {"plain", "plain"},
                 {"\xc3\xa4 good", "\xc3\xa4 good"},
                 {"a\xff z", "a\xef\xbf\xbd z"},
                 {"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"},
                 {"\x80\xc3\xa4", "\xef\xbf\xbd\xc3\xa4"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buffer out = BUFFER_INIT;
        utf8_append_repaired(&out, slice_of(cases[i].in));
        assert_string_equal(out.data ? out.data : "", cases[i].out);
        buffer_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64_known),
        cmocka_unit_test(test_base64_round_trip),
        cmocka_unit_test(test_base64_refusals),
        cmocka_unit_test(test_base64_line_ends),
        cmocka_unit_test(test_base64_of_nothing),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_percent),
        cmocka_unit_test(test_percent_round_trip),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_utf8_repair),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
