/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether two documents mean the same. Members are compared in step as long as both sides have them in the
 * same order, which they nearly always do, and looked up only where the order differs.
 */
#include "core/api/json.h"

#include "core/api/json-index.h"
#include "core/base/memory.h"

static bool equal(const struct json *a, const struct json *b, bool semantic);

static bool is_empty(const struct json *value)
{
    return json_is_absent(value) || (value->type >= JSON_ARRAY && value->size == 0);
}

static bool same_key(const struct json *a, const struct json *b)
{
    return a->key_size == b->key_size && memcmp(a->key, b->key, a->key_size) == 0;
}

static bool equal_numbers(const struct json *a, const struct json *b)
{
    if (a->type == b->type)
        return a->type == JSON_INT ? a->integer == b->integer : a->number == b->number;
    const struct json *whole = a->type == JSON_INT ? a : b, *other = whole == a ? b : a;
    int64_t value = json_integer_or(other, INT64_MIN);
    return value == whole->integer && (double)value == other->number;
}

static bool equal_arrays(const struct json *a, const struct json *b, bool semantic)
{
    const struct json *y = b->first;

    if (a->size != b->size)
        return false;
    for (const struct json *x = a->first; x; x = x->next, y = y->next)
        if (!equal(x, y, semantic))
            return false;
    return true;
}

/* Whether all members of a are in b with equal values; what is empty may be missing, if semantic. */
static bool members_within(const struct json *a, const struct json *b, bool semantic)
{
    _cleanup_(json_index_done) struct json_index index = {0};
    const struct json *y = b->first;

    for (const struct json *x = a->first; x; x = x->next) {
        const struct json *other = y;
        if (!y || !same_key(x, y)) {
            if (!index.object)
                json_index_init(&index, b);
            other = json_index_get(&index, (struct slice){x->key, x->key_size});
        }
        if (!(semantic && is_empty(x) && is_empty(other)) && (!other || !equal(x, other, semantic)))
            return false;
        y = other ? other->next : y;
    }
    return true;
}

/* Whether nothing but empty members of b is missing from a. */
static bool only_empty_beyond(const struct json *a, const struct json *b)
{
    _cleanup_(json_index_done) struct json_index index = {0};
    bool all = true;

    json_index_init(&index, a);
    for (const struct json *y = b->first; y && all; y = y->next)
        all = is_empty(y) || json_index_get(&index, (struct slice){y->key, y->key_size});
    return all;
}

static bool equal_objects(const struct json *a, const struct json *b, bool semantic)
{
    if (!semantic && a->size != b->size)
        return false;
    return members_within(a, b, semantic) && (!semantic || only_empty_beyond(a, b));
}

static bool equal(const struct json *a, const struct json *b, bool semantic)
{
    if (semantic && is_empty(a) && is_empty(b))
        return true;
    if (!a || !b)
        return a == b;
    bool numbers =
        (a->type == JSON_INT || a->type == JSON_DOUBLE) && (b->type == JSON_INT || b->type == JSON_DOUBLE);
    if (numbers)
        return equal_numbers(a, b);
    if (a->type != b->type)
        return false;
    switch ((enum json_type)a->type) {
    case JSON_BOOL:
        return a->boolean == b->boolean;
    case JSON_STRING:
        return a->size == b->size && memcmp(a->string, b->string, a->size) == 0;
    case JSON_ARRAY:
        return equal_arrays(a, b, semantic);
    case JSON_OBJECT:
        return equal_objects(a, b, semantic);
    default:
        return true;
    }
}

bool json_equal(const struct json *a, const struct json *b)
{
    return equal(a, b, false);
}

bool json_equal_semantic(const struct json *a, const struct json *b)
{
    return equal(a, b, true);
}
