/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests: made from an arrived head, filled with their body, given to the handler, and what the handler may
 * ask of them. Two references keep one: its connection's, until the answer is out or the client is gone, and
 * the handler's, until it made its last answering call.
 */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/io/http-server-private.h"

#define BODY_RESERVE_MAX (256u * 1024) /* believed of a content-length before any byte came */
#define BODIES_BYTES_MAX (512u * 1024 * 1024)
#define TARGET_HEADER    ":path"

static void set_target(struct http_request *r, struct slice target)
{
    struct slice rest = target;
    r->path = slice_cut(&rest, '?');
    r->query = rest;
}

/* HTTP/2's own fields stand first. The authority becomes the host field that HTTP/1.1 has. */
static void take_pseudo_headers(struct http_request *r)
{
    uint32_t first = 0;
    struct slice authority = {0};
    for (; first < r->headers_count && r->headers[first].name.data[0] == ':'; first++) {
        const struct http_header *header = &r->headers[first];
        if (slice_is(header->name, ":method"))
            r->method_name = header->value;
        else if (slice_is(header->name, TARGET_HEADER))
            set_target(r, header->value);
        else if (slice_is(header->name, ":authority"))
            authority = header->value;
    }
    r->headers += first;
    r->headers_count -= first;
    if (authority.data && !http_header_find(r->headers, r->headers_count, "host").data) {
        r->headers--;
        r->headers_count++;
        r->headers[0] = (struct http_header){SLICE("host"), authority};
    }
}

static void check_head(struct http_request *r, bool too_large)
{
    uint64_t size;
    struct slice length = http_request_header(r, "content-length");
    r->body_expected = -1;
    if (length.data && parse_u64(length, INT64_MAX, &size))
        r->body_expected = (int64_t)size;
    if (too_large || r->path.size + r->query.size > HTTP_TARGET_BYTES_MAX)
        r->refused = 431;
    else if (r->body_expected > (int64_t)http_request_body_max(r))
        r->refused = 413;
}

struct http_request *http_request_new(struct http_connection *c, bool is_http2)
{
    struct http_header *headers;
    uint32_t count;
    bool too_large = c->head.too_large;
    struct http_request *r = http_head_build(&c->head, sizeof(*r), &headers, &count);
    atomic_init(&r->refs, 1);
    r->home = c->home;
    atomic_fetch_add_explicit(&c->home->refs, 1, memory_order_relaxed);
    r->peer = c->peer;
    atomic_fetch_add_explicit(&c->peer->refs, 1, memory_order_relaxed);
    r->connection = c;
    list_append(&c->requests, &r->link);
    list_init(&r->drained_link);
    if (!c->requests_count++) {
        list_remove(&c->link);
        list_append(&c->home->busy, &c->link);
    }
    atomic_fetch_add_explicit(&c->home->server->requests, 1, memory_order_relaxed);
    r->headers = headers;
    r->headers_count = count;
    r->is_http2 = is_http2;
    r->received_ns = clock_monotonic_ns();
    take_pseudo_headers(r);
    r->method = http_method_parse(r->method_name);
    check_head(r, too_large);
    return r;
}

uint32_t http_request_body_max(const struct http_request *r)
{
    return r->home->server->config.body_bytes_max;
}

static void release_body(struct http_request *r)
{
    atomic_fetch_sub_explicit(&r->home->server->body_bytes, r->body.size, memory_order_relaxed);
    buffer_done(&r->body);
}

static void refuse_body(struct http_request *r, int status)
{
    r->refused = status;
    release_body(r);
}

void http_request_add_body(struct http_request *r, const char *data, size_t size)
{
    if (r->refused)
        r->dropped_bytes += (int64_t)size;
    if (r->refused || !size)
        return;
    if (r->body.size + size > http_request_body_max(r)) {
        refuse_body(r, 413);
        return;
    }
    if (atomic_fetch_add_explicit(&r->home->server->body_bytes, size, memory_order_relaxed) >
        BODIES_BYTES_MAX) {
        atomic_fetch_sub_explicit(&r->home->server->body_bytes, size, memory_order_relaxed);
        refuse_body(r, 503);
        return;
    }
    if (!r->body.size)
        buffer_reserve(&r->body,
                       (size_t)MIN(MAX(r->body_expected, (int64_t)size), (int64_t)BODY_RESERVE_MAX));
    buffer_append(&r->body, data, size);
}

void http_request_dispatch(struct http_request *r)
{
    const struct http_server_config *config = &r->home->server->config;
    http_count(&r->home->handled, 1);
    r->complete = true;
    r->dispatched = true;
    http_request_ref(r); /* the handler's, released by its last answering call */
    if (!r->refused)
        config->handler(config->context, r);
    else if (config->refused)
        config->refused(config->context, r, r->refused);
    else
        http_answer_plain(r, r->refused);
}

