/* SPDX-License-Identifier: Apache-2.0 */
/* Services, endpoints and endpoint slices. */
#include <arpa/inet.h>

#include "core/api/names.h"
#include "core/api/object.h"
#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/memory.h"

#define SLICE_ENDPOINTS_MAX 1000
#define SLICE_PORTS_MAX     20000
#define NOT_FOR_ALIASES     "may not be set for ExternalName services"

static bool is_balancer(const struct json *spec)
{
    return member_is(spec, "type", "LoadBalancer");
}

static bool is_headless(const struct json *spec)
{
    return member_is(spec, "clusterIP", "None");
}

static void validate_port_name(struct validation *v, const struct json *ports, const struct json *port)
{
    const struct json *name = json_get(port, "name");

    if (json_slice(name).size == 0) {
        if (json_count(ports) > 1)
            validation_required(v, "name", "");
        return;
    }
    for (const struct json *before = ports->first; before != port; before = before->next)
        if (slice_equal(json_slice(json_get(before, "name")), json_slice(name))) {
            validation_duplicate(v, "name", name);
            return;
        }
}

static bool same_number(const struct json *a, const struct json *b, const char *key)
{
    return json_integer_at(a, key, 0) && json_integer_at(a, key, 0) == json_integer_at(b, key, 0) &&
           slice_equal(json_slice(json_get(a, "protocol")), json_slice(json_get(b, "protocol")));
}

static void validate_port_unlike(struct validation *v, const struct json *ports, const struct json *port)
{
    for (const struct json *before = ports->first; before != port; before = before->next) {
        if (same_number(before, port, "port")) {
            validation_duplicate(v, "", port);
            return;
        }
        if (same_number(before, port, "nodePort")) {
            validation_duplicate(v, "nodePort", json_get(port, "nodePort"));
            return;
        }
    }
}

static void validate_service_ports(struct validation *v, const struct json *spec)
{
    const struct json *ports = json_get(spec, "ports");
    bool node_ports = is_balancer(spec) || member_is(spec, "type", "NodePort");
    uint32_t index = 0;

    if (json_count(ports) == 0 && !is_headless(spec) && !member_is(spec, "type", "ExternalName"))
        validation_required(v, "ports", "");
    json_for_each (it, ports) {
        struct validation_place here;
        validation_enter(v, &here, "ports", index++);
        validate_port_name(v, ports, it);
        validate_port_unlike(v, ports, it);
        validate_port(v, it, "targetPort");
        if (json_integer_at(it, "nodePort", 0) && !node_ports)
            validation_forbidden(v, "nodePort", "may not be used when `type` is '%s'",
                                 json_string_or(json_get(spec, "type"), ""));
        validation_leave(v);
    }
}

static void validate_external_name(struct validation *v, const struct json *spec)
{
    const struct json *name = json_get(spec, "externalName");
    struct slice text = json_slice(name);
    const char *wrong;

    if (json_count(json_get(spec, "clusterIPs")) || member_has(spec, "clusterIP"))
        validation_forbidden(v, "clusterIPs", NOT_FOR_ALIASES);
    if (json_count(json_get(spec, "ipFamilies")))
        validation_forbidden(v, "ipFamilies", NOT_FOR_ALIASES);
    if (member_has(spec, "ipFamilyPolicy"))
        validation_forbidden(v, "ipFamilyPolicy", NOT_FOR_ALIASES);
    if (text.size && text.data[text.size - 1] == '.')
        text.size--;
    if (text.size == 0)
        validation_required(v, "externalName", "");
    else if ((wrong = name_check_dns1123_subdomain(text)))
        validation_invalid(v, "externalName", name, "%s", wrong);
}

