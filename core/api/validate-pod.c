/* SPDX-License-Identifier: Apache-2.0 */
/* Pods: what must hold between containers, volumes, ports and the rest of the spec. */
#include <stdio.h>

#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/map.h"
#include "core/base/memory.h"

#define NAMESERVERS_MAX 3
#define SEARCHES_MAX    32

static const char *const container_lists[] = {"initContainers", "containers", "ephemeralContainers"};

/* Of all containers together. */
static void validate_container_names(struct validation *v, const struct json *spec)
{
    struct map *seen = map_new(NULL);

    for (size_t i = 0; i < ARRAY_SIZE(container_lists); i++) {
        uint32_t index = 0;
        json_for_each (it, json_get(spec, container_lists[i])) {
            struct validation_place here;
            struct json *name = json_get(it, "name");
            validation_enter(v, &here, container_lists[i], index++);
            if (json_slice(name).size && map_get_slice(seen, json_slice(name)))
                validation_duplicate(v, "name", name);
            else if (json_slice(name).size)
                map_set_slice(seen, json_slice(name), name);
            validation_leave(v);
        }
    }
    map_free(seen);
}

static void validate_host_port(struct validation *v, const struct json *port, struct map *seen)
{
    int64_t number = json_integer_at(port, "hostPort", 0);
    char text[128];

    if (number == 0)
        return;
    snprintf(text, sizeof(text), "%s/%s/%lld", json_string_or(json_get(port, "protocol"), ""),
             json_string_or(json_get(port, "hostIP"), ""), (long long)number);
    if (map_has(seen, text))
        validation_duplicate(
            v, "hostPort",
            &(struct json){.type = JSON_STRING, .string = text, .size = (uint32_t)strlen(text)});
    else
        map_set(seen, text, seen);
}

static void validate_ports(struct validation *v, const struct json *spec, const struct json *container,
                           struct map *host_ports)
{
    bool host_network = json_boolean_at(spec, "hostNetwork", false);
    uint32_t index = 0;

    json_for_each (it, json_get(container, "ports")) {
        struct validation_place here;
        validation_enter(v, &here, "ports", index++);
        validate_host_port(v, it, host_ports);
        int64_t host_port = json_integer_at(it, "hostPort", 0);
        if (host_network && host_port && host_port != json_integer_at(it, "containerPort", 0))
            validation_invalid(v, "containerPort", json_get(it, "containerPort"),
                               "must match `hostPort` when `hostNetwork` is true");
        validation_leave(v);
    }
}

static void validate_mounts(struct validation *v, const struct json *container, const char *list,
                            const char *path, struct map *volumes)
{
    struct map *paths = map_new(NULL);
    uint32_t index = 0;

    json_for_each (it, json_get(container, list)) {
        struct validation_place here;
        struct json *name = json_get(it, "name"), *where = json_get(it, path);
        validation_enter(v, &here, list, index++);
        if (json_slice(name).size && !map_get_slice(volumes, json_slice(name)))
            validation_not_found(v, "name", name);
        if (json_slice(where).size && map_get_slice(paths, json_slice(where)))
            validation_invalid(v, path, where, "must be unique");
        else if (json_slice(where).size)
            map_set_slice(paths, json_slice(where), where);
        validate_relative_path(v, it, "subPath");
        validate_relative_path(v, it, "subPathExpr");
        if (member_has(it, "subPath") && member_has(it, "subPathExpr"))
            validation_invalid(v, "subPathExpr", json_get(it, "subPathExpr"),
                               "subPathExpr and subPath are mutually exclusive");
        validation_leave(v);
    }
    map_free(paths);
}

static struct map *volume_names(const struct json *spec)
{
    struct map *names = map_new(NULL);

    json_for_each (it, json_get(spec, "volumes"))
        if (json_slice(json_get(it, "name")).size)
            map_set_slice(names, json_slice(json_get(it, "name")), it);
    return names;
}

/* Probes and hooks of containers that run to their end before the pod starts, or beside it without a
 * guarantee. */
static void validate_no_hooks(struct validation *v, const struct json *container, bool ephemeral)
{
    static const char *const hooks[] = {"lifecycle", "livenessProbe", "readinessProbe", "startupProbe"};

    for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
        if (member_has(container, hooks[i]))
            validation_forbidden(v, hooks[i], "%s",
                                 ephemeral
                                     ? "cannot be set for an Ephemeral Container"
                                     : "may not be set for init containers without restartPolicy=Always");
}

