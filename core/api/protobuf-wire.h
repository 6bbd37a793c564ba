/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protobuf wire format, as far as the API needs it: tags, varints, lengths, doubles. A nested message is
 * written in place and its length put in front afterwards, which moves the message by one or two bytes,
 * instead of measuring every message first.
 */
#ifndef KEELSON_API_PROTOBUF_WIRE_H
#define KEELSON_API_PROTOBUF_WIRE_H

#include "core/base/buffer.h"

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

void wire_put_varint(struct buffer *out, uint64_t value);
void wire_put_int(struct buffer *out, uint32_t number, int64_t value);
void wire_put_double(struct buffer *out, uint32_t number, double value);
void wire_put_bytes(struct buffer *out, uint32_t number, struct slice bytes);
/* Between the two, what is appended is the message. */
size_t wire_begin(struct buffer *out, uint32_t number);
void wire_end(struct buffer *out, size_t start);

struct wire_field {
    uint32_t number;
    enum wire_type type;
    uint64_t value;     /* a varint; the bits of a fixed one */
    struct slice bytes; /* WIRE_BYTES; borrowed */
};
/* Cuts the next field off. False at the end and, with *broken set, at something that is not protobuf. */
bool wire_next(struct slice *data, struct wire_field *ret, bool *broken);

#endif
