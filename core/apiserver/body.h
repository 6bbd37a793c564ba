/* SPDX-License-Identifier: Apache-2.0 */
/* Request bodies into documents. Workers, as large ones take their time. */
#ifndef KEELSON_APISERVER_BODY_H
#define KEELSON_APISERVER_BODY_H

#include "core/apiserver/request.h"

/* The body as an object of this type, whose group, version and kind are checked and filled in. Unknown fields
 * as ?fieldValidation says. ERR_UNSUPPORTED_MEDIA_TYPE, ERR_BAD_REQUEST. */
int body_decode(struct api_request *r, const char *group, const char *version, const char *kind,
                struct json **ret, struct error *err);
enum schema_strictness body_strictness(const struct api_request *r);
/* The body of a server-side apply, YAML or JSON, as an object of the request's resource. */
int body_decode_apply(struct api_request *r, struct json **ret, struct error *err);
bool body_is_apply(const struct api_request *r);
/* What kind of patch the Content-Type says the body is. ERR_UNSUPPORTED_MEDIA_TYPE. */
int body_patch_type(struct api_request *r, enum patch_type *ret, struct error *err);
/* The DeleteOptions of a DELETE, over those of the query. */
int body_delete_options(struct api_request *r, struct error *err);

#endif
