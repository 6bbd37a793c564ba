/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading, making and changing a document. Everything is a walk over a short list: objects of the API have a
 * dozen members, and a linear scan over their keys' sizes is quicker than any index would be to make.
 */
#include "core/api/json.h"

#include <stdio.h>

#include "core/base/memory.h"

struct json *json_get_slice(const struct json *object, struct slice key)
{
    if (!json_is(object, JSON_OBJECT))
        return NULL;
    for (struct json *it = object->first; it; it = it->next)
        if (it->key_size == key.size && memcmp(it->key, key.data, key.size) == 0)
            return it;
    return NULL;
}

struct json *json_get(const struct json *object, const char *key)
{
    return json_get_slice(object, slice_of(key));
}

struct json *json_element(const struct json *array, uint32_t index)
{
    if (!json_is(array, JSON_ARRAY) || index >= array->size)
        return NULL;
    struct json *it = array->first;
    while (index--)
        it = it->next;
    return it;
}

/* The "[12]" at path; false when it is no such thing. */
static bool path_cut_index(const char **path, uint32_t *ret_index)
{
    const char *at = *path + 1;
    uint64_t index = 0;

    if (*at < '0' || *at > '9')
        return false;
    for (; *at >= '0' && *at <= '9' && index <= UINT32_MAX; at++)
        index = index * 10 + (unsigned)(*at - '0');
    if (*at != ']' || index > UINT32_MAX)
        return false;
    *path = at + 1;
    *ret_index = (uint32_t)index;
    return true;
}

struct json *json_at(const struct json *value, const char *path)
{
    const struct json *at = value;
    uint32_t index;

    while (at && *path) {
        if (*path == '[') {
            at = path_cut_index(&path, &index) ? json_element(at, index) : NULL;
        } else {
            size_t size = strcspn(path, ".[");
            at = json_get_slice(at, (struct slice){path, size});
            path += size;
        }
        if (*path == '.')
            path++;
    }
    return (struct json *)at;
}

const char *json_string(const struct json *value)
{
    return json_is(value, JSON_STRING) ? value->string : NULL;
}

const char *json_string_or(const struct json *value, const char *fallback)
{
    return json_is(value, JSON_STRING) ? value->string : fallback;
}

int64_t json_integer_or(const struct json *value, int64_t fallback)
{
    if (json_is(value, JSON_INT))
        return value->integer;
    if (json_is(value, JSON_DOUBLE) && value->number >= -0x1p63 && value->number < 0x1p63 &&
        (double)(int64_t)value->number == value->number)
        return (int64_t)value->number;
    return fallback;
}

bool json_boolean_or(const struct json *value, bool fallback)
{
    return json_is(value, JSON_BOOL) ? value->boolean : fallback;
}

struct slice json_slice(const struct json *value)
{
    return json_is(value, JSON_STRING) ? (struct slice){value->string, value->size} : (struct slice){"", 0};
}

bool json_is_absent(const struct json *value)
{
    return !value || value->type == JSON_NULL;
}

const char *json_string_at(const struct json *value, const char *path)
{
    return json_string(json_at(value, path));
}

int64_t json_integer_at(const struct json *value, const char *path, int64_t fallback)
{
    return json_integer_or(json_at(value, path), fallback);
}

bool json_boolean_at(const struct json *value, const char *path, bool fallback)
{
    return json_boolean_or(json_at(value, path), fallback);
}

static struct json *json_new(struct arena *arena, enum json_type type)
{
    struct json *value = arena_new(arena, struct json);

    value->type = type;
    return value;
}

struct json *json_new_null(struct arena *arena)
{
    return json_new(arena, JSON_NULL);
}

struct json *json_new_bool(struct arena *arena, bool value)
{
    struct json *node = json_new(arena, JSON_BOOL);

    node->boolean = value;
    return node;
}

struct json *json_new_int(struct arena *arena, int64_t value)
{
    struct json *node = json_new(arena, JSON_INT);

    node->integer = value;
    return node;
}

struct json *json_new_double(struct arena *arena, double value)
{
    struct json *node = json_new(arena, JSON_DOUBLE);

    node->number = value;
    return node;
}

/* Not arena_strndup: a string may hold NUL bytes. */
static char *copy_text(struct arena *arena, struct slice text)
{
    char *copy = arena_alloc(arena, text.size + 1);

    if (text.size)
        memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return copy;
}

struct json *json_new_slice(struct arena *arena, struct slice value)
{
    struct json *node = json_new(arena, JSON_STRING);

    require(value.size <= UINT32_MAX);
    node->string = copy_text(arena, value);
    node->size = (uint32_t)value.size;
    return node;
}

struct json *json_new_string(struct arena *arena, const char *value)
{
    return json_new_slice(arena, slice_of(value));
}

__attribute__((format(printf, 2, 0))) static struct json *json_new_textf(struct arena *arena, const char *fmt,
                                                                         va_list ap)
{
    char room[256];
    va_list again;

    va_copy(again, ap);
    int n = vsnprintf(room, sizeof(room), fmt, ap);
    require(n >= 0);
    struct json *node = json_new(arena, JSON_STRING);
    char *text = arena_alloc(arena, (size_t)n + 1);
    if ((size_t)n < sizeof(room))
        memcpy(text, room, (size_t)n + 1);
    else
        vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    node->string = text;
    node->size = (uint32_t)n;
    return node;
}

struct json *json_new_stringf(struct arena *arena, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    struct json *node = json_new_textf(arena, fmt, ap);
    va_end(ap);
    return node;
}

struct json *json_new_array(struct arena *arena)
{
    return json_new(arena, JSON_ARRAY);
}

struct json *json_new_object(struct arena *arena)
{
    return json_new(arena, JSON_OBJECT);
}

