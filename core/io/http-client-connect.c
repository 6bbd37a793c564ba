/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a host's name to a connected socket: addresses are taken as they are, names are looked up by
 * getaddrinfo on a helper thread, and the addresses are tried one after another, each for its share of the
 * time.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/io/http-client-private.h"

#define RESOLVER_STACK_BYTES (256u * 1024)

struct http_client_resolution {
    struct http_client *client;
    struct http_client_connection *connection; /* NULL: it is gone. Loop thread. */
    char *host;
    char port[8];
    struct addrinfo *addresses;
    int error;
};

static int look_up(const char *host, const char *port, int flags, struct addrinfo **ret)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};
    return getaddrinfo(host, port, &hints, ret);
}

static void fail(struct http_client_connection *c, const char *why)
{
    snprintf(c->failure, sizeof(c->failure), "%s", why);
}

static void set_addresses(struct http_client_connection *c, struct addrinfo *addresses)
{
    c->addresses = c->next_address = addresses;
    http_client_connect_next(c);
}

static void resolved(void *context)
{
    struct http_client_resolution *resolution = context;
    struct http_client_connection *c = resolution->connection;
    if (c) {
        c->resolution = NULL;
        if (resolution->error)
            fail(c, gai_strerror(resolution->error));
        set_addresses(c, TAKE_PTR(resolution->addresses));
    }
    if (resolution->addresses)
        freeaddrinfo(resolution->addresses);
    free(resolution->host);
    free(resolution);
}

static void *resolve(void *arg)
{
    struct http_client_resolution *resolution = arg;
    struct http_client *client = resolution->client;
    resolution->error = look_up(resolution->host, resolution->port, AI_ADDRCONFIG, &resolution->addresses);
    loop_post(client->loop, resolved, resolution);
    pthread_mutex_lock(&client->lock);
    client->resolving--;
    pthread_cond_broadcast(&client->changed);
    pthread_mutex_unlock(&client->lock);
    return NULL;
}

static void start_resolver(struct http_client_connection *c, const char *port)
{
    struct http_client *client = c->client;
    struct http_client_resolution *resolution = new0(struct http_client_resolution);
    resolution->client = client;
    resolution->connection = c;
    resolution->host = xstrdup(client->config.host);
    snprintf(resolution->port, sizeof(resolution->port), "%s", port);
    c->resolution = resolution;
    pthread_mutex_lock(&client->lock);
    client->resolving++;
    pthread_mutex_unlock(&client->lock);
    int error = thread_start("resolve", RESOLVER_STACK_BYTES, resolve, resolution, NULL);
    if (!error)
        return;
    pthread_mutex_lock(&client->lock);
    client->resolving--;
    pthread_mutex_unlock(&client->lock);
    resolution->error = EAI_AGAIN;
    loop_post(client->loop, resolved, resolution);
}

/* Returns whether the socket is on its way; a unix socket is connected at once. */
static bool start_socket(struct http_client_connection *c, int family, const struct sockaddr *address,
                         socklen_t size)
{
    int one = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (fd >= 0 && (connect(fd, address, size) == 0 || errno == EINPROGRESS)) {
        c->connecting_fd = fd;
        return true;
    }
    fail(c, strerror(errno));
    if (fd >= 0)
        close(fd);
    return false;
}

static void on_connected(void *context, uint32_t events)
{
    struct http_client_connection *c = context;
    int error = 0;
    socklen_t size = sizeof(error);
    getsockopt(c->connecting_fd, SOL_SOCKET, SO_ERROR, &error, &size);
    loop_fd_remove(c->connecting);
    c->connecting = NULL;
    if (!error) {
        http_client_connection_connected(c, TAKE_FD(c->connecting_fd));
        return;
    }
    fail(c, strerror(error));
    http_client_connect_next(c);
}

static void drop_socket(struct http_client_connection *c)
{
    loop_fd_remove(c->connecting);
    c->connecting = NULL;
    if (c->connecting_fd >= 0)
        close(c->connecting_fd);
    c->connecting_fd = -1;
}

static unsigned addresses_left(const struct http_client_connection *c)
{
    unsigned count = 0;
    for (const struct addrinfo *a = c->next_address; a; a = a->ai_next)
        count++;
    return count;
}

void http_client_connect_next(struct http_client_connection *c)
{
    drop_socket(c);
    while (c->next_address) {
        struct addrinfo *address = c->next_address;
        int64_t now = clock_monotonic_ms(), until = c->started_ms + c->client->config.connect_timeout_ms;
        c->address_until_ms = now + MAX(until - now, 0) / MAX(addresses_left(c), 1u);
        c->next_address = address->ai_next;
        if (start_socket(c, address->ai_family, address->ai_addr, address->ai_addrlen)) {
            c->connecting = loop_fd_add(c->client->loop, c->connecting_fd, EPOLLOUT, on_connected, c);
            http_client_connection_arm(c);
            return;
        }
    }
    http_client_connection_connected(c, -1);
}

static void connect_unix(struct http_client_connection *c)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = c->client->config.unix_path;
    if (strlen(path) >= sizeof(address.sun_path)) {
        fail(c, "the socket's path is too long");
    } else {
        memcpy(address.sun_path, path, strlen(path));
        start_socket(c, AF_UNIX, (const struct sockaddr *)&address, sizeof(address));
    }
    http_client_connection_connected(c, TAKE_FD(c->connecting_fd));
}

void http_client_connect(struct http_client_connection *c)
{
    const struct http_client_config *config = &c->client->config;
    struct addrinfo *addresses = NULL;
    char port[8];
    c->connecting_fd = -1;
    snprintf(port, sizeof(port), "%u", config->port);
    if (config->unix_path)
        connect_unix(c);
    else if (look_up(config->host, port, AI_NUMERICHOST, &addresses) == 0)
        set_addresses(c, addresses);
    else
        start_resolver(c, port);
}

void http_client_connect_cancel(struct http_client_connection *c)
{
    drop_socket(c);
    if (c->resolution)
        c->resolution->connection = NULL;
    if (c->addresses)
        freeaddrinfo(c->addresses);
    c->addresses = c->next_address = NULL;
}
