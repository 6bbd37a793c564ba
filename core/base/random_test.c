/* SPDX-License-Identifier: Apache-2.0 */
/* Randomness: shapes and ranges, and that a seed decides everything. */
#include "core/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/base/memory.h"

static void test_below(void **state)
{
    unsigned seen[7] = {0};

    random_set_seed(1);
    for (int i = 0; i < 7000; i++) {
        uint64_t n = random_below(ARRAY_SIZE(seen));

        assert_true(n < ARRAY_SIZE(seen));
        seen[n]++;
    }
    for (size_t i = 0; i < ARRAY_SIZE(seen); i++)
        assert_in_range(seen[i], 850, 1150);
    for (int i = 0; i < 100; i++)
        assert_int_equal(random_below(1), 0);
    for (int i = 0; i < 100; i++)
        assert_true(random_below(UINT64_C(1) << 63) < UINT64_C(1) << 63);
    random_set_seed(0);
}

static void test_unit(void **state)
{
    double sum = 0;

    random_set_seed(2);
    for (int i = 0; i < 10000; i++) {
        double x = random_unit();

        assert_true(x >= 0 && x < 1);
        sum += x;
    }
    assert_true(sum > 4800 && sum < 5200);
    random_set_seed(0);
}

static void test_name_suffix(void **state)
{
    char text[65];

    for (size_t length = 0; length <= 64; length++) {
        memset(text, '#', sizeof(text));
        random_name_suffix(text, length);
        assert_int_equal(strlen(text), length);
        assert_int_equal(strspn(text, "bcdfghjklmnpqrstvwxz2456789"), length);
    }
}

static void test_uuid(void **state)
{
    char a[UUID_TEXT_MAX], b[UUID_TEXT_MAX];

    random_uuid(a);
    random_uuid(b);
    assert_string_not_equal(a, b);
    assert_int_equal(strlen(a), 36);
    for (int i = 0; i < 36; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23)
            assert_int_equal(a[i], '-');
        else
            assert_non_null(strchr("0123456789abcdef", a[i]));
    assert_int_equal(a[14], '4');
    assert_non_null(strchr("89ab", a[19]));
}

static void test_seed(void **state)
{
    char a[UUID_TEXT_MAX], b[UUID_TEXT_MAX];
    uint64_t first, second;

    random_set_seed(99);
    random_uuid(a);
    first = random_u64();
    random_set_seed(99);
    random_uuid(b);
    second = random_u64();
    assert_string_equal(a, b);
    assert_true(first == second);
    random_set_seed(100);
    random_uuid(b);
    assert_string_not_equal(a, b);
    random_set_seed(0);
    assert_true(random_u64() != random_u64());
}

/* A child must not draw what its parent draws. */
static void test_fork(void **state)
{
    uint64_t own, childs = 0;
    int ends[2];

    (void)random_u64(); /* a portion is begun */
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        own = random_u64();
        _exit(write(ends[1], &own, sizeof(own)) != sizeof(own));
    }
    own = random_u64();
    assert_int_equal(read(ends[0], &childs, sizeof(childs)), sizeof(childs));
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(own != childs);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_below), cmocka_unit_test(test_unit), cmocka_unit_test(test_name_suffix),
        cmocka_unit_test(test_uuid),  cmocka_unit_test(test_seed), cmocka_unit_test(test_fork),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
