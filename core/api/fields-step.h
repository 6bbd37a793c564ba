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
/* What a step leads to in one value, found without looking at all of a long list each time. */
struct fields_finder {
    struct fields_kind kind;
    const struct json *value;
    struct map *places; /* of a list: struct fields_place by step */
};
struct fields_place {
    struct json *element;
    uint32_t position;
};
/* value may be NULL, or of another kind: nothing is found in it. The places are in the arena. */
void fields_finder_init(struct fields_finder *f, struct arena *arena, struct fields_kind kind,
                        const struct json *value);
void fields_finder_done(struct fields_finder *f);
/* The member or element like the other; step: that of `like`. NULL: none. */
struct json *fields_find(const struct fields_finder *f, const struct json *like, const char *step);
/* Of a list. */
const struct fields_place *fields_find_place(const struct fields_finder *f, const char *step);

#endif
