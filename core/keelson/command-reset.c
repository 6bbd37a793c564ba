/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keelson reset: everything goes, through the same plugins that made it: pods by the runtime plugin, the pod
 * network by the network plugin, Services by kube-proxy --cleanup; then mounts and folders. Each step goes on
 * where the one before failed, and says so.
 */
#include <keelson/network.h>
#include <keelson/runtime.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/io/process.h"
#include "core/keelson/keelson.h"
#include "core/plugin/host.h"

struct sandbox_ids {
    char **items;
    size_t count, capacity;
};

static int collect_id(const struct keelson_sandbox_sink *sink, const struct keelson_sandbox *sandbox)
{
    struct sandbox_ids *ids = sink->context;
    ids->items = xgrow(ids->items, &ids->capacity, ids->count + 1, sizeof(*ids->items));
    ids->items[ids->count++] = xstrdup(sandbox->id);
    return 0;
}

struct runtime_arguments {
    const struct keelson_runtime_v1 *runtime;
    struct sandbox_ids *ids;
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

static int remove_pods(struct plugin_host *host, const struct settings *s, struct error *err)
{
    struct sandbox_ids ids = {0};
    struct plugin_instance *instance = load(host, s, KEELSON_KIND_RUNTIME, err);
    struct runtime_arguments a = {.ids = &ids};
    if (!instance)
        return -1;
    a.runtime = plugin_instance_interface(instance, KEELSON_RUNTIME_1);
    struct plugin_call_options options = {.operation = "sandbox_list"};
    int result = a.runtime ? plugin_call(instance, &options, list_sandboxes, &a, NULL, err)
                           : error_set(err, ERR_NOT_FOUND, "the plugin is no container runtime");
    for (size_t i = 0; i < ids.count; i++) {
        options.operation = "sandbox_remove";
        a.id = ids.items[i];
        if (result == 0)
            result = plugin_call(instance, &options, remove_sandbox, &a, NULL, err);
        free(ids.items[i]);
    }
    free(ids.items);
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

/* The kernel lists mounts in the order in which they were made: the last one first is safe. */
static void unmount_below(const char *folder)
{
    struct buffer text = BUFFER_INIT;
    if (file_read("/proc/self/mounts", 4 * 1024 * 1024, &text, NULL) == 0) {
        struct slice rest = {text.data, text.size};
        char **points = NULL;
        size_t count = 0, capacity = 0, size = strlen(folder);
        while (rest.data && rest.size) {
            struct slice line = slice_cut(&rest, '\n');
            slice_cut(&line, ' ');
            struct slice point = slice_cut(&line, ' ');
            if (!slice_starts(point, folder) || (point.size > size && point.data[size] != '/'))
                continue;
            points = xgrow(points, &capacity, count + 1, sizeof(*points));
            points[count++] = xstrndup(point.data, point.size);
        }
        while (count > 0) {
            umount2(points[--count], MNT_DETACH | UMOUNT_NOFOLLOW);
            free(points[count]);
        }
        free(points);
    }
    buffer_done(&text);
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
    unmount_below(s->data_dir);
    unmount_below(s->run_dir);
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

static int reset(const struct settings *s, int argc, char **argv, struct error *err)
{
    struct plugin_host_config config = {
        .daemon = "keelson", .plugin_dir = s->plugin_dir, .state_dir = s->run_dir};
    if (geteuid() != 0)
        return error_set(err, ERR_FORBIDDEN, "needs root");
    struct plugin_host *host = plugin_host_new(&config);
    signal_kubelet(s, SIGSTOP);
    say("pods", remove_pods(host, s, err), err);
    signal_kubelet(s, SIGKILL);
    bool stopped = command_down(argc, argv) == 0;
    say("services", remove_services(s, err), err);
    say("pod network", remove_network(host, s, err), err);
    plugin_host_free(host);
    if (!stopped)
        return error_set(err, ERR_CONFLICT, "the daemons did not stop, so their folders are left alone");
    int result = remove_folders(s, err);
    if (result == 0)
        printf("  removed: %s, %s (logs stay in %s)\n", s->data_dir, s->run_dir, s->log_dir);
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
