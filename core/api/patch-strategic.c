/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategic merge patch: a merge patch that knows which lists are keyed. The rows say which lists merge and
 * by which member; directives in the patch
 * ($patch, $retainKeys, $deleteFromPrimitiveList/…, $setElementOrder/…) say the rest. The order of a merged
 * list follows the patch, with what only the server has kept where it stood relative to its old neighbours.
 */
#include <stdlib.h>

#include "core/api/patch.h"
#include "core/base/memory.h"

#define DIRECTIVE_PATCH  "$patch"
#define DIRECTIVE_RETAIN "$retainKeys"
#define DIRECTIVE_DELETE "$deleteFromPrimitiveList/"
#define DIRECTIVE_ORDER  "$setElementOrder/"

struct strategic {
    struct arena *arena;
    struct error *err;
};
/* What the members of an object are: fields of a type, or values of a map. Both NULL: unknown. */
struct level {
    const struct schema_type *type;
    const struct schema_field *values;
};
/* An element of a list that is being put in order. */
struct element {
    struct json *node;
    int64_t server, patch; /* position in the old list and in the patch's order; -1: not in it */
};

static int merge_map(struct strategic *s, struct level level, struct json *object, const struct json *patch);

static struct slice key_of(const struct json *member)
{
    return (struct slice){member->key, member->key_size};
}

static bool is_directive(const struct json *member)
{
    struct slice key = key_of(member);

    return slice_is(key, DIRECTIVE_PATCH) || slice_is(key, DIRECTIVE_RETAIN) ||
           slice_starts(key, DIRECTIVE_DELETE) || slice_starts(key, DIRECTIVE_ORDER);
}

static bool marked(const struct json *element, const char *directive)
{
    return slice_is(json_slice(json_get(element, DIRECTIVE_PATCH)), directive);
}

/* A copy without directives, and without nulls in objects. */
static struct json *plain_copy(struct arena *arena, const struct json *value)
{
    if (value->type < JSON_ARRAY)
        return json_copy(arena, value);
    struct json *copy = value->type == JSON_ARRAY ? json_new_array(arena) : json_new_object(arena);
    json_for_each (it, value) {
        if (value->type == JSON_ARRAY) {
            if (!marked(it, "delete") && !marked(it, "replace"))
                json_append(arena, copy, plain_copy(arena, it));
            continue;
        }
        if (it->type == JSON_NULL || is_directive(it))
            continue;
        struct json *child = plain_copy(arena, it);
        child->key = json_new_slice(arena, key_of(it))->string;
        child->key_size = it->key_size;
        json_append_node(copy, child);
    }
    return copy;
}

static const struct schema_field *level_field(struct level level, struct slice key)
{
    return level.type ? schema_field(level.type, key) : NULL;
}

static struct level level_below(struct level level, const struct schema_field *field)
{
    if (level.values)
        return (struct level){level.values->type, NULL};
    if (field && field->shape == SCHEMA_ONE)
        return (struct level){field->type, NULL};
    return (struct level){NULL, field && field->shape == SCHEMA_MAP ? field : NULL};
}

/* The member that tells elements apart; NULL in a list of plain values. */
static const char *merge_key(const struct schema_field *field)
{
    if (field->kind != SCHEMA_OBJECT)
        return NULL;
    return field->patch_merge_key ? field->patch_merge_key : field->merge_keys ? field->merge_keys[0] : NULL;
}

static bool same_element(const struct json *a, const struct json *b, const char *key)
{
    if (!key)
        return json_equal(a, b);
    const struct json *x = json_get(a, key), *y = json_get(b, key);
    return x && y && json_equal(x, y);
}

static struct json *find_element(const struct json *list, const struct json *like, const char *key)
{
    json_for_each (it, list)
        if (same_element(it, like, key))
            return it;
    return NULL;
}

static void remove_elements(struct json *list, const struct json *like, const char *key)
{
    struct json *it;

    while ((it = find_element(list, like, key)))
        json_remove_node(list, it);
}

static int64_t position_in(const struct json *list, const struct json *like, const char *key)
{
    int64_t position = 0;

    json_for_each (it, list) {
        if (same_element(it, like, key))
            return position;
        position++;
    }
    return -1;
}

static int compare_patch_position(const void *a, const void *b)
{
    const struct element *x = a, *y = b;

    return x->patch < y->patch ? -1 : x->patch > y->patch;
}

/* Links the elements anew: those of the patch in its order, and each of the others in front of the first one
 * of them that it used to stand before. */
static void link_in_order(struct json *list, struct element *ordered, size_t ordered_count,
                          struct element *others, size_t others_count)
{
    size_t i = 0, j = 0;

