/* SPDX-License-Identifier: Apache-2.0 */
/* See scratch.h: blocks in a list, the newest in front, filled from its start. */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cri/scratch.h"

enum { BLOCK_BYTES = 4096 };

struct scratch_block {
    struct scratch_block *next;
    alignas(max_align_t) char data[];
};

static void scratch_grow(struct scratch *scratch, size_t size_bytes)
{
    size_t size = size_bytes > BLOCK_BYTES ? size_bytes : BLOCK_BYTES;
    struct scratch_block *block = malloc(sizeof(*block) + size);
    if (!block) {
        fputs("cri: out of memory\n", stderr);
        abort();
    }
    block->next = scratch->blocks;
    scratch->blocks = block;
    scratch->used = 0;
    scratch->size = size;
}

void *scratch_alloc(struct scratch *scratch, size_t size_bytes)
{
    size_t size = (size_bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (!scratch->blocks || scratch->size - scratch->used < size)
        scratch_grow(scratch, size);
    void *at = scratch->blocks->data + scratch->used;
    scratch->used += size;
    return memset(at, 0, size_bytes);
}

void scratch_reset(struct scratch *scratch)
{
    while (scratch->blocks && scratch->blocks->next) {
        struct scratch_block *next = scratch->blocks->next;
        scratch->blocks->next = next->next;
        free(next);
    }
    scratch->used = 0;
}

void scratch_done(struct scratch *scratch)
{
    scratch_reset(scratch);
    free(scratch->blocks);
    scratch->blocks = NULL;
}
