/* SPDX-License-Identifier: Apache-2.0 */
/* JSON merge patch (RFC 7386): members are merged, null removes, everything else replaces. */
#include "core/api/json-index.h"
#include "core/api/patch.h"
#include "core/base/memory.h"

static void merge_object(struct arena *arena, struct json *object, const struct json *patch);

static void merge_value(struct arena *arena, struct json *value, const struct json *patch)
{
    static const struct json empty = {.type = JSON_OBJECT};

    if (patch->type != JSON_OBJECT) {
        json_replace(value, json_copy(arena, patch));
        return;
    }
    if (value->type != JSON_OBJECT)
        json_replace(value, &empty);
    merge_object(arena, value, patch);
}

static void merge_new(struct arena *arena, struct json *object, const struct json *patch)
{
    struct json *value = json_new_null(arena);

    merge_value(arena, value, patch);
    value->key = json_new_slice(arena, (struct slice){patch->key, patch->key_size})->string;
    value->key_size = patch->key_size;
    json_append_node(object, value);
}

/* Takes out what the patch has as null. */
static void merge_sweep(struct json *object, const struct json *patch)
{
    _cleanup_(json_index_done) struct json_index index = {0};
    struct json *kept = NULL, *next;

    json_index_init(&index, patch);
    for (struct json *it = object->first; it; it = next) {
        next = it->next;
        if (!json_is(json_index_get(&index, (struct slice){it->key, it->key_size}), JSON_NULL)) {
            kept = it;
            continue;
        }
        *(kept ? &kept->next : &object->first) = next;
        object->size--;
    }
    object->last = kept;
}

static void merge_object(struct arena *arena, struct json *object, const struct json *patch)
{
    struct json_index index;
    bool removes = false;

    json_index_init(&index, object);
    json_for_each (it, patch) {
        struct json *old = json_index_get(&index, (struct slice){it->key, it->key_size});
        if (it->type == JSON_NULL)
            removes = removes || old;
        else if (old)
            merge_value(arena, old, it);
        else
            merge_new(arena, object, it);
    }
    json_index_done(&index);
    if (removes)
        merge_sweep(object, patch);
}

int patch_merge(struct arena *arena, struct json *object, const struct json *patch, struct error *err)
{
    if (!json_is(patch, JSON_OBJECT))
        return error_set(err, ERR_BAD_REQUEST, "a merge patch is an object");
    merge_value(arena, object, patch);
    return 0;
}
