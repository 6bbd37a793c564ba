/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox: names, labels, DNS, ports, sysctls, cgroup parent. Containers are in container-config.c.
 */
#include "core/kubelet/pod-config.h"

#include "core/api/object.h"
#include "core/api/pod-resources.h"
#include "core/base/memory.h"
#include "core/kubelet/cgroup.h"
#include "core/kubelet/pod-dns.h"
#include "core/kubelet/pod-security.h"

#define HOSTNAME_MAX       63 /* of a part of a name */
#define HOSTNAME_BYTES_MAX 64 /* of the whole, as the kernel has it */

const char *pod_folder(struct kubelet *k, struct arena *arena, const char *uid)
{
    return arena_printf(arena, "%s/pods/%s", k->config->root_dir, uid);
}

const char *pod_log_folder(struct kubelet *k, struct arena *arena, const struct json *pod)
{
    return arena_printf(arena, "%s/%s_%s_%s", k->config->pod_logs_dir, object_namespace(pod),
                        object_name(pod), object_uid(pod));
}

const char *pod_hostname(struct arena *arena, const struct json *pod, const char *cluster_domain,
                         const char **ret_domain)
{
    const struct json *spec = json_get(pod, "spec");
    const char *override = json_string(json_get(spec, "hostnameOverride"));
    const char *name = override ? override : json_string_or(json_get(spec, "hostname"), object_name(pod));
    const char *subdomain = json_string_or(json_get(spec, "subdomain"), "");
    *ret_domain = "";
    if (override)
        return override;
    char *host = arena_strndup(arena, name, MIN(strlen(name), (size_t)HOSTNAME_MAX));
    for (size_t size = strlen(host); size && (host[size - 1] == '-' || host[size - 1] == '.'); size--)
        host[size - 1] = 0;
    if (subdomain[0])
        *ret_domain = arena_printf(arena, "%s.%s.svc.%s", subdomain, object_namespace(pod), cluster_domain);
    if (subdomain[0] && json_boolean_or(json_get(spec, "setHostnameAsFQDN"), false))
        return arena_printf(arena, "%s.%s", host, *ret_domain);
    return host;
}

static void add_pair(struct keelson_pair *pairs, uint32_t *count, const char *key, const char *value)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (strcmp(pairs[i].key, key) == 0) {
            pairs[i].value = value;
            return;
        }
    }
    pairs[(*count)++] = (struct keelson_pair){key, value};
}

static struct keelson_pairs labels_of(struct arena *arena, const struct json *pod)
{
    const struct json *own = json_at(pod, "metadata.labels");
    struct keelson_pair *pairs = arena_alloc0(arena, (json_count(own) + 3) * sizeof(*pairs));
    uint32_t count = 0;
    json_for_each (label, own)
        add_pair(pairs, &count, label->key, json_string_or(label, ""));
    add_pair(pairs, &count, LABEL_POD_NAME, object_name(pod));
    add_pair(pairs, &count, LABEL_POD_NAMESPACE, object_namespace(pod));
    add_pair(pairs, &count, LABEL_POD_UID, object_uid(pod));
    return (struct keelson_pairs){pairs, count};
}

static struct keelson_pairs annotations_of(struct arena *arena, const struct json *pod)
{
    const struct json *own = json_at(pod, "metadata.annotations");
    struct keelson_pair *pairs = arena_alloc0(arena, (json_count(own) + 1) * sizeof(*pairs));
    uint32_t count = 0;
    json_for_each (annotation, own)
        add_pair(pairs, &count, annotation->key, json_string_or(annotation, ""));
    return (struct keelson_pairs){pairs, count};
}

static struct keelson_pairs sysctls_of(struct arena *arena, const struct json *pod)
{
    const struct json *list = json_at(pod, "spec.securityContext.sysctls");
    struct keelson_pair *pairs = arena_alloc0(arena, (json_count(list) + 1) * sizeof(*pairs));
    uint32_t count = 0;
    json_for_each (sysctl, list) {
        char *name = arena_strdup(arena, json_string_or(json_get(sysctl, "name"), ""));
        for (char *p = name; *p; p++)
            *p = *p == '/' ? '.' : *p;
        add_pair(pairs, &count, name, json_string_or(json_get(sysctl, "value"), ""));
    }
    return (struct keelson_pairs){pairs, count};
}

static void set_ports(struct arena *arena, const struct json *pod, struct keelson_sandbox_config *c)
{
    struct container_walk walk = {0};
    enum container_kind kind;
    uint32_t count = 0;
    for (const struct json *container; (container = container_next(pod, &walk, &kind));)
        count += json_count(json_get(container, "ports"));
    struct keelson_port_mapping *ports = arena_alloc0(arena, (count + 1) * sizeof(*ports));
    walk = (struct container_walk){0};
    for (const struct json *container; (container = container_next(pod, &walk, &kind));) {
        json_for_each (port, json_get(container, "ports")) {
            const char *protocol = json_string_or(json_get(port, "protocol"), "TCP");
            int64_t host_port = json_integer_or(json_get(port, "hostPort"), 0);
            if (host_port <= 0)
                continue;
            ports[c->ports_count++] = (struct keelson_port_mapping){
                .protocol = strcmp(protocol, "UDP") == 0    ? KEELSON_UDP
                            : strcmp(protocol, "SCTP") == 0 ? KEELSON_SCTP
                                                            : KEELSON_TCP,
                .container_port = (int32_t)json_integer_or(json_get(port, "containerPort"), 0),
                .host_port = (int32_t)host_port,
                .host_ip = json_string_or(json_get(port, "hostIP"), ""),
            };
        }
    }
    c->ports = ports;
    c->port_size = sizeof(*ports);
}

