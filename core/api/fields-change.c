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
                          const struct json *child, const char *step, struct fields_change *nodes)
{
    struct fields_change below = change_new(arena);

    compare(arena, fields_kind_below(kind, child ? child : old), old, child, &below);
    attach(arena, nodes->added, step, below.added);
    attach(arena, nodes->removed, step, below.removed);
    attach(arena, nodes->modified, step, below.modified);
}

static void compare_children(struct arena *arena, struct fields_kind kind, const struct json *old,
                             const struct json *value, struct fields_change *nodes)
{
    struct fields_finder in_old, in_value;

    fields_finder_init(&in_old, arena, kind, old);
    fields_finder_init(&in_value, arena, kind, value);
    json_for_each (it, value) {
        const char *step = fields_step(arena, kind, it);
        compare_child(arena, kind, fields_find(&in_old, it, step), it, step, nodes);
    }
    json_for_each (it, old) {
        const char *step = fields_step(arena, kind, it);
        if (!fields_find(&in_value, it, step))
            compare_child(arena, kind, it, NULL, step, nodes);
    }
    fields_finder_done(&in_old);
    fields_finder_done(&in_value);
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
    if (walked)
        compare_children(arena, kind, old, value, nodes);
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

/* A list while it is merged: the old elements that were not looked at yet, and what has become of the others.
 */
struct merging {
    struct arena *arena;
    struct fields_kind kind;
    struct fields_finder in_old, in_config;
    const struct json *rest;
    uint32_t position; /* of rest */
    struct json *list;
};

/* The old elements in front of `end` that the configuration does not have. */
static void append_others(struct merging *m, uint32_t end)
{
    for (; m->rest && m->position < end; m->rest = m->rest->next, m->position++)
        if (!fields_find_place(&m->in_config, fields_step(m->arena, m->kind, m->rest)))
            json_append(m->arena, m->list, json_copy(m->arena, m->rest));
}

static void merge_element(struct merging *m, const struct json *wanted)
{
    const struct fields_place *old = fields_find_place(&m->in_old, fields_step(m->arena, m->kind, wanted));
    struct json *merged = json_copy(m->arena, old ? old->element : wanted);

    if (old) {
        append_others(m, old->position);
        merge(m->arena, fields_kind_below(m->kind, wanted), merged, wanted);
    }
    json_append(m->arena, m->list, merged);
}

/* The configuration's elements in its order, each behind those of the others that used to be before it. */
static void merge_elements(struct arena *arena, struct fields_kind kind, struct json *value,
                           const struct json *config)
{
    struct merging m = {.arena = arena, .kind = kind, .rest = value->first, .list = json_new_array(arena)};

    fields_finder_init(&m.in_old, arena, kind, value);
    fields_finder_init(&m.in_config, arena, kind, config);
    json_for_each (it, config)
        merge_element(&m, it);
    append_others(&m, UINT32_MAX);
    json_replace(value, m.list);
    fields_finder_done(&m.in_old);
    fields_finder_done(&m.in_config);
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
