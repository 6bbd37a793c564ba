/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message's head while it arrives, for both versions of HTTP and both sides: name and value come in pieces,
 * are held in one buffer, and are built into one allocation at the end. The request's target is a field
 * called ":path" here, as HTTP/2 has it. Loop thread.
 */
#ifndef KEELSON_IO_HTTP_HEAD_H
#define KEELSON_IO_HTTP_HEAD_H

#include "core/io/http.h"

struct http_head {
    struct buffer text; /* records: two sizes, name, NUL, value, NUL */
    size_t record;      /* where the current record begins */
    uint32_t count;
    uint32_t bytes; /* names and values */
    bool in_value;
    bool too_large; /* more than HTTP_HEADERS_MAX or HTTP_HEADERS_BYTES_MAX; the rest was dropped */
};

/* A piece of a field's name (put into lower case) or of its value. A name after a value begins the next
 * field. */
void http_head_name(struct http_head *head, const char *data, size_t size);
void http_head_value(struct http_head *head, const char *data, size_t size);
/* One block of memory: prefix_bytes of zeroes for the owner's struct, then the array and its strings, each
 * followed by a NUL. Fields that came several times stay apart, as who receives them may care (groups to
 * impersonate, subprotocols, Set-Cookie); only cookies become one. The head is empty afterwards and keeps its
 * buffer. */
void *http_head_build(struct http_head *head, size_t prefix_bytes, struct http_header **ret_headers,
                      uint32_t *ret_count);
void http_head_clear(struct http_head *head);
void http_head_done(struct http_head *head);

#endif