static void validate_ephemeral(struct validation *v, const struct json *container)
{
    static const char *const others[] = {"ports", "resizePolicy", "restartPolicy"};

    validate_no_hooks(v, container, true);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        if (member_has(container, others[i]))
            validation_forbidden(v, others[i], "cannot be set for an Ephemeral Container");
    if (json_count(json_get(container, "resources")))
        validation_forbidden(v, "resources", "cannot be set for an Ephemeral Container");
}

static void validate_by_list(struct validation *v, const struct json *container, unsigned list)
{
    bool sidecar = member_is(container, "restartPolicy", "Always");

    if (list == 0 && !sidecar)
        validate_no_hooks(v, container, false);
    if (list == 2)
        validate_ephemeral(v, container);
}

static void validate_containers(struct validation *v, const struct json *spec)
{
    struct map *volumes = volume_names(spec), *host_ports = map_new(NULL);

    for (unsigned i = 0; i < ARRAY_SIZE(container_lists); i++) {
        uint32_t index = 0;
        json_for_each (it, json_get(spec, container_lists[i])) {
            struct validation_place here;
            validation_enter(v, &here, container_lists[i], index++);
            validate_by_list(v, it, i);
            if (i == 1)
                validate_ports(v, spec, it, host_ports);
            validate_mounts(v, it, "volumeMounts", "mountPath", volumes);
            validate_mounts(v, it, "volumeDevices", "devicePath", volumes);
            validation_leave(v);
        }
    }
    map_free(volumes);
    map_free(host_ports);
}

static void validate_dns(struct validation *v, const struct json *spec)
{
    const struct json *config = json_get(spec, "dnsConfig"), *servers = json_get(config, "nameservers");

    if (member_is(spec, "dnsPolicy", "None") && !config)
        validation_required(v, "dnsConfig", "must provide `dnsConfig` when `dnsPolicy` is None");
    else if (member_is(spec, "dnsPolicy", "None") && json_count(servers) == 0)
        validation_required(v, "dnsConfig.nameservers",
                            "must provide at least one DNS nameserver when `dnsPolicy` is None");
    if (json_count(servers) > NAMESERVERS_MAX)
        validation_invalid(v, "dnsConfig.nameservers", servers, "must not have more than %d nameservers",
                           NAMESERVERS_MAX);
    if (json_count(json_get(config, "searches")) > SEARCHES_MAX)
        validation_invalid(v, "dnsConfig.searches", json_get(config, "searches"),
                           "must not have more than %d search paths", SEARCHES_MAX);
}

static void validate_spreading(struct validation *v, const struct json *spec)
{
    const struct json *list = json_get(spec, "topologySpreadConstraints");
    uint32_t index = 0;

    json_for_each (it, list) {
        struct validation_place here;
        validation_enter(v, &here, "topologySpreadConstraints", index++);
        for (const struct json *before = list->first; before != it; before = before->next)
            if (json_equal(json_get(before, "topologyKey"), json_get(it, "topologyKey")) &&
                json_equal(json_get(before, "whenUnsatisfiable"), json_get(it, "whenUnsatisfiable"))) {
                validation_duplicate(v, "{topologyKey, whenUnsatisfiable}", json_get(it, "topologyKey"));
                break;
            }
        if (member_has(it, "minDomains") && !member_is(it, "whenUnsatisfiable", "DoNotSchedule"))
            validation_invalid(v, "minDomains", json_get(it, "minDomains"),
                               "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not %s",
                               json_string_or(json_get(it, "whenUnsatisfiable"), ""));
        validation_leave(v);
    }
}

void validate_pod_spec(struct validation *v, const struct json *object)
{
    validate_container_names(v, object);
    validate_unique(v, object, "volumes", "name");
    validate_containers(v, object);
    validate_dns(v, object);
    validate_spreading(v, object);
    validate_unique(v, object, "schedulingGates", "name");
    if (json_boolean_at(object, "shareProcessNamespace", false) && json_boolean_at(object, "hostPID", false))
        validation_invalid(v, "shareProcessNamespace", json_get(object, "shareProcessNamespace"),
                           "ShareProcessNamespace and HostPID cannot both be enabled");
}

void validate_toleration(struct validation *v, const struct json *object)
{
    bool exists = member_is(object, "operator", "Exists");

    if (!member_has(object, "key") && !exists)
        validation_invalid(
            v, "operator", json_get(object, "operator"),
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
    if (exists && member_has(object, "value"))
        validation_invalid(v, "operator", json_get(object, "value"),
                           "value must be empty when `operator` is 'Exists'");
    if (member_has(object, "tolerationSeconds") && !member_is(object, "effect", "NoExecute"))
        validation_invalid(v, "effect", json_get(object, "effect"),
                           "effect must be 'NoExecute' when `tolerationSeconds` is set");
}
