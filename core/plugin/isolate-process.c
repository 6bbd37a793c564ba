/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of an isolated plugin. One thread starts it, listens to it, learns how it ended and starts the
 * next one; it stays for as long as the plugin, since a child is ended by the kernel when the thread that
 * started it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/plugin/isolate.h"

#define HELLO_LIMIT_MS    30000
#define PAUSE_FIRST_MS    100 /* before the second start; the first is at once */
#define PAUSE_LAST_MS     30000
#define STEADY_S          60 /* who lived so long is started at once again */
#define DESCRIPTION_MAX   200u
#define PROGRAM_VARIABLE  "KEELSON_PLUGIN_HOST" /* where it is, in a build tree */
#define CONTROL_BYTES_MAX 65536u

const struct isolate_interface *const isolate_interfaces[] = {&isolate_cloud,
                                                              &isolate_cloud_instances,
                                                              &isolate_cloud_loadbalancers,
                                                              &isolate_cloud_routes,
                                                              &isolate_network,
                                                              &isolate_runtime,
                                                              &isolate_images,
                                                              &isolate_storage_node,
                                                              &isolate_storage_controller,
                                                              &isolate_store,
                                                              NULL};

/* ---- Starting it ---- */

static int program_open(const struct plugin_host *host, struct error *err)
{
    const char *environment = getenv(PROGRAM_VARIABLE);
    const char *path = environment && *environment ? environment : KEELSON_LIBEXEC_DIR "/keelson-plugin-host";
    if (plugin_file_check_owner(host, path, err) < 0)
        return error_prefix(err, "the program that isolated plugins run in");
    _cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
    int high = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 10) : -1; /* out of the way of what the child is given */
    return high >= 0 ? high : error_set_errno(err, errno, "%s, which isolated plugins run in", path);
}

/* Descriptors beyond 3 have CLOEXEC, or the child closes them. */
static int spawn(struct isolate *i, int control, struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char program[32];
    char *const argv[] = {(char *)(uintptr_t) "keelson-plugin-host", i->name, NULL};
    sigset_t all;
    pid_t child = 0;
    snprintf(program, sizeof(program), "/proc/self/fd/%d", i->program);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, control, 3);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int failed = posix_spawn(&child, program, &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed ? error_set_errno(err, failed, "plugin %s: its process", i->name) : child;
}

static enum log_level level_now(void)
{
    enum log_level level = LOG_LEVEL_TRACE;
    while (level > LOG_LEVEL_ERROR && !log_enabled(level))
        level--;
    return level;
}

static bool send_start(struct isolate *i, int control)
{
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_START);
    frame_put_u32(&frame, FRAME_VERSION);
    frame_put_text(&frame, PACKAGE_VERSION);
    frame_put_u32(&frame, level_now());
    frame_put_text(&frame, i->host->daemon);
    frame_put_text(&frame, i->host->cluster);
    frame_put_text(&frame, i->host->state_dir);
    frame_put_text(&frame, i->name);
    frame_put_text(&frame, i->path);
    frame_put_u32(&frame, i->note.kind);
    frame_put_u32(&frame, i->host->config.allow_unowned_files);
    frame_end(&frame, begun);
    bool sent = frame_send(control, &frame, 0, -1);
    buffer_done(&frame);
    return sent;
}

static int read_hello(struct isolate *i, struct frame_reader *r, struct error *err)
{
    uint32_t version = frame_get_u32(r), code = frame_get_u32(r);
    const char *message = frame_get_text(r), *description = frame_get_text(r);
    uint32_t threading = frame_get_u32(r), reconfigures = frame_get_u32(r);
    if (version != FRAME_VERSION)
        return error_set(
            err, ERR_BAD_REQUEST,
            "plugin %s: keelson-plugin-host is of another release than this daemon: restart the daemon",
            i->name);
    if (!frame_is_read(r) || (code && !message) || code >= ERR_CODES ||
        (!code && (!description || strlen(description) > DESCRIPTION_MAX)))
        return error_set(err, ERR_INTERNAL, "plugin %s: its process speaks nonsense", i->name);
    if (code)
        return error_set(err, (enum error_code)code, "%s", message);
    if (!i->description) { /* the daemon has the table already, when it is not the first child */
        i->description = xstrdup(description);
        isolate_table_fill(i, (enum keelson_threading)threading, reconfigures);
    }
    return 0;
}

