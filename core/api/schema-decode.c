/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document is made to fit its type, in place: unknown members go (and are reported), values are checked
 * against their rows and put into canonical form. The text is parsed first and walked then: with an arena
 * document the second pass costs about as much as the first, and patches, YAML and protobuf take it too.
 * Where in the document one is, is kept as a chain on the stack and only written out when something is wrong.
 */
#include "core/api/schema.h"

#include <stdio.h>

#include "core/api/quantity.h"
#include "core/base/clock.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"
#include "core/base/number.h"

#define MESSAGES_MAX   100 /* unknown and duplicate fields that are named */
#define TEXT_SHOWN_MAX 100 /* bytes: a longer string is not shown in an error */

struct place {
    const struct place *up;
    const char *key; /* NULL: an element */
    uint32_t key_size, index;
};
struct decoder {
    struct arena *arena;
    struct buffer *messages; /* one a line; NULL: not wanted */
    unsigned messages_count;
    struct error *err;
};

static void place_write(const struct place *place, struct buffer *out)
{
    if (!place)
        return;
    place_write(place->up, out);
    if (!place->key) {
        buffer_printf(out, "[%u]", place->index);
        return;
    }
    if (out->size)
        buffer_append_char(out, '.');
    buffer_append(out, place->key, place->key_size);
}

static void decode_message(struct decoder *d, const struct place *place, const char *what)
{
    struct buffer path = BUFFER_INIT;

    if (!d->messages || d->messages_count++ >= MESSAGES_MAX)
        return;
    place_write(place, &path);
    buffer_printf(d->messages, "%s%s \"%s\"", d->messages->size ? "\n" : "", what, path.data);
    buffer_done(&path);
}

/* Once: what was decoded is a document like any other. */
static void report_repeated(struct decoder *d, const struct place *place, struct json *member)
{
    if (member->repeated)
        decode_message(d, place, "duplicate field");
    member->repeated = 0;
}

static const char *json_type_name(const struct json *value)
{
    static const char *const names[] = {"null",     "a boolean", "a number", "a number",
                                        "a string", "an array",  "an object"};

    return names[value->type];
}

static int decode_fail(struct decoder *d, const struct place *place, const struct json *value,
                       const char *expected)
{
    struct buffer path = BUFFER_INIT, text = BUFFER_INIT;

    place_write(place, &path);
    if (value->type < JSON_ARRAY && value->size < TEXT_SHOWN_MAX)
        json_write(&text, value);
    error_set(d->err, ERR_BAD_REQUEST, "%s: expected %s, found %s%s%s", path.size ? path.data : "document",
              expected, json_type_name(value), text.size ? " " : "", text.size ? text.data : "");
    buffer_done(&path);
    buffer_done(&text);
    return -1;
}

static void set_text(struct decoder *d, struct json *value, const char *text, size_t size)
{
    struct json *made = json_new_slice(d->arena, (struct slice){text, size});

    json_replace(value, made);
}

static int decode_integer(struct decoder *d, const struct place *place, const struct json *value, bool narrow)
{
    if (value->type != JSON_INT)
        return decode_fail(d, place, value, narrow ? "int32" : "int64");
    if (narrow && (value->integer < INT32_MIN || value->integer > INT32_MAX))
        return decode_fail(d, place, value, "int32");
    return 0;
}

/* Line breaks are allowed in base64, and go. */
static void drop_line_breaks(struct decoder *d, struct json *value)
{
    struct slice rest = json_slice(value);
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;

    if (!memchr(rest.data, '\n', rest.size) && !memchr(rest.data, '\r', rest.size))
        return;
    for (size_t i = 0; i < rest.size; i++)
        if (rest.data[i] != '\n' && rest.data[i] != '\r')
            buffer_append_char(&text, rest.data[i]);
    set_text(d, value, text.data ? text.data : "", text.size);
}

/* The text is not shown in the error: it may be a secret. */
static int decode_bytes(struct decoder *d, const struct place *place, struct json *value)
{
    static const struct json hidden = {.type = JSON_STRING, .size = TEXT_SHOWN_MAX};
    struct buffer data = BUFFER_INIT;

    if (value->type != JSON_STRING)
        return decode_fail(d, place, value, "a string in base64");
    drop_line_breaks(d, value);
    bool right = base64_decode(&data, json_slice(value), BASE64_STANDARD);
    buffer_done(&data);
    return right ? 0 : decode_fail(d, place, &hidden, "base64");
}

/* One to three digits without a leading zero, and a suffix: canonical as it is. */
static bool quantity_is_canonical(struct slice text)
{
    size_t n = 0;

    while (n < text.size && n < 4 && text.data[n] >= '0' && text.data[n] <= '9')
        n++;
    if (n == 0 || n > 3 || text.data[0] == '0')
        return text.size == 1 && text.data[0] == '0';
    if (text.size == n)
        return true;
    bool known = strchr("mkMGTPE", text.data[n]) && text.data[n];
    return known && (text.size == n + 1 ||
                     (text.size == n + 2 && text.data[n + 1] == 'i' && strchr("MGTPE", text.data[n])));
}

