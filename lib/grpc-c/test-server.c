/* SPDX-License-Identifier: Apache-2.0 */
/* See test-server.h. Sockets are written blocking: grpc-c always reads. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/grpc-c/test-server.h"
#include "lib/grpc-c/test.pb-c.h"

enum { PEERS_MAX = 32 };

struct peer;
struct exchange {
    struct exchange *next;
    struct peer *peer;
    int32_t id;
    char path[64], timeout[32], metadata[64];
    const struct behaviour *behaviour;
    uint8_t *in, *out;
    size_t in_size, out_size, out_capacity, out_sent, unconsumed;
    bool ended, answered, trailers_off;
    const char *status, *message;
};

struct peer {
    struct test_server *server;
    int fd;
    SSL *ssl;
    nghttp2_session *session;
    struct exchange *exchanges;
    bool drop;
};

struct test_server {
    enum test_server_kind kind;
    char folder[32], target[128], ca_file[64];
    int listen_fd, event_fd;
    pthread_t thread;
    pthread_mutex_t lock; /* guards the numbers below */
    pthread_cond_t changed;
    bool stopping, released;
    unsigned accepted, resets;
    struct peer *peers[PEERS_MAX];
    unsigned refused; /* the thread's */
    SSL_CTX *tls;
};

struct behaviour {
    const char *path;
    void (*request)(struct exchange *exchange); /* its headers and all of its body are here */
    void (*data)(struct exchange *exchange);    /* some of its body is here */
    bool hold;                                  /* the flow-control window is not opened until released */
};

static void out_add(struct exchange *exchange, const void *data, size_t size)
{
    if (exchange->out_size + size > exchange->out_capacity) {
        exchange->out_capacity = (exchange->out_size + size) * 2;
        exchange->out = realloc(exchange->out, exchange->out_capacity);
    }
    memcpy(exchange->out + exchange->out_size, data, size);
    exchange->out_size += size;
}

static void out_note(struct exchange *exchange, const Test__Note *note)
{
    uint32_t size = (uint32_t)test__note__get_packed_size(note);
    uint8_t *packed = malloc(size + 5u);
    uint32_t size_be = htonl(size);
    packed[0] = 0;
    memcpy(packed + 1, &size_be, 4);
    test__note__pack(note, packed + 5);
    out_add(exchange, packed, size + 5u);
    free(packed);
}

static nghttp2_nv nv(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name), strlen(value),
                        0};
}

static ssize_t read_out(nghttp2_session *session, int32_t id, uint8_t *buffer, size_t size, uint32_t *flags,
                        nghttp2_data_source *source, void *user_data)
{
    struct exchange *exchange = source->ptr;
    size_t left = exchange->out_size - exchange->out_sent, n = left < size ? left : size;
    if (n)
        memcpy(buffer, exchange->out + exchange->out_sent, n);
    exchange->out_sent += n;
    if (exchange->out_sent < exchange->out_size)
        return (ssize_t)n;
    if (!exchange->status)
        return n ? (ssize_t)n : NGHTTP2_ERR_DEFERRED;
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!exchange->trailers_off) {
        nghttp2_nv trailers[] = {nv("grpc-status", exchange->status), nv("grpc-message", exchange->message)};
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        nghttp2_submit_trailer(session, id, trailers, exchange->message ? 2 : 1);
    }
    return (ssize_t)n;
}

static void answer(struct exchange *exchange, const char *status, const char *message)
{
    nghttp2_nv headers[] = {nv(":status", "200"), nv("content-type", "application/grpc+proto")};
    nghttp2_data_provider body = {{.ptr = exchange}, read_out};
    if (status) {
        exchange->status = status;
        exchange->message = message ? message : "";
    }
    if (exchange->answered)
        nghttp2_session_resume_data(exchange->peer->session, exchange->id);
    else
        nghttp2_submit_response(exchange->peer->session, exchange->id, headers, 2, &body);
    exchange->answered = true;
}

static Test__Note *request_note(struct exchange *exchange)
{
    return exchange->in_size < 5 ? NULL : test__note__unpack(NULL, exchange->in_size - 5, exchange->in + 5);
}

static void do_unary(struct exchange *exchange)
{
    out_add(exchange, exchange->in, exchange->in_size);
    answer(exchange, "0", NULL);
}

