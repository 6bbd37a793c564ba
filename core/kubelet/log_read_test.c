/* SPDX-License-Identifier: Apache-2.0 */
/* Container logs: the format, what is shown of a file, and following it. */
#include "core/kubelet/log-read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"

#define T1 "2026-11-23T16:44:01.000000001Z"
#define T2 "2026-11-23T16:44:02.000000000Z"
#define T3 "2026-11-23T16:44:03.500000000+00:00"

static const struct {
    const char *record;
    bool good, is_stderr, partial;
    const char *text;
} records[] = {
    {T1 " stdout F hello there", true, false, false, "hello there"},
    {T1 " stderr P piece", true, true, true, "piece"},
    {T1 " stdout F ", true, false, false, ""},
    {T1 " stdout F", true, false, false, ""},
    {T1 " stdout F:x  two", true, false, false, " two"},
    {T1 " stdin F x", false, false, false, ""},
    {T1 " stdout Q x", false, false, false, ""},
    {T1 " stdout", false, false, false, ""},
    {"yesterday stdout F x", false, false, false, ""},
    {"", false, false, false, ""},
};

static void test_records(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
        struct log_line line = {0};
        assert_int_equal(log_line_parse(slice_of(records[i].record), &line), records[i].good);
        if (!records[i].good)
            continue;
        assert_int_equal(line.is_stderr, records[i].is_stderr);
        assert_int_equal(line.partial, records[i].partial);
        assert_true(slice_is(line.text, records[i].text));
    }
}

struct shown {
    pthread_mutex_t lock;
    struct buffer out;
    atomic_bool ended;
    size_t refuse_after; /* bytes; 0: never */
};

static int collect(void *context, struct slice data)
{
    struct shown *s = context;
    pthread_mutex_lock(&s->lock);
    buffer_append_slice(&s->out, data);
    bool refused = s->refuse_after && s->out.size >= s->refuse_after;
    pthread_mutex_unlock(&s->lock);
    return refused ? -1 : 0;
}

static bool running(void *context)
{
    return !atomic_load(&((struct shown *)context)->ended);
}

static char folder[64], path[96];

static int setup(void **state)
{
    snprintf(folder, sizeof(folder), "/tmp/keelson-logs-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/0.log", folder);
    return 0;
}

static int teardown(void **state)
{
    return directory_remove(folder, NULL);
}

static void append(const char *text)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static const char whole[] = T1 " stdout F one\n" T2 " stderr P tw\n" T2 " stdout F out\n" T2 " stderr F o\n"
                               "garbage\n" T3 " stdout F three\n" T3 " stdout F unended";

static const struct {
    struct log_read_options options;
    const char *shown;
} reads[] = {
    {{.tail_lines = -1, .since_ns = INT64_MIN, .limit_bytes = -1}, "one\ntwout\no\nthree\nunended\n"},
    {{.tail_lines = 2, .since_ns = INT64_MIN, .limit_bytes = -1}, "three\nunended\n"},
    {{.tail_lines = 0, .since_ns = INT64_MIN, .limit_bytes = -1}, ""},
    {{.tail_lines = 99, .since_ns = INT64_MIN, .limit_bytes = -1}, "one\ntwout\no\nthree\nunended\n"},
    {{.tail_lines = -1, .since_ns = INT64_MIN, .limit_bytes = 5}, "one\nt"},
    {{.tail_lines = -1, .since_ns = INT64_MIN, .limit_bytes = 0}, ""},
    {{.tail_lines = -1, .since_ns = 1795452243 * NS_PER_S, .limit_bytes = -1}, "three\nunended\n"},
    {{.tail_lines = -1, .since_ns = INT64_MIN, .limit_bytes = -1, .streams = LOG_STDERR}, "two\n"},
    {{.tail_lines = -1, .since_ns = INT64_MIN, .limit_bytes = -1, .streams = LOG_STDERR, .timestamps = true},
     T2 " two\n"},
    {{.tail_lines = 1, .since_ns = INT64_MIN, .limit_bytes = -1, .timestamps = true}, T3 " unended\n"},
};

static void test_reads(void **state)
{
    append(whole);
    for (size_t i = 0; i < ARRAY_SIZE(reads); i++) {
        struct shown s = {.lock = PTHREAD_MUTEX_INITIALIZER};
        struct log_reader reader = {.write = collect, .running = running, .wake_fd = -1, .context = &s};
        assert_int_equal(log_read(path, &reads[i].options, &reader, NULL), 0);
        assert_string_equal(s.out.data ? s.out.data : "", reads[i].shown);
        buffer_done(&s.out);
    }
}

