/* SPDX-License-Identifier: Apache-2.0 */
/* Containers of a pod's spec: names, mounts, resources, ports, probes, hooks. */
#include "core/apiserver/validate-podspec.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/api/names.h"
#include "core/api/object.h"
#include "core/api/quantity.h"
#include "core/base/memory.h"

enum { FIELD_MAX = 256 };

__attribute__((format(printf, 2, 3))) static const char *field(char out[FIELD_MAX], const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(out, FIELD_MAX, fmt, ap);
    va_end(ap);
    return out;
}

static unsigned required(const char *where, const char *why, struct error *err)
{
    error_add_cause(err, "FieldValueRequired", where, "Required value%s%s", *why ? ": " : "", why);
    return 1;
}

static bool has_volume(const struct json *spec, struct slice name)
{
    json_for_each (volume, json_get(spec, "volumes")) {
        if (slice_equal(json_slice(json_get(volume, "name")), name))
            return true;
    }
    return false;
}

static unsigned check_mounts(const struct json *spec, const struct json *container, const char *path,
                             struct error *err)
{
    unsigned bad = 0, i = 0;
    char where[FIELD_MAX];
    const struct json *mounts = json_get(container, "volumeMounts");
    json_for_each (mount, mounts) {
        struct slice name = json_slice(json_get(mount, "name")),
                     target = json_slice(json_get(mount, "mountPath"));
        if (!has_volume(spec, name) && ++bad)
            error_add_cause(err, "FieldValueNotFound", field(where, "%s.volumeMounts[%u].name", path, i),
                            "Not found: \"%.*s\"", SLICE_ARG(name));
        if (!target.size)
            bad += required(field(where, "%s.volumeMounts[%u].mountPath", path, i), "", err);
        json_for_each (earlier, mounts) {
            if (earlier == mount)
                break;
            if (slice_equal(json_slice(json_get(earlier, "mountPath")), target) && ++bad)
                error_add_cause(err, "FieldValueInvalid",
                                field(where, "%s.volumeMounts[%u].mountPath", path, i),
                                "Invalid value: \"%.*s\": must be unique", SLICE_ARG(target));
        }
        i++;
    }
    return bad;
}

static unsigned check_resources(const struct json *container, const char *path, struct error *err)
{
    unsigned bad = 0;
    char where[FIELD_MAX];
    const struct json *limits = json_at(container, "resources.limits");
    json_for_each (request, json_at(container, "resources.requests")) {
        struct quantity wanted, limit;
        const struct json *limit_value = json_get(limits, request->key);
        if (!quantity_parse(json_slice(request), &wanted))
            continue;
        if (wanted.nano < 0 && ++bad)
            error_add_cause(
                err, "FieldValueInvalid", field(where, "%s.resources.requests[%s]", path, request->key),
                "Invalid value: \"%s\": must be greater than or equal to 0", json_string_or(request, ""));
        if (limit_value && quantity_parse(json_slice(limit_value), &limit) &&
            quantity_compare(&wanted, &limit) > 0 && ++bad)
            error_add_cause(err, "FieldValueInvalid", field(where, "%s.resources.requests", path),
                            "Invalid value: \"%s\": must be less than or equal to %s limit of %s",
                            json_string_or(request, ""), request->key, json_string_or(limit_value, ""));
    }
    return bad;
}

static unsigned check_ports(const struct json *container, const char *path, struct error *err)
{
    unsigned bad = 0, i = 0;
    char where[FIELD_MAX];
    const struct json *ports = json_get(container, "ports");
    json_for_each (port, ports) {
        struct slice name = json_slice(json_get(port, "name"));
        if (json_integer_at(port, "containerPort", 0) == 0)
            bad += required(field(where, "%s.ports[%u].containerPort", path, i), "", err);
        json_for_each (earlier, ports) {
            if (earlier == port)
                break;
            if (name.size && slice_equal(json_slice(json_get(earlier, "name")), name) && ++bad)
                error_add_cause(err, "FieldValueDuplicate", field(where, "%s.ports[%u].name", path, i),
                                "Duplicate value: \"%.*s\"", SLICE_ARG(name));
        }
        i++;
    }
    return bad;
}

/* Exactly one of the kinds of handlers. */
static unsigned check_handler(const struct json *handler, const char *where, struct error *err)
{
    static const char *const kinds[] = {"exec", "httpGet", "tcpSocket", "grpc", "sleep"};
    unsigned found = 0;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        found += !json_is_absent(json_get(handler, kinds[i]));
    if (found == 1)
        return 0;
    if (!found)
        return required(where, "must specify a handler type", err);
    error_add_cause(err, "FieldValueForbidden", where, "Forbidden: may not specify more than 1 handler type");
    return 1;
}

static unsigned check_handlers(const struct json *container, const char *path, struct error *err)
{
    static const char *const places[] = {"livenessProbe", "readinessProbe", "startupProbe",
                                         "lifecycle.postStart", "lifecycle.preStop"};
    unsigned bad = 0;
    char where[FIELD_MAX];
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        const struct json *handler = json_at(container, places[i]);
        if (!json_is_absent(handler))
            bad += check_handler(handler, field(where, "%s.%s", path, places[i]), err);
    }
    bool once = json_integer_at(container, "livenessProbe.successThreshold", 1) != 1 ||
                json_integer_at(container, "startupProbe.successThreshold", 1) != 1;
    if (once && ++bad)
        error_add_cause(err, "FieldValueInvalid", field(where, "%s.livenessProbe.successThreshold", path),
                        "Invalid value: must be 1");
    return bad;
}

