/* SPDX-License-Identifier: Apache-2.0 */
/* What two objects differ in, a configuration put into an object, and what nobody owns taken out of it. */
#include "core/api/fields-step.h"
#include "core/base/memory.h"

static void compare(struct arena *arena, struct fields_kind kind, const struct json *old,
                    const struct json *value, struct fields_change *nodes);

static struct fields_change change_new(struct arena *arena)
{
    return (struct fields_change){json_new_object(arena), json_new_object(arena), json_new_object(arena)};
}

static void attach(struct arena *arena, struct json *node, const char *step, struct json *child)
{
    if (child->size)
        json_set(arena, node, step, child);
}

static void compare_child(struct arena *arena, struct fields_kind kind, const struct json *old,
                          const struct json *child, struct fields_change *nodes)
{
    struct fields_change below = change_new(arena);
    const struct json *either = child ? child : old;
    const char *step = fields_step(arena, kind, either);

    compare(arena, fields_kind_below(kind, either), old, child, &below);
    attach(arena, nodes->added, step, below.added);
    attach(arena, nodes->removed, step, below.removed);
    attach(arena, nodes->modified, step, below.modified);
}

/* Either may be absent. */
static void compare(struct arena *arena, struct fields_kind kind, const struct json *old,
                    const struct json *value, struct fields_change *nodes)
{
    bool walked = (!old || fields_is_walked(kind, old)) && (!value || fields_is_walked(kind, value));

    if (!old)
        json_set_object(arena, nodes->added, FIELDS_SELF);
    else if (!value)
        json_set_object(arena, nodes->removed, FIELDS_SELF);
    else if (!walked && !json_equal_semantic(old, value))
        json_set_object(arena, nodes->modified, FIELDS_SELF);
    if (!walked)
        return;
    json_for_each (it, value)
        compare_child(arena, kind, fields_find(arena, kind, old, it), it, nodes);
    json_for_each (it, old)
        if (!fields_find(arena, kind, value, it))
            compare_child(arena, kind, it, NULL, nodes);
}

void fields_compare(struct arena *arena, const struct schema_type *type, const struct json *old,
                    const struct json *object, struct fields_change *ret)
{
    *ret = change_new(arena);
    compare(arena, fields_kind_of_type(type), old, object, ret);
}

static void merge(struct arena *arena, struct fields_kind kind, struct json *value,
                  const struct json *config);

static void merge_members(struct arena *arena, struct fields_kind kind, struct json *value,
                          const struct json *config)
{
    json_for_each (it, config) {
        struct slice key = {it->key, it->key_size};
        struct json *old = json_get_slice(value, key);
        if (old)
            merge(arena, fields_kind_below(kind, it), old, it);
        else
            json_set_slice(arena, value, key, json_copy(arena, it));
    }
}

/* The elements of old from *at up to `end` that the configuration does not have. */
static void append_others(struct arena *arena, struct fields_kind kind, struct json *list,
                          const struct json *old, const struct json *config, uint32_t *at, uint32_t end)
{
    for (; *at < end; (*at)++) {
        const struct json *it = json_element(old, *at);
        if (!fields_find(arena, kind, config, it))
            json_append(arena, list, json_copy(arena, it));
    }
}

static uint32_t position_of(const struct json *list, const struct json *element)
{
    uint32_t position = 0;

    json_for_each (it, list) {
        if (it == element)
            break;
        position++;
    }
    return position;
}

/* The configuration's elements in its order, each behind those of the others that used to be before it. */
static void merge_elements(struct arena *arena, struct fields_kind kind, struct json *value,
                           const struct json *config)
{
    struct json *list = json_new_array(arena);
    uint32_t at = 0;

    json_for_each (it, config) {
        const struct json *old = fields_find(arena, kind, value, it);
        struct json *merged = json_copy(arena, old ? old : it);
        if (old) {
            append_others(arena, kind, list, value, config, &at, position_of(value, old));
            merge(arena, fields_kind_below(kind, it), merged, it);
        }
        json_append(arena, list, merged);
    }
    append_others(arena, kind, list, value, config, &at, value->size);
    json_replace(value, list);
}

static void merge(struct arena *arena, struct fields_kind kind, struct json *value, const struct json *config)
{
    if (!fields_is_walked(kind, value) || !fields_is_walked(kind, config))
        json_replace(value, json_copy(arena, config));
    else if (kind.how == FIELDS_LIST)
        merge_elements(arena, kind, value, config);
    else
        merge_members(arena, kind, value, config);
}

void fields_merge(struct arena *arena, const struct schema_type *type, struct json *object,
                  const struct json *config)
{
    merge(arena, fields_kind_of_type(type), object, config);
}

static void prune(struct arena *arena, struct fields_kind kind, struct json *value, const struct json *last,
                  const struct json *kept)
{
    if (!fields_is_walked(kind, value))
        return;
    for (struct json *it = value->first, *next; it; it = next) {
        const char *step = fields_step(arena, kind, it);
        const struct json *had = json_get(last, step), *owned = json_get(kept, step);
        next = it->next;
        if (!had)
            continue;
        /* A field goes with all that was in it; an element or entry only when it was owned itself. */
        if (!owned && (kind.how == FIELDS_STRUCT || json_get(had, FIELDS_SELF)))
            json_remove_node(value, it);
        else
            prune(arena, fields_kind_below(kind, it), it, had, owned);
    }
}

void fields_prune(struct arena *arena, const struct schema_type *type, struct json *object,
                  const struct json *last, const struct json *kept)
{
    prune(arena, fields_kind_of_type(type), object, last, kept);
}
