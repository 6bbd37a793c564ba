/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a Service that its load balancer follows; see service-change.h. */
#include "core/cloud-controller-manager/service-change.h"

#include "core/api/object.h"
#include "core/base/memory.h"
#include "core/cloud-controller-manager/service-choice.h"

/* In upstream's order, which decides what the event says when several change. */
static const struct {
    const char *path, *reason;
    bool counted; /* the event tells how many there are */
} fields[] = {
    {"spec.type", "Type", false},
    {"spec.loadBalancerClass", "LoadBalancerClass", false},
    {"metadata.deletionTimestamp", NULL, false},
    {"spec.loadBalancerSourceRanges", "LoadBalancerSourceRanges", false},
    {"spec.sessionAffinity", NULL, false},
    {"spec.sessionAffinityConfig", NULL, false},
    {"spec.loadBalancerIP", "LoadbalancerIP", false},
    {"spec.externalIPs", "ExternalIP", true},
    {"metadata.uid", "UID", false},
    {"spec.externalTrafficPolicy", "ExternalTrafficPolicy", false},
    {"spec.healthCheckNodePort", "HealthCheckNodePort", false},
    {"spec.ipFamilies", "IPFamilies", true},
    {"spec.allocateLoadBalancerNodePorts", NULL, false},
};

static const char *text_of(struct arena *arena, const struct json *value)
{
    if (json_is_absent(value))
        return "";
    if (json_is(value, JSON_STRING))
        return json_string(value);
    _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;
    json_write(&out, value);
    return arena_strdup(arena, out.data);
}

static bool ports_differ(const struct json *old, const struct json *now)
{
    static const char *const members[] = {"name",     "protocol",   "port",
                                          "nodePort", "targetPort", "appProtocol"};
    const struct json *a = json_at(old, "spec.ports"), *b = json_at(now, "spec.ports");
    if (json_count(a) != json_count(b))
        return true;
    for (uint32_t i = 0; i < json_count(a); i++)
        for (size_t m = 0; m < ARRAY_SIZE(members); m++)
            if (!json_equal_semantic(json_get(json_element(a, i), members[m]),
                                     json_get(json_element(b, i), members[m])))
                return true;
    return false;
}

/* Every annotation of `from`, but the one that we write, stands in `in` with the same value. */
static bool annotations_stand(const struct json *from, const struct json *in)
{
    json_for_each (a, json_at(from, "metadata.annotations"))
        if (strcmp(a->key, SERVICE_ANNOTATION_HOLDER) != 0 &&
            !json_equal(a, json_get(json_at(in, "metadata.annotations"), a->key)))
            return false;
    return true;
}

/* Somebody, or we when we removed it, took away what says who holds it. */
static bool lost_claim(const struct json *old, const struct json *now)
{
    const char *before = object_annotation(old, SERVICE_ANNOTATION_HOLDER),
               *after = object_annotation(now, SERVICE_ANNOTATION_HOLDER);
    return (before && (!after || strcmp(before, after) != 0)) ||
           (object_has_finalizer(old, SERVICE_FINALIZER) && !object_has_finalizer(now, SERVICE_FINALIZER));
}

/* Somebody cleared the status, which may be the only record of the address. */
static bool lost_address(const struct json *old, const struct json *now)
{
    static const char path[] = "status.loadBalancer.ingress";
    return json_count(json_at(old, path)) && !json_count(json_at(now, path));
}

bool service_has_changed(const struct json *old, const struct json *now, struct arena *arena,
                         struct service_change *ret)
{
    *ret = (struct service_change){NULL, NULL};
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        const struct json *a = json_at(old, fields[i].path), *b = json_at(now, fields[i].path);
        if (json_equal_semantic(a, b))
            continue;
        ret->reason = fields[i].reason;
        ret->message = fields[i].counted && json_count(a) != json_count(b)
                           ? arena_printf(arena, "Count: %u -> %u", json_count(a), json_count(b))
                           : arena_printf(arena, "%s -> %s", text_of(arena, a), text_of(arena, b));
        return true;
    }
    return ports_differ(old, now) || !annotations_stand(old, now) || !annotations_stand(now, old) ||
           lost_claim(old, now) || lost_address(old, now);
}
