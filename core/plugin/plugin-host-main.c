/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keelson-plugin-host: the process that a daemon starts for a plugin with `isolate = true`. Its descriptor 3
 * leads to the daemon; nothing else of the daemon is left to it. What a crash or a plugin that eats all it
 * can get may do ends here.
 */
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/plugin/isolate.h"

#define CONTROL_FD      3
#define DESCRIPTORS_MAX 4096u
#define DATA_BYTES_MAX  (UINT64_C(2) << 30)

/* A sanitizer needs all the memory that it asks for. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#define IS_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define IS_SANITIZED false
#endif

static void limit(int resource, rlim_t most)
{
    struct rlimit now;
    if (getrlimit(resource, &now) < 0)
        return;
    now.rlim_max = MIN(now.rlim_max, most);
    now.rlim_cur = MIN(now.rlim_cur, now.rlim_max);
    if (setrlimit(resource, &now) < 0)
        log_warning("limit %d: %m", resource);
}

static bool is_socket(int fd)
{
    int type = 0;
    socklen_t size = sizeof(type);
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

/* Ends with the daemon's thread that started it; one that has ended already shows as a closed socket. Signals
 * are for the daemon, which ends this process when it is time. */
static void confine(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_NAME, "keelson-plugin");
    syscall(SYS_close_range, CONTROL_FD + 1, ~0U, 0);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, DESCRIPTORS_MAX);
    if (!IS_SANITIZED)
        limit(RLIMIT_DATA, DATA_BYTES_MAX);
}

int main(int argc, char **argv)
{
    if (argc != 2 || !is_socket(CONTROL_FD)) {
        fprintf(stderr,
                "keelson-plugin-host is started by keelson's daemons, for plugins with isolate = true.\n");
        return 2;
    }
    confine();
    isolate_serve_daemon(CONTROL_FD);
}
