/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenAPI documents as protobuf: JSON in, fields out, by a table a message. Where a model has a message for a
 * choice (a schema or a reference to one) the table names a function that looks which it is.
 */
#include "core/api/openapi-gnostic.h"

#include "core/base/memory.h"

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
