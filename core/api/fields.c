/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of fields: made of an object, put together, taken apart, written as FieldsV1 and as paths. */
#include "core/api/fields-step.h"
#include "core/base/memory.h"

static void mark(struct arena *arena, struct json *node)
{
    if (!json_get(node, FIELDS_SELF))
        json_set_object(arena, node, FIELDS_SELF);
}

static void collect(struct arena *arena, struct fields_kind kind, const struct json *value, struct json *node)
{
    if (!fields_is_walked(kind, value)) {
        mark(arena, node);
        return;
    }
    json_for_each (it, value) {
        struct json *child = json_new_object(arena);
        collect(arena, fields_kind_below(kind, it), it, child);
        bool empty = it->type == JSON_NULL || (it->type == JSON_OBJECT && it->size == 0);
        if (kind.how != FIELDS_STRUCT || empty)
            mark(arena, child);
        if (child->size)
            json_set(arena, node, fields_step(arena, kind, it), child);
    }
}

struct json *fields_of(struct arena *arena, const struct schema_type *type, const struct json *object)
{
    struct json *set = json_new_object(arena);

    collect(arena, fields_kind_of_type(type), object, set);
    return set;
}

struct json *fields_union(struct arena *arena, const struct json *a, const struct json *b)
{
    struct json *set = a ? json_copy(arena, a) : json_new_object(arena);

    json_for_each (it, b) {
        struct slice step = {it->key, it->key_size};
        json_set_slice(arena, set, step, fields_union(arena, json_get_slice(set, step), it));
    }
    return set;
}

/* Of a and b what both have, or what only a has. */
static struct json *combine(struct arena *arena, const struct json *a, const struct json *b, bool both)
{
    struct json *set = json_new_object(arena);

    json_for_each (it, a) {
        struct slice step = {it->key, it->key_size};
        const struct json *other = json_get_slice(b, step);
        if (slice_is(step, FIELDS_SELF)) {
            if (both == (other != NULL))
                mark(arena, set);
            continue;
        }
        struct json *child = combine(arena, it, other, both);
        if (child->size)
            json_set_slice(arena, set, step, child);
    }
    return set;
}

struct json *fields_intersection(struct arena *arena, const struct json *a, const struct json *b)
{
    return combine(arena, a, b, true);
}

struct json *fields_difference(struct arena *arena, const struct json *a, const struct json *b)
{
    return combine(arena, a, b, false);
}

bool fields_are_empty(const struct json *set)
{
    return json_count(set) == 0;
}

struct json *fields_encode(struct arena *arena, const struct json *set)
{
    struct json *out = json_new_object(arena);

    json_for_each (it, set) {
        struct slice step = {it->key, it->key_size};
        if (!slice_is(step, FIELDS_SELF))
            json_set_slice(arena, out, step, fields_encode(arena, it));
        else if (set->size > 1)
            mark(arena, out);
    }
    return out;
}

struct json *fields_decode(struct arena *arena, const struct json *fields_v1)
{
    struct json *set = json_new_object(arena);

    json_for_each (it, fields_v1) {
        struct slice step = {it->key, it->key_size};
        if (slice_is(step, FIELDS_SELF)) {
            mark(arena, set);
            continue;
        }
        struct json *child = fields_decode(arena, it);
        if (child->size == 0)
            mark(arena, child);
        json_set_slice(arena, set, step, child);
    }
    return set;
}

/* "k:{"a":1,"b":"c"}" as [a=1,b="c"]. */
static void write_element(struct buffer *path, struct slice keys)
{
    struct arena arena = ARENA_INIT;
    struct json *object;
    const char *separator = "[";

    if (json_parse(&arena, keys, &object, NULL) == 0)
        json_for_each (it, object) {
            buffer_printf(path, "%s%s=", separator, it->key);
            json_write(path, it);
            separator = ",";
        }
    buffer_append_char(path, ']');
    arena_done(&arena);
}

static void write_step(struct buffer *path, struct slice step)
{
    struct slice rest = {step.data + 2, step.size - 2};

    if (step.size < 2)
        return;
    if (step.data[0] == 'f')
        buffer_printf(path, ".%.*s", SLICE_ARG(rest));
    else if (step.data[0] == 'k')
        write_element(path, rest);
    else
        buffer_printf(path, "[=%.*s]", SLICE_ARG(rest));
}

static void each(const struct json *node, struct buffer *path, void (*visit)(void *context, const char *path),
                 void *context)
{
    json_for_each (it, node) {
        size_t size = path->size;
        if (strcmp(it->key, FIELDS_SELF) == 0) {
            visit(context, path->data ? path->data : "");
            continue;
        }
        write_step(path, (struct slice){it->key, it->key_size});
        each(it, path, visit, context);
        path->size = size;
        if (path->data)
            path->data[size] = '\0';
    }
}

void fields_each(const struct json *set, void (*visit)(void *context, const char *path), void *context)
{
    _cleanup_(buffer_done) struct buffer path = BUFFER_INIT;

    each(set, &path, visit, context);
}
