/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container: environment, mounts, the files that the kubelet keeps for it (hosts, termination message),
 * resources and security.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/api/object.h"
#include "core/api/quantity.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/kubelet/cgroup.h"
#include "core/kubelet/environment.h"
#include "core/kubelet/node-facts.h"
#include "core/kubelet/node-status.h"
#include "core/kubelet/pod-config.h"
#include "core/kubelet/pod-security.h"

struct making {
    struct kubelet *k;
    struct arena *arena;
    const struct pod_config_container *in;
    struct keelson_container_config *out;
    struct environment_variable *env;
    size_t env_count;
    struct keelson_mount *mounts;
};

static const char *name_of(const struct making *m)
{
    return json_string_or(json_get(m->in->container, "name"), "");
}

static int set_environment(struct making *m, struct error *err)
{
    struct cached **services = NULL;
    size_t count = m->k->services && json_boolean_at(m->in->pod, "spec.enableServiceLinks", true)
                       ? informer_list(m->k->services, object_namespace(m->in->pod), &services)
                       : 0;
    struct cached *api = m->k->services ? informer_get(m->k->services, "default/kubernetes") : NULL;
    struct json **documents = arena_alloc0(m->arena, (count + 1) * sizeof(*documents));
    size_t documents_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!api || strcmp(cached_key(services[i]), "default/kubernetes") != 0)
            documents[documents_count++] = cached_parse(services[i], m->arena);
    if (api)
        documents[documents_count++] = cached_parse(api, m->arena);
    cached_list_free(services, count);
    cached_unref(api);
    int64_t cpu_milli, memory_bytes;
    node_allocatable(m->k->config, &cpu_milli, &memory_bytes);
    struct environment_input input = {
        .pod = m->in->pod,
        .container = m->in->container,
        .source = m->k->source,
        .services = documents,
        .services_count = documents_count,
        .node_cpu_milli = cpu_milli,
        .node_memory_bytes = memory_bytes,
        .pod_ip = m->in->sandbox->ips_count ? m->in->sandbox->ips[0] : m->k->addresses[0],
        .host_ip = m->k->addresses[0] ? m->k->addresses[0] : "",
    };
    if (environment_make(m->arena, &input, &m->env, &m->env_count, err) < 0)
        return -1;
    struct keelson_pair *pairs = arena_alloc0(m->arena, (m->env_count + 1) * sizeof(*pairs));
    for (size_t i = 0; i < m->env_count; i++)
        pairs[i] = (struct keelson_pair){m->env[i].name, m->env[i].value};
    m->out->env = (struct keelson_pairs){pairs, (uint32_t)m->env_count};
    return 0;
}

static const char *const *expand_list(struct making *m, const char *key, uint32_t *ret_count)
{
    const struct json *list = json_get(m->in->container, key);
    const char **out = arena_alloc0(m->arena, (json_count(list) + 1) * sizeof(*out));
    *ret_count = 0;
    json_for_each (item, list)
        out[(*ret_count)++] = environment_expand(m->arena, json_string_or(item, ""), m->env, m->env_count);
    return out;
}

/* --- mounts --- */

