/* SPDX-License-Identifier: Apache-2.0 */
/* A bitmap, and the few claims of requests in flight. */
#include "core/apiserver/allocator.h"

#include <pthread.h>

#include "core/base/memory.h"
#include "core/base/random.h"

struct claim {
    const void *owner;
    uint32_t number;
};
struct allocator {
    pthread_mutex_t lock; /* guards all that follows */
    uint32_t size, reserved, used;
    uint8_t *bits;
    struct claim *claims;
    size_t claims_count, claims_capacity;
};

struct allocator *allocator_new(uint32_t size, uint32_t reserved)
{
    struct allocator *a = new0(struct allocator);
    pthread_mutex_init(&a->lock, NULL);
    a->size = size;
    a->reserved = reserved < size ? reserved : 0;
    a->bits = xcalloc((size_t)size / 8 + 1, 1);
    return a;
}

void allocator_free(struct allocator *a)
{
    if (!a)
        return;
    pthread_mutex_destroy(&a->lock);
    free(a->bits);
    free(a->claims);
    free(a);
}

static bool is_set(const struct allocator *a, uint32_t number)
{
    return a->bits[number / 8] >> (number % 8) & 1;
}

static void set(struct allocator *a, uint32_t number, bool value)
{
    if (number >= a->size || is_set(a, number) == value)
        return;
    a->bits[number / 8] ^= (uint8_t)(1u << (number % 8));
    a->used += value ? 1u : UINT32_MAX;
}

void allocator_take(struct allocator *a, uint32_t number)
{
    pthread_mutex_lock(&a->lock);
    set(a, number, true);
    pthread_mutex_unlock(&a->lock);
}

void allocator_release(struct allocator *a, uint32_t number)
{
    pthread_mutex_lock(&a->lock);
    set(a, number, false);
    pthread_mutex_unlock(&a->lock);
}

static void add_claim(struct allocator *a, const void *owner, uint32_t number)
{
    set(a, number, true);
    a->claims = xgrow(a->claims, &a->claims_capacity, a->claims_count + 1, sizeof(a->claims[0]));
    a->claims[a->claims_count++] = (struct claim){owner, number};
}

bool allocator_claim(struct allocator *a, const void *owner, uint32_t number)
{
    pthread_mutex_lock(&a->lock);
    bool free_ = number < a->size && !is_set(a, number);
    if (free_)
        add_claim(a, owner, number);
    pthread_mutex_unlock(&a->lock);
    return free_;
}

/* The first free number from a random place on, in [from, to). */
static bool find(const struct allocator *a, uint32_t from, uint32_t to, uint32_t *ret)
{
    if (from >= to)
        return false;
    uint32_t span = to - from, start = (uint32_t)random_below(span);
    for (uint32_t i = 0; i < span; i++) {
        uint32_t number = from + (start + i) % span;
        if (!is_set(a, number)) {
            *ret = number;
            return true;
        }
    }
    return false;
}

bool allocator_claim_any(struct allocator *a, const void *owner, uint32_t *ret)
{
    pthread_mutex_lock(&a->lock);
    bool found = a->used < a->size && (find(a, a->reserved, a->size, ret) || find(a, 0, a->reserved, ret));
    if (found)
        add_claim(a, owner, *ret);
    pthread_mutex_unlock(&a->lock);
    return found;
}

void allocator_settle(struct allocator *a, const void *owner, bool stored)
{
    size_t kept = 0;
    pthread_mutex_lock(&a->lock);
    for (size_t i = 0; i < a->claims_count; i++) {
        if (a->claims[i].owner != owner)
            a->claims[kept++] = a->claims[i];
        else if (!stored)
            set(a, a->claims[i].number, false);
    }
    a->claims_count = kept;
    pthread_mutex_unlock(&a->lock);
}

uint32_t allocator_used(struct allocator *a)
{
    pthread_mutex_lock(&a->lock);
    uint32_t used = a->used;
    pthread_mutex_unlock(&a->lock);
    return used;
}
