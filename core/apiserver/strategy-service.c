/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services: addresses and ports are given when a service is created or changes its type, kept over updates
 * that leave them out, and free again when the stored object no longer has them, which the cache tells
 * (follow).
 */
#include <stdio.h>

#include "core/api/object.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/service-allocate.h"
#include "core/apiserver/strategies.h"
#include "core/apiserver/strategy-service.h"
#include "core/base/memory.h"

static struct service_ranges ranges; /* one API server a process; set once before requests come */

static bool has_node_port(const struct json *ports, int64_t number)
{
    json_for_each (port, ports) {
        if (json_integer_at(port, "nodePort", 0) == number)
            return true;
    }
    return false;
}

/* What the old object has and the new one leaves out, where both need it. */
static void carry(struct arena *a, struct json *to, const struct json *from, const char *member)
{
    const struct json *value = json_get(from, member), *now = json_get(to, member);
    bool empty = json_is_absent(now) || (json_is(now, JSON_STRING) && !now->size) ||
                 (json_is(now, JSON_INT) && !now->integer) || (json_is(now, JSON_ARRAY) && !now->size);
    if (value && empty)
        json_set(a, to, member, json_copy(a, value));
}

/* By the ports' names: a port may change its number and keep its node port. What another port asks for is not
 * carried. */
static void carry_node_ports(struct arena *a, struct json *spec, const struct json *old)
{
    const struct json *asked = json_copy(a, json_get(spec, "ports"));
    json_for_each (port, json_get(spec, "ports")) {
        json_for_each (before, json_get(old, "ports")) {
            if (slice_equal(json_slice(json_get(port, "name")), json_slice(json_get(before, "name"))) &&
                !has_node_port(asked, json_integer_at(before, "nodePort", 0)))
                carry(a, port, before, "nodePort");
        }
    }
}

