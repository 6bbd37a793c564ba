/* SPDX-License-Identifier: Apache-2.0 */
/* Pods: what must hold between containers, volumes, ports and the rest of the spec. */
#include <stdio.h>

#include "core/api/names.h"
#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/map.h"
#include "core/base/memory.h"

#define NAMESERVERS_MAX    3
#define SEARCHES_MAX       32
#define SEARCHES_BYTES_MAX 2048

enum { INIT, REGULAR, EPHEMERAL };
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
            validation_invalid(v, "hostPort", json_get(it, "hostPort"),
                               "must match `containerPort` when `hostNetwork` is true");
        validation_leave(v);
    }
}

/* What a container mounts or uses as a device must be a volume of the pod, each at a path of its own. */
static void validate_place_in_container(struct validation *v, const struct json *use, const char *path,
                                        const struct map *volumes, struct map *paths)
{
    struct json *name = json_get(use, "name"), *where = json_get(use, path);

    if (json_slice(name).size && !map_get_slice(volumes, json_slice(name)))
        validation_not_found(v, "name", name);
    if (json_slice(where).size && map_get_slice(paths, json_slice(where)))
        validation_invalid(v, path, where, "must be unique");
    else if (json_slice(where).size)
        map_set_slice(paths, json_slice(where), where);
}

static void validate_mount(struct validation *v, const struct json *container, const struct json *mount)
{
    bool privileged = json_boolean_at(container, "securityContext.privileged", false);
    bool recursive =
        member_has(mount, "recursiveReadOnly") && !member_is(mount, "recursiveReadOnly", "Disabled");
    const struct json *propagation = json_get(mount, "mountPropagation");

    validate_relative_path(v, mount, "subPath");
    validate_relative_path(v, mount, "subPathExpr");
    if (member_has(mount, "subPath") && member_has(mount, "subPathExpr"))
        validation_invalid(v, "subPathExpr", json_get(mount, "subPathExpr"),
                           "subPathExpr and subPath are mutually exclusive");
    if (!privileged && member_is(mount, "mountPropagation", "Bidirectional"))
        validation_forbidden(v, "mountPropagation",
                             "Bidirectional mount propagation is available only to privileged containers");
    if (recursive && !json_boolean_at(mount, "readOnly", false))
        validation_forbidden(v, "recursiveReadOnly", "may only be specified when readOnly is true");
    if (recursive && propagation && !member_is(mount, "mountPropagation", "None"))
        validation_forbidden(v, "recursiveReadOnly",
                             "may only be specified when mountPropagation is None or not specified");
}

static void validate_mounts(struct validation *v, const struct json *container, const struct map *volumes)
{
    struct map *paths = map_new(NULL);
    uint32_t index = 0;

    json_for_each (it, json_get(container, "volumeMounts")) {
        struct validation_place here;
        validation_enter(v, &here, "volumeMounts", index++);
        validate_place_in_container(v, it, "mountPath", volumes, paths);
        validate_mount(v, container, it);
        validation_leave(v);
    }
    map_free(paths);
}

