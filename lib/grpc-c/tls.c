/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS for https targets. The context is made anew for every connection, which is rare, so that renewed
 * certificate files are taken up by themselves. The socket goes through a BIO of our own, because OpenSSL's
 * would let a closed peer raise SIGPIPE in a process whose signals are not ours.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/grpc-c/channel.h"

static void tls_words(char *ret, size_t size, const char *what)
{
    unsigned long code = ERR_get_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    snprintf(ret, size, "%s%s%s", what, reason ? ": " : "", reason ? reason : "");
    ERR_clear_error();
}

static int socket_write(BIO *bio, const char *data, int size)
{
    ssize_t n = send((int)(intptr_t)BIO_get_data(bio), data, (size_t)size, MSG_NOSIGNAL);
    BIO_clear_retry_flags(bio);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_write(bio);
    return (int)n;
}

static int socket_read(BIO *bio, char *data, int size)
{
    ssize_t n = recv((int)(intptr_t)BIO_get_data(bio), data, (size_t)size, 0);
    BIO_clear_retry_flags(bio);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_read(bio);
    return (int)n;
}

static long socket_control(BIO *bio, int command, long number, void *pointer)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *socket_method;

static void socket_method_make(void)
{
    socket_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "grpc-c socket");
    if (socket_method) {
        BIO_meth_set_write(socket_method, socket_write);
        BIO_meth_set_read(socket_method, socket_read);
        BIO_meth_set_ctrl(socket_method, socket_control);
    }
}

/* A library that is unloaded must leave nothing behind that points into it. */
__attribute__((destructor)) static void socket_method_free(void)
{
    BIO_meth_free(socket_method);
}

static SSL_CTX *tls_context(const struct grpc_channel *channel, struct grpc_error *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    const char *what = "TLS context";
    char words[256];
    if (!context)
        goto failed;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    what = channel->ca_file ? channel->ca_file : "system certificates";
    if (channel->ca_file ? !SSL_CTX_load_verify_locations(context, channel->ca_file, NULL)
                         : !SSL_CTX_set_default_verify_paths(context))
        goto failed;
    what = channel->cert_file;
    if (channel->cert_file && SSL_CTX_use_certificate_chain_file(context, channel->cert_file) != 1)
        goto failed;
    what = channel->key_file;
    if (channel->key_file &&
        (SSL_CTX_use_PrivateKey_file(context, channel->key_file, SSL_FILETYPE_PEM) != 1 ||
         SSL_CTX_check_private_key(context) != 1))
        goto failed;
    what = "ALPN";
    if (SSL_CTX_set_alpn_protos(context, (const unsigned char *)"\2h2", 3))
        goto failed;
    return context;
failed:
    tls_words(words, sizeof(words), what);
    grpc_fail(err, GRPC_UNAVAILABLE, "%s: %s", channel->name, words);
    SSL_CTX_free(context);
    return NULL;
}

static int tls_set_name(SSL *ssl, const char *name)
{
    struct in6_addr address;
    if (inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name);
    return SSL_set1_host(ssl, name) && SSL_set_tlsext_host_name(ssl, name);
}

SSL *tls_new(const struct grpc_channel *channel, int fd, struct grpc_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, socket_method_make);
    ERR_clear_error();
    SSL_CTX *context = tls_context(channel, err);
    if (!context)
        return NULL;
    SSL *ssl = SSL_new(context);
    SSL_CTX_free(context);
    BIO *bio = ssl && socket_method ? BIO_new(socket_method) : NULL;
    if (!bio || !tls_set_name(ssl, channel->server_name ? channel->server_name : channel->target.host)) {
        grpc_fail(err, GRPC_UNAVAILABLE, "%s: cannot set up TLS", channel->name);
        BIO_free(bio);
        SSL_free(ssl);
        return NULL;
    }
    BIO_set_data(bio, (void *)(intptr_t)fd);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_connect_state(ssl);
    return ssl;
}

int tls_handshake(SSL *ssl, bool *want_write, char *trouble, size_t trouble_size)
{
    ERR_clear_error();
    int rc = SSL_do_handshake(ssl);
    if (rc == 1) {
        const unsigned char *protocol = NULL;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl, &protocol, &size);
        if (size == 2 && memcmp(protocol, "h2", 2) == 0)
            return 1;
        snprintf(trouble, trouble_size, "TLS: the server does not offer HTTP/2 (ALPN h2)");
        return -1;
    }
    int why = SSL_get_error(ssl, rc);
    *want_write = why == SSL_ERROR_WANT_WRITE;
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
        return 0;
    long verified = SSL_get_verify_result(ssl);
    if (verified != X509_V_OK)
        snprintf(trouble, trouble_size, "TLS: the server's certificate: %s",
                 X509_verify_cert_error_string(verified));
    else
        tls_words(trouble, trouble_size, "TLS handshake");
    return -1;
}

/* Turns OpenSSL's view of a failed transfer into that of read() and write(). */
static ssize_t tls_result(SSL *ssl, int rc, const char *what, char *trouble, size_t trouble_size)
{
    int saved = errno, why = SSL_get_error(ssl, rc);
    if (why == SSL_ERROR_ZERO_RETURN)
        return 0;
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        errno = EAGAIN;
        return -1;
    }
    tls_words(trouble, trouble_size, what);
    errno = why == SSL_ERROR_SYSCALL && saved ? saved : EPROTO;
    return -1;
}

ssize_t tls_read(SSL *ssl, void *data, size_t size, char *trouble, size_t trouble_size)
{
    ERR_clear_error();
    int n = SSL_read(ssl, data, size > INT_MAX ? INT_MAX : (int)size);
    return n > 0 ? n : tls_result(ssl, n, "TLS read", trouble, trouble_size);
}

ssize_t tls_write(SSL *ssl, const void *data, size_t size, char *trouble, size_t trouble_size)
{
    ERR_clear_error();
    int n = SSL_write(ssl, data, size > INT_MAX ? INT_MAX : (int)size);
    return n > 0 ? n : tls_result(ssl, n, "TLS write", trouble, trouble_size);
}