    *list =
        (struct json){.key = list->key, .key_size = list->key_size, .next = list->next, .type = JSON_ARRAY};
    while (i < others_count || j < ordered_count) {
        bool before = j == ordered_count ||
                      (i < others_count && ordered[j].server >= 0 && others[i].server < ordered[j].server);
        json_append_node(list, before ? others[i++].node : ordered[j++].node);
    }
}

/* Elements have no key, so that key_size is free to hold where an element stood before the list was merged
 * (0: nowhere). */
static void number_elements(struct json *list)
{
    uint32_t position = 0;

    json_for_each (it, list)
        it->key_size = ++position & 0xffffff;
}

static void put_in_order(struct json *list, const struct json *order, const char *key)
{
    _cleanup_free_ struct element *ordered = newa0(struct element, (size_t)list->size + 1);
    _cleanup_free_ struct element *others = newa0(struct element, (size_t)list->size + 1);
    size_t ordered_count = 0, others_count = 0;

    json_for_each (it, list) {
        struct element element = {it, (int64_t)it->key_size - 1, position_in(order, it, key)};
        it->key_size = 0;
        if (element.patch >= 0)
            ordered[ordered_count++] = element;
        else
            others[others_count++] = element;
    }
    qsort(ordered, ordered_count, sizeof(*ordered), compare_patch_position);
    link_in_order(list, ordered, ordered_count, others, others_count);
}

/* Elements that say what to do instead of what to be. 1: the rest of the patch takes the place of the list.
 */
static int apply_marked(struct strategic *s, struct json *list, const struct json *patch, const char *key)
{
    bool replace = false;

    json_for_each (it, patch) {
        const char *directive = json_string(json_get(it, DIRECTIVE_PATCH));
        if (!directive)
            continue;
        if (strcmp(directive, "replace") == 0)
            replace = true;
        else if (strcmp(directive, "delete") != 0)
            return error_set(s->err, ERR_BAD_REQUEST, "unsupported $patch value \"%s\" in a list", directive);
        else if (!key || !json_get(it, key))
            return error_set(s->err, ERR_BAD_REQUEST, "delete patch type with no merge key defined");
        else
            remove_elements(list, it, key);
    }
    return replace;
}

static int merge_elements(struct strategic *s, const struct schema_field *field, struct json *list,
                          const struct json *patch, const char *key)
{
    json_for_each (it, patch) {
        if (marked(it, "delete"))
            continue;
        if (key && json_is_absent(json_get(it, key)))
            return error_set(s->err, ERR_BAD_REQUEST,
                             "an element of %s does not contain declared merge key: %s", field->name, key);
        struct json *old = find_element(list, it, key);
        if (!old)
            json_append(s->arena, list, plain_copy(s->arena, it));
        else if (key && merge_map(s, (struct level){field->type, NULL}, old, it) < 0)
            return -1;
    }
    return 0;
}

/* The patch's elements must come in the order that it sets. */
static int check_order(struct strategic *s, const struct schema_field *field, const struct json *patch,
                       const struct json *order, const char *key)
{
    int64_t last = -1;

    json_for_each (it, patch) {
        if (json_get(it, DIRECTIVE_PATCH))
            continue;
        int64_t position = position_in(order, it, key);
        if (position < last || position < 0)
            return error_set(s->err, ERR_BAD_REQUEST,
                             "the order in patch list \"%s\" doesn't match $setElementOrder list",
                             field->name);
        last = position;
    }
    return 0;
}

/* patch, order: either may be NULL. */
static int merge_list(struct strategic *s, const struct schema_field *field, struct json *list,
                      const struct json *patch, const struct json *order)
{
    const char *key = merge_key(field);

    if (field->kind == SCHEMA_OBJECT && !key)
        return error_set(s->err, ERR_BAD_REQUEST, "cannot merge list \"%s\" without merge key", field->name);
    if (patch && order && check_order(s, field, patch, order, key) < 0)
        return -1;
    number_elements(list);
    if (patch) {
        int replace = apply_marked(s, list, patch, key);
        if (replace < 0)
            return -1;
        if (replace) {
            json_replace(list, plain_copy(s->arena, patch));
            return 0;
        }
        if (merge_elements(s, field, list, patch, key) < 0)
            return -1;
    }
    put_in_order(list, order ? order : patch, key);
    return 0;
}

static bool merges(const struct schema_field *field)
{
    return field && field->shape == SCHEMA_LIST && field->flags & SCHEMA_PATCH_MERGE;
}

