/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request's way in: parse, authenticate, impersonate, authorize, dispatch; all on its loop. And the way to
 * a worker, which is where requests wait: there they are counted and, beyond the limit, refused.
 */
#include "core/apiserver/server.h"

#include <stdio.h>

#include "core/apiserver/dispatch.h"
#include "core/apiserver/respond.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/random.h"

enum { AUDIT_ID_MAX = 64 };

/* Unique, not secret: a number that counts, under a prefix that is random for each process. */
static void audit_id(struct server *server, char out[UUID_TEXT_MAX])
{
    uint64_t number = atomic_fetch_add_explicit(&server->requests, 1, memory_order_relaxed);
    snprintf(out, UUID_TEXT_MAX, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(server->audit_seed >> 32),
             (unsigned)(server->audit_seed >> 16 & 0xffff), (unsigned)(server->audit_seed & 0xfff),
             (unsigned)(number >> 48 & 0xfff), (unsigned long long)(number & 0xffffffffffff));
}

/* A client that has an id for what it does may use it here too. */
static const char *choose_audit_id(struct server *server, struct api_request *r)
{
    struct slice given = http_request_header(r->http, "audit-id");
    bool usable = given.size && given.size <= AUDIT_ID_MAX;
    for (size_t i = 0; usable && i < given.size; i++)
        usable = given.data[i] > ' ' && given.data[i] < 0x7f;
    if (usable)
        return arena_strndup(&r->arena, given.data, given.size);
    char *made = arena_alloc(&r->arena, UUID_TEXT_MAX);
    audit_id(server, made);
    return made;
}

static struct api_request *request_new(struct server *server, struct http_request *http)
{
    struct api_request *r = new0(struct api_request);
    r->http = http_request_ref(http);
    r->server = server;
    r->received_ns = http_request_received_ns(http);
    r->audit_id = choose_audit_id(server, r);
    return r;
}

static int admit(struct server *server, struct api_request *r, struct error *err)
{
    struct slice method = http_request_method_name(r->http);
    const char *name = arena_strndup(&r->arena, method.data, method.size);
    if (api_request_parse(r, name, http_request_path(r->http), http_request_query(r->http), err) < 0)
        return -1;
    if (authn_request(server->authn, r, err) < 0 || authz_impersonate(server->authz, r, err) < 0)
        return -1;
    return authz_request(server->authz, r, err);
}

void server_handle(void *context, struct http_request *http)
{
    struct server *server = context;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct api_request *r = request_new(server, http);
    if (admit(server, r, &err) < 0)
        respond_error(r, &err);
    else if (r->is_resource)
        dispatch_resource(r);
    else
        path_handle(r);
}

void server_refused(void *context, struct http_request *http, int status)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct buffer body = BUFFER_INIT;
    if (status == 413)
        error_set(&err, ERR_TOO_LARGE, "Request entity too large: limit is %u", HTTP_BODY_BYTES_MAX);
    else
        error_set(&err,
                  status == 408   ? ERR_TIMEOUT
                  : status >= 500 ? ERR_UNAVAILABLE
                                  : ERR_BAD_REQUEST,
                  "%s", http_status_text(status));
    status_write(&body, &err);
    struct bytes *bytes = bytes_take_buffer(&body);
    http_respond(http, status, "application/json", NULL, bytes);
    bytes_unref(bytes);
}

struct work {
    struct api_request *r;
    void (*job)(struct api_request *r);
    atomic_uint *in_flight;
};

/* The job ends the request, so what is needed afterwards is copied first. */
static void run(void *arg)
{
    struct work *w = arg;
    atomic_uint *in_flight = w->in_flight;
    struct api_request *r = w->r;
    void (*job)(struct api_request *) = w->job;
    free(w);
    job(r);
    atomic_fetch_sub(in_flight, 1);
}

static void refuse(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    error_set(&err, ERR_TOO_MANY_REQUESTS, "Too many requests, please try again later.");
    err.retry_after_s = 1;
    respond_error(r, &err);
}

void server_work(struct api_request *r, void (*job)(struct api_request *r), bool mutating)
{
    struct server *server = r->server;
    atomic_uint *in_flight = mutating ? &server->in_flight_write : &server->in_flight_read;
    int64_t limit =
        mutating ? server->options->max_mutating_requests_inflight : server->options->max_requests_inflight;
    if (atomic_fetch_add(in_flight, 1) >= limit && limit > 0) {
        atomic_fetch_sub(in_flight, 1);
        refuse(r);
        return;
    }
    struct work *w = new0(struct work);
    *w = (struct work){r, job, in_flight};
    if (workers_submit(server->workers, run, w))
        return;
    free(w);
    atomic_fetch_sub(in_flight, 1);
    refuse(r);
}
