/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor: starts the daemons in order and starts them again when they end, after a pause that doubles
 * from 0.1 s to 30 s and is forgotten after a minute of work. It holds no state that is needed to go on:
 * killed, it takes the daemons along, but neither containers nor data, and the next `up` carries on. It makes
 * what is missing itself, so that it can also be started with the machine, without `up`.
 *
 * SIGTERM stops everything in reverse order; SIGHUP looks at the certificates and starts at once whatever is
 * waiting for its pause.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/io/loop.h"
#include "core/io/process.h"
#include "core/keelson/keelson.h"

#define PAUSE_FIRST_MS 100
#define PAUSE_LAST_MS  30000
#define WORKED_MS      60000
#define STOP_WAIT_MS   15000
#define RENEW_EVERY_MS (INT64_C(6) * 3600 * 1000)
#define LOGS_EVERY_MS  (INT64_C(5) * 60 * 1000)

struct supervisor;
struct child {
    struct supervisor *supervisor;
    const struct daemon_row *row;
    struct process *process; /* NULL: not running */
    struct loop_timer restart;
    int64_t started_ms, pause_ms;
    time_t since;
    unsigned restarts;
    bool renewing;  /* asked to end, to come back with a new certificate */
    char ended[80]; /* how it ended last */
};
struct supervisor {
    const struct settings *settings;
    struct loop *loop;
    struct child *children;
    int signal_fd;
    bool stopping;
    struct loop_timer give_up; /* while stopping: SIGKILL for what is left */
    struct loop_timer renew;   /* looks at the certificates */
    struct loop_timer logs;    /* looks at the sizes of the logs */
};

static void child_start(void *context);

static void write_status(struct supervisor *v)
{
    struct buffer text = BUFFER_INIT;
    _cleanup_free_ char *path = xasprintf("%s/status", v->settings->run_dir);
    for (unsigned i = 0; i < daemon_rows_count; i++) {
        const struct child *c = &v->children[i];
        if (!c->row)
            continue;
        buffer_printf(&text, "%s %d %u %lld %s\n", c->row->name,
                      c->process ? (int)process_pid(c->process) : 0, c->restarts, (long long)c->since,
                      *c->ended ? c->ended : "-");
    }
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (file_write_atomic(path, (struct slice){text.data, text.size}, 0644, &err) < 0)
        log_warning("status file: %s", err.message);
    buffer_done(&text);
}

static bool anything_runs(const struct supervisor *v)
{
    for (unsigned i = 0; i < daemon_rows_count; i++)
        if (v->children[i].process)
            return true;
    return false;
}

/* The last one that still runs is asked to end; the next when it has. */
static void stop_next(struct supervisor *v)
{
    for (unsigned i = daemon_rows_count; i-- > 0;)
        if (v->children[i].process) {
            process_kill(v->children[i].process, SIGTERM);
            return;
        }
    loop_stop(v->loop);
}

static void child_exited(void *context, int wait_status)
{
    struct child *c = context;
    struct supervisor *v = c->supervisor;
    process_free(TAKE_PTR(c->process));
    if (WIFSIGNALED(wait_status))
        snprintf(c->ended, sizeof(c->ended), "killed by signal %d (%s)", WTERMSIG(wait_status),
                 strsignal(WTERMSIG(wait_status)));
    else
        snprintf(c->ended, sizeof(c->ended), "exited with status %d", WEXITSTATUS(wait_status));
    c->since = time(NULL);
    if (v->stopping) {
        stop_next(v);
        return;
    }
    if (c->renewing) {
        c->renewing = false;
        child_start(c);
        return;
    }
    bool worked = clock_monotonic_ms() - c->started_ms > WORKED_MS;
    c->pause_ms = worked || !c->pause_ms ? PAUSE_FIRST_MS : MIN(c->pause_ms * 2, (int64_t)PAUSE_LAST_MS);
    c->restarts++;
    log_warning("%s %s; it is started again in %lld ms", c->row->name, c->ended, (long long)c->pause_ms);
    loop_timer_start(&c->restart, c->pause_ms);
    write_status(v);
}

