/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of fields, by which server-side apply knows who owns what (API concepts, "Server-side apply"), and
 * what can be done with them by a type's rows.
 *
 * A set is a tree of JSON objects in an arena, much as FieldsV1 writes it: a member per step ("f:spec" a
 * field, "k:{"name":"a"}" an element by its keys, "v:"x"" an element by its value), and "." where the path so
 * far is in the set itself. (FieldsV1 leaves "." out of a node that has nothing else; fields_decode and
 * fields_encode know.) Maps and lists that the rows call atomic, and everything that is no container, are
 * leaves. One thread at a time.
 */
#ifndef KEELSON_API_FIELDS_H
#define KEELSON_API_FIELDS_H

#include "core/api/schema.h"

/* Every leaf of an object, and every element of its granular maps and lists. */
struct json *fields_of(struct arena *arena, const struct schema_type *type, const struct json *object);
struct json *fields_union(struct arena *arena, const struct json *a, const struct json *b);
struct json *fields_intersection(struct arena *arena, const struct json *a, const struct json *b);
struct json *fields_difference(struct arena *arena, const struct json *a, const struct json *b);
bool fields_are_empty(const struct json *set);
struct json *fields_encode(struct arena *arena, const struct json *set);
/* Anything that is no set is an empty one. */
struct json *fields_decode(struct arena *arena, const struct json *fields_v1);
/* Each path in the set, as upstream writes it: .spec.containers[name="a"].image */
void fields_each(const struct json *set, void (*visit)(void *context, const char *path), void *context);

struct fields_change {
    struct json *added, *removed, *modified;
};
/* What differs between two objects. */
void fields_compare(struct arena *arena, const struct schema_type *type, const struct json *old,
                    const struct json *object, struct fields_change *ret);
/* Puts what config says into object. Elements of config come in its order. */
void fields_merge(struct arena *arena, const struct schema_type *type, struct json *object,
                  const struct json *config);
/* Removes what is in `last` and nobody owns any more; kept: what all owners have together. */
void fields_prune(struct arena *arena, const struct schema_type *type, struct json *object,
                  const struct json *last, const struct json *kept);

#endif
