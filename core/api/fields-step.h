/* SPDX-License-Identifier: Apache-2.0 */
/* How one steps from a value to what is in it, by the rows of its type. For fields*.c only. */
#ifndef KEELSON_API_FIELDS_STEP_H
#define KEELSON_API_FIELDS_STEP_H

#include "core/api/fields.h"

enum fields_how { FIELDS_LEAF, FIELDS_STRUCT, FIELDS_MAP, FIELDS_LIST };
/* What a value is as far as ownership goes. */
struct fields_kind {
    enum fields_how how;
    const struct schema_type *type;   /* FIELDS_STRUCT */
    const struct schema_field *field; /* FIELDS_MAP, FIELDS_LIST: the row of what holds the elements */
};
#define FIELDS_SELF "." /* the member that says that a node is in the set itself */

struct fields_kind fields_kind_of_type(const struct schema_type *type);
/* Of a member of a struct or map, or of an element of a list. */
struct fields_kind fields_kind_below(struct fields_kind kind, const struct json *child);
/* Whether the value is walked into: a container of the kind that its row says. */
bool fields_is_walked(struct fields_kind kind, const struct json *value);
/* The step's name in a set: "f:name", "k:{…}", "v:…"; in the arena. */
const char *fields_step(struct arena *arena, struct fields_kind kind, const struct json *child);
/* The element of list that the same step leads to, or NULL; of a struct or map: the member. */
struct json *fields_find(struct arena *arena, struct fields_kind kind, const struct json *value,
                         const struct json *like);

#endif
