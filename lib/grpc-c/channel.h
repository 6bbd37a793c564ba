/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of grpc-c: what a channel, a connection and a stream are made of, and which file does what to
 * them.
 *
 * One mutex per channel guards everything below it, nghttp2's session included. A caller submits its request
 * and writes it to the (non-blocking) socket by itself under that mutex, so that a call costs one change of
 * thread and not two; the channel's own thread reads. Who waits does so in poll() on an eventfd borrowed from
 * the channel and on its cancel_fd; wake-ups that come up under the mutex are gathered and written after it
 * is released.
 *
 * A connection that got GOAWAY goes on serving its streams beside its successor, hence the list.
 */
#ifndef GRPC_C_CHANNEL_H
#define GRPC_C_CHANNEL_H

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "lib/grpc-c/grpc-c.h"

enum {
    WAKE_MAX = 32,
    STREAM_WINDOW_BYTES = 2 << 20,
    CONNECTION_WINDOW_BYTES = 8 << 20,
    UNREAD_BYTES_MAX =
        1 << 20, /* received and not taken by the caller: beyond it the peer's window stays closed */
    UNSENT_BYTES_MAX = 256 << 10, /* beyond it grpc_stream_send() blocks */
    READ_BYTES = 32 << 10,
};

/* bytes.c: memory; running out of it ends the process */
struct bytes {
    uint8_t *data;
    size_t size, capacity;
};
void *grpc_alloc(size_t size_bytes);                     /* zeroed */
char *grpc_strdup(const char *text);                     /* NULL stays NULL */
uint8_t *bytes_extend(struct bytes *bytes, size_t more); /* returns where `more` bytes are to be written */
void bytes_free(struct bytes *bytes);

/* target.c */
struct target {
    enum target_kind { TARGET_UNIX, TARGET_HTTP, TARGET_HTTPS } kind;
    char *path; /* unix */
    char *host, *port;
};
struct address {
    struct sockaddr_storage socket;
    socklen_t size;
};
int target_parse(const char *text, struct target *ret, struct grpc_error *err);
void target_free(struct target *target);
/* May block in name resolution. Returns the number of addresses (at most `max`), 0 with *err filled. */
unsigned target_resolve(const struct target *target, struct address *ret, unsigned max,
                        struct grpc_error *err);

