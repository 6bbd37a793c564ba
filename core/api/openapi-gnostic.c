/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenAPI documents as protobuf, in the messages that gnostic's models give them: JSON in, fields out, by a
 * table a message. Where the model has a message for a choice (a schema or a reference to one) the table
 * names a function that looks which it is. Numbers: OpenAPIv2.proto and OpenAPIv3.proto of
 * github.com/google/gnostic-models.
 */
#include "core/api/openapi-build.h"
#include "core/base/memory.h"

enum gnostic_kind {
    GNOSTIC_STRING,
    GNOSTIC_BOOL,
    GNOSTIC_STRINGS, /* a list, a field each */
    GNOSTIC_TYPE,    /* v2's TypeItem: a message around the string */
    GNOSTIC_ANYS,    /* a list of any JSON, as YAML text */
    GNOSTIC_MESSAGE,
    GNOSTIC_MESSAGES /* a list */
};

struct gnostic_field {
    const char *key;
    uint8_t number, kind;
    const struct gnostic_message *message;
};

struct gnostic_message {
    const struct gnostic_field *fields; /* ended by one without a key */
    uint8_t extension;                  /* takes the members whose names begin with x-; 0: none */
    uint8_t member; /* takes all other members, as messages of name and value; 0: they are dropped */
    const struct gnostic_message *member_message;
    /* The message is a choice: which of its fields, and what is in it; 0: none. */
    unsigned (*choose)(const struct json *value, const struct gnostic_message **ret);
};

static void append_varint(struct buffer *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        buffer_append_char(out, (char)(value | 0x80));
    buffer_append_char(out, (char)value);
}

void gnostic_append_string(struct buffer *out, unsigned number, struct slice text)
{
    append_varint(out, number << 3 | 2);
    append_varint(out, text.size);
    buffer_append_slice(out, text);
}

void gnostic_wrap(struct buffer *out, size_t start, unsigned number)
{
    struct buffer head = BUFFER_INIT;
    size_t size = out->size - start;
    append_varint(&head, number << 3 | 2);
    append_varint(&head, size);
    buffer_append(out, head.data, head.size); /* makes room */
    memmove(out->data + start + head.size, out->data + start, size);
    memcpy(out->data + start, head.data, head.size);
    buffer_done(&head);
}

/* Any: JSON is YAML. */
static void append_any(struct buffer *out, unsigned number, const struct json *value)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    size_t start = out->size;
    json_write(&text, value);
    gnostic_append_string(out, 2, (struct slice){text.data, text.size});
    gnostic_wrap(out, start, number);
}

static void append_message(struct buffer *out, const struct gnostic_message *message,
                           const struct json *value);

static void append_field(struct buffer *out, const struct gnostic_field *field, const struct json *value)
{
    size_t start = out->size;
    switch ((enum gnostic_kind)field->kind) {
    case GNOSTIC_STRING:
        gnostic_append_string(out, field->number, json_slice(value));
        break;
    case GNOSTIC_BOOL:
        append_varint(out, (uint64_t)field->number << 3);
        append_varint(out, json_boolean_or(value, false));
        break;
    case GNOSTIC_STRINGS:
        json_for_each (it, value)
            gnostic_append_string(out, field->number, json_slice(it));
        break;
    case GNOSTIC_TYPE:
        gnostic_append_string(out, 1, json_slice(value));
        gnostic_wrap(out, start, field->number);
        break;
    case GNOSTIC_ANYS:
        json_for_each (it, value)
            append_any(out, field->number, it);
        break;
    case GNOSTIC_MESSAGE:
        gnostic_append(out, field->number, field->message, NULL, value);
        break;
    case GNOSTIC_MESSAGES:
        json_for_each (it, value)
            gnostic_append(out, field->number, field->message, NULL, it);
        break;
    }
}

static const struct gnostic_field *find_field(const struct gnostic_message *message, const char *key)
{
    for (const struct gnostic_field *field = message->fields; field && field->key; field++)
        if (!strcmp(field->key, key))
            return field;
    return NULL;
}

static void append_member(struct buffer *out, const struct gnostic_message *message,
                          const struct json *member)
{
    const struct gnostic_field *field = find_field(message, member->key);
    size_t start = out->size;
    if (field) {
        append_field(out, field, member);
    } else if (message->extension && !strncmp(member->key, "x-", 2)) {
        gnostic_append_string(out, 1, (struct slice){member->key, member->key_size});
        append_any(out, 2, member);
        gnostic_wrap(out, start, message->extension);
    } else if (message->member) {
        gnostic_append_string(out, 1, (struct slice){member->key, member->key_size});
        gnostic_append(out, 2, message->member_message, NULL, member);
        gnostic_wrap(out, start, message->member);
    }
}

