/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of references to shared blocks; see http-blocks.h. */
#include "core/io/http-blocks.h"

#include "core/base/memory.h"

#define RING_KEPT 16u /* an empty ring of at most so many entries is kept for the next events */

static struct bytes **slots(const struct http_blocks *blocks)
{
    return blocks->ring ? blocks->ring : (struct bytes **)blocks->small;
}

static uint32_t capacity(const struct http_blocks *blocks)
{
    return blocks->ring ? blocks->capacity : HTTP_BLOCKS_SMALL;
}

static void grow(struct http_blocks *blocks)
{
    uint32_t old = capacity(blocks);
    require(old < UINT32_MAX / 4);
    struct bytes **ring = xmalloc(old * 2 * sizeof(ring[0]));
    for (uint32_t i = 0; i < blocks->count; i++)
        ring[i] = slots(blocks)[(blocks->first + i) & (old - 1)];
    free(blocks->ring);
    blocks->ring = ring;
    blocks->capacity = old * 2;
    blocks->first = 0;
}

void http_blocks_push(struct http_blocks *blocks, struct bytes *block)
{
    if (!block || !block->size) {
        bytes_unref(block);
        return;
    }
    if (blocks->count == capacity(blocks))
        grow(blocks);
    slots(blocks)[(blocks->first + blocks->count++) & (capacity(blocks) - 1)] = block;
    blocks->bytes += block->size;
}

struct slice http_blocks_front(const struct http_blocks *blocks)
{
    if (!blocks->count)
        return (struct slice){0};
    const struct bytes *block = slots(blocks)[blocks->first];
    return (struct slice){block->data + blocks->offset, block->size - blocks->offset};
}

static void drop_ring_when_empty(struct http_blocks *blocks)
{
    if (blocks->count)
        return;
    blocks->first = 0;
    if (blocks->capacity > RING_KEPT) {
        free(blocks->ring);
        blocks->ring = NULL;
        blocks->capacity = 0;
    }
}

void http_blocks_consume(struct http_blocks *blocks, size_t n)
{
    require(n <= blocks->bytes);
    blocks->bytes -= n;
    while (n > 0) {
        struct bytes *block = slots(blocks)[blocks->first];
        size_t left = block->size - blocks->offset;
        if (n < left) {
            blocks->offset += (uint32_t)n;
            return;
        }
        n -= left;
        blocks->offset = 0;
        blocks->first = (blocks->first + 1) & (capacity(blocks) - 1);
        blocks->count--;
        bytes_unref(block);
    }
    drop_ring_when_empty(blocks);
}

void http_blocks_clear(struct http_blocks *blocks)
{
    http_blocks_consume(blocks, blocks->bytes);
    free(blocks->ring);
    *blocks = (struct http_blocks){0};
}
