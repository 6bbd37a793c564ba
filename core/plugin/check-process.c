/* SPDX-License-Identifier: Apache-2.0 */
/* What a plugin must leave alone in the process that it is a guest of: compared with what was there before it
 * was loaded. */
#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/plugin/check-rules.h"

#define FDS_MAX 1024

struct process_state {
    void (*handlers[NSIG])(int);
    mode_t mask;
    char *folder, *locale, *environment;
    bool open[FDS_MAX];
    unsigned threads;
};

static mode_t umask_now(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return mask;
}

static char *environment_now(void)
{
    struct buffer all = BUFFER_INIT;
    for (char **e = environ; e && *e; e++)
        buffer_printf(&all, "%s\n", *e);
    buffer_append_char(&all, '\0');
    return all.data;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

struct process_state *process_state_new(void)
{
    struct process_state *s = new0(struct process_state);
    for (int n = 1; n < NSIG; n++) {
        struct sigaction action;
        s->handlers[n] = sigaction(n, NULL, &action) == 0 ? action.sa_handler : SIG_DFL;
    }
    s->mask = umask_now();
    s->folder = getcwd(NULL, 0);
    s->locale = xstrdup(setlocale(LC_ALL, NULL));
    s->environment = environment_now();
    for (int fd = 0; fd < FDS_MAX; fd++)
        s->open[fd] = is_open(fd);
    s->threads = thread_foreign_count();
    return s;
}

void process_state_free(struct process_state *s)
{
    free(s->folder);
    free(s->locale);
    free(s->environment);
    free(s);
}

static bool leaves_signals(struct check *c)
{
    for (int n = 1; n < NSIG; n++) {
        struct sigaction action;
        if (sigaction(n, NULL, &action) < 0 || action.sa_handler == c->before->handlers[n])
            continue;
        snprintf(c->detail, sizeof(c->detail), "signal %d (%s) is handled otherwise", n, strsignal(n));
        return false;
    }
    return true;
}

/* The mask of blocked signals of one thread, bit n - 1 for signal n; all of them when it has ended. */
static uint64_t blocked_in(const char *task)
{
    char path[64], line[256];
    unsigned long long mask = UINT64_MAX;
    snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", task);
    FILE *status = fopen(path, "re");
    while (status && fgets(line, sizeof(line), status))
        if (sscanf(line, "SigBlk: %llx", &mask) == 1)
            break;
    if (status)
        fclose(status);
    return mask;
}

/* All threads but the first are pool threads, which block everything, or the plugin's, which shall. */
static bool leaves_signal_mask(struct check *c)
{
    const uint64_t always = UINT64_C(1) << (SIGKILL - 1) | UINT64_C(1) << (SIGSTOP - 1);
    uint64_t unblocked = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (const struct dirent *task; !unblocked && tasks && (task = readdir(tasks));)
        if (task->d_name[0] != '.' && strtoll(task->d_name, NULL, 10) != getpid())
            unblocked = ~blocked_in(task->d_name) & ~always & UINT64_C(0x7fffffff);
    if (tasks)
        closedir(tasks);
    if (unblocked)
        snprintf(c->detail, sizeof(c->detail), "signal %d (%s) is not blocked in one of its threads",
                 __builtin_ctzll(unblocked) + 1, strsignal(__builtin_ctzll(unblocked) + 1));
    return !unblocked;
}

static bool leaves_umask(struct check *c)
{
    mode_t now = umask_now();
    if (now != c->before->mask)
        snprintf(c->detail, sizeof(c->detail), "it was %03o and is %03o", c->before->mask, now);
    return now == c->before->mask;
}

static bool leaves_folder(struct check *c)
{
    _cleanup_free_ char *now = getcwd(NULL, 0);
    bool same = now && c->before->folder && strcmp(now, c->before->folder) == 0;
    if (!same)
        snprintf(c->detail, sizeof(c->detail), "it is now %.200s", now ? now : "gone");
    return same;
}

static bool leaves_locale(struct check *c)
{
    const char *now = setlocale(LC_ALL, NULL);
    if (strcmp(now, c->before->locale) != 0)
        snprintf(c->detail, sizeof(c->detail), "it is now %.200s", now);
    return strcmp(now, c->before->locale) == 0;
}

static bool leaves_environment(struct check *c)
{
    _cleanup_free_ char *now = environment_now();
    return strcmp(now, c->before->environment) == 0;
}

static void describe_fd(int fd, char *out, size_t size)
{
    char link[32];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, out, size - 1);
    out[MAX(n, (ssize_t)0)] = '\0';
}

