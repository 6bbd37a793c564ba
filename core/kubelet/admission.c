/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks stand in a table; the first that refuses says why.
 */
#include "core/kubelet/admission.h"

#include "core/api/object.h"
#include "core/api/pod-resources.h"
#include "core/base/memory.h"
#include "core/base/number.h"

struct checking {
    struct arena *arena;
    const struct admission_input *in;
    const char *reason, *message;
};

static bool refuse(struct checking *c, const char *reason, const char *message)
{
    c->reason = reason;
    c->message = message;
    return false;
}

static bool is_static_or_critical(const struct json *pod)
{
    return json_integer_at(pod, "spec.priority", 0) >= 2000000000 ||
           object_annotation(pod, "kubernetes.io/config.source");
}

static bool check_pressure(struct checking *c)
{
    const char *qos = pod_qos_class(c->in->pod);
    if (is_static_or_critical(c->in->pod))
        return true;
    const char *which = c->in->disk_pressure                                       ? "DiskPressure"
                        : c->in->memory_pressure && strcmp(qos, "BestEffort") == 0 ? "MemoryPressure"
                        : c->in->pid_pressure                                      ? "PIDPressure"
                                                                                   : NULL;
    return !which ||
           refuse(c, "Evicted",
                  arena_printf(c->arena, "Pod was rejected: The node had condition: [%s]. ", which));
}

static bool check_count(struct checking *c)
{
    if ((int64_t)c->in->others_count < c->in->pods_max)
        return true;
    return refuse(c, "OutOfpods",
                  arena_printf(c->arena,
                               "Pod was rejected: Node didn't have enough resource: pods, requested: 1, "
                               "used: %zu, capacity: %lld",
                               c->in->others_count, (long long)c->in->pods_max));
}

static bool check_resources(struct checking *c)
{
    struct resource_list wanted = {0}, used = {0};
    const struct json *allocatable = json_at(c->in->node, "status.allocatable");
    if (!allocatable)
        return true;
    pod_resources(c->arena, c->in->pod, "requests", &wanted);
    for (size_t i = 0; i < c->in->others_count; i++)
        pod_resources(c->arena, c->in->others[i], "requests", &used);
    for (unsigned i = 0; i < wanted.count; i++) {
        const char *name = wanted.items[i].name, *text = json_string(json_get(allocatable, name));
        struct quantity total = {0}, *have = resource_list_find(&used, name), sum = wanted.items[i].amount;
        if (sum.nano == 0)
            continue;
        if (!text || !quantity_parse(slice_of(text), &total))
            total = (struct quantity){0};
        if (have)
            quantity_add(&sum, have);
        if (quantity_compare(&sum, &total) <= 0)
            continue;
        bool milli = strcmp(name, "cpu") == 0;
        struct quantity zero = {0}, *u = have ? have : &zero;
        return refuse(
            c, arena_printf(c->arena, "OutOf%s", name),
            arena_printf(c->arena,
                         "Pod was rejected: Node didn't have enough resource: %s, requested: %lld, used: "
                         "%lld, capacity: %lld",
                         name,
                         (long long)(milli ? quantity_milli_value(&wanted.items[i].amount)
                                           : quantity_value(&wanted.items[i].amount)),
                         (long long)(milli ? quantity_milli_value(u) : quantity_value(u)),
                         (long long)(milli ? quantity_milli_value(&total) : quantity_value(&total))));
    }
    return true;
}

/* --- node selector and affinity --- */

static bool values_contain(const struct json *values, const char *text)
{
    json_for_each (v, values) {
        if (strcmp(json_string_or(v, ""), text) == 0)
            return true;
    }
    return false;
}