/* siblings: the object that the patch's member is in; it may set the order of a list. */
static int merge_member(struct strategic *s, struct level level, struct json *object,
                        const struct json *siblings, const struct json *patch)
{
    const struct schema_field *field = level_field(level, key_of(patch));
    struct json *old = json_get_slice(object, key_of(patch));

    if (patch->type == JSON_NULL) {
        if (old)
            json_remove_node(object, old);
        return 0;
    }
    if (!old) {
        json_set_slice(s->arena, object, key_of(patch), plain_copy(s->arena, patch));
        return 0;
    }
    if (old->type == JSON_OBJECT && patch->type == JSON_OBJECT &&
        !(field && field->flags & SCHEMA_PATCH_REPLACE))
        return merge_map(s, level_below(level, field), old, patch);
    if (old->type == JSON_ARRAY && patch->type == JSON_ARRAY && merges(field)) {
        char *directive = arena_printf(s->arena, DIRECTIVE_ORDER "%.*s", SLICE_ARG(key_of(patch)));
        return merge_list(s, field, old, patch, json_get(siblings, directive));
    }
    json_replace(old, plain_copy(s->arena, patch));
    return 0;
}

/* "$deleteFromPrimitiveList/finalizers": ["a"] */
static void delete_from_list(struct json *object, const struct json *directive)
{
    struct slice name = key_of(directive);

    name.data += strlen(DIRECTIVE_DELETE);
    name.size -= strlen(DIRECTIVE_DELETE);
    struct json *list = json_get_slice(object, name);
    if (json_is(list, JSON_ARRAY))
        json_for_each (it, directive)
            remove_elements(list, it, NULL);
}

/* Keeps only the members that are named; the patch may set no others. */
static int retain_keys(struct strategic *s, struct json *object, const struct json *patch,
                       const struct json *names)
{
    if (names->type != JSON_ARRAY)
        return error_set(s->err, ERR_BAD_REQUEST, "$retainKeys is not a list");
    json_for_each (it, patch) {
        const struct json name = {.type = JSON_STRING, .string = it->key, .size = it->key_size};
        if (!is_directive(it) && !find_element(names, &name, NULL))
            return error_set(s->err, ERR_BAD_REQUEST, "bad format of $retainKeys: it does not name \"%.*s\"",
                             SLICE_ARG(key_of(it)));
    }
    for (struct json *it = object->first, *next; it; it = next) {
        const struct json name = {.type = JSON_STRING, .string = it->key, .size = it->key_size};
        next = it->next;
        if (!find_element(names, &name, NULL))
            json_remove_node(object, it);
    }
    return 0;
}

/* "$setElementOrder/containers": […] without changes to the list. */
static int order_list(struct strategic *s, struct level level, struct json *object, const struct json *patch,
                      const struct json *directive)
{
    struct slice name = key_of(directive);

    name.data += strlen(DIRECTIVE_ORDER);
    name.size -= strlen(DIRECTIVE_ORDER);
    const struct schema_field *field = level_field(level, name);
    struct json *list = json_get_slice(object, name);
    if (directive->type != JSON_ARRAY)
        return error_set(s->err, ERR_BAD_REQUEST, "%.*s is not a list", SLICE_ARG(key_of(directive)));
    if (json_get_slice(patch, name) || !json_is(list, JSON_ARRAY) || !merges(field))
        return 0;
    return merge_list(s, field, list, NULL, directive);
}

static int merge_members(struct strategic *s, struct level level, struct json *object,
                         const struct json *patch)
{
    const struct json *retain = json_get(patch, DIRECTIVE_RETAIN);

    if (retain && retain_keys(s, object, patch, retain) < 0)
        return -1;
    json_for_each (it, patch)
        if (slice_starts(key_of(it), DIRECTIVE_DELETE))
            delete_from_list(object, it);
    json_for_each (it, patch)
        if (!is_directive(it) && merge_member(s, level, object, patch, it) < 0)
            return -1;
    json_for_each (it, patch)
        if (slice_starts(key_of(it), DIRECTIVE_ORDER) && order_list(s, level, object, patch, it) < 0)
            return -1;
    return 0;
}

static int merge_map(struct strategic *s, struct level level, struct json *object, const struct json *patch)
{
    static const struct json empty = {.type = JSON_OBJECT};
    const struct json *directive = json_get(patch, DIRECTIVE_PATCH);

    if (marked(patch, "replace")) {
        json_replace(object, plain_copy(s->arena, patch));
        return 0;
    }
    if (marked(patch, "delete")) {
        json_replace(object, &empty);
        return 0;
    }
    if (directive && !marked(patch, "merge"))
        return error_set(s->err, ERR_BAD_REQUEST, "unknown patch type found: %s",
                         json_string_or(directive, "not a string"));
    return merge_members(s, level, object, patch);
}

int patch_strategic(struct arena *arena, const struct schema_type *type, struct json *object,
                    const struct json *patch, struct error *err)
{
    struct strategic s = {arena, err};

    if (!json_is(patch, JSON_OBJECT))
        return error_set(err, ERR_BAD_REQUEST, "a strategic merge patch is an object");
    return merge_map(&s, (struct level){type, NULL}, object, patch);
}
