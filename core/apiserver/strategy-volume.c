/* SPDX-License-Identifier: Apache-2.0 */
/* Persistent volumes and claims: both begin as Pending; what a claim asks for does not change but for its
 * size. */
#include "core/api/object.h"
#include "core/apiserver/strategies.h"

static int prepare_create(struct registry *g, struct api_request *r, struct json *object, struct error *err)
{
    json_set_string(&r->arena, json_set_object(&r->arena, object, "status"), "phase", "Pending");
    return 0;
}

/* What may change is taken from the old one; what then differs was not to change. */
static unsigned validate_claim(struct registry *g, struct api_request *r, const char *sub,
                               const struct json *object, const struct json *old, struct error *err)
{
    static const char *const free_members[] = {"resources", "volumeName", "volumeAttributesClassName", NULL};
    if (!old || *sub)
        return 0;
    const struct json *now = json_get(object, "spec");
    struct json *spec = now ? json_copy(&r->arena, now) : json_new_object(&r->arena);
    const struct json *was = json_get(old, "spec");
    bool bound = json_slice(json_get(was, "volumeName")).size;
    for (const char *const *member = free_members; *member; member++) {
        if (!strcmp(*member, "volumeName") && bound)
            continue;
        json_remove(spec, *member);
        if (json_get(was, *member))
            json_set(&r->arena, spec, *member, json_copy(&r->arena, json_get(was, *member)));
    }
    if (json_equal_semantic(spec, was))
        return 0;
    error_add_cause(err, "FieldValueForbidden", "spec",
                    "Forbidden: spec is immutable after creation except resources.requests and "
                    "volumeAttributesClassName for bound claims");
    return 1;
}

const struct strategy strategy_volume = {
    .group = "", .plural = "persistentvolumes", .prepare_create = prepare_create, .returns_deleted = true};
const struct strategy strategy_volume_claim = {.group = "",
                                               .plural = "persistentvolumeclaims",
                                               .prepare_create = prepare_create,
                                               .validate = validate_claim,
                                               .returns_deleted = true};