static void test_tail_over_blocks(void **state)
{
    struct buffer text = BUFFER_INIT;
    for (int i = 0; i < 3000; i++)
        buffer_printf(&text, T1 " stdout F line %d\n", i);
    append(text.data);
    buffer_done(&text);
    struct shown s = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct log_reader reader = {.write = collect, .running = running, .wake_fd = -1, .context = &s};
    struct log_read_options options = {.tail_lines = 2000, .since_ns = INT64_MIN, .limit_bytes = -1};
    assert_int_equal(log_read(path, &options, &reader, NULL), 0);
    assert_int_equal(strncmp(s.out.data, "line 1000\n", 10), 0);
    assert_true(slice_ends((struct slice){s.out.data, s.out.size}, "\nline 2999\n"));
    buffer_done(&s.out);
}

static void test_missing(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct log_reader reader = {.write = collect, .running = running, .wake_fd = -1};
    struct log_read_options options = {.tail_lines = -1, .limit_bytes = -1};
    assert_int_equal(log_read(path, &options, &reader, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

struct follower {
    struct shown s;
    struct log_reader reader;
    pthread_t thread;
};

static void *run_follower(void *context)
{
    struct follower *f = context;
    struct log_read_options options = {
        .follow = true, .tail_lines = 1, .since_ns = INT64_MIN, .limit_bytes = -1};
    assert_int_equal(log_read(path, &options, &f->reader, NULL), 0);
    return NULL;
}

static void follower_start(struct follower *f, int wake_fd)
{
    *f = (struct follower){.s.lock = PTHREAD_MUTEX_INITIALIZER};
    f->reader =
        (struct log_reader){.write = collect, .running = running, .wake_fd = wake_fd, .context = &f->s};
    assert_int_equal(pthread_create(&f->thread, NULL, run_follower, f), 0);
}

static void wait_for(struct follower *f, const char *text)
{
    for (int i = 0; i < 10000; i++) {
        pthread_mutex_lock(&f->s.lock);
        bool there = f->s.out.data && strcmp(f->s.out.data, text) == 0;
        pthread_mutex_unlock(&f->s.lock);
        if (there)
            return;
        usleep(1000);
    }
    fail_msg("still \"%s\" instead of \"%s\"", f->s.out.data ? f->s.out.data : "", text);
}

static void test_follow_over_rotation(void **state)
{
    struct follower f;
    char old[128];
    snprintf(old, sizeof(old), "%s.20261123-164405", path);
    append(T1 " stdout F zero\n" T1 " stdout F one\n");
    follower_start(&f, -1);
    wait_for(&f, "one\n");
    append(T1 " stdout P tw");
    append("o-\n" T1 " stdout F three\n");
    wait_for(&f, "one\ntwo-three\n");
    assert_int_equal(rename(path, old), 0);
    append(T2 " stdout F new file\n");
    wait_for(&f, "one\ntwo-three\nnew file\n");
    atomic_store(&f.s.ended, true);
    append(T2 " stdout F last words\n");
    pthread_join(f.thread, NULL);
    assert_string_equal(f.s.out.data, "one\ntwo-three\nnew file\nlast words\n");
    buffer_done(&f.s.out);
}

static void test_follow_is_woken(void **state)
{
    struct follower f;
    _cleanup_close_ int wake = eventfd(0, EFD_CLOEXEC);
    append(T1 " stdout F one\n");
    follower_start(&f, wake);
    wait_for(&f, "one\n");
    eventfd_write(wake, 1);
    pthread_join(f.thread, NULL);
    buffer_done(&f.s.out);
}

static void test_nobody_reads(void **state)
{
    append(whole);
    struct shown s = {.lock = PTHREAD_MUTEX_INITIALIZER, .refuse_after = 1};
    struct log_reader reader = {.write = collect, .running = running, .wake_fd = -1, .context = &s};
    struct log_read_options options = {
        .follow = true, .tail_lines = -1, .since_ns = INT64_MIN, .limit_bytes = -1};
    assert_int_equal(log_read(path, &options, &reader, NULL), 0); /* returns, though the container runs */
    buffer_done(&s.out);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),  CASE(test_reads),
        CASE(test_tail_over_blocks),     CASE(test_missing),
        CASE(test_follow_over_rotation), CASE(test_follow_is_woken),
        CASE(test_nobody_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
