/* SPDX-License-Identifier: Apache-2.0 */
/* What a pod's sandbox and containers are to be like, written by the daemon and read by the child; and texts
 * that come back. */
#include "core/base/memory.h"
#include "core/plugin/isolate-runtime.h"

/* ---- Resources ---- */

void runtime_put_resources(struct buffer *out, const struct keelson_resources *resources)
{
    frame_put_u32(out, resources != NULL);
    if (!resources)
        return;
    frame_put_u32(out, (uint32_t)resources->oom_score_adj);
    frame_put_i64(out, resources->cpu_period_us);
    frame_put_i64(out, resources->cpu_quota_us);
    frame_put_i64(out, resources->cpu_shares);
    frame_put_i64(out, resources->memory_limit_bytes);
    frame_put_i64(out, resources->memory_swap_limit_bytes);
    frame_put_i64(out, resources->pids_limit);
    frame_put_text(out, resources->cpuset_cpus);
    frame_put_text(out, resources->cpuset_mems);
    frame_put_pairs(out, &resources->unified);
    frame_put_pairs(out, &resources->hugepages);
}

const struct keelson_resources *runtime_get_resources(struct frame_reader *r)
{
    if (!frame_get_u32(r))
        return NULL;
    struct keelson_resources *resources = arena_new(r->arena, struct keelson_resources);
    resources->size = sizeof(*resources);
    resources->oom_score_adj = (int32_t)frame_get_u32(r);
    resources->cpu_period_us = frame_get_i64(r);
    resources->cpu_quota_us = frame_get_i64(r);
    resources->cpu_shares = frame_get_i64(r);
    resources->memory_limit_bytes = frame_get_i64(r);
    resources->memory_swap_limit_bytes = frame_get_i64(r);
    resources->pids_limit = frame_get_i64(r);
    resources->cpuset_cpus = frame_get_text(r);
    resources->cpuset_mems = frame_get_text(r);
    resources->unified = frame_get_pairs(r);
    resources->hugepages = frame_get_pairs(r);
    return resources;
}

/* ---- Security ---- */

static void put_user_mappings(struct buffer *out, const struct keelson_security *security)
{
    frame_put_u32(out, security->user_mappings_count);
    for (uint32_t i = 0; i < security->user_mappings_count; i++) {
        const struct keelson_id_mapping *mapping =
            KEELSON_AT(security->user_mappings, security->user_mapping_size, i);
        frame_put_u32(out, mapping->host_id);
        frame_put_u32(out, mapping->container_id);
        frame_put_u32(out, mapping->length);
        frame_put_u32(out, mapping->is_gid);
    }
}

static void get_user_mappings(struct frame_reader *r, struct keelson_security *ret)
{
    uint32_t count = frame_get_count(r, 4 * sizeof(uint32_t));
    struct keelson_id_mapping *mappings = arena_alloc0(r->arena, (count + 1) * sizeof(*mappings));
    for (uint32_t i = 0; i < count; i++) {
        mappings[i].host_id = frame_get_u32(r);
        mappings[i].container_id = frame_get_u32(r);
        mappings[i].length = frame_get_u32(r);
        mappings[i].is_gid = frame_get_u32(r);
    }
    ret->user_mappings = mappings;
    ret->user_mappings_count = count;
    ret->user_mapping_size = sizeof(*mappings);
}

static void put_groups(struct buffer *out, const struct keelson_security *security)
{
    frame_put_u32(out, security->supplemental_groups_count);
    for (uint32_t i = 0; i < security->supplemental_groups_count; i++)
        frame_put_i64(out, security->supplemental_groups[i]);
}

static void get_groups(struct frame_reader *r, struct keelson_security *ret)
{
    uint32_t count = frame_get_count(r, sizeof(int64_t));
    int64_t *groups = arena_alloc0(r->arena, (count + 1) * sizeof(*groups));
    for (uint32_t i = 0; i < count; i++)
        groups[i] = frame_get_i64(r);
    ret->supplemental_groups = groups;
    ret->supplemental_groups_count = count;
}

