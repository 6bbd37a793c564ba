/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transport of a connection; see tls-stream.h. OpenSSL works on the socket through a BIO of our own,
 * which knows from a short recv that the kernel has no more (saving a system call a wake-up), never raises
 * SIGPIPE, and gathers several records into one send.
 */
#include "core/io/tls-stream.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/certificate.h"
#include "core/io/loop-private.h"
#include "core/io/tls-private.h"

#define RECORD_BYTES 16384u
#define INPUT_BYTES  32768u
#define OUTPUT_BYTES 81920u /* four records and what TLS adds */

struct scratch {
    struct tls_stream *writer; /* stands between a write and its flush */
    size_t plain_size, output_size;
    char plain[RECORD_BYTES];
    char output[OUTPUT_BYTES];
    char input[INPUT_BYTES];
};

static BIO_METHOD *bio_method;
static pthread_once_t bio_once = PTHREAD_ONCE_INIT;

static struct scratch *scratch_of(struct loop *loop)
{
    if (!loop->scratch) {
        struct scratch *scratch = xmalloc(sizeof(*scratch));
        scratch->writer = NULL;
        scratch->plain_size = scratch->output_size = 0;
        loop->scratch = scratch;
        loop->scratch_free = free;
    }
    return loop->scratch;
}

static struct scratch *claim(struct tls_stream *s)
{
    struct scratch *scratch = scratch_of(s->loop);
    require(!scratch->writer || scratch->writer == s);
    scratch->writer = s;
    return scratch;
}

static void set_broken(struct tls_stream *s, const char *why)
{
    if (!s->broken)
        snprintf(s->failure, sizeof(s->failure), "%s", why);
    s->broken = true;
}

static void keep_unsent(struct tls_stream *s, const char *data, size_t size)
{
    size_t capacity = s->unsent_capacity;
    s->unsent = xgrow(s->unsent, &capacity, s->unsent_size + size, 1);
    s->unsent_capacity = (uint32_t)capacity;
    memcpy(s->unsent + s->unsent_size, data, size);
    s->unsent_size += (uint32_t)size;
}

static void drop_unsent(struct tls_stream *s)
{
    free(s->unsent);
    s->unsent = NULL;
    s->unsent_size = s->unsent_offset = s->unsent_capacity = 0;
}

/* Returns how much the kernel took. */
static size_t send_some(struct tls_stream *s, const char *data, size_t size)
{
    size_t sent = 0;
    while (sent < size && !s->broken) {
        ssize_t n = send(s->fd, data + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0)
            sent += (size_t)n;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            set_broken(s, strerror(errno));
    }
    return sent;
}

static void send_output(struct tls_stream *s, struct scratch *scratch)
{
    size_t size = scratch->output_size;
    scratch->output_size = 0;
    if (!size || s->broken)
        return;
    size_t sent = s->unsent ? 0 : send_some(s, scratch->output, size);
    if (sent < size && !s->broken)
        keep_unsent(s, scratch->output + sent, size - sent);
}

static void output_append(struct tls_stream *s, const char *data, size_t size)
{
    struct scratch *scratch = scratch_of(s->loop);
    while (size > 0) {
        size_t n = MIN(size, OUTPUT_BYTES - scratch->output_size);
        memcpy(scratch->output + scratch->output_size, data, n);
        scratch->output_size += n;
        data += n;
        size -= n;
        if (scratch->output_size == OUTPUT_BYTES)
            send_output(s, scratch);
    }
}

static int bio_write(BIO *bio, const char *data, int size)
{
    struct tls_stream *s = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    output_append(s, data, (size_t)size);
    return size;
}

/* Returns -1 for nothing there, 0 at the end or when broken. */
static ssize_t receive(struct tls_stream *s, char *data, size_t size)
{
    if (s->at_end || s->broken)
        return 0;
    if (!s->kernel_has_more)
        return -1;
    ssize_t n;
    do
        n = recv(s->fd, data, size, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < (ssize_t)size)
        s->kernel_has_more = false;
    if (n == 0)
        s->at_end = true;
    if (n < 0 && errno != EAGAIN) {
        set_broken(s, strerror(errno));
        return 0;
    }
    return n;
}

