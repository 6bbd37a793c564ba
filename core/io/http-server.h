/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTPS (or plain HTTP, or unix socket) server of every daemon: HTTP/1.1 and HTTP/2 on event loops, one
 * loop and one SO_REUSEPORT listener a core.
 *
 * A request is given to the handler on its loop's thread once its headers and its whole body have arrived
 * (bodies are bounded). The handler must not block: it answers at once, or hands the request to a worker,
 * which answers from there. A request lives until it was answered completely; http_request_ref keeps its
 * memory (not its connection) beyond that. If the client goes away first, answers go nowhere, without an
 * error, and on_gone is called once; the handler's part still ends with its answer (http_respond,
 * http_stream_end or _abort), which releases the request. After that call on_gone is no longer called, but
 * for one that runs at that very moment on the loop's thread.
 *
 * The functions http_respond, http_stream_* and http_tunnel_* may be called from any thread; on the loop's
 * own thread they act at once, from others by a post. Data is passed as immutable, shared blocks, so one
 * encoded event can serve a thousand watchers without a copy.
 */
#ifndef KEELSON_IO_HTTP_SERVER_H
#define KEELSON_IO_HTTP_SERVER_H

#include "core/base/buffer.h"
#include "core/base/error.h"
#include "core/io/http.h"
#include "core/io/loop.h"
#include "core/io/tls.h"

struct http_server;
struct http_request;

struct http_server_config {
    const char *name;         /* thread names and messages */
    const char *address;      /* "0.0.0.0", "::", "127.0.0.1"; NULL with unix_path */
    uint16_t port;            /* 0: any (http_server_port tells) */
    const char *unix_path;    /* a unix socket instead (mode 0600, a stale one is replaced) */
    struct tls_settings *tls; /* NULL: plain. Referenced. */
    /* With tls NULL: TLS for the client that begins with it, others are served in plain text. Loop threads;
     * the reference stays the callee's, NULL: none can be had. NULL: all are served in plain text. */
    struct tls_settings *(*tls_on_hello)(void *context);
    unsigned loops;             /* 0: one a core, at most 4 */
    unsigned connections_max;   /* 0: 20,000, or seven eighths of the descriptors; more are closed at
                                   accept, oldest idle first */
    uint32_t body_bytes_max;    /* 0: HTTP_BODY_BYTES_MAX. More: 413 */
    unsigned streams_max;       /* concurrent HTTP/2 streams a connection; 0: 250 for ordinary use; upstream's
                                   default is 100, watches need many */
    unsigned header_timeout_ms; /* 0: 30 s for a request's headers and body; an idle connection: 90 s for h1,
                                   pings for h2 */
    unsigned stall_ms;          /* an answer of which the client takes nothing for so long (up to half as long
                                   again) is broken off; 0: none is */
    void (*handler)(void *context, struct http_request *request); /* loop thread */
    /* In place of the handler for a request that was refused once its headers were there: 400, 408, 413, 431
     * or 503. It must be answered with that status. NULL: a line of plain text. What cannot be read as a
     * request at all is answered with plain text anyway. */
    void (*refused)(void *context, struct http_request *request, int status);
    void *context;
};
int http_server_start(const struct http_server_config *config, struct http_server **ret, struct error *err);
uint16_t http_server_port(const struct http_server *server);
/* New connections get the new certificate. */
void http_server_set_tls(struct http_server *server, struct tls_settings *tls);
/* GOAWAY to all, waits up to drain_ms for requests in flight, then closes and releases. Not on a loop's
 * thread. */
void http_server_stop(struct http_server *server, unsigned drain_ms);
/* Prometheus text: connections, requests in flight, bytes. */
void http_server_metrics(struct http_server *server, struct buffer *out);

/* The request. All borrowed, valid while the request is referenced. */
enum http_method http_request_method(const struct http_request *r);
struct slice http_request_method_name(const struct http_request *r);
struct slice http_request_path(const struct http_request *r);  /* as sent, without the query, not decoded */
struct slice http_request_query(const struct http_request *r); /* behind '?', not decoded; empty when none */
struct slice http_request_header(const struct http_request *r,
                                 const char *lower_case_name); /* data NULL: absent; the first of several */
