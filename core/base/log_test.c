/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: their shape, levels, and that a message cannot forge a line. */
#include "core/base/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/base/buffer.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"

#define WHEN "2006-01-02T15:04:05.123456Z"

static int64_t fixed_realtime(void)
{
    return INT64_C(1136214245123456789);
}

static const struct clock_source fixed_clock = {fixed_realtime, fixed_realtime};
static char path[] = "/tmp/keelson-log-test.XXXXXX";
static int saved_stderr;

static int capture(void **state)
{
    int fd = mkstemp(path);

    saved_stderr = dup(STDERR_FILENO);
    clock_set_source(&fixed_clock);
    return fd < 0 || dup2(fd, STDERR_FILENO) < 0 || close(fd) < 0;
}

static int restore(void **state)
{
    clock_set_source(NULL);
    unlink(path);
    return dup2(saved_stderr, STDERR_FILENO) < 0 || close(saved_stderr) < 0;
}

/* What was written since the last time. */
static void assert_logged(const char *want)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;

    assert_int_equal(file_read(path, 1 << 20, &text, NULL), 0);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(lseek(STDERR_FILENO, 0, SEEK_SET), 0);
    assert_string_equal(text.data, want);
}

static void test_line(void **state)
{
    log_init("kube-scheduler", LOG_LEVEL_INFO);
    log_info("bound %s to %s", "pod", "node");
    assert_logged(WHEN " info kube-scheduler: bound pod to node\n");
    log_error("e");
    log_warning("w");
    assert_logged(WHEN " error kube-scheduler: e\n" WHEN " warning kube-scheduler: w\n");
}

static void test_levels(void **state)
{
    log_init("k", LOG_LEVEL_WARNING);
    log_info("no");
    log_debug("no");
    log_trace("no");
    assert_false(log_enabled(LOG_LEVEL_INFO));
    assert_logged("");
    log_init("k", LOG_LEVEL_TRACE);
    log_debug("d");
    log_trace("t");
    assert_logged(WHEN " debug k: d\n" WHEN " trace k: t\n");
}

static void test_no_forged_lines(void **state)
{
    log_init("k", LOG_LEVEL_INFO);
    log_info("a\nb\033[1m\tc\n\n");
    assert_logged(WHEN " info k: a b [1m c\n");
    log_info("%s", "");
    assert_logged(WHEN " info k: \n");
}

static void test_long_lines(void **state)
{
    log_init("k", LOG_LEVEL_INFO);
    for (int size = 900; size < 1100; size++) {
        _cleanup_free_ char *want = xasprintf(WHEN " info k: %0*d\n", size, 7);

        log_info("%0*d", size, 7);
        assert_logged(want);
    }
}

static void test_errno(void **state)
{
    errno = ENOENT;
    log_info("%m");
    assert_int_equal(errno, ENOENT);
    assert_logged(WHEN " info k: No such file or directory\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_no_forged_lines),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_errno),
    };

    return cmocka_run_group_tests(tests, capture, restore);
}
