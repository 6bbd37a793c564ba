/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capacity is what the machine has; allocatable what is left after the reserves and the hard eviction
 * thresholds.
 */
#include "core/kubelet/node-status.h"

#include "core/api/object.h"
#include "core/api/quantity.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/kubelet/images.h"
#include "core/kubelet/node-facts.h"
#include "core/kubelet/node.h"

static const struct {
    const char *name;
    int64_t bytes;
} hugepages[] = {{"hugepages-2Mi", 2 << 20}, {"hugepages-1Gi", 1 << 30}};

static void set_default_labels(struct arena *arena, struct json *node, const char *name)
{
    struct node_identity identity;
    node_identity(&identity);
    object_set_label(arena, node, "beta.kubernetes.io/arch", identity.architecture);
    object_set_label(arena, node, "beta.kubernetes.io/os", "linux");
    object_set_label(arena, node, "kubernetes.io/arch", identity.architecture);
    object_set_label(arena, node, "kubernetes.io/hostname", name);
    object_set_label(arena, node, "kubernetes.io/os", "linux");
}

/* A cloud says what the node is. */
static bool is_external(const struct kubelet_config *c)
{
    return strcmp(c->cloud_provider, "external") == 0;
}

bool node_ip_is_given(const struct kubelet_config *c)
{
    return c->node_ip[0] && strcmp(c->node_ip, "0.0.0.0") != 0 && strcmp(c->node_ip, "::") != 0;
}

struct json *node_status_new_object(struct arena *arena, struct kubelet *k)
{
    const struct kubelet_config *c = k->config;
    struct json *node = object_new(arena, "v1", "Node", NULL, c->node_name);
    struct json *spec = json_set_object(arena, node, "spec");
    set_default_labels(arena, node, c->node_name);
    json_for_each (label, c->node_labels)
        object_set_label(arena, node, label->key, json_string_or(label, ""));
    object_set_annotation(arena, node, "volumes.kubernetes.io/controller-managed-attach-detach", "true");
    if (c->provider_id[0])
        json_set_string(arena, spec, "providerID", c->provider_id);
    bool external = is_external(c);
    if (external && node_ip_is_given(c))
        object_set_annotation(arena, node, NODE_ANNOTATION_IP, c->node_ip);
    if (json_count(c->register_with_taints) || external) {
        struct json *taints = json_set_array(arena, spec, "taints");
        json_for_each (taint, c->register_with_taints)
            json_append(arena, taints, json_copy(arena, taint));
        if (external) {
            struct json *taint = json_append(arena, taints, json_new_object(arena));
            json_set_string(arena, taint, "key", "node.cloudprovider.kubernetes.io/uninitialized");
            json_set_string(arena, taint, "value", "true");
            json_set_string(arena, taint, "effect", "NoSchedule");
        }
    }
    return node;
}

static int64_t reserved(const struct kubelet_config *c, const char *name, bool milli)
{
    const char *kube = json_string(json_get(c->kube_reserved, name)),
               *system = json_string(json_get(c->system_reserved, name));
    int64_t sum = 0;
    sum += !kube ? 0 : milli ? quantity_milli_of(kube) : quantity_value_of(kube);
    sum += !system ? 0 : milli ? quantity_milli_of(system) : quantity_value_of(system);
    return sum;
}

static int64_t threshold(const struct kubelet_config *c, const char *signal, int64_t capacity)
{
    for (size_t i = 0; i < c->thresholds_count; i++)
        if (strcmp(c->thresholds[i].signal, signal) == 0)
            return c->thresholds[i].percent > 0 ? (int64_t)((double)capacity * c->thresholds[i].percent / 100)
                                                : c->thresholds[i].quantity;
    return 0;
}

static void set_cpu(struct arena *arena, struct json *list, int64_t milli)
{
    if (milli % 1000)
        json_set_stringf(arena, list, "cpu", "%lldm", (long long)milli);
    else
        json_set_stringf(arena, list, "cpu", "%lld", (long long)(milli / 1000));
}

static void set_kib(struct arena *arena, struct json *list, const char *name, int64_t bytes)
{
    json_set_stringf(arena, list, name, "%lldKi", (long long)(MAX(bytes, (int64_t)0) >> 10));
}