static void put_security(struct buffer *out, const struct keelson_security *security)
{
    frame_put_u32(out, security != NULL);
    if (!security)
        return;
    const uint32_t numbers[] = {security->privileged,
                                security->read_only_rootfs,
                                security->no_new_privileges,
                                security->network,
                                security->pid,
                                security->ipc,
                                security->user,
                                security->seccomp,
                                security->apparmor};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        frame_put_u32(out, numbers[i]);
    frame_put_text(out, security->pid_target_id);
    frame_put_i64(out, security->run_as_user);
    frame_put_i64(out, security->run_as_group);
    frame_put_text(out, security->run_as_username);
    put_groups(out, security);
    put_user_mappings(out, security);
    frame_put_texts(out, security->capabilities_add, security->capabilities_add_count);
    frame_put_texts(out, security->capabilities_drop, security->capabilities_drop_count);
    frame_put_text(out, security->seccomp_path);
    frame_put_text(out, security->apparmor_name);
    frame_put_text(out, security->selinux_user);
    frame_put_text(out, security->selinux_role);
    frame_put_text(out, security->selinux_type);
    frame_put_text(out, security->selinux_level);
    frame_put_texts(out, security->masked_paths, security->masked_paths_count);
    frame_put_texts(out, security->readonly_paths, security->readonly_paths_count);
}

static void get_security_numbers(struct frame_reader *r, struct keelson_security *ret)
{
    ret->privileged = frame_get_u32(r);
    ret->read_only_rootfs = frame_get_u32(r);
    ret->no_new_privileges = frame_get_u32(r);
    ret->network = (enum keelson_namespace_mode)frame_get_u32(r);
    ret->pid = (enum keelson_namespace_mode)frame_get_u32(r);
    ret->ipc = (enum keelson_namespace_mode)frame_get_u32(r);
    ret->user = (enum keelson_namespace_mode)frame_get_u32(r);
    ret->seccomp = (enum keelson_profile)frame_get_u32(r);
    ret->apparmor = (enum keelson_profile)frame_get_u32(r);
}

static const struct keelson_security *get_security(struct frame_reader *r)
{
    if (!frame_get_u32(r))
        return NULL;
    struct keelson_security *security = arena_new(r->arena, struct keelson_security);
    security->size = sizeof(*security);
    get_security_numbers(r, security);
    security->pid_target_id = frame_get_text(r);
    security->run_as_user = frame_get_i64(r);
    security->run_as_group = frame_get_i64(r);
    security->run_as_username = frame_get_text(r);
    get_groups(r, security);
    get_user_mappings(r, security);
    security->capabilities_add = frame_get_texts(r, &security->capabilities_add_count);
    security->capabilities_drop = frame_get_texts(r, &security->capabilities_drop_count);
    security->seccomp_path = frame_get_text(r);
    security->apparmor_name = frame_get_text(r);
    security->selinux_user = frame_get_text(r);
    security->selinux_role = frame_get_text(r);
    security->selinux_type = frame_get_text(r);
    security->selinux_level = frame_get_text(r);
    security->masked_paths = frame_get_texts(r, &security->masked_paths_count);
    security->readonly_paths = frame_get_texts(r, &security->readonly_paths_count);
    return security;
}

/* ---- Sandboxes ---- */

static void put_ports(struct buffer *out, const struct keelson_sandbox_config *config)
{
    frame_put_u32(out, config->ports_count);
    for (uint32_t i = 0; i < config->ports_count; i++) {
        const struct keelson_port_mapping *port = KEELSON_AT(config->ports, config->port_size, i);
        frame_put_u32(out, port->protocol);
        frame_put_u32(out, (uint32_t)port->container_port);
        frame_put_u32(out, (uint32_t)port->host_port);
        frame_put_text(out, port->host_ip);
    }
}

static void get_ports(struct frame_reader *r, struct keelson_sandbox_config *ret)
{
    uint32_t count = frame_get_count(r, 4 * sizeof(uint32_t));
    struct keelson_port_mapping *ports = arena_alloc0(r->arena, (count + 1) * sizeof(*ports));
    for (uint32_t i = 0; i < count; i++) {
        ports[i].protocol = (enum keelson_protocol)frame_get_u32(r);
        ports[i].container_port = (int32_t)frame_get_u32(r);
        ports[i].host_port = (int32_t)frame_get_u32(r);
        ports[i].host_ip = frame_get_text(r);
    }
    ret->ports = ports;
    ret->ports_count = count;
    ret->port_size = sizeof(*ports);
}

