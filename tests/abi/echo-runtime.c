/* SPDX-License-Identifier: Apache-2.0 */
/* See echo.h. */
#include <keelson/runtime.h>

#include "tests/abi/echo.h"

KEELSON_PLUGIN(KEELSON_KIND_RUNTIME, "echo-runtime", "1.0");

static const struct keelson_host *host;

/* ---- What it is given ---- */

static void echo_resources(FILE *f, const struct keelson_resources *resources)
{
    fprintf(f, " resources=%s", resources ? "(" : "NULL");
    if (!resources)
        return;
    ECHO_NUMBER(f, resources, oom_score_adj);
    ECHO_NUMBER(f, resources, cpu_period_us);
    ECHO_NUMBER(f, resources, cpu_quota_us);
    ECHO_NUMBER(f, resources, cpu_shares);
    ECHO_NUMBER(f, resources, memory_limit_bytes);
    ECHO_NUMBER(f, resources, memory_swap_limit_bytes);
    ECHO_NUMBER(f, resources, pids_limit);
    ECHO_TEXT(f, resources, cpuset_cpus);
    ECHO_TEXT(f, resources, cpuset_mems);
    ECHO_PAIRS(f, resources, unified);
    ECHO_PAIRS(f, resources, hugepages);
    fputs(")", f);
}

static void echo_ids(FILE *f, const struct keelson_security *security)
{
    for (uint32_t i = 0; i < security->supplemental_groups_count; i++)
        echo_number(f, "group", security->supplemental_groups[i]);
    for (uint32_t i = 0; i < security->user_mappings_count; i++) {
        const struct keelson_id_mapping *mapping =
            KEELSON_AT(security->user_mappings, security->user_mapping_size, i);
        ECHO_NUMBER(f, mapping, host_id);
        ECHO_NUMBER(f, mapping, container_id);
        ECHO_NUMBER(f, mapping, length);
        ECHO_NUMBER(f, mapping, is_gid);
    }
}

static void echo_security(FILE *f, const struct keelson_security *security)
{
    fprintf(f, " security=%s", security ? "(" : "NULL");
    if (!security)
        return;
    ECHO_NUMBER(f, security, privileged);
    ECHO_NUMBER(f, security, read_only_rootfs);
    ECHO_NUMBER(f, security, no_new_privileges);
    ECHO_NUMBER(f, security, network);
    ECHO_NUMBER(f, security, pid);
    ECHO_NUMBER(f, security, ipc);
    ECHO_NUMBER(f, security, user);
    ECHO_TEXT(f, security, pid_target_id);
    ECHO_NUMBER(f, security, run_as_user);
    ECHO_NUMBER(f, security, run_as_group);
    ECHO_TEXT(f, security, run_as_username);
    echo_ids(f, security);
    ECHO_TEXTS(f, security, capabilities_add);
    ECHO_TEXTS(f, security, capabilities_drop);
    ECHO_NUMBER(f, security, seccomp);
    ECHO_NUMBER(f, security, apparmor);
    ECHO_TEXT(f, security, seccomp_path);
    ECHO_TEXT(f, security, apparmor_name);
    ECHO_TEXT(f, security, selinux_user);
    ECHO_TEXT(f, security, selinux_role);
    ECHO_TEXT(f, security, selinux_type);
    ECHO_TEXT(f, security, selinux_level);
    ECHO_TEXTS(f, security, masked_paths);
    ECHO_TEXTS(f, security, readonly_paths);
    fputs(")", f);
}

