/* SPDX-License-Identifier: Apache-2.0 */
/* What a volume of ours holds, as a list of files: from ConfigMaps, Secrets and the pod's own fields. */
#include "core/api/object.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"
#include "core/kubelet/field-ref.h"
#include "core/kubelet/volume-private.h"

static int check_path(const char *path, struct error *err)
{
    struct slice rest = slice_of(path);
    if (!path[0] || path[0] == '/' || strncmp(path, "..", 2) == 0 || strlen(path) > 4096)
        return error_set(err, ERR_BAD_REQUEST, "invalid path \"%s\"", path);
    while (rest.data) {
        struct slice part = slice_cut(&rest, '/');
        if (!part.size || slice_is(part, ".") || slice_is(part, ".."))
            return error_set(err, ERR_BAD_REQUEST, "invalid path \"%s\"", path);
    }
    return 0;
}

int payload_add(struct volume_job *job, struct payload *out, const char *path, struct slice data, mode_t mode,
                int64_t user, struct error *err)
{
    if (check_path(path, err) < 0)
        return -1;
    struct payload_file file = {path, data, mode & 0777, user};
    for (size_t i = 0; i < out->count; i++)
        if (strcmp(out->files[i].path, path) == 0) {
            out->files[i] = file;
            return 0;
        }
    if (out->count == out->capacity) {
        out->capacity = MAX(out->capacity * 2, 8);
        struct payload_file *grown = arena_alloc(job->arena, out->capacity * sizeof(*grown));
        if (out->count)
            memcpy(grown, out->files, out->count * sizeof(*grown));
        out->files = grown;
    }
    out->files[out->count++] = file;
    return 0;
}

static mode_t mode_of(const struct json *item, mode_t default_mode)
{
    return (mode_t)json_integer_at(item, "mode", default_mode);
}

static bool decode(struct volume_job *job, const struct json *value, struct slice *ret)
{
    struct buffer out = BUFFER_INIT;
    bool good = base64_decode(&out, json_slice(value), BASE64_STANDARD);
    *ret = (struct slice){arena_strndup(job->arena, out.size ? out.data : "", out.size), out.size};
    buffer_done(&out);
    return good;
}

/* A member of an object's data: plain text in ConfigMaps, base64 in Secrets and in binaryData. */
static bool find_key(struct volume_job *job, const struct json *document, bool is_secret, const char *key,
                     struct slice *ret)
{
    const struct json *value = json_get(json_get(document, "data"), key);
    const struct json *binary = json_get(json_get(document, "binaryData"), key);
    if (json_is(value, JSON_STRING) && !is_secret) {
        *ret = json_slice(value);
        return true;
    }
    value = is_secret ? value : binary;
    return json_is(value, JSON_STRING) && decode(job, value, ret);
}

static int add_items(struct volume_job *job, struct payload *out, const struct json *document, bool is_secret,
                     const struct json *reference, mode_t default_mode, struct error *err)
{
    json_for_each (item, json_get(reference, "items")) {
        const char *key = json_string_or(json_get(item, "key"), "");
        const char *path = json_string_or(json_get(item, "path"), "");
        struct slice data;
        if (find_key(job, document, is_secret, key, &data)) {
            if (payload_add(job, out, path, data, mode_of(item, default_mode), -1, err) < 0)
                return -1;
        } else if (!json_boolean_at(reference, "optional", false)) {
            return error_set(err, ERR_NOT_FOUND, "references non-existent %s key: %s",
                             is_secret ? "secret" : "config", key);
        }
    }
    return 0;
}

static int add_all(struct volume_job *job, struct payload *out, const struct json *document, bool is_secret,
                   mode_t default_mode, struct error *err)
{
    static const char *const members[] = {"data", "binaryData"};
    for (size_t i = 0; i < ARRAY_SIZE(members); i++)
        json_for_each (member, json_get(document, members[i])) {
            struct slice data;
            if (find_key(job, document, is_secret, member->key, &data) &&
                payload_add(job, out, member->key, data, default_mode, -1, err) < 0)
                return -1;
        }
    return 0;
}

int payload_add_object(struct volume_job *job, struct payload *out, bool is_secret, const char *name,
                       const struct json *reference, mode_t default_mode, struct error *err)
{
    const struct volume_source *source = job->v->source;
    const char *namespace_ = object_namespace(job->pod);
    struct json *document = NULL;
    _cleanup_(error_done) struct error failure = ERROR_INIT;
    if (!source)
        return error_set(err, ERR_UNAVAILABLE, "%s \"%s\": there is no API server to ask",
                         is_secret ? "secret" : "configmap", name);
    int rc = is_secret
                 ? source->secret(source->context, namespace_, name, job->arena, &document, &failure)
                 : source->config_map(source->context, namespace_, name, job->arena, &document, &failure);
    if (rc < 0) {
        if (failure.code == ERR_NOT_FOUND && json_boolean_at(reference, "optional", false))
            return 0;
        if (err)
            error_move(err, &failure);
        return -1;
    }
    if (json_count(json_get(reference, "items")))
        return add_items(job, out, document, is_secret, reference, default_mode, err);
    return add_all(job, out, document, is_secret, default_mode, err);
}

static const struct json *container_named(const struct json *pod, const char *name)
{
    static const char *const lists[] = {"containers", "initContainers"};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        json_for_each (container, json_get(json_get(pod, "spec"), lists[i]))
            if (strcmp(json_string_or(json_get(container, "name"), ""), name) == 0)
                return container;
    return NULL;
}

static int downward_value(struct volume_job *job, const struct json *item, const char **ret,
                          struct error *err)
{
    const struct json *field = json_get(item, "fieldRef"), *resource = json_get(item, "resourceFieldRef");
    if (!json_is_absent(field))
        return field_ref_value(job->arena, job->pod, json_string_or(json_get(field, "fieldPath"), ""), ret,
                               err);
    const char *name = json_string_or(json_get(resource, "containerName"), "");
    const struct json *container = container_named(job->pod, name), *divisor = json_get(resource, "divisor");
    if (!container)
        return error_set(err, ERR_BAD_REQUEST, "container %s not found", name);
    return resource_field_ref_value(job->arena, container, json_string_or(json_get(resource, "resource"), ""),
                                    json_is(divisor, JSON_INT)
                                        ? arena_printf(job->arena, "%lld", (long long)divisor->integer)
                                        : json_string(divisor),
                                    job->v->node_cpu_milli, job->v->node_memory_bytes, ret, err);
}

int payload_add_downward(struct volume_job *job, struct payload *out, const struct json *items,
                         mode_t default_mode, struct error *err)
{
    json_for_each (item, items) {
        const char *value;
        if (downward_value(job, item, &value, err) < 0 ||
            payload_add(job, out, json_string_or(json_get(item, "path"), ""), slice_of(value),
                        mode_of(item, default_mode), -1, err) < 0)
            return -1;
    }
    return 0;
}
