/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other threads want of a request: an operation, one allocation that holds all it needs. Operations wait
 * in a list per loop, which is posted when it was empty, so the loop is woken once for a batch. An operation
 * owns a reference to its request. When the server has stopped, operations run where they are submitted: all
 * requests are gone by then, and only references are left to release.
 */
#ifndef KEELSON_IO_HTTP_SERVER_OPERATION_H
#define KEELSON_IO_HTTP_SERVER_OPERATION_H

#include "core/io/http-server-private.h"

struct http_operation {
    struct http_operation *next;
    struct http_request *request;
    void (*run)(struct http_operation *op);
    struct http_answer answer; /* its strings stand behind the operation */
    struct bytes *block;
    struct bytes **blocks;
    size_t count; /* of blocks; bytes of drained */
    bool flag;
    void (*function)(void *context);
    const struct http_tunnel_callbacks *tunnel;
    void *context;
};

/* tail_bytes: memory behind the struct, not initialised. */
struct http_operation *http_operation_new(struct http_request *r, void (*run)(struct http_operation *op),
                                          size_t tail_bytes);
void http_operation_submit(struct http_operation *op);
/* What answer's strings need behind an operation, and putting them at `tail`, a place in it that is aligned
 * for pointers. */
size_t http_operation_answer_bytes(const struct http_answer *answer);
void http_operation_set_answer(struct http_operation *op, const struct http_answer *answer, char *tail);

/* For the functions that act on the request's own thread. */
static inline bool http_request_is_here(const struct http_request *r)
{
    return loop_is_current(r->home->loop);
}
void http_answer_begin(struct http_request *r, const struct http_answer *answer);
void http_answer_data(struct http_request *r);
/* The handler's reference goes with its last answering call. */
void http_answer_release(struct http_request *r);

#endif