static int bio_read(BIO *bio, char *data, int size)
{
    struct tls_stream *s = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    ssize_t n = receive(s, data, (size_t)size);
    if (n < 0)
        BIO_set_retry_read(bio);
    return (int)n;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    const struct tls_stream *s = BIO_get_data(bio);
    if (command == BIO_CTRL_EOF)
        return s->at_end;
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

static void make_bio_method(void)
{
    bio_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "keelson socket");
    require(bio_method);
    BIO_meth_set_write(bio_method, bio_write);
    BIO_meth_set_read(bio_method, bio_read);
    BIO_meth_set_ctrl(bio_method, bio_ctrl);
}

static void attach_ssl(struct tls_stream *s, struct tls_settings *settings)
{
    pthread_once(&bio_once, make_bio_method);
    s->ssl = SSL_new(settings->context);
    BIO *bio = BIO_new(bio_method);
    require(s->ssl && bio);
    BIO_set_data(bio, s);
    BIO_set_init(bio, 1);
    SSL_set_bio(s->ssl, bio, bio);
    s->handshaking = true;
}

void tls_stream_init_server(struct tls_stream *s, struct loop *loop, int fd, struct tls_settings *settings)
{
    *s = (struct tls_stream){.loop = loop, .fd = fd, .kernel_has_more = true};
    if (!settings)
        return;
    attach_ssl(s, settings);
    SSL_set_accept_state(s->ssl);
}

static bool expect_name(SSL *ssl, const struct tls_settings *settings, const char *name)
{
    if (certificate_name_is_address(name))
        return settings->insecure || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
    if (SSL_set_tlsext_host_name(ssl, name) != 1)
        return false;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return settings->insecure || SSL_set1_host(ssl, name) == 1;
}

int tls_stream_init_client(struct tls_stream *s, struct loop *loop, int fd, struct tls_settings *settings,
                           const char *host, bool http1_only, struct error *err)
{
    static const unsigned char http1[] = "\x08http/1.1";
    *s = (struct tls_stream){.loop = loop, .fd = fd, .kernel_has_more = true};
    if (!settings)
        return 0;
    attach_ssl(s, settings);
    SSL_set_connect_state(s->ssl);
    if (http1_only)
        SSL_set_alpn_protos(s->ssl, http1, sizeof(http1) - 1);
    const char *name = settings->server_name ? settings->server_name : host;
    if (name && !expect_name(s->ssl, settings, name))
        return error_set(err, ERR_BAD_REQUEST, "server name \"%s\": %s", name, tls_error_text());
    return 0;
}

static void update_events(struct tls_stream *s)
{
    uint32_t events = s->paused || s->at_end ? 0 : EPOLLIN;
    if (s->unsent)
        events |= EPOLLOUT;
    if (s->watch)
        loop_fd_modify(s->watch, events);
}

static void release(struct tls_stream *s, struct scratch *scratch)
{
    send_output(s, scratch);
    scratch->writer = NULL;
    update_events(s);
}

static void forget_errors(void)
{
    if (ERR_peek_error())
        ERR_clear_error();
}

static void set_ssl_broken(struct tls_stream *s, int ssl_error)
{
    long verify = SSL_get_verify_result(s->ssl);
    if (s->handshaking && !SSL_is_server(s->ssl) && verify != X509_V_OK)
        set_broken(s, X509_verify_cert_error_string(verify));
    else if (ssl_error == SSL_ERROR_ZERO_RETURN || s->at_end)
        set_broken(s, "closed by the other side");
    else
        set_broken(s, tls_error_text());
    forget_errors();
}

