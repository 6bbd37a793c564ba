/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema, published: OpenAPI v2 (one document, also as gnostic protobuf since older kubectl asks for it)
 * and v3 (one document a group and version, with an index), enough for kubectl's validation, explain and
 * apply: types, fields, list and merge rules, group-version-kinds, paths with their verbs. Any thread.
 */
#ifndef KEELSON_API_OPENAPI_H
#define KEELSON_API_OPENAPI_H

#include "core/api/resource.h"

void openapi_v2_json(struct buffer *out);
/* Asked for as application/com.github.proto-openapi.spec.v2@v1.0+protobuf, which is no media type: answer
 * with …spec.v2.v1.0+protobuf (kubectl 1.27 and newer refuse the other), and take that in Accept too. The
 * same holds for v3. */
void openapi_v2_protobuf(struct buffer *out);
void openapi_v3_index(
    struct buffer *out); /* {"paths":{"api/v1":{"serverRelativeURL":"/openapi/v3/api/v1?hash=…"},…}} */
/* path as in the index: "api/v1", "apis/apps/v1", "api", "apis", "version". false: no such document. */
bool openapi_v3_json(const char *path, struct buffer *out);
bool openapi_v3_protobuf(const char *path, struct buffer *out);

/* The same with custom resources, and either encoding. */
struct openapi_custom {
    const struct resource *resource;
    const struct json *schema; /* the version's openAPIV3Schema; NULL: any object */
};
struct openapi_input {
    const struct openapi_custom *customs;
    size_t count;
};
enum openapi_encoding { OPENAPI_JSON, OPENAPI_PROTOBUF };
void openapi_v2(const struct openapi_input *input, enum openapi_encoding encoding, struct buffer *out);
void openapi_v3_index_of(const struct openapi_input *input, struct buffer *out);
bool openapi_v3(const struct openapi_input *input, const char *path, enum openapi_encoding encoding,
                struct buffer *out);

#endif
