/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting a thread: a small stack, a name that shows in top, every signal blocked (signals belong to the
 * main loop). The name is set by the thread itself, since a detached one may be gone before its maker could.
 */
#include "core/base/workers.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/memory.h"

#define THREAD_STACK_DEFAULT ((size_t)256 << 10)
#ifdef KEELSON_SANITIZED
#define THREAD_STACK_FACTOR 8
#else
#define THREAD_STACK_FACTOR 1
#endif

struct thread_begin {
    char name[16];
    void *(*run)(void *arg);
    void *arg;
};

static void *thread_main(void *arg)
{
    struct thread_begin begin = *(struct thread_begin *)arg;

    free(arg);
    if (*begin.name)
        pthread_setname_np(pthread_self(), begin.name);
    return begin.run(begin.arg);
}

static int thread_attributes(pthread_attr_t *attr, size_t stack_bytes, bool detached)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), least = (size_t)sysconf(_SC_THREAD_STACK_MIN);
    sigset_t all;

    stack_bytes = MAX((stack_bytes ? stack_bytes : THREAD_STACK_DEFAULT) * THREAD_STACK_FACTOR, least + page);
    sigfillset(&all);
    int failed = pthread_attr_setstacksize(attr, (stack_bytes + page - 1) / page * page);
    if (!failed)
        failed = pthread_attr_setsigmask_np(attr, &all);
    if (!failed && detached)
        failed = pthread_attr_setdetachstate(attr, PTHREAD_CREATE_DETACHED);
    return failed;
}

int thread_start(const char *name, size_t stack_bytes, void *(*run)(void *arg), void *arg,
                 unsigned long *ret_thread)
{
    struct thread_begin *begin = new0(struct thread_begin);
    pthread_attr_t attr;
    pthread_t thread;

    snprintf(begin->name, sizeof(begin->name), "%s", name ? name : "");
    begin->run = run;
    begin->arg = arg;
    pthread_attr_init(&attr);
    int failed = thread_attributes(&attr, stack_bytes, !ret_thread);
    if (!failed)
        failed = pthread_create(&thread, &attr, thread_main, begin);
    pthread_attr_destroy(&attr);
    if (failed)
        free(begin);
    else if (ret_thread)
        *ret_thread = thread;
    return failed;
}
