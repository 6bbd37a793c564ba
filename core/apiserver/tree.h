/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ordered set of stored objects by key: a B-tree whose nodes are shared between versions. Taking a
 * snapshot is one reference on the root; the one writer copies only the nodes that a snapshot still holds, so
 * a consistent list of a million objects costs nothing until the first change, and then a few hundred bytes a
 * change.
 *
 * A tree is its root pointer, NULL when empty. One thread writes at a time (under the cache's lock); a reader
 * either holds that lock or a reference of its own on the root, taken under the lock. Everything reachable
 * from a referenced root never changes.
 */
#ifndef KEELSON_APISERVER_TREE_H
#define KEELSON_APISERVER_TREE_H

#include "core/apiserver/registry.h"

struct tree;

struct tree *tree_ref(struct tree *root); /* NULL is fine, as below */
void tree_unref(struct tree *root);
static inline void cleanup_tree_unref(struct tree **root)
{
    tree_unref(*root);
}
size_t tree_count(const struct tree *root);
/* Borrowed from the tree; NULL: absent. */
struct object *tree_get(const struct tree *root, struct slice key);
/* How many keys are smaller. */
size_t tree_rank(const struct tree *root, struct slice key);

/* Writer. put takes over the caller's reference on `object`. Both return what stood there before, whose
 * reference the caller now owns, or NULL. */
struct object *tree_put(struct tree **root, struct object *object);
struct object *tree_remove(struct tree **root, struct slice key);

/* Walks in key order. The root must stay referenced. */
#define TREE_DEPTH_MAX 12
struct tree_cursor {
    const struct tree *path[TREE_DEPTH_MAX];
    uint16_t at[TREE_DEPTH_MAX];
    int depth; /* -1: at the end */
};
/* To the first key that is not smaller. */
void tree_seek(struct tree_cursor *cursor, const struct tree *root, struct slice key);
/* The object under the cursor, which then moves on; NULL at the end. */
struct object *tree_next(struct tree_cursor *cursor);

#endif
