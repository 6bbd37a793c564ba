/* SPDX-License-Identifier: Apache-2.0 */
/* Containers: images, ports, environment, probes, handlers, resources. */
#include "core/api/names.h"
#include "core/api/quantity.h"
#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/memory.h"

#define PORT_MAX 65535

void validate_port(struct validation *v, const struct json *object, const char *key)
{
    const struct json *port = json_get(object, key);
    const char *wrong;

    if (json_is(port, JSON_INT) && port->integer && (port->integer < 1 || port->integer > PORT_MAX))
        validation_invalid(v, key, port, "must be between 1 and 65535, inclusive");
    else if (json_is(port, JSON_STRING) && port->size && (wrong = name_check_port_name(json_slice(port))))
        validation_invalid(v, key, port, "%s", wrong);
}

void validate_unique(struct validation *v, const struct json *object, const char *key, const char *member)
{
    const struct json *list = json_get(object, key);
    uint32_t index = 0;

    json_for_each (it, list) {
        struct validation_place here;
        const struct json *value = json_get(it, member);
        validation_enter(v, &here, key, index++);
        for (const struct json *before = list->first; before != it && json_slice(value).size;
             before = before->next)
            if (slice_equal(json_slice(json_get(before, member)), json_slice(value))) {
                validation_duplicate(v, member, value);
                break;
            }
        validation_leave(v);
    }
}

void validate_container(struct validation *v, const struct json *object)
{
    const struct json *image = json_get(object, "image");
    struct slice text = json_slice(image);

    if (text.size == 0)
        validation_required(v, "image", "");
    else if (slice_trim(text).size != text.size)
        validation_invalid(v, "image", image, "must not have leading or trailing whitespace");
    validate_unique(v, object, "ports", "name");
}

static unsigned count_set(const struct json *object, const char *const *keys)
{
    unsigned count = 0;

    for (; *keys; keys++)
        count += member_has(object, *keys);
    return count;
}

/* "metadata.labels['key']" */
static bool is_subscript(struct slice path)
{
    return (slice_starts(path, "metadata.labels['") || slice_starts(path, "metadata.annotations['")) &&
           slice_ends(path, "']");
}

static void validate_env_field(struct validation *v, const struct json *field)
{
    static const char *const paths[] = {
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
        "status.hostIP", "status.hostIPs",     "status.podIP", "status.podIPs", NULL};
    const struct json *path = json_get(field, "fieldPath");

    if (json_slice(path).size == 0 || is_subscript(json_slice(path)))
        return;
    for (size_t i = 0; paths[i]; i++)
        if (slice_is(json_slice(path), paths[i]))
            return;
    validation_unsupported(v, "valueFrom.fieldRef.fieldPath", path, paths);
}

void validate_env_var(struct validation *v, const struct json *object)
{
    static const char *const sources[] = {"fieldRef",     "resourceFieldRef", "configMapKeyRef",
                                          "secretKeyRef", "fileKeyRef",       NULL};
    const struct json *from = json_get(object, "valueFrom");

    if (json_is_absent(from))
        return;
    unsigned count = count_set(from, sources);
    if (count == 0)
        validation_invalid(v, "valueFrom", NULL,
                           "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, "
                           "`secretKeyRef` or `fileKeyRef`");
    else if (member_has(object, "value"))
        validation_invalid(v, "valueFrom", NULL, "may not be specified when `value` is not empty");
    else if (count > 1)
        validation_invalid(v, "valueFrom", NULL, "may not have more than one field specified at a time");
    validate_env_field(v, json_get(from, "fieldRef"));
}

void validate_env_from(struct validation *v, const struct json *object)
{
    static const char *const sources[] = {"configMapRef", "secretRef", NULL};
    unsigned count = count_set(object, sources);

    if (count == 0)
        validation_invalid(v, "", NULL, "must specify one of: `configMapRef` or `secretRef`");
    else if (count > 1)
        validation_invalid(v, "", NULL, "may not have more than one field specified at a time");
    for (unsigned i = 0; sources[i]; i++)
        if (member_has(object, sources[i]) && !member_has(json_get(object, sources[i]), "name"))
            validation_required(v, i ? "secretRef.name" : "configMapRef.name", "");
}

static void validate_one_handler(struct validation *v, const struct json *object, const char *const *handlers)
{
    unsigned count = 0;

    for (; *handlers; handlers++)
        if (member_has(object, *handlers) && count++)
            validation_forbidden(v, *handlers, "may not specify more than 1 handler type");
    if (count == 0)
        validation_required(v, "", "must specify a handler type");
}