/* The host's own have CLOEXEC, so another one is the plugin's. */
static bool closes_on_exec(struct check *c)
{
    char what[128];
    for (int fd = 0; fd < FDS_MAX; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || (flags & FD_CLOEXEC) || c->before->open[fd])
            continue;
        describe_fd(fd, what, sizeof(what));
        snprintf(c->detail, sizeof(c->detail), "descriptor %d (%s) would be inherited", fd, what);
        return false;
    }
    return true;
}

static bool prints_nothing(struct check *c)
{
    char text[64];
    fflush(NULL);
    ssize_t n = pread(c->output_fd, text, sizeof(text) - 1, 0);
    if (n <= 0)
        return true;
    text[n] = '\0';
    _cleanup_free_ char *clean = message_text(text);
    snprintf(c->detail, sizeof(c->detail), "\"%s\"", clean);
    return false;
}

/* Of all calls that were made by then. */
static bool says_why(struct check *c)
{
    snprintf(c->detail, sizeof(c->detail), "%s", c->mute);
    return !c->mute[0];
}

const struct rule check_process_rules[] = {
    {"it says why a call fails", says_why, "return host->fail(call, status, \"…\"): owners and logs read it"},
    {"all signals are blocked in threads that call it and in its own", leaves_signal_mask,
     "block signals in threads of your own only, with pthread_attr_setsigmask_np or before pthread_create"},
    {"it leaves signal handlers alone", leaves_signals,
     "signals belong to the daemon; for a library that sets handlers, look for its option not to"},
    {"it leaves the umask alone", leaves_umask, "give modes to open() and fchmod()"},
    {"it leaves the working folder alone", leaves_folder, "use absolute paths or openat()"},
    {"it leaves the locale alone", leaves_locale, "use newlocale() and uselocale() within a call"},
    {"it leaves the environment alone", leaves_environment,
     "pass settings as arguments; setenv() races with other threads"},
    {"its descriptors close on exec", closes_on_exec,
     "open with O_CLOEXEC, SOCK_CLOEXEC, EPOLL_CLOEXEC, \"re\" for fopen()"},
    {"it prints nothing", prints_nothing, "use host->log(); standard output may be anything in a daemon"},
    {0},
};

/* The daemon's own pool, timers and pipes are gone by then. */
static bool returns_descriptors(struct check *c)
{
    char what[128];
    for (int fd = 0; fd < FDS_MAX; fd++) {
        if (!is_open(fd) || c->before->open[fd])
            continue;
        describe_fd(fd, what, sizeof(what));
        if (strstr(what, "[eventfd]")) /* calls keep theirs for the next one */
            continue;
        snprintf(c->detail, sizeof(c->detail), "descriptor %d (%s) is still open", fd, what);
        return false;
    }
    return true;
}

static bool returns_threads(struct check *c)
{
    unsigned now = thread_foreign_count();
    for (int n = 0; n < 20 && now > c->before->threads; n++) {
        usleep(10000);
        now = thread_foreign_count();
    }
    if (now > c->before->threads)
        snprintf(c->detail, sizeof(c->detail), "%u of its threads still run", now - c->before->threads);
    return now <= c->before->threads;
}

const struct rule check_after_rules[] = {
    {"its threads are gone when it is closed", returns_threads,
     "end and join them in close(); a detached thread would run on in unloaded code"},
    {"its descriptors are closed when it is", returns_descriptors,
     "close in close() what open() and calls opened"},
    {0},
};
