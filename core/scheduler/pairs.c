/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing; a table that is full is left behind in the arena. */
#include "core/scheduler/pairs.h"

#include <string.h>

#include "core/base/map.h"
#include "core/base/memory.h"

/* Of the value alone: keys are few and long, and most tables have one. */
static uint64_t hash_of(const char *value)
{
    return hash_fnv64a(value, strlen(value));
}

/* Where the pair stands, or the free slot where it would. */
static struct pair *find(const struct pairs *p, const char *key, const char *value, uint64_t hash)
{
    for (uint64_t i = hash;; i++) {
        struct pair *slot = &p->slots[i & (p->capacity - 1)];
        if (!slot->key ||
            (slot->hash == hash && strcmp(slot->key, key) == 0 && strcmp(slot->value, value) == 0))
            return slot;
    }
}

static void grow(struct pairs *p)
{
    struct pairs old = *p;
    p->capacity = MAX(old.capacity * 2, 16u);
    p->slots = arena_alloc0(p->arena, p->capacity * sizeof(*p->slots));
    for (unsigned i = 0; i < old.capacity; i++)
        if (old.slots[i].key)
            *find(p, old.slots[i].key, old.slots[i].value, old.slots[i].hash) = old.slots[i];
}

int64_t *pairs_at(struct pairs *p, const char *key, const char *value)
{
    uint64_t hash = hash_of(value);
    if ((p->count + 1) * 2 > p->capacity)
        grow(p);
    struct pair *slot = find(p, key, value, hash);
    if (!slot->key) {
        *slot = (struct pair){key, value, hash, 0};
        p->count++;
    }
    return &slot->number;
}

int64_t *pairs_find(const struct pairs *p, const char *key, const char *value)
{
    struct pair *slot = p->capacity ? find(p, key, value, hash_of(value)) : NULL;
    return slot && slot->key ? &slot->number : NULL;
}

int64_t pairs_get(const struct pairs *p, const char *key, const char *value)
{
    const int64_t *number = pairs_find(p, key, value);
    return number ? *number : 0;
}

const struct pair *pairs_next(const struct pairs *p, unsigned *cursor)
{
    while (*cursor < p->capacity) {
        const struct pair *slot = &p->slots[(*cursor)++];
        if (slot->key)
            return slot;
    }
    return NULL;
}
