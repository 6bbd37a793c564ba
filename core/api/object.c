/* SPDX-License-Identifier: Apache-2.0 */
/* What all objects have in common, read and changed where it stands in the document. */
#include "core/api/object.h"

#include "core/base/clock.h"
#include "core/base/memory.h"

static const char *object_meta_string(const struct json *object, const char *key)
{
    return json_string_or(json_get(json_get(object, "metadata"), key), "");
}

const char *object_name(const struct json *object)
{
    return object_meta_string(object, "name");
}

const char *object_namespace(const struct json *object)
{
    return object_meta_string(object, "namespace");
}

const char *object_uid(const struct json *object)
{
    return object_meta_string(object, "uid");
}

const char *object_resource_version(const struct json *object)
{
    return object_meta_string(object, "resourceVersion");
}

const char *object_kind(const struct json *object)
{
    return json_string_or(json_get(object, "kind"), "");
}

const char *object_api_version(const struct json *object)
{
    return json_string_or(json_get(object, "apiVersion"), "");
}

int64_t object_generation(const struct json *object)
{
    return json_integer_at(object, "metadata.generation", 0);
}

int64_t object_created_ns(const struct json *object)
{
    int64_t ns = 0;

    if (!time_parse(slice_of(object_meta_string(object, "creationTimestamp")), &ns))
        return 0;
    return ns - ns % NS_PER_S;
}

bool object_is_deleted(const struct json *object)
{
    return !json_is_absent(json_at(object, "metadata.deletionTimestamp"));
}

static const char *object_map_get(const struct json *object, const char *map, const char *key)
{
    return json_string(json_get(json_get(json_get(object, "metadata"), map), key));
}

const char *object_label(const struct json *object, const char *key)
{
    return object_map_get(object, "labels", key);
}

const char *object_annotation(const struct json *object, const char *key)
{
    return object_map_get(object, "annotations", key);
}

/* A map that becomes empty goes: an absent map and an empty one mean the same. */
static void object_map_set(struct arena *arena, struct json *object, const char *path, const char *key,
                           const char *value)
{
    if (value) {
        json_set_string(arena, json_ensure(arena, object, path, JSON_OBJECT), key, value);
        return;
    }
    struct json *map = json_at(object, path);
    if (json_remove(map, key) && map->size == 0)
        json_remove_node(json_get(object, "metadata"), map);
}

void object_set_label(struct arena *arena, struct json *object, const char *key, const char *value)
{
    object_map_set(arena, object, "metadata.labels", key, value);
}

void object_set_annotation(struct arena *arena, struct json *object, const char *key, const char *value)
{
    object_map_set(arena, object, "metadata.annotations", key, value);
}

static struct json *object_find_finalizer(const struct json *object, const char *finalizer)
{
    json_for_each (it, json_at(object, "metadata.finalizers"))
        if (slice_is(json_slice(it), finalizer))
            return it;
    return NULL;
}

bool object_has_finalizer(const struct json *object, const char *finalizer)
{
    return object_find_finalizer(object, finalizer) != NULL;
}

void object_add_finalizer(struct arena *arena, struct json *object, const char *finalizer)
{
    if (!object_has_finalizer(object, finalizer))
        json_append_string(arena, json_ensure(arena, object, "metadata.finalizers", JSON_ARRAY), finalizer);
}

void object_remove_finalizer(struct json *object, const char *finalizer)
{
    struct json *list = json_at(object, "metadata.finalizers"),
                *it = object_find_finalizer(object, finalizer);

    if (!it)
        return;
    json_remove_node(list, it);
    if (list->size == 0)
        json_remove_node(json_get(object, "metadata"), list);
}

char *object_key(struct arena *arena, const struct json *object)
{
    const char *namespace_ = object_namespace(object);

    if (!*namespace_)
        return arena_strdup(arena, object_name(object));
    return arena_printf(arena, "%s/%s", namespace_, object_name(object));
}

struct json *object_new(struct arena *arena, const char *api_version, const char *kind,
                        const char *namespace_, const char *name)
{
    struct json *object = json_new_object(arena);

    json_set_string(arena, object, "apiVersion", api_version);
    json_set_string(arena, object, "kind", kind);
    struct json *metadata = json_set_object(arena, object, "metadata");
    json_set_string(arena, metadata, "name", name);
    if (namespace_ && *namespace_)
        json_set_string(arena, metadata, "namespace", namespace_);
    return object;
}

struct json *object_controller(const struct json *object)
{
    json_for_each (it, json_at(object, "metadata.ownerReferences"))
        if (json_boolean_or(json_get(it, "controller"), false))
            return it;
    return NULL;
}

bool object_is_controlled_by(const struct json *object, const struct json *owner)
{
    struct slice uid = json_slice(json_get(object_controller(object), "uid"));

    return uid.size && slice_is(uid, object_uid(owner));
}

struct json *object_owner_reference(struct arena *arena, const struct json *owner, const char *api_version,
                                    const char *kind)
{
    struct json *reference = json_new_object(arena);

    json_set_string(arena, reference, "apiVersion", api_version);
    json_set_string(arena, reference, "kind", kind);
    json_set_string(arena, reference, "name", object_name(owner));
    json_set_string(arena, reference, "uid", object_uid(owner));
    json_set_bool(arena, reference, "controller", true);
    json_set_bool(arena, reference, "blockOwnerDeletion", true);
    return reference;
}

struct json *object_condition(const struct json *object, const char *type)
{
    json_for_each (it, json_get(json_get(object, "status"), "conditions"))
        if (slice_is(json_slice(json_get(it, "type")), type))
            return it;
    return NULL;
}

bool object_condition_is(const struct json *object, const char *type, const char *status)
{
    return slice_is(json_slice(json_get(object_condition(object, type), "status")), status);
}

/* Whether it differed. An empty value and an absent one are the same. */
static bool condition_set(struct arena *arena, struct json *condition, const char *key, const char *value)
{
    const char *old = json_string_or(json_get(condition, key), "");

    if (strcmp(old, value ? value : "") == 0)
        return false;
    json_set_string(arena, condition, key, value && *value ? value : NULL);
    return true;
}

bool object_set_condition(struct arena *arena, struct json *object, const char *type, const char *status,
                          const char *reason, const char *message)
{
    struct json *condition = object_condition(object, type);
    char now[TIME_TEXT_MAX];

    if (!condition) {
        struct json *list = json_ensure(arena, object, "status.conditions", JSON_ARRAY);
        condition = json_append(arena, list, json_new_object(arena));
        json_set_string(arena, condition, "type", type);
    }
    bool moved = condition_set(arena, condition, "status", status);
    if (moved) {
        time_format(clock_realtime_ns(), now);
        json_set_string(arena, condition, "lastTransitionTime", now);
    }
    bool changed = condition_set(arena, condition, "reason", reason);
    return condition_set(arena, condition, "message", message) || changed || moved;
}

bool pod_is_ready(const struct json *pod)
{
    return object_condition_is(pod, "Ready", "True");
}

bool pod_is_terminal(const struct json *pod)
{
    struct slice phase = json_slice(json_at(pod, "status.phase"));

    return slice_is(phase, "Succeeded") || slice_is(phase, "Failed");
}

bool pod_is_active(const struct json *pod)
{
    return !pod_is_terminal(pod) && !object_is_deleted(pod);
}
