/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection of the client: connecting, handshake, protocol, time limits, end. As in the server, writing is
 * done at the end of the loop's turn, and one timer is moved only when its deadline comes nearer. Opening
 * begins in a turn of its own, so that no callback runs inside a caller's call.
 */
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/io/http-client-private.h"

#define READS_A_TURN 64

static int64_t deadline_of(const struct http_client_connection *c)
{
    int64_t until = c->started_ms + c->client->config.connect_timeout_ms;
    if (c->protocol)
        return c->protocol->deadline_ms(c);
    return c->connecting && c->next_address ? MIN(c->address_until_ms, until) : until;
}

void http_client_connection_arm(struct http_client_connection *c)
{
    int64_t deadline = deadline_of(c);
    if (deadline && (!c->timer.due_ms || c->timer.due_ms > deadline))
        loop_timer_start(&c->timer, deadline - clock_monotonic_ms());
}

void http_client_connection_want_output(struct http_client_connection *c)
{
    if (!c->closing)
        loop_later_start(c->client->loop, &c->output);
}

void http_client_connection_want_input(struct http_client_connection *c)
{
    if (!c->closing)
        loop_later_start(c->client->loop, &c->input);
}

/* Returns whether the connection was closed. */
static bool expire(struct http_client_connection *c)
{
    bool next_address = !c->protocol && c->connecting && c->next_address;
    if (next_address && clock_monotonic_ms() < c->started_ms + c->client->config.connect_timeout_ms) {
        snprintf(c->failure, sizeof(c->failure), "timed out");
        http_client_connect_next(c); /* arms, or closes */
        return true;
    }
    if (c->protocol && c->protocol->expire(c) == 0) {
        http_client_connection_want_output(c);
        return false;
    }
    snprintf(c->failure, sizeof(c->failure), "timed out");
    http_client_connection_close(c);
    return true;
}

static void on_timer(void *context)
{
    struct http_client_connection *c = context;
    int64_t deadline = deadline_of(c);
    if (deadline && clock_monotonic_ms() >= deadline && expire(c))
        return;
    http_client_connection_arm(c);
}

static void start_streams(struct http_client_connection *c)
{
    list_for_each_safe (it, &c->streams)
        c->protocol->start(c, list_entry(it, struct http_client_stream, link));
}

static void on_ready(void *context)
{
    struct http_client_connection *c = context;
    struct http_client *client = c->client;
    bool h2 = c->stream.ssl ? tls_stream_is_h2(&c->stream) : client->config.h2_prior_knowledge && !c->owner;
    c->protocol = h2 ? &http_client_http2 : &http_client_http1;
    c->active_ms = clock_monotonic_ms();
    c->protocol->open(c);
    if (!c->owner) {
        client->connecting_count--;
        client->version = c->protocol->version;
    }
    start_streams(c);
    http_client_connection_want_output(c);
    http_client_connection_arm(c);
    http_client_pump_soon(client);
}

static void on_input(void *context)
{
    struct http_client_connection *c = context;
    enum tls_stream_result result = TLS_STREAM_OK;
    int kept = 0;
    if (!c->protocol)
        return;
    c->active_ms = clock_monotonic_ms();
    for (int reads = 0; kept == 0 && result == TLS_STREAM_OK && !c->stream.paused; reads++) {
        struct slice data;
        if (reads == READS_A_TURN) {
            http_client_connection_want_input(c);
            break;
        }
        result = tls_stream_read(&c->stream, &data);
        if (result == TLS_STREAM_OK)
            kept = c->protocol->input(c, data);
    }
    if (result == TLS_STREAM_END)
        c->protocol->input_end(c);
    if (result == TLS_STREAM_END || result == TLS_STREAM_BROKEN) {
        http_client_connection_close(c);
        return;
    }
    if (kept < 0) {
        c->failed = true;
        http_client_connection_want_output(c);
    }
    http_client_connection_arm(c);
}

static void on_output(void *context)
{
    struct http_client_connection *c = context;
    int kept = 0;
    if (!c->has_stream && !c->failed) {
        http_client_connect(c);
        return;
    }
    if (c->protocol && !tls_stream_is_full(&c->stream))
        kept = c->protocol->output(c);
    enum tls_stream_result result = c->has_stream ? tls_stream_flush(&c->stream) : TLS_STREAM_BROKEN;
    if (kept < 0 || c->failed || result == TLS_STREAM_BROKEN) {
        http_client_connection_close(c);
        return;
    }
    http_client_connection_arm(c);
}