static int add_volume(struct making *m, const struct json *mount, unsigned index, struct error *err)
{
    const char *volume = json_string_or(json_get(mount, "name"), "");
    const char *where = json_string_or(json_get(mount, "mountPath"), "");
    const char *sub = json_string_or(json_get(mount, "subPath"), "");
    const char *expression = json_string(json_get(mount, "subPathExpr"));
    const char *propagation = json_string_or(json_get(mount, "mountPropagation"), "None");
    const char *host;
    if (volumes_path(m->k->volumes, m->in->pod, volume, m->arena, &host, err) < 0)
        return -1;
    if (expression && expression[0]) {
        const char *unknown = environment_unknown(m->arena, expression, m->env, m->env_count);
        if (unknown)
            return error_set(err, ERR_BAD_REQUEST, "missing value for \"%s\"", unknown);
        sub = environment_expand(m->arena, expression, m->env, m->env_count);
    }
    if (sub[0]) {
        if (volumes_subpath(m->k->volumes, m->in->pod, volume, name_of(m), index, sub, m->arena, &host, err) <
            0)
            return error_prefix(err, "failed to prepare subPath for volumeMount \"%s\" of container \"%s\"",
                                volume, name_of(m));
    }
    m->mounts[m->out->mounts_count++] = (struct keelson_mount){
        .container_path = where[0] == '/' ? where : arena_printf(m->arena, "/%s", where),
        .host_path = host,
        .read_only =
            json_boolean_or(json_get(mount, "readOnly"), false) || volume_is_read_only(m->in->pod, volume),
        .recursive_read_only =
            strcmp(json_string_or(json_get(mount, "recursiveReadOnly"), "Disabled"), "Enabled") == 0,
        .propagation = strcmp(propagation, "Bidirectional") == 0     ? KEELSON_PROPAGATE_BIDIRECTIONAL
                       : strcmp(propagation, "HostToContainer") == 0 ? KEELSON_PROPAGATE_TO_CONTAINER
                                                                     : KEELSON_PROPAGATE_PRIVATE,
    };
    return 0;
}

static void write_aliases(const struct json *pod, struct buffer *out)
{
    const struct json *aliases = json_at(pod, "spec.hostAliases");
    if (json_count(aliases))
        buffer_append_str(out, "\n# Entries added by HostAliases.\n");
    json_for_each (alias, aliases) {
        buffer_append_str(out, json_string_or(json_get(alias, "ip"), ""));
        json_for_each (host, json_get(alias, "hostnames"))
            buffer_printf(out, "\t%s", json_string_or(host, ""));
        buffer_append_char(out, '\n');
    }
}

static int write_hosts(struct making *m, const char *path, struct error *err)
{
    struct buffer text = BUFFER_INIT;
    const char *domain;
    const char *host = pod_hostname(m->arena, m->in->pod, m->k->config->cluster_domain, &domain);
    int rc = 0;
    if (json_boolean_at(m->in->pod, "spec.hostNetwork", false)) {
        buffer_append_str(&text, "# Kubernetes-managed hosts file (host network).\n");
        rc = file_read("/etc/hosts", 1 << 20, &text, NULL);
    } else {
        buffer_append_str(&text, "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost "
                                 "ip6-localhost ip6-loopback\n"
                                 "fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-"
                                 "allnodes\nfe00::2\tip6-allrouters\n");
        for (uint32_t i = 0; i < m->in->sandbox->ips_count; i++) {
            buffer_printf(&text, "%s\t", m->in->sandbox->ips[i]);
            if (domain[0] && !strchr(host, '.'))
                buffer_printf(&text, "%s.%s\t", host, domain);
            buffer_printf(&text, "%s\n", host);
        }
    }
    write_aliases(m->in->pod, &text);
    rc = file_write_atomic(path, (struct slice){text.data, text.size}, 0644, err);
    buffer_done(&text);
    return rc;
}

static bool mounts_at(const struct making *m, const char *path)
{
    for (uint32_t i = 0; i < m->out->mounts_count; i++)
        if (strcmp(m->mounts[i].container_path, path) == 0)
            return true;
    return false;
}

static int add_hosts(struct making *m, struct error *err)
{
    const char *path =
        arena_printf(m->arena, "%s/etc-hosts", pod_folder(m->k, m->arena, object_uid(m->in->pod)));
    if (mounts_at(m, "/etc/hosts"))
        return 0;
    if (!file_exists(path) || m->in->restart_count == 0) {
        if (write_hosts(m, path, err) < 0)
            return -1;
    }
    m->mounts[m->out->mounts_count++] =
        (struct keelson_mount){.container_path = "/etc/hosts", .host_path = path};
    return 0;
}