static void do_error(struct exchange *exchange)
{
    nghttp2_nv headers[] = {nv(":status", "200"), nv("content-type", "application/grpc"),
                            nv("grpc-status", "5"),
                            nv("grpc-message", "node \"a%25b\" not found: %C3%A9%zz%4")};
    nghttp2_submit_response(exchange->peer->session, exchange->id, headers, 4, NULL);
}

static void do_late_error(struct exchange *exchange)
{
    Test__Note note = TEST__NOTE__INIT;
    out_note(exchange, &note);
    answer(exchange, "9", "changed meanwhile");
}

static void do_strange_status(struct exchange *exchange)
{
    answer(exchange, "99", "what");
}

static void do_stream(struct exchange *exchange)
{
    Test__Note *request = request_note(exchange);
    char *pad = calloc(1, request->blob.len + 1);
    for (int i = 0; i < request->number; i++) {
        Test__Note note = TEST__NOTE__INIT;
        note.number = i;
        note.blob.len = request->blob.len;
        note.blob.data = (uint8_t *)pad;
        out_note(exchange, &note);
    }
    free(pad);
    test__note__free_unpacked(request, NULL);
    answer(exchange, "0", NULL);
}

static void data_bidi(struct exchange *exchange)
{
    out_add(exchange, exchange->in, exchange->in_size);
    exchange->in_size = 0;
    answer(exchange, NULL, NULL);
}

static void do_bidi(struct exchange *exchange)
{
    answer(exchange, "0", NULL);
}

static void do_big(struct exchange *exchange)
{
    Test__Note *request = request_note(exchange), note = TEST__NOTE__INIT;
    note.blob.len = (size_t)request->number;
    note.blob.data = malloc(note.blob.len);
    memset(note.blob.data, 'x', note.blob.len);
    out_note(exchange, &note);
    free(note.blob.data);
    test__note__free_unpacked(request, NULL);
    answer(exchange, "0", NULL);
}

static void do_hang(struct exchange *exchange)
{
}

static void do_reset(struct exchange *exchange)
{
    nghttp2_submit_rst_stream(exchange->peer->session, 0, exchange->id, NGHTTP2_INTERNAL_ERROR);
}

static void do_refuse_once(struct exchange *exchange)
{
    if (exchange->peer->server->refused++ == 0)
        nghttp2_submit_rst_stream(exchange->peer->session, 0, exchange->id, NGHTTP2_REFUSED_STREAM);
    else
        do_unary(exchange);
}

static void do_drop(struct exchange *exchange)
{
    exchange->peer->drop = true;
}

static void do_garbage(struct exchange *exchange)
{
    char garbage[256];
    memset(garbage, 0xa5, sizeof(garbage));
    ssize_t n = write(exchange->peer->fd, garbage, sizeof(garbage));
    (void)n;
}

static void do_html(struct exchange *exchange)
{
    nghttp2_nv headers[] = {nv(":status", "503"), nv("content-type", "text/html")};
    nghttp2_submit_response(exchange->peer->session, exchange->id, headers, 2, NULL);
}

static void do_not_grpc(struct exchange *exchange)
{
    nghttp2_nv headers[] = {nv(":status", "200"), nv("content-type", "text/html")};
    nghttp2_submit_response(exchange->peer->session, exchange->id, headers, 2, NULL);
}

static void do_goaway(struct exchange *exchange)
{
    nghttp2_submit_goaway(exchange->peer->session, 0, exchange->id, NGHTTP2_NO_ERROR, NULL, 0);
    do_unary(exchange);
}

static void do_partial(struct exchange *exchange)
{
    out_add(exchange, "\0\0\0\0\10abc", 8);
    answer(exchange, "0", NULL);
}

static void do_compressed(struct exchange *exchange)
{
    out_add(exchange, "\1\0\0\0\2ab", 7);
    answer(exchange, "0", NULL);
}

static void do_undecodable(struct exchange *exchange)
{
    out_add(exchange, "\0\0\0\0\2\377\377", 7);
    answer(exchange, "0", NULL);
}

static void do_no_status(struct exchange *exchange)
{
    exchange->trailers_off = true;
    answer(exchange, "0", NULL);
}

static void do_no_message(struct exchange *exchange)
{
    answer(exchange, "0", NULL);
}

