/* SPDX-License-Identifier: Apache-2.0 */
/* The three kinds of patch, each on a document of its own that it may change (patch_apply of schema.h makes
 * that copy). One thread at a time. */
#ifndef KEELSON_API_PATCH_H
#define KEELSON_API_PATCH_H

#include "core/api/schema.h"

#define PATCH_OPERATIONS_MAX 10000
#define PATCH_COPIED_MAX     100000 /* values that all "copy" operations of a patch may make together */

/* RFC 6902. *object is changed or replaced. ERR_BAD_REQUEST: not a patch; ERR_INVALID: it does not apply. */
int patch_json(struct arena *arena, struct json **object, const struct json *patch, struct error *err);
/* RFC 7386. */
int patch_merge(struct arena *arena, struct json *object, const struct json *patch, struct error *err);
/* Strategic merge, by the merge keys and strategies of the type's rows. ERR_BAD_REQUEST: a directive that is
 * wrong. */
int patch_strategic(struct arena *arena, const struct schema_type *type, struct json *object,
                    const struct json *patch, struct error *err);

#endif