void node_allocatable(const struct kubelet_config *c, int64_t *ret_cpu_milli, int64_t *ret_memory_bytes)
{
    int64_t memory = node_memory_bytes();
    int64_t left = memory - reserved(c, "memory", false) - threshold(c, "memory.available", memory);
    for (size_t i = 0; i < ARRAY_SIZE(hugepages); i++)
        left -= node_hugepages_bytes(hugepages[i].bytes);
    *ret_cpu_milli = MAX(node_cpu_milli() - reserved(c, "cpu", true), (int64_t)0);
    *ret_memory_bytes = MAX(left, (int64_t)0) >> 10 << 10; /* as the node's status says it */
}

int64_t node_memory_for_pods(const struct kubelet_config *c)
{
    return MAX(node_memory_bytes() - reserved(c, "memory", false), (int64_t)0);
}

static void add_amounts(struct arena *arena, struct kubelet *k, struct json *status)
{
    const struct kubelet_config *c = k->config;
    struct json *capacity = json_set_object(arena, status, "capacity"),
                *allocatable = json_set_object(arena, status, "allocatable");
    struct node_disk disk = {0};
    int64_t pods = c->max_pods;
    if (c->pods_per_core > 0)
        pods = MIN(pods, c->pods_per_core * node_cpu_milli() / 1000);
    node_disk(c->root_dir, &disk, NULL);
    set_cpu(arena, capacity, node_cpu_milli());
    int64_t cpu_left, memory_left;
    node_allocatable(c, &cpu_left, &memory_left);
    set_cpu(arena, allocatable, cpu_left);
    set_kib(arena, capacity, "ephemeral-storage", disk.capacity_bytes);
    int64_t storage = disk.capacity_bytes - reserved(c, "ephemeral-storage", false) -
                      threshold(c, "nodefs.available", disk.capacity_bytes);
    json_set_stringf(arena, allocatable, "ephemeral-storage", "%lld", (long long)MAX(storage, (int64_t)0));
    for (size_t i = ARRAY_SIZE(hugepages); i-- > 0;) {
        int64_t bytes = node_hugepages_bytes(hugepages[i].bytes);
        struct quantity q = {.nano = (__int128)bytes * 1000000000, .format = QUANTITY_BINARY_SI};
        char text[QUANTITY_TEXT_MAX];
        quantity_format(&q, text);
        json_set_string(arena, capacity, hugepages[i].name, text);
        json_set_string(arena, allocatable, hugepages[i].name, text);
    }
    set_kib(arena, capacity, "memory", node_memory_bytes());
    set_kib(arena, allocatable, "memory", memory_left);
    json_set_stringf(arena, capacity, "pods", "%lld", (long long)pods);
    json_set_stringf(arena, allocatable, "pods", "%lld", (long long)pods);
}

static void add_addresses(struct arena *arena, struct kubelet *k, const struct json *old, struct json *status)
{
    struct json *list = json_set_array(arena, status, "addresses");
    if (is_external(k->config) && json_count(json_at(old, "status.addresses"))) {
        json_set(arena, status, "addresses", json_copy(arena, json_at(old, "status.addresses")));
        return;
    }
    for (size_t i = 0; k->addresses[i]; i++) {
        struct json *address = json_append(arena, list, json_new_object(arena));
        json_set_string(arena, address, "type", "InternalIP");
        json_set_string(arena, address, "address", k->addresses[i]);
    }
    struct json *host = json_append(arena, list, json_new_object(arena));
    json_set_string(arena, host, "type", "Hostname");
    json_set_string(arena, host, "address", k->config->node_name);
}

static void add_info(struct arena *arena, struct kubelet *k, struct json *status)
{
    struct node_identity id;
    const char *runtime, *version;
    node_runtime(k->node, arena, &runtime, &version);
    struct json *info = json_set_object(arena, status, "nodeInfo");
    node_identity(&id);
    json_set_string(arena, info, "machineID", id.machine_id);
    json_set_string(arena, info, "systemUUID", id.system_uuid);
    json_set_string(arena, info, "bootID", id.boot_id);
    json_set_string(arena, info, "kernelVersion", id.kernel);
    json_set_string(arena, info, "osImage", id.os_image);
    json_set_stringf(arena, info, "containerRuntimeVersion", "%s://%s", runtime, version);
    json_set_string(arena, info, "kubeletVersion", daemon_git_version());
    json_set_string(arena, info, "kubeProxyVersion", "");
    json_set_string(arena, info, "operatingSystem", "linux");
    json_set_string(arena, info, "architecture", id.architecture);
}

