/* SPDX-License-Identifier: Apache-2.0 */
/* What was compressed, in pieces of all sizes, is what zlib makes of it again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include <cmocka.h>

#include "core/base/memory.h"
#include "core/io/gzip.h"

static void assert_inflates_to(const struct buffer *packed, struct slice wanted)
{
    z_stream stream = {.next_in = (Bytef *)packed->data, .avail_in = (uInt)packed->size};
    _cleanup_free_ char *text = xmalloc(wanted.size + 1);
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_out = (Bytef *)text;
    stream.avail_out = (uInt)wanted.size + 1;
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.total_out, wanted.size);
    assert_int_equal(stream.avail_in, 0);
    if (wanted.size)
        assert_memory_equal(text, wanted.data, wanted.size);
    inflateEnd(&stream);
}

/* Half of it repeats, half does not compress. */
static void fill(char *text, size_t size)
{
    uint32_t state = 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525 + 1013904223;
        text[i] = i / 4096 % 2 ? (char)(state >> 24) : "metadata"[i % 8];
    }
}

static void test_pieces(void **state)
{
    static const size_t sizes[] = {0, 1, 1000, 300000}, steps[] = {1, 7, 4096, 1000000};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        _cleanup_free_ char *text = xmalloc(sizes[i] + 1);
        fill(text, sizes[i]);
        for (size_t j = 0; j < ARRAY_SIZE(steps); j++) {
            struct buffer out = BUFFER_INIT;
            struct gzip *g = gzip_new();
            for (size_t at = 0; at < sizes[i]; at += steps[j])
                gzip_add(g, (struct slice){text + at, MIN(steps[j], sizes[i] - at)}, &out);
            gzip_end(g, &out);
            assert_inflates_to(&out, (struct slice){text, sizes[i]});
            buffer_done(&out);
        }
    }
}

static void test_whole(void **state)
{
    struct buffer out = BUFFER_INIT;
    char text[100000] = {0};
    gzip_whole((struct slice){text, sizeof(text)}, &out);
    assert_in_range(out.size, 20, 2000);
    assert_inflates_to(&out, (struct slice){text, sizeof(text)});
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pieces), cmocka_unit_test(test_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