static void do_two(struct exchange *exchange)
{
    out_add(exchange, exchange->in, exchange->in_size);
    do_unary(exchange);
}

static void do_headers(struct exchange *exchange)
{
    Test__Note note = TEST__NOTE__INIT;
    char text[128];
    snprintf(text, sizeof(text), "%s|%s", exchange->timeout[0] ? "timeout" : "", exchange->metadata);
    note.text = text;
    out_note(exchange, &note);
    answer(exchange, "0", NULL);
}

static void do_slow(struct exchange *exchange)
{
    Test__Note note = TEST__NOTE__INIT;
    note.number = (int32_t)exchange->in_size;
    out_note(exchange, &note);
    answer(exchange, "0", NULL);
}

static const struct behaviour behaviours[] = {
    {"/test/Unary", do_unary},
    {"/test/Error", do_error},
    {"/test/LateError", do_late_error},
    {"/test/StrangeStatus", do_strange_status},
    {"/test/Stream", do_stream},
    {"/test/Bidi", do_bidi, data_bidi},
    {"/test/Big", do_big},
    {"/test/Hang", do_hang},
    {"/test/Reset", do_reset},
    {"/test/RefuseOnce", do_refuse_once},
    {"/test/Drop", do_drop},
    {"/test/Garbage", do_garbage},
    {"/test/Html", do_html},
    {"/test/NotGrpc", do_not_grpc},
    {"/test/Goaway", do_goaway},
    {"/test/Partial", do_partial},
    {"/test/Compressed", do_compressed},
    {"/test/Undecodable", do_undecodable},
    {"/test/NoStatus", do_no_status},
    {"/test/NoMessage", do_no_message},
    {"/test/Two", do_two},
    {"/test/Headers", do_headers},
    {"/test/Slow", do_slow, NULL, true},
};

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct peer *peer = user_data;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    exchange->id = frame->hd.stream_id;
    exchange->peer = peer;
    exchange->next = peer->exchanges;
    peer->exchanges = exchange;
    nghttp2_session_set_stream_user_data(session, exchange->id, exchange);
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
                     void *user_data)
{
    struct exchange *exchange = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    const char *key = (const char *)name;
    if (strcmp(key, ":path") == 0)
        snprintf(exchange->path, sizeof(exchange->path), "%s", (const char *)value);
    else if (strcmp(key, "grpc-timeout") == 0)
        snprintf(exchange->timeout, sizeof(exchange->timeout), "%s", (const char *)value);
    else if (strcmp(key, "x-test") == 0)
        snprintf(exchange->metadata, sizeof(exchange->metadata), "%s", (const char *)value);
    for (size_t i = 0; i < sizeof(behaviours) / sizeof(behaviours[0]); i++)
        if (strcmp(behaviours[i].path, exchange->path) == 0)
            exchange->behaviour = &behaviours[i];
    return 0;
}

static void request_ended(struct exchange *exchange)
{
    nghttp2_nv headers[] = {nv(":status", "200"), nv("content-type", "application/grpc"),
                            nv("grpc-status", "12")};
    if (exchange->behaviour)
        exchange->behaviour->request(exchange);
    else
        nghttp2_submit_response(exchange->peer->session, exchange->id, headers, 3, NULL);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct exchange *exchange = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (exchange && !exchange->ended && frame->hd.flags & NGHTTP2_FLAG_END_STREAM &&
        (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)) {
        exchange->ended = true;
        request_ended(exchange);
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t size,
                   void *user_data)
{
    struct exchange *exchange = nghttp2_session_get_stream_user_data(session, id);
    struct peer *peer = user_data;
    exchange->in = realloc(exchange->in, exchange->in_size + size);
    memcpy(exchange->in + exchange->in_size, data, size);
    exchange->in_size += size;
    nghttp2_session_consume_connection(session, size);
    pthread_mutex_lock(&peer->server->lock);
    bool hold = exchange->behaviour && exchange->behaviour->hold && !peer->server->released;
    pthread_mutex_unlock(&peer->server->lock);
    if (hold)
        exchange->unconsumed += size;
    else
        nghttp2_session_consume_stream(session, id, size);
    if (exchange->behaviour && exchange->behaviour->data)
        exchange->behaviour->data(exchange);
    return 0;
}

static void exchange_free(struct exchange *exchange)
{
    free(exchange->in);
    free(exchange->out);
    free(exchange);
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error_code, void *user_data)
{
    struct peer *peer = user_data;
    for (struct exchange **at = &peer->exchanges, *found; (found = *at); at = &found->next)
        if (found->id == id) {
            *at = found->next;
            exchange_free(found);
            break;
        }
    if (error_code == NGHTTP2_CANCEL) {
        pthread_mutex_lock(&peer->server->lock);
        peer->server->resets++;
        pthread_cond_broadcast(&peer->server->changed);
        pthread_mutex_unlock(&peer->server->lock);
    }
    return 0;
}

static ssize_t on_send(nghttp2_session *session, const uint8_t *data, size_t size, int flags, void *user_data)
{
    struct peer *peer = user_data;
    ssize_t n = peer->ssl ? SSL_write(peer->ssl, data, (int)size) : send(peer->fd, data, size, MSG_NOSIGNAL);
    return n > 0 ? n : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static void peer_free(struct peer *peer)
{
    nghttp2_session_del(peer->session);
    for (struct exchange *exchange = peer->exchanges, *next; exchange; exchange = next) {
        next = exchange->next;
        exchange_free(exchange);
    }
    SSL_free(peer->ssl);
    close(peer->fd);
    free(peer);
}

static void session_start(struct peer *peer)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
    nghttp2_session_server_new2(&peer->session, callbacks, peer, option);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 50}};
    nghttp2_submit_settings(peer->session, 0, settings, 1);
    nghttp2_session_send(peer->session);
}