/* Only a readiness probe may need more than one success. */
void validate_probe(struct validation *v, const struct json *object)
{
    static const char *const handlers[] = {"exec", "httpGet", "tcpSocket", "grpc", NULL};
    const char *name = v->place && v->place->key ? v->place->key : "";
    bool readiness = strcmp(name, "readinessProbe") == 0;

    validate_one_handler(v, object, handlers);
    if (!readiness && json_integer_at(object, "successThreshold", 1) > 1)
        validation_invalid(v, "successThreshold", json_get(object, "successThreshold"), "must be 1");
    if (readiness && member_has(object, "terminationGracePeriodSeconds"))
        validation_invalid(v, "terminationGracePeriodSeconds",
                           json_get(object, "terminationGracePeriodSeconds"),
                           "must not be set for readinessProbes");
}

void validate_lifecycle_handler(struct validation *v, const struct json *object)
{
    static const char *const handlers[] = {"exec", "httpGet", "tcpSocket", "sleep", NULL};

    validate_one_handler(v, object, handlers);
}

void validate_http_get(struct validation *v, const struct json *object)
{
    validate_port(v, object, "port");
}

void validate_tcp_socket(struct validation *v, const struct json *object)
{
    validate_port(v, object, "port");
}

/* Whole units of something that cannot be shared: what is requested is what is limited. */
static bool is_extended(struct slice name)
{
    if (slice_starts(name, "hugepages-"))
        return true;
    return memchr(name.data, '/', name.size) && !slice_starts(name, "kubernetes.io/");
}

static void validate_resource_name(struct validation *v, const struct json *amount)
{
    static const char *const standard[] = {"cpu", "memory", "ephemeral-storage"};
    struct slice name = {amount->key, amount->key_size};
    const char *wrong = name_check_qualified(name);

    if (wrong) {
        validation_invalid(
            v, "", &(struct json){.type = JSON_STRING, .string = name.data, .size = (uint32_t)name.size},
            "%s", wrong);
        return;
    }
    if (is_extended(name))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(standard); i++)
        if (slice_is(name, standard[i]))
            return;
    validation_invalid(v, "",
                       &(struct json){.type = JSON_STRING, .string = name.data, .size = (uint32_t)name.size},
                       "must be a standard resource for containers");
}

static void validate_amounts(struct validation *v, const struct json *resources, const char *key)
{
    json_for_each (it, json_get(resources, key)) {
        struct validation_place map, here;
        struct quantity amount;
        validation_enter(v, &map, key, NO_INDEX);
        validation_enter(v, &here, it->key, NO_INDEX);
        here.in_map = true;
        validate_resource_name(v, it);
        if (quantity_parse(json_slice(it), &amount) && amount.nano < 0)
            validation_invalid(v, "", it, "must be greater than or equal to 0");
        validation_leave(v);
        validation_leave(v);
    }
}

static void validate_request(struct validation *v, const struct json *request, const struct json *limit)
{
    struct slice name = {request->key, request->key_size};
    struct quantity asked, most;

    if (!limit) {
        if (is_extended(name))
            validation_required(v, "limits", "Limit must be set for non overcommitable resources");
        return;
    }
    if (!quantity_parse(json_slice(request), &asked) || !quantity_parse(json_slice(limit), &most))
        return;
    int order = quantity_compare(&asked, &most);
    if (order && is_extended(name))
        validation_invalid(v, "requests", request, "must be equal to %.*s limit of %s", SLICE_ARG(name),
                           limit->string);
    else if (order > 0)
        validation_invalid(v, "requests", request, "must be less than or equal to %.*s limit of %s",
                           SLICE_ARG(name), limit->string);
}

void validate_resources(struct validation *v, const struct json *object)
{
    validate_amounts(v, object, "limits");
    validate_amounts(v, object, "requests");
    json_for_each (it, json_get(object, "requests"))
        validate_request(v, it,
                         json_get_slice(json_get(object, "limits"), (struct slice){it->key, it->key_size}));
}

void validate_security_context(struct validation *v, const struct json *object)
{
    const struct json *escalation = json_get(object, "allowPrivilegeEscalation");

    if (!json_is(escalation, JSON_BOOL) || escalation->boolean)
        return;
    if (json_boolean_at(object, "privileged", false))
        validation_invalid(v, "", object,
                           "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    json_for_each (it, json_at(object, "capabilities.add"))
        if (slice_is(json_slice(it), "CAP_SYS_ADMIN"))
            validation_invalid(
                v, "", object,
                "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
}
