/* SPDX-License-Identifier: Apache-2.0 */
/* Network policies and ingresses. */
#include "core/api/names.h"
#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/memory.h"

void validate_network_policy_port(struct validation *v, const struct json *object)
{
    const struct json *end = json_get(object, "endPort"), *port = json_get(object, "port");

    validate_port(v, object, "port");
    if (json_is_absent(end))
        return;
    if (json_is_absent(port))
        validation_required(v, "endPort", "must be specified");
    else if (json_is(port, JSON_STRING))
        validation_invalid(v, "endPort", end, "may not be specified when `port` is non-numeric");
    else if (json_integer_or(end, 0) < json_integer_or(port, 0))
        validation_invalid(v, "endPort", end, "must be greater than or equal to `port`");
}

void validate_network_policy_peer(struct validation *v, const struct json *object)
{
    bool selects = member_has(object, "podSelector") || member_has(object, "namespaceSelector");

    if (!selects && !member_has(object, "ipBlock"))
        validation_required(v, "", "must specify a peer");
    if (selects && member_has(object, "ipBlock"))
        validation_forbidden(v, "", "may not specify both ipBlock and another peer");
}

void validate_ip_block(struct validation *v, const struct json *object)
{
    uint32_t index = 0;

    json_for_each (it, json_get(object, "except")) {
        struct validation_place here;
        validation_enter(v, &here, "except", index++);
        if (!name_check_cidr(json_slice(it)) && !name_check_cidr(json_slice(json_get(object, "cidr"))) &&
            !cidr_is_within(json_slice(it), json_slice(json_get(object, "cidr"))))
            validation_invalid(v, "", it, "must be a strict subset of `cidr`");
        validation_leave(v);
    }
}

static void validate_host(struct validation *v, const char *field, const struct json *host)
{
    struct slice text = json_slice(host);
    bool wild = text.size && memchr(text.data, '*', text.size);
    const char *wrong = wild ? name_check_wildcard(text) : name_check_dns1123_subdomain(text);

    if (wrong && text.size)
        validation_invalid(v, field, host, "%s", wrong);
}

void validate_ingress_rule(struct validation *v, const struct json *object)
{
    const struct json *host = json_get(object, "host");

    if (json_slice(host).size && !name_check_ip(json_slice(host)))
        validation_invalid(v, "host", host, "must be a DNS name, not an IP address");
    validate_host(v, "host", host);
}

void validate_ingress_tls(struct validation *v, const struct json *object)
{
    struct validation_place here;

    validation_enter(v, &here, "hosts", 0);
    json_for_each (it, json_get(object, "hosts")) {
        validate_host(v, "", it);
        here.index++;
    }
    validation_leave(v);
}

void validate_ingress_spec(struct validation *v, const struct json *object)
{
    if (json_count(json_get(object, "rules")) == 0 && !member_has(object, "defaultBackend"))
        validation_invalid(v, "", NULL, "either `defaultBackend` or `rules` must be specified");
}

void validate_ingress_path(struct validation *v, const struct json *object)
{
    static const char *const sequences[] = {"//", "/./", "/../", "%2f", "%2F"}, *const ends[] = {"/..", "/."};
    const struct json *path = json_get(object, "path");
    struct slice text = json_slice(path);

    if (member_is(object, "pathType", "ImplementationSpecific") && text.size == 0)
        return;
    if (text.size == 0 || text.data[0] != '/') {
        validation_invalid(v, "path", path, "must be an absolute path");
        return;
    }
    if (member_is(object, "pathType", "ImplementationSpecific"))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(sequences); i++)
        if (memmem(text.data, text.size, sequences[i], strlen(sequences[i])))
            validation_invalid(v, "path", path, "must not contain '%s'", sequences[i]);
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
        if (slice_ends(text, ends[i]))
            validation_invalid(v, "path", path, "cannot end with '%s'", ends[i]);
}

void validate_ingress_backend(struct validation *v, const struct json *object)
{
    const struct json *service = json_get(object, "service"), *port = json_get(service, "port");

    if (service && member_has(object, "resource"))
        validation_invalid(v, "", NULL, "cannot set both resource and service backends");
    else if (!service && !member_has(object, "resource"))
        validation_required(v, "", "resource or service backend is required");
    if (!service)
        return;
    bool named = member_has(port, "name"), numbered = json_integer_at(port, "number", 0) != 0;
    if (named && numbered)
        validation_invalid(v, "service.port", NULL, "cannot set both port name & port number");
    else if (!named && !numbered)
        validation_required(v, "service.port", "port name or number is required");
}