void runtime_put_sandbox_config(struct buffer *out, const struct keelson_sandbox_config *config)
{
    frame_put_u32(out, config != NULL);
    if (!config)
        return;
    frame_put_u32(out, config->attempt);
    frame_put_text(out, config->name);
    frame_put_text(out, config->namespace_);
    frame_put_text(out, config->uid);
    frame_put_text(out, config->hostname);
    frame_put_text(out, config->log_directory);
    frame_put_texts(out, config->dns_servers, config->dns_servers_count);
    frame_put_texts(out, config->dns_searches, config->dns_searches_count);
    frame_put_texts(out, config->dns_options, config->dns_options_count);
    put_ports(out, config);
    frame_put_pairs(out, &config->labels);
    frame_put_pairs(out, &config->annotations);
    frame_put_pairs(out, &config->sysctls);
    frame_put_text(out, config->cgroup_parent);
    frame_put_text(out, config->runtime_handler);
    put_security(out, config->security);
    runtime_put_resources(out, config->overhead);
    runtime_put_resources(out, config->resources);
}

const struct keelson_sandbox_config *runtime_get_sandbox_config(struct frame_reader *r)
{
    if (!frame_get_u32(r))
        return NULL;
    struct keelson_sandbox_config *config = arena_new(r->arena, struct keelson_sandbox_config);
    config->size = sizeof(*config);
    config->attempt = frame_get_u32(r);
    config->name = frame_get_text(r);
    config->namespace_ = frame_get_text(r);
    config->uid = frame_get_text(r);
    config->hostname = frame_get_text(r);
    config->log_directory = frame_get_text(r);
    config->dns_servers = frame_get_texts(r, &config->dns_servers_count);
    config->dns_searches = frame_get_texts(r, &config->dns_searches_count);
    config->dns_options = frame_get_texts(r, &config->dns_options_count);
    get_ports(r, config);
    config->labels = frame_get_pairs(r);
    config->annotations = frame_get_pairs(r);
    config->sysctls = frame_get_pairs(r);
    config->cgroup_parent = frame_get_text(r);
    config->runtime_handler = frame_get_text(r);
    config->security = get_security(r);
    config->overhead = runtime_get_resources(r);
    config->resources = runtime_get_resources(r);
    return config;
}

/* ---- Containers ---- */

static void put_mounts(struct buffer *out, const struct keelson_container_config *config)
{
    frame_put_u32(out, config->mounts_count);
    for (uint32_t i = 0; i < config->mounts_count; i++) {
        const struct keelson_mount *mount = KEELSON_AT(config->mounts, config->mount_size, i);
        frame_put_text(out, mount->container_path);
        frame_put_text(out, mount->host_path);
        frame_put_u32(out, mount->read_only);
        frame_put_u32(out, mount->recursive_read_only);
        frame_put_u32(out, mount->selinux_relabel);
        frame_put_u32(out, mount->propagation);
    }
}

static void get_mounts(struct frame_reader *r, struct keelson_container_config *ret)
{
    uint32_t count = frame_get_count(r, 6 * sizeof(uint32_t));
    struct keelson_mount *mounts = arena_alloc0(r->arena, (count + 1) * sizeof(*mounts));
    for (uint32_t i = 0; i < count; i++) {
        mounts[i].container_path = frame_get_text(r);
        mounts[i].host_path = frame_get_text(r);
        mounts[i].read_only = frame_get_u32(r);
        mounts[i].recursive_read_only = frame_get_u32(r);
        mounts[i].selinux_relabel = frame_get_u32(r);
        mounts[i].propagation = (enum keelson_propagation)frame_get_u32(r);
    }
    ret->mounts = mounts;
    ret->mounts_count = count;
    ret->mount_size = sizeof(*mounts);
}

