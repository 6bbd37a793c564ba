/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The B-tree. An inner node keeps, beside each child, the child's smallest object: it lies in that child, so
 * it needs no reference of its own and no copy of a key. A node with one reference whose ancestors have one
 * too can only be seen by the writer and is changed in place; any other is copied first (node_own).
 */
#include "core/apiserver/tree.h"

#include "core/apiserver/stored.h"
#include "core/base/memory.h"

enum { LEAF_MAX = 64, INNER_MAX = 32 };

struct tree_branch {
    struct tree *child;
    struct object *first; /* the smallest below; borrowed from the child */
};
struct tree {
    atomic_uint refs;
    uint16_t count; /* slots in use */
    uint16_t level; /* 0: leaf */
    size_t total;   /* objects below */
    union {
        struct object *objects[LEAF_MAX];
        struct tree_branch branches[INNER_MAX];
    };
};

static int key_compare(struct slice a, struct slice b)
{
    int order = memcmp(a.data, b.data, MIN(a.size, b.size));
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static unsigned node_max(const struct tree *n)
{
    return n->level ? INNER_MAX : LEAF_MAX;
}

static struct object *node_first(const struct tree *n)
{
    return n->level ? n->branches[0].first : n->objects[0];
}

static struct tree *node_new(unsigned level)
{
    struct tree *n = xmalloc(sizeof(*n));
    atomic_init(&n->refs, 1);
    n->count = 0;
    n->level = (uint16_t)level;
    n->total = 0;
    return n;
}

struct tree *tree_ref(struct tree *root)
{
    if (root)
        atomic_fetch_add_explicit(&root->refs, 1, memory_order_relaxed);
    return root;
}

void tree_unref(struct tree *root)
{
    if (!root || atomic_fetch_sub_explicit(&root->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned i = 0; i < root->count; i++) {
        if (root->level)
            tree_unref(root->branches[i].child);
        else
            object_unref(root->objects[i]);
    }
    free(root);
}

/* Takes over the reference on n and gives back a node with the same content that only the writer sees. */
static struct tree *node_own(struct tree *n)
{
    if (atomic_load_explicit(&n->refs, memory_order_acquire) == 1)
        return n;
    struct tree *copy = node_new(n->level);
    copy->count = n->count;
    copy->total = n->total;
    for (unsigned i = 0; i < n->count; i++) {
        if (n->level) {
            copy->branches[i] = n->branches[i];
            tree_ref(n->branches[i].child);
        } else {
            copy->objects[i] = object_ref(n->objects[i]);
        }
    }
    tree_unref(n);
    return copy;
}

size_t tree_count(const struct tree *root)
{
    return root ? root->total : 0;
}

/* The first slot of a leaf whose key is not smaller. */
static unsigned leaf_position(const struct tree *n, struct slice key, bool *ret_equal)
{
    unsigned low = 0, high = n->count;
    *ret_equal = false;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        int order = key_compare(stored_key(n->objects[middle]), key);
        if (!order) {
            *ret_equal = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The branch that holds the key, or would. */
static unsigned inner_position(const struct tree *n, struct slice key)
{
    unsigned low = 0, high = n->count;
    while (low + 1 < high) {
        unsigned middle = (low + high) / 2;
        if (key_compare(stored_key(n->branches[middle].first), key) <= 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

struct object *tree_get(const struct tree *root, struct slice key)
{
    if (!root)
        return NULL;
    while (root->level)
        root = root->branches[inner_position(root, key)].child;
    bool equal;
    unsigned at = leaf_position(root, key, &equal);
    return equal ? root->objects[at] : NULL;
}

size_t tree_rank(const struct tree *root, struct slice key)
{
    size_t rank = 0;
    if (!root)
        return 0;
    while (root->level) {
        unsigned at = inner_position(root, key);
        for (unsigned i = 0; i < at; i++)
            rank += root->branches[i].child->total;
        root = root->branches[at].child;
    }
    bool equal;
    return rank + leaf_position(root, key, &equal);
}

static void slot_insert(struct tree *n, unsigned at, struct object *object, struct tree *child)
{
    if (n->level) {
        memmove(&n->branches[at + 1], &n->branches[at], (n->count - at) * sizeof(n->branches[0]));
        n->branches[at] = (struct tree_branch){child, node_first(child)};
    } else {
        memmove(&n->objects[at + 1], &n->objects[at], (n->count - at) * sizeof(n->objects[0]));
        n->objects[at] = object;
    }
    n->count++;
}

static void node_recount(struct tree *n)
{
    n->total = n->level ? 0 : n->count;
    for (unsigned i = 0; n->level && i < n->count; i++)
        n->total += n->branches[i].child->total;
}

/* Moves what stands from `at` on into a new right neighbour. */
static struct tree *node_split(struct tree *n, unsigned at)
{
    struct tree *right = node_new(n->level);
    right->count = (uint16_t)(n->count - at);
    if (n->level)
        memcpy(right->branches, &n->branches[at], right->count * sizeof(n->branches[0]));
    else
        memcpy(right->objects, &n->objects[at], right->count * sizeof(n->objects[0]));
    n->count = (uint16_t)at;
    node_recount(n);
    node_recount(right);
    return right;
}

/* Inserts into a full node: splits, in the middle, or near the end when keys arrive in order, so that such
 * trees are full. */
static struct tree *node_insert(struct tree *n, unsigned at, struct object *object, struct tree *child)
{
    if (n->count < node_max(n)) {
        slot_insert(n, at, object, child);
        node_recount(n);
        return NULL;
    }
    unsigned cut = at == n->count ? n->count - 1u : n->count / 2u;
    struct tree *right = node_split(n, cut);
    if (at >= cut)
        slot_insert(right, at - cut, object, child);
    else
        slot_insert(n, at, object, child);
    node_recount(n);
    node_recount(right);
    return right;
}

/* n belongs to the writer. Returns the new right neighbour if n had to be split. */
static struct tree *node_put(struct tree *n, struct object *object, struct object **ret_old)
{
    if (!n->level) {
        bool equal;
        unsigned at = leaf_position(n, stored_key(object), &equal);
        if (!equal)
            return node_insert(n, at, object, NULL);
        *ret_old = n->objects[at];
        n->objects[at] = object;
        return NULL;
    }
    unsigned at = inner_position(n, stored_key(object));
    struct tree_branch *branch = &n->branches[at];
    branch->child = node_own(branch->child);
    struct tree *right = node_put(branch->child, object, ret_old);
    branch->first = node_first(branch->child);
    if (right)
        return node_insert(n, at + 1, NULL, right);
    n->total += *ret_old ? 0 : 1;
    return NULL;
}

struct object *tree_put(struct tree **root, struct object *object)
{
    struct object *old = NULL;
    *root = *root ? node_own(*root) : node_new(0);
    struct tree *right = node_put(*root, object, &old);
    if (right) {
        struct tree *top = node_new((*root)->level + 1u);
        slot_insert(top, 0, NULL, *root);
        slot_insert(top, 1, NULL, right);
        node_recount(top);
        *root = top;
    }
    return old;
}

static void slot_remove(struct tree *n, unsigned at)
{
    n->count--;
    if (n->level)
        memmove(&n->branches[at], &n->branches[at + 1], (n->count - at) * sizeof(n->branches[0]));
    else
        memmove(&n->objects[at], &n->objects[at + 1], (n->count - at) * sizeof(n->objects[0]));
}

/* Joins the child at `at` with its right neighbour when both together fill a node to three quarters at most.
 */
static void inner_merge(struct tree *n, unsigned at)
{
    if (at + 1 >= n->count)
        return;
    struct tree *left = n->branches[at].child;
    if (left->count + n->branches[at + 1].child->count > node_max(left) * 3 / 4)
        return;
    struct tree *right = n->branches[at + 1].child = node_own(n->branches[at + 1].child);
    left = n->branches[at].child = node_own(left);
    if (left->level)
        memcpy(&left->branches[left->count], right->branches, right->count * sizeof(right->branches[0]));
    else
        memcpy(&left->objects[left->count], right->objects, right->count * sizeof(right->objects[0]));
    left->count = (uint16_t)(left->count + right->count);
    left->total += right->total;
    right->count = 0;
    tree_unref(right);
    slot_remove(n, at + 1);
}

/* n belongs to the writer. May leave n empty. */
static struct object *node_remove(struct tree *n, struct slice key)
{
    if (!n->level) {
        bool equal;
        unsigned at = leaf_position(n, key, &equal);
        if (!equal)
            return NULL;
        struct object *old = n->objects[at];
        slot_remove(n, at);
        n->total--;
        return old;
    }
    unsigned at = inner_position(n, key);
    struct tree *child = n->branches[at].child = node_own(n->branches[at].child);
    struct object *old = node_remove(child, key);
    if (!old)
        return NULL;
    n->total--;
    if (!child->count) {
        tree_unref(child);
        slot_remove(n, at);
        return old;
    }
    n->branches[at].first = node_first(child);
    if (child->count < node_max(child) / 4)
        inner_merge(n, at ? at - 1 : 0);
    return old;
}

struct object *tree_remove(struct tree **root, struct slice key)
{
    if (!tree_get(*root, key))
        return NULL;
    *root = node_own(*root);
    struct object *old = node_remove(*root, key);
    while (*root && ((*root)->count == 0 || ((*root)->level && (*root)->count == 1))) {
        struct tree *top = *root;
        *root = top->count ? tree_ref(top->branches[0].child) : NULL;
        tree_unref(top);
    }
    return old;
}

void tree_seek(struct tree_cursor *cursor, const struct tree *root, struct slice key)
{
    cursor->depth = -1;
    if (!root)
        return;
    for (;;) {
        int d = ++cursor->depth;
        require(d < TREE_DEPTH_MAX);
        cursor->path[d] = root;
        bool equal;
        cursor->at[d] =
            (uint16_t)(root->level ? inner_position(root, key) : leaf_position(root, key, &equal));
        if (!root->level)
            return;
        root = root->branches[cursor->at[d]].child;
    }
}

/* From the end of a leaf to the start of the next one. */
static void cursor_advance(struct tree_cursor *cursor)
{
    while (cursor->depth >= 0 && ++cursor->at[cursor->depth] >= cursor->path[cursor->depth]->count)
        cursor->depth--;
    while (cursor->depth >= 0 && cursor->path[cursor->depth]->level) {
        const struct tree *n = cursor->path[cursor->depth];
        const struct tree *child = n->branches[cursor->at[cursor->depth]].child;
        cursor->depth++;
        cursor->path[cursor->depth] = child;
        cursor->at[cursor->depth] = 0;
    }
}

struct object *tree_next(struct tree_cursor *cursor)
{
    if (cursor->depth < 0)
        return NULL;
    if (cursor->at[cursor->depth] >= cursor->path[cursor->depth]->count) {
        cursor->depth--;
        cursor_advance(cursor);
        if (cursor->depth < 0)
            return NULL;
    }
    struct object *found = cursor->path[cursor->depth]->objects[cursor->at[cursor->depth]];
    if (++cursor->at[cursor->depth] >= cursor->path[cursor->depth]->count) {
        cursor->depth--;
        cursor_advance(cursor);
    }
    return found;
}
