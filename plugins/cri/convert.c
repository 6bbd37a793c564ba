/* SPDX-License-Identifier: Apache-2.0 */
/* See convert.h: what a sandbox, a container and their resources look like in CRI. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cri/convert.h"

char *convert_text(const char *text)
{
    return (char *)(uintptr_t)(text ? text : "");
}

char **convert_texts(const char *const *texts)
{
    return (char **)(uintptr_t)texts;
}

Runtime__V1__Pair **convert_pairs(struct scratch *scratch, const struct keelson_pairs *pairs)
{
    Runtime__V1__Pair **list = scratch_alloc(scratch, pairs->count * sizeof(*list));
    Runtime__V1__Pair *items = scratch_alloc(scratch, pairs->count * sizeof(*items));
    for (uint32_t i = 0; i < pairs->count; i++) {
        list[i] = &items[i];
        runtime__v1__pair__init(&items[i]);
        items[i].key = convert_text(pairs->items[i].key);
        items[i].value = convert_text(pairs->items[i].value);
    }
    return list;
}

struct keelson_pairs convert_pairs_back(struct scratch *scratch, Runtime__V1__Pair *const *pairs,
                                        size_t count)
{
    struct keelson_pair *items = scratch_alloc(scratch, count * sizeof(*items));
    for (size_t i = 0; i < count; i++)
        items[i] = (struct keelson_pair){pairs[i]->key, pairs[i]->value};
    return (struct keelson_pairs){items, (uint32_t)count};
}

static Runtime__V1__HugepageLimit **convert_hugepages(struct scratch *scratch,
                                                      const struct keelson_pairs *pairs)
{
    Runtime__V1__HugepageLimit **list = scratch_alloc(scratch, pairs->count * sizeof(*list));
    for (uint32_t i = 0; i < pairs->count; i++) {
        list[i] = scratch_alloc(scratch, sizeof(**list));
        runtime__v1__hugepage_limit__init(list[i]);
        list[i]->page_size = convert_text(pairs->items[i].key);
        list[i]->limit = strtoull(pairs->items[i].value, NULL, 10);
    }
    return list;
}

static int resources_are_set(const struct keelson_resources *r)
{
    return r->oom_score_adj || r->cpu_period_us || r->cpu_quota_us || r->cpu_shares ||
           r->memory_limit_bytes || r->memory_swap_limit_bytes || r->cpuset_cpus || r->cpuset_mems ||
           r->unified.count || r->hugepages.count;
}

Runtime__V1__LinuxContainerResources *convert_resources(struct scratch *scratch,
                                                        const struct keelson_resources *resources)
{
    if (!resources || !resources_are_set(resources))
        return NULL;
    Runtime__V1__LinuxContainerResources *out = scratch_alloc(scratch, sizeof(*out));
    runtime__v1__linux_container_resources__init(out);
    out->cpu_period = resources->cpu_period_us;
    out->cpu_quota = resources->cpu_quota_us;
    out->cpu_shares = resources->cpu_shares;
    out->memory_limit_in_bytes = resources->memory_limit_bytes;
    out->memory_swap_limit_in_bytes = resources->memory_swap_limit_bytes;
    out->oom_score_adj = resources->oom_score_adj;
    out->cpuset_cpus = convert_text(resources->cpuset_cpus);
    out->cpuset_mems = convert_text(resources->cpuset_mems);
    out->n_unified = resources->unified.count;
    out->unified = convert_pairs(scratch, &resources->unified);
    out->n_hugepage_limits = resources->hugepages.count;
    out->hugepage_limits = convert_hugepages(scratch, &resources->hugepages);
    return out;
}

static Runtime__V1__PortMapping **convert_ports(struct scratch *scratch,
                                                const struct keelson_sandbox_config *config)
{
    Runtime__V1__PortMapping **list = scratch_alloc(scratch, config->ports_count * sizeof(*list));
    Runtime__V1__PortMapping *items = scratch_alloc(scratch, config->ports_count * sizeof(*items));
    for (uint32_t i = 0; i < config->ports_count; i++) {
        const struct keelson_port_mapping *port = KEELSON_AT(config->ports, config->port_size, i);
        list[i] = &items[i];
        runtime__v1__port_mapping__init(&items[i]);
        items[i].protocol = (Runtime__V1__Protocol)port->protocol;
        items[i].container_port = port->container_port;
        items[i].host_port = port->host_port;
        items[i].host_ip = convert_text(port->host_ip);
    }
    return list;
}

static Runtime__V1__DNSConfig *convert_dns(struct scratch *scratch,
                                           const struct keelson_sandbox_config *config)
{
    Runtime__V1__DNSConfig *dns = scratch_alloc(scratch, sizeof(*dns));
    runtime__v1__dnsconfig__init(dns);
    dns->n_servers = config->dns_servers_count;
    dns->servers = convert_texts(config->dns_servers);
    dns->n_searches = config->dns_searches_count;
    dns->searches = convert_texts(config->dns_searches);
    dns->n_options = config->dns_options_count;
    dns->options = convert_texts(config->dns_options);
    return dns;
}

static Runtime__V1__LinuxPodSandboxConfig *convert_sandbox_linux(struct scratch *scratch,
                                                                 const struct keelson_sandbox_config *config)
{
    Runtime__V1__LinuxPodSandboxConfig *out = scratch_alloc(scratch, sizeof(*out));
    runtime__v1__linux_pod_sandbox_config__init(out);
    out->cgroup_parent = convert_text(config->cgroup_parent);
    out->security_context = convert_sandbox_security(scratch, config->security);
    out->n_sysctls = config->sysctls.count;
    out->sysctls = convert_pairs(scratch, &config->sysctls);
    out->overhead = convert_resources(scratch, config->overhead);
    out->resources = convert_resources(scratch, config->resources);
    return out;
}

Runtime__V1__PodSandboxConfig *convert_sandbox(struct scratch *scratch,
                                               const struct keelson_sandbox_config *config)
{
    Runtime__V1__PodSandboxConfig *out = scratch_alloc(scratch, sizeof(*out));
    runtime__v1__pod_sandbox_config__init(out);
    out->metadata = scratch_alloc(scratch, sizeof(*out->metadata));
    runtime__v1__pod_sandbox_metadata__init(out->metadata);
    out->metadata->name = convert_text(config->name);
    out->metadata->namespace_ = convert_text(config->namespace_);
    out->metadata->uid = convert_text(config->uid);
    out->metadata->attempt = config->attempt;
    out->hostname = convert_text(config->hostname);
    out->log_directory = convert_text(config->log_directory);
    out->dns_config = convert_dns(scratch, config);
    out->n_port_mappings = config->ports_count;
    out->port_mappings = convert_ports(scratch, config);
    out->n_labels = config->labels.count;
    out->labels = convert_pairs(scratch, &config->labels);
    out->n_annotations = config->annotations.count;
    out->annotations = convert_pairs(scratch, &config->annotations);
    out->linux_config = convert_sandbox_linux(scratch, config);
    return out;
}

static Runtime__V1__KeyValue **convert_env(struct scratch *scratch, const struct keelson_pairs *env)
{
    Runtime__V1__KeyValue **list = scratch_alloc(scratch, env->count * sizeof(*list));
    Runtime__V1__KeyValue *items = scratch_alloc(scratch, env->count * sizeof(*items));
    for (uint32_t i = 0; i < env->count; i++) {
        list[i] = &items[i];
        runtime__v1__key_value__init(&items[i]);
        items[i].key = convert_text(env->items[i].key);
        items[i].value.data = (uint8_t *)convert_text(env->items[i].value);
        items[i].value.len = strlen((const char *)items[i].value.data);
    }
    return list;
}

static Runtime__V1__Mount **convert_mounts(struct scratch *scratch,
                                           const struct keelson_container_config *config)
{
    Runtime__V1__Mount **list = scratch_alloc(scratch, config->mounts_count * sizeof(*list));
    Runtime__V1__Mount *items = scratch_alloc(scratch, config->mounts_count * sizeof(*items));
    for (uint32_t i = 0; i < config->mounts_count; i++) {
        const struct keelson_mount *mount = KEELSON_AT(config->mounts, config->mount_size, i);
        list[i] = &items[i];
        runtime__v1__mount__init(&items[i]);
        items[i].container_path = convert_text(mount->container_path);
        items[i].host_path = convert_text(mount->host_path);
        items[i].readonly = mount->read_only;
        items[i].recursive_read_only = mount->recursive_read_only;
        items[i].selinux_relabel = mount->selinux_relabel;
        items[i].propagation = (Runtime__V1__MountPropagation)mount->propagation;
    }
    return list;
}

static Runtime__V1__Device **convert_devices(struct scratch *scratch,
                                             const struct keelson_container_config *config)
{
    Runtime__V1__Device **list = scratch_alloc(scratch, config->devices_count * sizeof(*list));
    Runtime__V1__Device *items = scratch_alloc(scratch, config->devices_count * sizeof(*items));
    for (uint32_t i = 0; i < config->devices_count; i++) {
        const struct keelson_device *device = KEELSON_AT(config->devices, config->device_size, i);
        list[i] = &items[i];
        runtime__v1__device__init(&items[i]);
        items[i].container_path = convert_text(device->container_path);
        items[i].host_path = convert_text(device->host_path);
        items[i].permissions = convert_text(device->permissions);
    }
    return list;
}

/* "SIGTERM", and "SIGRTMIN+3", which CRI calls SIGRTMINPLUS3. One that CRI does not know is left to the
 * image. */
