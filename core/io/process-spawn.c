/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting a child. The child shares the parent's memory until it has called exec (as vfork does), so it
 * costs the same however large the daemon is, and an error is told through that memory. It runs on a stack of
 * its own and calls nothing but system calls.
 */
#include "core/io/process-spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/memory.h"

#define CHILD_STACK_BYTES (64u * 1024)

struct child {
    const struct process_config *config;
    const char *path;
    char *const *environment;
    int null_fd;
    int error; /* errno, told by the child */
    const char *step;
};

/* By the system call itself: the C library keeps two numbers for its threads and would leave them as they
 * were inherited. */
static void reset_signals(void)
{
    static const unsigned long
        by_default[16]; /* the kernel's struct sigaction, all zero: SIG_DFL, no flags, no mask */
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        syscall(SYS_rt_sigaction, number, by_default, NULL, (size_t)8);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Above the standard ones first, since one may stand where another belongs. */
static int set_descriptors(const struct child *child)
{
    const struct process_config *config = child->config;
    int wanted[3] = {config->stdin_fd < 0 ? child->null_fd : config->stdin_fd,
                     config->stdout_fd < 0 ? 1 : config->stdout_fd,
                     config->stderr_fd < 0 ? 2 : config->stderr_fd};
    int high[3];
    for (int i = 0; i < 3; i++) {
        high[i] = fcntl(wanted[i], F_DUPFD, 3);
        if (high[i] < 0 && errno == EBADF) /* the parent has none */
            high[i] = fcntl(child->null_fd, F_DUPFD, 3);
        if (high[i] < 0)
            return -1;
    }
    for (int i = 0; i < 3; i++)
        if (dup2(high[i], i) < 0)
            return -1;
    return (int)syscall(SYS_close_range, 3u, ~0u, 0u);
}

static int prepare(struct child *child)
{
    const struct process_config *config = child->config;
    child->step = "cannot set its parent's death signal";
    if (config->die_with_parent && prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
        return -1;
    child->step = "cannot make a session";
    if (config->new_session && setsid() < 0)
        return -1;
    child->step = "cannot enter its folder";
    if (config->directory && chdir(config->directory) < 0)
        return -1;
    child->step = "cannot set its descriptors";
    return set_descriptors(child);
}

__attribute__((no_sanitize("address", "thread", "undefined"))) static int run_child(void *arg)
{
    struct child *child = arg;
    reset_signals();
    if (prepare(child) == 0) {
        child->step = "cannot run it";
        execve(child->path, (char *const *)child->config->argv, child->environment);
    }
    child->error = errno;
    _exit(127);
}

static char *find_program(const char *name)
{
    const char *path = getenv("PATH");
    struct slice rest =
        slice_of(path ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    if (strchr(name, '/'))
        return xstrdup(name);
    while (rest.data) {
        struct slice folder = slice_cut(&rest, ':');
        char *candidate = xasprintf("%.*s/%s", SLICE_ARG(folder), name);
        if (access(candidate, X_OK) == 0)
            return candidate;
        free(candidate);
    }
    return NULL;
}

static int clone_child(struct child *child, int *ret_pidfd)
{
    sigset_t all, before;
    char *stack = xmalloc(CHILD_STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* no handler of ours may run in the child */
    int pid = clone(run_child, stack + CHILD_STACK_BYTES, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD,
                    child, ret_pidfd);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    free(stack);
    errno = error;
    return pid;
}

int process_spawn(const struct process_config *config, pid_t *ret_pid, int *ret_pidfd, struct error *err)
{
    _cleanup_free_ char *path = find_program(config->argv[0]);
    _cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    struct child child = {.config = config, .path = path, .null_fd = null_fd};
    int pidfd = -1;
    child.environment = config->environment ? (char *const *)config->environment : environ;
    if (!path)
        return error_set(err, ERR_NOT_FOUND, "program %s not found in PATH", config->argv[0]);
    int pid = clone_child(&child, &pidfd);
    if (pid < 0)
        return error_set_errno(err, errno, "cannot start %s", config->argv[0]);
    if (child.error) {
        waitpid(pid, NULL, 0);
        close(pidfd);
        return error_set_errno(err, child.error, "cannot start %s: %s", config->argv[0], child.step);
    }
    *ret_pid = pid;
    *ret_pidfd = pidfd;
    return 0;
}

int process_signal(int pidfd, int signal_number)
{
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal_number, NULL, 0);
}
