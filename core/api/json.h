/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON document in an arena: what an object is while a write is decided or a controller looks at it. All
 * memory of a document belongs to one arena and goes with it; nodes are never freed one by one. A document
 * belongs to one thread at a time; as long as nobody changes it any number may read.
 *
 * Values are linked lists of 40-byte nodes: members keep their order, and adding, replacing and removing one
 * touches two pointers. Strings are NUL-terminated beyond their size. Missing and null are different; the
 * accessors treat both as absent.
 */
#ifndef KEELSON_API_JSON_H
#define KEELSON_API_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buffer.h"
#include "core/base/error.h"

enum json_type { JSON_NULL, JSON_BOOL, JSON_INT, JSON_DOUBLE, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    const char *key;   /* of a member; NULL otherwise */
    struct json *next; /* sibling */
    union {
        bool boolean;
        int64_t integer;
        double number;
        const char *string;
        struct json *first; /* array, object */
    };
    struct json *last;
    uint32_t size; /* bytes of a string, elements or members of a container */
    uint32_t key_size : 24;
    uint32_t type : 7;     /* enum json_type */
    uint32_t repeated : 1; /* a member whose key the text held more than once */
};

#define JSON_DEPTH_MAX 512 /* deeper input is refused: ERR_BAD_REQUEST */

/* Parses one whole document (RFC 8259; UTF-8 checked, of members with one key the last one is
 * kept, marked `repeated`). text is not kept. Error: ERR_BAD_REQUEST with the
 * offset and what was expected. Integers beyond int64 become doubles. */
int json_parse(struct arena *arena, struct slice text, struct json **ret, struct error *err);
/* YAML of one document (JSON is YAML too) into the same form, by YAML 1.1's core rules as kubectl reads
 * manifests. */
int json_parse_yaml(struct arena *arena, struct slice text, struct json **ret, struct error *err);
/* Compact text. Containers below JSON_DEPTH_MAX are cut off as null. */
void json_write(struct buffer *out, const struct json *value);
void json_write_string(struct buffer *out, struct slice text); /* quoted and escaped */

/* Reading. value may be NULL everywhere: absent in, absent out. */
struct json *json_get(const struct json *object, const char *key);
struct json *json_get_slice(const struct json *object, struct slice key);
/* A path of keys by dots and indexes in brackets; a key with dots in brackets with quotes is not needed: use
 * json_get for those. json_at(pod, "spec.containers[0].image"). */
struct json *json_at(const struct json *value, const char *path);
struct json *json_element(const struct json *array, uint32_t index);
const char *json_string(const struct json *value); /* NULL unless a string */
const char *json_string_or(const struct json *value, const char *fallback);
int64_t json_integer_or(const struct json *value, int64_t fallback); /* ints, and doubles that are whole */
bool json_boolean_or(const struct json *value, bool fallback);
struct slice json_slice(const struct json *value); /* of a string; empty otherwise */
bool json_is_absent(const struct json *value);     /* NULL or null */
static inline bool json_is(const struct json *value, enum json_type type)
{
    return value && value->type == (uint32_t)type;
}
static inline uint32_t json_count(const struct json *value)
{
    return value && value->type >= JSON_ARRAY ? value->size : 0;
}
/* Walks members or elements; container may be NULL or a scalar. The body may change `it`'s value but not
 * remove it. */
#define json_for_each(it, container)                                                                         \
    for (struct json *it =                                                                                   \
             json_is(container, JSON_ARRAY) || json_is(container, JSON_OBJECT) ? (container)->first : NULL;  \
         it; it = it->next)
/* Shorthands over json_at. */
const char *json_string_at(const struct json *value, const char *path); /* NULL when absent */
int64_t json_integer_at(const struct json *value, const char *path, int64_t fallback);
bool json_boolean_at(const struct json *value, const char *path, bool fallback);

/* Making. */
struct json *json_new_null(struct arena *arena);
struct json *json_new_bool(struct arena *arena, bool value);
struct json *json_new_int(struct arena *arena, int64_t value);
struct json *json_new_double(struct arena *arena, double value);
struct json *json_new_string(struct arena *arena, const char *value); /* copies */
struct json *json_new_slice(struct arena *arena, struct slice value);
__attribute__((format(printf, 2, 3))) struct json *json_new_stringf(struct arena *arena, const char *fmt,
                                                                    ...);
struct json *json_new_array(struct arena *arena);
struct json *json_new_object(struct arena *arena);
/* A deep copy into another arena (keys and strings too). */
struct json *json_copy(struct arena *arena, const struct json *value);

/* Changing. `value` must be fresh or removed from where it was; it is linked, not copied. Keys are copied. A
 * member that exists keeps its place. Return the value. */
struct json *json_set(struct arena *arena, struct json *object, const char *key, struct json *value);
struct json *json_set_slice(struct arena *arena, struct json *object, struct slice key, struct json *value);
struct json *json_set_string(struct arena *arena, struct json *object, const char *key,
                             const char *value); /* NULL value: removes the member, returns NULL */
__attribute__((format(printf, 4, 5))) struct json *json_set_stringf(struct arena *arena, struct json *object,
                                                                    const char *key, const char *fmt, ...);
struct json *json_set_int(struct arena *arena, struct json *object, const char *key, int64_t value);
struct json *json_set_bool(struct arena *arena, struct json *object, const char *key, bool value);
struct json *json_set_object(struct arena *arena, struct json *object, const char *key); /* a new empty one */
struct json *json_set_array(struct arena *arena, struct json *object, const char *key);
/* The container at a dotted path of keys, made where missing: json_ensure(a, pod, "status.conditions",
 * JSON_ARRAY). */
struct json *json_ensure(struct arena *arena, struct json *object, const char *path, enum json_type type);
struct json *json_append(struct arena *arena, struct json *array, struct json *value);
struct json *json_append_string(struct arena *arena, struct json *array, const char *value);
struct json *json_insert(struct arena *arena, struct json *array, uint32_t index, struct json *value);
/* Links a node at the end as it is, with the key that it has: for those who build an object whose keys are
 * known to differ. */
void json_append_node(struct json *container, struct json *value);
bool json_remove(struct json *object, const char *key); /* whether it was there */
bool json_remove_slice(struct json *object, struct slice key);
void json_remove_node(struct json *container, struct json *node);
/* Removes every member that is not named; names end with NULL. Anything but an object is left alone. */
void json_keep_only(struct json *object, const char *const *names);
/* Makes the member what it is in old: a copy of it, or absent. */
void json_restore(struct arena *arena, struct json *object, const struct json *old, const char *key);
/* Makes the node hold a shallow copy of what value holds; key and place stay. */
void json_replace(struct json *node, const struct json *value);

/* Containers inside of one another; 0 for a scalar. */
unsigned json_depth(const struct json *value);
/* Equal in meaning: members in any order; 1 and 1.0 are equal. */
bool json_equal(const struct json *a, const struct json *b);
/* The same, with absent, null, empty object and empty array taken for the same (as upstream's semantic
 * DeepEqual does). */
bool json_equal_semantic(const struct json *a, const struct json *b);

#endif
