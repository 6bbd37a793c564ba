/* SPDX-License-Identifier: Apache-2.0 */
/* keelson up, keelson down. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/client/client.h"
#include "core/daemon/daemon.h"
#include "core/keelson/keelson.h"

#define APISERVER_WAIT_MS 30000
#define STOP_WAIT_MS      30000

static int64_t began_ms;

static void say(const char *what)
{
    printf("  %5.1f s  %s\n", (double)(clock_monotonic_ms() - began_ms) / 1000, what);
    fflush(stdout);
}

/* The supervisor gets the same flags, detached from this terminal. */
static int start_supervisor(const struct settings *s, int argc, char **argv, struct error *err)
{
    _cleanup_free_ char *log = xasprintf("%s/keelson.log", s->log_dir),
                        *bin = xasprintf("--bin-dir=%s", s->bin_dir);
    _cleanup_free_ char *status = xasprintf("%s/status", s->run_dir);
    unlink(status); /* of an earlier run: what it says is not of this one's daemons */
    _cleanup_close_ int log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (log_fd < 0)
        return error_set_errno(err, errno, "%s", log);
    const char **arguments = newa0(const char *, (size_t)argc + 4);
    int n = 0;
    arguments[n++] = "keelson";
    arguments[n++] = "supervise";
    for (int i = 1; i < argc; i++)
        arguments[n++] = argv[i];
    arguments[n++] = bin;
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        int null_fd = open("/dev/null", O_RDONLY);
        dup2(null_fd, 0);
        dup2(log_fd, 1);
        dup2(log_fd, 2);
        if (fork() != 0)
            _exit(0);
        if (chdir("/") < 0)
            _exit(126);
        execv("/proc/self/exe", (char *const *)arguments);
        _exit(127);
    }
    free(arguments);
    return pid < 0 ? error_set_errno(err, errno, "fork") : 0;
}

static int wait_apiserver(const struct settings *s, struct error *err)
{
    int64_t until = clock_monotonic_ms() + APISERVER_WAIT_MS;
    for (;;) {
        int status = 0;
        probe_http(s, true, (int)s->apiserver_port, "/readyz", 1000, &status, NULL);
        if (status == 200)
            return 0;
        if (daemon_keeps_ending(s, "kube-apiserver", err))
            return -1;
        if (clock_monotonic_ms() > until)
            return error_set(
                err, ERR_TIMEOUT, "the API server is not ready after %d s (%s); see %s/kube-apiserver.log",
                APISERVER_WAIT_MS / 1000, status ? "its checks fail" : "it does not answer", s->log_dir);
        usleep(10000);
    }
}

/* Why the node is not ready, as its condition says. */
static int node_not_ready(const struct settings *s, const struct json *node, struct error *err)
{
    const struct json *ready = object_condition(node, "Ready");
    const char *why =
        node ? json_string_or(json_get(ready, "message"), "it has not said why") : "it has not registered";
    return error_set(err, ERR_TIMEOUT, "node %s is not ready: %s; see %s/kubelet.log, or `keelson status`",
                     s->node_name, why, s->log_dir);
}

static int wait_node(const struct settings *s, struct error *err)
{
    _cleanup_free_ char *kubeconfig = settings_path(s, "kubeconfig/admin.conf");
    struct client_config config = {.kubeconfig = kubeconfig, .user_agent = "keelson-up"};
    struct client *client = NULL;
    int64_t until = clock_monotonic_ms() + s->wait_ns / NS_PER_MS;
    int result = client_new(&config, &client, err);
    while (result == 0) {
        struct arena arena = ARENA_INIT;
        struct json *node = NULL;
        client_get(client, RESOURCE("", "v1", "nodes"), NULL, s->node_name, &arena, &node, NULL);
        bool ready = node && object_condition_is(node, "Ready", "True");
        if (!ready && (daemon_keeps_ending(s, "kubelet", err) || daemon_keeps_ending(s, "containerd", err)))
            result = -1;
        else if (!ready && clock_monotonic_ms() > until)
            result = node_not_ready(s, node, err);
        arena_done(&arena);
        if (ready)
            break;
        usleep(50000);
    }
    client_free(client);
    return result;
}

static int stop_supervisor(const struct settings *s, struct error *err)
{
    int pid = supervisor_pid(s);
    int64_t until = clock_monotonic_ms() + STOP_WAIT_MS;
    if (pid == 0)
        return 0;
    kill(pid, SIGTERM);
    while (supervisor_pid(s) != 0) {
        if (clock_monotonic_ms() > until)
            return error_set(err, ERR_TIMEOUT, "the supervisor (process %d) does not end; see %s/keelson.log",
                             pid, s->log_dir);
        usleep(20000);
    }
    return 0;
}