static int decode_quantity(struct decoder *d, const struct place *place, struct json *value)
{
    char canonical[QUANTITY_TEXT_MAX];
    struct quantity quantity;
    struct buffer number = BUFFER_INIT;
    struct slice text = json_slice(value);

    if (value->type == JSON_STRING && quantity_is_canonical(text))
        return 0;
    if (value->type == JSON_INT || value->type == JSON_DOUBLE) {
        json_write(&number, value);
        text = (struct slice){number.data, number.size};
    }
    bool right = quantity_parse(text, &quantity);
    buffer_done(&number);
    if (!right)
        return decode_fail(d, place, value,
                           "a quantity (quantities must match the regular expression "
                           "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$')");
    quantity_format(&quantity, canonical);
    if (value->type != JSON_STRING || !slice_is(json_slice(value), canonical))
        set_text(d, value, canonical, strlen(canonical));
    return 0;
}

static int decode_time(struct decoder *d, const struct place *place, struct json *value, bool micro)
{
    struct slice text = json_slice(value);
    char canonical[TIME_TEXT_MAX];
    int64_t ns;

    if (value->type != JSON_STRING || !time_parse(text, &ns))
        return decode_fail(d, place, value, "a time (RFC 3339)");
    if (micro)
        time_format_micro(ns, canonical);
    else
        time_format(ns, canonical);
    if (!slice_is(text, canonical))
        set_text(d, value, canonical, strlen(canonical));
    return 0;
}

static int decode_scalar(struct decoder *d, enum schema_kind kind, struct json *value,
                         const struct place *place)
{
    int64_t ns;

    switch (kind) {
    case SCHEMA_STRING:
        return value->type == JSON_STRING ? 0 : decode_fail(d, place, value, "string");
    case SCHEMA_BYTES:
        return decode_bytes(d, place, value);
    case SCHEMA_INT32:
    case SCHEMA_INT64:
        return decode_integer(d, place, value, kind == SCHEMA_INT32);
    case SCHEMA_DOUBLE:
        return value->type == JSON_INT || value->type == JSON_DOUBLE ? 0
                                                                     : decode_fail(d, place, value, "number");
    case SCHEMA_BOOL:
        return value->type == JSON_BOOL ? 0 : decode_fail(d, place, value, "boolean");
    case SCHEMA_QUANTITY:
        return decode_quantity(d, place, value);
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
        return decode_time(d, place, value, kind == SCHEMA_MICRO_TIME);
    case SCHEMA_INT_OR_STRING:
        return value->type == JSON_STRING ? 0 : decode_integer(d, place, value, true);
    case SCHEMA_DURATION:
        return parse_duration_ns(json_slice(value), &ns) ? 0 : decode_fail(d, place, value, "a duration");
    default:
        return 0;
    }
}

static int decode_object(struct decoder *d, const struct schema_type *type, bool keep_unknown,
                         struct json *object, const struct place *place);

/* What upstream's structs hold where an element is null. */
static void set_zero(struct decoder *d, enum schema_kind kind, struct json *value)
{
    static const struct json zero_int = {.type = JSON_INT}, zero_bool = {.type = JSON_BOOL},
                             empty = {.type = JSON_OBJECT};

    switch (kind) {
    case SCHEMA_OBJECT:
        json_replace(value, &empty);
        return;
    case SCHEMA_INT32:
    case SCHEMA_INT64:
    case SCHEMA_DOUBLE:
        json_replace(value, &zero_int);
        return;
    case SCHEMA_BOOL:
        json_replace(value, &zero_bool);
        return;
    case SCHEMA_STRING:
    case SCHEMA_BYTES:
        set_text(d, value, "", 0);
        return;
    case SCHEMA_QUANTITY:
        set_text(d, value, "0", 1);
        return;
    default:
        return;
    }
}

static int decode_one(struct decoder *d, const struct schema_field *field, struct json *value,
                      const struct place *place)
{
    if (field->kind == SCHEMA_OBJECT)
        return decode_object(d, field->type, field->flags & SCHEMA_PRESERVE_UNKNOWN, value, place);
    return decode_scalar(d, field->kind, value, place);
}

static int decode_item(struct decoder *d, const struct schema_field *field, struct json *value,
                       const struct place *place)
{
    if (value->type == JSON_NULL) {
        if (!(field->flags & SCHEMA_NULLABLE))
            set_zero(d, field->kind, value);
        return 0;
    }
    return decode_one(d, field, value, place);
}

static int decode_list(struct decoder *d, const struct schema_field *field, struct json *list,
                       const struct place *place)
{
    struct place here = {.up = place};

    if (list->type != JSON_ARRAY)
        return decode_fail(d, place, list, "array");
    json_for_each (it, list) {
        if (decode_item(d, field, it, &here) < 0)
            return -1;
        here.index++;
    }
    return 0;
}

