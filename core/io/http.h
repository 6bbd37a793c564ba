/* SPDX-License-Identifier: Apache-2.0 */
/* What HTTP's two sides share: methods, headers, and the limits. */
#ifndef KEELSON_IO_HTTP_H
#define KEELSON_IO_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buffer.h"

enum http_method {
    HTTP_GET_,
    HTTP_HEAD_,
    HTTP_POST_,
    HTTP_PUT_,
    HTTP_PATCH_,
    HTTP_DELETE_,
    HTTP_OPTIONS_,
    HTTP_CONNECT_,
    HTTP_METHOD_OTHER
};
const char *http_method_name(enum http_method method);
enum http_method http_method_parse(struct slice name);
const char *http_status_text(int status);

struct http_header {
    struct slice name; /* lower case when it was received */
    struct slice value;
};
/* The first with that (lower-case) name; data NULL when absent. */
struct slice http_header_find(const struct http_header *headers, size_t count, const char *name);

#define HTTP_BODY_BYTES_MAX    (3u * 1024 * 1024) /* of requests, as upstream limits them */
#define HTTP_HEADERS_BYTES_MAX (64u * 1024)
#define HTTP_HEADERS_MAX       128u
#define HTTP_TARGET_BYTES_MAX  (16u * 1024)

#endif
