/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One exchange: from the caller's request over the wait for a connection to the last callback. A request is
 * tried again by itself only when the server cannot have acted on it, or when it is one that changes nothing
 * and died on a connection that was kept from earlier.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/io/http-client-private.h"

#define TIMEOUT_MS   60000
#define ATTEMPTS_MAX 3u

static size_t headers_count(const struct http_client_request *request)
{
    size_t count = 0;
    while (request->headers && request->headers[count])
        count++;
    return count;
}

static size_t texts_bytes(const struct http_client_request *request)
{
    size_t bytes = strlen(request->method) + strlen(request->target) + 2;
    for (size_t i = 0; request->headers && request->headers[i]; i++)
        bytes += strlen(request->headers[i]) + 1;
    return bytes;
}

static char *put(char **at, const char *text)
{
    char *copy = *at;
    size_t size = strlen(text) + 1;
    memcpy(copy, text, size);
    *at += size;
    return copy;
}

static void on_timeout(void *context)
{
    struct http_client_stream *s = context;
    s->attempts = UINT32_MAX;
    http_client_stream_fail(s, !s->sent, "%s %s: no answer from %s in time", s->method, s->target,
                            s->client->authority);
}

struct http_client_stream *http_client_stream_new(struct http_client *client,
                                                  const struct http_client_request *request, bool copy_body)
{
    size_t count = headers_count(request), body_bytes = copy_body ? request->body.size : 0;
    struct http_client_stream *s =
        xmalloc(sizeof(*s) + (count + 1) * sizeof(char *) + texts_bytes(request) + body_bytes);
    *s = (struct http_client_stream){.client = client, .body = request->body};
    atomic_init(&s->refs, 1);
    const char **headers = (const char **)(void *)(s + 1);
    char *at = (char *)(headers + count + 1);
    for (size_t i = 0; i < count; i++)
        headers[i] = put(&at, request->headers[i]);
    headers[count] = NULL;
    s->headers = headers;
    s->method = put(&at, request->method);
    s->target = put(&at, request->target);
    if (body_bytes) {
        memcpy(at, request->body.data, body_bytes);
        s->body.data = at;
    }
    s->timeout_ms = request->timeout_ms ? request->timeout_ms : TIMEOUT_MS;
    list_init(&s->link);
    loop_timer_init(&s->timer, client->loop, on_timeout, s);
    return s;
}

void http_client_stream_ref(struct http_client_stream *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
}

void http_client_stream_unref(struct http_client_stream *s)
{
    if (atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) > 1)
        return;
    http_blocks_clear(&s->blocks);
    free(s);
}

static void wait_for_connection(struct http_client_stream *s)
{
    list_append(&s->client->waiting, &s->link);
    s->client->waiting_count++;
}

static void start_posted(void *context)
{
    struct http_client_stream *s = context;
    s->started = true;
    if (!s->over) {
        if (s->timeout_ms >= 0)
            loop_timer_start(&s->timer, s->timeout_ms);
        wait_for_connection(s);
        http_client_pump(s->client);
    }
    http_client_stream_unref(s);
}

void http_client_stream_submit(struct http_client_stream *s)
{
    http_client_stream_ref(s);
    loop_post(s->client->loop, start_posted, s);
}

void http_client_stream_attach(struct http_client_stream *s, struct http_client_connection *c)
{
    s->connection = c;
    list_append(&c->streams, &s->link);
    c->streams_count++;
    if (!c->protocol)
        return;
    c->protocol->start(c, s);
    http_client_connection_want_output(c);
}

static void detach(struct http_client_stream *s)
{
    if (s->connection)
        s->connection->streams_count--;
    else if (!list_empty(&s->link))
        s->client->waiting_count--;
    list_remove(&s->link);
    s->connection = NULL;
}

/* The other side need not go on. */
static void abandon(struct http_client_stream *s)
{
    struct http_client_connection *c = s->connection;
    if (c && c->protocol)
        c->protocol->cancel(s);
    else if (c && c->owner)
        c->failed = true;
    if (c)
        http_client_connection_want_output(c);
    detach(s);
}

static void set_over(struct http_client_stream *s)
{
    s->over = true;
    loop_timer_stop(&s->timer);
}

static const struct http_client_stream_callbacks *callbacks_of(const struct http_client_stream *s)
{
    return s->is_tunnel ? &s->tunnel.otherwise : &s->callbacks;
}

static void tell_end(struct http_client_stream *s, const struct error *err)
{
    void (*ended)(void *context, const struct error *err) =
        s->upgraded ? s->tunnel.closed : callbacks_of(s)->ended;
    if (ended)
        ended(s->context, err);
    http_client_stream_unref(s);
}

void http_client_stream_headers(struct http_client_stream *s, int status, const struct http_header *headers,
                                size_t count)
{
    s->answered = true;
    if (!s->whole)
        loop_timer_stop(&s->timer);
    if (s->upgraded)
        s->tunnel.upgraded(s->context, headers, count);
    else if (callbacks_of(s)->headers)
        callbacks_of(s)->headers(s->context, status, headers, count);
}

void http_client_stream_data(struct http_client_stream *s, struct slice data)
{
    if (s->over || !data.size)
        return;
    if (s->upgraded)
        s->tunnel.received(s->context, data);
    else if (callbacks_of(s)->data)
        callbacks_of(s)->data(s->context, data);
}

void http_client_stream_finished(struct http_client_stream *s)
{
    if (s->over)
        return;
    set_over(s);
    detach(s);
    tell_end(s, NULL);
}

static bool changes_nothing(const struct http_client_stream *s)
{
    return strcmp(s->method, "GET") == 0 || strcmp(s->method, "HEAD") == 0 ||
           strcmp(s->method, "OPTIONS") == 0;
}

static bool may_try_again(const struct http_client_stream *s, bool is_safe)
{
    if (s->answered || s->is_tunnel || s->client->closing || s->attempts >= ATTEMPTS_MAX)
        return false;
    return is_safe || (s->connection && s->connection->reused && changes_nothing(s));
}

static void try_again(struct http_client_stream *s)
{
    abandon(s);
    s->attempts++;
    s->sent = false;
    s->body_sent = 0;
    wait_for_connection(s);
    http_client_pump_soon(s->client);
}

void http_client_stream_fail(struct http_client_stream *s, bool is_safe, const char *fmt, ...)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_free_ char *message = NULL;
    va_list ap;
    if (s->over)
        return;
    if (may_try_again(s, is_safe)) {
        try_again(s);
        return;
    }
    va_start(ap, fmt);
    message = xvasprintf(fmt, ap);
    va_end(ap);
    error_set(&err, is_safe ? ERR_UNAVAILABLE : ERR_TIMEOUT, "%s", message);
    set_over(s);
    abandon(s);
    tell_end(s, &err);
}

struct http_client_stream *http_client_stream_start(struct http_client *client,
                                                    const struct http_client_request *request,
                                                    const struct http_client_stream_callbacks *callbacks,
                                                    void *context)
{
    struct http_client_stream *s = http_client_stream_new(client, request, true);
    s->callbacks = *callbacks;
    s->context = context;
    http_client_stream_submit(s);
    return s;
}

void http_client_stream_cancel(struct http_client_stream *s)
{
    if (s->over)
        return;
    set_over(s);
    abandon(s);
    http_client_stream_unref(s);
}

void http_client_stream_pause(struct http_client_stream *s, bool paused)
{
    if (s->over || s->paused == paused)
        return;
    s->paused = paused;
    if (s->connection && s->connection->protocol)
        s->connection->protocol->resume(s);
}
