/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting a thread: a small stack, a name that shows in top, every signal blocked (signals belong to the
 * main loop). The name is set by the thread itself, since a detached one may be gone before its maker could.
 */
#include "core/base/workers.h"

#include <dirent.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/memory.h"

#define THREAD_STACK_DEFAULT ((size_t)256 << 10)
#ifdef KEELSON_SANITIZED
#define THREAD_STACK_FACTOR 8
#else
#define THREAD_STACK_FACTOR 1
#endif

static atomic_uint own_threads; /* from before they start till they have nearly ended */

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
    void *result = begin.run(begin.arg);
    atomic_fetch_sub(&own_threads, 1);
    return result;
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
    atomic_fetch_add(&own_threads, 1);
    if (!failed)
        failed = pthread_create(&thread, &attr, thread_main, begin);
    pthread_attr_destroy(&attr);
    if (failed) {
        atomic_fetch_sub(&own_threads, 1);
        free(begin);
    } else if (ret_thread) {
        *ret_thread = thread;
    }
    return failed;
}

#ifdef __SANITIZE_THREAD__
static void *end_at_once(void *arg)
{
    return arg;
}

/* TSan starts a thread of its own with the first of ours: before anybody counts. */
__attribute__((constructor)) static void wake_sanitizer(void)
{
    pthread_t thread;
    require(pthread_create(&thread, NULL, end_at_once, NULL) == 0);
    pthread_join(thread, NULL);
}
#endif

unsigned thread_foreign_count(void)
{
    unsigned tasks = 0, own = atomic_load(&own_threads) + 1;
    DIR *folder = opendir("/proc/self/task");
    if (!folder)
        return 0;
    for (const struct dirent *task; (task = readdir(folder));)
        tasks += task->d_name[0] != '.';
    closedir(folder);
    return tasks > own ? tasks - own : 0;
}