static void validate_devices(struct validation *v, const struct json *container, const struct map *volumes)
{
    struct map *paths = map_new(NULL);
    uint32_t index = 0;

    json_for_each (it, json_get(container, "volumeDevices")) {
        struct validation_place here;
        const struct json *volume = map_get_slice(volumes, json_slice(json_get(it, "name")));
        validation_enter(v, &here, "volumeDevices", index++);
        validate_place_in_container(v, it, "devicePath", volumes, paths);
        if (volume && !json_get(volume, "persistentVolumeClaim") && !json_get(volume, "ephemeral"))
            validation_invalid(v, "name", json_get(it, "name"),
                               "can only use volume source type of PersistentVolumeClaim or Ephemeral for "
                               "block mode");
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

static bool has_container(const struct json *spec, struct slice name)
{
    for (unsigned i = 0; i < EPHEMERAL; i++)
        json_for_each (it, json_get(spec, container_lists[i]))
            if (slice_equal(json_slice(json_get(it, "name")), name))
                return true;
    return false;
}

static void validate_ephemeral(struct validation *v, const struct json *spec, const struct json *container)
{
    static const char *const others[] = {"ports", "resizePolicy", "restartPolicy"};
    const struct json *target = json_get(container, "targetContainerName");

    validate_no_hooks(v, container, true);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        if (member_has(container, others[i]))
            validation_forbidden(v, others[i], "cannot be set for an Ephemeral Container");
    if (json_count(json_get(container, "resources")))
        validation_forbidden(v, "resources", "cannot be set for an Ephemeral Container");
    if (json_slice(target).size && !has_container(spec, json_slice(target)))
        validation_not_found(v, "targetContainerName", target);
}

/* A hook may not sleep longer than the pod may take to end. */
static void validate_sleep(struct validation *v, const struct json *spec, const struct json *container)
{
    static const char *const hooks[] = {"postStart", "preStop"};
    int64_t grace_s = json_integer_at(spec, "terminationGracePeriodSeconds", 0);

    for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
        const struct json *sleep = json_get(json_get(json_get(container, "lifecycle"), hooks[i]), "sleep");
        int64_t seconds = json_integer_at(sleep, "seconds", 0);
        _cleanup_free_ char *field = xasprintf("lifecycle.%s.sleep", hooks[i]);
        if (sleep && (seconds < 0 || seconds > grace_s))
            validation_invalid(v, field, json_get(sleep, "seconds"),
                               "must be non-negative and less than terminationGracePeriodSeconds (%lld)",
                               (long long)grace_s);
    }
}

static void validate_by_list(struct validation *v, const struct json *spec, const struct json *container,
                             unsigned list)
{
    bool sidecar = member_is(container, "restartPolicy", "Always");

    if (list == INIT && !sidecar)
        validate_no_hooks(v, container, false);
    else if (list == EPHEMERAL)
        validate_ephemeral(v, spec, container);
    else
        validate_sleep(v, spec, container);
}

static void validate_containers(struct validation *v, const struct json *spec)
{
    struct map *volumes = volume_names(spec), *host_ports = map_new(NULL);

    for (unsigned i = 0; i < ARRAY_SIZE(container_lists); i++) {
        uint32_t index = 0;
        json_for_each (it, json_get(spec, container_lists[i])) {
            struct validation_place here;
            validation_enter(v, &here, container_lists[i], index++);
            validate_by_list(v, spec, it, i);
            if (i == REGULAR)
                validate_ports(v, spec, it, host_ports);
            validate_mounts(v, it, volumes);
            validate_devices(v, it, volumes);
            validation_leave(v);
        }
    }
    map_free(volumes);
    map_free(host_ports);
}

/* Domains may end with a dot, and "." alone is one too; '_' may stand where '-' may. */
static const char *search_wrong(struct slice text)
{
    char plain[256];

    if (slice_is(text, "."))
        return NULL;
    if (slice_ends(text, "."))
        text.size--;
    for (size_t i = 0; i < text.size && i < sizeof(plain); i++)
        plain[i] = (char)(text.data[i] == '_' ? '-' : text.data[i]);
    return name_check_dns1123_subdomain(text.size < sizeof(plain) ? (struct slice){plain, text.size} : text);
}

static void validate_searches(struct validation *v, const struct json *searches)
{
    size_t total = 0;
    uint32_t index = 0;

    json_for_each (it, searches) {
        struct validation_place here;
        const char *wrong = search_wrong(json_slice(it));
        validation_enter(v, &here, "dnsConfig.searches", index++);
        if (wrong)
            validation_invalid(v, "", it, "%s", wrong);
        validation_leave(v);
        total += json_slice(it).size + 1;
    }
    if (total > SEARCHES_BYTES_MAX + 1)
        validation_invalid(v, "dnsConfig.searches", searches,
                           "must not have more than %d characters (including spaces) in the search list",
                           SEARCHES_BYTES_MAX);
}

static void validate_dns_options(struct validation *v, const struct json *options)
{
    uint32_t index = 0;

    json_for_each (it, options) {
        struct validation_place here;
        validation_enter(v, &here, "dnsConfig.options", index++);
        if (!member_has(it, "name"))
            validation_required(v, "", "must not be empty");
        validation_leave(v);
    }
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
    validate_searches(v, json_get(config, "searches"));
    validate_dns_options(v, json_get(config, "options"));
}

/* A pod with users of its own shares no other namespace with the host. */
static void validate_host_users(struct validation *v, const struct json *spec)
{
    static const char *const shared[] = {"hostNetwork", "hostPID", "hostIPC"};

    if (json_boolean_at(spec, "hostUsers", true))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
        if (json_boolean_at(spec, shared[i], false))
            validation_forbidden(v, shared[i], "when `hostUsers` is false");
}

void validate_pod_spec(struct validation *v, const struct json *object)
{
    validate_container_names(v, object);
    validate_unique(v, object, "volumes", "name");
    validate_containers(v, object);
    validate_labels(v, "nodeSelector", json_get(object, "nodeSelector"));
    validate_dns(v, object);
    validate_spreading(v, object);
    validate_host_users(v, object);
    validate_amounts(v, object, "overhead");
    validate_unique(v, object, "schedulingGates", "name");
    if (json_boolean_at(object, "shareProcessNamespace", false) && json_boolean_at(object, "hostPID", false))
        validation_invalid(v, "shareProcessNamespace", json_get(object, "shareProcessNamespace"),
                           "ShareProcessNamespace and HostPID cannot both be enabled");
}
