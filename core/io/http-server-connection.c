/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections: from accept over the handshake to the protocol, their reading and writing, time limits, and
 * their end. Writing is put off to the end of the loop's turn, so that all that a turn produced for a
 * connection leaves together; but what its own input was answered with leaves at once: the memory of one
 * connection's answers, still in the processor's cache, then serves the next connection's. There is one timer
 * a connection, which is moved only when its deadline came nearer; when it fires too early it is set again,
 * hence a busy connection costs no heap operations.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/io/http-server-private.h"
#include "core/io/tls-private.h"

#define HANDSHAKE_MS       10000
#define READS_A_TURN       64
#define STALLED_TICKS      3
#define HTTP2_PREFACE_HEAD "PRI"

static int64_t deadline_of(const struct http_connection *c)
{
    return c->protocol ? c->protocol->deadline_ms(c) : c->active_ms + HANDSHAKE_MS;
}

void http_connection_arm(struct http_connection *c)
{
    int64_t deadline = deadline_of(c);
    if (deadline && (!c->timer.due_ms || c->timer.due_ms > deadline))
        loop_timer_start(&c->timer, deadline - clock_monotonic_ms());
}

static void on_timer(void *context)
{
    struct http_connection *c = context;
    int64_t deadline = deadline_of(c);
    if (!deadline)
        return;
    if (clock_monotonic_ms() >= deadline) {
        if (!c->protocol || c->protocol->expire(c) < 0) {
            http_connection_close(c);
            return;
        }
        http_connection_want_output(c);
    }
    http_connection_arm(c);
}

static void choose_protocol(struct http_connection *c, const struct http_protocol *protocol)
{
    c->protocol = protocol;
    protocol->open(c);
    if (c->home->draining)
        protocol->drain(c);
}

static void on_ready(void *context)
{
    struct http_connection *c = context;
    if (!c->stream.ssl)
        return;
    tls_peer_of(c->stream.ssl, &c->peer->tls);
    choose_protocol(c, tls_stream_is_h2(&c->stream) ? &http_protocol_http2 : &http_protocol_http1);
    http_connection_want_output(c);
    http_connection_arm(c);
}

static int take_input(struct http_connection *c, struct slice data)
{
    http_count(&c->home->bytes_in, data.size);
    if (!c->protocol)
        choose_protocol(c,
                        slice_starts(data, HTTP2_PREFACE_HEAD) ? &http_protocol_http2 : &http_protocol_http1);
    return c->protocol->input(c, data);
}

static int take_input_end(struct http_connection *c)
{
    return c->protocol ? c->protocol->input_end(c) : -1;
}

static void on_output(void *context)
{
    struct http_connection *c = context;
    int kept = c->protocol && !tls_stream_is_full(&c->stream) ? c->protocol->output(c) : 0;
    enum tls_stream_result result = tls_stream_flush(&c->stream);
    if (kept < 0 || c->failed || result == TLS_STREAM_BROKEN) {
        http_connection_close(c);
        return;
    }
    http_connection_arm(c);
}

static void on_input(void *context)
{
    struct http_connection *c = context;
    enum tls_stream_result result = TLS_STREAM_OK;
    int kept = 0;
    c->active_ms = clock_monotonic_ms();
    if (c->protocol && !c->stream.paused)
        kept = c->protocol->input(c, (struct slice){0}); /* what it put aside earlier */
    for (int reads = 0; kept == 0 && result == TLS_STREAM_OK && !c->stream.paused; reads++) {
        struct slice data;
        if (reads == READS_A_TURN) {
            http_connection_want_input(c);
            break;
        }
        result = tls_stream_read(&c->stream, &data);
        if (result == TLS_STREAM_OK)
            kept = take_input(c, data);
    }
    if (kept == 0 && result == TLS_STREAM_END)
        kept = take_input_end(c);
    if (result == TLS_STREAM_BROKEN) {
        http_connection_close(c);
        return;
    }
    if (kept < 0) {
        c->failed = true;
        http_connection_want_output(c);
    }
    if (list_empty(&c->output.link)) {
        http_connection_arm(c);
    } else {
        loop_later_stop(&c->output);
        on_output(c);
    }
}

static void on_broken(void *context)
{
    struct http_connection *c = context;
    if (c->stream.handshaking)
        log_debug("%s: TLS handshake with %s failed: %s", c->home->server->config.name, c->peer->remote,
                  tls_stream_failure(&c->stream));
    http_connection_close(c);
}

static const struct tls_stream_callbacks stream_callbacks = {
    .ready = on_ready,
    .readable = on_input,
    .writable = on_output,
    .broken = on_broken,
};

