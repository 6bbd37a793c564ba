/* SPDX-License-Identifier: Apache-2.0 */
/* Services and pods. */
#include "core/controller-manager/service-pods.h"

#include "core/base/memory.h"

bool service_has_selector(const struct json *service)
{
    return json_count(json_at(service, "spec.selector")) > 0;
}

bool service_is_headless(const struct json *service)
{
    const char *address = json_string_or(json_at(service, "spec.clusterIP"), "");
    return !strcmp(address, "None") || !address[0];
}

/* --- which services a pod's change concerns --- */

static bool matters(const struct json *old, const struct json *pod)
{
    static const char *const paths[] = {"metadata.labels", "metadata.deletionTimestamp",
                                        "status.podIPs",   "status.podIP",
                                        "spec.nodeName",   "spec.hostname",
                                        "spec.subdomain"};
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
        if (!json_equal_semantic(json_at(old, paths[i]), json_at(pod, paths[i])))
            return true;
    return pod_is_ready(old) != pod_is_ready(pod) || pod_is_terminal(old) != pod_is_terminal(pod);
}

void services_of_pod(struct informer *services, const struct cached *old, const struct cached *new_,
                     const struct json *pod, void (*add)(void *context, const char *key), void *context)
{
    struct arena arena = ARENA_INIT, one = ARENA_INIT;
    const struct json *before = old ? cached_parse(old, &arena) : NULL;
    if (!old || !new_ || matters(before, pod)) {
        _cleanup_(object_list_done) struct object_list list = objects_in(services, object_namespace(pod));
        for (size_t i = 0; i < list.count; i++) {
            const struct json *service = cached_parse(list.cached[i], &one);
            struct selector *selector = selector_from_map(json_at(service, "spec.selector"));
            if (selector_matches(selector, json_at(pod, "metadata.labels")) ||
                (before && selector_matches(selector, json_at(before, "metadata.labels"))))
                add(context, cached_key(list.cached[i]));
            selector_free(selector);
            arena_reset(&one);
        }
    }
    arena_done(&one);
    arena_done(&arena);
}

/* --- what a pod offers --- */

bool address_is_family(const char *address, const char *family)
{
    return (strchr(address, ':') != NULL) == !strcmp(family, "IPv6");
}

const char *pod_address(const struct json *pod, const char *family)
{
    const char *first = json_string_at(pod, "status.podIP");
    json_for_each (entry, json_at(pod, "status.podIPs")) {
        const char *address = json_string(json_get(entry, "ip"));
        if (address && address[0] && address_is_family(address, family))
            return address;
    }
    return first && first[0] && address_is_family(first, family) ? first : NULL;
}

bool pod_has_endpoint(const struct json *pod)
{
    return !pod_is_terminal(pod) && (pod_address(pod, "IPv4") || pod_address(pod, "IPv6"));
}

static int64_t named_port(const struct json *containers, struct slice name, const char *protocol,
                          bool sidecars)
{
    json_for_each (container, containers) {
        if (sidecars && strcmp(json_string_or(json_get(container, "restartPolicy"), ""), "Always") != 0)
            continue;
        json_for_each (port, json_get(container, "ports"))
            if (slice_equal(json_slice(json_get(port, "name")), name) &&
                !strcmp(json_string_or(json_get(port, "protocol"), "TCP"), protocol))
                return json_integer_at(port, "containerPort", 0);
    }
    return 0;
}

/* 0: the pod has no such port. */
static int64_t find_port(const struct json *pod, const struct json *service_port, const char *protocol)
{
    const struct json *target = json_get(service_port, "targetPort");
    if (json_is_absent(target))
        return json_integer_at(service_port, "port", 0);
    if (!json_is(target, JSON_STRING)) {
        int64_t number = json_integer_or(target, 0);
        return number ? number : json_integer_at(service_port, "port", 0);
    }
    int64_t port = named_port(json_at(pod, "spec.containers"), json_slice(target), protocol, false);
    return port ? port : named_port(json_at(pod, "spec.initContainers"), json_slice(target), protocol, true);
}

struct json *pod_service_ports(struct arena *arena, const struct json *service, const struct json *pod)
{
    struct json *ports = json_new_array(arena);
    json_for_each (service_port, json_at(service, "spec.ports")) {
        const char *protocol = json_string_or(json_get(service_port, "protocol"), "TCP");
        int64_t number = find_port(pod, service_port, protocol);
        if (!number)
            continue;
        struct json *port = json_append(arena, ports, json_new_object(arena));
        json_set_string(arena, port, "name", json_string_or(json_get(service_port, "name"), ""));
        json_set_int(arena, port, "port", number);
        json_set_string(arena, port, "protocol", protocol);
        json_set_string(arena, port, "appProtocol", json_string(json_get(service_port, "appProtocol")));
    }
    return ports;
}

const char *pod_service_hostname(const struct json *service, const struct json *pod)
{
    const char *hostname = json_string_at(pod, "spec.hostname"),
               *subdomain = json_string_at(pod, "spec.subdomain");
    if (!hostname || !hostname[0] || !subdomain || strcmp(subdomain, object_name(service)) != 0)
        return NULL;
    return hostname;
}

struct json *pod_target_reference(struct arena *arena, const struct json *pod)
{
    struct json *reference = json_new_object(arena);
    json_set_string(arena, reference, "kind", "Pod");
    json_set_string(arena, reference, "namespace", object_namespace(pod));
    json_set_string(arena, reference, "name", object_name(pod));
    json_set_string(arena, reference, "uid", object_uid(pod));
    return reference;
}