static void add_condition(struct arena *arena, struct json *status, const char *type, bool on,
                          const char *reason, const char *message)
{
    struct json *holder = json_new_object(arena);
    char now[TIME_TEXT_MAX];
    json_set(arena, holder, "status", status);
    object_set_condition(arena, holder, type, on ? "True" : "False", reason, message);
    time_format(clock_realtime_ns(), now);
    json_set_string(arena, object_condition(holder, type), "lastHeartbeatTime", now);
}

static void add_conditions(struct arena *arena, const struct node_status_input *in, struct json *status)
{
    static const char *const ours[] = {"MemoryPressure", "DiskPressure", "PIDPressure", "Ready"};
    struct json *list = json_set_array(arena, status, "conditions");
    const struct node_pressures *p = &in->pressures;
    for (size_t i = 0; in->old && i < ARRAY_SIZE(ours); i++) {
        const struct json *old = object_condition(in->old, ours[i]);
        if (old)
            json_append(arena, list, json_copy(arena, old));
    }
    add_condition(arena, status, "MemoryPressure", p->memory,
                  p->memory ? "KubeletHasInsufficientMemory" : "KubeletHasSufficientMemory",
                  p->memory ? "kubelet has insufficient memory available"
                            : "kubelet has sufficient memory available");
    add_condition(arena, status, "DiskPressure", p->disk,
                  p->disk ? "KubeletHasDiskPressure" : "KubeletHasNoDiskPressure",
                  p->disk ? "kubelet has disk pressure" : "kubelet has no disk pressure");
    add_condition(arena, status, "PIDPressure", p->pid,
                  p->pid ? "KubeletHasInsufficientPID" : "KubeletHasSufficientPID",
                  p->pid ? "kubelet has insufficient PID available" : "kubelet has sufficient PID available");
    add_condition(arena, status, "Ready", !in->not_ready, in->not_ready ? "KubeletNotReady" : "KubeletReady",
                  in->not_ready ? in->not_ready : "kubelet is posting ready status");
}

struct json *node_status_make(struct arena *arena, const struct node_status_input *in)
{
    struct json *status = json_new_object(arena);
    add_amounts(arena, in->k, status);
    add_addresses(arena, in->k, in->old, status);
    add_conditions(arena, in, status);
    json_set_int(arena,
                 json_set_object(arena, json_set_object(arena, status, "daemonEndpoints"), "kubeletEndpoint"),
                 "Port", in->k->config->port);
    add_info(arena, in->k, status);
    images_report(in->k->images, arena, json_set_array(arena, status, "images"));
    struct json *handler =
        json_append(arena, json_set_array(arena, status, "runtimeHandlers"), json_new_object(arena));
    json_set_string(arena, handler, "name", "");
    struct json *features = json_set_object(arena, handler, "features");
    json_set_bool(arena, features, "recursiveReadOnlyMounts", false);
    json_set_bool(arena, features, "userNamespaces", false);
    json_set_bool(arena, json_set_object(arena, status, "features"), "supplementalGroupsPolicy", false);
    return status;
}

static struct json *without_heartbeats(struct arena *arena, const struct json *status)
{
    struct json *copy = json_copy(arena, status);
    json_for_each (condition, json_get(copy, "conditions"))
        json_remove(condition, "lastHeartbeatTime");
    return copy;
}

bool node_status_differs(struct arena *arena, const struct json *a, const struct json *b)
{
    struct json *x = without_heartbeats(arena, a), *y = without_heartbeats(arena, b);
    json_for_each (member, x) {
        if (!json_equal_semantic(member, json_get(y, member->key)))
            return true;
    }
    return false;
}

struct json *node_status_patch(struct arena *arena, const struct json *status)
{
    struct json *patch = json_new_object(arena);
    struct json *copy = json_set(arena, patch, "status", json_copy(arena, status));
    struct json *addresses = json_get(copy, "addresses");
    struct json *replace = json_new_object(arena);
    json_set_string(arena, replace, "$patch", "replace");
    json_insert(arena, addresses, 0, replace);
    return patch;
}
