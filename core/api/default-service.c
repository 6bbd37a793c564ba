/* SPDX-License-Identifier: Apache-2.0 */
/* Defaults of services and network policies that follow from other fields. */
#include "core/api/schema/hooks.h"

#define AFFINITY_TIMEOUT_S 10800

static bool spec_is(const struct json *spec, const char *key, const char *value)
{
    return slice_is(json_slice(json_get(spec, key)), value);
}

static void default_string(struct arena *arena, struct json *object, const char *key, const char *value)
{
    if (json_slice(json_get(object, key)).size == 0)
        json_set_string(arena, object, key, value);
}

static void default_target_port(struct arena *arena, struct json *port)
{
    const struct json *target = json_get(port, "targetPort"), *number = json_get(port, "port");
    bool zero = json_is_absent(target) ||
                (json_is(target, JSON_INT) ? target->integer == 0 : json_slice(target).size == 0);

    if (zero && json_is(number, JSON_INT))
        json_set_int(arena, port, "targetPort", number->integer);
}

void default_service_spec(struct arena *arena, struct json *object)
{
    bool cluster_ip = spec_is(object, "type", "ClusterIP"),
         balancer = spec_is(object, "type", "LoadBalancer");
    bool node_port = spec_is(object, "type", "NodePort");

    if (spec_is(object, "sessionAffinity", "ClientIP")) {
        struct json *config = json_ensure(arena, object, "sessionAffinityConfig.clientIP", JSON_OBJECT);
        if (json_is_absent(json_get(config, "timeoutSeconds")))
            json_set_int(arena, config, "timeoutSeconds", AFFINITY_TIMEOUT_S);
    } else { /* so that affinity is switched off by its one field */
        json_remove(object, "sessionAffinityConfig");
    }
    json_for_each (port, json_get(object, "ports"))
        default_target_port(arena, port);
    if (node_port || balancer || (cluster_ip && json_count(json_get(object, "externalIPs"))))
        default_string(arena, object, "externalTrafficPolicy", "Cluster");
    if (node_port || balancer || cluster_ip)
        default_string(arena, object, "internalTrafficPolicy", "Cluster");
    if (balancer && json_is_absent(json_get(object, "allocateLoadBalancerNodePorts")))
        json_set_bool(arena, object, "allocateLoadBalancerNodePorts", true);
}

void default_load_balancer_ingress(struct arena *arena, struct json *object)
{
    if (json_slice(json_get(object, "ip")).size)
        default_string(arena, object, "ipMode", "VIP");
}

void default_network_policy_spec(struct arena *arena, struct json *object)
{
    if (json_count(json_get(object, "policyTypes")))
        return;
    struct json *types = json_set_array(arena, object, "policyTypes");
    json_append_string(arena, types, "Ingress");
    if (json_count(json_get(object, "egress")))
        json_append_string(arena, types, "Egress");
}
