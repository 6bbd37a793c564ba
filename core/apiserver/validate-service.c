/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of services (upstream's ValidateService): ports, names, what each type needs and forbids, what may
 * not change. */
#include <stdio.h>

#include "core/api/names.h"
#include "core/api/object.h"
#include "core/apiserver/service-allocate.h"
#include "core/apiserver/strategy-service.h"
#include "core/base/memory.h"

enum { FIELD_MAX = 80 };

static const char *port_field(char out[FIELD_MAX], unsigned index, const char *member)
{
    snprintf(out, FIELD_MAX, "spec.ports[%u]%s%s", index, *member ? "." : "", member);
    return out;
}

static bool same(const struct json *a, const struct json *b, const char *member)
{
    return json_equal_semantic(json_get(a, member), json_get(b, member));
}

static unsigned check_port(const struct json *ports, const struct json *port, unsigned index,
                           struct error *err)
{
    char where[FIELD_MAX];
    unsigned bad = 0;
    struct slice name = json_slice(json_get(port, "name"));
    const char *why = name.size ? name_check_dns1123_label(name) : NULL;
    int64_t number = json_integer_at(port, "port", 0);
    if (!name.size && json_count(ports) > 1 && ++bad)
        error_add_cause(err, "FieldValueRequired", port_field(where, index, "name"), "Required value");
    if (why && ++bad)
        error_add_cause(err, "FieldValueInvalid", port_field(where, index, "name"),
                        "Invalid value: \"%.*s\": %s", SLICE_ARG(name), why);
    if ((number < 1 || number > 65535) && ++bad)
        error_add_cause(err, "FieldValueInvalid", port_field(where, index, "port"),
                        "Invalid value: %lld: must be between 1 and 65535, inclusive", (long long)number);
    json_for_each (earlier, ports) {
        if (earlier == port)
            break;
        if (name.size && slice_equal(json_slice(json_get(earlier, "name")), name) && ++bad)
            error_add_cause(err, "FieldValueDuplicate", port_field(where, index, "name"),
                            "Duplicate value: \"%.*s\"", SLICE_ARG(name));
        if (same(earlier, port, "port") && same(earlier, port, "protocol") && ++bad)
            error_add_cause(err, "FieldValueDuplicate", port_field(where, index, ""),
                            "Duplicate value: {\"protocol\":\"%s\",\"port\":%lld}",
                            json_string_or(json_get(port, "protocol"), ""), (long long)number);
    }
    return bad;
}

static unsigned check_ports(const struct json *service, struct error *err)
{
    const struct json *ports = json_at(service, "spec.ports");
    unsigned bad = 0, index = 0;
    bool node_ports = service_is_type(service, "NodePort") || service_is_type(service, "LoadBalancer");
    if (!json_count(ports) && !service_is_headless(service) && !service_is_type(service, "ExternalName") &&
        ++bad)
        error_add_cause(err, "FieldValueRequired", "spec.ports", "Required value");
    json_for_each (port, ports) {
        char where[FIELD_MAX];
        bad += check_port(ports, port, index, err);
        if (!node_ports && json_integer_at(port, "nodePort", 0) && ++bad)
            error_add_cause(err, "FieldValueForbidden", port_field(where, index, "nodePort"),
                            "Forbidden: may not be used when `type` is '%s'",
                            json_string_or(json_at(service, "spec.type"), "ClusterIP"));
        index++;
    }
    return bad;
}

static unsigned check_type(const struct json *service, struct error *err)
{
    unsigned bad = 0;
    struct slice external = json_slice(json_at(service, "spec.externalName"));
    if (service_is_type(service, "ExternalName")) {
        while (external.size && external.data[external.size - 1] == '.')
            external.size--;
        const char *why = external.size ? name_check_dns1123_subdomain(external) : NULL;
        if (!external.size && ++bad)
            error_add_cause(err, "FieldValueRequired", "spec.externalName", "Required value");
        if (why && ++bad)
            error_add_cause(err, "FieldValueInvalid", "spec.externalName", "Invalid value: \"%.*s\": %s",
                            SLICE_ARG(external), why);
        if (json_slice(json_at(service, "spec.clusterIP")).size && ++bad)
            error_add_cause(err, "FieldValueForbidden", "spec.clusterIPs[0]",
                            "Forbidden: may not be set for ExternalName services");
    }
    if (service_is_headless(service) && !service_is_type(service, "ClusterIP") &&
        !service_is_type(service, "ExternalName") && ++bad)
        error_add_cause(err, "FieldValueInvalid", "spec.clusterIPs[0]",
                        "Invalid value: \"None\": may not be set to 'None' for %s services",
                        json_string_or(json_at(service, "spec.type"), ""));
    if (json_integer_at(service, "spec.healthCheckNodePort", 0) && !service_needs_health_port(service) &&
        ++bad)
        error_add_cause(err, "FieldValueInvalid", "spec.healthCheckNodePort",
                        "Invalid value: %lld: may only be set when `type` is 'LoadBalancer' and "
                        "`externalTrafficPolicy` is 'Local'",
                        (long long)json_integer_at(service, "spec.healthCheckNodePort", 0));
    return bad;
}

static unsigned check_selector(const struct json *service, struct error *err)
{
    unsigned bad = 0;
    json_for_each (pair, json_at(service, "spec.selector")) {
        const char *why = name_check_qualified((struct slice){pair->key, pair->key_size});
        if (!why)
            why = name_check_label_value(json_slice(pair));
        if (why && ++bad)
            error_add_cause(err, "FieldValueInvalid", "spec.selector", "Invalid value: \"%s\": %s", pair->key,
                            why);
    }
    return bad;
}

/* Addresses stay, unless the service is or becomes an alias; a second family may be added or given back. */
static unsigned check_change(const struct json *service, const struct json *old, struct error *err)
{
    const struct json *now = json_at(service, "spec.clusterIPs[0]"),
                      *was = json_at(old, "spec.clusterIPs[0]");
    if (service_is_type(service, "ExternalName") || service_is_type(old, "ExternalName") ||
        json_is_absent(was) || json_equal(now, was))
        return 0;
    error_add_cause(err, "FieldValueInvalid", "spec.clusterIPs[0]",
                    "Invalid value: [\"%s\"]: may not change once set", json_string_or(now, ""));
    return 1;
}

unsigned service_validate(const struct json *service, const struct json *old, struct error *err)
{
    return check_ports(service, err) + check_type(service, err) + check_selector(service, err) +
           (old ? check_change(service, old, err) : 0);
}
