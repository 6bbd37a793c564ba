/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin "cri": a container runtime that speaks the Kubernetes Container Runtime Interface v1 over gRPC
 * (containerd, CRI-O). Configuration (all optional):
 *
 *   socket               where the runtime listens: "unix:///path" or a plain path; default
 * unix:///run/containerd/containerd.sock connect_timeout_ms   how long connecting may take; default 3000
 *   call_timeout_ms      upper bound of calls that the runtime answers at once (list, status, info, session
 * URLs), below the host's own deadline; 0: none; default 60000. Starting, stopping, pulling and running
 * commands are not bounded by it. message_bytes_max    longest answer that is taken; default 16 MiB, as
 * containerd sends at most
 *
 * It connects with the first call, and again when the runtime was restarted; while that is down, calls fail
 * with KEELSON_UNAVAILABLE.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cri/cri.h"

KEELSON_PLUGIN(KEELSON_KIND_RUNTIME, "cri", PACKAGE_VERSION);

static const struct keelson_host *plugin_host;

static const struct keelson_runtime_v1 runtime_interface = {
    .size = sizeof(runtime_interface),
    .info = cri_info,
    .sandbox_run = cri_sandbox_run,
    .sandbox_stop = cri_sandbox_stop,
    .sandbox_remove = cri_sandbox_remove,
    .sandbox_status = cri_sandbox_status,
    .sandbox_list = cri_sandbox_list,
    .container_create = cri_container_create,
    .container_start = cri_container_start,
    .container_stop = cri_container_stop,
    .container_remove = cri_container_remove,
    .container_status = cri_container_status,
    .container_list = cri_container_list,
    .container_update = cri_container_update,
    .container_reopen_log = cri_container_reopen_log,
    .container_usage = cri_container_usage,
    .exec_sync = cri_exec_sync,
    .exec = cri_exec,
    .attach = cri_attach,
    .port_forward = cri_port_forward,
    .set_pod_cidr = cri_set_pod_cidr,
    .events = cri_events,
};

static const struct keelson_images_v1 images_interface = {
    .size = sizeof(images_interface),
    .list = cri_image_list,
    .status = cri_image_status,
    .pull = cri_image_pull,
    .remove = cri_image_remove,
    .usage = cri_image_usage,
};

struct settings {
    const char *socket;
    int64_t connect_timeout_ms, call_timeout_ms, message_bytes_max;
};

static enum keelson_status read_number(const struct keelson_call *call, const struct keelson_config *config,
                                       const char *name, int64_t min, int64_t max, int64_t *ret)
{
    int64_t value = *ret;
    if (config && plugin_host->config_integer(call, config, name, &value) == KEELSON_INVALID)
        return KEELSON_INVALID;
    if (value < min || value > max)
        return plugin_host->fail(call, KEELSON_INVALID, "%s: %s is %lld; it must be %lld to %lld",
                                 plugin_host->config_where(config, name), name, (long long)value,
                                 (long long)min, (long long)max);
    *ret = value;
    return KEELSON_OK;
}

static enum keelson_status read_settings(const struct keelson_call *call, const struct keelson_config *config,
                                         struct settings *ret)
{
    *ret = (struct settings){
        .socket = "unix:///run/containerd/containerd.sock",
        .connect_timeout_ms = 3000,
        .call_timeout_ms = 60000,
        .message_bytes_max = 16 << 20,
    };
    static const char *const known[] = {"socket", "connect_timeout_ms", "call_timeout_ms",
                                        "message_bytes_max", NULL};
    enum keelson_status status = plugin_host->config_refuse_unknown(call, config, known);
    if (status != KEELSON_OK)
        return status;
    if (config && plugin_host->config_string(call, config, "socket", &ret->socket) == KEELSON_INVALID)
        return KEELSON_INVALID;
    status = read_number(call, config, "connect_timeout_ms", 1, 600000, &ret->connect_timeout_ms);
    if (status == KEELSON_OK)
        status = read_number(call, config, "call_timeout_ms", 0, 3600000, &ret->call_timeout_ms);
    if (status == KEELSON_OK)
        status = read_number(call, config, "message_bytes_max", 64 << 10, 1 << 30, &ret->message_bytes_max);
    return status;
}

static struct grpc_channel *make_channel(const struct settings *settings, struct grpc_error *err)
{
    char target[256];
    bool is_path = settings->socket[0] == '/';
    if ((size_t)snprintf(target, sizeof(target), "%s%s", is_path ? "unix://" : "", settings->socket) >=
        sizeof(target)) {
        err->code = GRPC_INVALID_ARGUMENT;
        snprintf(err->message, sizeof(err->message), "\"%.40s…\" is too long", settings->socket);
        return NULL;
    }
    const struct grpc_channel_config config = {
        .target = target,
        .connect_timeout_ms = settings->connect_timeout_ms,
        .message_bytes_max = (size_t)settings->message_bytes_max,
    };
    return grpc_channel_new(&config, err);
}

static void cri_close(void *instance)
{
    struct cri *cri = instance;
    grpc_channel_free(cri->channel);
    owners_free(cri->owners);
    free(cri);
}

static enum keelson_status cri_open(const struct keelson_call *call, const struct keelson_instance *instance,
                                    void **ret)
{
    struct settings settings;
    struct grpc_error err;
    enum keelson_status status = read_settings(call, instance->config, &settings);
    if (status != KEELSON_OK)
        return status;
    struct cri *cri = calloc(1, sizeof(*cri));
    if (!cri)
        return plugin_host->fail(call, KEELSON_EXHAUSTED, "out of memory");
    cri->host = plugin_host;
    cri->call_timeout_ms = settings.call_timeout_ms;
    cri->owners = owners_new();
    cri->channel = make_channel(&settings, &err);
    if (!cri->owners || !cri->channel) {
        status = cri->channel ? plugin_host->fail(call, KEELSON_EXHAUSTED, "out of memory")
                              : plugin_host->fail(call, KEELSON_INVALID, "socket: %s", err.message);
        cri_close(cri);
        return status;
    }
    *ret = cri;
    return KEELSON_OK;
}

static const void *cri_interface(void *instance, const char *name)
{
    if (strcmp(name, KEELSON_RUNTIME_1) == 0)
        return &runtime_interface;
    if (strcmp(name, KEELSON_IMAGES_1) == 0)
        return &images_interface;
    return NULL;
}

static const struct keelson_plugin plugin = {
    .size = sizeof(plugin),
    .threading = KEELSON_THREADS_PARALLEL,
    .description = "container runtimes by CRI v1: containerd, CRI-O",
    .open = cri_open,
    .close = cri_close,
    .interface = cri_interface,
};

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *host)
{
    plugin_host = host;
    return &plugin;
}