static void put_devices(struct buffer *out, const struct keelson_container_config *config)
{
    frame_put_u32(out, config->devices_count);
    for (uint32_t i = 0; i < config->devices_count; i++) {
        const struct keelson_device *device = KEELSON_AT(config->devices, config->device_size, i);
        frame_put_text(out, device->container_path);
        frame_put_text(out, device->host_path);
        frame_put_text(out, device->permissions);
    }
}

static void get_devices(struct frame_reader *r, struct keelson_container_config *ret)
{
    uint32_t count = frame_get_count(r, 3 * sizeof(uint32_t));
    struct keelson_device *devices = arena_alloc0(r->arena, (count + 1) * sizeof(*devices));
    for (uint32_t i = 0; i < count; i++) {
        devices[i].container_path = frame_get_text(r);
        devices[i].host_path = frame_get_text(r);
        devices[i].permissions = frame_get_text(r);
    }
    ret->devices = devices;
    ret->devices_count = count;
    ret->device_size = sizeof(*devices);
}

void runtime_put_container_config(struct buffer *out, const struct keelson_container_config *config)
{
    frame_put_u32(out, config != NULL);
    if (!config)
        return;
    frame_put_u32(out, config->attempt);
    frame_put_text(out, config->name);
    frame_put_text(out, config->image);
    frame_put_text(out, config->image_spec);
    frame_put_texts(out, config->command, config->command_count);
    frame_put_texts(out, config->args, config->args_count);
    frame_put_text(out, config->working_dir);
    frame_put_pairs(out, &config->env);
    frame_put_pairs(out, &config->labels);
    frame_put_pairs(out, &config->annotations);
    put_mounts(out, config);
    put_devices(out, config);
    frame_put_text(out, config->log_path);
    frame_put_u32(out, config->stdin_);
    frame_put_u32(out, config->stdin_once);
    frame_put_u32(out, config->tty);
    frame_put_text(out, config->stop_signal);
    put_security(out, config->security);
    runtime_put_resources(out, config->resources);
}

const struct keelson_container_config *runtime_get_container_config(struct frame_reader *r)
{
    if (!frame_get_u32(r))
        return NULL;
    struct keelson_container_config *config = arena_new(r->arena, struct keelson_container_config);
    config->size = sizeof(*config);
    config->attempt = frame_get_u32(r);
    config->name = frame_get_text(r);
    config->image = frame_get_text(r);
    config->image_spec = frame_get_text(r);
    config->command = frame_get_texts(r, &config->command_count);
    config->args = frame_get_texts(r, &config->args_count);
    config->working_dir = frame_get_text(r);
    config->env = frame_get_pairs(r);
    config->labels = frame_get_pairs(r);
    config->annotations = frame_get_pairs(r);
    get_mounts(r, config);
    get_devices(r, config);
    config->log_path = frame_get_text(r);
    config->stdin_ = frame_get_u32(r);
    config->stdin_once = frame_get_u32(r);
    config->tty = frame_get_u32(r);
    config->stop_signal = frame_get_text(r);
    config->security = get_security(r);
    config->resources = runtime_get_resources(r);
    return config;
}

/* ---- Texts ---- */

int runtime_take_text(struct frame_reader *r, const struct keelson_text_sink *sink)
{
    int fd = (int)frame_get_u32(r);
    struct keelson_bytes text = frame_get_bytes(r);
    return frame_is_read(r) ? sink->put(sink, fd, text.data, text.size) : 0;
}

int runtime_put_text(struct frame_reader *r, void *sink)
{
    return runtime_take_text(r, sink);
}

static int send_text(const struct keelson_text_sink *sink, int fd, const char *data, size_t size_bytes)
{
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_PUT);
    frame_put_u32(&frame, (uint32_t)fd);
    frame_put_bytes(&frame, (struct keelson_bytes){data, size_bytes});
    frame_end(&frame, begun);
    return serve_send(sink->context, &frame);
}

struct keelson_text_sink runtime_text_sink(struct serving *s)
{
    return (struct keelson_text_sink){
        .size = sizeof(struct keelson_text_sink), .put = send_text, .context = s};
}
