/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protobuf messages to documents, by the rows. Fields that no row knows are skipped, as protobuf wants it;
 * the document then goes through schema_prune as all input does, which checks its values and leaves out the
 * zeros that Go writes for everything that is not a pointer. A message that is in the wire format but not in
 * JSON (a volume's source) fills the object around it.
 */
#include <inttypes.h>

#include "core/api/json-index.h"
#include "core/api/protobuf-wire.h"
#include "core/api/schema.h"
#include "core/api/schema/types.h"
#include "core/base/clock.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

struct decoder {
    struct arena *arena;
    struct error *err;
    unsigned depth;
};

#define MESSAGES_DEPTH_MAX                                                                                   \
    128 /* message in message; deeper input is refused: it is read recursively, on small stacks */

static struct json *decode_message(struct decoder *d, const struct schema_type *type, struct slice data);

static int decode_fail(struct decoder *d, const char *what)
{
    return error_set(d->err, ERR_BAD_REQUEST, "invalid protobuf message: %s", what);
}

/* The two or three scalar fields of Time, IntOrString, Quantity and such. */
struct small {
    int64_t numbers[4]; /* by field number */
    struct slice texts[4];
    bool empty;
};

static bool decode_small(struct slice data, struct small *ret)
{
    struct wire_field field;
    bool broken = false;

    *ret = (struct small){.texts = {{"", 0}, {"", 0}, {"", 0}, {"", 0}}, .empty = data.size == 0};
    while (wire_next(&data, &field, &broken))
        if (field.number < ARRAY_SIZE(ret->numbers)) {
            ret->numbers[field.number] = (int64_t)field.value;
            ret->texts[field.number] = field.bytes;
        }
    return !broken;
}

static struct json *decode_time(struct decoder *d, const struct small *m, bool micro)
{
    char text[TIME_TEXT_MAX];
    int64_t ns;

    if (m->empty)
        return json_new_null(d->arena);
    if (__builtin_mul_overflow(m->numbers[1], NS_PER_S, &ns) ||
        __builtin_add_overflow(ns, m->numbers[2], &ns)) {
        decode_fail(d, "a time that is out of range");
        return NULL;
    }
    if (micro)
        time_format_micro(ns, text);
    else
        time_format(ns, text);
    return json_new_string(d->arena, text);
}

static struct json *decode_bytes(struct decoder *d, struct slice data)
{
    struct buffer text = BUFFER_INIT;

    base64_encode(&text, data.data, data.size, BASE64_STANDARD);
    struct json *value = json_new_slice(d->arena, (struct slice){text.data ? text.data : "", text.size});
    buffer_done(&text);
    return value;
}

static struct json *decode_raw(struct decoder *d, struct slice text)
{
    struct json *value;

    if (text.size == 0)
        return json_new_null(d->arena);
    return json_parse(d->arena, text, &value, d->err) < 0 ? NULL : value;
}

static struct json *decode_schema_or(struct decoder *d, const struct schema_field *field, struct slice data)
{
    struct json *list = NULL, *schema = NULL;
    bool broken = false, allows = false, boolean = field->kind == SCHEMA_PROPS_OR_BOOL;
    struct wire_field part;

    while (wire_next(&data, &part, &broken)) {
        if (boolean && part.number == 1) {
            allows = part.value;
        } else if (part.number == (boolean ? 2u : 1u)) {
            if (!(schema = decode_message(d, &apiextensions_v1_JSONSchemaProps, part.bytes)))
                return NULL;
        } else if (part.number == 2) {
            list = list ? list : json_new_array(d->arena);
            struct json *item = field->kind == SCHEMA_PROPS_OR_STRINGS
                                    ? json_new_slice(d->arena, part.bytes)
                                    : decode_message(d, &apiextensions_v1_JSONSchemaProps, part.bytes);
            if (!item)
                return NULL;
            json_append(d->arena, list, item);
        }
    }
    if (broken) {
        decode_fail(d, field->name);
        return NULL;
    }
    return schema    ? schema
           : list    ? list
           : boolean ? json_new_bool(d->arena, allows)
                     : json_new_null(d->arena);
}

/* Values that are messages of their own in protobuf and scalars in JSON. */
static struct json *decode_small_value(struct decoder *d, const struct schema_field *field, struct slice data)
{
    struct small m;

    if (!decode_small(data, &m)) {
        decode_fail(d, field->name);
        return NULL;
    }
    switch ((enum schema_kind)field->kind) {
    case SCHEMA_QUANTITY:
        return json_new_slice(d->arena, m.texts[1].size ? m.texts[1] : SLICE("0"));
    case SCHEMA_DURATION:
        return json_new_stringf(d->arena, "%" PRId64 "ns", m.numbers[1]);
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
        return decode_time(d, &m, field->kind == SCHEMA_MICRO_TIME);
    case SCHEMA_INT_OR_STRING:
        return m.numbers[1] ? json_new_slice(d->arena, m.texts[3])
                            : json_new_int(d->arena, (int32_t)m.numbers[2]);
    default:
        return decode_raw(d, m.texts[1]);
    }
}

static struct json *decode_value(struct decoder *d, const struct schema_field *field,
                                 const struct wire_field *wire)
{
    double number;

    switch ((enum schema_kind)field->kind) {
    case SCHEMA_STRING:
        return json_new_slice(d->arena, wire->bytes);
    case SCHEMA_BYTES:
        return decode_bytes(d, wire->bytes);
    case SCHEMA_INT32:
        return json_new_int(d->arena, (int32_t)wire->value);
    case SCHEMA_INT64:
        return json_new_int(d->arena, (int64_t)wire->value);
    case SCHEMA_BOOL:
        return json_new_bool(d->arena, wire->value);
    case SCHEMA_DOUBLE:
        memcpy(&number, &wire->value, sizeof(number));
        return json_new_double(d->arena, number);
    case SCHEMA_OBJECT:
        return decode_message(d, field->type, wire->bytes);
    case SCHEMA_PROPS_OR_ARRAY:
    case SCHEMA_PROPS_OR_BOOL:
    case SCHEMA_PROPS_OR_STRINGS:
        return decode_schema_or(d, field, wire->bytes);
    default:
        return decode_small_value(d, field, wire->bytes);
    }
}

static enum wire_type wire_type_of(const struct schema_field *field)
{
    if (field->kind == SCHEMA_INT32 || field->kind == SCHEMA_INT64 || field->kind == SCHEMA_BOOL)
        return WIRE_VARINT;
    return field->kind == SCHEMA_DOUBLE ? WIRE_FIXED64 : WIRE_BYTES;
}

static struct json *decode_items(struct decoder *d, const struct schema_field *field, struct slice data)
{
    struct json *list = json_new_array(d->arena);
    struct wire_field item;
    bool broken = false;

    while (wire_next(&data, &item, &broken)) {
        struct json *value =
            item.number == 1 && item.type == wire_type_of(field) ? decode_value(d, field, &item) : NULL;
        if (!value)
            return NULL;
        json_append(d->arena, list, value);
    }
    return broken ? NULL : list;
}

static int decode_entry(struct decoder *d, const struct schema_field *field, struct json *map,
                        struct slice data)
{
    struct slice key = {"", 0};
    struct json *value = NULL;
    struct wire_field part;
    bool broken = false;

    while (wire_next(&data, &part, &broken)) {
        if (part.number == 1)
            key = part.bytes;
        else if (part.number == 2 && field->shape == SCHEMA_MAP_OF_LISTS)
            value = decode_items(d, field, part.bytes);
        else if (part.number == 2 && part.type == wire_type_of(field))
            value = decode_value(d, field, &part);
        if (part.number == 2 && !value)
            return decode_fail(d, field->name);
    }
    if (broken || key.size >= (1u << 24))
        return decode_fail(d, field->name);
    if (!value)
        value = json_new_null(d->arena);
    value->key = json_new_slice(d->arena, key)->string;
    value->key_size = key.size & 0xffffff;
    json_append_node(map, value);
    return 0;
}

static struct json *container_of_field(struct decoder *d, const struct schema_field *field,
                                       struct json *object)
{
    struct json *container = json_get(object, field->name);

    if (container)
        return container;
    return json_set(d->arena, object, field->name,
                    field->shape == SCHEMA_LIST ? json_new_array(d->arena) : json_new_object(d->arena));
}

static int decode_field(struct decoder *d, const struct schema_field *field, struct json *object,
                        const struct wire_field *wire)
{
    if (field->shape == SCHEMA_MAP || field->shape == SCHEMA_MAP_OF_LISTS) {
        if (wire->type != WIRE_BYTES)
            return decode_fail(d, field->name);
        return decode_entry(d, field, container_of_field(d, field, object), wire->bytes);
    }
    if (wire->type != wire_type_of(field))
        return decode_fail(d, field->name);
    struct json *value = decode_value(d, field, wire);
    if (!value)
        return -1;
    if (field->shape == SCHEMA_LIST)
        json_append(d->arena, container_of_field(d, field, object), value);
    else
        json_set(d->arena, object, field->name, value);
    return 0;
}

/* Inside of which embedded message a number leads: the value of the rows' embed there; 0: none. */
static uint8_t embedded_by(const struct schema_type *type, uint8_t within, uint32_t number)
{
    uint8_t want = within ? (uint8_t)(number << 4 | within) : (uint8_t)number, mask = within ? 0xff : 15;

    if (number > 15 || within >> 4)
        return 0;
    for (uint16_t i = 0; i < type->fields_count; i++)
        if (type->fields[i].embed && (type->fields[i].embed & mask) == want)
            return want;
    return 0;
}

/* Fields come in the order of their numbers, so the search goes on where the last one was found. */
static const struct schema_field *find_row(const struct schema_type *type, uint8_t within, uint32_t number,
                                           uint16_t *hint)
{
    for (uint16_t i = 0; i < type->fields_count; i++) {
        uint16_t at = (uint16_t)((*hint + i) % type->fields_count);
        if (type->fields[at].proto == number && number && type->fields[at].embed == within) {
            *hint = at;
            return &type->fields[at];
        }
    }
    return NULL;
}

static int decode_fields(struct decoder *d, const struct schema_type *type, uint8_t within,
                         struct json *object, struct slice data)
{
    struct wire_field wire;
    bool broken = false;
    uint16_t hint = 0;

    while (wire_next(&data, &wire, &broken)) {
        const struct schema_field *field = find_row(type, within, wire.number, &hint);
        uint8_t embedded = field ? 0 : embedded_by(type, within, wire.number);
        int result = 0;
        if (field)
            result = decode_field(d, field, object, &wire);
        else if (embedded && wire.type == WIRE_BYTES)
            result = decode_fields(d, type, embedded, object, wire.bytes);
        if (result < 0)
            return -1;
    }
    return broken ? decode_fail(d, type->name) : 0;
}

/* Of entries with one key the last one counts. */
static void settle_maps(const struct schema_type *type, struct json *object)
{
    json_for_each (it, object) {
        const struct schema_field *field = it->type == JSON_OBJECT && it->size > 1
                                               ? schema_field(type, (struct slice){it->key, it->key_size})
                                               : NULL;
        if (field && (field->shape == SCHEMA_MAP || field->shape == SCHEMA_MAP_OF_LISTS))
            json_drop_repeated(it);
    }
}

static struct json *decode_message(struct decoder *d, const struct schema_type *type, struct slice data)
{
    struct json *object = json_new_object(d->arena);

    if (d->depth == MESSAGES_DEPTH_MAX) {
        decode_fail(d, "nested too deep");
        return NULL;
    }
    d->depth++;
    int result = decode_fields(d, type, 0, object, data);
    d->depth--;
    if (result < 0)
        return NULL;
    settle_maps(type, object);
    return object;
}

int schema_from_protobuf(struct arena *arena, const struct schema_type *type, struct slice data,
                         struct json **ret, struct error *err)
{
    struct decoder d = {arena, err, 0};

    if (!type || type->flags & SCHEMA_TYPE_CUSTOM)
        return error_set(err, ERR_UNSUPPORTED_MEDIA_TYPE, "the object has no protobuf form");
    struct json *object = decode_message(&d, type, data);
    if (!object || schema_prune(arena, type, object, SCHEMA_IGNORE, NULL, err) < 0)
        return -1;
    *ret = object;
    return 0;
}
