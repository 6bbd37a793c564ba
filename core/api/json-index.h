/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lookup table over the members of one object, for those who look up many: without it, comparing or merging
 * two maps of n keys would take n² steps, and n comes from the network. Small objects get no table, since a
 * scan is quicker. The object must not change meanwhile. One thread at a time.
 */
#ifndef KEELSON_API_JSON_INDEX_H
#define KEELSON_API_JSON_INDEX_H

#include "core/api/json.h"

struct json_index {
    const struct json *object;
    struct json **slots; /* NULL: a small object */
    size_t mask;
};
void json_index_init(struct json_index *index,
                     const struct json *object); /* NULL or not an object: finds nothing */
struct json *json_index_get(const struct json_index *index, struct slice key);
void json_index_done(struct json_index *index);
/* Of members with one key keeps the last one's value, in the first one's place, marked `repeated`. */
void json_drop_repeated(struct json *object);

#endif
