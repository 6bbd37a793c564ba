/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transport of a connection: a non-blocking socket on a loop, plain or under TLS, for servers and
 * clients.
 *
 * Reading and writing go through scratch memory of the loop, so that an idle connection holds no buffers.
 * Writes gather: tls_stream_write takes whatever it is given, and tls_stream_flush sends full records and the
 * rest at once. Only one stream of a loop may stand between a write and its flush. What the kernel refused is
 * kept and goes out by itself, after which `writable` is called; the writer looks at tls_stream_is_full
 * before each piece of at most 16 KiB or so, which bounds it. Loop thread only.
 */
#ifndef KEELSON_IO_TLS_STREAM_H
#define KEELSON_IO_TLS_STREAM_H

#include <openssl/ssl.h>

#include "core/base/buffer.h"
#include "core/base/error.h"
#include "core/io/loop.h"
#include "core/io/tls.h"

enum tls_stream_result {
    TLS_STREAM_OK,
    TLS_STREAM_AGAIN,  /* read: nothing there now; flush: the kernel is full, wait for `writable` */
    TLS_STREAM_END,    /* read: the other side sends no more */
    TLS_STREAM_BROKEN, /* tls_stream_failure says why */
};

/* Each may close the stream. */
struct tls_stream_callbacks {
    void (*ready)(void *context);    /* the handshake is done; at once (inside start) for plain streams */
    void (*readable)(void *context); /* call tls_stream_read until TLS_STREAM_AGAIN */
    void (*writable)(void *context); /* everything that was refused has gone out */
    void (*broken)(void *context);   /* the handshake failed, or the connection broke outside of a call */
};

struct tls_stream {
    struct loop *loop;
    struct loop_fd *watch;
    SSL *ssl; /* NULL: plain */
    const struct tls_stream_callbacks *callbacks;
    void *context;
    int fd; /* -1: closed */
    bool handshaking;
    bool kernel_has_more; /* the last recv was not a short one */
    bool at_end;          /* recv told of the end */
    bool broken;
    bool paused;
    bool output_ended;
    char *unsent; /* what the kernel refused; NULL: nothing */
    uint32_t unsent_size, unsent_offset, unsent_capacity;
    char failure[96];
};

/* Owns fd from now on. settings NULL: plain. Nothing happens before start. */
void tls_stream_init_server(struct tls_stream *s, struct loop *loop, int fd, struct tls_settings *settings);
/* host: for SNI and verification unless the settings name a server. http1_only: ALPN offers http/1.1 alone.
 */
int tls_stream_init_client(struct tls_stream *s, struct loop *loop, int fd, struct tls_settings *settings,
                           const char *host, bool http1_only, struct error *err);
void tls_stream_start(struct tls_stream *s, const struct tls_stream_callbacks *callbacks, void *context);
/* Sends what can be sent without waiting, close_notify too; safe inside the callbacks. */
void tls_stream_close(struct tls_stream *s);

/* *ret stands in the loop's scratch memory until the next read on this loop. */
enum tls_stream_result tls_stream_read(struct tls_stream *s, struct slice *ret);
static inline bool tls_stream_is_full(const struct tls_stream *s)
{
    return s->unsent != NULL;
}
void tls_stream_write(struct tls_stream *s, const void *data, size_t size); /* dropped when broken */
enum tls_stream_result tls_stream_flush(struct tls_stream *s);
/* After a flush that returned OK: close_notify and FIN; reading goes on. */
void tls_stream_end_output(struct tls_stream *s);
/* While paused, only the end of the connection is noticed. After unpausing, call tls_stream_read: data may
 * wait inside. */
void tls_stream_pause(struct tls_stream *s, bool paused);
bool tls_stream_is_h2(const struct tls_stream *s); /* by ALPN */
const char *tls_stream_failure(const struct tls_stream *s);

#endif
