/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a over the sorted document, written in the letters of generated names. Upstream hashes a dump of its
 * own structs, which no other program can repeat. Nobody depends on it: a replica set and a revision are
 * known by the template that they hold, also when upstream's controllers take over ours, or ours theirs. */
#include "core/controller-manager/template-hash.h"

#include <stdlib.h>

#include "core/base/map.h"
#include "core/base/memory.h"

static bool is_empty(const struct json *value)
{
    return json_is_absent(value) || (value->type >= JSON_ARRAY && value->size == 0);
}

static int by_key(const void *x, const void *y)
{
    return strcmp((*(const struct json *const *)x)->key, (*(const struct json *const *)y)->key);
}

static void write_members(struct buffer *out, const struct json *object)
{
    const struct json **members = newa0(const struct json *, object->size + 1);
    size_t count = 0;
    json_for_each (member, object)
        if (!is_empty(member))
            members[count++] = member;
    qsort(members, count, sizeof(*members), by_key);
    buffer_append_char(out, '{');
    for (size_t i = 0; i < count; i++) {
        json_write_string(out, slice_of(members[i]->key));
        buffer_append_char(out, ':');
        json_write_canonical(out, members[i]);
        buffer_append_char(out, ',');
    }
    buffer_append_char(out, '}');
    free(members);
}

void json_write_canonical(struct buffer *out, const struct json *value)
{
    if (json_is(value, JSON_OBJECT)) {
        write_members(out, value);
    } else if (json_is(value, JSON_ARRAY)) {
        buffer_append_char(out, '[');
        json_for_each (element, value) {
            json_write_canonical(out, element);
            buffer_append_char(out, ',');
        }
        buffer_append_char(out, ']');
    } else {
        json_write(out, value);
    }
}

char *template_hash(struct arena *arena, const struct json *template_, int64_t collisions)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    struct buffer text = BUFFER_INIT;
    json_write_canonical(&text, template_);
    if (collisions >= 0)
        buffer_append_i64(&text, collisions);
    char *hash = arena_printf(arena, "%u", hash_fnv32a(text.data, text.size));
    for (char *p = hash; *p; p++)
        *p = letters[(unsigned char)*p % (sizeof(letters) - 1)];
    buffer_done(&text);
    return hash;
}