/* The first byte is there already, see http-server-listen.c; 22 is a handshake record (RFC 8446, 5.1). */
static bool begins_with_hello(int fd)
{
    unsigned char first;
    return recv(fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && first == 22;
}

static struct tls_settings *tls_for(struct http_server *server, int fd)
{
    pthread_mutex_lock(&server->tls_lock);
    struct tls_settings *tls = tls_settings_ref(server->tls);
    pthread_mutex_unlock(&server->tls_lock);
    if (!tls && server->config.tls_on_hello && begins_with_hello(fd))
        tls = tls_settings_ref(server->config.tls_on_hello(server->config.context));
    return tls;
}

static struct http_peer *peer_new(const char *remote)
{
    struct http_peer *peer = new0(struct http_peer);
    atomic_init(&peer->refs, 1);
    snprintf(peer->remote, sizeof(peer->remote), "%s", remote);
    return peer;
}

void http_connection_new(struct http_server_loop *home, int fd, const char *remote)
{
    struct http_connection *c = new0(struct http_connection);
    struct tls_settings *tls = tls_for(home->server, fd);
    c->home = home;
    c->peer = peer_new(remote);
    c->active_ms = clock_monotonic_ms();
    list_init(&c->requests);
    list_init(&c->link);
    list_append(&home->idle, &c->link);
    loop_timer_init(&c->timer, home->loop, on_timer, c);
    loop_later_init(&c->input, on_input, c);
    loop_later_init(&c->output, on_output, c);
    atomic_fetch_add(&home->server->connections, 1);
    http_count(&home->accepted, 1);
    tls_stream_init_server(&c->stream, home->loop, fd, tls);
    tls_settings_unref(tls);
    tls_stream_start(&c->stream, &stream_callbacks, c);
    http_connection_arm(c);
}

static void count_closed(struct http_server *server)
{
    if (atomic_fetch_sub(&server->connections, 1) > 1 || !atomic_load(&server->stopping))
        return;
    pthread_mutex_lock(&server->stop_lock);
    pthread_cond_broadcast(&server->stop_changed);
    pthread_mutex_unlock(&server->stop_lock);
}

void http_connection_close(struct http_connection *c)
{
    loop_timer_stop(&c->timer);
    loop_later_stop(&c->input);
    loop_later_stop(&c->output);
    tls_stream_close(&c->stream);
    http_requests_set_gone(c);
    if (c->protocol)
        c->protocol->close(c);
    list_remove(&c->link);
    http_head_done(&c->head);
    http_peer_unref(c->peer);
    count_closed(c->home->server);
    free(c);
}

void http_connection_want_output(struct http_connection *c)
{
    loop_later_start(c->home->loop, &c->output);
}

void http_connection_want_input(struct http_connection *c)
{
    loop_later_start(c->home->loop, &c->input);
}

void http_connection_drain(struct http_connection *c)
{
    if (c->protocol)
        c->protocol->drain(c);
    else
        c->failed = true;
    http_connection_want_output(c);
}

bool http_connection_evict_idle(struct http_server_loop *home)
{
    if (list_empty(&home->idle))
        return false;
    http_connection_close(list_entry(home->idle.next, struct http_connection, link));
    return true;
}

/* An answer that finds no taker in three ticks has waited for at least two of them. A connection whose client
 * reads nothing at all cannot be told; HTTP/2 ends it for the want of a PING's answer. */
static void check_stalled(struct http_connection *c)
{
    list_for_each (it, &c->requests) {
        struct http_request *r = list_entry(it, struct http_request, link);
        if (!r->begun || !r->blocks.bytes || r->patient || r->is_tunnel ||
            ++r->stalled_ticks != STALLED_TICKS)
            continue;
        log_debug("%s: %s takes nothing of its answer", c->home->server->config.name, c->peer->remote);
        c->protocol->abort(r);
        http_connection_want_output(c);
    }
}

static void on_stall_timer(void *context)
{
    struct http_server_loop *home = context;
    list_for_each (it, &home->busy)
        check_stalled(list_entry(it, struct http_connection, link));
    loop_timer_start(&home->stall_timer, home->server->config.stall_ms / 2);
}

void http_stalls_watch(struct http_server_loop *home)
{
    loop_timer_init(&home->stall_timer, home->loop, on_stall_timer, home);
    if (home->server->config.stall_ms)
        loop_timer_start(&home->stall_timer, home->server->config.stall_ms / 2);
}

const char *http_date(struct http_server_loop *home)
{
    int64_t now_s = clock_realtime_ns() / NS_PER_S;
    if (home->date_s != now_s) {
        time_t seconds = (time_t)now_s;
        struct tm parts;
        gmtime_r(&seconds, &parts);
        strftime(home->date, sizeof(home->date), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        home->date_s = now_s;
    }
    return home->date;
}
