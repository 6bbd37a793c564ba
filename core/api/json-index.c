/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing at a load of at most a half, keyed by the per-process seeded hash: keys come from the
 * network. */
#include "core/api/json-index.h"

#include "core/base/map.h"
#include "core/base/memory.h"

#define INDEX_SMALL 24 /* members up to which a scan is quicker */

static void json_index_reserve(struct json_index *index, uint32_t n)
{
    size_t slots = 64;

    while (slots < (size_t)n * 2)
        slots *= 2;
    index->slots = newa0(struct json *, slots);
    index->mask = slots - 1;
}

static struct json **json_index_slot(const struct json_index *index, struct slice key)
{
    size_t at = hash_bytes(key.data, key.size) & index->mask;

    while (index->slots[at] &&
           (index->slots[at]->key_size != key.size || memcmp(index->slots[at]->key, key.data, key.size) != 0))
        at = (at + 1) & index->mask;
    return &index->slots[at];
}

void json_index_init(struct json_index *index, const struct json *object)
{
    *index = (struct json_index){.object = json_is(object, JSON_OBJECT) ? object : NULL};
    if (json_count(index->object) <= INDEX_SMALL)
        return;
    json_index_reserve(index, object->size);
    json_for_each (it, object)
        *json_index_slot(index, (struct slice){it->key, it->key_size}) = it;
}

struct json *json_index_get(const struct json_index *index, struct slice key)
{
    return index->slots ? *json_index_slot(index, key) : json_get_slice(index->object, key);
}

void json_index_done(struct json_index *index)
{
    free(index->slots);
    *index = (struct json_index){0};
}

/* The earlier member with this one's key; NULL, and remembered in the table if there is one, when it is the
 * first. */
static struct json *json_index_earlier(struct json_index *index, struct json *member)
{
    if (index->slots) {
        struct json **slot = json_index_slot(index, (struct slice){member->key, member->key_size});
        if (*slot)
            return *slot;
        *slot = member;
        return NULL;
    }
    for (struct json *it = index->object->first; it != member; it = it->next)
        if (it->key_size == member->key_size && memcmp(it->key, member->key, member->key_size) == 0)
            return it;
    return NULL;
}

void json_drop_repeated(struct json *object)
{
    _cleanup_(json_index_done) struct json_index index = {.object = object};
    struct json *kept = NULL, *next;

    if (object->size > INDEX_SMALL)
        json_index_reserve(&index, object->size);
    for (struct json *member = object->first; member; member = next) {
        struct json *earlier = json_index_earlier(&index, member);
        next = member->next;
        if (!earlier) {
            kept = member;
            continue;
        }
        json_replace(earlier, member);
        earlier->repeated = 1;
        kept->next = next;
        object->size--;
    }
    object->last = kept;
}
