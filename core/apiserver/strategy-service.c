/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services: addresses and ports are given when a service is created or changes its type, kept over updates
 * that leave them out, and free again when the stored object no longer has them, which the cache tells
 * (follow).
 */
#include "core/api/object.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/service-allocate.h"
#include "core/apiserver/strategies.h"
#include "core/apiserver/strategy-service.h"
#include "core/base/memory.h"

static struct service_ranges ranges; /* one API server a process; set once before requests come */

/* What the old object has and the new one leaves out, where both need it. */
static void carry(struct arena *a, struct json *to, const struct json *from, const char *member)
{
    const struct json *value = json_get(from, member), *now = json_get(to, member);
    bool empty = json_is_absent(now) || (json_is(now, JSON_STRING) && !now->size) ||
                 (json_is(now, JSON_INT) && !now->integer) || (json_is(now, JSON_ARRAY) && !now->size);
    if (value && empty)
        json_set(a, to, member, json_copy(a, value));
}

static void carry_node_ports(struct arena *a, struct json *spec, const struct json *old)
{
    json_for_each (port, json_get(spec, "ports")) {
        json_for_each (before, json_get(old, "ports")) {
            bool same = json_equal_semantic(json_get(port, "port"), json_get(before, "port")) &&
                        json_equal_semantic(json_get(port, "protocol"), json_get(before, "protocol"));
            if (same)
                carry(a, port, before, "nodePort");
        }
    }
}

static void carry_allocated(struct arena *a, struct json *service, const struct json *old)
{
    struct json *spec = json_get(service, "spec");
    const struct json *was = json_get(old, "spec");
    if (!service_is_type(service, "ExternalName") && !service_is_type(old, "ExternalName")) {
        bool dropped_second =
            json_count(json_get(spec, "clusterIPs")) || json_slice(json_get(spec, "clusterIP")).size;
        carry(a, spec, was, "clusterIP");
        if (!dropped_second)
            carry(a, spec, was, "clusterIPs");
        carry(a, spec, was, "ipFamilies");
        carry(a, spec, was, "ipFamilyPolicy");
    }
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
    if (service_needs_node_ports(old) && !service_needs_node_ports(service) &&
        !service_is_type(service, "LoadBalancer")) {
        json_for_each (port, json_get(spec, "ports")) {
            if (json_integer_at(port, "nodePort", 0))
                json_remove(port, "nodePort");
        }
    }
    if (service_needs_health_port(old) && !service_needs_health_port(service))
        drop_same(spec, was, "healthCheckNodePort");
    if (service_is_type(old, "LoadBalancer") && !service_is_type(service, "LoadBalancer")) {
        drop_same(spec, was, "allocateLoadBalancerNodePorts");
        drop_same(spec, was, "loadBalancerClass");
    }
    bool external = service_is_type(service, "NodePort") || service_is_type(service, "LoadBalancer") ||
                    json_count(json_get(spec, "externalIPs"));
    if (!external)
        drop_same(spec, was, "externalTrafficPolicy");
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
    return allocate(r, object, old, err);
}

static void finish(struct registry *g, struct api_request *r, const struct json *object,
                   const struct json *old, bool stored)
{
    service_settle(&ranges, r, stored);
}

/* Addresses stay, unless the service is or becomes an alias. */
static unsigned validate(struct registry *g, struct api_request *r, const char *sub,
                         const struct json *object, const struct json *old, struct error *err)
{
    const struct json *now = json_at(object, "spec.clusterIPs[0]"), *was = json_at(old, "spec.clusterIPs[0]");
    if (!old || service_is_type(object, "ExternalName") || service_is_type(old, "ExternalName") ||
        json_is_absent(was) || json_equal(now, was))
        return 0;
    error_add_cause(err, "FieldValueInvalid", "spec.clusterIPs[0]",
                    "Invalid value: [\"%s\"]: may not change once set", json_string_or(now, ""));
    return 1;
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
    json_for_each (item, json_at(service, "spec.ports")) {
        if (json_integer_at(item, "nodePort", 0) == number)
            return true;
    }
    return json_integer_at(service, "spec.healthCheckNodePort", 0) == number;
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
