/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the HTTP server. A server has loops; a loop has connections; a connection speaks one protocol
 * (a table of functions) and carries requests. All of it belongs to the loop's thread, but for what is
 * marked. What other threads want of a request arrives as an operation (http-server-answer.c). A connection
 * is closed only by http-server-connection.c: a protocol returns -1 and is not entered again.
 */
#ifndef KEELSON_IO_HTTP_SERVER_PRIVATE_H
#define KEELSON_IO_HTTP_SERVER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/list.h"
#include "core/io/http-blocks.h"
#include "core/io/http-head.h"
#include "core/io/http-server.h"
#include "core/io/tls-stream.h"

/* A refused body is read and dropped up to this size before the answer is sent: clients read no answer while
 * they write, and the connection can be kept. A larger one is answered early. */
#define HTTP_DROPPED_BYTES_MAX (64 * 1024 * 1024)

struct http_operation;

struct http_server {
    struct http_server_config config; /* strings owned */
    atomic_uint refs;                 /* the owner and each loop */
    atomic_uint connections;
    atomic_uint requests; /* attached to connections */
    atomic_bool stopping;
    pthread_mutex_t stop_lock; /* for stop_changed, which is signalled when the last connection is gone */
    pthread_cond_t stop_changed;
    atomic_size_t body_bytes; /* of requests that are being received or handled */
    pthread_mutex_t tls_lock; /* guards tls */
    struct tls_settings *tls;
    uint16_t port;
    unsigned loops_count;
    struct http_server_loop *loops[];
};

struct http_server_loop {
    struct http_server *server;
    struct loop *loop;
    unsigned index;
    atomic_uint refs; /* the server's start to stop, and each request */
    int listen_fd;
    struct loop_fd *listen_watch;
    struct loop_timer accept_timer; /* accepts again after running out of descriptors */
    int64_t complained_ms;          /* when the log last had it that it ran out */
    struct loop_timer stall_timer;
    struct list idle, busy; /* connections without and with requests; the longest idle first */
    bool draining;
    struct list drained; /* requests that asked to be told when their queue is short */
    struct loop_later drained_later;
    char date[32]; /* of the second date_s */
    int64_t date_s;

    pthread_mutex_t lock; /* guards the operations of other threads and closed */
    struct http_operation *operations, **operations_end;
    bool closed;

    atomic_ullong accepted, refused, handled, bytes_in,
        bytes_out; /* counted by the loop, read by any thread */
};

/* Only the loop's thread counts, so no locked instruction is needed. */
static inline void http_count(atomic_ullong *counter, unsigned long long n)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

/* Who is at the other end; shared by a connection and its requests. */
struct http_peer {
    atomic_uint refs;
    struct tls_peer tls;
    char remote[64];
};

struct http_connection {
    struct tls_stream stream;
    struct http_server_loop *home;
    struct list link;     /* in home->idle or home->busy */
    struct list requests; /* attached, the oldest first */
    unsigned requests_count;
    struct loop_timer timer;
    struct loop_later input, output; /* reading goes on, writing is due */
    struct http_peer *peer;
    const struct http_protocol *protocol; /* NULL: not known yet */
    void *state;                          /* the protocol's */
    struct http_head head;                /* of the request that is arriving */
    int64_t active_ms;                    /* something came in */
    bool failed;                          /* to be closed once what is due was written */
};

struct http_answer {
    int status;
    const char *content_type;   /* may be NULL */
    const char *const *headers; /* may be NULL */
    int64_t content_length;     /* -1: a stream */
};

