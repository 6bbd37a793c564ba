/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding types and fields. Types are in two hash tables that are filled once, by name and by kind. A type
 * gets a hash table of its fields when one is first looked up, so that a daemon which handles a dozen kinds
 * pays for a dozen.
 */
#include "core/api/schema.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/api/schema/types.h"
#include "core/base/map.h"
#include "core/base/memory.h"

#define TYPE_SLOTS 2048 /* power of two, at least twice the number of types */
#define KIND_SLOTS 512

#define SCHEMA_TYPE_ROW(type_) &type_,
static struct schema_type *const types[] = {SCHEMA_TYPES(SCHEMA_TYPE_ROW)};
_Static_assert(ARRAY_SIZE(types) * 2 <= TYPE_SLOTS, "the table of types is too full");

static uint16_t type_slots[TYPE_SLOTS], kind_slots[KIND_SLOTS]; /* index in types + 1; 0: free */
static pthread_once_t types_once = PTHREAD_ONCE_INIT;

static uint32_t kind_hash(const char *group, const char *version, const char *kind)
{
    return hash_fnv32a(group, strlen(group)) * 31 + hash_fnv32a(version, strlen(version)) * 7 +
           hash_fnv32a(kind, strlen(kind));
}

static void slot_fill(uint16_t *slots, uint32_t mask, uint32_t hash, size_t index)
{
    while (slots[hash & mask])
        hash++;
    slots[hash & mask] = (uint16_t)(index + 1);
}

static void types_init(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        const struct schema_type *type = types[i];
        slot_fill(type_slots, TYPE_SLOTS - 1, hash_fnv32a(type->name, strlen(type->name)), i);
        if (type->kind)
            slot_fill(kind_slots, KIND_SLOTS - 1, kind_hash(type->group, type->version, type->kind), i);
    }
}

const struct schema_type *schema_find(const char *type_name)
{
    pthread_once(&types_once, types_init);
    for (uint32_t at = hash_fnv32a(type_name, strlen(type_name));; at++) {
        uint16_t slot = type_slots[at & (TYPE_SLOTS - 1)];
        if (!slot)
            return NULL;
        if (strcmp(types[slot - 1]->name, type_name) == 0)
            return types[slot - 1];
    }
}

static const struct schema_type *kind_lookup(const char *group, const char *version, const char *kind)
{
    for (uint32_t at = kind_hash(group, version, kind);; at++) {
        uint16_t slot = kind_slots[at & (KIND_SLOTS - 1)];
        if (!slot)
            return NULL;
        const struct schema_type *type = types[slot - 1];
        if (strcmp(type->kind, kind) == 0 && strcmp(type->version, version) == 0 &&
            strcmp(type->group, group) == 0)
            return type;
    }
}

const struct schema_type *schema_find_kind(const char *group, const char *version, const char *kind)
{
    pthread_once(&types_once, types_init);
    const struct schema_type *type = kind_lookup(group, version, kind);
    if (type)
        return type;
    /* DeleteOptions and such are of every group. */
    type = kind_lookup("", "v1", kind);
    return type && strstr(type->name, ".meta.v1.") ? type : NULL;
}

static inline uint32_t field_hash(const char *name, size_t size)
{
    uint64_t head = 0, tail = 0;

    if (size >= 8) {
        memcpy(&head, name, 8);
        memcpy(&tail, name + size - 8, 8);
    } else {
        memcpy(&head, name, size);
    }
    return (uint32_t)(((head ^ (tail << 1) ^ size) * UINT64_C(0x9e3779b97f4a7c15)) >> 40);
}

/* [mask, then per slot: index + 1 (0: free), size of the name]. */
static uint16_t *index_make(const struct schema_type *type)
{
    uint32_t slots = 4;

    while (slots < (uint32_t)type->fields_count * 2)
        slots *= 2;
    uint16_t *index = newa0(uint16_t, 1 + slots * 2);
    index[0] = (uint16_t)(slots - 1);
    for (uint16_t i = 0; i < type->fields_count; i++) {
        size_t size = strlen(type->fields[i].name);
        uint32_t at = field_hash(type->fields[i].name, size);
        while (index[1 + (at & (slots - 1)) * 2])
            at++;
        index[1 + (at & (slots - 1)) * 2] = (uint16_t)(i + 1);
        index[2 + (at & (slots - 1)) * 2] = (uint16_t)size;
    }
    return index;
}

/* The tables of types are not const for the sake of this one pointer, which is set once and never changes
 * again. */
static const uint16_t *index_of(const struct schema_type *type)
{
    const uint16_t *index = __atomic_load_n(&type->by_name, __ATOMIC_ACQUIRE), *none = NULL;

    if (__builtin_expect(index != NULL, 1))
        return index;
    uint16_t *made = index_make(type);
    struct schema_type *own = (struct schema_type *)(uintptr_t)type;
    if (__atomic_compare_exchange_n(&own->by_name, &none, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    free(made);
    return none;
}

const struct schema_field *schema_field(const struct schema_type *type, struct slice name)
{
    const uint16_t *index = index_of(type);
    uint32_t mask = index[0];

    for (uint32_t at = field_hash(name.data, name.size);; at++) {
        const uint16_t *slot = &index[1 + (at & mask) * 2];
        if (!slot[0])
            return NULL;
        const struct schema_field *field = &type->fields[slot[0] - 1];
        if (slot[1] == name.size && memcmp(field->name, name.data, name.size) == 0)
            return field;
    }
}