static int open_log(const struct supervisor *v, const char *name)
{
    _cleanup_free_ char *path = xasprintf("%s/%s.log", v->settings->log_dir, name);
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

static void argv_free(char **argv)
{
    for (char **a = argv; a && *a; a++)
        free(*a);
    free(argv);
}

static void child_start(void *context)
{
    struct child *c = context;
    struct supervisor *v = c->supervisor;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_close_ int log_fd = open_log(v, c->row->name);
    char **argv = c->row->argv(v->settings);
    struct process_config config = {.argv = (const char *const *)argv,
                                    .stdin_fd = -1,
                                    .stdout_fd = log_fd,
                                    .stderr_fd = log_fd,
                                    .die_with_parent = true,
                                    .new_session = true};
    c->started_ms = clock_monotonic_ms();
    c->since = time(NULL);
    if (process_start(v->loop, &config, child_exited, c, &c->process, &err) < 0) {
        snprintf(c->ended, sizeof(c->ended), "%s", err.message);
        log_error("%s cannot be started: %s", c->row->name, err.message);
        c->pause_ms = c->pause_ms ? MIN(c->pause_ms * 2, (int64_t)PAUSE_LAST_MS) : PAUSE_FIRST_MS;
        loop_timer_start(&c->restart, c->pause_ms);
    }
    argv_free(argv);
    write_status(v);
}

static void kill_the_rest(void *context)
{
    struct supervisor *v = context;
    for (unsigned i = 0; i < daemon_rows_count; i++)
        if (v->children[i].process) {
            log_warning("%s did not end when asked to: killed", v->children[i].row->name);
            process_kill(v->children[i].process, SIGKILL);
        }
}

/* Daemons read their certificates at start; a new one is brought in by starting each again, which costs a
 * moment and no container. */
static void renew_certificates(void *context)
{
    struct supervisor *v = context;
    bool changed = false;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    loop_timer_start(&v->renew, RENEW_EVERY_MS);
    if (step_certificates(v->settings, &changed, &err) < 0 ||
        (changed && step_kubeconfigs(v->settings, &err) < 0)) {
        log_error("certificates cannot be renewed: %s", err.message);
        return;
    }
    for (unsigned i = 0; changed && i < daemon_rows_count; i++) {
        struct child *c = &v->children[i];
        if (!c->process || !c->row->health)
            continue;
        c->renewing = true;
        process_kill(c->process, SIGTERM);
    }
    if (changed)
        log_info("certificates were renewed; the daemons start again with them");
}

static void look_at_logs(void *context)
{
    struct supervisor *v = context;
    log_rotate(v->settings);
    loop_timer_start(&v->logs, LOGS_EVERY_MS);
}

static void begin_stop(struct supervisor *v)
{
    if (v->stopping)
        return;
    log_info("stopping");
    v->stopping = true;
    for (unsigned i = 0; i < daemon_rows_count; i++)
        loop_timer_stop(&v->children[i].restart);
    loop_timer_stop(&v->renew);
    loop_timer_stop(&v->logs);
    loop_timer_start(&v->give_up, STOP_WAIT_MS);
    stop_next(v);
}

static void start_waiting(struct supervisor *v)
{
    for (unsigned i = 0; i < daemon_rows_count; i++) {
        struct child *c = &v->children[i];
        if (!c->row || c->process)
            continue;
        loop_timer_stop(&c->restart);
        c->pause_ms = 0;
        child_start(c);
    }
}

static void signalled(void *context, uint32_t events)
{
    struct supervisor *v = context;
    struct signalfd_siginfo info;
    if (read(v->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return;
    if (info.ssi_signo != SIGHUP) {
        begin_stop(v);
    } else if (!v->stopping) {
        renew_certificates(v);
        start_waiting(v);
    }
}

static int catch_signals(struct supervisor *v, struct error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    v->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (v->signal_fd < 0)
        return error_set_errno(err, errno, "signalfd");
    loop_fd_add(v->loop, v->signal_fd, EPOLLIN, signalled, v);
    return 0;
}

/* The lock is what says that a supervisor runs; the number in the file says which. */
static int take_pid_file(const struct settings *s, struct error *err)
{
    char text[32];
    _cleanup_free_ char *path = xasprintf("%s/keelson.pid", s->run_dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return error_set_errno(err, errno, "%s", path);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        close(fd);
        return error_set(err, ERR_ALREADY_EXISTS, "another supervisor holds %s", path);
    }
    int size = snprintf(text, sizeof(text), "%d\n", (int)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)size, 0) != size) {
        int e = errno;
        close(fd);
        return error_set_errno(err, e, "%s", path);
    }
    return fd;
}

int supervisor_pid(const struct settings *s)
{
    char text[32] = "";
    int64_t pid = 0;
    _cleanup_free_ char *path = xasprintf("%s/keelson.pid", s->run_dir);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0)
        return 0;
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    if (n <= 0 || !parse_i64(slice_trim((struct slice){text, (size_t)n}), 1, INT32_MAX, &pid))
        return 0;
    return (int)pid;
}

