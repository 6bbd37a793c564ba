/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keelson reset: everything goes, through the same plugins that made it: pods by the runtime plugin (a
 * containerd is started for that when none runs), the pod network by the network plugin, Services by
 * kube-proxy --cleanup; then what is left (sweep.h), mounts and folders. Each step goes on where the one
 * before failed, and says so.
 */
#include <fcntl.h>
#include <keelson/network.h>
#include <keelson/runtime.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/io/process.h"
#include "core/keelson/sweep.h"
#include "core/plugin/host.h"

#define RUNTIME_WAIT_MS 20000

static int collect_id(const struct keelson_sandbox_sink *sink, const struct keelson_sandbox *sandbox)
{
    names_add(sink->context, sandbox->id);
    return 0;
}

struct runtime_arguments {
    const struct keelson_runtime_v1 *runtime;
    struct names *ids;
    const char *id;
};

static enum keelson_status list_sandboxes(void *handle, const struct keelson_call *call, void *arguments)
{
    struct runtime_arguments *a = arguments;
    struct keelson_sandbox_sink sink = {.size = sizeof(sink), .put = collect_id, .context = a->ids};
    return a->runtime->sandbox_list(handle, call, &sink);
}

static enum keelson_status remove_sandbox(void *handle, const struct keelson_call *call, void *arguments)
{
    struct runtime_arguments *a = arguments;
    enum keelson_status status = a->runtime->sandbox_stop(handle, call, a->id);
    return status == KEELSON_OK ? a->runtime->sandbox_remove(handle, call, a->id) : status;
}

static enum keelson_status tear_down(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct keelson_network_v1 *network = arguments;
    return network->teardown(handle, call);
}

static struct plugin_instance *load(struct plugin_host *host, const struct settings *s,
                                    enum keelson_kind kind, struct error *err)
{
    unsigned count = 0;
    _cleanup_free_ char *path = settings_path(s, "config/kubelet-plugins.conf");
    if (plugin_host_load_config(host, path, kind, &count, err) < 0)
        return NULL;
    if (count == 0)
        error_set(err, ERR_NOT_FOUND, "%s names no %s plugin", path, plugin_kind_name(kind));
    return count ? plugin_host_instance(host, plugin_host_count(host) - 1) : NULL;
}

/* One pod that does not go keeps none of the others. wait: the runtime has only begun. */
static int remove_pods(struct plugin_host *host, const struct settings *s, bool wait, struct error *err)
{
    struct names ids = {0};
    struct plugin_instance *instance = load(host, s, KEELSON_KIND_RUNTIME, err);
    if (!instance)
        return -1;
    struct runtime_arguments a = {.ids = &ids};
    a.runtime = plugin_instance_interface(instance, KEELSON_RUNTIME_1);
    struct plugin_call_options options = {.operation = "sandbox_list"};
    int64_t until = clock_monotonic_ms() + RUNTIME_WAIT_MS;
    int result = a.runtime ? plugin_call(instance, &options, list_sandboxes, &a, NULL, err)
                           : error_set(err, ERR_NOT_FOUND, "the plugin is no container runtime");
    while (result < 0 && a.runtime && wait &&
           clock_monotonic_ms() < until) { /* it serves before it is ready */
        error_done(err);
        usleep(100000);
        result = plugin_call(instance, &options, list_sandboxes, &a, NULL, err);
    }
    options.operation = "sandbox_remove";
    for (size_t i = 0; i < ids.count; i++) {
        _cleanup_(error_done) struct error one = ERROR_INIT;
        a.id = ids.items[i];
        if (plugin_call(instance, &options, remove_sandbox, &a, NULL, &one) < 0 && result == 0) {
            error_move(err, &one);
            result = -1;
        }
    }
    names_done(&ids);
    return result;
}

static int remove_network(struct plugin_host *host, const struct settings *s, struct error *err)
{
    struct plugin_instance *instance = load(host, s, KEELSON_KIND_NETWORK, err);
    if (!instance)
        return -1;
    const struct keelson_network_v1 *network = plugin_instance_interface(instance, KEELSON_NETWORK_1);
    struct plugin_call_options options = {.operation = "teardown"};
    return network ? plugin_call(instance, &options, tear_down, (void *)network, NULL, err)
                   : error_set(err, ERR_NOT_FOUND, "the plugin is no network");
}

