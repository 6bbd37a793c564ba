/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one process of a pod's sandbox: it holds the pod's namespaces open, and where the pod shares its
 * process namespace it is process 1 there and reaps orphans. It sleeps in sigwaitinfo() and ends on SIGINT
 * and SIGTERM. Static, so that an image of this one file can run.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void reap(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

int main(int argc, char **argv)
{
    sigset_t set;
    if (argc > 1 && (strcmp(argv[1], "-v") == 0 || strcmp(argv[1], "--version") == 0)) {
        puts("pause of keelson " PACKAGE_VERSION);
        return 0;
    }
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL))
        return 1;
    for (;;) {
        int number = sigwaitinfo(&set, NULL);
        if (number == SIGCHLD)
            reap();
        else if (number == SIGINT || number == SIGTERM)
            return 0;
        else if (number < 0 && errno != EINTR)
            return 2;
    }
}