void json_append_node(struct json *container, struct json *value)
{
    value->next = NULL;
    if (container->last)
        container->last->next = value;
    else
        container->first = value;
    container->last = value;
    container->size++;
}

static void json_key(struct arena *arena, struct json *value, struct slice key)
{
    require(key.size < (1u << 24));
    value->key = copy_text(arena, key);
    value->key_size = (uint32_t)key.size & 0xffffff;
}

struct json *json_copy(struct arena *arena, const struct json *value)
{
    if (!value)
        return NULL;
    struct json *copy = json_new(arena, value->type);
    if (value->type == JSON_STRING) {
        copy->string = copy_text(arena, (struct slice){value->string, value->size});
        copy->size = value->size;
        return copy;
    }
    if (value->type < JSON_ARRAY) {
        copy->integer = value->integer;
        if (value->type == JSON_BOOL)
            copy->boolean = value->boolean;
        return copy;
    }
    json_for_each (it, value) {
        struct json *child = json_copy(arena, it);
        if (it->key)
            json_key(arena, child, (struct slice){it->key, it->key_size});
        json_append_node(copy, child);
    }
    return copy;
}

void json_replace(struct json *node, const struct json *value)
{
    struct json old = *node;

    *node = *value;
    node->key = old.key;
    node->key_size = old.key_size;
    node->repeated = old.repeated;
    node->next = old.next;
}

struct json *json_set_slice(struct arena *arena, struct json *object, struct slice key, struct json *value)
{
    struct json *old = json_get_slice(object, key);

    require(json_is(object, JSON_OBJECT));
    if (old) {
        json_replace(old, value);
        return old;
    }
    json_key(arena, value, key);
    json_append_node(object, value);
    return value;
}

struct json *json_set(struct arena *arena, struct json *object, const char *key, struct json *value)
{
    return json_set_slice(arena, object, slice_of(key), value);
}

struct json *json_set_string(struct arena *arena, struct json *object, const char *key, const char *value)
{
    if (!value) {
        json_remove(object, key);
        return NULL;
    }
    return json_set(arena, object, key, json_new_string(arena, value));
}

struct json *json_set_stringf(struct arena *arena, struct json *object, const char *key, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    struct json *value = json_new_textf(arena, fmt, ap);
    va_end(ap);
    return json_set(arena, object, key, value);
}

struct json *json_set_int(struct arena *arena, struct json *object, const char *key, int64_t value)
{
    return json_set(arena, object, key, json_new_int(arena, value));
}

struct json *json_set_bool(struct arena *arena, struct json *object, const char *key, bool value)
{
    return json_set(arena, object, key, json_new_bool(arena, value));
}

struct json *json_set_object(struct arena *arena, struct json *object, const char *key)
{
    return json_set(arena, object, key, json_new_object(arena));
}

struct json *json_set_array(struct arena *arena, struct json *object, const char *key)
{
    return json_set(arena, object, key, json_new_array(arena));
}

struct json *json_ensure(struct arena *arena, struct json *object, const char *path, enum json_type type)
{
    struct json *at = object;

    while (*path) {
        struct slice key = {path, strcspn(path, ".")};
        path += key.size + (path[key.size] == '.');
        enum json_type want = *path ? JSON_OBJECT : type;
        struct json *child = json_get_slice(at, key);
        at = json_is(child, want) ? child : json_set_slice(arena, at, key, json_new(arena, want));
    }
    return at;
}

struct json *json_append(struct arena *arena, struct json *array, struct json *value)
{
    require(json_is(array, JSON_ARRAY));
    value->key = NULL;
    value->key_size = 0;
    json_append_node(array, value);
    return value;
}

struct json *json_append_string(struct arena *arena, struct json *array, const char *value)
{
    return json_append(arena, array, json_new_string(arena, value));
}

struct json *json_insert(struct arena *arena, struct json *array, uint32_t index, struct json *value)
{
    if (index >= json_count(array))
        return json_append(arena, array, value);
    require(json_is(array, JSON_ARRAY));
    struct json **at = &array->first;
    while (index--)
        at = &(*at)->next;
    value->key = NULL;
    value->key_size = 0;
    value->next = *at;
    *at = value;
    array->size++;
    return value;
}

void json_remove_node(struct json *container, struct json *node)
{
    struct json *before = NULL, *it = container->first;

    while (it != node) {
        require(it);
        before = it;
        it = it->next;
    }
    if (before)
        before->next = node->next;
    else
        container->first = node->next;
    if (container->last == node)
        container->last = before;
    node->next = NULL;
    container->size--;
}

void json_keep_only(struct json *object, const char *const *names)
{
    for (struct json *m = json_is(object, JSON_OBJECT) ? object->first : NULL, *next; m; m = next) {
        next = m->next;
        bool kept = false;
        for (const char *const *n = names; *n && !kept; n++)
            kept = strcmp(m->key, *n) == 0;
        if (!kept)
            json_remove_node(object, m);
    }
}

void json_restore(struct arena *arena, struct json *object, const struct json *old, const char *key)
{
    const struct json *value = json_get(old, key);
    if (value)
        json_set(arena, object, key, json_copy(arena, value));
    else
        json_remove(object, key);
}

bool json_remove_slice(struct json *object, struct slice key)
{
    struct json *node = json_get_slice(object, key);

    if (node)
        json_remove_node(object, node);
    return node != NULL;
}

bool json_remove(struct json *object, const char *key)
{
    return json_remove_slice(object, slice_of(key));
}

unsigned json_depth(const struct json *value)
{
    unsigned deepest = 0;

    if (!value || value->type < JSON_ARRAY)
        return 0;
    json_for_each (it, value) {
        unsigned depth = json_depth(it);
        deepest = MAX(deepest, depth);
    }
    return deepest + 1;
}
