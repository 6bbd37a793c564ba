/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bump allocator over blocks that double from 4 KiB to 64 KiB. A request of more than a quarter of a block
 * gets a block of its own, put behind the current one so that the current one's rest stays in use.
 */
#include "core/base/arena.h"

#include <stdint.h>
#include <stdio.h>

#include "core/base/memory.h"

#define ARENA_BLOCK_MIN ((size_t)4 << 10)
#define ARENA_BLOCK_MAX ((size_t)64 << 10)
#define ARENA_ALIGN     ((size_t)8)

struct arena_block {
    struct arena_block *older;
    size_t size; /* with this header */
    char data[];
};

static struct arena_block *arena_block_new(struct arena *a, size_t size)
{
    struct arena_block *block = xmalloc(size);

    block->size = size;
    a->total += size;
    return block;
}

static void *arena_alloc_own_block(struct arena *a, size_t size)
{
    struct arena_block *block = arena_block_new(a, sizeof(*block) + size);

    if (a->block) {
        block->older = a->block->older;
        a->block->older = block;
    } else {
        block->older = NULL;
        a->block = block;
        a->next = a->end = block->data + size;
    }
    return block->data;
}

static void *arena_alloc_new_block(struct arena *a, size_t size)
{
    size_t block_size = a->block ? MIN(a->block->size * 2, ARENA_BLOCK_MAX) : ARENA_BLOCK_MIN;

    block_size = MAX(block_size, ARENA_BLOCK_MIN);
    if (size > block_size / 4)
        return arena_alloc_own_block(a, size);
    struct arena_block *block = arena_block_new(a, block_size);
    block->older = a->block;
    a->block = block;
    a->next = block->data + size;
    a->end = (char *)block + block_size;
    return block->data;
}

void *arena_alloc(struct arena *a, size_t size)
{
    require(size < SIZE_MAX / 2);
    size = (size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
    if (!a->block || size > (size_t)(a->end - a->next))
        return arena_alloc_new_block(a, size);
    void *p = a->next;
    a->next += size;
    return p;
}

void *arena_alloc0(struct arena *a, size_t size)
{
    return memset(arena_alloc(a, size), 0, size);
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    size_t size = n ? strnlen(s, n) : 0;
    char *copy = arena_alloc(a, size + 1);

    if (size)
        memcpy(copy, s, size);
    copy[size] = '\0';
    return copy;
}

/* Formats straight into the block's rest when it fits there. */
char *arena_printf(struct arena *a, const char *fmt, ...)
{
    size_t room = a->block ? (size_t)(a->end - a->next) : 0;
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(room ? a->next : NULL, room, fmt, ap);
    va_end(ap);
    require(n >= 0);
    char *text = arena_alloc(a, (size_t)n + 1);
    if ((size_t)n < room)
        return text;
    va_start(ap, fmt);
    vsnprintf(text, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return text;
}

static void arena_free_blocks(struct arena_block *block)
{
    while (block) {
        struct arena_block *older = block->older;

        free(block);
        block = older;
    }
}

void arena_reset(struct arena *a)
{
    if (!a->block)
        return;
    if (a->block->size > ARENA_BLOCK_MAX) {
        arena_done(a);
        return;
    }
    arena_free_blocks(a->block->older);
    a->block->older = NULL;
    a->next = a->block->data;
    a->end = (char *)a->block + a->block->size;
    a->total = a->block->size;
}

void arena_done(struct arena *a)
{
    arena_free_blocks(a->block);
    *a = ARENA_INIT;
}
