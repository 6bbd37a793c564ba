/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child loads the plugin, goes through the rules and tells the parent of each over a pipe; the parent
 * only reads, so whatever becomes of the child, there is a report.
 */
#include "core/plugin/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/plugin/check-rules.h"

#define SILENCE_MS 120000 /* longer than open, a call and close may take together */

/* What the child tells: a line of a kind, then texts; packed into one write of less than PIPE_BUF. */
enum { TOLD_KEPT = 'k', TOLD_BROKEN = 'b', TOLD_LEFT_OUT = 'l', TOLD_REFUSED = 'r', TOLD_END = 'e' };
struct told {
    char kind;
    char code; /* TOLD_REFUSED: an error_code */
    char rule[128], detail[1024], advice[256];
};

/* ---- The child ---- */

static void tell(int fd, char kind, int code, const char *rule, const char *detail, const char *advice)
{
    struct told told = {.kind = kind, .code = (char)code};
    snprintf(told.rule, sizeof(told.rule), "%s", rule);
    snprintf(told.detail, sizeof(told.detail), "%s", detail);
    snprintf(told.advice, sizeof(told.advice), "%s", advice);
    (void)!write(fd, &told, sizeof(told));
}

static void run_rules(struct check *c, const struct rule *rules, int fd)
{
    for (const struct rule *r = rules; r->rule; r++) {
        c->detail[0] = '\0';
        bool tried = !r->destructive || c->destructive, kept = tried && r->kept(c);
        tell(fd, !tried ? TOLD_LEFT_OUT : kept ? TOLD_KEPT : TOLD_BROKEN, 0, r->rule, c->detail, r->advice);
    }
}

/* Standard output and error lead to a file that is looked at; our own log lines go where they always go. */
static int capture_output(void)
{
    int log_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10), output = memfd_create("output", MFD_CLOEXEC);
    require(log_fd >= 0 && output >= 0);
    log_to(log_fd);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    return output;
}

static void check_in_child(struct check *c, const char *state_dir, int fd)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    c->state_dir = state_dir;
    c->output_fd = capture_output();
    c->before = process_state_new();
    c->host = plugin_host_new(&(struct plugin_host_config){.daemon = "keelson-check",
                                                           .state_dir = state_dir,
                                                           .cluster = c->cluster,
                                                           .allow_unowned_files = true});
    if (plugin_host_load(c->host, "first", c->path, c->config_text, c->note.kind, &c->first, &err) < 0) {
        tell(fd, TOLD_REFUSED, err.code, "", err.message, "");
        return;
    }
    tell(fd, TOLD_KEPT, 0, "it loads and opens", c->first->file->table->description, "");
    run_rules(c, check_table_rules, fd);
    for (const struct interface_rules *i = check_interfaces; i->interface; i++)
        if (plugin_instance_interface(c->first, i->interface))
            run_rules(c, i->rules, fd);
    run_rules(c, check_process_rules, fd);
    bool stuck = !plugin_host_free(c->host);
    tell(fd, stuck ? TOLD_BROKEN : TOLD_KEPT, 0, "it closes and unloads",
         stuck ? "it stays loaded; see the log" : "",
         "end calls when they are cancelled, and all threads and waiting in close()");
    run_rules(c, check_after_rules, fd);
    process_state_free(c->before);
    tell(fd, TOLD_END, 0, "", "", "");
}

/* ---- The parent ---- */

static void told_crash(pid_t child, bool silent, const char *last, plugin_check_told *told, void *context)
{
    int status = 0;
    char detail[256];
    if (silent)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (silent)
        snprintf(detail, sizeof(detail), "nothing was heard of it for %d s after \"%s\"", SILENCE_MS / 1000,
                 last);
    else if (WIFSIGNALED(status))
        snprintf(detail, sizeof(detail), "signal %d (%s) after \"%s\"", WTERMSIG(status),
                 strsignal(WTERMSIG(status)), last);
    else
        snprintf(detail, sizeof(detail), "it ended the process with exit status %d after \"%s\"",
                 WEXITSTATUS(status), last);
    told(context, "it leaves the process alive", PLUGIN_RULE_BROKEN, detail,
         "run `keelson plugin check` under gdb or valgrind (--trace-children=yes) to see where");
}

/* Reads records until the end. Returns false when they ended early; *ret_silent: the child lives, and says
 * nothing. */
static bool read_rules(int fd, plugin_check_told *told, void *context, char last[128], bool *ret_silent,
                       struct error *err)
{
    struct told t;
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = poll(&p, 1, SILENCE_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        *ret_silent = ready == 0;
        if (ready <= 0 || read(fd, &t, sizeof(t)) != (ssize_t)sizeof(t))
            return false;
        if (t.kind == TOLD_REFUSED)
            error_set(err, (enum error_code)t.code, "%s", t.detail);
        if (t.kind == TOLD_REFUSED || t.kind == TOLD_END)
            return true;
        told(context, t.rule,
             t.kind == TOLD_KEPT       ? PLUGIN_RULE_KEPT
             : t.kind == TOLD_LEFT_OUT ? PLUGIN_RULE_LEFT_OUT
                                       : PLUGIN_RULE_BROKEN,
             t.detail, t.advice);
        snprintf(last, 128, "%s", t.rule);
    }
}

static int watch_child(pid_t child, int fd, plugin_check_told *told, void *context, struct error *err)
{
    char last[128] = "loading it";
    bool silent = false;
    struct error refused = ERROR_INIT;
    if (!read_rules(fd, told, context, last, &silent, &refused)) {
        told_crash(child, silent, last, told, context);
        return 0;
    }
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    if (!refused.code)
        return 0;
    if (err)
        error_move(err, &refused);
    error_done(&refused);
    return -1;
}

static int run_child(struct check *c, const char *state_dir, plugin_check_told *told, void *context,
                     struct error *err)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return error_set_errno(err, errno, "a pipe");
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        close(fds[0]);
        close(fds[1]);
        return error_set_errno(err, errno, "a child process");
    }
    if (child == 0) {
        close(fds[0]);
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        check_in_child(c, state_dir, fds[1]);
        _exit(0);
    }
    close(fds[1]);
    int result = watch_child(child, fds[0], told, context, err);
    close(fds[0]);
    return result;
}

int plugin_check(const char *path, const struct plugin_check_options *options, plugin_check_told *told,
                 void *context, struct error *err)
{
    struct check c = {.config_text = options->config_text,
                      .cluster = options->cluster,
                      .destructive = options->destructive};
    char state_dir[] = "/tmp/keelson-check.XXXXXX";
    _cleanup_free_ char *absolute = realpath(path, NULL);
    if (plugin_note_read(path, &c.note, err) < 0)
        return -1;
    c.path = absolute ? absolute : path;
    if (!mkdtemp(state_dir))
        return error_set(err, ERR_INTERNAL, "no temporary folder below /tmp");
    int result = run_child(&c, state_dir, told, context, err);
    directory_remove(state_dir, NULL);
    return result;
}
