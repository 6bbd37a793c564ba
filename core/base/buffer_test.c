/* SPDX-License-Identifier: Apache-2.0 */
/* Slices, buffers and shared blocks. */
#include "core/base/buffer.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/base/memory.h"

static void assert_slice(struct slice s, const char *text)
{
    assert_int_equal(s.size, strlen(text));
    if (s.size)
        assert_memory_equal(s.data, text, s.size);
}

static void test_slice_compare(void **state)
{
    struct slice pod = SLICE("pod-1"), none = {0};

    assert_true(slice_equal(pod, slice_of("pod-1")));
    assert_false(slice_equal(pod, SLICE("pod-2")));
    assert_false(slice_equal(pod, SLICE("pod-11")));
    assert_true(slice_equal(none, SLICE("")));
    assert_true(slice_is(pod, "pod-1"));
    assert_true(slice_is(none, ""));
    assert_true(slice_starts(pod, "pod"));
    assert_true(slice_starts(pod, ""));
    assert_false(slice_starts(pod, "pod-12"));
    assert_true(slice_ends(pod, "-1"));
    assert_true(slice_ends(none, ""));
    assert_false(slice_ends(none, "a"));
    assert_int_equal(slice_of(NULL).size, 0);
}

static void test_slice_cut(void **state)
{
    struct slice rest = SLICE("a,,b,");

    assert_slice(slice_cut(&rest, ','), "a");
    assert_slice(slice_cut(&rest, ','), "");
    assert_slice(slice_cut(&rest, ','), "b");
    assert_non_null(rest.data);
    assert_slice(slice_cut(&rest, ','), "");
    assert_null(rest.data);
    assert_slice(slice_cut(&rest, ','), "");
}

static void test_slice_trim(void **state)
{
    assert_slice(slice_trim(SLICE(" \t\r\n x y \v\f")), "x y");
    assert_slice(slice_trim(SLICE("   ")), "");
    assert_slice(slice_trim((struct slice){0}), "");
}

static void test_append(void **state)
{
    _cleanup_(buffer_done) struct buffer b = BUFFER_INIT;

    buffer_append_str(&b, "");
    assert_string_equal(b.data, "");
    buffer_append_str(&b, "ab");
    buffer_append_char(&b, 'c');
    buffer_append_slice(&b, SLICE("de"));
    buffer_append(&b, "\0f", 2);
    buffer_printf(&b, "%d-%s", 12, "x");
    assert_int_equal(b.size, 11);
    assert_memory_equal(b.data, "abcde\0f12-x", 12);
    buffer_consume(&b, 6);
    assert_string_equal(b.data, "f12-x");
    buffer_consume(&b, 5);
    assert_int_equal(b.size, 0);
    assert_string_equal(b.data, "");
}

static void test_grows_with_its_nul(void **state)
{
    _cleanup_(buffer_done) struct buffer b = BUFFER_INIT;

    for (size_t i = 0; i < 5000; i++) {
        buffer_append_char(&b, (char)('a' + i % 26));
        assert_true(b.capacity > b.size);
        assert_int_equal(b.data[b.size], '\0');
    }
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(b.data[i], 'a' + i % 26);
}

static void test_printf_of_any_size(void **state)
{
    for (int width = 0; width < 300; width++) {
        _cleanup_(buffer_done) struct buffer b = BUFFER_INIT;

        buffer_append_char(&b, '<');
        buffer_printf(&b, "%0*d>", width, 7);
        assert_int_equal(b.size, MAX(width, 1) + 2);
        assert_int_equal(b.data[b.size - 1], '>');
        assert_int_equal(b.data[b.size - 2], '7');
    }
}

static void test_numbers(void **state)
{
    static const int64_t cases[] = {0,          1,         9,         10,        99,       100,  101,
                                    999,        1000,      -1,        -10,       -99,      4096, 65536,
                                    1234567890, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    uint64_t power = 1;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(buffer_done) struct buffer b = BUFFER_INIT;
        char want[32];

        snprintf(want, sizeof(want), "%" PRId64, cases[i]);
        buffer_append_i64(&b, cases[i]);
        assert_string_equal(b.data, want);
    }
    for (int i = 0; i < 20; i++, power *= 10) {
        _cleanup_(buffer_done) struct buffer b = BUFFER_INIT;
        char want[64];

        snprintf(want, sizeof(want), "%" PRIu64 " %" PRIu64 " %" PRIu64, power - 1, power,
                 UINT64_MAX / power);
        buffer_append_u64(&b, power - 1);
        buffer_append_char(&b, ' ');
        buffer_append_u64(&b, power);
        buffer_append_char(&b, ' ');
        buffer_append_u64(&b, UINT64_MAX / power);
        assert_string_equal(b.data, want);
    }
}

static void test_take_and_clear(void **state)
{
    struct buffer b = BUFFER_INIT;
    _cleanup_free_ char *empty = buffer_take(&b);

    assert_string_equal(empty, "");
    buffer_append_str(&b, "text");
    buffer_clear(&b);
    assert_string_equal(b.data, "");
    assert_true(b.capacity > 0);
    buffer_append_str(&b, "new");
    _cleanup_free_ char *taken = buffer_take(&b);
    assert_string_equal(taken, "new");
    assert_null(b.data);
    buffer_clear(&b);
}

static void test_bytes(void **state)
{
    struct bytes *a = bytes_new("abc", 3);
    struct bytes *b = bytes_ref(a);

    bytes_unref(a);
    assert_slice(bytes_slice(b), "abc");
    bytes_unref(b);
    bytes_unref(NULL);
    assert_null(bytes_ref(NULL));
    assert_int_equal(bytes_slice(NULL).size, 0);
}

static void test_bytes_take_buffer(void **state)
{
    static const size_t sizes[] = {0, 1, 7, 8, 9, 100, 16383, 16384, 16385, 65535, 65536, 1000003};

    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct buffer b = BUFFER_INIT;

        for (size_t n = 0; n < sizes[i]; n++)
            buffer_append_char(&b, (char)(n * 31 % 251));
        _cleanup_(cleanup_bytes_unref) struct bytes *bytes = bytes_take_buffer(&b);
        assert_null(b.data);
        assert_int_equal(b.size, 0);
        assert_int_equal(bytes->size, sizes[i]);
        for (size_t n = 0; n < sizes[i]; n++)
            assert_true(bytes->data[n] == (char)(n * 31 % 251));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slice_compare),
        cmocka_unit_test(test_slice_cut),
        cmocka_unit_test(test_slice_trim),
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_grows_with_its_nul),
        cmocka_unit_test(test_printf_of_any_size),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_take_and_clear),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_bytes_take_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