/* False: not done yet, or broken. */
static bool handshake(struct tls_stream *s)
{
    struct scratch *scratch = claim(s);
    forget_errors();
    int result = SSL_do_handshake(s->ssl);
    int ssl_error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(s->ssl, result);
    if (result == 1)
        s->handshaking = false;
    else if (ssl_error != SSL_ERROR_WANT_READ && ssl_error != SSL_ERROR_WANT_WRITE)
        set_ssl_broken(s, ssl_error);
    bool broken = s->broken;
    s->broken = false; /* the alert that says why still goes out */
    send_output(s, scratch);
    s->broken |= broken;
    release(s, scratch);
    return result == 1;
}

static void send_unsent(struct tls_stream *s)
{
    if (!s->unsent)
        return;
    s->unsent_offset +=
        (uint32_t)send_some(s, s->unsent + s->unsent_offset, s->unsent_size - s->unsent_offset);
    if (s->broken || s->unsent_offset == s->unsent_size)
        drop_unsent(s);
    update_events(s);
}

static bool has_input(const struct tls_stream *s)
{
    return !s->paused && (s->kernel_has_more || (s->ssl && SSL_has_pending(s->ssl)));
}

/* The watch's memory lasts until the end of the turn, so it can tell whether a callback closed the stream. */
static bool is_closed(const struct loop_fd *watch)
{
    return !watch->function;
}

static void after_output(struct tls_stream *s)
{
    bool waited = s->unsent != NULL;
    send_unsent(s);
    if (waited && !s->unsent && !s->broken && !s->handshaking && s->callbacks->writable)
        s->callbacks->writable(s->context);
}

static void on_event(void *context, uint32_t events)
{
    struct tls_stream *s = context;
    struct loop_fd *watch = s->watch;
    bool failed = events & (EPOLLHUP | EPOLLERR);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        s->kernel_has_more = true;
    if (events & EPOLLOUT) {
        after_output(s);
        if (is_closed(watch))
            return;
    }
    if (s->handshaking && !s->broken && handshake(s)) {
        s->callbacks->ready(s->context);
        if (is_closed(watch))
            return;
    }
    if (s->broken || (failed && (s->paused || s->at_end))) {
        set_broken(s, "connection reset");
        s->callbacks->broken(s->context);
    } else if (!s->handshaking && has_input(s)) {
        s->callbacks->readable(s->context);
    }
}

void tls_stream_start(struct tls_stream *s, const struct tls_stream_callbacks *callbacks, void *context)
{
    s->callbacks = callbacks;
    s->context = context;
    s->watch = loop_fd_add(s->loop, s->fd, EPOLLIN, on_event, s);
    if (!s->ssl)
        callbacks->ready(context);
    else if (!SSL_is_server(s->ssl))
        handshake(s); /* sends the hello; the rest follows by events */
}

void tls_stream_close(struct tls_stream *s)
{
    if (s->fd < 0)
        return;
    struct scratch *scratch = scratch_of(s->loop);
    if (scratch->writer == s)
        tls_stream_flush(s);
    if (!s->unsent)
        tls_stream_end_output(s);
    loop_fd_remove(s->watch);
    s->watch = NULL;
    SSL_free(s->ssl);
    s->ssl = NULL;
    drop_unsent(s);
    close(s->fd);
    s->fd = -1;
}

static enum tls_stream_result read_result(struct tls_stream *s, ssize_t n)
{
    if (s->at_end && !s->broken)
        update_events(s);
    if (n > 0)
        return TLS_STREAM_OK;
    if (s->broken)
        return TLS_STREAM_BROKEN;
    return s->at_end ? TLS_STREAM_END : TLS_STREAM_AGAIN;
}

