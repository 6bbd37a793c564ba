/* SPDX-License-Identifier: Apache-2.0 */
/* Upstream's words for what can be wrong with a field, and the path of the field in front of them. */
#include "core/api/validate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/memory.h"

#define VALUE_SHOWN_MAX 1024 /* bytes of a wrong value that are repeated in the message */

void validation_enter(struct validation *v, struct validation_place *place, const char *key, uint32_t index)
{
    *place = (struct validation_place){v->place, key, key ? (uint32_t)strlen(key) : 0, index, false};
    v->place = place;
}

void validation_leave(struct validation *v)
{
    v->place = v->place->up;
}

void validation_enter_value(struct validation *v, struct validation_place place[2], const char *key,
                            const struct json *value)
{
    validation_enter(v, &place[0], key, NO_INDEX);
    validation_enter(v, &place[1], value->key, NO_INDEX);
    place[1].in_map = true;
}

void validation_leave_value(struct validation *v)
{
    validation_leave(v);
    validation_leave(v);
}

static void place_write(const struct validation_place *place, struct buffer *out)
{
    if (!place)
        return;
    place_write(place->up, out);
    if (place->in_map) {
        buffer_printf(out, "[%.*s]", (int)place->key_size, place->key);
    } else if (place->key) {
        buffer_append_str(out, out->size ? "." : "");
        buffer_append(out, place->key, place->key_size);
    }
    if (place->index != NO_INDEX)
        buffer_printf(out, "[%u]", place->index);
}

static void validation_add(struct validation *v, const char *reason, const char *field, const char *message)
{
    _cleanup_(buffer_done) struct buffer path = BUFFER_INIT;

    v->causes++;
    place_write(v->place, &path);
    if (*field) {
        buffer_append_str(&path, path.size && *field != '[' ? "." : "");
        buffer_append_str(&path, field);
    }
    error_add_cause(v->err, reason, path.data ? path.data : "", "%s", message);
}

/* Texts in quotes, everything else as it is written. */
static void value_write(const struct json *value, struct buffer *out)
{
    size_t start = out->size;

    if (json_is_absent(value))
        buffer_append_str(out, "\"\"");
    else
        json_write(out, value);
    if (out->size - start > VALUE_SHOWN_MAX) {
        out->size = start + VALUE_SHOWN_MAX;
        buffer_append_str(out, "...");
    }
}

void validation_required(struct validation *v, const char *field, const char *detail)
{
    _cleanup_free_ char *message = xasprintf("Required value%s%s", *detail ? ": " : "", detail);

    validation_add(v, "FieldValueRequired", field, message);
}

void validation_invalid(struct validation *v, const char *field, const struct json *value, const char *fmt,
                        ...)
{
    _cleanup_(buffer_done) struct buffer message = BUFFER_INIT;
    va_list ap;

    va_start(ap, fmt);
    _cleanup_free_ char *detail = xvasprintf(fmt, ap);
    va_end(ap);
    buffer_append_str(&message, "Invalid value: ");
    value_write(value, &message);
    buffer_printf(&message, ": %s", detail);
    validation_add(v, "FieldValueInvalid", field, message.data);
}

void validation_forbidden(struct validation *v, const char *field, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    _cleanup_free_ char *detail = xvasprintf(fmt, ap);
    va_end(ap);
    _cleanup_free_ char *message = xasprintf("Forbidden: %s", detail);
    validation_add(v, "FieldValueForbidden", field, message);
}

void validation_unsupported(struct validation *v, const char *field, const struct json *value,
                            const char *const *supported)
{
    _cleanup_(buffer_done) struct buffer message = BUFFER_INIT;

    buffer_append_str(&message, "Unsupported value: ");
    value_write(value, &message);
    for (unsigned i = 0; supported[i]; i++)
        buffer_printf(&message, "%s\"%s\"", i ? ", " : ": supported values: ", supported[i]);
    validation_add(v, "FieldValueNotSupported", field, message.data);
}

static void validation_about(struct validation *v, const char *reason, const char *field, const char *what,
                             const struct json *value)
{
    _cleanup_(buffer_done) struct buffer message = BUFFER_INIT;

    buffer_append_str(&message, what);
    value_write(value, &message);
    validation_add(v, reason, field, message.data);
}

void validation_duplicate(struct validation *v, const char *field, const struct json *value)
{
    validation_about(v, "FieldValueDuplicate", field, "Duplicate value: ", value);
}

void validation_not_found(struct validation *v, const char *field, const struct json *value)
{
    validation_about(v, "FieldValueNotFound", field, "Not found: ", value);
}

void validation_too_long(struct validation *v, const char *field, unsigned max_bytes)
{
    _cleanup_free_ char *message = xasprintf("Too long: may not be more than %u bytes", max_bytes);

    validation_add(v, "FieldValueTooLong", field, message);
}

void validation_too_many(struct validation *v, const char *field, unsigned count, unsigned max)
{
    _cleanup_free_ char *message = xasprintf("Too many: %u: must have at most %u items", count, max);

    validation_add(v, "FieldValueTooMany", field, message);
}

bool member_has(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, key);

    return !json_is_absent(value) &&
           !((value->type == JSON_STRING || value->type == JSON_ARRAY) && value->size == 0);
}

bool member_is(const struct json *object, const char *key, const char *text)
{
    return slice_is(json_slice(json_get(object, key)), text);
}
