/* SPDX-License-Identifier: Apache-2.0 */
/* Which kinds differ between versions, and how: rows. All others have one shape in all versions, and only
 * apiVersion changes. */
#include "core/api/convert.h"

#include "core/base/memory.h"

static const struct conversion {
    const char *group, *version, *kind; /* of the version that is not stored */
    void (*to_stored)(struct arena *arena, struct json *object);
    void (*from_stored)(struct arena *arena, struct json *object);
} conversions[] = {
    {"events.k8s.io", "v1", "Event", convert_event_to_core, convert_event_from_core},
    {"autoscaling", "v1", "HorizontalPodAutoscaler", convert_autoscaler_to_v2, convert_autoscaler_to_v1},
    {"resource.k8s.io", "v1beta1", "ResourceSlice", convert_device_slice_to_v1,
     convert_device_slice_to_v1beta1},
    {"resource.k8s.io", "v1beta1", "ResourceClaim", convert_device_claim_to_v1,
     convert_device_claim_to_v1beta1},
    {"resource.k8s.io", "v1beta1", "ResourceClaimTemplate", convert_device_claim_to_v1,
     convert_device_claim_to_v1beta1},
};

static const struct conversion *conversion_of(const struct resource *r)
{
    for (size_t i = 0; i < ARRAY_SIZE(conversions); i++)
        if (strcmp(conversions[i].kind, r->kind) == 0 && strcmp(conversions[i].version, r->version) == 0 &&
            strcmp(conversions[i].group, r->group) == 0)
            return &conversions[i];
    return NULL;
}

bool convert_is_relabel(const struct resource *from, const struct resource *to)
{
    return from == to || (!conversion_of(from) && !conversion_of(to));
}

int convert_object(struct arena *arena, const struct resource *from, const struct resource *to,
                   struct json *object, struct error *err)
{
    const struct conversion *in = conversion_of(from), *out = conversion_of(to);

    if (from == to)
        return 0;
    if (from->storage != to->storage)
        return error_set(err, ERR_INTERNAL, "%s/%s %s is no version of %s/%s %s", from->group, from->version,
                         from->kind, to->group, to->version, to->kind);
    if (in)
        in->to_stored(arena, object);
    if (out)
        out->from_stored(arena, object);
    json_set_stringf(arena, object, "apiVersion", "%s%s%s", to->group, *to->group ? "/" : "", to->version);
    return 0;
}