struct http_request {
    atomic_uint refs;
    atomic_bool answered; /* the last call of the answer was made; any thread */
    atomic_bool gone;
    atomic_size_t queued; /* what http_stream_write returns; any thread */
    struct http_server_loop *home;
    struct http_connection *connection; /* NULL: detached */
    struct list link;                   /* in connection->requests */
    struct http_peer *peer;
    struct http_header *headers;
    uint32_t headers_count;
    enum http_method method;
    struct slice method_name, path, query;
    struct buffer body;
    int64_t body_expected; /* -1: not told */
    int64_t dropped_bytes; /* of a refused one */
    int64_t received_ns;
    int32_t stream_id; /* HTTP/2 */
    int refused;       /* the status to refuse it with, or 0 */
    bool is_http2;
    bool complete;   /* arrived as a whole */
    bool left;       /* HTTP/1.1: the client closed its side; it may or may not still read */
    bool dispatched; /* given to the handler, which now owes an answer */
    bool begun;      /* the answer's head was handed to the protocol */
    bool ended;      /* the answer's last block is in `blocks` */
    bool deferred;   /* HTTP/2: the session waits for more blocks */
    bool is_tunnel;
    bool patient;
    uint8_t stalled_ticks; /* of the stall timer, since a byte was taken */
    struct http_blocks blocks;
    const struct http_tunnel_callbacks *tunnel;
    void *tunnel_context;
    void *context;
    void (*on_gone)(void *context);
    void *gone_context;
    void (*on_drained)(void *context);
    void *drained_context;
    size_t drained_bytes;
    struct list drained_link;
};

struct http_protocol {
    void (*open)(struct http_connection *c);
    /* -1: close the connection (after what is still to be written). */
    int (*input)(struct http_connection *c, struct slice data);
    int (*input_end)(struct http_connection *c); /* the client sends no more */
    int (*output)(struct http_connection *c);    /* writes while the stream is not full */
    void (*begin)(struct http_request *r, const struct http_answer *answer);
    void (*data)(struct http_request *r); /* blocks were added, or the answer ended */
    void (*abort)(struct http_request *r);
    void (*drain)(struct http_connection *c);
    int64_t (*deadline_ms)(const struct http_connection *c); /* monotonic; 0: none */
    int (*expire)(struct http_connection *c);
    void (*close)(struct http_connection *c); /* releases state; no callbacks */
};
extern const struct http_protocol http_protocol_http1, http_protocol_http2;

/* http-server-listen.c: sockets. *ret_port is what the kernel chose. */
int http_listen_open(const struct http_server_config *config, unsigned count, int *ret_fds,
                     uint16_t *ret_port, struct error *err);
void http_listen_start(struct http_server_loop *home);
void http_listen_stop(struct http_server_loop *home);

/* http-server-connection.c */
void http_connection_new(struct http_server_loop *home, int fd, const char *remote);
void http_connection_close(struct http_connection *c); /* frees c */
void http_connection_want_output(struct http_connection *c);
void http_connection_want_input(struct http_connection *c);
void http_connection_drain(struct http_connection *c);
bool http_connection_evict_idle(struct http_server_loop *home);
/* Breaks off answers that nobody takes, now and from now on. */
void http_stalls_watch(struct http_server_loop *home);
/* Looks at the protocol's deadline again. */
void http_connection_arm(struct http_connection *c);
const char *http_date(struct http_server_loop *home);

/* http-server-request.c */
void http_peer_unref(struct http_peer *peer);
struct http_request *http_request_new(struct http_connection *c, bool is_http2);
/* Appends to the body; refuses (r->refused) what is too much. */
void http_request_add_body(struct http_request *r, const char *data, size_t size);
void http_request_dispatch(struct http_request *r);
/* The answer is out: the connection lets go of it. */
void http_request_finished(struct http_request *r);
/* The connection or the stream broke first. */
void http_request_set_gone(struct http_request *r);
void http_requests_set_gone(struct http_connection *c); /* all of a connection */
/* The client has probably left: its handler is told, but an answer would still be sent. */
void http_request_set_left(struct http_request *r);
/* n bytes of r->blocks were handed to the transport. */
void http_request_sent(struct http_request *r, size_t n);
uint32_t http_request_body_max(const struct http_request *r);

/* http-server-operation.c: run what other threads submitted; close: whatever comes later runs where it is
 * submitted */
void http_operations_run(void *home);
void http_operations_close(struct http_server_loop *home);

/* http-server-answer.c */
void http_answer_plain(struct http_request *r, int status);
void http_drained_run(void *home);

/* http-server.c */
void http_server_loop_unref(struct http_server_loop *home);

#endif
