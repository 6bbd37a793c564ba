/* SPDX-License-Identifier: Apache-2.0 */
/* What a Service tells of its load balancer; see service-status.h. */
#include "core/cloud-controller-manager/service-status.h"

#include "core/api/object.h"

static bool is_said(const char *text)
{
    return text && *text;
}

struct json *service_ingress(struct arena *arena, const struct keelson_load_balancer *said)
{
    struct json *list = json_new_array(arena);
    if (!KEELSON_HAS(said, ingress) || !KEELSON_SPANS(said->ingress_size, struct keelson_ingress, ip_mode))
        return list;
    for (uint32_t i = 0; i < said->ingress_count; i++) {
        const struct keelson_ingress *from = KEELSON_AT(said->ingress, said->ingress_size, i);
        if (!is_said(from->ip) && !is_said(from->hostname))
            continue;
        struct json *to = json_append(arena, list, json_new_object(arena));
        json_set_string(arena, to, "ip", is_said(from->ip) ? from->ip : NULL);
        json_set_string(arena, to, "hostname", is_said(from->hostname) ? from->hostname : NULL);
        if (is_said(from->ip)) /* the API server takes an address without a mode for VIP */
            json_set_string(arena, to, "ipMode", is_said(from->ip_mode) ? from->ip_mode : "VIP");
    }
    return list;
}

struct json *service_status_patch(struct arena *arena, const struct json *service, const struct json *ingress)
{
    if (json_equal_semantic(json_at(service, "status.loadBalancer.ingress"), ingress))
        return NULL;
    struct json *patch = json_new_object(arena);
    json_set_string(arena, json_set_object(arena, patch, "metadata"), "uid", object_uid(service));
    struct json *balancer = json_set_object(arena, json_set_object(arena, patch, "status"), "loadBalancer");
    json_set(arena, balancer, "ingress",
             json_count(ingress) ? json_copy(arena, ingress) : json_new_null(arena));
    return patch;
}
