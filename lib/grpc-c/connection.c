/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP/2 connection: connecting, TLS, moving bytes between the socket and nghttp2, and its end. Nothing
 * here blocks: the channel's thread waits in epoll, and whoever holds the mutex may write.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/grpc-c/channel.h"

enum { READS_PER_EVENT = 8 }; /* then others get the mutex; epoll tells of the rest */

void connection_break(struct connection *connection, const char *fmt, ...)
{
    if (!connection->trouble[0]) {
        va_list args;
        va_start(args, fmt);
        vsnprintf(connection->trouble, sizeof(connection->trouble), fmt, args);
        va_end(args);
    }
    if (!connection->broken) {
        connection->broken = true;
        channel_poke(connection->channel);
    }
}

static void connection_arm(struct connection *connection, bool writing)
{
    struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0u), .data.ptr = connection};
    if (writing == connection->writing)
        return;
    connection->writing = writing;
    epoll_ctl(connection->channel->epoll_fd, EPOLL_CTL_MOD, connection->fd, &event);
}

static ssize_t connection_write(struct connection *connection, const uint8_t *data, size_t size)
{
    if (connection->ssl)
        return tls_write(connection->ssl, data, size, connection->trouble, sizeof(connection->trouble));
    return send(connection->fd, data, size, MSG_NOSIGNAL);
}

/* Collects some frames, so that a small request is one packet. */
static int connection_fill(struct connection *connection)
{
    while (connection->out.size < READ_BYTES) {
        const uint8_t *data;
        ssize_t n = nghttp2_session_mem_send(connection->session, &data);
        if (n < 0) {
            connection_break(connection, "HTTP/2: %s", nghttp2_strerror((int)n));
            return -1;
        }
        if (n == 0)
            break;
        memcpy(bytes_extend(&connection->out, (size_t)n), data, (size_t)n);
    }
    return 0;
}

void connection_flush(struct connection *connection)
{
    if (connection->broken || !connection->session)
        return;
    for (;;) {
        if (connection->out_sent == connection->out.size) {
            connection->out.size = connection->out_sent = 0;
            if (connection_fill(connection) < 0)
                return;
            if (connection->out.size == 0)
                break;
        }
        ssize_t n = connection_write(connection, connection->out.data + connection->out_sent,
                                     connection->out.size - connection->out_sent);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) {
            connection_arm(connection, true);
            return;
        }
        if (n <= 0) {
            connection_break(connection, "%s", n ? strerror(errno) : "closed by the peer");
            return;
        }
        connection->out_sent += (size_t)n;
    }
    connection_arm(connection, false);
}

static void connection_opened(struct connection *connection)
{
    connection->state = CONNECTION_OPEN;
    connection->received_ns = grpc_now_ns();
    if (http2_session_new(connection) < 0) {
        connection_break(connection, "HTTP/2: no session");
        return;
    }
    connection_flush(connection);
    channel_connected(connection->channel, connection);
}

static void connection_handshake(struct connection *connection)
{
    bool want_write = false;
    int rc = tls_handshake(connection->ssl, &want_write, connection->trouble, sizeof(connection->trouble));
    if (rc < 0)
        connection_break(connection, "TLS handshake");
    else if (rc == 0)
        connection_arm(connection, want_write);
    else
        connection_opened(connection);
}

static void connection_established(struct connection *connection)
{
    struct grpc_channel *channel = connection->channel;
    int one = 1;
    if (channel->target.kind != TARGET_UNIX)
        setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    connection_arm(connection, false);
    if (channel->target.kind != TARGET_HTTPS) {
        connection_opened(connection);
        return;
    }
    struct grpc_error err;
    connection->ssl = tls_new(channel, connection->fd, &err);
    if (!connection->ssl) {
        connection_break(connection, "%s", err.message);
        return;
    }
    connection->state = CONNECTION_HANDSHAKING;
    connection_handshake(connection);
}

