/* SPDX-License-Identifier: Apache-2.0 */
/* Child processes on a loop: the pidfd becomes readable when the child ends, and is what signals go through,
 * so none can hit another process. */
#include "core/io/process.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/process-spawn.h"

struct process {
    pid_t pid;
    int pidfd;
    struct loop_fd *watch; /* NULL: it has ended */
    bool released;         /* freed by its owner while it runs: only reaped */
    void (*exited)(void *context, int wait_status);
    void *context;
};

static void release(struct process *p)
{
    close(p->pidfd);
    free(p);
}

static void on_exit_event(void *context, uint32_t events)
{
    struct process *p = context;
    int wait_status = 0;
    pid_t reaped;
    do
        reaped = waitpid(p->pid, &wait_status, WNOHANG);
    while (reaped < 0 && errno == EINTR);
    if (reaped == 0)
        return;
    loop_fd_remove(p->watch);
    p->watch = NULL;
    if (p->released)
        release(p);
    else if (p->exited)
        p->exited(p->context, wait_status);
}

int process_start(struct loop *loop, const struct process_config *config,
                  void (*exited)(void *context, int wait_status), void *context, struct process **ret,
                  struct error *err)
{
    pid_t pid;
    int pidfd;
    if (process_spawn(config, &pid, &pidfd, err) < 0)
        return -1;
    struct process *p = new0(struct process);
    *p = (struct process){.pid = pid, .pidfd = pidfd, .exited = exited, .context = context};
    p->watch = loop_fd_add(loop, pidfd, EPOLLIN, on_exit_event, p);
    *ret = p;
    return 0;
}

pid_t process_pid(const struct process *p)
{
    return p->pid;
}

int process_kill(struct process *p, int signal_number)
{
    return process_signal(p->pidfd, signal_number);
}

void process_free(struct process *p)
{
    if (!p)
        return;
    p->released = true;
    if (!p->watch)
        release(p);
}
