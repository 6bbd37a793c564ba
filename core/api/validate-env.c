/* SPDX-License-Identifier: Apache-2.0 */
/* Environment: where values come from. Fields of the pod and resources of its containers may be asked for
 * here and in downward API volumes, which know different ones. */
#include "core/api/names.h"
#include "core/api/quantity.h"
#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/memory.h"

static const char *const env_paths[] = {
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
    "status.hostIP", "status.hostIPs",     "status.podIP", "status.podIPs", NULL};
static const char *const volume_paths[] = {"metadata.annotations", "metadata.labels", "metadata.name",
                                           "metadata.namespace",   "metadata.uid",    NULL};
static const char *const resource_paths[] = {"limits.cpu",
                                             "limits.ephemeral-storage",
                                             "limits.memory",
                                             "requests.cpu",
                                             "requests.ephemeral-storage",
                                             "requests.memory",
                                             NULL};

static bool is_one_of(struct slice text, const char *const *words)
{
    for (; *words; words++)
        if (slice_is(text, *words))
            return true;
    return false;
}

/* The key in "metadata.labels['key']"; without data when the path is none such. */
static struct slice subscript_of(struct slice path)
{
    static const char *const maps[] = {"metadata.labels['", "metadata.annotations['"};

    for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
        size_t size = strlen(maps[i]);
        if (slice_starts(path, maps[i]) && slice_ends(path, "']") && path.size >= size + 2)
            return (struct slice){path.data + size, path.size - size - 2};
    }
    return (struct slice){0};
}

static void validate_field_ref(struct validation *v, const struct json *ref, const char *const *paths)
{
    const struct json *path = json_get(ref, "fieldPath"), *version = json_get(ref, "apiVersion");
    struct validation_place here;
    const char *wrong;

    if (!json_is(ref, JSON_OBJECT) || json_slice(path).size == 0)
        return;
    validation_enter(v, &here, "fieldRef", NO_INDEX);
    struct slice key = subscript_of(json_slice(path));
    struct json shown = {.type = JSON_STRING, .string = key.data, .size = (uint32_t)key.size};
    if (json_slice(version).size && !slice_is(json_slice(version), "v1"))
        validation_invalid(v, "fieldPath", path, "error converting fieldPath: unsupported pod version: %s",
                           version->string);
    else if (key.data && (wrong = name_check_qualified(key)))
        validation_invalid(v, "", &shown, "%s", wrong);
    else if (!key.data && !is_one_of(json_slice(path), paths))
        validation_unsupported(v, "fieldPath", path, paths);
    validation_leave(v);
}

/* What a resource may be counted in. */
static void validate_divisor(struct validation *v, const struct json *ref, struct slice resource)
{
    static const char *const of_cpu[] = {"1m", "1", NULL};
    static const char *const of_bytes[] = {"1",   "1k",  "1M",  "1G",  "1T",  "1P",  "1E",
                                           "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei", NULL};
    struct slice divisor = json_slice(json_get(ref, "divisor"));
    bool cpu = slice_ends(resource, ".cpu");

    if (divisor.size == 0 || slice_is(divisor, "0") || is_one_of(divisor, cpu ? of_cpu : of_bytes))
        return;
    validation_invalid(v, "divisor", json_get(ref, "resource"),
                       "only divisor's values %s are supported with the %s resource",
                       cpu ? "1m and 1" : "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei",
                       cpu                               ? "cpu"
                       : slice_ends(resource, ".memory") ? "memory"
                       : slice_ends(resource, "storage") ? "local ephemeral storage"
                                                         : "hugepages");
}

static void validate_resource_ref(struct validation *v, const struct json *ref, bool in_volume)
{
    struct slice resource = json_slice(json_get(ref, "resource"));
    struct validation_place here;

    if (!json_is(ref, JSON_OBJECT))
        return;
    validation_enter(v, &here, "resourceFieldRef", NO_INDEX);
    bool pages = slice_starts(resource, "limits.hugepages-") || slice_starts(resource, "requests.hugepages-");
    if (in_volume && !member_has(ref, "containerName"))
        validation_required(v, "containerName", "");
    else if (resource.size && !pages && !is_one_of(resource, resource_paths))
        validation_unsupported(v, "resource", json_get(ref, "resource"), resource_paths);
    validate_divisor(v, ref, resource);
    validation_leave(v);
}

static unsigned count_set(const struct json *object, const char *const *keys)
{
    unsigned count = 0;

    for (; *keys; keys++)
        count += member_has(object, *keys);
    return count;
}

void validate_env_var(struct validation *v, const struct json *object)
{
    static const char *const sources[] = {"fieldRef",     "resourceFieldRef", "configMapKeyRef",
                                          "secretKeyRef", "fileKeyRef",       NULL};
    const struct json *from = json_get(object, "valueFrom");
    struct validation_place here;

    if (json_is_absent(from))
        return;
    unsigned count = count_set(from, sources);
    validation_enter(v, &here, "valueFrom", NO_INDEX);
    validate_field_ref(v, json_get(from, "fieldRef"), env_paths);
    validate_resource_ref(v, json_get(from, "resourceFieldRef"), false);
    if (count == 0)
        validation_invalid(v, "", NULL,
                           "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, "
                           "`secretKeyRef` or `fileKeyRef`");
    else if (member_has(object, "value"))
        validation_invalid(v, "", NULL, "may not be specified when `value` is not empty");
    else if (count > 1)
        validation_invalid(v, "", NULL, "may not have more than one field specified at a time");
    validation_leave(v);
}

/* Of a configMap or secret, whose key has a row of its own. */
void validate_key_selector(struct validation *v, const struct json *object)
{
    const struct json *name = json_get(object, "name");
    const char *wrong = name_check_dns1123_subdomain(json_slice(name));

    if (wrong)
        validation_invalid(v, "name", name, "%s", wrong);
}

void validate_env_from(struct validation *v, const struct json *object)
{
    static const char *const sources[] = {"configMapRef", "secretRef", NULL};
    unsigned count = count_set(object, sources);

    if (count == 0)
        validation_invalid(v, "", NULL, "must specify one of: `configMapRef` or `secretRef`");
    else if (count > 1)
        validation_invalid(v, "", NULL, "may not have more than one field specified at a time");
    for (unsigned i = 0; sources[i]; i++)
        if (member_has(object, sources[i]) && !member_has(json_get(object, sources[i]), "name"))
            validation_required(v, i ? "secretRef.name" : "configMapRef.name", "");
}

void validate_downward_file(struct validation *v, const struct json *object)
{
    bool field = member_has(object, "fieldRef"), resource = member_has(object, "resourceFieldRef");

    validate_relative_path(v, object, "path");
    if (field && resource)
        validation_invalid(v, "", json_get(object, "path"),
                           "fieldRef and resourceFieldRef can not be specified simultaneously");
    else if (!field && !resource)
        validation_required(v, "", "one of fieldRef and resourceFieldRef is required");
    validate_field_ref(v, json_get(object, "fieldRef"), volume_paths);
    validate_resource_ref(v, json_get(object, "resourceFieldRef"), true);
}