static void validate_addresses(struct validation *v, const struct json *spec)
{
    const struct json *first = json_get(spec, "clusterIP"), *list = json_get(spec, "clusterIPs");
    uint32_t index = 0;

    if (is_headless(spec) && (is_balancer(spec) || member_is(spec, "type", "NodePort")))
        validation_invalid(v, "clusterIPs[0]", first, "may not be set to 'None' for %s services",
                           json_string_or(json_get(spec, "type"), ""));
    if (json_slice(first).size && !is_headless(spec) && name_check_ip(json_slice(first)))
        validation_invalid(v, "clusterIP", first, "must be empty, 'None', or a valid IP address");
    json_for_each (it, list) {
        struct validation_place here;
        validation_enter(v, &here, "clusterIPs", index++);
        if (!slice_is(json_slice(it), "None") && name_check_ip(json_slice(it)))
            validation_invalid(v, "", it, "must be empty, 'None', or a valid IP address");
        validation_leave(v);
    }
    if (list && json_slice(first).size && !slice_equal(json_slice(json_element(list, 0)), json_slice(first)))
        validation_invalid(v, "clusterIPs", list, "first value must match `clusterIP`");
    if (json_count(list) > 2)
        validation_invalid(v, "clusterIPs", list, "may only hold up to 2 values");
}

