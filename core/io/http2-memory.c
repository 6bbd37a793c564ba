/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nghttp2's allocator. Each session holds one buffer for a whole frame of 16 KiB, of which only the beginning
 * is ever used here, since bodies do not pass through it. In the heap all of it would be resident; so these
 * buffers get pages of their own from a reserved range of addresses, where what is not touched costs nothing:
 * 12 KiB less for each idle connection. Everything else comes from the heap.
 */
#include "core/io/http2-memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include "core/base/memory.h"

#define FRAME_BYTES_MIN 16384u
#define SLOT_BYTES      20480u /* whole pages; a frame's buffer is some bytes more than 16 KiB */
#define SLOTS           16384u /* further ones come from the heap */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the three below */
static uint32_t slots_used;                              /* ever; those below may be free again */
static uint32_t free_count;
static uint16_t free_slots[SLOTS];
static char *range; /* NULL: none could be reserved */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void reserve(void)
{
#ifndef KEELSON_SANITIZED
    void *memory = mmap(NULL, (size_t)SLOTS * SLOT_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return;
    madvise(memory, (size_t)SLOTS * SLOT_BYTES,
            MADV_NOHUGEPAGE); /* a huge page would be resident as a whole */
    range = memory;
#endif
}

static bool in_range(const void *p)
{
    return range && (const char *)p >= range && (const char *)p < range + (size_t)SLOTS * SLOT_BYTES;
}

static void *slot_take(void)
{
    void *slot = NULL;
    pthread_mutex_lock(&lock);
    if (free_count)
        slot = range + (size_t)free_slots[--free_count] * SLOT_BYTES;
    else if (range && slots_used < SLOTS)
        slot = range + (size_t)slots_used++ * SLOT_BYTES;
    pthread_mutex_unlock(&lock);
    return slot;
}

static void slot_give(char *slot)
{
    madvise(slot, SLOT_BYTES, MADV_DONTNEED);
    pthread_mutex_lock(&lock);
    free_slots[free_count++] = (uint16_t)((size_t)(slot - range) / SLOT_BYTES);
    pthread_mutex_unlock(&lock);
}

static void *take(size_t size, void *user_data)
{
    void *slot = size >= FRAME_BYTES_MIN && size <= SLOT_BYTES ? slot_take() : NULL;
    return slot ? slot : malloc(size);
}

static void give(void *p, void *user_data)
{
    if (in_range(p))
        slot_give(p);
    else
        free(p);
}

static void *take_zeroed(size_t n, size_t size, void *user_data)
{
    return calloc(n, size);
}

static void *resize(void *p, size_t size, void *user_data)
{
    if (!p)
        return take(size, user_data);
    if (!in_range(p))
        return realloc(p, size);
    if (size <= SLOT_BYTES)
        return p;
    void *larger = malloc(size);
    if (!larger)
        return NULL;
    memcpy(larger, p, SLOT_BYTES);
    slot_give(p);
    return larger;
}

nghttp2_mem *http2_memory(void)
{
    static nghttp2_mem memory = {NULL, take, give, take_zeroed, resize};
    pthread_once(&once, reserve);
    return &memory;
}
