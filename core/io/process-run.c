/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a child to its end and gathering what it says. Its input is a file in memory rather than a pipe, so
 * nothing has to be fed while it runs. When it has ended, what stands in the pipes is read, but nobody waits
 * for grandchildren that keep them open.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/io/process-spawn.h"

#define OUTPUT_BYTES_MAX (1024u * 1024)

struct capture {
    int read_fd, write_fd; /* -1: none */
    struct buffer *into;
};

static int input_file(struct slice input, int *ret, struct error *err)
{
    _cleanup_close_ int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot make a file in memory");
    for (size_t done = 0; done < input.size;) {
        ssize_t n = write(fd, input.data + done, input.size - done);
        if (n < 0)
            return error_set_errno(err, errno, "cannot write a file in memory");
        done += (size_t)n;
    }
    if (lseek(fd, 0, SEEK_SET) < 0)
        return error_set_errno(err, errno, "cannot rewind a file in memory");
    *ret = TAKE_FD(fd);
    return 0;
}

static int capture_open(struct capture *capture, struct buffer *into, struct error *err)
{
    int fds[2];
    *capture = (struct capture){-1, -1, into};
    if (!into)
        return 0;
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
        return error_set_errno(err, errno, "cannot make a pipe");
    capture->read_fd = fds[0];
    capture->write_fd = fds[1];
    return fcntl(fds[1], F_SETFL, 0);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void capture_read(struct capture *capture)
{
    char piece[16384];
    while (capture->read_fd >= 0) {
        ssize_t n = read(capture->read_fd, piece, sizeof(piece));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            close_fd(&capture->read_fd);
            return;
        }
        buffer_append(capture->into, piece,
                      MIN((size_t)n, OUTPUT_BYTES_MAX - MIN(capture->into->size, OUTPUT_BYTES_MAX)));
    }
}

static int wait_ms(int64_t until_ms)
{
    if (until_ms < 0)
        return -1;
    return (int)MIN(MAX(until_ms - clock_monotonic_ms(), 0), 1000 * 3600);
}

/* Returns whether it ended in time. */
static bool gather(int pidfd, struct capture *captures, int64_t until_ms)
{
    for (;;) {
        struct pollfd fds[3] = {
            {pidfd, POLLIN, 0}, {captures[0].read_fd, POLLIN, 0}, {captures[1].read_fd, POLLIN, 0}};
        int ready = poll(fds, 3, wait_ms(until_ms));
        for (int i = 0; i < 2; i++)
            if (ready > 0 && fds[i + 1].revents)
                capture_read(&captures[i]);
        if (ready > 0 && fds[0].revents)
            break;
        if (until_ms >= 0 && clock_monotonic_ms() >= until_ms)
            return false;
    }
    capture_read(&captures[0]);
    capture_read(&captures[1]);
    return true;
}

static int reap(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static int run(const struct process_config *config, struct capture *captures, int64_t timeout_ms,
               int *ret_wait_status, struct error *err)
{
    pid_t pid;
    int pidfd;
    int64_t until_ms = timeout_ms < 0 ? -1 : clock_monotonic_ms() + timeout_ms;
    if (process_spawn(config, &pid, &pidfd, err) < 0)
        return -1;
    close_fd(&captures[0].write_fd);
    close_fd(&captures[1].write_fd);
    bool ended = gather(pidfd, captures, until_ms);
    if (!ended) {
        process_signal(pidfd, SIGKILL);
        if (config->new_session)
            kill(-pid, SIGKILL); /* not reaped yet, so the group is still its own */
    }
    int status = reap(pid);
    close(pidfd);
    if (!ended)
        return error_set(err, ERR_TIMEOUT, "%s was killed: not done after %lld ms", config->argv[0],
                         (long long)timeout_ms);
    *ret_wait_status = status;
    return 0;
}

int process_run(const struct process_config *config, struct slice input, struct buffer *output,
                struct buffer *errors, int64_t timeout_ms, int *ret_wait_status, struct error *err)
{
    struct process_config actual = *config;
    struct capture captures[2] = {{-1, -1, NULL}, {-1, -1, NULL}};
    _cleanup_close_ int input_fd = -1;
    int result = -1;
    if (input.size && input_file(input, &input_fd, err) < 0)
        return -1;
    if (capture_open(&captures[0], output, err) == 0 && capture_open(&captures[1], errors, err) == 0) {
        actual.stdin_fd = input.size ? input_fd : config->stdin_fd;
        actual.stdout_fd = output ? captures[0].write_fd : config->stdout_fd;
        actual.stderr_fd = errors ? captures[1].write_fd : config->stderr_fd;
        result = run(&actual, captures, timeout_ms, ret_wait_status, err);
    }
    for (int i = 0; i < 2; i++) {
        close_fd(&captures[i].read_fd);
        close_fd(&captures[i].write_fd);
    }
    return result;
}
