/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON patch (RFC 6902): operations in order, each at a JSON pointer (RFC 6901). What one patch can make is
 * limited: the number of operations, what they copy, and how deep the result is, since "copy" can double a
 * document with few bytes.
 */
#include "core/api/patch.h"

struct patcher {
    struct arena *arena;
    struct json *root; /* NULL after it was removed */
    unsigned copied;
    struct error *err;
};
/* Where a pointer leads: the container, and the member or position in it. container NULL: the whole document.
 */
struct target {
    struct json *container, *node; /* node NULL: not there */
    struct slice key;
    uint32_t index; /* in an array; its size for "-" */
    unsigned depth;
};

static int patch_refuse(struct patcher *p, const char *op, const char *path, const char *why)
{
    return error_set(p->err, ERR_INVALID, "%s operation does not apply at \"%s\": %s", op, path, why);
}

/* The next token of a pointer, with ~0 and ~1 undone. rest stands behind the slash. */
static struct slice pointer_cut(struct patcher *p, struct slice *rest)
{
    struct slice token = slice_cut(rest, '/');

    if (!token.size || !memchr(token.data, '~', token.size))
        return token;
    char *plain = arena_alloc(p->arena, token.size), *to = plain;
    for (size_t i = 0; i < token.size; i++) {
        bool escape = token.data[i] == '~' && i + 1 < token.size &&
                      (token.data[i + 1] == '0' || token.data[i + 1] == '1');
        *to++ = escape ? token.data[i + 1] == '0' ? '~' : '/' : token.data[i];
        i += escape;
    }
    return (struct slice){plain, (size_t)(to - plain)};
}

static bool array_index(struct slice token, const struct json *array, uint32_t *ret)
{
    uint64_t index = 0;

    if (slice_is(token, "-")) {
        *ret = array->size;
        return true;
    }
    if (!token.size || token.size > 9 || (token.size > 1 && token.data[0] == '0'))
        return false;
    for (size_t i = 0; i < token.size; i++) {
        if (token.data[i] < '0' || token.data[i] > '9')
            return false;
        index = index * 10 + (unsigned)(token.data[i] - '0');
    }
    *ret = (uint32_t)index;
    return true;
}

static bool target_step(struct target *t, struct slice token)
{
    struct json *container = t->container;

    t->key = token;
    if (json_is(container, JSON_OBJECT)) {
        t->node = json_get_slice(container, token);
        return true;
    }
    if (!json_is(container, JSON_ARRAY) || !array_index(token, container, &t->index))
        return false;
    t->node = json_element(container, t->index);
    return true;
}

/* False when something on the way is missing or is no container. */
static bool target_find(struct patcher *p, struct slice path, struct target *ret)
{
    struct target t = {.node = p->root};

    if (path.size == 0) {
        *ret = t;
        return true;
    }
    if (path.data[0] != '/')
        return false;
    path.data++;
    path.size--;
    while (path.data) {
        t.container = t.node;
        t.node = NULL;
        t.depth++;
        if (!t.container || !target_step(&t, pointer_cut(p, &path)))
            return false;
    }
    *ret = t;
    return true;
}

static void target_remove(struct patcher *p, const struct target *t)
{
    if (t->container)
        json_remove_node(t->container, t->node);
    else
        p->root = NULL;
}

static int target_add(struct patcher *p, const struct target *t, const char *op, const char *path,
                      struct json *value)
{
    if (t->depth + json_depth(value) > JSON_DEPTH_MAX)
        return patch_refuse(p, op, path, "the result is nested too deep");
    if (!t->container)
        p->root = value;
    else if (t->container->type == JSON_OBJECT)
        json_set_slice(p->arena, t->container, t->key, value);
    else if (t->index > t->container->size)
        return patch_refuse(p, op, path, "the index is out of range");
    else
        json_insert(p->arena, t->container, t->index, value);
    return 0;
}

static int op_add(struct patcher *p, const char *op, const char *path, const struct target *t,
                  const struct json *operation)
{
    const struct json *value = json_get(operation, "value");

    if (!value)
        return error_set(p->err, ERR_BAD_REQUEST, "%s operation has no value", op);
    return target_add(p, t, op, path, json_copy(p->arena, value));
}

static int op_remove(struct patcher *p, const char *op, const char *path, const struct target *t)
{
    if (!t->node)
        return patch_refuse(p, op, path, "there is nothing to remove");
    target_remove(p, t);
    return 0;
}