static void append_message(struct buffer *out, const struct gnostic_message *message,
                           const struct json *value)
{
    if (message->choose) {
        const struct gnostic_message *chosen;
        unsigned number = message->choose(value, &chosen);
        if (number && chosen) {
            gnostic_append(out, number, chosen, NULL, value);
        } else if (number) { /* a boolean */
            append_varint(out, number << 3);
            append_varint(out, json_boolean_or(value, false));
        }
        return;
    }
    json_for_each (it, value)
        if (it->key)
            append_member(out, message, it);
}

void gnostic_append(struct buffer *out, unsigned number, const struct gnostic_message *message,
                    const char *name, const struct json *value)
{
    size_t start = out->size, inner;
    if (name)
        gnostic_append_string(out, 1, slice_of(name));
    inner = out->size;
    append_message(out, message, value);
    if (name)
        gnostic_wrap(out, inner, 2);
    gnostic_wrap(out, start, number);
}

/* Version 2. */

static const struct gnostic_message v2_schema, v2_parameter;

static const struct gnostic_message v2_reference = {
    (const struct gnostic_field[]){{"$ref", 1, GNOSTIC_STRING}, {NULL}}};

static unsigned choose_v2_schema_or_boolean(const struct json *value, const struct gnostic_message **ret)
{
    *ret = json_is(value, JSON_BOOL) ? NULL : &v2_schema;
    return json_is(value, JSON_BOOL) ? 2 : 1;
}
static const struct gnostic_message v2_additional = {.choose = choose_v2_schema_or_boolean};

static unsigned choose_v2_first(const struct json *value, const struct gnostic_message **ret)
{
    *ret = &v2_schema;
    return 1;
}
static const struct gnostic_message v2_one_schema = {.choose = choose_v2_first}; /* ItemsItem, SchemaItem */

static const struct gnostic_message v2_properties = {.member = 1, .member_message = &v2_schema};

static const struct gnostic_field v2_schema_fields[] = {
    {"$ref", 1, GNOSTIC_STRING},
    {"format", 2, GNOSTIC_STRING},
    {"title", 3, GNOSTIC_STRING},
    {"description", 4, GNOSTIC_STRING},
    {"pattern", 13, GNOSTIC_STRING},
    {"required", 19, GNOSTIC_STRINGS},
    {"enum", 20, GNOSTIC_ANYS},
    {"additionalProperties", 21, GNOSTIC_MESSAGE, &v2_additional},
    {"type", 22, GNOSTIC_TYPE},
    {"items", 23, GNOSTIC_MESSAGE, &v2_one_schema},
    {"properties", 25, GNOSTIC_MESSAGE, &v2_properties},
    {NULL},
};
static const struct gnostic_message v2_schema = {v2_schema_fields, .extension = 31};

static const struct gnostic_message v2_body = {
    (const struct gnostic_field[]){
        {"description", 1, GNOSTIC_STRING},
        {"name", 2, GNOSTIC_STRING},
        {"in", 3, GNOSTIC_STRING},
        {"required", 4, GNOSTIC_BOOL},
        {"schema", 5, GNOSTIC_MESSAGE, &v2_schema},
        {NULL},
    },
    .extension = 6,
};
static const struct gnostic_message v2_query = {
    (const struct gnostic_field[]){
        {"required", 1, GNOSTIC_BOOL},
        {"in", 2, GNOSTIC_STRING},
        {"description", 3, GNOSTIC_STRING},
        {"name", 4, GNOSTIC_STRING},
        {"type", 6, GNOSTIC_STRING},
        {"format", 7, GNOSTIC_STRING},
        {"uniqueItems", 20, GNOSTIC_BOOL},
        {NULL},
    },
    .extension = 23,
};
static const struct gnostic_message v2_path_parameter = {
    (const struct gnostic_field[]){
        {"required", 1, GNOSTIC_BOOL},
        {"in", 2, GNOSTIC_STRING},
        {"description", 3, GNOSTIC_STRING},
        {"name", 4, GNOSTIC_STRING},
        {"type", 5, GNOSTIC_STRING},
        {"format", 6, GNOSTIC_STRING},
        {"uniqueItems", 19, GNOSTIC_BOOL},
        {NULL},
    },
    .extension = 22,
};

static bool parameter_is_in(const struct json *value, const char *where)
{
    return !strcmp(json_string_or(json_get(value, "in"), ""), where);
}

static unsigned choose_v2_non_body(const struct json *value, const struct gnostic_message **ret)
{
    bool path = parameter_is_in(value, "path");
    *ret = path ? &v2_path_parameter : &v2_query;
    return path ? 4 : 3;
}
static const struct gnostic_message v2_non_body = {.choose = choose_v2_non_body};