static int decode_map(struct decoder *d, const struct schema_field *field, struct json *map,
                      const struct place *place)
{
    if (map->type != JSON_OBJECT)
        return decode_fail(d, place, map, "object");
    json_for_each (it, map) {
        struct place here = {place, it->key, it->key_size, 0};
        report_repeated(d, &here, it);
        int result = field->shape == SCHEMA_MAP_OF_LISTS ? decode_list(d, field, it, &here)
                                                         : decode_item(d, field, it, &here);
        if (result < 0)
            return -1;
    }
    return 0;
}

static int decode_field(struct decoder *d, const struct schema_field *field, struct json *value,
                        const struct place *place)
{
    switch ((enum schema_shape)field->shape) {
    case SCHEMA_LIST:
        return decode_list(d, field, value, place);
    case SCHEMA_MAP:
    case SCHEMA_MAP_OF_LISTS:
        return decode_map(d, field, value, place);
    default:
        return decode_one(d, field, value, place);
    }
}

/* What upstream's structs leave out when they are written: "", 0 and false where these mean the same as
 * nothing. */
static bool is_omitted(const struct schema_field *field, const struct json *value)
{
    if (value->type == JSON_STRING)
        return value->size == 0 && !(field->flags & SCHEMA_KEEP_EMPTY) &&
               !(field->default_json && field->default_json[1] == '"');
    if (!(field->flags & SCHEMA_OMIT_ZERO))
        return false;
    return value->type == JSON_BOOL ? !value->boolean : value->type == JSON_INT && value->integer == 0;
}

/* Null and, in built-in types, an empty list or map mean the same as nothing. What is always published may be
 * empty. */
static bool is_nothing(const struct schema_type *type, const struct schema_field *field,
                       const struct json *value)
{
    bool custom = type->flags & SCHEMA_TYPE_CUSTOM;

    if (value->type == JSON_NULL)
        return !(custom && field->flags & SCHEMA_NULLABLE);
    if (custom || field->flags & SCHEMA_REQUIRED)
        return false;
    if (field->shape == SCHEMA_ONE)
        return is_omitted(field, value);
    return value->size == 0 && value->type >= JSON_ARRAY;
}

/* 1: keep the member, 0: drop it. */
static int decode_member(struct decoder *d, const struct schema_type *type, bool keep_unknown,
                         struct json *member, const struct place *place)
{
    const struct schema_field *field = schema_field(type, (struct slice){member->key, member->key_size});

    report_repeated(d, place, member);
    if (!field) {
        if (!keep_unknown)
            decode_message(d, place, "unknown field");
        return keep_unknown;
    }
    if (member->type != JSON_NULL && decode_field(d, field, member, place) < 0)
        return -1;
    return !is_nothing(type, field, member);
}

static int decode_object(struct decoder *d, const struct schema_type *type, bool keep_unknown,
                         struct json *object, const struct place *place)
{
    struct json *kept = NULL, *next;

    if (object->type != JSON_OBJECT)
        return decode_fail(d, place, object, "object");
    for (struct json *it = object->first; it; it = next) {
        struct place here = {place, it->key, it->key_size, 0};
        int keep = decode_member(d, type, keep_unknown, it, &here);
        next = it->next;
        if (keep < 0)
            return -1;
        if (keep) {
            kept = it;
            continue;
        }
        *(kept ? &kept->next : &object->first) = next;
        object->size--;
    }
    object->last = kept;
    return 0;
}

static int strict_error(struct error *err, struct slice messages)
{
    _cleanup_(buffer_done) struct buffer joined = BUFFER_INIT;

    while (messages.size) {
        buffer_append_str(&joined, joined.size ? ", " : "");
        buffer_append_slice(&joined, slice_cut(&messages, '\n'));
    }
    return error_set(err, ERR_BAD_REQUEST, "strict decoding error: %s", joined.data);
}

int schema_prune(struct arena *arena, const struct schema_type *type, struct json *object,
                 enum schema_strictness strictness, struct buffer *warnings, struct error *err)
{
    _cleanup_(buffer_done) struct buffer own = BUFFER_INIT;
    struct decoder d = {.arena = arena, .err = err};

    if (strictness != SCHEMA_IGNORE)
        d.messages = &own;
    if (!type)
        return object->type == JSON_OBJECT ? 0 : decode_fail(&d, NULL, object, "object");
    if (decode_object(&d, type, type->flags & SCHEMA_TYPE_PRESERVE_UNKNOWN, object, NULL) < 0)
        return -1;
    if (own.size && strictness == SCHEMA_STRICT)
        return strict_error(err, (struct slice){own.data, own.size});
    if (own.size && warnings) {
        if (warnings->size)
            buffer_append_char(warnings, '\n');
        buffer_append(warnings, own.data, own.size);
    }
    return 0;
}

int schema_decode(struct arena *arena, const struct schema_type *type, struct slice text,
                  enum schema_strictness strictness, struct json **ret, struct buffer *warnings,
                  struct error *err)
{
    struct json *object;

    if (json_parse(arena, text, &object, err) < 0 ||
        schema_prune(arena, type, object, strictness, warnings, err) < 0)
        return -1;
    *ret = object;
    return 0;
}