static int op_replace(struct patcher *p, const char *op, const char *path, const struct target *t,
                      const struct json *operation)
{
    const struct json *value = json_get(operation, "value");

    if (!value)
        return error_set(p->err, ERR_BAD_REQUEST, "%s operation has no value", op);
    if (!t->node)
        return patch_refuse(p, op, path, "there is nothing to replace");
    if (t->depth + json_depth(value) > JSON_DEPTH_MAX)
        return patch_refuse(p, op, path, "the result is nested too deep");
    json_replace(t->node, json_copy(p->arena, value));
    return 0;
}

static int op_test(struct patcher *p, const char *op, const char *path, const struct target *t,
                   const struct json *operation)
{
    const struct json *value = json_get(operation, "value");

    if (json_is_absent(value) && json_is_absent(t->node))
        return 0;
    if (!value || !t->node || !json_equal(value, t->node))
        return patch_refuse(p, op, path, "testing value failed");
    return 0;
}

static unsigned count_values(const struct json *value)
{
    unsigned count = 1;

    json_for_each (it, value)
        count += count_values(it);
    return count;
}

static int op_copy(struct patcher *p, const char *op, const char *path, const struct target *from,
                   const struct target *to)
{
    if (!from->node)
        return patch_refuse(p, op, path, "there is nothing at \"from\"");
    p->copied += count_values(from->node);
    if (p->copied > PATCH_COPIED_MAX)
        return error_set(p->err, ERR_TOO_LARGE, "the patch copies too much");
    return target_add(p, to, op, path, json_copy(p->arena, from->node));
}

static int op_move(struct patcher *p, const char *op, struct slice from_path, struct slice path,
                   const struct target *from)
{
    struct json *value = from->node;
    struct target to;

    if (!value)
        return patch_refuse(p, op, path.data, "there is nothing at \"from\"");
    if (slice_equal(path, from_path))
        return 0;
    if (path.size > from_path.size && memcmp(path.data, from_path.data, from_path.size) == 0 &&
        path.data[from_path.size] == '/')
        return patch_refuse(p, op, path.data, "a value cannot be moved into itself");
    target_remove(p, from);
    if (!target_find(p, path, &to))
        return patch_refuse(p, op, path.data, "the path does not exist");
    return target_add(p, &to, op, path.data, value);
}

static int apply_operation(struct patcher *p, const struct json *operation)
{
    const char *op = json_string(json_get(operation, "op")), *path = json_string(json_get(operation, "path"));
    struct slice from_path = json_slice(json_get(operation, "from"));
    struct target t, from;

    if (!op || !path)
        return error_set(p->err, ERR_BAD_REQUEST, "a JSON patch operation needs \"op\" and \"path\"");
    bool takes = strcmp(op, "copy") == 0 || strcmp(op, "move") == 0;
    if (takes && !json_string(json_get(operation, "from")))
        return error_set(p->err, ERR_BAD_REQUEST, "%s operation has no \"from\"", op);
    if (takes && !target_find(p, from_path, &from))
        return patch_refuse(p, op, path, "there is nothing at \"from\"");
    if (strcmp(op, "move") == 0)
        return op_move(p, op, from_path, json_slice(json_get(operation, "path")), &from);
    if (!target_find(p, json_slice(json_get(operation, "path")), &t))
        return patch_refuse(p, op, path, "the path does not exist");
    if (strcmp(op, "copy") == 0)
        return op_copy(p, op, path, &from, &t);
    if (strcmp(op, "add") == 0)
        return op_add(p, op, path, &t, operation);
    if (strcmp(op, "remove") == 0)
        return op_remove(p, op, path, &t);
    if (strcmp(op, "replace") == 0)
        return op_replace(p, op, path, &t, operation);
    if (strcmp(op, "test") == 0)
        return op_test(p, op, path, &t, operation);
    return error_set(p->err, ERR_BAD_REQUEST, "unknown JSON patch operation \"%s\"", op);
}

int patch_json(struct arena *arena, struct json **object, const struct json *patch, struct error *err)
{
    struct patcher p = {.arena = arena, .root = *object, .err = err};

    if (!json_is(patch, JSON_ARRAY))
        return error_set(err, ERR_BAD_REQUEST, "a JSON patch is an array of operations");
    if (patch->size > PATCH_OPERATIONS_MAX)
        return error_set(err, ERR_TOO_LARGE, "The allowed maximum operations in a JSON patch is %d, got %u",
                         PATCH_OPERATIONS_MAX, patch->size);
    json_for_each (operation, patch)
        if (apply_operation(&p, operation) < 0)
            return -1;
    *object = p.root;
    return 0;
}