static int start(const struct settings *s, int argc, char **argv, struct error *err)
{
    bool renewed = false;
    if (preflight_ports(s, err) < 0 || step_prepare(s, &renewed, err) < 0 ||
        settings_remember(s, argc, argv, err) < 0)
        return -1;
    say(renewed ? "certificates and configuration made" : "certificates and configuration");
    if (start_supervisor(s, argc, argv, err) < 0)
        return -1;
    say("daemons started");
    return 0;
}

/* What runs goes on as it is, unless it was started with other settings or programs: then the daemons are
 * started again, and take up the containers as they are. */
static int heal(const struct settings *s, int argc, char **argv, struct error *err)
{
    _cleanup_free_ char *what = NULL;
    if (!running_differs(s, &what)) {
        kill(supervisor_pid(s), SIGHUP);
        say("running already; what had stopped is started again");
        return 0;
    }
    _cleanup_free_ char *text =
        xasprintf("what runs was started with another %s; the daemons start again", what);
    say(text);
    return stop_supervisor(s, err) < 0 ? -1 : start(s, argc, argv, err);
}

/* The images come into containerd while the node gets ready: neither needs the other. */
struct importing {
    const struct settings *settings;
    int result;
    struct error err;
    pthread_t thread;
};

static void *import_images(void *argument)
{
    struct importing *i = argument;
    i->result = step_images(i->settings, &i->err);
    return NULL;
}

static int wait_ready(const struct settings *s, struct error *err)
{
    struct importing importing = {.settings = s, .err = ERROR_INIT};
    int failed = pthread_create(&importing.thread, NULL, import_images, &importing);
    if (failed)
        return error_set_errno(err, failed, "starting a thread");
    int result = wait_apiserver(s, err);
    if (result == 0) {
        say("API server ready");
        result = wait_node(s, err);
    }
    if (result == 0)
        say("node ready");
    pthread_join(importing.thread, NULL);
    if (importing.result < 0) { /* why a node does not get ready, too, when the runtime does not run */
        error_move(err, &importing.err);
        result = -1;
    } else if (result == 0) {
        say("images ready");
    }
    error_done(&importing.err);
    return result;
}

static int up(const struct settings *s, int argc, char **argv, struct error *err)
{
    if (preflight(s, err) < 0 || (supervisor_pid(s) ? heal : start)(s, argc, argv, err) < 0)
        return -1;
    return wait_ready(s, err);
}

static void say_next(const struct settings *s, const char *kubeconfig, const char *unit)
{
    _cleanup_free_ char *admin = settings_path(s, "kubeconfig/admin.conf");
    printf("\nThe cluster runs: Kubernetes %s, node %s.\n\n", daemon_git_version(), s->node_name);
    if (!kubeconfig)
        printf("  export KUBECONFIG=%s\n", admin);
    printf("  kubectl get nodes\n  kubectl create deployment web --image=keelson.local/sample:1\n  keelson "
           "status        what runs, and what is wrong\n  keelson down        "
           "  stop it\n");
    if (unit)
        printf("  systemctl enable %s\n                      start it with the machine\n", unit);
}

int command_up(int argc, char **argv)
{
    struct settings s;
    int leave = 0;
    _cleanup_free_ char *kubeconfig = NULL, *unit = NULL;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    began_ms = clock_monotonic_ms();
    umask(022);
    int result = settings_parse(
        &s, "keelson up: makes this machine a one-node Kubernetes cluster; run again, it heals", argc, argv,
        &leave, &err);
    if (result == 0 && !leave) {
        result = up(&s, argc, argv, &err);
        if (result == 0)
            result = step_admin_kubeconfig(&s, &kubeconfig, &err);
        if (result == 0 && step_unit(&s, argc, argv, &unit, &err) < 0) {
            fprintf(stderr, "keelson up: no systemd unit was written: %s\n", err.message);
            error_done(&err);
        }
        if (result == 0)
            say_next(&s, kubeconfig, unit);
    }
    if (result < 0)
        fprintf(stderr, "keelson up: %s\n", err.message);
    settings_done(&s);
    return result < 0;
}

int command_down(int argc, char **argv)
{
    struct settings s;
    int leave = 0;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    int result = settings_parse(
        &s, "keelson down: stops the daemons; containers go on until `keelson reset` or the next `up`", argc,
        argv, &leave, &err);
    if (result == 0 && !leave) {
        bool ran = supervisor_pid(&s) != 0;
        result = geteuid() != 0 ? error_set(&err, ERR_FORBIDDEN, "needs root") : stop_supervisor(&s, &err);
        if (result == 0)
            puts(ran ? "stopped; data stays in place, `keelson up` starts it again" : "nothing was running");
    }
    if (result < 0)
        fprintf(stderr, "keelson down: %s\n", err.message);
    settings_done(&s);
    return result < 0;
}