static enum tls_stream_result read_ssl(struct tls_stream *s, struct slice *ret)
{
    if (!s->kernel_has_more && !s->at_end && !SSL_has_pending(s->ssl))
        return TLS_STREAM_AGAIN;
    struct scratch *scratch = claim(s);
    forget_errors();
    int n = SSL_read(s->ssl, scratch->input, RECORD_BYTES);
    if (n <= 0) {
        int ssl_error = SSL_get_error(s->ssl, n);
        if (ssl_error == SSL_ERROR_ZERO_RETURN)
            s->at_end = true;
        else if (ssl_error != SSL_ERROR_WANT_READ && ssl_error != SSL_ERROR_WANT_WRITE && !s->at_end)
            set_ssl_broken(s, ssl_error);
    }
    if (scratch->output_size)
        release(s, scratch);
    scratch->writer = NULL;
    *ret = (struct slice){scratch->input, n > 0 ? (size_t)n : 0};
    return read_result(s, n);
}

enum tls_stream_result tls_stream_read(struct tls_stream *s, struct slice *ret)
{
    if (s->fd < 0 || s->broken)
        return TLS_STREAM_BROKEN;
    if (s->handshaking)
        return TLS_STREAM_AGAIN;
    if (s->ssl)
        return read_ssl(s, ret);
    struct scratch *scratch = scratch_of(s->loop);
    ssize_t n = receive(s, scratch->input, INPUT_BYTES);
    *ret = (struct slice){scratch->input, n > 0 ? (size_t)n : 0};
    return read_result(s, n);
}

static void seal(struct tls_stream *s, struct scratch *scratch)
{
    size_t size = scratch->plain_size;
    scratch->plain_size = 0;
    if (!size || s->broken)
        return;
    forget_errors();
    int n = SSL_write(s->ssl, scratch->plain, (int)size);
    if (n != (int)size)
        set_ssl_broken(s, SSL_get_error(s->ssl, n));
    if (scratch->output_size > OUTPUT_BYTES - RECORD_BYTES - 1024)
        send_output(s, scratch);
}

void tls_stream_write(struct tls_stream *s, const void *data, size_t size)
{
    require(!s->handshaking);
    if (s->fd < 0 || s->broken || s->output_ended)
        return;
    struct scratch *scratch = claim(s);
    const char *from = data;
    if (!s->ssl)
        output_append(s, from, size);
    while (s->ssl && size > 0) {
        size_t n = MIN(size, RECORD_BYTES - scratch->plain_size);
        memcpy(scratch->plain + scratch->plain_size, from, n);
        scratch->plain_size += n;
        from += n;
        size -= n;
        if (scratch->plain_size == RECORD_BYTES)
            seal(s, scratch);
    }
}

enum tls_stream_result tls_stream_flush(struct tls_stream *s)
{
    if (s->fd < 0)
        return TLS_STREAM_BROKEN;
    struct scratch *scratch = scratch_of(s->loop);
    if (scratch->writer == s) {
        if (s->ssl)
            seal(s, scratch);
        release(s, scratch);
    }
    if (s->broken)
        return TLS_STREAM_BROKEN;
    return s->unsent ? TLS_STREAM_AGAIN : TLS_STREAM_OK;
}

void tls_stream_end_output(struct tls_stream *s)
{
    if (s->fd < 0 || s->broken || s->output_ended || s->handshaking)
        return;
    if (s->ssl) {
        struct scratch *scratch = claim(s);
        forget_errors();
        SSL_shutdown(s->ssl);
        forget_errors();
        release(s, scratch);
    }
    s->output_ended = true;
    shutdown(s->fd, SHUT_WR);
}

void tls_stream_pause(struct tls_stream *s, bool paused)
{
    s->paused = paused;
    update_events(s);
}

bool tls_stream_is_h2(const struct tls_stream *s)
{
    const unsigned char *name = NULL;
    unsigned size = 0;
    if (s->ssl)
        SSL_get0_alpn_selected(s->ssl, &name, &size);
    return size == 2 && memcmp(name, "h2", 2) == 0;
}

const char *tls_stream_failure(const struct tls_stream *s)
{
    return s->failure[0] ? s->failure : "closed by the other side";
}