static void echo_sandbox(FILE *f, const struct keelson_sandbox_config *config)
{
    fprintf(f, " sandbox=%s", config ? "(" : "NULL");
    if (!config)
        return;
    ECHO_NUMBER(f, config, attempt);
    ECHO_TEXT(f, config, name);
    ECHO_TEXT(f, config, namespace_);
    ECHO_TEXT(f, config, uid);
    ECHO_TEXT(f, config, hostname);
    ECHO_TEXT(f, config, log_directory);
    ECHO_TEXTS(f, config, dns_servers);
    ECHO_TEXTS(f, config, dns_searches);
    ECHO_TEXTS(f, config, dns_options);
    for (uint32_t i = 0; i < config->ports_count; i++) {
        const struct keelson_port_mapping *port = KEELSON_AT(config->ports, config->port_size, i);
        ECHO_NUMBER(f, port, protocol);
        ECHO_NUMBER(f, port, container_port);
        ECHO_NUMBER(f, port, host_port);
        ECHO_TEXT(f, port, host_ip);
    }
    ECHO_PAIRS(f, config, labels);
    ECHO_PAIRS(f, config, annotations);
    ECHO_PAIRS(f, config, sysctls);
    ECHO_TEXT(f, config, cgroup_parent);
    ECHO_TEXT(f, config, runtime_handler);
    echo_security(f, config->security);
    echo_resources(f, config->overhead);
    echo_resources(f, config->resources);
    fputs(")", f);
}

static void echo_files(FILE *f, const struct keelson_container_config *config)
{
    for (uint32_t i = 0; i < config->mounts_count; i++) {
        const struct keelson_mount *mount = KEELSON_AT(config->mounts, config->mount_size, i);
        ECHO_TEXT(f, mount, container_path);
        ECHO_TEXT(f, mount, host_path);
        ECHO_NUMBER(f, mount, read_only);
        ECHO_NUMBER(f, mount, recursive_read_only);
        ECHO_NUMBER(f, mount, selinux_relabel);
        ECHO_NUMBER(f, mount, propagation);
    }
    for (uint32_t i = 0; i < config->devices_count; i++) {
        const struct keelson_device *device = KEELSON_AT(config->devices, config->device_size, i);
        ECHO_TEXT(f, device, container_path);
        ECHO_TEXT(f, device, host_path);
        ECHO_TEXT(f, device, permissions);
    }
}

static void echo_container(FILE *f, const struct keelson_container_config *config)
{
    ECHO_NUMBER(f, config, attempt);
    ECHO_TEXT(f, config, name);
    ECHO_TEXT(f, config, image);
    ECHO_TEXT(f, config, image_spec);
    ECHO_TEXTS(f, config, command);
    ECHO_TEXTS(f, config, args);
    ECHO_TEXT(f, config, working_dir);
    ECHO_PAIRS(f, config, env);
    ECHO_PAIRS(f, config, labels);
    ECHO_PAIRS(f, config, annotations);
    echo_files(f, config);
    ECHO_TEXT(f, config, log_path);
    ECHO_NUMBER(f, config, stdin_);
    ECHO_NUMBER(f, config, stdin_once);
    ECHO_NUMBER(f, config, tty);
    ECHO_TEXT(f, config, stop_signal);
    echo_security(f, config->security);
    echo_resources(f, config->resources);
}

/* ---- keelson.runtime/1 ---- */