static bool expression_matches(const struct json *expression, const char *value)
{
    const char *op = json_string_or(json_get(expression, "operator"), "");
    const struct json *values = json_get(expression, "values");
    int64_t a, b;
    if (strcmp(op, "Exists") == 0)
        return value != NULL;
    if (strcmp(op, "DoesNotExist") == 0)
        return value == NULL;
    if (strcmp(op, "NotIn") == 0)
        return !value || !values_contain(values, value);
    if (!value)
        return false;
    if (strcmp(op, "In") == 0)
        return values_contain(values, value);
    if (!parse_i64(slice_of(value), INT64_MIN, INT64_MAX, &a) ||
        !parse_i64(json_slice(json_element(values, 0)), INT64_MIN, INT64_MAX, &b))
        return false;
    return strcmp(op, "Gt") == 0 ? a > b : strcmp(op, "Lt") == 0 ? a < b : false;
}

static bool term_matches(const struct json *term, const struct json *node)
{
    const struct json *labels = json_get(term, "matchExpressions"), *fields = json_get(term, "matchFields");
    if (!json_count(labels) && !json_count(fields))
        return false;
    json_for_each (e, labels) {
        if (!expression_matches(e, object_label(node, json_string_or(json_get(e, "key"), ""))))
            return false;
    }
    json_for_each (e, fields) {
        if (!expression_matches(e, object_name(node)))
            return false;
    }
    return true;
}