static int set_dns(struct kubelet *k, struct arena *arena, const struct json *pod,
                   struct keelson_sandbox_config *c, struct error *err)
{
    struct pod_dns_config config = {k->config->cluster_dns, k->config->cluster_domain,
                                    k->config->resolv_conf};
    struct pod_dns dns;
    bool missing;
    if (pod_dns_make(arena, pod, &config, &dns, &missing, err) < 0)
        return -1;
    if (missing && k->events)
        event_record(k->events, pod, NULL, "Warning", "MissingClusterDNS",
                     "pod: \"%s_%s(%s)\". kubelet does not have ClusterDNS IP configured and cannot create "
                     "Pod using \"%s\" policy. Falling back to \"Default\" policy.",
                     object_name(pod), object_namespace(pod), object_uid(pod),
                     json_string_or(json_at(pod, "spec.dnsPolicy"), "ClusterFirst"));
    c->dns_servers = dns.servers;
    c->dns_searches = dns.searches;
    c->dns_options = dns.options;
    c->dns_servers_count = dns.servers_count;
    c->dns_searches_count = dns.searches_count;
    c->dns_options_count = dns.options_count;
    return 0;
}

static void set_resources(struct kubelet *k, struct arena *arena, const struct json *pod,
                          struct keelson_sandbox_config *c)
{
    struct resource_list requests = {0}, limits = {0};
    pod_resources(arena, pod, "requests", &requests);
    pod_resources(arena, pod, "limits", &limits);
    struct quantity *cpu = resource_list_find(&requests, "cpu");
    struct quantity *cpu_limit = resource_list_find(&limits, "cpu"),
                    *memory = resource_list_find(&limits, "memory");
    int64_t period = k->config->cpu_cfs_period_ns / 1000;
    struct keelson_resources *resources = arena_alloc0(arena, sizeof(*resources));
    *resources = (struct keelson_resources){
        .size = sizeof(*resources),
        .cpu_period_us = period,
        .cpu_shares = cpu_shares(cpu ? quantity_milli_value(cpu) : 0),
        .cpu_quota_us = cpu_limit ? cpu_quota_us(quantity_milli_value(cpu_limit), period) : 0,
        .memory_limit_bytes = memory ? quantity_value(memory) : 0,
    };
    c->resources = resources;
}

/* The runtime's own name for how a pod of the class is run; "" is its default. */
static int find_handler(struct kubelet *k, struct arena *arena, const struct json *pod, const char **ret,
                        struct error *err)
{
    const char *class = json_string_or(json_at(pod, "spec.runtimeClassName"), "");
    struct json *object;
    *ret = "";
    if (!class[0])
        return 0;
    if (!k->client)
        return error_set(err, ERR_UNAVAILABLE, "RuntimeClass \"%s\" needs an API server", class);
    if (client_get(k->client, RESOURCE("node.k8s.io", "v1", "runtimeclasses"), NULL, class, arena, &object,
                   err) < 0)
        return error_prefix(err, "failed to get sandbox runtime: RuntimeClass \"%s\"", class);
    *ret = json_string_or(json_get(object, "handler"), "");
    return 0;
}

/* A name of more than 64 bytes cannot be a host name: no part of it may be left out. */
static int check_hostname(const char *hostname, struct error *err)
{
    if (strlen(hostname) <= HOSTNAME_BYTES_MAX)
        return 0;
    return error_set(err, ERR_BAD_REQUEST,
                     "Failed to construct FQDN from Pod hostname and cluster domain, FQDN %s is too long (%d "
                     "characters is the max, %zu characters requested)",
                     hostname, HOSTNAME_BYTES_MAX, strlen(hostname));
}

int pod_config_sandbox(struct kubelet *k, struct arena *arena, const struct json *pod, uint32_t attempt,
                       struct keelson_sandbox_config *ret, struct error *err)
{
    const char *domain;
    struct keelson_sandbox_config c = {
        .size = sizeof(c),
        .attempt = attempt,
        .name = object_name(pod),
        .namespace_ = object_namespace(pod),
        .uid = object_uid(pod),
        .hostname = json_boolean_at(pod, "spec.hostNetwork", false)
                        ? ""
                        : pod_hostname(arena, pod, k->config->cluster_domain, &domain),
        .log_directory = pod_log_folder(k, arena, pod),
        .labels = labels_of(arena, pod),
        .annotations = annotations_of(arena, pod),
        .sysctls = sysctls_of(arena, pod),
        .cgroup_parent = cgroups_pod_path(k->cgroups, arena, pod),
    };
    struct security_input security = {.pod = pod,
                                      .seccomp_root = arena_printf(arena, "%s/seccomp", k->config->root_dir),
                                      .seccomp_default = k->config->seccomp_default};
    struct keelson_security *made = arena_alloc0(arena, sizeof(*made));
    set_ports(arena, pod, &c);
    set_resources(k, arena, pod, &c);
    if (check_hostname(c.hostname, err) < 0 || find_handler(k, arena, pod, &c.runtime_handler, err) < 0 ||
        set_dns(k, arena, pod, &c, err) < 0 || security_make(arena, &security, made, err) < 0)
        return -1;
    /* The sandbox's own process is no target of a stricter profile. */
    made->seccomp = KEELSON_PROFILE_RUNTIME_DEFAULT;
    c.security = made;
    *ret = c;
    return 0;
}
