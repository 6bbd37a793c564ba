/* SPDX-License-Identifier: Apache-2.0 */
/* A patch of any kind, applied to a copy. */
#include "core/api/patch.h"

static int patch_by_type(struct arena *arena, enum patch_type patch_type, const struct schema_type *type,
                         struct json **object, const struct json *patch, struct error *err)
{
    switch (patch_type) {
    case PATCH_JSON:
        return patch_json(arena, object, patch, err);
    case PATCH_MERGE:
        return patch_merge(arena, *object, patch, err);
    case PATCH_STRATEGIC:
        return patch_strategic(arena, type, *object, patch, err);
    }
    return error_set(err, ERR_UNSUPPORTED_MEDIA_TYPE, "unknown kind of patch");
}

int patch_apply(struct arena *arena, enum patch_type patch_type, const struct schema_type *type,
                const struct json *original, struct slice patch, struct json **ret, struct error *err)
{
    struct json *changes, *object;

    if (patch_type == PATCH_STRATEGIC && (!type || type->flags & SCHEMA_TYPE_CUSTOM))
        return error_set(
            err, ERR_UNSUPPORTED_MEDIA_TYPE,
            "the body of the request was in an unknown format - accepted media types include: "
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");
    if (json_parse(arena, patch, &changes, err) < 0)
        return -1;
    object = json_copy(arena, original);
    if (patch_by_type(arena, patch_type, type, &object, changes, err) < 0)
        return -1;
    if (!json_is(object, JSON_OBJECT))
        return error_set(err, ERR_BAD_REQUEST, "the patch leaves no object behind");
    *ret = object;
    return 0;
}