static void peer_accept(struct test_server *server)
{
    struct peer *peer = calloc(1, sizeof(*peer));
    peer->server = server;
    int one = 1;
    peer->fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* refused by unix sockets */
    unsigned i = 0;
    while (i < PEERS_MAX && server->peers[i])
        i++;
    bool ok = peer->fd >= 0 && i < PEERS_MAX;
    if (ok && server->tls) {
        peer->ssl = SSL_new(server->tls);
        SSL_set_fd(peer->ssl, peer->fd);
        ok = SSL_accept(peer->ssl) == 1;
    }
    if (!ok) {
        peer_free(peer);
        return;
    }
    pthread_mutex_lock(&server->lock);
    server->accepted++;
    pthread_mutex_unlock(&server->lock);
    server->peers[i] = peer;
    session_start(peer);
}

static bool peer_read(struct peer *peer)
{
    uint8_t buffer[16384];
    do {
        ssize_t n =
            peer->ssl ? SSL_read(peer->ssl, buffer, sizeof(buffer)) : read(peer->fd, buffer, sizeof(buffer));
        if (n <= 0 || nghttp2_session_mem_recv(peer->session, buffer, (size_t)n) < 0)
            return false;
    } while (peer->ssl && SSL_pending(peer->ssl));
    return nghttp2_session_send(peer->session) == 0 && !peer->drop;
}

static void release_held(struct test_server *server)
{
    for (unsigned i = 0; i < PEERS_MAX; i++) {
        struct peer *peer = server->peers[i];
        for (struct exchange *exchange = peer ? peer->exchanges : NULL; exchange; exchange = exchange->next) {
            nghttp2_session_consume_stream(peer->session, exchange->id, exchange->unconsumed);
            exchange->unconsumed = 0;
        }
        if (peer)
            nghttp2_session_send(peer->session);
    }
}

static bool server_told(struct test_server *server)
{
    uint64_t count;
    ssize_t n = read(server->event_fd, &count, sizeof(count));
    (void)n;
    pthread_mutex_lock(&server->lock);
    bool stopping = server->stopping, released = server->released;
    pthread_mutex_unlock(&server->lock);
    if (released)
        release_held(server);
    return !stopping;
}

static void *server_run(void *argument)
{
    struct test_server *server = argument;
    for (bool running = true; running;) {
        struct pollfd fds[2 + PEERS_MAX] = {{.fd = server->listen_fd, .events = POLLIN},
                                            {.fd = server->event_fd, .events = POLLIN}};
        for (unsigned i = 0; i < PEERS_MAX; i++)
            fds[2 + i] =
                (struct pollfd){.fd = server->peers[i] ? server->peers[i]->fd : -1, .events = POLLIN};
        poll(fds, 2 + PEERS_MAX, -1);
        for (unsigned i = 0; i < PEERS_MAX; i++)
            if (server->peers[i] && fds[2 + i].revents && !peer_read(server->peers[i])) {
                peer_free(server->peers[i]);
                server->peers[i] = NULL;
            }
        if (fds[1].revents)
            running = server_told(server);
        if (fds[0].revents)
            peer_accept(server);
    }
    for (unsigned i = 0; i < PEERS_MAX; i++)
        if (server->peers[i])
            peer_free(server->peers[i]);
    return NULL;
}