/* Fields that mean something for one type only. */
static void validate_by_type(struct validation *v, const struct json *spec)
{
    static const char *const balancer_only[] = {"loadBalancerSourceRanges", "allocateLoadBalancerNodePorts",
                                                "loadBalancerClass"};
    bool external =
        is_balancer(spec) || member_is(spec, "type", "NodePort") || json_count(json_get(spec, "externalIPs"));

    for (size_t i = 0; i < ARRAY_SIZE(balancer_only) && !is_balancer(spec); i++)
        if (member_has(spec, balancer_only[i]))
            validation_forbidden(v, balancer_only[i], "may only be used when `type` is 'LoadBalancer'");
    if (member_has(spec, "externalTrafficPolicy") && !external)
        validation_invalid(v, "externalTrafficPolicy", json_get(spec, "externalTrafficPolicy"),
                           "may only be set for externally-accessible services");
    if (json_integer_at(spec, "healthCheckNodePort", 0) &&
        !(is_balancer(spec) && member_is(spec, "externalTrafficPolicy", "Local")))
        validation_invalid(
            v, "healthCheckNodePort", json_get(spec, "healthCheckNodePort"),
            "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
    if (member_is(spec, "sessionAffinity", "None") && member_has(spec, "sessionAffinityConfig"))
        validation_forbidden(v, "sessionAffinityConfig", "must not be set when session affinity is None");
}

/* The server's own address, in the namespace that only it writes to: a server that was told to listen on
 * loopback is reached there. */
static bool is_own_service(const struct json *object)
{
    return strcmp(object_name(object), "kubernetes") == 0 && strcmp(object_namespace(object), "default") == 0;
}

/* What no endpoint can be reached at. */
static const char *address_wrong(const struct validation *v, struct slice text)
{
    char plain[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;

    if (text.size >= sizeof(plain))
        return NULL;
    memcpy(plain, text.data, text.size);
    plain[text.size] = '\0';
    uint32_t ip = inet_pton(AF_INET, plain, &v4) == 1 ? ntohl(v4.s_addr) : 1;
    bool six = inet_pton(AF_INET6, plain, &v6) == 1;
    if (ip == 0 || (six && IN6_IS_ADDR_UNSPECIFIED(&v6)))
        return "may not be unspecified (0.0.0.0 or ::)";
    if ((ip >> 24 == 127 || (six && IN6_IS_ADDR_LOOPBACK(&v6))) && !is_own_service(v->root))
        return "may not be in the loopback range (127.0.0.0/8, ::1/128)";
    if (ip >> 16 == 0xa9fe || (six && IN6_IS_ADDR_LINKLOCAL(&v6)))
        return "may not be in the link-local range (169.254.0.0/16, fe80::/10)";
    if (ip >> 8 == 0xe00000 || (six && IN6_IS_ADDR_MC_LINKLOCAL(&v6)))
        return "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)";
    return NULL;
}

static void validate_external_addresses(struct validation *v, const struct json *spec)
{
    uint32_t index = 0;

    json_for_each (it, json_get(spec, "externalIPs")) {
        struct validation_place here;
        const char *wrong = address_wrong(v, json_slice(it));
        validation_enter(v, &here, "externalIPs", index++);
        if (wrong)
            validation_invalid(v, "", it, "%s", wrong);
        validation_leave(v);
    }
}

void validate_service_spec(struct validation *v, const struct json *object)
{
    const struct json *families = json_get(object, "ipFamilies");

    validate_service_ports(v, object);
    if (member_is(object, "type", "ExternalName"))
        validate_external_name(v, object);
    else
        validate_addresses(v, object);
    validate_by_type(v, object);
    validate_external_addresses(v, object);
    validate_labels(v, "selector", json_get(object, "selector"));
    if (json_count(families) == 2 && json_equal(families->first, families->last))
        validation_duplicate(v, "ipFamilies[1]", families->last);
    if (json_count(families) > 2)
        validation_invalid(v, "ipFamilies", families, "may only hold up to 2 values");
}

void validate_load_balancer_ingress(struct validation *v, const struct json *object)
{
    const struct json *host = json_get(object, "hostname");

    if (member_has(object, "ipMode") && !member_has(object, "ip"))
        validation_forbidden(v, "ipMode", "may not be specified when `ip` is not set");
    if (member_has(object, "hostname") && !name_check_ip(json_slice(host)))
        validation_invalid(v, "hostname", host, "must be a DNS name, not an IP address");
}

void validate_endpoint_subset(struct validation *v, const struct json *object)
{
    const struct json *ports = json_get(object, "ports");
    uint32_t index = 0;

    if (json_count(json_get(object, "addresses")) == 0 &&
        json_count(json_get(object, "notReadyAddresses")) == 0)
        validation_required(v, "", "must specify `addresses` or `notReadyAddresses`");
    json_for_each (it, ports) {
        struct validation_place here;
        validation_enter(v, &here, "ports", index++);
        if (json_count(ports) > 1 && !member_has(it, "name"))
            validation_required(v, "name", "");
        validation_leave(v);
    }
}

void validate_endpoint_address(struct validation *v, const struct json *object)
{
    const char *wrong = address_wrong(v, json_slice(json_get(object, "ip")));

    if (wrong)
        validation_invalid(v, "ip", json_get(object, "ip"), "%s", wrong);
}

static const char *slice_address_wrong(const struct validation *v, const struct json *slice,
                                       struct slice address)
{
    bool six = memchr(address.data, ':', address.size);

    if (member_is(slice, "addressType", "FQDN"))
        return name_check_dns1123_subdomain(address);
    if (name_check_ip(address) || six != member_is(slice, "addressType", "IPv6"))
        return member_is(slice, "addressType", "IPv6") ? "must be a valid IPv6 address"
                                                       : "must be a valid IPv4 address";
    return address_wrong(v, address);
}

static void validate_slice_endpoint(struct validation *v, const struct json *slice,
                                    const struct json *endpoint)
{
    uint32_t index = 0;

    if (json_count(json_get(endpoint, "addresses")) > 100)
        validation_too_many(v, "addresses", json_count(json_get(endpoint, "addresses")), 100);
    json_for_each (it, json_get(endpoint, "addresses")) {
        struct validation_place here;
        const char *wrong = slice_address_wrong(v, slice, json_slice(it));
        validation_enter(v, &here, "addresses", index++);
        if (wrong)
            validation_invalid(v, "", it, "%s", wrong);
        validation_leave(v);
    }
}

/* Ports without a name count as one of that name. */
static void validate_slice_port_names(struct validation *v, const struct json *ports)
{
    uint32_t index = 0;

    json_for_each (it, ports) {
        struct validation_place here;
        struct slice name = json_slice(json_get(it, "name"));
        validation_enter(v, &here, "ports", index++);
        for (const struct json *before = ports->first; before != it; before = before->next)
            if (slice_equal(json_slice(json_get(before, "name")), name)) {
                validation_duplicate(v, "name", json_get(it, "name"));
                break;
            }
        validation_leave(v);
    }
}

void validate_endpoint_slice(struct validation *v, const struct json *object)
{
    uint32_t index = 0, endpoints = json_count(json_get(object, "endpoints")),
             ports = json_count(json_get(object, "ports"));

    if (endpoints > SLICE_ENDPOINTS_MAX)
        validation_too_many(v, "endpoints", endpoints, SLICE_ENDPOINTS_MAX);
    if (ports > SLICE_PORTS_MAX)
        validation_too_many(v, "ports", ports, SLICE_PORTS_MAX);
    validate_slice_port_names(v, json_get(object, "ports"));
    json_for_each (it, json_get(object, "endpoints")) {
        struct validation_place here;
        validation_enter(v, &here, "endpoints", index++);
        validate_slice_endpoint(v, object, it);
        validation_leave(v);
    }
}
