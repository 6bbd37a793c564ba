/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child processes, reaped through a loop (pidfd). The child gets a clean signal mask, no descriptors but
 * those named, and dies with its parent when asked to.
 */
#ifndef KEELSON_IO_PROCESS_H
#define KEELSON_IO_PROCESS_H

#include <sys/types.h>

#include "core/base/buffer.h"
#include "core/base/error.h"
#include "core/io/loop.h"

struct process_config {
    const char *const *argv;            /* argv[0] is looked for in PATH unless it holds a slash */
    const char *const *environment;     /* NULL: the parent's */
    const char *directory;              /* NULL: the parent's */
    int stdin_fd, stdout_fd, stderr_fd; /* -1: /dev/null for stdin, the parent's for the others */
    bool die_with_parent; /* SIGTERM by PR_SET_PDEATHSIG; the kernel counts the starting thread as the parent
                           */
    bool new_session;
};
struct process;
/* exited: on the loop's thread, once, with a wait status. Loop thread or before the loop runs. */
int process_start(struct loop *loop, const struct process_config *config,
                  void (*exited)(void *context, int wait_status), void *context, struct process **ret,
                  struct error *err);
pid_t process_pid(const struct process *p);
int process_kill(struct process *p, int signal_number); /* by pidfd: never another process */
void process_free(struct process *p); /* exited is no longer called; the child is not killed */

/* Blocking: runs to its end, gathers output (each at most 1 MiB), kills at the timeout. *ret_wait_status as
 * from wait(2). Any thread but a loop's. */
int process_run(const struct process_config *config, struct slice input, struct buffer *output,
                struct buffer *errors, int64_t timeout_ms, int *ret_wait_status, struct error *err);

#endif