static unsigned choose_v2_parameter(const struct json *value, const struct gnostic_message **ret)
{
    bool body = parameter_is_in(value, "body");
    *ret = body ? &v2_body : &v2_non_body;
    return body ? 1 : 2;
}
static const struct gnostic_message v2_parameter = {.choose = choose_v2_parameter};

static unsigned choose_v2_parameters_item(const struct json *value, const struct gnostic_message **ret)
{
    bool reference = json_get(value, "$ref");
    *ret = reference ? &v2_reference : &v2_parameter;
    return reference ? 2 : 1;
}
static const struct gnostic_message v2_parameters_item = {.choose = choose_v2_parameters_item};

static const struct gnostic_message v2_response = {
    (const struct gnostic_field[]){
        {"description", 1, GNOSTIC_STRING},
        {"schema", 2, GNOSTIC_MESSAGE, &v2_one_schema},
        {NULL},
    },
    .extension = 5,
};
static unsigned choose_v2_response(const struct json *value, const struct gnostic_message **ret)
{
    *ret = &v2_response;
    return 1;
}
static const struct gnostic_message v2_response_value = {.choose = choose_v2_response};
static const struct gnostic_message v2_responses = {
    .extension = 2, .member = 1, .member_message = &v2_response_value};

static const struct gnostic_message v2_operation = {
    (const struct gnostic_field[]){
        {"tags", 1, GNOSTIC_STRINGS},
        {"description", 3, GNOSTIC_STRING},
        {"operationId", 5, GNOSTIC_STRING},
        {"produces", 6, GNOSTIC_STRINGS},
        {"consumes", 7, GNOSTIC_STRINGS},
        {"parameters", 8, GNOSTIC_MESSAGES, &v2_parameters_item},
        {"responses", 9, GNOSTIC_MESSAGE, &v2_responses},
        {NULL},
    },
    .extension = 13,
};
static const struct gnostic_message v2_path_item = {
    (const struct gnostic_field[]){
        {"get", 2, GNOSTIC_MESSAGE, &v2_operation},
        {"put", 3, GNOSTIC_MESSAGE, &v2_operation},
        {"post", 4, GNOSTIC_MESSAGE, &v2_operation},
        {"delete", 5, GNOSTIC_MESSAGE, &v2_operation},
        {"options", 6, GNOSTIC_MESSAGE, &v2_operation},
        {"head", 7, GNOSTIC_MESSAGE, &v2_operation},
        {"patch", 8, GNOSTIC_MESSAGE, &v2_operation},
        {"parameters", 9, GNOSTIC_MESSAGES, &v2_parameters_item},
        {NULL},
    },
    .extension = 10,
};
static const struct gnostic_message v2_info = {
    (const struct gnostic_field[]){{"title", 1, GNOSTIC_STRING}, {"version", 2, GNOSTIC_STRING}, {NULL}}};

/* Version 3. */

static const struct gnostic_message v3_schema, v3_schema_or_reference;

static const struct gnostic_message v3_reference = {
    (const struct gnostic_field[]){{"$ref", 1, GNOSTIC_STRING}, {NULL}}};

static unsigned choose_v3_schema_or_boolean(const struct json *value, const struct gnostic_message **ret)
{
    *ret = json_is(value, JSON_BOOL) ? NULL : &v3_schema_or_reference;
    return json_is(value, JSON_BOOL) ? 2 : 1;
}
static const struct gnostic_message v3_additional = {.choose = choose_v3_schema_or_boolean};

static unsigned choose_v3_item(const struct json *value, const struct gnostic_message **ret)
{
    *ret = &v3_schema_or_reference;
    return 1;
}
static const struct gnostic_message v3_items = {.choose = choose_v3_item};
static const struct gnostic_message v3_properties = {.member = 1, .member_message = &v3_schema_or_reference};

static const struct gnostic_field v3_schema_fields[] = {
    {"nullable", 1, GNOSTIC_BOOL},
    {"title", 9, GNOSTIC_STRING},
    {"pattern", 17, GNOSTIC_STRING},
    {"uniqueItems", 20, GNOSTIC_BOOL},
    {"required", 23, GNOSTIC_STRINGS},
    {"enum", 24, GNOSTIC_ANYS},
    {"type", 25, GNOSTIC_STRING},
    {"allOf", 26, GNOSTIC_MESSAGES, &v3_schema_or_reference},
    {"oneOf", 27, GNOSTIC_MESSAGES, &v3_schema_or_reference},
    {"anyOf", 28, GNOSTIC_MESSAGES, &v3_schema_or_reference},
    {"items", 30, GNOSTIC_MESSAGE, &v3_items},
    {"properties", 31, GNOSTIC_MESSAGE, &v3_properties},
    {"additionalProperties", 32, GNOSTIC_MESSAGE, &v3_additional},
    {"description", 34, GNOSTIC_STRING},
    {"format", 35, GNOSTIC_STRING},
    {NULL},
};
static const struct gnostic_message v3_schema = {v3_schema_fields, .extension = 36};