static enum keelson_status info(void *instance, const struct keelson_call *call,
                                struct keelson_runtime_info *ret)
{
    echo_begin(instance, "info");
    ret->runtime_ready = 1;
    snprintf(ret->name, sizeof(ret->name), "echo");
    snprintf(ret->version, sizeof(ret->version), "7.1");
    snprintf(ret->api_version, sizeof(ret->api_version), "v1");
    memset(ret->runtime_message, 'r', sizeof(ret->runtime_message) - 1);
    snprintf(ret->network_message, sizeof(ret->network_message), "no bridge");
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status sandbox_run(void *instance, const struct keelson_call *call,
                                       const struct keelson_sandbox_config *config,
                                       const struct keelson_text_sink *id)
{
    echo_sandbox(echo_begin(instance, "sandbox_run"), config);
    id->put(id, 0, "sandbox-1", 9);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status about(void *instance, const char *function, const char *id)
{
    echo_text(echo_begin(instance, function), "id", id);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status sandbox_stop(void *instance, const struct keelson_call *call, const char *id)
{
    return about(instance, "sandbox_stop", id);
}

static enum keelson_status sandbox_remove(void *instance, const struct keelson_call *call, const char *id)
{
    return about(instance, "sandbox_remove", id);
}

static const struct keelson_pair pairs[] = {{"app", "web"}, {"empty", ""}};
static const char *const texts[] = {"10.0.0.1", "fd00::1"};

static void give_sandbox(const struct keelson_sandbox_sink *sink, uint32_t ips_count)
{
    const struct keelson_sandbox sandbox = {.size = sizeof(sandbox),
                                            .state = KEELSON_SANDBOX_NOT_READY,
                                            .id = "sandbox-1",
                                            .name = "n",
                                            .namespace_ = "ns",
                                            .uid = "u",
                                            .runtime_handler = "",
                                            .attempt = 3,
                                            .ips = texts,
                                            .ips_count = ips_count,
                                            .created_at_ns = 1234,
                                            .labels = {pairs, 2},
                                            .annotations = {pairs, 1}};
    sink->put(sink, &sandbox);
}

static enum keelson_status sandbox_status(void *instance, const struct keelson_call *call, const char *id,
                                          const struct keelson_sandbox_sink *sink)
{
    give_sandbox(sink, 2);
    return about(instance, "sandbox_status", id);
}

static enum keelson_status sandbox_list(void *instance, const struct keelson_call *call,
                                        const struct keelson_sandbox_sink *sink)
{
    give_sandbox(sink, 0);
    give_sandbox(sink, 1);
    return about(instance, "sandbox_list", NULL);
}

static enum keelson_status container_create(void *instance, const struct keelson_call *call,
                                            const char *sandbox_id,
                                            const struct keelson_container_config *config,
                                            const struct keelson_sandbox_config *sandbox,
                                            const struct keelson_text_sink *id)
{
    FILE *f = echo_begin(instance, "container_create");
    echo_text(f, "sandbox_id", sandbox_id);
    echo_container(f, config);
    echo_sandbox(f, sandbox);
    id->put(id, 0, "container-1", 11);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status container_start(void *instance, const struct keelson_call *call, const char *id)
{
    return about(instance, "container_start", id);
}

static enum keelson_status container_stop(void *instance, const struct keelson_call *call, const char *id,
                                          int64_t grace_s)
{
    FILE *f = echo_begin(instance, "container_stop");
    echo_text(f, "id", id);
    echo_number(f, "grace_s", grace_s);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status container_remove(void *instance, const struct keelson_call *call, const char *id)
{
    about(instance, "container_remove", id);
    return host->fail(call, KEELSON_CONFLICT, "it runs");
}

static void give_container(const struct keelson_container_sink *sink)
{
    const struct keelson_container container = {.size = sizeof(container),
                                                .state = KEELSON_CONTAINER_EXITED,
                                                .id = "container-1",
                                                .sandbox_id = "sandbox-1",
                                                .name = "c",
                                                .image = "i",
                                                .image_id = "sha256:1",
                                                .attempt = 4,
                                                .exit_code = -9,
                                                .created_at_ns = 1,
                                                .started_at_ns = 2,
                                                .finished_at_ns = 3,
                                                .reason = "Error",
                                                .message = "",
                                                .log_path = "/l",
                                                .labels = {pairs, 1},
                                                .annotations = {pairs, 2}};
    sink->put(sink, &container);
}

static enum keelson_status container_status(void *instance, const struct keelson_call *call, const char *id,
                                            const struct keelson_container_sink *sink)
{
    give_container(sink);
    return about(instance, "container_status", id);
}

static enum keelson_status container_list(void *instance, const struct keelson_call *call,
                                          const struct keelson_container_sink *sink)
{
    give_container(sink);
    give_container(sink);
    return about(instance, "container_list", NULL);
}

static enum keelson_status container_update(void *instance, const struct keelson_call *call, const char *id,
                                            const struct keelson_resources *resources)
{
    FILE *f = echo_begin(instance, "container_update");
    echo_text(f, "id", id);
    echo_resources(f, resources);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status container_reopen_log(void *instance, const struct keelson_call *call,
                                                const char *id)
{
    return about(instance, "container_reopen_log", id);
}

static enum keelson_status container_usage(void *instance, const struct keelson_call *call,
                                           const struct keelson_usage_sink *sink)
{
    const struct keelson_usage usage = {.size = sizeof(usage),
                                        .container_id = "container-1",
                                        .timestamp_ns = 1,
                                        .cpu_nanoseconds = UINT64_MAX,
                                        .memory_working_set_bytes = 2,
                                        .memory_usage_bytes = 3,
                                        .memory_rss_bytes = 4,
                                        .memory_page_faults = 5,
                                        .memory_major_page_faults = 6,
                                        .writable_layer_bytes = 7,
                                        .writable_layer_inodes = 8};
    sink->put(sink, &usage);
    return about(instance, "container_usage", NULL);
}

static enum keelson_status exec_sync(void *instance, const struct keelson_call *call, const char *id,
                                     const char *const *command, uint32_t command_count, int64_t timeout_s,
                                     const struct keelson_text_sink *output, int32_t *ret_exit_code)
{
    FILE *f = echo_begin(instance, "exec_sync");
    echo_text(f, "id", id);
    echo_texts(f, "command", command, command_count);
    echo_number(f, "timeout_s", timeout_s);
    output->put(output, 1, "out\0put", 7);
    output->put(output, 2, "err", 3);
    *ret_exit_code = -1;
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status exec(void *instance, const struct keelson_call *call, const char *id,
                                const char *const *command, uint32_t command_count, int tty, int stdin_,
                                int stdout_, int stderr_, const struct keelson_text_sink *url)
{
    FILE *f = echo_begin(instance, "exec");
    echo_text(f, "id", id);
    echo_texts(f, "command", command, command_count);
    fprintf(f, " %d %d %d %d", tty, stdin_, stdout_, stderr_);
    url->put(url, 0, "http://e", 8);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status attach(void *instance, const struct keelson_call *call, const char *id, int tty,
                                  int stdin_, int stdout_, int stderr_, const struct keelson_text_sink *url)
{
    FILE *f = echo_begin(instance, "attach");
    echo_text(f, "id", id);
    fprintf(f, " %d %d %d %d", tty, stdin_, stdout_, stderr_);
    url->put(url, 0, "http://a", 8);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status port_forward(void *instance, const struct keelson_call *call, const char *id,
                                        const int32_t *ports, uint32_t ports_count,
                                        const struct keelson_text_sink *url)
{
    FILE *f = echo_begin(instance, "port_forward");
    echo_text(f, "id", id);
    for (uint32_t i = 0; i < ports_count; i++)
        echo_number(f, "port", ports[i]);
    url->put(url, 0, "http://p", 8);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status set_pod_cidr(void *instance, const struct keelson_call *call, const char *pod_cidr)
{
    return about(instance, "set_pod_cidr", pod_cidr);
}

/* As many as are wanted. */
static enum keelson_status events(void *instance, const struct keelson_call *call,
                                  const struct keelson_runtime_event_sink *sink)
{
    const struct keelson_runtime_event event = {
        .size = sizeof(event), .container_id = "", .sandbox_id = "sandbox-1"};
    while (sink->event(sink, &event) == 0)
        ;
    return about(instance, "events", NULL);
}

static const struct keelson_runtime_v1 runtime_table = {.size = sizeof(runtime_table),
                                                        .info = info,
                                                        .sandbox_run = sandbox_run,
                                                        .sandbox_stop = sandbox_stop,
                                                        .sandbox_remove = sandbox_remove,
                                                        .sandbox_status = sandbox_status,
                                                        .sandbox_list = sandbox_list,
                                                        .container_create = container_create,
                                                        .container_start = container_start,
                                                        .container_stop = container_stop,
                                                        .container_remove = container_remove,
                                                        .container_status = container_status,
                                                        .container_list = container_list,
                                                        .container_update = container_update,
                                                        .container_reopen_log = container_reopen_log,
                                                        .container_usage = container_usage,
                                                        .exec_sync = exec_sync,
                                                        .exec = exec,
                                                        .attach = attach,
                                                        .port_forward = port_forward,
                                                        .set_pod_cidr = set_pod_cidr,
                                                        .events = events};

/* ---- keelson.runtime.images/1 ---- */

static void give_image(const struct keelson_image_sink *sink)
{
    const struct keelson_image image = {.size = sizeof(image),
                                        .pinned = 1,
                                        .id = "sha256:1",
                                        .tags = texts,
                                        .tags_count = 2,
                                        .digests = texts,
                                        .digests_count = 1,
                                        .size_bytes = 1u << 31,
                                        .user_id = -1,
                                        .username = "nobody"};
    sink->put(sink, &image);
}

static enum keelson_status list(void *instance, const struct keelson_call *call,
                                const struct keelson_image_sink *sink)
{
    give_image(sink);
    give_image(sink);
    return about(instance, "list", NULL);
}

static enum keelson_status status(void *instance, const struct keelson_call *call, const char *image,
                                  const struct keelson_image_sink *sink)
{
    give_image(sink);
    return about(instance, "status", image);
}

static enum keelson_status pull(void *instance, const struct keelson_call *call, const char *image,
                                const struct keelson_image_auth *auth,
                                const struct keelson_sandbox_config *sandbox,
                                const struct keelson_text_sink *image_ref)
{
    FILE *f = echo_begin(instance, "pull");
    echo_text(f, "image", image);
    if (auth) {
        ECHO_TEXT(f, auth, username);
        ECHO_TEXT(f, auth, password);
        ECHO_TEXT(f, auth, auth);
        ECHO_TEXT(f, auth, server_address);
        ECHO_TEXT(f, auth, identity_token);
        ECHO_TEXT(f, auth, registry_token);
    }
    echo_sandbox(f, sandbox);
    image_ref->put(image_ref, 0, "ref", 3);
    return echo_end(instance, KEELSON_OK);
}

static enum keelson_status remove_image(void *instance, const struct keelson_call *call, const char *image)
{
    return about(instance, "remove", image);
}

static enum keelson_status usage(void *instance, const struct keelson_call *call, uint64_t *ret_used_bytes,
                                 uint64_t *ret_used_inodes, const struct keelson_text_sink *folder)
{
    *ret_used_bytes = UINT64_C(1) << 40;
    *ret_used_inodes = 9;
    folder->put(folder, 0, "/f", 2);
    return about(instance, "usage", NULL);
}

static const struct keelson_images_v1 images_table = {.size = sizeof(images_table),
                                                      .list = list,
                                                      .status = status,
                                                      .pull = pull,
                                                      .remove = remove_image,
                                                      .usage = usage};

static enum keelson_status open_it(const struct keelson_call *call, const struct keelson_instance *instance,
                                   void **ret)
{
    return echo_open(host, call, instance, ret);
}

static const void *interface(void *instance, const char *name)
{
    return strcmp(name, KEELSON_RUNTIME_1) == 0  ? (const void *)&runtime_table
           : strcmp(name, KEELSON_IMAGES_1) == 0 ? &images_table
                                                 : NULL;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *host_)
{
    static const struct keelson_plugin plugin = {.size = sizeof(plugin),
                                                 .threading = KEELSON_THREADS_SERIAL,
                                                 .description = "writes down what it is told",
                                                 .open = open_it,
                                                 .close = echo_close,
                                                 .interface = interface};
    host = host_;
    return &plugin;
}