static unsigned check_environment(const struct json *container, const char *path, struct error *err)
{
    unsigned bad = 0, i = 0;
    char where[FIELD_MAX];
    json_for_each (variable, json_get(container, "env")) {
        const struct json *from = json_get(variable, "valueFrom");
        if (!json_slice(json_get(variable, "name")).size)
            bad += required(field(where, "%s.env[%u].name", path, i), "", err);
        if (json_count(from) > 1 && ++bad)
            error_add_cause(err, "FieldValueInvalid", field(where, "%s.env[%u].valueFrom", path, i),
                            "Invalid value: \"\": may not have more than one field specified at a time");
        if (json_slice(json_get(variable, "value")).size && json_count(from) && ++bad)
            error_add_cause(err, "FieldValueInvalid", field(where, "%s.env[%u].valueFrom", path, i),
                            "Invalid value: \"\": may not be specified when `value` is not empty");
        i++;
    }
    return bad;
}

static unsigned check_container(const struct json *spec, const struct json *container, const char *path,
                                struct error *err)
{
    char where[FIELD_MAX];
    unsigned bad = 0;
    struct slice name = json_slice(json_get(container, "name")),
                 image = json_slice(json_get(container, "image"));
    const char *why = name.size ? name_check_dns1123_label(name) : NULL;
    if (!name.size)
        bad += required(field(where, "%s.name", path), "", err);
    if (why && ++bad)
        error_add_cause(err, "FieldValueInvalid", field(where, "%s.name", path),
                        "Invalid value: \"%.*s\": %s", SLICE_ARG(name), why);
    if (!image.size)
        bad += required(field(where, "%s.image", path), "", err);
    else if (slice_trim(image).size != image.size && ++bad)
        error_add_cause(err, "FieldValueInvalid", field(where, "%s.image", path),
                        "Invalid value: \"%.*s\": must not have leading or trailing whitespace",
                        SLICE_ARG(image));
    return bad + check_mounts(spec, container, path, err) + check_resources(container, path, err) +
           check_ports(container, path, err) + check_handlers(container, path, err) +
           check_environment(container, path, err);
}

static bool name_taken(const struct json *spec, const struct json *container, struct slice name)
{
    static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};
    for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
        json_for_each (other, json_get(spec, lists[l])) {
            if (other == container)
                return false;
            if (slice_equal(json_slice(json_get(other, "name")), name))
                return true;
        }
    }
    return false;
}

static unsigned check_list(const struct json *spec, const char *list, const char *path, struct error *err)
{
    unsigned bad = 0, i = 0;
    char where[FIELD_MAX], inner[FIELD_MAX];
    json_for_each (container, json_get(spec, list)) {
        struct slice name = json_slice(json_get(container, "name"));
        snprintf(where, sizeof(where), "%.100s.%s[%u]", path, list, i++);
        bad += check_container(spec, container, where, err);
        if (name.size && name_taken(spec, container, name) && ++bad)
            error_add_cause(err, "FieldValueDuplicate", field(inner, "%s.name", where),
                            "Duplicate value: \"%.*s\"", SLICE_ARG(name));
    }
    return bad;
}

/* Two containers of a pod cannot hold one port of the host. */
static unsigned check_host_ports(const struct json *spec, const char *path, struct error *err)
{
    unsigned bad = 0, index = 0;
    char where[FIELD_MAX];
    json_for_each (container, json_get(spec, "containers")) {
        unsigned at = 0;
        json_for_each (port, json_get(container, "ports")) {
            int64_t number = json_integer_at(port, "hostPort", 0);
            bool taken = false, reached = false;
            json_for_each (other, json_get(spec, "containers")) {
                json_for_each (earlier, json_get(other, "ports")) {
                    reached = reached || earlier == port;
                    taken = taken ||
                            (!reached && json_integer_at(earlier, "hostPort", 0) == number &&
                             json_equal_semantic(json_get(earlier, "protocol"), json_get(port, "protocol")) &&
                             json_equal_semantic(json_get(earlier, "hostIP"), json_get(port, "hostIP")));
                }
            }
            if (number && taken && ++bad)
                error_add_cause(err, "FieldValueDuplicate",
                                field(where, "%s.containers[%u].ports[%u].hostPort", path, index, at),
                                "Duplicate value: \"%lld\"", (long long)number);
            at++;
        }
        index++;
    }
    return bad;
}

unsigned podspec_validate(const struct json *spec, const char *path, struct error *err)
{
    char where[FIELD_MAX];
    unsigned bad = podspec_validate_volumes(spec, path, err);
    if (!json_count(json_get(spec, "containers")))
        bad += required(field(where, "%s.containers", path), "", err);
    bad += check_list(spec, "initContainers", path, err) + check_list(spec, "containers", path, err) +
           check_list(spec, "ephemeralContainers", path, err);
    bad += check_host_ports(spec, path, err);
    const struct json *deadline = json_get(spec, "activeDeadlineSeconds"),
                      *grace = json_get(spec, "terminationGracePeriodSeconds");
    if (!json_is_absent(deadline) && json_integer_or(deadline, 0) < 1 && ++bad)
        error_add_cause(err, "FieldValueInvalid", field(where, "%s.activeDeadlineSeconds", path),
                        "Invalid value: %lld: must be between 1 and 2147483647, inclusive",
                        (long long)json_integer_or(deadline, 0));
    if (json_integer_or(grace, 0) < 0 && ++bad)
        error_add_cause(err, "FieldValueInvalid", field(where, "%s.terminationGracePeriodSeconds", path),
                        "Invalid value: %lld: must be greater than or equal to 0",
                        (long long)json_integer_or(grace, 0));
    return bad;
}
