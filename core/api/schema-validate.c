/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation by rows: what must be there, which words and which numbers a field may have, what its text must
 * look like; then the type's hook for what is between fields. Everything that is wrong is reported, in the
 * order of the rows.
 */
#include "core/api/schema.h"

#include "core/api/schema/checks.h"
#include "core/api/validate.h"
#include "core/base/memory.h"

static void validate_object(struct validation *v, const struct schema_type *type, const struct json *object);

static bool is_missing(const struct json *value)
{
    if (json_is_absent(value))
        return true;
    if (value->type == JSON_INT)
        return value->integer == 0;
    return value->type != JSON_BOOL && value->type != JSON_DOUBLE && value->type != JSON_OBJECT &&
           value->size == 0;
}

static void validate_words(struct validation *v, const struct schema_field *field, const struct json *value)
{
    if (value->type != JSON_STRING || value->size == 0)
        return;
    for (const char *const *word = field->enum_values; *word; word++)
        if (slice_is(json_slice(value), *word))
            return;
    validation_unsupported(v, "", value, field->enum_values);
}

static void validate_range(struct validation *v, const struct schema_field *field, const struct json *value)
{
    if (value->type != JSON_INT || (value->integer >= field->minimum && value->integer <= field->maximum))
        return;
    if (field->maximum == INT64_MAX)
        validation_invalid(v, "", value, "must be greater than or equal to %lld", (long long)field->minimum);
    else
        validation_invalid(v, "", value, "must be between %lld and %lld, inclusive",
                           (long long)field->minimum, (long long)field->maximum);
}

static void validate_value(struct validation *v, const struct schema_field *field, const struct json *value)
{
    const char *wrong;

    if (field->enum_values)
        validate_words(v, field, value);
    if (field->minimum || field->maximum)
        validate_range(v, field, value);
    if (field->check && value->type == JSON_STRING && value->size &&
        (wrong = field->check->wrong(json_slice(value))))
        validation_invalid(v, "", value, "%s", wrong);
    if (field->type && value->type == JSON_OBJECT)
        validate_object(v, field->type, value);
}

static void validate_elements(struct validation *v, const struct schema_field *field, const struct json *list,
                              struct validation_place *place)
{
    place->index = 0;
    json_for_each (it, list) {
        validate_value(v, field, it);
        place->index++;
    }
    place->index = NO_INDEX;
}

static void validate_map(struct validation *v, const struct schema_field *field, const struct json *map)
{
    json_for_each (it, map) {
        struct validation_place here = {v->place, it->key, it->key_size, NO_INDEX, true};
        v->place = &here;
        if (field->shape == SCHEMA_MAP_OF_LISTS)
            validate_elements(v, field, it, &here);
        else
            validate_value(v, field, it);
        validation_leave(v);
    }
}

static void validate_field(struct validation *v, const struct schema_field *field, const struct json *value)
{
    struct validation_place here;

    validation_enter(v, &here, field->name, NO_INDEX);
    if (field->shape == SCHEMA_ONE)
        validate_value(v, field, value);
    else if (field->shape == SCHEMA_LIST)
        validate_elements(v, field, value, &here);
    else
        validate_map(v, field, value);
    validation_leave(v);
}

static bool has_rules(const struct schema_field *field)
{
    return field->enum_values || field->check || field->minimum || field->maximum || field->type;
}

/* First what is missing, then what is there: few rows must be there, and few of the others are. */
static void validate_object(struct validation *v, const struct schema_type *type, const struct json *object)
{
    for (uint16_t i = 0; i < type->fields_count; i++)
        if (type->fields[i].flags & SCHEMA_MUST && is_missing(json_get(object, type->fields[i].name)))
            validation_required(v, type->fields[i].name, "");
    json_for_each (it, object) {
        const struct schema_field *field = schema_field(type, (struct slice){it->key, it->key_size});
        if (field && has_rules(field) && !(field->flags & SCHEMA_MUST && is_missing(it)))
            validate_field(v, field, it);
    }
    if (type->validate_hook)
        type->validate_hook(v, object);
}

unsigned schema_validate(const struct schema_type *type, const struct json *object, struct error *err)
{
    struct validation v = {.err = err, .type = type, .root = object};

    if (!type)
        return 0;
    validate_name(&v, object);
    validate_object(&v, type, object);
    return v.causes;
}

static void update_object(struct validation *v, const struct schema_type *type, const struct json *old,
                          const struct json *object);

/* Elements of lists have no identity here: only members of members are followed. */
static void update_field(struct validation *v, const struct schema_field *field, const struct json *old,
                         const struct json *value)
{
    struct validation_place here;

    validation_enter(v, &here, field->name, NO_INDEX);
    if (field->flags & SCHEMA_IMMUTABLE) {
        if (!json_equal_semantic(old, value))
            validation_invalid(v, "", value, "field is immutable");
    } else if (field->shape == SCHEMA_ONE && json_is(old, JSON_OBJECT) && json_is(value, JSON_OBJECT)) {
        update_object(v, field->type, old, value);
    }
    validation_leave(v);
}

static void update_object(struct validation *v, const struct schema_type *type, const struct json *old,
                          const struct json *object)
{
    for (uint16_t i = 0; i < type->fields_count; i++) {
        const struct schema_field *field = &type->fields[i];
        if (field->flags & SCHEMA_IMMUTABLE || (field->type && field->shape == SCHEMA_ONE))
            update_field(v, field, json_get(old, field->name), json_get(object, field->name));
    }
}

unsigned schema_validate_update(const struct schema_type *type, const struct json *old,
                                const struct json *object, struct error *err)
{
    struct validation v = {.err = err, .type = type, .root = object};

    if (type)
        update_object(&v, type, old, object);
    return v.causes;
}
