/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation: contents, growth, what releases itself, and that a broken requirement ends the process. */
#include "core/base/memory.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static void test_copies(void **state)
{
    _cleanup_free_ char *text = xstrdup("pod"), *part = xstrndup("namespace", 4),
                        *made = xasprintf("%s-%d", "a", 7);
    _cleanup_free_ char *raw = xmemdup("a\0b", 3), *none = xstrdup(NULL);
    _cleanup_free_ int *zeroed = newa0(int, 100);

    assert_string_equal(text, "pod");
    assert_string_equal(part, "name");
    assert_string_equal(made, "a-7");
    assert_memory_equal(raw, "a\0b", 3);
    assert_null(none);
    for (int i = 0; i < 100; i++)
        assert_int_equal(zeroed[i], 0);
}

static void test_strndup_stops_at_nul(void **state)
{
    _cleanup_free_ char *text = xstrndup("ab", 100);

    assert_string_equal(text, "ab");
}

static void test_nothing_is_something(void **state)
{
    _cleanup_free_ void *a = xmalloc(0), *b = xcalloc(0, 8), *c = xrealloc(NULL, 0);

    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(c);
}

static void test_grow(void **state)
{
    _cleanup_free_ uint64_t *items = NULL;
    size_t capacity = 0, moves = 0;

    for (size_t i = 0; i < 10000; i++) {
        size_t before = capacity;

        items = xgrow(items, &capacity, i + 1, sizeof(*items));
        items[i] = i;
        moves += capacity != before;
    }
    assert_true(capacity >= 10000);
    assert_true(moves < 40);
    for (size_t i = 0; i < 10000; i++)
        assert_int_equal(items[i], i);
}

static void test_take(void **state)
{
    char *from = xstrdup("x");
    _cleanup_free_ char *to = TAKE_PTR(from);
    int fd = 5, taken = TAKE_FD(fd);

    assert_null(from);
    assert_string_equal(to, "x");
    assert_int_equal(taken, 5);
    assert_int_equal(fd, -1);
}

static void test_cleanup_close(void **state)
{
    int fd;
    {
        _cleanup_close_ int scoped = open("/dev/null", O_RDONLY | O_CLOEXEC);
        _cleanup_close_ int never = -1;

        fd = scoped;
        assert_true(fd >= 0);
        assert_int_equal(never, -1);
    }
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static int signal_of_child(void (*run)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr))
            _exit(1);
        run();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void child_requires(void)
{
    require(1 + 1 == 3);
}

static void child_grows_too_far(void)
{
    size_t capacity = 0;

    free(xgrow(NULL, &capacity, SIZE_MAX / 2, 16));
}

static void child_requires_what_holds(void)
{
    require(1 + 1 == 2);
}

static void test_ends_the_process(void **state)
{
    assert_int_equal(signal_of_child(child_requires), SIGABRT);
    assert_int_equal(signal_of_child(child_grows_too_far), SIGABRT);
    assert_int_equal(signal_of_child(child_requires_what_holds), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_strndup_stops_at_nul),
        cmocka_unit_test(test_nothing_is_something),
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_cleanup_close),
        cmocka_unit_test(test_ends_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
