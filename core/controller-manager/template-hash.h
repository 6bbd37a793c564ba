/* SPDX-License-Identifier: Apache-2.0 */
/* A short hash of a pod template, the same whatever the order of its members, for names and labels. Any
 * thread. */
#ifndef KEELSON_CONTROLLER_MANAGER_TEMPLATE_HASH_H
#define KEELSON_CONTROLLER_MANAGER_TEMPLATE_HASH_H

#include "core/api/json.h"

/* In the arena. collisions < 0: none so far. */
char *template_hash(struct arena *arena, const struct json *template_, int64_t collisions);
/* The same bytes for documents that are equal in meaning: members sorted, empty ones left out. */
void json_write_canonical(struct buffer *out, const struct json *value);

#endif
