/* SPDX-License-Identifier: Apache-2.0 */
/* Containers: images, ports, probes, handlers, resources. */
#include <ctype.h>

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

/* A template may have an image with spaces around it: somebody else puts the right one there. */
void validate_container(struct validation *v, const struct json *object)
{
    const struct json *image = json_get(object, "image");
    struct slice text = json_slice(image);

    if (text.size == 0)
        validation_required(v, "image", "");
    else if (slice_trim(text).size != text.size && strcmp(v->type->kind, "Pod") == 0)
        validation_invalid(v, "image", image, "must not have leading or trailing whitespace");
    validate_unique(v, object, "ports", "name");
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

static bool is_header_name(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!isalnum((unsigned char)text.data[i]) && text.data[i] != '-')
            return false;
    return text.size > 0;
}

void validate_http_get(struct validation *v, const struct json *object)
{
    validate_port(v, object, "port");
    json_for_each (it, json_get(object, "httpHeaders")) {
        const struct json *name = json_get(it, "name");
        if (!is_header_name(json_slice(name)))
            validation_invalid(v, "httpHeaders", name,
                               "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. "
                               "'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')");
    }
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

/* Whether the amount is a whole number. */
static bool is_whole(const struct quantity *amount)
{
    return amount->nano % 1000000000 == 0;
}

void validate_amounts(struct validation *v, const struct json *object, const char *key)
{
    json_for_each (it, json_get(object, key)) {
        struct validation_place here[2];
        struct quantity amount;
        validation_enter_value(v, here, key, it);
        validate_resource_name(v, it);
        if (!quantity_parse(json_slice(it), &amount))
            amount = (struct quantity){0};
        if (amount.nano < 0)
            validation_invalid(v, "", it, "must be greater than or equal to 0");
        else if (is_extended((struct slice){it->key, it->key_size}) && !is_whole(&amount))
            validation_invalid(v, "", it, "must be an integer");
        validation_leave_value(v);
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

static bool has_amount(const struct json *object, const char *list, const char *prefix)
{
    json_for_each (it, json_get(object, list))
        if (slice_starts((struct slice){it->key, it->key_size}, prefix))
            return true;
    return false;
}

void validate_resources(struct validation *v, const struct json *object)
{
    bool pages = has_amount(object, "limits", "hugepages-") || has_amount(object, "requests", "hugepages-"),
         cpu = has_amount(object, "limits", "cpu") || has_amount(object, "requests", "cpu"),
         memory = has_amount(object, "limits", "memory") || has_amount(object, "requests", "memory");

    validate_amounts(v, object, "limits");
    validate_amounts(v, object, "requests");
    if (pages && !cpu && !memory)
        validation_forbidden(v, "", "HugePages require cpu or memory");
    json_for_each (it, json_get(object, "requests"))
        validate_request(v, it,
                         json_get_slice(json_get(object, "limits"), (struct slice){it->key, it->key_size}));
}