static unsigned choose_v3_schema(const struct json *value, const struct gnostic_message **ret)
{
    bool reference = json_get(value, "$ref");
    *ret = reference ? &v3_reference : &v3_schema;
    return reference ? 2 : 1;
}
static const struct gnostic_message v3_schema_or_reference = {.choose = choose_v3_schema};

static const struct gnostic_message v3_parameter = {
    (const struct gnostic_field[]){
        {"name", 1, GNOSTIC_STRING},
        {"in", 2, GNOSTIC_STRING},
        {"description", 3, GNOSTIC_STRING},
        {"required", 4, GNOSTIC_BOOL},
        {"schema", 10, GNOSTIC_MESSAGE, &v3_schema_or_reference},
        {NULL},
    },
    .extension = 14,
};
static unsigned choose_v3_parameter(const struct json *value, const struct gnostic_message **ret)
{
    bool reference = json_get(value, "$ref");
    *ret = reference ? &v3_reference : &v3_parameter;
    return reference ? 2 : 1;
}
static const struct gnostic_message v3_parameter_or_reference = {.choose = choose_v3_parameter};

static const struct gnostic_message v3_media_type = {
    (const struct gnostic_field[]){{"schema", 1, GNOSTIC_MESSAGE, &v3_schema_or_reference}, {NULL}},
    .extension = 5};
static const struct gnostic_message v3_media_types = {.member = 1, .member_message = &v3_media_type};

static const struct gnostic_message v3_request_body = {
    (const struct gnostic_field[]){
        {"description", 1, GNOSTIC_STRING},
        {"content", 2, GNOSTIC_MESSAGE, &v3_media_types},
        {"required", 3, GNOSTIC_BOOL},
        {NULL},
    },
    .extension = 4,
};
static unsigned choose_v3_request_body(const struct json *value, const struct gnostic_message **ret)
{
    *ret = &v3_request_body;
    return 1;
}
static const struct gnostic_message v3_request_body_or_reference = {.choose = choose_v3_request_body};

static const struct gnostic_message v3_response = {
    (const struct gnostic_field[]){
        {"description", 1, GNOSTIC_STRING},
        {"content", 3, GNOSTIC_MESSAGE, &v3_media_types},
        {NULL},
    },
    .extension = 5,
};
static unsigned choose_v3_response(const struct json *value, const struct gnostic_message **ret)
{
    *ret = &v3_response;
    return 1;
}
static const struct gnostic_message v3_response_or_reference = {.choose = choose_v3_response};
static const struct gnostic_message v3_responses = {
    .extension = 3, .member = 2, .member_message = &v3_response_or_reference};

static const struct gnostic_message v3_operation = {
    (const struct gnostic_field[]){
        {"tags", 1, GNOSTIC_STRINGS},
        {"description", 3, GNOSTIC_STRING},
        {"operationId", 5, GNOSTIC_STRING},
        {"parameters", 6, GNOSTIC_MESSAGES, &v3_parameter_or_reference},
        {"requestBody", 7, GNOSTIC_MESSAGE, &v3_request_body_or_reference},
        {"responses", 8, GNOSTIC_MESSAGE, &v3_responses},
        {NULL},
    },
    .extension = 13,
};
static const struct gnostic_message v3_path_item = {
    (const struct gnostic_field[]){
        {"get", 4, GNOSTIC_MESSAGE, &v3_operation},
        {"put", 5, GNOSTIC_MESSAGE, &v3_operation},
        {"post", 6, GNOSTIC_MESSAGE, &v3_operation},
        {"delete", 7, GNOSTIC_MESSAGE, &v3_operation},
        {"options", 8, GNOSTIC_MESSAGE, &v3_operation},
        {"head", 9, GNOSTIC_MESSAGE, &v3_operation},
        {"patch", 10, GNOSTIC_MESSAGE, &v3_operation},
        {"parameters", 13, GNOSTIC_MESSAGES, &v3_parameter_or_reference},
        {NULL},
    },
    .extension = 14,
};
static const struct gnostic_message v3_info = {
    (const struct gnostic_field[]){{"title", 1, GNOSTIC_STRING}, {"version", 6, GNOSTIC_STRING}, {NULL}}};

const struct gnostic_model gnostic_v2 = {&v2_info, &v2_path_item, &v2_parameter, &v2_schema};
const struct gnostic_model gnostic_v3 = {&v3_info, &v3_path_item, &v3_parameter_or_reference,
                                         &v3_schema_or_reference};
