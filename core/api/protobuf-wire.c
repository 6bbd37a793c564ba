/* SPDX-License-Identifier: Apache-2.0 */
/* The protobuf wire format. */
#include "core/api/protobuf-wire.h"

#include "core/base/memory.h"

#define VARINT_BYTES_MAX 10

static size_t put_varint(char *to, uint64_t value)
{
    size_t n = 0;

    for (; value >= 0x80; value >>= 7)
        to[n++] = (char)(value | 0x80);
    to[n++] = (char)value;
    return n;
}

void wire_put_varint(struct buffer *out, uint64_t value)
{
    char bytes[VARINT_BYTES_MAX];

    buffer_append(out, bytes, put_varint(bytes, value));
}

static void put_tag(struct buffer *out, uint32_t number, enum wire_type type)
{
    wire_put_varint(out, (uint64_t)number << 3 | type);
}

void wire_put_int(struct buffer *out, uint32_t number, int64_t value)
{
    put_tag(out, number, WIRE_VARINT);
    wire_put_varint(out, (uint64_t)value);
}

void wire_put_double(struct buffer *out, uint32_t number, double value)
{
    uint64_t bits;
    char bytes[8];

    memcpy(&bits, &value, sizeof(bits));
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(bits >> (i * 8));
    put_tag(out, number, WIRE_FIXED64);
    buffer_append(out, bytes, sizeof(bytes));
}

void wire_put_bytes(struct buffer *out, uint32_t number, struct slice bytes)
{
    put_tag(out, number, WIRE_BYTES);
    wire_put_varint(out, bytes.size);
    buffer_append_slice(out, bytes);
}

size_t wire_begin(struct buffer *out, uint32_t number)
{
    put_tag(out, number, WIRE_BYTES);
    buffer_append_char(out, '\0'); /* the length, when it is small */
    return out->size;
}

void wire_end(struct buffer *out, size_t start)
{
    char bytes[VARINT_BYTES_MAX];
    size_t size = out->size - start, n = put_varint(bytes, size);

    if (n > 1) {
        buffer_reserve(out, n - 1);
        memmove(out->data + start + n - 1, out->data + start, size);
        out->size += n - 1;
        out->data[out->size] = '\0';
    }
    memcpy(out->data + start - 1, bytes, n);
}

static bool cut_varint(struct slice *data, uint64_t *ret)
{
    uint64_t value = 0;

    for (size_t i = 0; i < data->size && i < VARINT_BYTES_MAX; i++) {
        uint64_t bits = (unsigned char)data->data[i] & 0x7f;
        if (i == VARINT_BYTES_MAX - 1 && bits > 1)
            return false;
        value |= bits << (i * 7);
        if ((unsigned char)data->data[i] < 0x80) {
            data->data += i + 1;
            data->size -= i + 1;
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool cut_fixed(struct slice *data, size_t size, uint64_t *ret)
{
    uint64_t value = 0;

    if (data->size < size)
        return false;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)(unsigned char)data->data[i] << (i * 8);
    data->data += size;
    data->size -= size;
    *ret = value;
    return true;
}

static bool cut_bytes(struct slice *data, struct slice *ret)
{
    uint64_t size;

    if (!cut_varint(data, &size) || size > data->size)
        return false;
    *ret = (struct slice){data->data, (size_t)size};
    data->data += size;
    data->size -= (size_t)size;
    return true;
}

static bool cut_value(struct slice *data, struct wire_field *field)
{
    switch (field->type) {
    case WIRE_VARINT:
        return cut_varint(data, &field->value);
    case WIRE_FIXED64:
        return cut_fixed(data, 8, &field->value);
    case WIRE_FIXED32:
        return cut_fixed(data, 4, &field->value);
    case WIRE_BYTES:
        return cut_bytes(data, &field->bytes);
    default:
        return false;
    }
}

bool wire_next(struct slice *data, struct wire_field *ret, bool *broken)
{
    struct wire_field field = {.bytes = {"", 0}};
    uint64_t tag;

    if (data->size == 0)
        return false;
    if (!cut_varint(data, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX) {
        *broken = true;
        return false;
    }
    field.number = (uint32_t)(tag >> 3);
    field.type = (enum wire_type)(tag & 7);
    if (!cut_value(data, &field)) {
        *broken = true;
        return false;
    }
    *ret = field;
    return true;
}