static int await_hello(struct isolate *i, struct frame_stream *control, struct error *err)
{
    int64_t until_ns = clock_monotonic_ns() + HELLO_LIMIT_MS * NS_PER_MS;
    for (;;) {
        enum frame_kind kind;
        struct frame_reader reader;
        int here = frame_next(control, &kind, &reader);
        if (here > 0 && kind == FRAME_HELLO)
            return read_hello(i, &reader, err);
        int64_t left_ms = (until_ns - clock_monotonic_ns()) / NS_PER_MS;
        struct pollfd p = {.fd = control->socket, .events = POLLIN};
        if (here == 0 && left_ms > 0 && poll(&p, 1, (int)left_ms) >= 0 && (!p.revents || frame_fill(control)))
            continue;
        return error_set(err, ERR_UNAVAILABLE,
                         "plugin %s: its process ended, or said nothing, while it loaded the file", i->name);
    }
}

/* ---- While it lives ---- */

static void take_metric(struct isolate *i, struct frame_reader *r)
{
    const struct keelson_host *table = &i->host->table;
    const struct plugin_instance *instance = i->instance;
    bool gauge = frame_get_u32(r);
    const char *name = frame_get_text(r), *label = frame_get_text(r);
    double value = frame_get_double(r);
    if (frame_is_read(r) && instance)
        (gauge ? table->metric_set : table->metric_add)(instance->token, name, label, value);
}

static void take_change(struct isolate *i, struct frame_reader *r)
{
    const struct plugin_instance *instance = i->instance;
    const char *what = frame_get_text(r);
    if (frame_is_read(r) && instance)
        i->host->table.changed(instance->token, what);
}

/* False: what came is nonsense. */
static bool take_frames(struct isolate *i, struct frame_stream *control)
{
    enum frame_kind kind;
    struct frame_reader r;
    int here;
    while ((here = frame_next(control, &kind, &r)) > 0) {
        if (kind == FRAME_METRIC)
            take_metric(i, &r);
        else if (kind == FRAME_CHANGED)
            take_change(i, &r);
        else
            r.bad = true;
        if (r.bad)
            return false;
    }
    return here == 0;
}