static void on_broken(void *context)
{
    http_client_connection_close(context);
}

static const struct tls_stream_callbacks stream_callbacks = {
    .ready = on_ready,
    .readable = on_input,
    .writable = on_output,
    .broken = on_broken,
};

void http_client_connection_new(struct http_client *client, struct http_client_stream *owner)
{
    struct http_client_connection *c = new0(struct http_client_connection);
    c->client = client;
    c->owner = owner;
    c->connecting_fd = -1;
    c->started_ms = clock_monotonic_ms();
    list_init(&c->streams);
    list_append(&client->connections, &c->link);
    loop_timer_init(&c->timer, client->loop, on_timer, c);
    loop_later_init(&c->input, on_input, c);
    loop_later_init(&c->output, on_output, c);
    if (owner) {
        http_client_stream_attach(owner, c);
    } else {
        client->connections_count++;
        client->connecting_count++;
    }
    http_client_connection_arm(c);
    http_client_connection_want_output(c); /* which begins to connect */
}

void http_client_connection_connected(struct http_client_connection *c, int fd)
{
    const struct http_client_config *config = &c->client->config;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    bool http1_only = config->http1_only || c->owner;
    if (fd < 0) {
        http_client_connection_close(c);
        return;
    }
    c->has_stream = true;
    if (tls_stream_init_client(&c->stream, c->client->loop, fd, config->tls, config->host, http1_only, &err) <
        0) {
        snprintf(c->failure, sizeof(c->failure), "%s", err.message);
        http_client_connection_close(c);
        return;
    }
    tls_stream_start(&c->stream, &stream_callbacks, c);
}

static const char *failure_of(const struct http_client_connection *c)
{
    if (c->failure[0])
        return c->failure;
    return c->has_stream ? tls_stream_failure(&c->stream) : "no address";
}

static void fail_waiting(struct http_client *client, bool all, const char *why)
{
    unsigned count = all ? client->waiting_count : 1;
    while (count-- > 0 && !list_empty(&client->waiting)) {
        struct http_client_stream *s = list_entry(client->waiting.next, struct http_client_stream, link);
        s->attempts = UINT32_MAX; /* not again */
        http_client_stream_fail(s, true, "cannot connect to %s: %s", client->authority, why);
    }
}

static void fail_streams(struct http_client_connection *c, bool was_open, const char *why)
{
    const char *authority = c->client->authority;
    while (!list_empty(&c->streams)) {
        struct http_client_stream *s = list_entry(c->streams.next, struct http_client_stream, link);
        if (!was_open)
            s->attempts = UINT32_MAX;
        http_client_stream_fail(s, !s->sent,
                                was_open ? "connection to %s broke: %s" : "cannot connect to %s: %s",
                                authority, why);
    }
}

static bool has_open_connection(const struct http_client *client)
{
    list_for_each (it, &client->connections) {
        const struct http_client_connection *c = list_entry(it, struct http_client_connection, link);
        if (c->protocol && !c->owner)
            return true;
    }
    return false;
}

void http_client_connection_close(struct http_client_connection *c)
{
    struct http_client *client = c->client;
    bool was_open = c->protocol != NULL, is_owned = c->owner != NULL;
    char why[sizeof(c->failure)];
    snprintf(why, sizeof(why), "%s", failure_of(c));
    c->unusable = c->closing = true;
    list_remove(&c->link);
    loop_timer_stop(&c->timer);
    loop_later_stop(&c->input);
    loop_later_stop(&c->output);
    http_client_connect_cancel(c);
    if (c->has_stream)
        tls_stream_close(&c->stream);
    fail_streams(c, was_open, why);
    if (was_open)
        c->protocol->close(c);
    http_head_done(&c->head);
    free(c);
    if (!is_owned)
        client->connections_count--;
    if (!is_owned && !was_open) {
        client->connecting_count--;
        fail_waiting(client, !has_open_connection(client), why);
    }
    http_client_pump_soon(client);
}
