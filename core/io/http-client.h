/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP client of every daemon. A client talks to one authority (host and port, or a unix socket), over
 * HTTP/2 where the server takes it, many requests on one connection, else over a small pool of HTTP/1.1
 * connections. It makes connections when needed, and new ones when they broke.
 *
 * It is driven by a loop. The plain functions block the calling thread (never the loop's own) until done; the
 * asynchronous ones report on the loop's thread.
 */
#ifndef KEELSON_IO_HTTP_CLIENT_H
#define KEELSON_IO_HTTP_CLIENT_H

#include "core/base/buffer.h"
#include "core/base/error.h"
#include "core/io/http.h"
#include "core/io/loop.h"
#include "core/io/tls.h"

struct http_client;
struct http_client_config {
    struct loop *loop; /* running on another thread; outlives the client */
    const char *host;  /* name or address; resolved with getaddrinfo on a helper thread at connect */
    uint16_t port;
    const char *unix_path;    /* instead of host and port */
    const char *source_netns; /* reserved, NULL */
    struct tls_settings *tls; /* NULL: plain. Referenced. */
    bool
        http1_only; /* needed for upgrades; a plain (no TLS) client is http1_only unless h2_prior_knowledge */
    bool h2_prior_knowledge;
    unsigned connect_timeout_ms; /* 0: 5 s */
    unsigned connections_max;    /* HTTP/1.1 pool; 0: 32 */
    unsigned idle_ms;            /* idle connections are closed after; 0: 90 s */
    unsigned
        ping_ms; /* HTTP/2 PING when quiet with streams open; no answer for as long again: broken. 0: 15 s */
};
struct http_client *http_client_new(const struct http_client_config *config);
/* All requests must have ended. Not on the loop's thread. */
void http_client_free(struct http_client *client);

struct http_client_request {
    const char *method;         /* "GET" */
    const char *target;         /* path and query, encoded */
    const char *const *headers; /* "name", "value", …, NULL; or NULL. content-length is added, and
                                   host/:authority; over HTTP/1.1 a host of the caller's takes its place */
    struct slice body;          /* borrowed until the call returns (blocking) or copied (asynchronous) */
    int64_t timeout_ms; /* of the whole exchange, or for asynchronous ones until the response's headers; 0: 60
                           s; -1: none */
    size_t response_bytes_max; /* 0: 64 MiB */
};
struct http_client_response {
    int status;
    struct http_header *headers; /* names in lower case */
    size_t headers_count;
    struct buffer body;
    char *memory; /* behind the headers */
};
void http_client_response_done(struct http_client_response *response);
/* Blocking. Any status is a success; -1 means that there was no whole response: ERR_UNAVAILABLE (could not
 * connect, or the connection broke before anything was sent: safe to repeat), ERR_TIMEOUT (it may have
 * happened), ERR_TOO_LARGE. */
int http_client_do(struct http_client *client, const struct http_client_request *request,
                   struct http_client_response *ret, struct error *err);

/* Asynchronous, for watches and streams. Callbacks on the loop's thread. response_bytes_max is not looked at.
 */
struct http_client_stream;
struct http_client_stream_callbacks {
    void (*headers)(void *context, int status, const struct http_header *headers, size_t count);
    void (*data)(void *context, struct slice data);
    /* Once, the last callback: err NULL after a whole response. The stream is gone afterwards. Not called
     * after cancel. */
    void (*ended)(void *context, const struct error *err);
};
/* Any thread. Returns at once; trouble is told through ended. Callbacks may run before it returns, unless it
 * is called on the loop's thread. */
struct http_client_stream *http_client_stream_start(struct http_client *client,
                                                    const struct http_client_request *request,
                                                    const struct http_client_stream_callbacks *callbacks,
                                                    void *context);
/* Loop thread only: no callback after it. */
void http_client_stream_cancel(struct http_client_stream *stream);
/* Stops reading (flow control) while the consumer is full; what is under way still comes (512 KiB at most).
 * Loop thread. */
void http_client_stream_pause(struct http_client_stream *stream, bool paused);

/* HTTP/1.1 Upgrade on a connection of its own: sends the request; on 101, bytes flow both ways until closed.
 * Any other status arrives as headers/data/ended. */
struct http_client_tunnel_callbacks {
    void (*upgraded)(void *context, const struct http_header *headers, size_t count);
    void (*received)(void *context, struct slice data);
    struct http_client_stream_callbacks otherwise;
    void (*closed)(void *context, const struct error *err); /* after upgraded; the last callback then */
};
struct http_client_stream *http_client_tunnel_start(struct http_client *client,
                                                    const struct http_client_request *request,
                                                    const struct http_client_tunnel_callbacks *callbacks,
                                                    void *context);
/* Any thread; returns the bytes queued. */
size_t http_client_tunnel_write(struct http_client_stream *stream, struct bytes *block);
/* Asks for function(context) on the loop's thread when the queue fell to `low_bytes`; once per call, never
 * inside it. Loop thread. */
void http_client_tunnel_on_drained(struct http_client_stream *stream, size_t low_bytes,
                                   void (*function)(void *context), void *context);
void http_client_tunnel_end(struct http_client_stream *stream);

#endif
