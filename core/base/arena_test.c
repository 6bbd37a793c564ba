/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas: alignment, distinct memory, block sizes, reuse. */
#include "core/base/arena.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/memory.h"

static void test_memory_is_distinct(void **state)
{
    _cleanup_(arena_done) struct arena a = ARENA_INIT;
    unsigned char *parts[500];

    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        size_t size = i * i % 4001;

        parts[i] = arena_alloc(&a, size);
        assert_int_equal((uintptr_t)parts[i] % 8, 0);
        memset(parts[i], (int)(i & 255), size);
    }
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        for (size_t n = 0; n < i * i % 4001; n++)
            assert_int_equal(parts[i][n], i & 255);
}

static void test_blocks_double(void **state)
{
    _cleanup_(arena_done) struct arena a = ARENA_INIT;

    assert_int_equal(a.total, 0);
    arena_alloc(&a, 8);
    assert_int_equal(a.total, 4 << 10);
    for (int i = 0; i < 100; i++)
        arena_alloc(&a, 1000);
    /* 4 + 8 + 16 + 32 + 64 KiB hold 100,000 bytes */
    assert_int_equal(a.total, 124 << 10);
}

static void test_big_gets_its_own(void **state)
{
    _cleanup_(arena_done) struct arena a = ARENA_INIT;
    char *first = arena_alloc(&a, 8);
    char *big = arena_alloc(&a, 1000000);
    char *second = arena_alloc(&a, 8);

    memset(big, 1, 1000000);
    assert_ptr_equal(second, first + 8);
    assert_in_range(a.total, 1004096, 1004196);
}

static void test_big_comes_first(void **state)
{
    _cleanup_(arena_done) struct arena a = ARENA_INIT;
    char *big = arena_alloc(&a, 70000), *small = arena_alloc(&a, 16);

    memset(big, 1, 70000);
    memset(small, 2, 16);
    assert_int_equal(big[69999], 1);
    arena_reset(&a);
    small = arena_alloc0(&a, 16);
    assert_int_equal(small[15], 0);
}

static void test_text(void **state)
{
    _cleanup_(arena_done) struct arena a = ARENA_INIT;

    assert_string_equal(arena_strdup(&a, "node"), "node");
    assert_null(arena_strdup(&a, NULL));
    assert_string_equal(arena_strndup(&a, "node", 2), "no");
    assert_string_equal(arena_strndup(&a, "no", 200), "no");
    assert_string_equal(arena_strndup(&a, NULL, 0), "");
    assert_int_equal(*arena_new(&a, uint64_t), 0);
}

static void test_printf(void **state)
{
    _cleanup_(arena_done) struct arena a = ARENA_INIT;
    char *texts[300];

    for (int i = 0; i < 300; i++)
        texts[i] = arena_printf(&a, "%0*d", i, 1);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(strlen(texts[i]), MAX(i, 1));
        assert_int_equal(texts[i][MAX(i, 1) - 1], '1');
    }
}

static void test_reset_keeps_one_block(void **state)
{
    _cleanup_(arena_done) struct arena a = ARENA_INIT;

    arena_reset(&a);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++)
            memset(arena_alloc(&a, 100), 1, 100);
        arena_alloc(&a, 500000);
        arena_reset(&a);
        assert_int_equal(a.total, 64 << 10);
    }
    arena_alloc(&a, 1 << 20);
    arena_done(&a);
    assert_int_equal(a.total, 0);
    arena_alloc(&a, 1 << 20);
    arena_reset(&a);
    assert_int_equal(a.total, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_distinct),
        cmocka_unit_test(test_blocks_double),
        cmocka_unit_test(test_big_gets_its_own),
        cmocka_unit_test(test_big_comes_first),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_printf),
        cmocka_unit_test(test_reset_keeps_one_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
