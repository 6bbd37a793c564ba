/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stream still has to send: a ring of references to shared blocks, so that a thousand watchers can
 * wait for one and the same event. Small rings stand inside their owner, and an empty one gives a large ring
 * back. Loop thread.
 */
#ifndef KEELSON_IO_HTTP_BLOCKS_H
#define KEELSON_IO_HTTP_BLOCKS_H

#include "core/base/buffer.h"

#define HTTP_BLOCKS_SMALL 4u

struct http_blocks {
    struct bytes **ring;             /* NULL: `small` */
    uint32_t first, count, capacity; /* capacity: of ring, a power of two */
    uint32_t offset;                 /* into the first block */
    size_t bytes;
    struct bytes *small[HTTP_BLOCKS_SMALL];
};

/* Takes over the reference. Empty blocks are dropped. */
void http_blocks_push(struct http_blocks *blocks, struct bytes *block);
/* The bytes at the front that stand in one piece; size 0 when empty. */
struct slice http_blocks_front(const struct http_blocks *blocks);
/* n: at most what is there. */
void http_blocks_consume(struct http_blocks *blocks, size_t n);
void http_blocks_clear(struct http_blocks *blocks);

#endif
