/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSocket frames (RFC 6455, section 5): a server's are written, a client's are read, unmasked, messages
 * from their fragments, as they come. Bytes to bytes, no I/O; one thread at a time.
 */
#ifndef KEELSON_APISERVER_WEBSOCKET_FRAME_H
#define KEELSON_APISERVER_WEBSOCKET_FRAME_H

#include "core/base/buffer.h"
#include "core/base/error.h"

enum websocket_opcode {
    WEBSOCKET_CONTINUATION = 0,
    WEBSOCKET_TEXT = 1,
    WEBSOCKET_BINARY = 2,
    WEBSOCKET_CLOSE = 8,
    WEBSOCKET_PING = 9,
    WEBSOCKET_PONG = 10,
};
/* Appends one unfragmented frame whose payload are these two, one behind the other. */
void websocket_write(struct buffer *out, enum websocket_opcode opcode, struct slice first,
                     struct slice second);
/* The frame that ends all: 1000 normally, 1002 for what broke the protocol, 1011 for what failed here. */
void websocket_write_close(struct buffer *out, unsigned status);

struct websocket_reader {
    unsigned char head[14]; /* of the frame being read: two bytes, length, mask */
    unsigned head_size;
    uint64_t left, mask_at; /* of its payload */
    bool in_frame, in_message;
    struct buffer payload; /* unmasked; of a ping the whole, of a message what came last */
};
struct websocket_event {
    enum websocket_opcode opcode; /* BINARY (text too): a part of a message; PING: is to be answered with its
                                     data; CLOSE: the client sends no more */
    bool begins;                  /* BINARY: of a new message */
    struct slice data;            /* valid until the next call */
};
void websocket_reader_done(struct websocket_reader *r);
/* Takes bytes from *input: 1 with an event, 0 when all was taken, -1 on what breaks
 * the protocol. */
int websocket_read(struct websocket_reader *r, struct slice *input, struct websocket_event *ret,
                   struct error *err);

#endif
