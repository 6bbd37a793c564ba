/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table is a power of two of slots, each a hash and a pointer to the entry, probed one after the other: a
 * miss touches no entry, a hit one. A removed slot becomes a tombstone only when a probe may have to pass
 * over it, so that removing while walking moves nothing; a growing map sheds its tombstones.
 */
#include "core/base/map.h"

#include "core/base/memory.h"

#define MAP_SLOTS_MIN 8

struct map_entry {
    void *value;
    size_t key_size;
    char key[];
};

struct map_slot {
    uint64_t hash;
    struct map_entry *entry; /* NULL: never used; &map_tombstone: removed */
};

struct map {
    struct map_slot *slots;
    size_t slots_count; /* 0 or a power of two */
    size_t count;
    size_t tombstones;
    void (*free_value)(void *value);
};

static struct map_entry map_tombstone;

static bool map_slot_holds(const struct map_slot *slot)
{
    return slot->entry && slot->entry != &map_tombstone;
}

struct map *map_new(void (*free_value)(void *value))
{
    struct map *m = new0(struct map);

    m->free_value = free_value;
    return m;
}

void map_free(struct map *m)
{
    if (!m)
        return;
    map_clear(m);
    free(m->slots);
    free(m);
}

static struct map_slot *map_find(const struct map *m, struct slice key, uint64_t hash)
{
    size_t mask = m->slots_count - 1;

    if (m->count == 0)
        return NULL;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        struct map_slot *slot = &m->slots[i];

        if (!slot->entry)
            return NULL;
        if (slot->hash == hash && slot->entry != &map_tombstone && slot->entry->key_size == key.size &&
            (key.size == 0 || memcmp(slot->entry->key, key.data, key.size) == 0))
            return slot;
    }
}

/* The first slot of the probe that holds no entry. */
static struct map_slot *map_find_free(const struct map *m, uint64_t hash)
{
    size_t mask = m->slots_count - 1, i = hash & mask;

    while (map_slot_holds(&m->slots[i]))
        i = (i + 1) & mask;
    return &m->slots[i];
}

/* Moves everything into a table that is at most half full. */
static void map_rehash(struct map *m)
{
    struct map_slot *old = m->slots;
    size_t old_count = m->slots_count, slots_count = MAP_SLOTS_MIN;

    while (slots_count < (m->count + 1) * 2)
        slots_count *= 2;
    m->slots = newa0(struct map_slot, slots_count);
    m->slots_count = slots_count;
    m->tombstones = 0;
    for (size_t i = 0; i < old_count; i++)
        if (map_slot_holds(&old[i]))
            *map_find_free(m, old[i].hash) = old[i];
    free(old);
}

static void map_release(const struct map *m, void *value)
{
    if (m->free_value && value)
        m->free_value(value);
}

void map_set(struct map *m, const char *key, void *value)
{
    map_set_slice(m, slice_of(key), value);
}

void map_set_slice(struct map *m, struct slice key, void *value)
{
    uint64_t hash = hash_bytes(key.data, key.size);
    struct map_slot *slot = map_find(m, key, hash);

    if (slot) {
        void *old = slot->entry->value;

        slot->entry->value = value;
        if (old != value)
            map_release(m, old);
        return;
    }
    if ((m->count + m->tombstones + 1) * 4 > m->slots_count * 3)
        map_rehash(m);
    struct map_entry *entry = xmalloc(sizeof(*entry) + key.size + 1);
    entry->value = value;
    entry->key_size = key.size;
    if (key.size)
        memcpy(entry->key, key.data, key.size);
    entry->key[key.size] = '\0';
    slot = map_find_free(m, hash);
    if (slot->entry)
        m->tombstones--;
    *slot = (struct map_slot){hash, entry};
    m->count++;
}

void *map_get(const struct map *m, const char *key)
{
    return map_get_slice(m, slice_of(key));
}

void *map_get_slice(const struct map *m, struct slice key)
{
    struct map_slot *slot = m->count ? map_find(m, key, hash_bytes(key.data, key.size)) : NULL;

    return slot ? slot->entry->value : NULL;
}

bool map_has(const struct map *m, const char *key)
{
    struct slice s = slice_of(key);

    return m->count && map_find(m, s, hash_bytes(s.data, s.size));
}

/* Empties a slot, and the tombstones before it when no probe needs to pass them any more. */
static void map_empty_slot(struct map *m, struct map_slot *slot)
{
    size_t mask = m->slots_count - 1, i = (size_t)(slot - m->slots);

    slot->entry = &map_tombstone;
    m->tombstones++;
    m->count--;
    if (m->slots[(i + 1) & mask].entry)
        return;
    for (; m->slots[i].entry == &map_tombstone; i = (i - 1) & mask) {
        m->slots[i].entry = NULL;
        m->tombstones--;
    }
}

static bool map_detach(struct map *m, const char *key, void **ret_value)
{
    struct slice s = slice_of(key);
    struct map_slot *slot = m->count ? map_find(m, s, hash_bytes(s.data, s.size)) : NULL;

    if (!slot)
        return false;
    struct map_entry *entry = slot->entry;
    map_empty_slot(m, slot);
    *ret_value = entry->value;
    free(entry);
    return true;
}

bool map_remove(struct map *m, const char *key)
{
    void *value;

    if (!map_detach(m, key, &value))
        return false;
    map_release(m, value);
    return true;
}

void *map_take(struct map *m, const char *key)
{
    void *value = NULL;

    map_detach(m, key, &value);
    return value;
}

size_t map_count(const struct map *m)
{
    return m->count;
}

/* The map is empty already when the values are released, so that a release may look at it. */
void map_clear(struct map *m)
{
    struct map_slot *slots = m->slots;
    size_t slots_count = m->slots_count;

    m->slots = NULL;
    m->slots_count = m->count = m->tombstones = 0;
    for (size_t i = 0; i < slots_count; i++) {
        if (!map_slot_holds(&slots[i]))
            continue;
        map_release(m, slots[i].entry->value);
        free(slots[i].entry);
    }
    free(slots);
}

bool map_next(const struct map *m, size_t *cursor, const char **ret_key, void **ret_value)
{
    for (; *cursor < m->slots_count; ++*cursor) {
        const struct map_slot *slot = &m->slots[*cursor];

        if (!map_slot_holds(slot))
            continue;
        if (ret_key)
            *ret_key = slot->entry->key;
        if (ret_value)
            *ret_value = slot->entry->value;
        ++*cursor;
        return true;
    }
    return false;
}