/* All, in their order; one that came several times is there as often. */
size_t http_request_headers(const struct http_request *r, const struct http_header **ret);
struct slice http_request_body(const struct http_request *r);
bool http_request_is_http2(const struct http_request *r);
const struct tls_peer *http_request_peer(
    const struct http_request *r); /* never NULL; common_name NULL without a verified certificate */
/* "10.0.0.1:3456"; lives as long as the request. */
const char *http_request_remote(const struct http_request *r);
struct loop *http_request_loop(const struct http_request *r);
unsigned http_request_loop_index(const struct http_request *r); /* 0 … loops-1 */
int64_t http_request_received_ns(const struct http_request *r); /* monotonic */
/* A place for the handler's own state. */
void http_request_set_context(struct http_request *r, void *context);
void *http_request_context(const struct http_request *r);
struct http_request *http_request_ref(struct http_request *r);
void http_request_unref(struct http_request *r);
/* function(context) on the loop's thread when the client went away before the answer was complete, at once if
 * it already has. NULL: no more. */
void http_request_on_gone(struct http_request *r, void (*function)(void *context), void *context);

/* Any thread: function(context) on the loop's thread, or at once if the server has stopped. */
void http_request_post(struct http_request *r, void (*function)(void *context), void *context);

/* One whole answer. headers: pairs "name", "value", NULL-terminated list, or NULL; content-length and date
 * are added. body is referenced; may be NULL. Ends the request. */
void http_respond(struct http_request *r, int status, const char *content_type, const char *const *headers,
                  struct bytes *body);
/* The same from several blocks, sent one after another without a copy (a list's items with their separators).
 */
void http_respond_blocks(struct http_request *r, int status, const char *content_type,
                         const char *const *headers, struct bytes *const *blocks, size_t count);

/* An answer of unknown length: watches, followed logs. */
void http_stream_begin(struct http_request *r, int status, const char *content_type,
                       const char *const *headers);
/* Queues a block. Returns the bytes now queued for this stream and not yet in the kernel, so that the caller
 * can drop a reader that is too slow (from another thread: as of the last look). */
size_t http_stream_write(struct http_request *r, struct bytes *block);
/* Asks for function(context) on the loop's thread when the queue fell below `low_bytes`; once per call. */
void http_stream_on_drained(struct http_request *r, size_t low_bytes, void (*function)(void *context),
                            void *context);
/* The client may take its time, whatever stall_ms says: a pager that shows a followed log. Loop thread. */
void http_request_set_patient(struct http_request *r);
void http_stream_end(struct http_request *r);
/* Breaks it off: RST_STREAM, or closing the connection for HTTP/1.1, so that the client knows that it is not
 * whole. */
void http_stream_abort(struct http_request *r);

/* HTTP/1.1 Upgrade (SPDY/3.1, websocket): answers 101 with the headers, after which the connection is a
 * tunnel of bytes in both directions. Bytes that the client sent after its request are delivered first. Not
 * for HTTP/2 requests (respond with an error instead). */
struct http_tunnel_callbacks {
    void (*received)(void *context, struct slice data); /* loop thread */
    void (*closed)(
        void *context); /* loop thread, once; the last callback; the request is released after it */
    /* The client sends no more but may still read (half-closed); the tunnel lasts until http_tunnel_end.
     * NULL: that closes it. */
    void (*ended)(void *context);
};
void http_tunnel_begin(struct http_request *r, const char *const *headers,
                       const struct http_tunnel_callbacks *callbacks, void *context);
size_t http_tunnel_write(struct http_request *r, struct bytes *block); /* as http_stream_write */
/* Reading stops while the other side of a proxy is full. */
void http_tunnel_pause(struct http_request *r, bool paused);
void http_tunnel_end(struct http_request *r); /* after what is queued was sent */

#endif
