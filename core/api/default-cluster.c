/* SPDX-License-Identifier: Apache-2.0 */
/* Defaults of what a cluster is set up with: namespaces, nodes, limits, roles, priority levels, custom
 * resource definitions, device requests. */
#include <ctype.h>

#include "core/api/object.h"
#include "core/api/schema/hooks.h"
#include "core/base/encoding.h"

#define NAMESPACE_NAME_LABEL "kubernetes.io/metadata.name"
#define RBAC_GROUP           "rbac.authorization.k8s.io"

void default_namespace(struct arena *arena, struct json *object)
{
    const char *name = object_name(object);

    if (*name)
        object_set_label(arena, object, NAMESPACE_NAME_LABEL, name);
}

/* podCIDR is the first of podCIDRs, and may be given alone, as it was when there was one only. */
void default_node_spec(struct arena *arena, struct json *object)
{
    struct slice one = json_slice(json_get(object, "podCIDR")),
                 first = json_slice(json_element(json_get(object, "podCIDRs"), 0));

    if (one.size && !slice_equal(one, first))
        json_append(arena, json_set_array(arena, object, "podCIDRs"), json_new_slice(arena, one));
    else if (first.size && !one.size)
        json_set(arena, object, "podCIDR", json_new_slice(arena, first));
}

void default_node_status(struct arena *arena, struct json *object)
{
    const struct json *capacity = json_get(object, "capacity");

    if (json_is_absent(json_get(object, "allocatable")) && json_count(capacity))
        json_set(arena, object, "allocatable", json_copy(arena, capacity));
}

/* Adds to object.to what from has and it has not. */
static void default_limits(struct arena *arena, struct json *object, const char *to, const char *from)
{
    json_for_each (it, json_get(object, from)) {
        struct json *map = json_ensure(arena, object, to, JSON_OBJECT);
        struct slice name = {it->key, it->key_size};
        if (!json_get_slice(map, name))
            json_set_slice(arena, map, name, json_copy(arena, it));
    }
}

void default_limit_range_item(struct arena *arena, struct json *object)
{
    if (!slice_is(json_slice(json_get(object, "type")), "Container"))
        return;
    default_limits(arena, object, "default", "max");
    default_limits(arena, object, "defaultRequest", "default");
    default_limits(arena, object, "defaultRequest", "min");
}

void default_rbac_subject(struct arena *arena, struct json *object)
{
    struct slice kind = json_slice(json_get(object, "kind"));

    if (json_slice(json_get(object, "apiGroup")).size == 0 &&
        (slice_is(kind, "User") || slice_is(kind, "Group")))
        json_set_string(arena, object, "apiGroup", RBAC_GROUP);
}

void default_custom_resource_names(struct arena *arena, struct json *object)
{
    struct slice kind = json_slice(json_get(object, "kind"));

    if (json_slice(json_get(object, "singular")).size == 0 && kind.size) {
        char *lower = arena_strndup(arena, kind.data, kind.size);
        for (char *at = lower; *at; at++)
            *at = (char)tolower((unsigned char)*at);
        json_set_string(arena, object, "singular", lower);
    }
    if (json_slice(json_get(object, "listKind")).size == 0 && kind.size)
        json_set_stringf(arena, object, "listKind", "%.*sList", SLICE_ARG(kind));
}

void default_priority_level_spec(struct arena *arena, struct json *object)
{
    if (slice_is(json_slice(json_get(object, "type")), "Exempt"))
        json_ensure(arena, object, "exempt", JSON_OBJECT);
}

void default_limit_response(struct arena *arena, struct json *object)
{
    if (slice_is(json_slice(json_get(object, "type")), "Queue"))
        json_ensure(arena, object, "queuing", JSON_OBJECT);
}

/* stringData is a way to write data, and never stored. */
void default_secret(struct arena *arena, struct json *object)
{
    struct json *texts = json_get(object, "stringData");

    if (!texts)
        return;
    json_for_each (it, texts) {
        struct buffer text = BUFFER_INIT;
        base64_encode(&text, json_slice(it).data, json_slice(it).size, BASE64_STANDARD);
        json_set_slice(arena, json_ensure(arena, object, "data", JSON_OBJECT),
                       (struct slice){it->key, it->key_size},
                       json_new_slice(arena, (struct slice){text.data ? text.data : "", text.size}));
        buffer_done(&text);
    }
    json_remove(object, "stringData");
}

void default_device_request(struct arena *arena, struct json *object)
{
    if (json_integer_at(object, "count", 0) == 0 &&
        slice_is(json_slice(json_get(object, "allocationMode")), "ExactCount"))
        json_set_int(arena, object, "count", 1);
}