static int remove_services(const struct settings *s, struct error *err)
{
    int status = 0;
    _cleanup_free_ char *program = settings_program(s, "kube-proxy");
    const char *const argv[] = {program, "--cleanup", NULL};
    struct process_config config = {.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
    struct buffer output = BUFFER_INIT, errors = BUFFER_INIT;
    int result = process_run(&config, (struct slice){0}, &output, &errors, 30000, &status, err);
    if (result == 0 && status != 0)
        result =
            error_set(err, ERR_INTERNAL, "%.300s", errors.data ? errors.data : "kube-proxy --cleanup failed");
    buffer_done(&output);
    buffer_done(&errors);
    return result;
}

static void say(const char *step, int result, struct error *err)
{
    if (result == 0)
        printf("  removed: %s\n", step);
    else
        printf("  not removed: %s: %s\n", step, err->message);
    error_done(err);
}

static int remove_folders(const struct settings *s, struct error *err)
{
    sweep_mounts(s->data_dir);
    sweep_mounts(s->run_dir);
    return directory_remove(s->data_dir, err) < 0 || directory_remove(s->run_dir, err) < 0 ? -1 : 0;
}

/* Pods first, while containerd still runs; kubelet must not start them again meanwhile. */
static void signal_kubelet(const struct settings *s, int signal_number)
{
    struct buffer text = BUFFER_INIT;
    _cleanup_free_ char *path = xasprintf("%s/status", s->run_dir);
    if (file_read(path, 65536, &text, NULL) == 0) {
        const char *line = strstr(text.data, "kubelet ");
        int pid = line ? (int)strtol(line + 8, NULL, 10) : 0;
        if (pid > 1)
            kill(pid, signal_number);
    }
    buffer_done(&text);
}

/* Our own containerd, when it does not run; 0: it runs, or there is nothing for it to do. */
static pid_t start_runtime(const struct settings *s)
{
    _cleanup_free_ char *socket = xasprintf("%s/containerd.sock", s->run_dir),
                        *root = settings_path(s, "containerd");
    if (*s->container_runtime_endpoint || !file_exists(root) || socket_answers(socket) ||
        directory_make(s->run_dir, 0711, NULL) < 0)
        return 0;
    pid_t pid = fork();
    if (pid == 0) {
        int null_fd = open("/dev/null", O_RDWR);
        for (int fd = 0; fd < 3; fd++)
            dup2(null_fd, fd);
        char **argv = daemon_rows[0].argv(s);
        execvp(argv[0], argv);
        _exit(127);
    }
    int64_t until = clock_monotonic_ms() + RUNTIME_WAIT_MS;
    while (pid > 0 && !socket_answers(socket) && clock_monotonic_ms() < until &&
           waitpid(pid, NULL, WNOHANG) == 0)
        usleep(20000);
    return MAX(pid, 0);
}

static void stop_runtime(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
}

static void remove_unit(const struct settings *s)
{
    char target[PATH_MAX] = "";
    _cleanup_free_ char *unit = settings_path(s, "config/keelson.service");
    if (readlink("/etc/systemd/system/keelson.service", target, sizeof(target) - 1) <= 0 ||
        strcmp(target, unit) != 0)
        return;
    int status = 0;
    const char *const argv[] = {"systemctl", "disable", "--quiet", "keelson.service", NULL};
    struct buffer output = BUFFER_INIT, errors = BUFFER_INIT;
    struct process_config config = {.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
    process_run(&config, (struct slice){0}, &output, &errors, 30000, &status, NULL);
    buffer_done(&output);
    buffer_done(&errors);
}

/* Pods, services and the pod network, by those who made them. False: the daemons did not stop. */
static bool take_down(const struct settings *s, int argc, char **argv)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_host_config config = {
        .daemon = "keelson", .plugin_dir = s->plugin_dir, .state_dir = s->run_dir};
    struct plugin_host *host = plugin_host_new(&config);
    pid_t runtime = start_runtime(s);
    signal_kubelet(s, SIGSTOP);
    say("pods", remove_pods(host, s, runtime > 0, &err), &err);
    signal_kubelet(s, SIGKILL);
    if (*s->container_runtime_endpoint) /* our own goes with its folder */
        remove_images(s);
    bool stopped = command_down(argc, argv) == 0;
    stop_runtime(runtime);
    say("services", remove_services(s, &err), &err);
    say("pod network", remove_network(host, s, &err), &err);
    plugin_host_free(host);
    return stopped;
}

static int reset(const struct settings *s, int argc, char **argv, struct error *err)
{
    if (geteuid() != 0)
        return error_set(err, ERR_FORBIDDEN, "needs root");
    if (!file_exists(s->data_dir) && !file_exists(s->run_dir)) {
        puts("nothing to remove");
        return 0;
    }
    struct names uids = {0};
    sweep_pod_uids(s, &uids);
    bool stopped = take_down(s, argc, argv);
    if (!stopped) {
        names_done(&uids);
        return error_set(err, ERR_CONFLICT, "the daemons did not stop, so their folders are left alone");
    }
    unsigned killed = sweep_processes(s);
    if (killed)
        printf("  removed: %u processes of containers\n", killed);
    sweep_cgroups(&uids);
    sweep_pod_logs(&uids);
    sweep_port_chains();
    names_done(&uids);
    sweep_kubeconfig(s);
    remove_unit(s);
    int result = remove_folders(s, err);
    if (result == 0)
        sweep_logs(s);
    if (result == 0)
        printf("  removed: %s, %s, %s\n", s->data_dir, s->run_dir, s->log_dir);
    return result;
}

int command_reset(int argc, char **argv)
{
    struct settings s;
    int leave = 0;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    int result = settings_parse(&s, "keelson reset: stops the cluster and removes all that it made, data too",
                                argc, argv, &leave, &err);
    if (result == 0 && !leave)
        result = reset(&s, argc, argv, &err);
    if (result < 0)
        fprintf(stderr, "keelson reset: %s\n", err.message);
    settings_done(&s);
    return result < 0;
}