static bool check_selectors(struct checking *c)
{
    static const char said[] =
        "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
    const struct json *terms = json_at(
        c->in->pod,
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
    bool any = !terms;
    if (!c->in->node)
        return true;
    json_for_each (label, json_at(c->in->pod, "spec.nodeSelector")) {
        const char *have = object_label(c->in->node, label->key);
        if (!have || strcmp(have, json_string_or(label, "")) != 0)
            return refuse(c, "NodeAffinity", said);
    }
    json_for_each (term, terms)
        any = any || term_matches(term, c->in->node);
    return any || refuse(c, "NodeAffinity", said);
}

/* --- ports, taints, groups --- */

struct host_port {
    const char *protocol, *address;
    int64_t number;
};

static struct host_port host_port_of(const struct json *port)
{
    return (struct host_port){json_string_or(json_get(port, "protocol"), "TCP"),
                              json_string_or(json_get(port, "hostIP"), ""),
                              json_integer_or(json_get(port, "hostPort"), 0)};
}

static bool is_any_address(const char *address)
{
    return !address[0] || strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

static bool takes_port(const struct json *pod, const struct host_port *wanted)
{
    json_for_each (container, json_at(pod, "spec.containers"))
        json_for_each (port, json_get(container, "ports")) {
            struct host_port have = host_port_of(port);
            bool same_address = is_any_address(have.address) || is_any_address(wanted->address) ||
                                strcmp(have.address, wanted->address) == 0;
            if (have.number == wanted->number && strcmp(have.protocol, wanted->protocol) == 0 && same_address)
                return true;
        }
    return false;
}

static bool check_ports(struct checking *c)
{
    json_for_each (container, json_at(c->in->pod, "spec.containers"))
        json_for_each (port, json_get(container, "ports")) {
            struct host_port wanted = host_port_of(port);
            for (size_t i = 0; wanted.number > 0 && i < c->in->others_count; i++)
                if (takes_port(c->in->others[i], &wanted))
                    return refuse(c, "NodePorts",
                                  "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free "
                                  "ports for the requested pod ports");
        }
    return true;
}

static bool tolerates(const struct json *toleration, const struct json *taint)
{
    const char *key = json_string_or(json_get(toleration, "key"), "");
    const char *effect = json_string_or(json_get(toleration, "effect"), "");
    const char *op = json_string_or(json_get(toleration, "operator"), "Equal");
    if (effect[0] && strcmp(effect, json_string_or(json_get(taint, "effect"), "")) != 0)
        return false;
    if (key[0] && strcmp(key, json_string_or(json_get(taint, "key"), "")) != 0)
        return false;
    return strcmp(op, "Exists") == 0 || (key[0] && strcmp(json_string_or(json_get(toleration, "value"), ""),
                                                          json_string_or(json_get(taint, "value"), "")) == 0);
}

/* What would only be evicted again need not start. */
static bool check_taints(struct checking *c)
{
    json_for_each (taint, json_at(c->in->node, "spec.taints")) {
        bool tolerated = strcmp(json_string_or(json_get(taint, "effect"), ""), "NoExecute") != 0;
        json_for_each (toleration, json_at(c->in->pod, "spec.tolerations"))
            tolerated = tolerated || tolerates(toleration, taint);
        if (!tolerated)
            return refuse(c, "TaintToleration",
                          "Pod was rejected: Predicate TaintToleration failed: node(s) had taints that the "
                          "pod didn't tolerate");
    }
    return true;
}

/* No runtime that we know of tells that it keeps an image's groups out. */
static bool check_groups(struct checking *c)
{
    const char *policy =
        json_string_or(json_at(c->in->pod, "spec.securityContext.supplementalGroupsPolicy"), "Merge");
    return strcmp(policy, "Strict") != 0 ||
           refuse(c, "SupplementalGroupsPolicyNotSupported",
                  "Pod was rejected: SupplementalGroupsPolicy=Strict is not supported in this node");
}

static bool check_system(struct checking *c)
{
    const char *os = json_string(json_at(c->in->pod, "spec.os.name"));
    if (!os || strcmp(os, "linux") == 0)
        return true;
    return refuse(c, "PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS");
}

/* --- sysctls --- */

static const char *const safe_sysctls[] = {"kernel.shm_rmid_forced",
                                           "net.ipv4.ip_local_port_range",
                                           "net.ipv4.tcp_syncookies",
                                           "net.ipv4.ping_group_range",
                                           "net.ipv4.ip_unprivileged_port_start",
                                           "net.ipv4.ip_local_reserved_ports",
                                           "net.ipv4.tcp_keepalive_time",
                                           "net.ipv4.tcp_fin_timeout",
                                           "net.ipv4.tcp_keepalive_intvl",
                                           "net.ipv4.tcp_keepalive_probes",
                                           "net.ipv4.tcp_rmem",
                                           "net.ipv4.tcp_wmem"};

static bool sysctl_is_allowed(const struct admission_input *in, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(safe_sysctls); i++)
        if (strcmp(safe_sysctls[i], name) == 0)
            return true;
    json_for_each (pattern, in->unsafe_sysctls) {
        struct slice p = json_slice(pattern);
        bool prefix = p.size && p.data[p.size - 1] == '*';
        if (prefix ? strncmp(name, p.data, p.size - 1) == 0 : slice_is(p, name))
            return true;
    }
    return false;
}

static bool check_sysctls(struct checking *c)
{
    json_for_each (sysctl, json_at(c->in->pod, "spec.securityContext.sysctls")) {
        char *name = arena_strdup(c->arena, json_string_or(json_get(sysctl, "name"), ""));
        for (char *p = name; *p; p++)
            *p = *p == '/' ? '.' : *p;
        if (!sysctl_is_allowed(c->in, name))
            return refuse(
                c, "SysctlForbidden",
                arena_printf(c->arena, "Pod was rejected: forbidden sysctl: \"%s\" not allowlisted", name));
    }
    return true;
}

static bool (*const checks[])(struct checking *c) = {check_pressure,  check_count,  check_resources,
                                                     check_selectors, check_ports,  check_taints,
                                                     check_system,    check_groups, check_sysctls};

bool admission_check(struct arena *arena, const struct admission_input *input, const char **ret_reason,
                     const char **ret_message)
{
    struct checking c = {arena, input, NULL, NULL};
    for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
        if (checks[i](&c))
            continue;
        *ret_reason = c.reason;
        *ret_message = c.message;
        return false;
    }
    return true;
}

bool admission_resources_fit(struct arena *arena, const struct admission_input *input,
                             const char **ret_reason, const char **ret_message)
{
    struct checking c = {arena, input, NULL, NULL};
    if (check_resources(&c))
        return true;
    *ret_reason = c.reason;
    *ret_message = c.message;
    return false;
}
