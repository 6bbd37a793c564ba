/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSONPath, as far as custom resource definitions use it: .spec.replicas, ['app\.kubernetes\.io/name'] and
 * .metadata.labels.app\.kubernetes\.io/name, [0], [-1], [1:3], [*], .*, and filters that compare one member:
 * .status.conditions[?(@.type=="Ready")].status. Braces around the whole are allowed. Immutable once parsed;
 * any thread.
 */
#ifndef KEELSON_API_JSONPATH_H
#define KEELSON_API_JSONPATH_H

#include "core/api/json.h"

struct jsonpath;
/* Error: ERR_BAD_REQUEST with the place and what was expected. */
int jsonpath_parse(struct slice text, struct jsonpath **ret, struct error *err);
/* The first value there is, or NULL. */
const struct json *jsonpath_first(const struct jsonpath *path, const struct json *root);
/* All of them, in order; found returns false to end the walk. */
void jsonpath_each(const struct jsonpath *path, const struct json *root,
                   bool (*found)(void *context, const struct json *value), void *context);
void jsonpath_free(struct jsonpath *path);

#endif
