/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP/1.1 connection of the server: its state, shared by http-server-http1.c (requests) and
 * http-server-http1-output.c (answers). */
#ifndef KEELSON_IO_HTTP_SERVER_HTTP1_H
#define KEELSON_IO_HTTP_SERVER_HTTP1_H

#include "core/io/http-server-private.h"
#include "core/io/http1-parser.h"

enum http1_phase {
    HTTP1_HEAD,   /* waits for a request, or is in its head */
    HTTP1_BODY,   /* in its body */
    HTTP1_ANSWER, /* the handler has it, or its answer goes out */
    HTTP1_TUNNEL, /* upgraded */
    HTTP1_FLUSH,  /* the last answer waits for the kernel */
    HTTP1_LINGER, /* output ended; input is dropped until the client closes */
};

struct http1 {
    http_parser parser;
    struct http_request *request; /* whose body arrives, or that is being answered */
    enum http1_phase phase;
    struct buffer ahead;
    struct buffer head; /* the answer's head, or "100 Continue", until it is written */
    int64_t phase_ms;   /* began */
    bool keep_alive;
    bool chunked;
    bool bodyless; /* the answer has no body: HEAD, 204, 304 */
    bool input_ended;
    bool drop_input; /* the answer goes out before the body was read */
    bool complete;   /* set by the parser for input() */
};

void http1_set_phase(struct http1 *h1, enum http1_phase phase);
/* The connection is ready for its next request. */
void http1_expect_request(struct http_connection *c, struct http1 *h1);

/* http-server-http1-output.c: of the protocol's table. */
int http1_output(struct http_connection *c);
void http1_begin(struct http_request *r, const struct http_answer *answer);
void http1_data(struct http_request *r);
void http1_abort(struct http_request *r);

#endif
