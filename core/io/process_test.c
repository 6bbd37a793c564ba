/* SPDX-License-Identifier: Apache-2.0 */
/* Child processes: output and status, errors that name the program, descriptors that stay behind, kill at the
 * timeout, reaping through a loop. */
#include "core/io/process.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/memory.h"

static struct process_config shell(const char *const *argv)
{
    return (struct process_config){.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
}

static const struct {
    const char *script, *input, *output, *errors;
    int status;
} runs[] = {
    {"echo out; echo err >&2; exit 3", "", "out\n", "err\n", 3},
    {"cat", "some input", "some input", "", 0},
    {"cat", "", "", "", 0},
    {"ls /proc/self/fd | wc -l", "", "4\n", "", 0}, /* ls itself opens the folder */
    {"cat /dev/stdin; pwd", "x", "x/\n", "", 0},
    {"sleep 100 & echo done", "", "done\n", "", 0}, /* a grandchild keeps the pipe */
    {"echo $GREETING", "", "hello\n", "", 0},
};

static void test_run(void **state)
{
    int extra = open("/dev/null", O_RDONLY); /* not closed on exec, and must not be inherited */
    for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        _cleanup_(buffer_done) struct buffer output = BUFFER_INIT, errors = BUFFER_INIT;
        const char *argv[] = {"sh", "-c", runs[i].script, NULL};
        const char *environment[] = {"GREETING=hello", "PATH=/usr/bin:/bin", NULL};
        struct process_config config = shell(argv);
        int status = -1;
        config.directory = "/";
        config.environment = environment;
        config.new_session = true;
        assert_int_equal(
            process_run(&config, slice_of(runs[i].input), &output, &errors, 20000, &status, &err), 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), runs[i].status);
        assert_string_equal(output.data ? output.data : "", runs[i].output);
        assert_string_equal(errors.data ? errors.data : "", runs[i].errors);
    }
    close(extra);
}

static void test_run_many_bytes(void **state)
{
    _cleanup_(buffer_done) struct buffer output = BUFFER_INIT, input = BUFFER_INIT;
    const char *argv[] = {"cat", NULL};
    struct process_config config = shell(argv);
    int status;
    for (unsigned i = 0; i < 300000; i++)
        buffer_append_u64(&input, i);
    assert_int_equal(
        process_run(&config, (struct slice){input.data, input.size}, &output, NULL, 20000, &status, NULL), 0);
    assert_int_equal(output.size, 1024 * 1024);
    assert_memory_equal(output.data, input.data, output.size);
}

static void test_errors(void **state)
{
    static const struct {
        const char *program, *directory, *message;
        enum error_code code;
    } cases[] = {
        {"no-such-program-anywhere", NULL, "no-such-program-anywhere", ERR_NOT_FOUND},
        {"/no/such/program", NULL, "/no/such/program", ERR_NOT_FOUND},
        {"/etc/passwd", NULL, "/etc/passwd", ERR_FORBIDDEN},
        {"true", "/no/such/folder", "cannot enter its folder", ERR_NOT_FOUND},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        const char *argv[] = {cases[i].program, NULL};
        struct process_config config = shell(argv);
        int status;
        config.directory = cases[i].directory;
        assert_int_equal(process_run(&config, (struct slice){0}, NULL, NULL, 1000, &status, &err), -1);
        assert_int_equal(err.code, cases[i].code);
        assert_non_null(strstr(err.message, cases[i].message));
    }
}

static void test_timeout_kills(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_(buffer_done) struct buffer output = BUFFER_INIT;
    const char *argv[] = {"sh", "-c", "trap '' TERM; echo begun; while :; do sleep 1; done", NULL};
    struct process_config config = shell(argv);
    int status;
    config.new_session = true;
    assert_int_equal(process_run(&config, (struct slice){0}, &output, NULL, 300, &status, &err), -1);
    assert_int_equal(err.code, ERR_TIMEOUT);
    assert_string_equal(output.data, "begun\n");
}

struct ending {
    struct loop *loop;
    int wait_status;
    unsigned calls;
};

static void on_exited(void *context, int wait_status)
{
    struct ending *ending = context;
    ending->wait_status = wait_status;
    ending->calls++;
    loop_stop(ending->loop);
}

static void test_start_and_kill(void **state)
{
    struct ending ending = {.loop = loop_new()};
    const char *argv[] = {"sleep", "1000", NULL};
    struct process_config config = shell(argv);
    struct process *p;
    config.die_with_parent = true;
    assert_int_equal(process_start(ending.loop, &config, on_exited, &ending, &p, NULL), 0);
    assert_true(process_pid(p) > 1);
    assert_int_equal(process_kill(p, SIGTERM), 0);
    loop_run(ending.loop);
    assert_int_equal(ending.calls, 1);
    assert_true(WIFSIGNALED(ending.wait_status));
    assert_int_equal(WTERMSIG(ending.wait_status), SIGTERM);
    assert_int_equal(process_kill(p, SIGTERM), -1); /* nobody is hit */
    process_free(p);
    loop_free(ending.loop);
}

static void test_signals_are_reset(void **state)
{
    _cleanup_(buffer_done) struct buffer output = BUFFER_INIT;
    const char *argv[] = {"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status", NULL};
    struct process_config config = shell(argv);
    int status;
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(process_run(&config, (struct slice){0}, &output, NULL, 20000, &status, NULL), 0);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_string_equal(output.data, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run),
        cmocka_unit_test(test_run_many_bytes),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_timeout_kills),
        cmocka_unit_test(test_start_and_kill),
        cmocka_unit_test(test_signals_are_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