static void start_all(struct supervisor *v)
{
    for (unsigned i = 0; i < daemon_rows_count; i++) {
        struct child *c = &v->children[i];
        c->supervisor = v;
        loop_timer_init(&c->restart, v->loop, child_start, c);
        if (daemon_rows[i].wanted(v->settings))
            c->row = &daemon_rows[i];
    }
    for (unsigned i = 0; i < daemon_rows_count; i++)
        if (v->children[i].row)
            child_start(&v->children[i]);
}

static void init_timers(struct supervisor *v)
{
    loop_timer_init(&v->give_up, v->loop, kill_the_rest, v);
    loop_timer_init(&v->renew, v->loop, renew_certificates, v);
    loop_timer_start(&v->renew, RENEW_EVERY_MS);
    loop_timer_init(&v->logs, v->loop, look_at_logs, v);
    look_at_logs(v);
}

/* Where daemons find plugins, and in a build tree what isolated ones run in. */
static void show_plugins(const struct settings *s)
{
    _cleanup_free_ char *program = xasprintf("%s/keelson-plugin-host", s->bin_dir);
    setenv("KEELSON_PLUGIN_PATH", s->plugin_dir, 1);
    if (file_exists(program))
        setenv("KEELSON_PLUGIN_HOST", program, 0);
}

int supervise(const struct settings *s, struct error *err)
{
    bool renewed;
    if (step_folders(s, err) < 0)
        return -1;
    _cleanup_close_ int lock_fd = take_pid_file(s, err);
    if (lock_fd < 0 || step_prepare(s, &renewed, err) < 0 || running_write(s, err) < 0)
        return -1;
    struct supervisor v = {.settings = s, .loop = loop_new(), .signal_fd = -1};
    v.children = newa0(struct child, daemon_rows_count);
    show_plugins(s);
    init_timers(&v);
    if (catch_signals(&v, err) < 0)
        return -1;
    start_all(&v);
    log_info("supervising");
    loop_run(v.loop);
    require(!anything_runs(&v));
    loop_free(v.loop);
    free(v.children);
    close(v.signal_fd);
    return 0;
}

int command_supervise(int argc, char **argv)
{
    struct settings s;
    int leave = 0;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    int result = settings_parse(&s, "keelson supervise: keeps the daemons running", argc, argv, &leave, &err);
    if (result == 0 && !leave)
        result = supervise(&s, &err);
    if (result < 0)
        log_error("%s", err.message);
    settings_done(&s);
    return result < 0;
}