static Runtime__V1__Signal convert_signal(const char *name)
{
    char text[32];
    if (!name)
        return RUNTIME__V1__SIGNAL__RUNTIME_DEFAULT;
    size_t base = strcspn(name, "+-");
    const char *sign = name[base] == '+' ? "PLUS" : name[base] == '-' ? "MINUS" : "";
    snprintf(text, sizeof(text), "%.*s%s%s", (int)base, name, sign, name[base] ? name + base + 1 : "");
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value_by_name(&runtime__v1__signal__descriptor, text);
    return value ? (Runtime__V1__Signal)value->value : RUNTIME__V1__SIGNAL__RUNTIME_DEFAULT;
}

static Runtime__V1__LinuxContainerConfig *
convert_container_linux(struct scratch *scratch, const struct keelson_container_config *config)
{
    Runtime__V1__LinuxContainerConfig *out = scratch_alloc(scratch, sizeof(*out));
    runtime__v1__linux_container_config__init(out);
    out->resources = convert_resources(scratch, config->resources);
    out->security_context = convert_container_security(scratch, config->security);
    return out;
}

static void convert_identity(struct scratch *scratch, const struct keelson_container_config *config,
                             Runtime__V1__ContainerConfig *out)
{
    out->metadata = scratch_alloc(scratch, sizeof(*out->metadata));
    runtime__v1__container_metadata__init(out->metadata);
    out->metadata->name = convert_text(config->name);
    out->metadata->attempt = config->attempt;
    out->image = scratch_alloc(scratch, sizeof(*out->image));
    runtime__v1__image_spec__init(out->image);
    out->image->image = convert_text(config->image);
    out->image->user_specified_image = convert_text(config->image_spec);
    out->n_labels = config->labels.count;
    out->labels = convert_pairs(scratch, &config->labels);
    out->n_annotations = config->annotations.count;
    out->annotations = convert_pairs(scratch, &config->annotations);
}

Runtime__V1__ContainerConfig *convert_container(struct scratch *scratch,
                                                const struct keelson_container_config *config)
{
    Runtime__V1__ContainerConfig *out = scratch_alloc(scratch, sizeof(*out));
    runtime__v1__container_config__init(out);
    convert_identity(scratch, config, out);
    out->n_command = config->command_count;
    out->command = convert_texts(config->command);
    out->n_args = config->args_count;
    out->args = convert_texts(config->args);
    out->working_dir = convert_text(config->working_dir);
    out->n_envs = config->env.count;
    out->envs = convert_env(scratch, &config->env);
    out->n_mounts = config->mounts_count;
    out->mounts = convert_mounts(scratch, config);
    out->n_devices = config->devices_count;
    out->devices = convert_devices(scratch, config);
    out->log_path = convert_text(config->log_path);
    out->with_stdin = config->stdin_;
    out->stdin_once = config->stdin_once;
    out->tty = config->tty;
    out->stop_signal = convert_signal(config->stop_signal);
    out->linux_config = convert_container_linux(scratch, config);
    return out;
}
