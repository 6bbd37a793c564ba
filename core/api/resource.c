/* SPDX-License-Identifier: Apache-2.0 */
/* Finding resources: two hash tables over the rows of schema/resources.c, filled once together with each
 * row's type and storage row. */
#include "core/api/resource.h"

#include <pthread.h>

#include "core/api/resource-table.h"
#include "core/base/map.h"
#include "core/base/memory.h"

#define RESOURCE_SLOTS 256 /* power of two, more than twice the number of rows */

static uint8_t plural_slots[RESOURCE_SLOTS], kind_slots[RESOURCE_SLOTS]; /* row + 1; 0: free */
static pthread_once_t resources_once = PTHREAD_ONCE_INIT;

static uint32_t resource_hash(const char *group, const char *version, const char *name)
{
    return hash_fnv32a(group, strlen(group)) * 31 + hash_fnv32a(version, strlen(version)) * 7 +
           hash_fnv32a(name, strlen(name));
}

static void slot_fill(uint8_t *slots, uint32_t hash, size_t row)
{
    while (slots[hash % RESOURCE_SLOTS])
        hash++;
    slots[hash % RESOURCE_SLOTS] = (uint8_t)(row + 1);
}

/* The first row that stores under the same prefix. */
static const struct resource *storage_of(const struct resource *resource)
{
    if (!resource->storage_prefix)
        return resource;
    for (const struct resource *it = resource_rows;; it++)
        if (it->storage_prefix && strcmp(it->storage_prefix, resource->storage_prefix) == 0)
            return it;
}

static void resources_init(void)
{
    require(resource_rows_count < RESOURCE_SLOTS / 2);
    for (size_t i = 0; i < resource_rows_count; i++) {
        struct resource *r = &resource_rows[i];
        r->type = schema_find_kind(r->group, r->version, r->kind);
        r->storage = storage_of(r);
        slot_fill(plural_slots, resource_hash(r->group, r->version, r->plural), i);
        slot_fill(kind_slots, resource_hash(r->group, r->version, r->kind), i);
    }
}

static bool resource_is(const struct resource *r, const char *group, const char *version)
{
    return strcmp(r->version, version) == 0 && strcmp(r->group, group) == 0;
}

const struct resource *resource_find(const char *group, const char *version, const char *plural)
{
    pthread_once(&resources_once, resources_init);
    for (uint32_t at = resource_hash(group, version, plural); plural_slots[at % RESOURCE_SLOTS]; at++) {
        const struct resource *r = &resource_rows[plural_slots[at % RESOURCE_SLOTS] - 1];
        if (strcmp(r->plural, plural) == 0 && resource_is(r, group, version))
            return r;
    }
    return NULL;
}

const struct resource *resource_find_kind(const char *group, const char *version, const char *kind)
{
    pthread_once(&resources_once, resources_init);
    for (uint32_t at = resource_hash(group, version, kind); kind_slots[at % RESOURCE_SLOTS]; at++) {
        const struct resource *r = &resource_rows[kind_slots[at % RESOURCE_SLOTS] - 1];
        if (strcmp(r->kind, kind) == 0 && resource_is(r, group, version))
            return r;
    }
    return NULL;
}

const struct resource_sub *resource_sub_find(const struct resource *resource, const char *name)
{
    for (unsigned i = 0; i < resource->subs_count; i++)
        if (strcmp(resource->subs[i].name, name) == 0)
            return &resource->subs[i];
    return NULL;
}

const struct resource *resource_table(size_t *ret_count)
{
    pthread_once(&resources_once, resources_init);
    *ret_count = resource_rows_count;
    return resource_rows;
}

static const char *const verb_names[] = {"get",    "list",  "watch",  "create",
                                         "update", "patch", "delete", "deletecollection"};

const char *verb_name(enum verb verb)
{
    for (unsigned i = 0; i < ARRAY_SIZE(verb_names); i++)
        if (verb == 1u << i)
            return verb_names[i];
    return "";
}

enum verb verb_parse(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(verb_names); i++)
        if (strcmp(name, verb_names[i]) == 0)
            return (enum verb)(1u << i);
    return (enum verb)0;
}

void resource_api_version(const struct resource *resource, struct buffer *out)
{
    if (*resource->group)
        buffer_printf(out, "%s/", resource->group);
    buffer_append_str(out, resource->version);
}
