/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the HTTP client. A client has connections and a queue of streams that wait for one; a stream
 * is one exchange, and moves to another connection when the first broke before anything could have happened.
 * Everything here belongs to the loop's thread, but for what is marked.
 */
#ifndef KEELSON_IO_HTTP_CLIENT_PRIVATE_H
#define KEELSON_IO_HTTP_CLIENT_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/list.h"
#include "core/io/http-blocks.h"
#include "core/io/http-client.h"
#include "core/io/http-head.h"
#include "core/io/tls-stream.h"

struct addrinfo;
struct http_client_resolution;

enum http_client_version { HTTP_CLIENT_UNKNOWN, HTTP_CLIENT_1, HTTP_CLIENT_2 };

struct http_client {
    struct http_client_config config; /* strings owned */
    struct loop *loop;
    char *authority; /* the host field */
    struct list connections;
    unsigned connections_count; /* but those of tunnels */
    unsigned connecting_count;
    struct list waiting; /* streams without a connection */
    unsigned waiting_count;
    enum http_client_version version; /* of the newest connection */
    struct loop_later pump_later;
    bool closing;

    pthread_mutex_t lock; /* guards the two below */
    pthread_cond_t changed;
    unsigned resolving;
    bool closed;
};

struct http_client_connection {
    struct tls_stream stream;
    struct http_client *client;
    struct list link;    /* in client->connections */
    struct list streams; /* that it carries */
    unsigned streams_count;
    const struct http_client_protocol *protocol; /* NULL: not open yet */
    void *state;
    struct http_head head;
    struct loop_timer timer;
    struct loop_later input, output;
    struct http_client_stream *owner; /* a tunnel's own connection; NULL: of the pool */
    struct http_client_resolution *resolution;
    struct addrinfo *addresses, *next_address;
    struct loop_fd *connecting; /* while the socket connects */
    int connecting_fd;
    int64_t started_ms, active_ms;
    int64_t address_until_ms; /* then the next address is tried */
    bool has_stream;          /* the socket is connected and belongs to `stream` */
    bool unusable;            /* takes no new streams: GOAWAY, "connection: close", the end */
    bool reused;              /* a whole exchange went over it */
    bool failed;              /* to be closed once what is due was written */
    bool closing;
    char failure[160];
};

struct http_client_stream {
    atomic_uint refs; /* the client's while it is under way, and each posted call */
    struct http_client *client;
    struct http_client_connection *connection;
    struct list link; /* in connection->streams or client->waiting */
    struct loop_timer timer;
    const char *method, *target;
    const char *const *headers; /* these and the body stand behind the struct */
    struct slice body;
    size_t body_sent;
    int64_t timeout_ms;
    int32_t stream_id; /* HTTP/2 */
    unsigned attempts;
    bool whole;    /* the time limit is for the whole exchange */
    bool started;  /* the loop has seen it */
    bool over;     /* no callback any more */
    bool sent;     /* something may have reached the server */
    bool answered; /* the response's head came */
    bool complete; /* the response came as a whole */
    bool paused;
    bool is_tunnel, upgraded, tunnel_ended;
    size_t unconsumed; /* HTTP/2: received while paused */
    struct http_client_stream_callbacks callbacks;
    struct http_client_tunnel_callbacks tunnel;
    void *context;
    struct http_blocks blocks;         /* of a tunnel */
    atomic_size_t queued;              /* of a tunnel; any thread */
    void (*on_drained)(void *context); /* of a tunnel; NULL: nobody waits */
    void *drained_context;
    size_t drained_bytes;
};

struct http_client_protocol {
    enum http_client_version version;
    void (*open)(struct http_client_connection *c);
    bool (*has_room)(const struct http_client_connection *c);
    void (*start)(struct http_client_connection *c, struct http_client_stream *s);
    int (*input)(struct http_client_connection *c, struct slice data); /* -1: close the connection */
    void (*input_end)(struct http_client_connection *c);               /* the connection is closed after it */
    int (*output)(struct http_client_connection *c);
    void (*cancel)(struct http_client_stream *s); /* still attached */
    void (*resume)(struct http_client_stream *s); /* no longer paused */
    int64_t (*deadline_ms)(const struct http_client_connection *c);
    int (*expire)(struct http_client_connection *c);
    void (*close)(struct http_client_connection *c);
};
extern const struct http_client_protocol http_client_http1, http_client_http2;

/* http-client.c: gives waiting streams to connections, opening new ones. */
void http_client_pump(struct http_client *client);
void http_client_pump_soon(struct http_client *client);

/* http-client-connect.c: from a name to a connected socket, in steps. */
void http_client_connect(struct http_client_connection *c);
void http_client_connect_next(struct http_client_connection *c); /* the address has had its time */
void http_client_connect_cancel(struct http_client_connection *c);

/* http-client-connection.c */
void http_client_connection_new(struct http_client *client, struct http_client_stream *owner);
/* The socket is there, or there is none: fd -1 and c->failure. */
void http_client_connection_connected(struct http_client_connection *c, int fd);
/* Its streams fail (or are tried again elsewhere), and when it never opened, streams that wait. Frees c. */
void http_client_connection_close(struct http_client_connection *c);
void http_client_connection_want_output(struct http_client_connection *c);
void http_client_connection_want_input(struct http_client_connection *c);
void http_client_connection_arm(struct http_client_connection *c);

/* http-client-stream.c */
/* Copies what the request points to; its body only when asked to. */
struct http_client_stream *http_client_stream_new(struct http_client *client,
                                                  const struct http_client_request *request, bool copy_body);
void http_client_stream_submit(struct http_client_stream *s);
void http_client_stream_attach(struct http_client_stream *s, struct http_client_connection *c);
void http_client_stream_headers(struct http_client_stream *s, int status, const struct http_header *headers,
                                size_t count);
void http_client_stream_data(struct http_client_stream *s, struct slice data);
void http_client_stream_finished(struct http_client_stream *s);
/* is_safe: the server cannot have acted on it; then it may be tried again. */
__attribute__((format(printf, 3, 4))) void http_client_stream_fail(struct http_client_stream *s, bool is_safe,
                                                                   const char *fmt, ...);
void http_client_stream_ref(struct http_client_stream *s);
void http_client_stream_unref(struct http_client_stream *s);

#endif
