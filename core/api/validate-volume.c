/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: one source each, paths that stay inside; persistent volumes and claims. */
#include "core/api/quantity.h"
#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/map.h"
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
                 {"ephemeral", "volumeClaimTemplate", "ephemeral.volumeClaimTemplate"}};
    static const char *const none[] = {NULL};
    const struct json *image = json_get(object, "image");

    validate_one_source(v, object, none, "volume");
    for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
        const struct json *source = json_get(object, named[i].source);
        if (source && !member_has(source, named[i].name))
            validation_required(v, named[i].path, "");
    }
    if (image && !member_has(image, "reference") && strcmp(v->type->kind, "Pod") == 0)
        validation_required(v, "image.reference", "");
}

void validate_volume_projection(struct validation *v, const struct json *object)
{
    static const char *const none[] = {NULL}, *const named[] = {"secret", "configMap"};

    validate_one_source(v, object, none, "volume");
    for (size_t i = 0; i < ARRAY_SIZE(named); i++)
        if (json_get(object, named[i]) && !member_has(json_get(object, named[i]), "name"))
            validation_required(v, i ? "configMap.name" : "secret.name", "");
}

static void validate_projected_path(struct validation *v, struct map *paths, struct json *path)
{
    if (json_slice(path).size == 0)
        return;
    if (map_get_slice(paths, json_slice(path)))
        validation_invalid(v, "", path, "conflicting duplicate paths");
    else
        map_set_slice(paths, json_slice(path), path);
}

/* Each file of a projected volume comes from one source. */
void validate_projected(struct validation *v, const struct json *object)
{
    struct map *paths = map_new(NULL);

    json_for_each (projection, json_get(object, "sources"))
        json_for_each (source, projection) {
            validate_projected_path(v, paths, json_get(source, "path"));
            json_for_each (item, json_get(source, "items"))
                validate_projected_path(v, paths, json_get(item, "path"));
        }
    map_free(paths);
}

void validate_empty_dir(struct validation *v, const struct json *object)
{
    struct quantity limit;

    if (quantity_parse(json_slice(json_get(object, "sizeLimit")), &limit) && limit.nano < 0)
        validation_forbidden(v, "sizeLimit", "SizeLimit field must be a valid resource quantity");
}

void validate_nfs(struct validation *v, const struct json *object)
{
    const struct json *path = json_get(object, "path");

    if (json_slice(path).size && path->string[0] != '/')
        validation_invalid(v, "path", path, "must be an absolute path");
}

void validate_host_path(struct validation *v, const struct json *object)
{
    if (goes_up(json_slice(json_get(object, "path"))))
        validation_invalid(v, "path", json_get(object, "path"), "must not contain '..'");
}

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
    if (json_get(object, "local") && !json_at(object, "nodeAffinity.required"))
        validation_required(v, "nodeAffinity", "Local volume requires node affinity");
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