static void detach(struct http_request *r)
{
    struct http_connection *c = r->connection;
    list_remove(&r->link);
    list_remove(&r->drained_link);
    r->on_drained = NULL;
    r->connection = NULL;
    http_blocks_clear(&r->blocks);
    atomic_store_explicit(&r->queued, 0, memory_order_relaxed);
    atomic_fetch_sub_explicit(&r->home->server->requests, 1, memory_order_relaxed);
    if (--c->requests_count == 0) {
        list_remove(&c->link);
        list_append(&c->home->idle, &c->link);
    }
}

void http_request_finished(struct http_request *r)
{
    detach(r);
    http_request_unref(r);
}

static void tell_gone(struct http_request *r)
{
    void (*on_gone)(void *context) = TAKE_PTR(r->on_gone);
    if (r->is_tunnel) {
        r->tunnel->closed(r->tunnel_context);
        http_request_unref(r);
    } else if (on_gone && !atomic_load(&r->answered)) {
        on_gone(r->gone_context);
    }
    http_request_unref(r);
}

void http_request_set_gone(struct http_request *r)
{
    atomic_store(&r->gone, true);
    detach(r);
    tell_gone(r);
}

void http_request_set_left(struct http_request *r)
{
    void (*on_gone)(void *context) = TAKE_PTR(r->on_gone);
    r->left = true;
    if (on_gone && !atomic_load(&r->answered))
        on_gone(r->gone_context);
}

/* All are detached before any is told: what one does when told must not reach the connection through another.
 */
void http_requests_set_gone(struct http_connection *c)
{
    struct list gone;
    list_init(&gone);
    while (!list_empty(&c->requests)) {
        struct http_request *r = list_entry(c->requests.next, struct http_request, link);
        atomic_store(&r->gone, true);
        detach(r);
        list_append(&gone, &r->link);
    }
    while (!list_empty(&gone)) {
        struct http_request *r = list_entry(gone.next, struct http_request, link);
        list_remove(&r->link);
        tell_gone(r);
    }
}

void http_request_sent(struct http_request *r, size_t n)
{
    http_blocks_consume(&r->blocks, n);
    r->stalled_ticks = 0;
    atomic_fetch_sub_explicit(&r->queued, n, memory_order_relaxed);
    if (r->on_drained && list_empty(&r->drained_link)) {
        list_append(&r->home->drained, &r->drained_link);
        loop_later_start(r->home->loop, &r->home->drained_later);
    }
}

enum http_method http_request_method(const struct http_request *r)
{
    return r->method;
}

struct slice http_request_method_name(const struct http_request *r)
{
    return r->method_name;
}

struct slice http_request_path(const struct http_request *r)
{
    return r->path;
}

struct slice http_request_query(const struct http_request *r)
{
    return r->query;
}

struct slice http_request_header(const struct http_request *r, const char *lower_case_name)
{
    return http_header_find(r->headers, r->headers_count, lower_case_name);
}

size_t http_request_headers(const struct http_request *r, const struct http_header **ret)
{
    *ret = r->headers;
    return r->headers_count;
}

struct slice http_request_body(const struct http_request *r)
{
    return (struct slice){r->body.data, r->body.size};
}

bool http_request_is_http2(const struct http_request *r)
{
    return r->is_http2;
}

const struct tls_peer *http_request_peer(const struct http_request *r)
{
    return &r->peer->tls;
}

const char *http_request_remote(const struct http_request *r)
{
    return r->peer->remote;
}

struct loop *http_request_loop(const struct http_request *r)
{
    return r->home->loop;
}

unsigned http_request_loop_index(const struct http_request *r)
{
    return r->home->index;
}

int64_t http_request_received_ns(const struct http_request *r)
{
    return r->received_ns;
}

void http_request_set_patient(struct http_request *r)
{
    r->patient = true;
}

void http_request_set_context(struct http_request *r, void *context)
{
    r->context = context;
}

void *http_request_context(const struct http_request *r)
{
    return r->context;
}

struct http_request *http_request_ref(struct http_request *r)
{
    atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
    return r;
}

void http_peer_unref(struct http_peer *peer)
{
    if (atomic_fetch_sub_explicit(&peer->refs, 1, memory_order_acq_rel) > 1)
        return;
    tls_peer_done(&peer->tls);
    free(peer);
}

void http_request_unref(struct http_request *r)
{
    if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) > 1)
        return;
    struct http_server_loop *home = r->home;
    require(!r->connection);
    release_body(r);
    http_peer_unref(r->peer);
    free(r);
    http_server_loop_unref(home);
}
