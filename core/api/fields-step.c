/* SPDX-License-Identifier: Apache-2.0 */
/* Steps: structs by their rows, maps by their keys, lists of sets by value, lists of maps by their keys; the
 * rest is taken whole. */
#include "core/api/fields-step.h"

#include <stdlib.h>

#include "core/base/map.h"
#include "core/base/memory.h"

#define KEYS_MAX 8

struct fields_kind fields_kind_of_type(const struct schema_type *type)
{
    bool whole = !type || type->flags & SCHEMA_TYPE_ATOMIC || type->fields_count == 0;

    return (struct fields_kind){whole ? FIELDS_LEAF : FIELDS_STRUCT, type, NULL};
}

static struct fields_kind kind_of_element(const struct schema_field *field)
{
    static const struct fields_kind leaf = {FIELDS_LEAF, NULL, NULL};

    if (field->kind != SCHEMA_OBJECT || field->shape == SCHEMA_MAP_OF_LISTS)
        return leaf;
    if (field->shape == SCHEMA_ONE && field->flags & (SCHEMA_MAP_ATOMIC | SCHEMA_PRESERVE_UNKNOWN))
        return leaf;
    return fields_kind_of_type(field->type);
}

static struct fields_kind kind_of_field(const struct schema_field *field)
{
    static const struct fields_kind leaf = {FIELDS_LEAF, NULL, NULL};

    switch ((enum schema_shape)field->shape) {
    case SCHEMA_LIST:
        return field->list == SCHEMA_LIST_ATOMIC ? leaf : (struct fields_kind){FIELDS_LIST, NULL, field};
    case SCHEMA_MAP:
    case SCHEMA_MAP_OF_LISTS:
        return field->flags & SCHEMA_MAP_ATOMIC ? leaf : (struct fields_kind){FIELDS_MAP, NULL, field};
    default:
        return kind_of_element(field);
    }
}

struct fields_kind fields_kind_below(struct fields_kind kind, const struct json *child)
{
    static const struct fields_kind leaf = {FIELDS_LEAF, NULL, NULL};

    if (kind.how != FIELDS_STRUCT)
        return kind_of_element(kind.field);
    const struct schema_field *field = schema_field(kind.type, (struct slice){child->key, child->key_size});
    return field ? kind_of_field(field) : leaf;
}

bool fields_is_walked(struct fields_kind kind, const struct json *value)
{
    return kind.how != FIELDS_LEAF && json_is(value, kind.how == FIELDS_LIST ? JSON_ARRAY : JSON_OBJECT);
}

/* A key that an element leaves out has its default. */
static void write_key(struct buffer *out, const struct schema_field *list, const struct json *element,
                      const char *key)
{
    const struct json *value = json_get(element, key);
    const struct schema_field *row = list->type ? schema_field(list->type, slice_of(key)) : NULL;

    if (!value && !(row && row->default_json))
        return;
    buffer_append_str(out, out->data[out->size - 1] == '{' ? "" : ",");
    json_write_string(out, slice_of(key));
    buffer_append_char(out, ':');
    if (value)
        json_write(out, value);
    else
        buffer_append_str(out, row->default_json);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_keys(struct buffer *out, const struct schema_field *list, const struct json *element)
{
    const char *keys[KEYS_MAX];
    size_t count = 0;

    for (const char *const *key = list->merge_keys; *key && count < KEYS_MAX; key++)
        keys[count++] = *key;
    qsort(keys, count, sizeof(*keys), compare_texts);
    buffer_append_str(out, "k:{");
    for (size_t i = 0; i < count; i++)
        write_key(out, list, element, keys[i]);
    buffer_append_char(out, '}');
}

const char *fields_step(struct arena *arena, struct fields_kind kind, const struct json *child)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;

    if (kind.how != FIELDS_LIST) {
        buffer_append_str(&text, "f:");
        buffer_append(&text, child->key, child->key_size);
    } else if (kind.field->list == SCHEMA_LIST_MAP && kind.field->merge_keys) {
        write_keys(&text, kind.field, child);
    } else {
        buffer_append_str(&text, "v:");
        json_write(&text, child);
    }
    return arena_strndup(arena, text.data, text.size);
}

void fields_finder_init(struct fields_finder *f, struct arena *arena, struct fields_kind kind,
                        const struct json *value)
{
    uint32_t position = 0;

    *f = (struct fields_finder){kind, fields_is_walked(kind, value) ? value : NULL, NULL};
    if (kind.how != FIELDS_LIST || !f->value)
        return;
    f->places = map_new(NULL);
    json_for_each (it, value) {
        struct fields_place *place = arena_alloc(arena, sizeof(*place));
        const char *step = fields_step(arena, kind, it);
        *place = (struct fields_place){it, position++};
        if (!map_get(f->places, step))
            map_set(f->places, step, place);
    }
}

void fields_finder_done(struct fields_finder *f)
{
    map_free(f->places);
}

const struct fields_place *fields_find_place(const struct fields_finder *f, const char *step)
{
    return f->places ? map_get(f->places, step) : NULL;
}

struct json *fields_find(const struct fields_finder *f, const struct json *like, const char *step)
{
    if (f->kind.how != FIELDS_LIST)
        return json_get_slice(f->value, (struct slice){like->key, like->key_size});
    const struct fields_place *place = fields_find_place(f, step);
    return place ? place->element : NULL;
}