int connection_start(struct grpc_channel *channel, const struct address *address, struct grpc_error *err)
{
    int fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int rc = fd < 0 ? -1 : connect(fd, (const struct sockaddr *)&address->socket, address->size);
    if (rc < 0 && (fd < 0 || errno != EINPROGRESS)) {
        grpc_fail(err, GRPC_UNAVAILABLE, "connect %s: %s", channel->name, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    struct connection *connection = grpc_alloc(sizeof(*connection));
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = connection};
    connection->channel = channel;
    connection->fd = fd;
    connection->writing = true;
    connection->connect_deadline_ns = grpc_now_ns() + channel->connect_timeout_ms * 1000000;
    connection->next = channel->connections;
    channel->connections = connection;
    epoll_ctl(channel->epoll_fd, EPOLL_CTL_ADD, fd, &event);
    if (rc == 0)
        connection_established(connection);
    return 0;
}

void connection_close(struct connection *connection, const char *why)
{
    struct grpc_channel *channel = connection->channel;
    bool was_open = connection->state >= CONNECTION_OPEN;
    struct grpc_error error;
    grpc_fail(&error, GRPC_UNAVAILABLE, "%s %s: %s", was_open ? "connection to" : "connect", channel->name,
              why);
    while (connection->streams) {
        struct grpc_stream *stream = connection->streams;
        stream_finish(stream, GRPC_UNAVAILABLE, "%s", error.message);
    }
    for (struct connection **at = &channel->connections; *at; at = &(*at)->next)
        if (*at == connection) {
            *at = connection->next;
            break;
        }
    if (channel->current == connection)
        channel->current = NULL;
    nghttp2_session_del(connection->session);
    SSL_free(connection->ssl);
    /* close() alone does not end the registration while a child between fork and exec holds the socket too:
     * epoll would go on telling of a connection that is gone. */
    epoll_ctl(channel->epoll_fd, EPOLL_CTL_DEL, connection->fd, NULL);
    close(connection->fd);
    bytes_free(&connection->out);
    free(connection);
    if (!was_open)
        channel_connect_failed(channel, &error);
}

static ssize_t connection_read(struct connection *connection, uint8_t *buffer)
{
    if (connection->ssl)
        return tls_read(connection->ssl, buffer, READ_BYTES, connection->trouble,
                        sizeof(connection->trouble));
    return recv(connection->fd, buffer, READ_BYTES, 0);
}

static void connection_receive(struct connection *connection)
{
    for (int round = 0; round < READS_PER_EVENT || (connection->ssl && SSL_has_pending(connection->ssl));
         round++) {
        ssize_t n = connection_read(connection, connection->channel->read_buffer);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (n <= 0) {
            connection_break(connection, "%s", n ? strerror(errno) : "closed by the peer");
            return;
        }
        ssize_t taken =
            nghttp2_session_mem_recv(connection->session, connection->channel->read_buffer, (size_t)n);
        if (taken < 0) {
            connection_break(connection, "HTTP/2: %s", nghttp2_strerror((int)taken));
            return;
        }
        if (n < READ_BYTES && !connection->ssl)
            break; /* the socket is empty; epoll tells if not */
    }
    connection->received_ns = grpc_now_ns();
    connection->pinged_ns = 0;
    connection_flush(connection);
    if (!nghttp2_session_want_read(connection->session) && !nghttp2_session_want_write(connection->session))
        connection_break(connection, "HTTP/2: connection ended");
}

void connection_event(struct connection *connection, uint32_t events)
{
    if (connection->broken)
        return;
    if (connection->state == CONNECTION_CONNECTING) {
        int error = 0;
        socklen_t size = sizeof(error);
        getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error)
            connection_break(connection, "%s", strerror(error));
        else if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
            connection_established(connection);
    } else if (connection->state == CONNECTION_HANDSHAKING) {
        connection_handshake(connection);
    } else {
        if (events & EPOLLOUT)
            connection_flush(connection);
        if (!connection->broken && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
            connection_receive(connection);
    }
}