static int add_termination_file(struct making *m, const char *where, struct error *err)
{
    char suffix[9];
    const char *folder = arena_printf(m->arena, "%s/containers/%s",
                                      pod_folder(m->k, m->arena, object_uid(m->in->pod)), name_of(m));
    random_name_suffix(suffix, 8);
    const char *path = arena_printf(m->arena, "%s/%s", folder, suffix);
    if (directory_make(folder, 0750, err) < 0)
        return -1;
    _cleanup_close_ int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (fd < 0 || fchmod(fd, 0666) < 0)
        return error_set_errno(err, errno, "termination message file %s", path);
    m->mounts[m->out->mounts_count++] = (struct keelson_mount){.container_path = where, .host_path = path};
    m->out->annotations.count++;
    ((struct keelson_pair *)m->out->annotations.items)[m->out->annotations.count - 1] =
        (struct keelson_pair){ANNOTATION_TERMINATION_PATH, path};
    return 0;
}

static int set_mounts(struct making *m, struct error *err)
{
    const struct json *list = json_get(m->in->container, "volumeMounts");
    const char *termination =
        json_string_or(json_get(m->in->container, "terminationMessagePath"), "/dev/termination-log");
    m->mounts = arena_alloc0(m->arena, (json_count(list) + 3) * sizeof(*m->mounts));
    unsigned index = 0;
    json_for_each (mount, list) {
        if (add_volume(m, mount, index++, err) < 0)
            return -1;
    }
    if (add_hosts(m, err) < 0)
        return -1;
    if (termination[0] == '/' && !mounts_at(m, termination) && add_termination_file(m, termination, err) < 0)
        return -1;
    m->out->mounts = m->mounts;
    m->out->mount_size = sizeof(*m->mounts);
    return 0;
}

/* --- the rest --- */

static void set_metadata(struct making *m)
{
    const struct json *pod = m->in->pod, *c = m->in->container;
    struct keelson_pair *labels = arena_alloc0(m->arena, 4 * sizeof(*labels)),
                        *annotations = arena_alloc0(m->arena, 7 * sizeof(*annotations));
    int64_t grace = json_integer_at(pod, "spec.terminationGracePeriodSeconds", 30);
    labels[0] = (struct keelson_pair){LABEL_CONTAINER_NAME, name_of(m)};
    labels[1] = (struct keelson_pair){LABEL_POD_NAME, object_name(pod)};
    labels[2] = (struct keelson_pair){LABEL_POD_NAMESPACE, object_namespace(pod)};
    labels[3] = (struct keelson_pair){LABEL_POD_UID, object_uid(pod)};
    annotations[0] = (struct keelson_pair){ANNOTATION_HASH, container_hash(m->arena, c)};
    annotations[1] =
        (struct keelson_pair){ANNOTATION_RESTART_COUNT, arena_printf(m->arena, "%u", m->in->restart_count)};
    annotations[2] = (struct keelson_pair){ANNOTATION_TERMINATION_POLICY,
                                           json_string_or(json_get(c, "terminationMessagePolicy"), "File")};
    annotations[3] =
        (struct keelson_pair){ANNOTATION_GRACE, arena_printf(m->arena, "%lld", (long long)grace)};
    annotations[4] = (struct keelson_pair){ANNOTATION_RESIZE_HASH, container_resize_hash(m->arena, c)};
    m->out->labels = (struct keelson_pairs){labels, 4};
    m->out->annotations = (struct keelson_pairs){annotations, 5};
}

static int64_t amount(const struct json *container, const char *kind, const char *name, bool milli)
{
    const char *text = json_string(json_get(json_get(json_get(container, "resources"), kind), name));
    return !text ? 0 : milli ? quantity_milli_of(text) : quantity_value_of(text);
}

