/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents to protobuf messages, by the rows. Members are looked up in the order of the rows, which is the
 * order of the field numbers; rows that protobuf puts into a message of their own (a volume's source) stand
 * together, and that message is written around them.
 */
#include "core/api/protobuf-wire.h"
#include "core/api/schema.h"
#include "core/api/schema/types.h"
#include "core/base/clock.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"
#include "core/base/number.h"

static int encode_object(const struct schema_type *type, const struct json *object, struct buffer *out,
                         struct error *err);

static int encode_refuse(const struct schema_field *field, struct error *err)
{
    return error_set(err, ERR_BAD_REQUEST, "%s: a value that has no protobuf form", field->name);
}

static int encode_time(uint32_t number, const struct schema_field *field, const struct json *value,
                       struct buffer *out, struct error *err)
{
    int64_t ns;

    if (!time_parse(json_slice(value), &ns))
        return encode_refuse(field, err);
    int64_t seconds = ns / NS_PER_S - (ns % NS_PER_S < 0);
    size_t start = wire_begin(out, number);
    wire_put_int(out, 1, seconds);
    wire_put_int(out, 2, field->kind == SCHEMA_MICRO_TIME ? ns - seconds * NS_PER_S : 0);
    wire_end(out, start);
    return 0;
}

static int encode_bytes(uint32_t number, const struct schema_field *field, const struct json *value,
                        struct buffer *out, struct error *err)
{
    size_t start = wire_begin(out, number);

    if (!base64_decode(out, json_slice(value), BASE64_STANDARD))
        return encode_refuse(field, err);
    wire_end(out, start);
    return 0;
}

static void encode_int_or_string(uint32_t number, const struct json *value, struct buffer *out)
{
    bool text = value->type == JSON_STRING;
    size_t start = wire_begin(out, number);

    wire_put_int(out, 1, text);
    wire_put_int(out, 2, text ? 0 : json_integer_or(value, 0));
    wire_put_bytes(out, 3, json_slice(value));
    wire_end(out, start);
}

/* RawExtension, FieldsV1 and JSON have one field, which holds the text. */
static void encode_raw(uint32_t number, const struct json *value, struct buffer *out)
{
    size_t start = wire_begin(out, number), inner = wire_begin(out, 1);

    json_write(out, value);
    wire_end(out, inner);
    wire_end(out, start);
}

static int encode_schema(uint32_t number, const struct json *value, struct buffer *out, struct error *err)
{
    size_t start = wire_begin(out, number);

    if (encode_object(&apiextensions_v1_JSONSchemaProps, value, out, err) < 0)
        return -1;
    wire_end(out, start);
    return 0;
}

/* A schema is field 1, or 2 beside a boolean; a list is field 2. */
static int encode_schema_or(uint32_t number, const struct schema_field *field, const struct json *value,
                            struct buffer *out, struct error *err)
{
    bool boolean = field->kind == SCHEMA_PROPS_OR_BOOL;
    size_t start = wire_begin(out, number);

    if (boolean)
        wire_put_int(out, 1, value->type != JSON_BOOL || value->boolean);
    if (value->type == JSON_OBJECT && encode_schema(boolean ? 2 : 1, value, out, err) < 0)
        return -1;
    if (value->type == JSON_ARRAY)
        json_for_each (it, value) {
            if (field->kind == SCHEMA_PROPS_OR_STRINGS)
                wire_put_bytes(out, 2, json_slice(it));
            else if (encode_schema(2, it, out, err) < 0)
                return -1;
        }
    wire_end(out, start);
    return 0;
}

static int encode_message(uint32_t number, const struct schema_field *field, const struct json *value,
                          struct buffer *out, struct error *err)
{
    size_t start = wire_begin(out, number);

    if (encode_object(field->type, value, out, err) < 0)
        return -1;
    wire_end(out, start);
    return 0;
}

static int encode_text_message(uint32_t number, const struct schema_field *field, const struct json *value,
                               struct buffer *out, struct error *err)
{
    size_t start = wire_begin(out, number);
    int64_t ns;

    if (field->kind == SCHEMA_QUANTITY)
        wire_put_bytes(out, 1, json_slice(value));
    else if (parse_duration_ns(json_slice(value), &ns))
        wire_put_int(out, 1, ns);
    else
        return encode_refuse(field, err);
    wire_end(out, start);
    return 0;
}

static int encode_value(uint32_t number, const struct schema_field *field, const struct json *value,
                        struct buffer *out, struct error *err)
{
    switch ((enum schema_kind)field->kind) {
    case SCHEMA_STRING:
        wire_put_bytes(out, number, json_slice(value));
        return 0;
    case SCHEMA_BYTES:
        return encode_bytes(number, field, value, out, err);
    case SCHEMA_INT32:
    case SCHEMA_INT64:
        wire_put_int(out, number, json_integer_or(value, 0));
        return 0;
    case SCHEMA_BOOL:
        wire_put_int(out, number, json_boolean_or(value, false));
        return 0;
    case SCHEMA_DOUBLE:
        wire_put_double(out, number, value->type == JSON_INT ? (double)value->integer : value->number);
        return 0;
    case SCHEMA_OBJECT:
        return encode_message(number, field, value, out, err);
    case SCHEMA_QUANTITY:
    case SCHEMA_DURATION:
        return encode_text_message(number, field, value, out, err);
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
        return encode_time(number, field, value, out, err);
    case SCHEMA_INT_OR_STRING:
        encode_int_or_string(number, value, out);
        return 0;
    case SCHEMA_RAW:
        encode_raw(number, value, out);
        return 0;
    default:
        return encode_schema_or(number, field, value, out, err);
    }
}

static int encode_list(uint32_t number, const struct schema_field *field, const struct json *list,
                       struct buffer *out, struct error *err)
{
    json_for_each (it, list)
        if (encode_value(number, field, it, out, err) < 0)
            return -1;
    return 0;
}

/* An entry is a message of key and value; a list as value is a message of items. */
static int encode_entry(const struct schema_field *field, const struct json *entry, struct buffer *out,
                        struct error *err)
{
    size_t start = wire_begin(out, field->proto);
    int result;

    wire_put_bytes(out, 1, (struct slice){entry->key, entry->key_size});
    if (field->shape == SCHEMA_MAP) {
        result = encode_value(2, field, entry, out, err);
    } else {
        size_t inner = wire_begin(out, 2);
        result = encode_list(1, field, entry, out, err);
        wire_end(out, inner);
    }
    wire_end(out, start);
    return result;
}

static int encode_field(const struct schema_field *field, const struct json *value, struct buffer *out,
                        struct error *err)
{
    if (field->shape == SCHEMA_ONE)
        return encode_value(field->proto, field, value, out, err);
    if (field->shape == SCHEMA_LIST)
        return encode_list(field->proto, field, value, out, err);
    json_for_each (it, value)
        if (encode_entry(field, it, out, err) < 0)
            return -1;
    return 0;
}

/* Messages that are open around the current row, by the rows' embed: 0 none, 2 one, 0x32 message 3 in
 * message 2. */
struct embedding {
    uint8_t open;
    size_t starts[2];
};

static void embedding_set(struct embedding *e, uint8_t want, struct buffer *out)
{
    if (e->open == want)
        return;
    if (e->open >> 4)
        wire_end(out, e->starts[1]);
    if ((e->open & 15) != (want & 15)) {
        if (e->open & 15)
            wire_end(out, e->starts[0]);
        if (want & 15)
            e->starts[0] = wire_begin(out, want & 15);
    }
    if (want >> 4)
        e->starts[1] = wire_begin(out, want >> 4);
    e->open = want;
}

static int encode_object(const struct schema_type *type, const struct json *object, struct buffer *out,
                         struct error *err)
{
    struct embedding embedding = {0};

    for (uint16_t i = 0; i < type->fields_count; i++) {
        const struct schema_field *field = &type->fields[i];
        const struct json *value = field->proto ? json_get(object, field->name) : NULL;
        if (json_is_absent(value))
            continue;
        embedding_set(&embedding, field->embed, out);
        if (encode_field(field, value, out, err) < 0)
            return -1;
    }
    embedding_set(&embedding, 0, out);
    return 0;
}

int schema_to_protobuf(const struct schema_type *type, const struct json *object, struct buffer *out,
                       struct error *err)
{
    if (!type || type->flags & SCHEMA_TYPE_CUSTOM)
        return error_set(err, ERR_NOT_ACCEPTABLE, "the object has no protobuf form");
    return encode_object(type, object, out, err);
}
