/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers. Each function ends the request: r is gone afterwards. Any thread.
 */
#ifndef KEELSON_APISERVER_RESPOND_H
#define KEELSON_APISERVER_RESPOND_H

#include "core/apiserver/accept.h"
#include "core/apiserver/registry.h"

/* The Status that an error is (API conventions, "Response Status Kind"). */
void status_write(struct buffer *out, const struct error *err);
void respond_error(struct api_request *r, const struct error *err);
/* body is taken over (emptied). */
void respond_text(struct api_request *r, int status, const char *content_type, struct buffer *body);
/* JSON that is shown as it is, or indented when the request asks for ?pretty. */
void respond_json(struct api_request *r, int status, struct buffer *body);
/* A stored object as the request's resource and Accept header want it. `revision` as in stored_write. */
void respond_object(struct api_request *r, int status, const struct object *o);
/* A document that is not stored: a review, a Scale. It has apiVersion and kind. */
void respond_document(struct api_request *r, int status, struct json *document);
/* Status Success, as deletions answer. */
void respond_success(struct api_request *r, int status, const struct resource *resource, const char *name,
                     const char *uid);
/* A body that was compressed, taken over like the others. `type`: of what was. */
void respond_compressed(struct api_request *r, int status, const char *type, struct buffer *body);
/* Answers are compressed, for clients that take it, from this size on (upstream's). */
#define RESPOND_COMPRESSED_MIN ((size_t)128 * 1024)
/* The headers of every answer, for those who write their own; NULL-terminated pairs in the arena. */
const char *const *respond_headers(struct api_request *r, const char *name, const char *value);
/* Counts it and frees it. For those who have answered themselves. */
void request_end(struct api_request *r, int status);
/* Frees it. For those who count it later. */
void request_free(struct api_request *r);

#endif