static void carry_addresses(struct arena *a, struct json *spec, const struct json *was)
{
    static const char *const members[] = {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"};
    for (size_t i = 0; i < ARRAY_SIZE(members); i++)
        carry(a, spec, was, members[i]);
    struct slice single = json_slice(json_get(spec, "clusterIP"));
    bool changed = !slice_equal(single, json_slice(json_get(was, "clusterIP")));
    if (changed && json_equal(json_get(spec, "clusterIPs"), json_get(was, "clusterIPs")))
        json_append(a, json_set_array(a, spec, "clusterIPs"),
                    json_new_slice(a, single)); /* it alone was set */
}

static void carry_allocated(struct arena *a, struct json *service, const struct json *old)
{
    struct json *spec = json_get(service, "spec");
    const struct json *was = json_get(old, "spec");
    if (!service_is_type(service, "ExternalName") && !service_is_type(old, "ExternalName"))
        carry_addresses(a, spec, was);
    if (service_needs_node_ports(service) && service_needs_node_ports(old))
        carry_node_ports(a, spec, was);
    if (service_needs_health_port(service) && service_needs_health_port(old))
        carry(a, spec, was, "healthCheckNodePort");
}

static void drop_same(struct json *spec, const struct json *old, const char *member)
{
    if (json_equal_semantic(json_get(spec, member), json_get(old, member)))
        json_remove(spec, member);
}

static bool may_have_node_ports(const struct json *service)
{
    return service_is_type(service, "NodePort") || service_is_type(service, "LoadBalancer");
}

static void drop_node_ports(struct json *spec, const struct json *old)
{
    json_for_each (port, json_get(spec, "ports")) {
        if (has_node_port(json_get(old, "ports"), json_integer_at(port, "nodePort", 0)))
            json_remove(port, "nodePort");
    }
}

/* What the new type has no use for, unless the update changed it (validation then says so). */
static void drop_unused(struct json *service, const struct json *old)
{
    struct json *spec = json_get(service, "spec");
    const struct json *was = json_get(old, "spec");
    if (service_is_type(service, "ExternalName") && !service_is_type(old, "ExternalName")) {
        static const char *const members[] = {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy",
                                              "internalTrafficPolicy"};
        for (size_t i = 0; i < ARRAY_SIZE(members); i++)
            drop_same(spec, was, members[i]);
    }
    if (!may_have_node_ports(service))
        drop_node_ports(spec, was);
    if (service_needs_health_port(old) && !service_needs_health_port(service))
        drop_same(spec, was, "healthCheckNodePort");
    if (service_is_type(old, "LoadBalancer") && !service_is_type(service, "LoadBalancer")) {
        drop_same(spec, was, "allocateLoadBalancerNodePorts");
        drop_same(spec, was, "loadBalancerClass");
    }
    if (!may_have_node_ports(service) && !json_count(json_get(spec, "externalIPs")))
        drop_same(spec, was, "externalTrafficPolicy");
}

/* Its load balancer goes when its cloud comes round to it; nobody is to find an address until then. */
static void drop_status(struct arena *a, struct json *service)
{
    if (!service_is_type(service, "LoadBalancer"))
        json_set_object(a, json_ensure(a, service, "status", JSON_OBJECT), "loadBalancer");
}

static int allocate(struct api_request *r, struct json *object, const struct json *old, struct error *err)
{
    if (service_allocate_addresses(&ranges, r, object, old, err) < 0)
        return -1;
    return service_allocate_ports(&ranges, r, object, old, err);
}

static int prepare_create(struct registry *g, struct api_request *r, struct json *object, struct error *err)
{
    return allocate(r, object, NULL, err);
}

static int prepare_update(struct registry *g, struct api_request *r, const char *sub, struct json *object,
                          const struct json *old, struct error *err)
{
    if (*sub)
        return 0;
    json_ensure(&r->arena, object, "spec", JSON_OBJECT);
    carry_allocated(&r->arena, object, old);
    drop_unused(object, old);
    drop_status(&r->arena, object);
    return allocate(r, object, old, err);
}

static void finish(struct registry *g, struct api_request *r, const struct json *object,
                   const struct json *old, bool stored)
{
    service_settle(&ranges, r, stored);
}

/* Addresses and families stay as long as they are there. */
static unsigned check_kept(const struct json *object, const struct json *old, const char *list,
                           struct error *err)
{
    const struct json *now = json_at(object, list), *was = json_at(old, list);
    unsigned bad = 0;
    for (uint32_t i = 0; i < MIN(json_count(now), json_count(was)); i++) {
        const char *text = json_string_or(json_element(now, i), "");
        if (slice_is(json_slice(json_element(was, i)), text))
            continue;
        char field[32];
        snprintf(field, sizeof(field), "%s[%u]", list, i);
        error_add_cause(err, "FieldValueInvalid", field, "Invalid value: [\"%s\"]: may not change once set",
                        text);
        bad++;
    }
    return bad;
}

/* The class says who made the load balancer, and the health port what it probes. */
static unsigned check_balancer_kept(const struct json *object, const struct json *old, struct error *err)
{
    const struct json *class_ = json_at(object, "spec.loadBalancerClass"),
                      *was = json_at(old, "spec.loadBalancerClass");
    unsigned bad = 0;
    if (service_is_type(object, "LoadBalancer") && service_is_type(old, "LoadBalancer") &&
        !json_equal_semantic(class_, was)) {
        error_add_cause(err, "FieldValueInvalid", "spec.loadBalancerClass",
                        "Invalid value: \"%s\": may not change once set", json_string_or(class_, "null"));
        bad++;
    }
    if (service_needs_health_port(object) && service_needs_health_port(old) &&
        !json_equal(json_at(object, "spec.healthCheckNodePort"), json_at(old, "spec.healthCheckNodePort"))) {
        error_add_cause(err, "FieldValueForbidden", "spec.healthCheckNodePort",
                        "Forbidden: field is immutable");
        bad++;
    }
    return bad;
}

static unsigned check_status(const struct json *object, struct error *err)
{
    if (service_is_type(object, "LoadBalancer") ||
        !json_count(json_at(object, "status.loadBalancer.ingress")))
        return 0;
    error_add_cause(err, "FieldValueForbidden", "status.loadBalancer.ingress",
                    "Forbidden: may only be used when `spec.type` is 'LoadBalancer'");
    return 1;
}

static unsigned validate(struct registry *g, struct api_request *r, const char *sub,
                         const struct json *object, const struct json *old, struct error *err)
{
    unsigned bad = check_status(object, err);
    if (!old)
        return bad;
    bool alias = service_is_type(object, "ExternalName") || service_is_type(old, "ExternalName");
    if (!alias && !(service_is_headless(object) && service_is_headless(old)))
        bad +=
            check_kept(object, old, "spec.clusterIPs", err) + check_kept(object, old, "spec.ipFamilies", err);
    return bad + check_balancer_kept(object, old, err);
}

/* The stored services, told by the cache. Numbers that `except` has too are left alone, so that a service's
 * own are never free for a moment. */
static bool has_address(const struct json *service, struct slice address)
{
    json_for_each (item, json_at(service, "spec.clusterIPs")) {
        if (slice_equal(json_slice(item), address))
            return true;
    }
    return false;
}

static bool has_port(const struct json *service, int64_t number)
{
    return has_node_port(json_at(service, "spec.ports"), number) ||
           json_integer_at(service, "spec.healthCheckNodePort", 0) == number;
}

typedef void number_function(struct allocator *a, uint32_t number);

static void each_port(const struct json *except, int64_t number, number_function *function)
{
    if (number >= ranges.port_first && number <= ranges.port_last && !has_port(except, number))
        function(ranges.ports, (uint32_t)number - ranges.port_first);
}

static void each_number(const struct json *service, const struct json *except, number_function *function)
{
    json_for_each (item, json_at(service, "spec.clusterIPs")) {
        uint32_t number;
        for (unsigned i = 0; i < ranges.families && !has_address(except, json_slice(item)); i++) {
            if (range_number(&ranges.addresses[i], json_slice(item), &number))
                function(ranges.addresses[i].allocator, number);
        }
    }
    each_port(except, json_integer_at(service, "spec.healthCheckNodePort", 0), function);
    json_for_each (item, json_at(service, "spec.ports"))
        each_port(except, json_integer_at(item, "nodePort", 0), function);
}

static void follow(void *context, const struct object *old, const struct object *new_)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    const struct resource *services = RESOURCE("", "v1", "services");
    const struct json *was = old ? object_parse(old, services, &arena) : NULL,
                      *now = new_ ? object_parse(new_, services, &arena) : NULL;
    each_number(now, NULL, allocator_take);
    each_number(was, now, allocator_release);
}

int service_start(struct registry *g, const struct strategy_config *config, struct error *err)
{
    service_ranges_done(&ranges);
    if (service_ranges_init(&ranges, config->service_cidrs, config->node_port_range, err) < 0)
        return -1;
    registry_subscribe(g, RESOURCE("", "v1", "services"), follow, NULL);
    return 0;
}

bool service_first_address(char out[ADDRESS_TEXT_MAX])
{
    if (!ranges.families)
        return false;
    range_address(&ranges.addresses[0], 1, out);
    return true;
}

static const char *const fields[] = {"spec.clusterIP", "spec.type", NULL};
const struct strategy strategy_service = {
    .group = "",
    .plural = "services",
    .prepare_create = prepare_create,
    .prepare_update = prepare_update,
    .validate = validate,
    .finish = finish,
    .fields = fields,
    .allow_create_on_update = true,
    .returns_deleted = true,
};