/* status.c */
enum grpc_code grpc_fail(struct grpc_error *err, enum grpc_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
enum grpc_code grpc_code_of_http(int http_status);
enum grpc_code grpc_code_of_reset(uint32_t http2_error);
/* Decodes the percent-encoding of grpc-message into a NUL-terminated text cut to fit. */
void grpc_message_decode(const uint8_t *value, size_t size, char *ret, size_t ret_size);
int64_t grpc_now_ns(void);

struct message {
    struct message *next;
    size_t size;
    uint8_t data[];
};

struct waiter {
    struct waiter *next;
    int fd;
};

struct grpc_stream {
    struct grpc_channel *channel;
    struct connection *connection;    /* NULL: ended, or never begun */
    struct grpc_stream *next, **self; /* in connection->streams */
    int32_t id;
    bool unary;    /* wake the receiver at the end only */
    bool ended;    /* the result below is final */
    bool refused;  /* the server is known not to have looked at it: safe to send again */
    bool end_sent; /* no more messages from us */
    int64_t deadline_ns;

    struct bytes out; /* framed messages not yet given to nghttp2 */
    size_t out_given;

    uint8_t prefix[5];
    unsigned prefix_size;
    struct message *partial; /* being received: partial->size is the goal, */
    size_t partial_size;     /* and this is how far it is */
    struct message *first, **last;
    size_t unread_bytes, withheld_bytes;

    int http_status, grpc_status; /* -1: not seen */
    bool is_grpc;
    char grpc_message[sizeof(((struct grpc_error *)NULL)->message)];
    struct grpc_error result;
    struct waiter *receiver, *sender; /* borrowed by the thread that waits, else NULL */
};

struct connection {
    struct connection *next;
    struct grpc_channel *channel;
    enum connection_state {
        CONNECTION_CONNECTING,
        CONNECTION_HANDSHAKING,
        CONNECTION_OPEN,
        CONNECTION_DRAINING
    } state;
    int fd;
    bool broken;  /* the channel's thread is to take it down */
    bool writing; /* EPOLLOUT is armed */
    SSL *ssl;
    nghttp2_session *session;
    struct grpc_stream *streams;
    struct bytes out;
    size_t out_sent;
    int64_t connect_deadline_ns, received_ns, pinged_ns;
    char trouble[256];
};

struct grpc_channel {
    struct target target;
    char *name; /* the target as given, for messages */
    char *authority, *ca_file, *cert_file, *key_file, *server_name;
    int64_t connect_timeout_ms;
    size_t message_bytes_max;
    int keepalive_s;

    pthread_mutex_t lock; /* guards all below but the thread's own */
    bool started, stopping;
    enum connect_state { CONNECT_IDLE, CONNECT_WANTED, CONNECT_RUNNING } connecting;
    bool timer_off; /* the thread sleeps without a time limit */
    struct connection *connections, *current;
    struct address addresses[8];
    unsigned addresses_count, address_next;
    uint64_t connect_failures; /* attempts that ended without a connection */
    struct grpc_error connect_error;
    struct waiter *waiters_free;
    struct waiter *connect_waiters; /* of those who wait for a connection */
    int wakes[WAKE_MAX];
    unsigned wakes_count;

    pthread_t thread;
    int epoll_fd, event_fd;
    uint8_t *read_buffer; /* the thread's */
};

/* channel.c: all with the mutex held unless said */
void channel_lock(struct grpc_channel *channel);   /* not held */
void channel_unlock(struct grpc_channel *channel); /* releases, then wakes whom channel_wake() named */
void channel_wake(struct grpc_channel *channel, struct waiter *waiter);
struct waiter *channel_waiter_take(struct grpc_channel *channel);
void channel_waiter_give(struct grpc_channel *channel, struct waiter *waiter);
/* Releases, sleeps until woken (GRPC_OK), cancelled or the deadline passed, and takes the mutex again. May
 * wake for nothing. */
enum grpc_code channel_wait(struct grpc_channel *channel, struct waiter *waiter, int64_t deadline_ns,
                            int cancel_fd);
/* The connection for a new stream, made if need be; err is filled with other returns than GRPC_OK. */
enum grpc_code channel_connection(struct grpc_channel *channel, int64_t deadline_ns, int cancel_fd,
                                  struct connection **ret, struct grpc_error *err);
void channel_connected(struct grpc_channel *channel, struct connection *connection);
void channel_connect_failed(struct grpc_channel *channel,
                            const struct grpc_error *why); /* tries the next address */
void channel_poke(struct grpc_channel *channel);           /* makes the thread look */

/* connection.c: with the mutex held; only the channel's thread may call those marked [thread] */
int connection_start(struct grpc_channel *channel, const struct address *address,
                     struct grpc_error *err);                          /* [thread] */
void connection_event(struct connection *connection, uint32_t events); /* [thread] */
void connection_close(struct connection *connection, const char *why); /* [thread] */
/* Writes what there is to write as far as the socket takes it; a failure marks the connection broken. */
void connection_flush(struct connection *connection);
void connection_break(struct connection *connection, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* http2.c */
int http2_session_new(struct connection *connection);
int32_t http2_request(struct connection *connection, struct grpc_stream *stream, const char *path,
                      const struct grpc_options *options);

/* stream.c: with the mutex held */
void stream_finish(struct grpc_stream *stream, enum grpc_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void stream_data(struct grpc_stream *stream, const uint8_t *data, size_t size);
struct grpc_stream *stream_new(struct grpc_channel *channel, const struct grpc_options *options);
void stream_pack(struct grpc_stream *stream,
                 const ProtobufCMessage *message); /* the mutex need not be held before begin */
enum grpc_code stream_begin(struct grpc_stream *stream, const char *path, const struct grpc_options *options);
struct message *stream_take(struct grpc_stream *stream);
/* Resets it if need be and takes it off the connection. */
void stream_detach(struct grpc_stream *stream);
void stream_free(struct grpc_stream *stream); /* mutex not held */

/* tls.c */
SSL *tls_new(const struct grpc_channel *channel, int fd, struct grpc_error *err);
/* As read() and write(): -1 with errno EAGAIN when it would block; *trouble gets words for other failures. */
ssize_t tls_read(SSL *ssl, void *data, size_t size, char *trouble, size_t trouble_size);
ssize_t tls_write(SSL *ssl, const void *data, size_t size, char *trouble, size_t trouble_size);
/* 1 done, 0 again (*want_write tells for what), -1 failed. */
int tls_handshake(SSL *ssl, bool *want_write, char *trouble, size_t trouble_size);

#endif
