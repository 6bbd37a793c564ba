/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defaults: on each object first those of its rows, then its type's hook, then the same for what it holds, so
 * that an object which a default has made gets its own defaults too. Types below which there is nothing to
 * set are left out: what a type holds is looked through once and remembered.
 *
 * What is published as required and may be zero is always there, as is a kind's status: upstream's encoder
 * writes both, and clients made from its OpenAPI documents refuse an object without them.
 */
#include "core/api/schema.h"

#include "core/base/memory.h"

#define DEPTH_SEARCHED                                                                                       \
    12 /* type in type; deeper, and in types that hold themselves, a type is walked without knowing */

/* A row whose zero is written out; NULL: none. */
static const char *zero_of(const struct schema_type *type, const struct schema_field *field)
{
    if (type->flags & SCHEMA_TYPE_CUSTOM || field->shape != SCHEMA_ONE)
        return NULL;
    if (field->kind == SCHEMA_OBJECT)
        return type->kind && (strcmp(field->name, "spec") == 0 || strcmp(field->name, "status") == 0) ? "{}"
                                                                                                      : NULL;
    if (!(field->flags & SCHEMA_REQUIRED) || field->flags & SCHEMA_MUST)
        return NULL;
    switch ((enum schema_kind)field->kind) {
    case SCHEMA_STRING:
        return "\"\"";
    case SCHEMA_BOOL:
        return "false";
    case SCHEMA_INT32:
    case SCHEMA_INT64:
    case SCHEMA_DOUBLE:
        return "0";
    default:
        return NULL;
    }
}

static const char *default_of(const struct schema_type *type, const struct schema_field *field)
{
    return field->default_json ? field->default_json : zero_of(type, field);
}

static bool type_has_own_defaults(const struct schema_type *type)
{
    if (type->default_hook)
        return true;
    for (uint16_t i = 0; i < type->fields_count; i++)
        if (default_of(type, &type->fields[i]))
            return true;
    return false;
}

static bool type_search(const struct schema_type *type, unsigned depth)
{
    if (depth == 0 || type_has_own_defaults(type))
        return true;
    for (uint16_t i = 0; i < type->fields_count; i++)
        if (type->fields[i].type && type->fields[i].type != type &&
            type_search(type->fields[i].type, depth - 1))
            return true;
    return false;
}

/* Whether there may be a default in an object of the type or below it. The answer is kept in the type;
 * several threads may find the same one. */
static bool type_has_defaults(const struct schema_type *type)
{
    struct schema_type *own = (struct schema_type *)(uintptr_t)type;
    uint8_t known = __atomic_load_n(&type->defaults, __ATOMIC_RELAXED);

    if (!known) {
        known = type_search(type, DEPTH_SEARCHED) ? 1 : 2;
        __atomic_store_n(&own->defaults, known, __ATOMIC_RELAXED);
    }
    return known == 1;
}

static bool is_zero(const struct json *value)
{
    switch ((enum json_type)value->type) {
    case JSON_STRING:
        return value->size == 0;
    case JSON_INT:
        return value->integer == 0;
    case JSON_BOOL:
        return !value->boolean;
    default:
        return false;
    }
}

static void default_field(struct arena *arena, const struct schema_field *field, const char *text,
                          struct json *object)
{
    struct json *value = json_get(object, field->name);

    if (!json_is_absent(value) && !(field->flags & SCHEMA_DEFAULT_ZERO && is_zero(value)))
        return;
    require(json_parse(arena, slice_of(text), &value, NULL) == 0);
    json_set(arena, object, field->name, value);
}

static void default_object(struct arena *arena, const struct schema_type *type, struct json *object);

static void default_member(struct arena *arena, const struct schema_field *field, struct json *value)
{
    if (field->shape == SCHEMA_ONE) {
        default_object(arena, field->type, value);
        return;
    }
    json_for_each (it, value) {
        if (field->shape != SCHEMA_MAP_OF_LISTS) {
            default_object(arena, field->type, it);
            continue;
        }
        json_for_each (element, it)
            default_object(arena, field->type, element);
    }
}

static void default_object(struct arena *arena, const struct schema_type *type, struct json *object)
{
    if (!json_is(object, JSON_OBJECT) || !type_has_defaults(type))
        return;
    for (uint16_t i = 0; i < type->fields_count; i++) {
        const char *text = default_of(type, &type->fields[i]);
        if (text)
            default_field(arena, &type->fields[i], text, object);
    }
    if (type->default_hook)
        type->default_hook(arena, object);
    json_for_each (it, object) {
        const struct schema_field *field =
            it->type >= JSON_ARRAY ? schema_field(type, (struct slice){it->key, it->key_size}) : NULL;
        if (field && field->type)
            default_member(arena, field, it);
    }
}

void schema_default(struct arena *arena, const struct schema_type *type, struct json *object)
{
    if (type)
        default_object(arena, type, object);
}
