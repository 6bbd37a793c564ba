/* SPDX-License-Identifier: Apache-2.0 */
#include "core/apiserver/websocket-frame.h"

#include "core/base/memory.h"

enum {
    FINAL = 0x80,
    RESERVED = 0x70, /* extensions, of which none was agreed on */
    MASKED = 0x80,
    MASK_BYTES = 4,
    CONTROL_BYTES_MAX = 125,
};

static void write_head(struct buffer *out, enum websocket_opcode opcode, size_t size)
{
    buffer_append_char(out, (char)(FINAL | opcode));
    unsigned bytes = size < 126 ? 0 : size <= UINT16_MAX ? 2 : 8;
    buffer_append_char(out, (char)(!bytes ? size : bytes == 2 ? 126 : 127));
    for (unsigned i = bytes; i--;)
        buffer_append_char(out, (char)((uint64_t)size >> 8 * i));
}

void websocket_write(struct buffer *out, enum websocket_opcode opcode, struct slice first,
                     struct slice second)
{
    write_head(out, opcode, first.size + second.size);
    buffer_append_slice(out, first);
    buffer_append_slice(out, second);
}

void websocket_write_close(struct buffer *out, unsigned status)
{
    char code[] = {(char)(status >> 8), (char)status};
    websocket_write(out, WEBSOCKET_CLOSE, (struct slice){code, sizeof(code)}, SLICE(""));
}

void websocket_reader_done(struct websocket_reader *r)
{
    buffer_done(&r->payload);
}

static unsigned opcode(const struct websocket_reader *r)
{
    return r->head[0] & 0x0f;
}

static bool is_control(const struct websocket_reader *r)
{
    return opcode(r) >= WEBSOCKET_CLOSE;
}

static unsigned length_bytes(const struct websocket_reader *r)
{
    unsigned size = r->head[1] & 0x7f;
    return size == 126 ? 2 : size == 127 ? 8 : 0;
}

/* One without a mask is refused, and must not be waited for. */
static unsigned head_bytes(const struct websocket_reader *r)
{
    return r->head_size < 2 ? 2 : 2 + length_bytes(r) + (r->head[1] & MASKED ? MASK_BYTES : 0);
}

static bool read_head(struct websocket_reader *r, struct slice *input)
{
    while (input->size && r->head_size < head_bytes(r)) {
        r->head[r->head_size++] = (unsigned char)*input->data;
        input->data++;
        input->size--;
    }
    return r->head_size >= 2 && r->head_size == head_bytes(r);
}

static int check_head(const struct websocket_reader *r, struct error *err)
{
    bool known =
        opcode(r) <= WEBSOCKET_BINARY || (opcode(r) >= WEBSOCKET_CLOSE && opcode(r) <= WEBSOCKET_PONG);
    if (!(r->head[1] & MASKED))
        return error_set(err, ERR_BAD_REQUEST, "a client's WebSocket frames have to be masked");
    if ((r->head[0] & RESERVED) || !known)
        return error_set(err, ERR_BAD_REQUEST, "unknown WebSocket frame 0x%02x", r->head[0]);
    if (is_control(r) && (r->left > CONTROL_BYTES_MAX || !(r->head[0] & FINAL)))
        return error_set(err, ERR_BAD_REQUEST, "a WebSocket control frame is too long or in fragments");
    if (!is_control(r) && (opcode(r) == WEBSOCKET_CONTINUATION) != r->in_message)
        return error_set(err, ERR_BAD_REQUEST,
                         "a WebSocket message begins inside another, or goes on after its end");
    return 0;
}

static int begin_frame(struct websocket_reader *r, struct error *err)
{
    r->left = r->head[1] & 0x7f;
    if (length_bytes(r))
        r->left = 0;
    for (unsigned i = 0; i < length_bytes(r); i++)
        r->left = r->left << 8 | r->head[2 + i];
    r->mask_at = 0;
    r->in_frame = true;
    buffer_clear(&r->payload);
    return check_head(r, err);
}

/* The mask stands at the end of the head. */
static void append_unmasked(struct websocket_reader *r, struct slice part)
{
    const unsigned char *mask = r->head + r->head_size - MASK_BYTES;
    size_t at = r->payload.size;
    buffer_append_slice(&r->payload, part);
    for (; at < r->payload.size; at++)
        r->payload.data[at] ^= (char)mask[r->mask_at++ % MASK_BYTES];
}

static int end_control(struct websocket_reader *r, struct websocket_event *ret)
{
    *ret = (struct websocket_event){
        .opcode = opcode(r),
        .data = {r->payload.data, r->payload.size},
    };
    return opcode(r) != WEBSOCKET_PONG;
}

static int read_payload(struct websocket_reader *r, struct slice *input, struct websocket_event *ret)
{
    struct slice part = {input->data, MIN(input->size, (size_t)r->left)};
    bool begins = !is_control(r) && !r->in_message;
    if (!is_control(r))
        buffer_clear(&r->payload);
    append_unmasked(r, part);
    input->data += part.size;
    input->size -= part.size;
    r->left -= part.size;
    r->in_message = r->in_message || !is_control(r);
    if (!r->left) {
        r->in_frame = false;
        r->head_size = 0;
        if (is_control(r))
            return end_control(r, ret);
        r->in_message = !(r->head[0] & FINAL);
    }
    *ret = (struct websocket_event){
        .opcode = WEBSOCKET_BINARY, .begins = begins, .data = {r->payload.data, r->payload.size}};
    return !is_control(r) && (part.size || begins);
}

int websocket_read(struct websocket_reader *r, struct slice *input, struct websocket_event *ret,
                   struct error *err)
{
    for (;;) {
        if (!r->in_frame && !read_head(r, input))
            return 0;
        if (!r->in_frame && begin_frame(r, err) < 0)
            return -1;
        if (r->left && !input->size)
            return 0;
        int rc = read_payload(r, input, ret);
        if (rc)
            return rc;
    }
}