static void listen_to(struct isolate *i, struct frame_stream *control, int pidfd)
{
    while (take_frames(i, control)) {
        struct pollfd p[] = {{.fd = control->socket, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
        poll(p, ARRAY_SIZE(p), -1);
        if (p[1].revents || (p[0].revents && !frame_fill(control)))
            return;
    }
    isolate_kill(i, i->started, "its process speaks nonsense, and was ended");
}

/* ---- Its end ---- */

void isolate_kill(struct isolate *i, unsigned child, const char *why)
{
    pthread_mutex_lock(&i->lock);
    if (i->started == child && i->child > 0) {
        if (!i->verdict)
            i->verdict = xstrdup(why);
        kill(i->child, SIGKILL);
    }
    pthread_mutex_unlock(&i->lock);
}

static char *how_it_ended(const siginfo_t *info)
{
    if (info->si_code == CLD_EXITED)
        return xasprintf("its process ended itself with exit status %d", info->si_status);
    return xasprintf("its process ended with signal %d (%s)", info->si_status, strsignal(info->si_status));
}

/* A child that closed its socket is ended too. Somebody else may have waited for it already. */
static void reap(struct isolate *i)
{
    siginfo_t info = {0};
    kill(i->child, SIGKILL);
    int failed;
    do
        failed = waitid(P_PID, (id_t)i->child, &info, WEXITED | WNOWAIT) < 0 ? errno : 0;
    while (failed == EINTR);
    pthread_mutex_lock(&i->lock);
    waitpid(i->child, NULL, 0);
    free(i->why);
    i->why = i->verdict ? TAKE_PTR(i->verdict) : failed ? xstrdup("its process ended") : how_it_ended(&info);
    i->child = 0;
    i->control = -1;
    i->state = ISOLATE_DOWN;
    i->died = i->started;
    isolate_channels_close(i);
    pthread_cond_broadcast(&i->moved);
    pthread_mutex_unlock(&i->lock);
}

unsigned isolate_count(struct isolate *i)
{
    pthread_mutex_lock(&i->lock);
    unsigned count = i->started;
    pthread_mutex_unlock(&i->lock);
    return count;
}

/* ---- Its life, and the next one's ---- */

static enum keelson_status call_open(void *handle, const struct keelson_call *call, void *arguments)
{
    return isolate_open(arguments, call);
}

/* Outside of the SERIAL rule, which close() may hold while it waits for this thread. */
static void reopen(struct isolate *i)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *instance = i->instance;
    struct plugin_call_options options = {.operation = "open", .timeout_ms = -1};
    if (plugin_call_here(instance, &options, call_open, i, &err) == 0) {
        i->host->table.changed(instance->token, "its process was started anew");
        return;
    }
    log_error("%s", err.message);
    isolate_kill(i, i->started, "it could not be opened in a new process");
}

/* Returns whether it is to be opened from here. */
static bool set_loaded(struct isolate *i)
{
    pthread_mutex_lock(&i->lock);
    i->state = ISOLATE_LOADED;
    bool again = i->opened && !i->ending;
    pthread_cond_broadcast(&i->moved);
    pthread_mutex_unlock(&i->lock);
    return again;
}

static int begin(struct isolate *i, int ends[2], struct error *err)
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return error_set_errno(err, errno, "plugin %s: a pair of sockets", i->name);
    int child = spawn(i, ends[1], err);
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return -1;
    }
    pthread_mutex_lock(&i->lock);
    i->started++;
    i->child = child;
    i->control = ends[0];
    if (i->ending)
        kill(child, SIGKILL);
    pthread_mutex_unlock(&i->lock);
    return 0;
}

/* One child, from its start to its end. -1: it has not even loaded the file. */
static int live(struct isolate *i, struct error *err)
{
    int ends[2];
    if (begin(i, ends, err) < 0)
        return -1;
    struct frame_stream control;
    frame_stream_init(&control, ends[0], CONTROL_BYTES_MAX);
    _cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, i->child, 0);
    int result = send_start(i, ends[0])
                     ? await_hello(i, &control, err)
                     : error_set(err, ERR_UNAVAILABLE, "plugin %s: its process is gone", i->name);
    if (result == 0 && set_loaded(i))
        reopen(i);
    if (result == 0)
        listen_to(i, &control, pidfd);
    reap(i);
    frame_stream_done(&control);
    return result;
}

/* Looked at in slices, since the clock may be a test's. False: it ends. */
static bool pause_before_next(struct isolate *i, int64_t pause_ms)
{
    pthread_mutex_lock(&i->lock);
    i->again_ns = clock_monotonic_ns() + pause_ms * NS_PER_MS;
    while (!i->ending && clock_monotonic_ns() < i->again_ns) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += 50 * NS_PER_MS;
        until.tv_sec += until.tv_nsec / NS_PER_S;
        until.tv_nsec %= NS_PER_S;
        pthread_cond_timedwait(&i->moved, &i->lock, &until);
    }
    bool ending = i->ending;
    pthread_mutex_unlock(&i->lock);
    return !ending;
}

