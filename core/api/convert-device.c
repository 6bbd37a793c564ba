/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device claims and slices: v1beta1 has a device's members one level deeper (in `basic`) and an exact
 * request's members one level higher than v1 (which has them in `exactly`).
 */
#include "core/api/convert.h"

/* Moves all members of object.key up into the object. */
static void raise_members(struct json *object, const char *key)
{
    struct json *inner = json_get(object, key);

    if (!json_is(inner, JSON_OBJECT))
        return;
    json_remove_node(object, inner);
    for (struct json *it = inner->first, *next; it; it = next) {
        next = it->next;
        json_remove(object, it->key);
        json_append_node(object, it);
    }
}

/* Moves all members but those named down into object.key. */
static void lower_members(struct arena *arena, struct json *object, const char *key, const char *const *stay)
{
    struct json *inner = json_new_object(arena);

    for (struct json *it = object->first, *next; it; it = next) {
        bool stays = false;
        next = it->next;
        for (const char *const *name = stay; *name; name++)
            stays = stays || strcmp(it->key, *name) == 0;
        if (stays)
            continue;
        json_remove_node(object, it);
        json_append_node(inner, it);
    }
    if (inner->size)
        json_set(arena, object, key, inner);
}

void convert_device_slice_to_v1(struct arena *arena, struct json *object)
{
    json_for_each (it, json_at(object, "spec.devices"))
        if (it->type == JSON_OBJECT)
            raise_members(it, "basic");
}

void convert_device_slice_to_v1beta1(struct arena *arena, struct json *object)
{
    static const char *const stay[] = {"name", NULL};

    json_for_each (it, json_at(object, "spec.devices"))
        if (it->type == JSON_OBJECT)
            lower_members(arena, it, "basic", stay);
}

/* Of a claim; a template has the claim's spec in its own. */
static struct json *requests_of(const struct json *object)
{
    struct json *requests = json_at(object, "spec.devices.requests");

    return requests ? requests : json_at(object, "spec.spec.devices.requests");
}

void convert_device_claim_to_v1(struct arena *arena, struct json *object)
{
    static const char *const stay[] = {"name", "firstAvailable", NULL};

    json_for_each (it, requests_of(object))
        if (it->type == JSON_OBJECT && !json_get(it, "exactly"))
            lower_members(arena, it, "exactly", stay);
}

void convert_device_claim_to_v1beta1(struct arena *arena, struct json *object)
{
    json_for_each (it, requests_of(object))
        if (it->type == JSON_OBJECT)
            raise_members(it, "exactly");
}