static int select_h2(SSL *ssl, const unsigned char **out, unsigned char *out_size, const unsigned char *in,
                     unsigned in_size, void *argument)
{
    return nghttp2_select_next_protocol((unsigned char **)(uintptr_t)out, out_size, in, in_size) == 1
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* A certificate for 127.0.0.1 that signs itself. */
static bool tls_make(struct test_server *server)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key, EVP_sha256());
    FILE *file = fopen(server->ca_file, "w");
    bool ok = file && PEM_write_X509(file, certificate);
    if (file)
        fclose(file);
    server->tls = SSL_CTX_new(TLS_server_method());
    ok = ok && SSL_CTX_use_certificate(server->tls, certificate) == 1 &&
         SSL_CTX_use_PrivateKey(server->tls, key) == 1;
    SSL_CTX_set_alpn_select_cb(server->tls, select_h2, NULL);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return ok;
}

static bool listen_unix(struct test_server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", server->folder);
    snprintf(server->target, sizeof(server->target), "unix://%s", address.sun_path);
    server->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return bind(server->listen_fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static bool listen_tcp(struct test_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    server->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->listen_fd, (struct sockaddr *)&address, size) ||
        getsockname(server->listen_fd, (struct sockaddr *)&address, &size))
        return false;
    snprintf(server->target, sizeof(server->target), "%s://127.0.0.1:%u",
             server->kind == TEST_SERVER_TLS ? "https" : "http", ntohs(address.sin_port));
    return true;
}

struct test_server *test_server_start(enum test_server_kind kind)
{
    struct test_server *server = calloc(1, sizeof(*server));
    server->kind = kind;
    snprintf(server->folder, sizeof(server->folder), "/tmp/grpc-c-XXXXXX");
    server->event_fd = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    if (!mkdtemp(server->folder))
        return NULL;
    snprintf(server->ca_file, sizeof(server->ca_file), "%s/ca.pem", server->folder);
    if (kind == TEST_SERVER_TLS && !tls_make(server))
        return NULL;
    if (!(kind == TEST_SERVER_UNIX ? listen_unix(server) : listen_tcp(server)) ||
        listen(server->listen_fd, 16))
        return NULL;
    return pthread_create(&server->thread, NULL, server_run, server) ? NULL : server;
}

static void server_tell(struct test_server *server, bool *flag)
{
    uint64_t one = 1;
    pthread_mutex_lock(&server->lock);
    *flag = true;
    pthread_mutex_unlock(&server->lock);
    ssize_t n = write(server->event_fd, &one, sizeof(one));
    (void)n;
}

void test_server_stop(struct test_server *server)
{
    char path[96];
    if (!server)
        return;
    server_tell(server, &server->stopping);
    pthread_join(server->thread, NULL);
    close(server->listen_fd);
    close(server->event_fd);
    SSL_CTX_free(server->tls);
    unlink(server->ca_file);
    snprintf(path, sizeof(path), "%s/s", server->folder);
    unlink(path);
    rmdir(server->folder);
    pthread_mutex_destroy(&server->lock);
    pthread_cond_destroy(&server->changed);
    free(server);
}

const char *test_server_target(const struct test_server *server)
{
    return server->target;
}

const char *test_server_ca_file(const struct test_server *server)
{
    return server->ca_file;
}

void test_server_release(struct test_server *server)
{
    server_tell(server, &server->released);
}

unsigned test_server_connections(struct test_server *server)
{
    pthread_mutex_lock(&server->lock);
    unsigned count = server->accepted;
    pthread_mutex_unlock(&server->lock);
    return count;
}

void test_server_wait_resets(struct test_server *server, unsigned count)
{
    pthread_mutex_lock(&server->lock);
    while (server->resets < count)
        pthread_cond_wait(&server->changed, &server->lock);
    pthread_mutex_unlock(&server->lock);
}