/* An instance that was never opened is not started again: whoever loads it is told. */
static bool is_over(struct isolate *i, int result, struct error *err)
{
    pthread_mutex_lock(&i->lock);
    if (result < 0 && !i->opened)
        error_move(&i->error, err);
    i->over = i->ending || !i->opened;
    bool over = i->over;
    pthread_cond_broadcast(&i->moved);
    pthread_mutex_unlock(&i->lock);
    return over;
}

static void *run(void *argument)
{
    struct isolate *i = argument;
    unsigned short_lives = 0;
    for (;;) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        int64_t began = clock_monotonic_ns();
        int result = live(i, &err);
        if (is_over(i, result, &err))
            return NULL;
        short_lives = clock_monotonic_ns() - began >= STEADY_S * NS_PER_S ? 1 : MIN(short_lives + 1, 20u);
        int64_t pause_ms =
            short_lives == 1 ? 0 : MIN((int64_t)PAUSE_FIRST_MS << (short_lives - 2), (int64_t)PAUSE_LAST_MS);
        log_error("plugin %s: %s; it is started again in %lld ms", i->name, result < 0 ? err.message : i->why,
                  (long long)pause_ms);
        if (!pause_before_next(i, pause_ms))
            return NULL;
    }
}

/* ---- From outside ---- */

static int await_loaded(struct isolate *i, struct error *err)
{
    pthread_mutex_lock(&i->lock);
    while (i->state == ISOLATE_DOWN && !i->over)
        pthread_cond_wait(&i->moved, &i->lock);
    bool loaded = i->state != ISOLATE_DOWN;
    if (!loaded && i->error.code && err)
        error_move(err, &i->error);
    else if (!loaded && !i->error.code)
        error_set(err, ERR_UNAVAILABLE, "plugin %s: %s", i->name, i->why ? i->why : "its process ended");
    pthread_mutex_unlock(&i->lock);
    return loaded ? 0 : -1;
}

static struct isolate *allocate(struct plugin_host *host, const char *name, const char *path,
                                const struct plugin_note *note)
{
    struct isolate *i = new0(struct isolate);
    pthread_condattr_t attributes;
    i->host = host;
    i->name = xstrdup(name);
    i->path = xstrdup(path);
    i->note = *note;
    i->control = -1;
    list_init(&i->channels);
    isolate_begun_init(i);
    pthread_mutex_init(&i->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&i->moved, &attributes);
    pthread_condattr_destroy(&attributes);
    return i;
}

int isolate_new(struct plugin_host *host, const char *name, const char *path, const struct plugin_note *note,
                struct isolate **ret, struct error *err)
{
    struct isolate *i = allocate(host, name, path, note);
    i->program = program_open(host, err);
    int failed = i->program < 0 ? 0 : thread_start("plugin-process", 256 * 1024, run, i, &i->thread);
    if (failed)
        error_set_errno(err, failed, "plugin %s: a thread", name);
    if (i->program < 0 || failed || await_loaded(i, err) < 0) {
        isolate_free(i);
        return -1;
    }
    *ret = i;
    return 0;
}

void isolate_end(struct isolate *i)
{
    pthread_mutex_lock(&i->lock);
    i->ending = true;
    if (i->child > 0)
        kill(i->child, SIGKILL);
    pthread_cond_broadcast(&i->moved);
    pthread_mutex_unlock(&i->lock);
    if (i->thread)
        pthread_join(i->thread, NULL);
    i->thread = 0;
    isolate_begun_end(i);
}

void isolate_free(struct isolate *i)
{
    if (!i)
        return;
    isolate_end(i);
    for (unsigned n = 0; n < ISOLATE_INTERFACES_MAX; n++)
        free(i->tables[n]);
    cleanup_close(&i->program);
    error_done(&i->error);
    pthread_cond_destroy(&i->moved);
    pthread_mutex_destroy(&i->lock);
    free(i->scheme);
    free(i->description);
    free(i->why);
    free(i->verdict);
    free(i->path);
    free(i->name);
    free(i);
}
