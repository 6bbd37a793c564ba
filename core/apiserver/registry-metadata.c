/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata: what the server fills in, and what of it may not change (the rest of the rules are the schema's).
 */
#include <stdio.h>

#include "core/api/object.h"
#include "core/apiserver/registry-write.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/random.h"

enum { GENERATE_BASE_MAX = 58, GENERATE_SUFFIX = 5 };

void metadata_fill_system(struct arena *arena, struct json *object)
{
    static const char *const dropped[] = {"deletionTimestamp", "deletionGracePeriodSeconds", "selfLink",
                                          "generation"};
    char now[TIME_TEXT_MAX], uid[UUID_TEXT_MAX];
    struct json *metadata = json_ensure(arena, object, "metadata", JSON_OBJECT);
    for (size_t i = 0; i < ARRAY_SIZE(dropped); i++)
        json_remove(metadata, dropped[i]);
    time_format(clock_realtime_ns(), now);
    random_uuid(uid);
    json_set_string(arena, metadata, "creationTimestamp", now);
    json_set_string(arena, metadata, "uid", uid);
}

int metadata_check_namespace(struct arena *arena, const struct resource *r, const char *namespace_,
                             struct json *object, struct error *err)
{
    struct json *metadata = json_ensure(arena, object, "metadata", JSON_OBJECT);
    const char *given = object_namespace(object);
    if (!r->namespaced) {
        if (*given)
            return error_set(err, ERR_BAD_REQUEST, "namespace is not allowed on this type");
        json_remove(metadata, "namespace");
        return 0;
    }
    if (!*namespace_)
        return error_set(err, ERR_BAD_REQUEST, "an empty namespace may not be set during creation");
    if (*given && strcmp(given, namespace_) != 0)
        return error_set(
            err, ERR_BAD_REQUEST,
            "the namespace of the provided object does not match the namespace sent on the request");
    json_set_string(arena, metadata, "namespace", namespace_);
    return 0;
}

int metadata_generate_name(struct arena *arena, struct json *object, const char *base)
{
    char suffix[GENERATE_SUFFIX + 1];
    random_name_suffix(suffix, GENERATE_SUFFIX);
    json_set_stringf(arena, json_get(object, "metadata"), "name", "%.*s%s", GENERATE_BASE_MAX, base, suffix);
    return 0;
}

static bool contains(const struct json *list, const struct json *wanted)
{
    json_for_each (item, list) {
        if (json_equal(item, wanted))
            return true;
    }
    return false;
}

unsigned metadata_validate_update(const struct json *object, const struct json *old, struct error *err)
{
    static const char *const fixed[] = {
        "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"};
    const struct json *now = json_get(object, "metadata"), *was = json_get(old, "metadata");
    unsigned bad = 0;
    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
        char field[64];
        if (json_equal_semantic(json_get(now, fixed[i]), json_get(was, fixed[i])))
            continue;
        snprintf(field, sizeof(field), "metadata.%s", fixed[i]);
        error_add_cause(err, "FieldValueInvalid", field, "Invalid value: \"%s\": field is immutable",
                        json_string_or(json_get(now, fixed[i]), ""));
        bad++;
    }
    if (!object_is_deleted(old))
        return bad;
    json_for_each (finalizer, json_get(now, "finalizers")) {
        if (contains(json_get(was, "finalizers"), finalizer))
            continue;
        error_add_cause(err, "FieldValueForbidden", "metadata.finalizers",
                        "Forbidden: no new finalizers can be added if the object is being deleted, found new "
                        "finalizers []string{\"%s\"}",
                        json_string_or(finalizer, ""));
        bad++;
    }
    return bad;
}
