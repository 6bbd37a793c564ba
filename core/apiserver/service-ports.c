/* SPDX-License-Identifier: Apache-2.0 */
/* Node ports of a service, and the one that load balancers probe. */
#include <stdio.h>

#include "core/api/object.h"
#include "core/apiserver/service-allocate.h"
#include "core/base/memory.h"

bool service_needs_node_ports(const struct json *service)
{
    return service && (service_is_type(service, "NodePort") ||
                       (service_is_type(service, "LoadBalancer") &&
                        json_boolean_at(service, "spec.allocateLoadBalancerNodePorts", true)));
}

bool service_needs_health_port(const struct json *service)
{
    return service && service_is_type(service, "LoadBalancer") &&
           !strcmp(json_string_or(json_at(service, "spec.externalTrafficPolicy"), ""), "Local");
}

static bool had(const struct json *old, int64_t number)
{
    json_for_each (port, json_at(old, "spec.ports")) {
        if (json_integer_at(port, "nodePort", 0) == number)
            return true;
    }
    return json_integer_at(old, "spec.healthCheckNodePort", 0) == number;
}

/* A port of another protocol of this same service may share the number. */
static int64_t shared(const struct json *ports, const struct json *port, int64_t wanted)
{
    json_for_each (other, ports) {
        int64_t number = json_integer_at(other, "nodePort", 0);
        bool another = !json_equal_semantic(json_get(other, "protocol"), json_get(port, "protocol"));
        if (other == port)
            return 0;
        if (number && another &&
            (wanted ? number == wanted
                    : json_integer_at(other, "port", 0) == json_integer_at(port, "port", 0)))
            return number;
    }
    return 0;
}

static int invalid(const struct json *service, const char *field, int64_t number, const char *why,
                   struct error *err)
{
    error_add_cause(err, "FieldValueInvalid", field, "Invalid value: %lld: %s", (long long)number, why);
    return error_set_invalid(err, "", "Service", object_name(service));
}

static int claim(struct service_ranges *s, struct api_request *r, const struct json *service,
                 const char *field, int64_t number, const struct json *old, struct error *err)
{
    if (had(old, number))
        return 0;
    if (number < s->port_first || number > s->port_last)
        return invalid(
            service, field, number,
            arena_printf(&r->arena,
                         "provided port is not in the valid range. The range of valid ports is %u-%u",
                         s->port_first, s->port_last),
            err);
    if (!allocator_claim(s->ports, r, (uint32_t)number - s->port_first))
        return invalid(service, field, number, "provided port is already allocated", err);
    return 0;
}

static int claim_any(struct service_ranges *s, struct api_request *r, int64_t *ret, struct error *err)
{
    uint32_t number;
    if (!allocator_claim_any(s->ports, r, &number))
        return error_set(err, ERR_INTERNAL, "failed to allocate a nodePort: range is full");
    *ret = s->port_first + number;
    return 0;
}

static int allocate_health_port(struct service_ranges *s, struct api_request *r, struct json *service,
                                const struct json *old, struct error *err)
{
    struct json *spec = json_get(service, "spec");
    int64_t number = json_integer_at(spec, "healthCheckNodePort", 0);
    if (!service_needs_health_port(service))
        return 0;
    if (number)
        return claim(s, r, service, "spec.healthCheckNodePort", number, old, err);
    if (claim_any(s, r, &number, err) < 0)
        return -1;
    json_set_int(&r->arena, spec, "healthCheckNodePort", number);
    return 0;
}

int service_allocate_ports(struct service_ranges *s, struct api_request *r, struct json *service,
                           const struct json *old, struct error *err)
{
    struct json *ports = json_at(service, "spec.ports");
    bool wanted = service_needs_node_ports(service);
    unsigned i = 0;
    json_for_each (port, ports) { /* those that were asked for come first */
        char field[48];
        int64_t number = json_integer_at(port, "nodePort", 0);
        snprintf(field, sizeof(field), "spec.ports[%u].nodePort", i++);
        if (number && !shared(ports, port, number) && claim(s, r, service, field, number, old, err) < 0)
            return -1;
    }
    json_for_each (port, ports) {
        int64_t number = json_integer_at(port, "nodePort", 0);
        if (!wanted || number)
            continue;
        number = shared(ports, port, 0);
        if (!number && claim_any(s, r, &number, err) < 0)
            return -1;
        json_set_int(&r->arena, port, "nodePort", number);
    }
    return allocate_health_port(s, r, service, old, err);
}
