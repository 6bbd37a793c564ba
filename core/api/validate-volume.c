/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: one source each, paths that stay inside; persistent volumes and claims. */
#include "core/api/quantity.h"
#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/memory.h"

static bool goes_up(struct slice path)
{
    while (path.data) {
        struct slice part = slice_cut(&path, '/');
        if (slice_is(part, ".."))
            return true;
    }
    return false;
}

void validate_relative_path(struct validation *v, const struct json *object, const char *key)
{
    const struct json *path = json_get(object, key);

    if (json_slice(path).size == 0)
        return;
    if (path->string[0] == '/')
        validation_invalid(v, key, path, "must be a relative path");
    if (goes_up(json_slice(path)))
        validation_invalid(v, key, path, "must not contain '..'");
}

/* Members that are objects are sources, but for the ones named. */
static void validate_one_source(struct validation *v, const struct json *object,
                                const char *const *not_sources, const char *what)
{
    unsigned count = 0;

    json_for_each (it, object) {
        bool other = it->type != JSON_OBJECT;
        for (const char *const *name = not_sources; *name; name++)
            other = other || strcmp(it->key, *name) == 0;
        if (!other && count++)
            validation_forbidden(v, it->key, "may not specify more than 1 %s type", what);
    }
    if (count == 0 && strcmp(what, "volume") == 0)
        validation_required(v, "", "must specify a volume type");
}

void validate_volume(struct validation *v, const struct json *object)
{
    static const struct {
        const char *source, *name, *path;
    } named[] = {{"secret", "secretName", "secret.secretName"},
                 {"configMap", "name", "configMap.name"},
                 {"persistentVolumeClaim", "claimName", "persistentVolumeClaim.claimName"}};
    static const char *const none[] = {NULL};

    validate_one_source(v, object, none, "volume");
    for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
        const struct json *source = json_get(object, named[i].source);
        bool by_row = i == 2; /* the row of claimName says that it must be there */
        if (source && !by_row && !member_has(source, named[i].name))
            validation_required(v, named[i].path, "");
    }
}

void validate_volume_projection(struct validation *v, const struct json *object)
{
    static const char *const none[] = {NULL};

    validate_one_source(v, object, none, "volume");
}

void validate_host_path(struct validation *v, const struct json *object)
{
    if (goes_up(json_slice(json_get(object, "path"))))
        validation_invalid(v, "path", json_get(object, "path"), "must not contain '..'");
}

/* Of keys and of downward API files. */
void validate_key_to_path(struct validation *v, const struct json *object)
{
    validate_relative_path(v, object, "path");
}

void validate_persistent_volume_spec(struct validation *v, const struct json *object)
{
    static const char *const not_sources[] = {"capacity", "claimRef", "nodeAffinity", NULL};
    const struct json *storage = json_at(object, "capacity.storage");
    struct quantity amount;

    validate_one_source(v, object, not_sources, "volume");
    if (json_count(json_get(object, "capacity")) == 0)
        return;
    if (!storage)
        validation_required(v, "capacity", "supported values: \"storage\"");
    else if (quantity_parse(json_slice(storage), &amount) && amount.nano <= 0)
        validation_invalid(v, "capacity[storage]", storage, "must be greater than zero");
}

void validate_claim_spec(struct validation *v, const struct json *object)
{
    const struct json *storage = json_at(object, "resources.requests.storage");
    struct quantity amount;

    if (!storage)
        validation_required(v, "resources[storage]", "");
    else if (quantity_parse(json_slice(storage), &amount) && amount.nano <= 0)
        validation_invalid(v, "resources[storage]", storage, "must be greater than zero");
    if (json_count(json_get(object, "accessModes")) > 1)
        json_for_each (it, json_get(object, "accessModes"))
            if (slice_is(json_slice(it), "ReadWriteOncePod"))
                validation_forbidden(v, "accessModes",
                                     "may not use ReadWriteOncePod with other access modes");
}