static struct keelson_pairs hugepages_of(struct arena *arena, const struct json *container)
{
    const struct json *limits = json_at(container, "resources.limits");
    struct keelson_pair *pairs = arena_alloc0(arena, (json_count(limits) + 1) * sizeof(*pairs));
    uint32_t count = 0;
    json_for_each (limit, limits) {
        if (strncmp(limit->key, "hugepages-", 10) != 0)
            continue;
        int64_t page = quantity_value_of(limit->key + 10);
        const char *size = page >= 1 << 30 ? arena_printf(arena, "%lldGB", (long long)(page >> 30))
                                           : arena_printf(arena, "%lldMB", (long long)(page >> 20));
        pairs[count++] = (struct keelson_pair){
            size, arena_printf(arena, "%lld", (long long)quantity_value_of(json_string_or(limit, "0")))};
    }
    return (struct keelson_pairs){pairs, count};
}

struct keelson_resources pod_config_resources(struct kubelet *k, struct arena *arena, const struct json *pod,
                                              const struct json *c)
{
    static const struct keelson_pair oom_group = {"memory.oom.group", "1"};
    const struct kubelet_config *config = k->config;
    int64_t period = config->cpu_cfs_period_ns / 1000, cpu_limit = amount(c, "limits", "cpu", true),
            cpu = amount(c, "requests", "cpu", true);
    int64_t memory = amount(c, "limits", "memory", false);
    struct keelson_resources out = {
        .size = sizeof(out),
        .oom_score_adj = oom_score_adjust(pod, c, node_memory_bytes()),
        .cpu_period_us = period,
        .cpu_quota_us = config->cpu_cfs_quota ? cpu_quota_us(cpu_limit, period) : 0,
        .cpu_shares = cpu_shares(cpu ? cpu : cpu_limit),
        .memory_limit_bytes = memory,
        .memory_swap_limit_bytes = memory,
        .hugepages = hugepages_of(arena, c),
    };
    if (cgroups_is_v2(k->cgroups))
        out.unified = (struct keelson_pairs){&oom_group, 1};
    return out;
}

int pod_config_container(struct kubelet *k, struct arena *arena, const struct pod_config_container *input,
                         struct keelson_container_config *ret, struct error *err)
{
    const struct json *c = input->container;
    *ret = (struct keelson_container_config){
        .size = sizeof(*ret),
        .attempt = input->restart_count,
        .name = json_string_or(json_get(c, "name"), ""),
        .image = input->image_ref,
        .image_spec = json_string_or(json_get(c, "image"), ""),
        .working_dir = json_string(json_get(c, "workingDir")),
        .log_path =
            arena_printf(arena, "%s/%u.log", json_string_or(json_get(c, "name"), ""), input->restart_count),
        .stdin_ = json_boolean_or(json_get(c, "stdin"), false),
        .stdin_once = json_boolean_or(json_get(c, "stdinOnce"), false),
        .tty = json_boolean_or(json_get(c, "tty"), false),
        .stop_signal = json_string_at(c, "lifecycle.stopSignal"),
    };
    struct making m = {.k = k, .arena = arena, .in = input, .out = ret};
    struct security_input security = {.pod = input->pod,
                                      .container = c,
                                      .image = input->image,
                                      .target_id = input->target_id,
                                      .seccomp_root = arena_printf(arena, "%s/seccomp", k->config->root_dir),
                                      .seccomp_default = k->config->seccomp_default};
    struct keelson_security *made = arena_alloc0(arena, sizeof(*made));
    set_metadata(&m);
    struct keelson_resources *resources = arena_alloc0(arena, sizeof(*resources));
    *resources = pod_config_resources(k, arena, input->pod, c);
    ret->resources = resources;
    ret->security = made;
    if (security_make(arena, &security, made, err) < 0 || set_environment(&m, err) < 0 ||
        set_mounts(&m, err) < 0)
        return -1;
    ret->command = expand_list(&m, "command", &ret->command_count);
    ret->args = expand_list(&m, "args", &ret->args_count);
    return directory_make(arena_printf(arena, "%s/%s", pod_log_folder(k, arena, input->pod), ret->name), 0755,
                          err);
}
