/* SPDX-License-Identifier: Apache-2.0 */
/* See test-server.h. */
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cloud-http/test-server.h"

#define CONNECTIONS_MAX 2048
#define REQUEST_MAX     65536

struct connection {
    struct test_server *server;
    pthread_t thread;
    int fd;
};

struct test_server {
    int listener, port;
    pthread_t thread;
    pthread_mutex_t lock; /* protects what follows */
    struct connection connections[CONNECTIONS_MAX];
    unsigned count, requests;
};

struct received {
    char head[REQUEST_MAX]; /* with the body behind it */
    size_t size;
    const char *body;
    size_t body_size;
};

static bool send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data += sent;
        size -= (size_t)sent;
    }
    return true;
}

static bool send_text(int fd, const char *text)
{
    return send_all(fd, text, strlen(text));
}

/* Each answers one request; false: the connection is to end. */

static bool echo(int fd, const struct received *r)
{
    char head[256];
    snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n",
             r->body_size);
    return send_text(fd, head) && send_all(fd, r->body, r->body_size);
}

/* As AWS's query APIs answer "Action=Name&…": an empty <NameResponse>. */
static bool action(int fd, const struct received *r)
{
    char head[256], body[128];
    const char *name = strncmp(r->body, "Action=", 7) == 0 ? r->body + 7 : "";
    int size = snprintf(body, sizeof(body), "<%.*sResponse/>",
                        (int)(strcspn(name, "&") < 80 ? strcspn(name, "&") : 80), name);
    snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n",
             size);
    return send_text(fd, head) && send_text(fd, body);
}

static bool show_head(int fd, const struct received *r)
{
    char head[128];
    size_t size = (size_t)(r->body - r->head);
    snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", size);
    return send_text(fd, head) && send_all(fd, r->head, size);
}

static bool with_headers(int fd, const struct received *r)
{
    return send_text(fd,
                     "HTTP/1.1 100 Continue\r\n\r\n"
                     "HTTP/1.1 503 Slow Down\r\ncontent-type: text/xml;charset=UTF-8\r\nRetry-After: 7 \r\n"
                     "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nx-amzn-RequestId: 1b-2c\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n5\r\n<a/>\n\r\n0\r\n\r\n");
}

static bool odd_headers(int fd, const struct received *r)
{
    return send_text(
        fd, "HTTP/1.1 204 None\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: yesterday\r\n\r\n");
}

static bool redirect(int fd, const struct received *r)
{
    return send_text(fd, "HTTP/1.1 302 Found\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n");
}

static bool truncated(int fd, const struct received *r)
{
    send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    return false;
}

static bool chunks_cut(int fd, const struct received *r)
{
    send_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n");
    return false;
}

static bool reset(int fd, const struct received *r)
{
    const struct linger at_once = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    return false;
}

static bool garbage(int fd, const struct received *r)
{
    send_text(fd, "SSH-2.0-something\r\n\r\n");
    return false;
}

static bool silent(int fd, const struct received *r)
{
    char more;
    while (recv(fd, &more, 1, 0) > 0)
        ;
    return false;
}

static bool half(int fd, const struct received *r)
{
    send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    return silent(fd, r);
}

/* Never ends, unless the other side does. */
static bool drip(int fd, const struct received *r)
{
    bool more = send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (more) {
        more = send_text(fd, ".");
        usleep(10000);
    }
    return false;
}

static bool huge(int fd, const struct received *r)
{
    static const char block[65536];
    bool more = send_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (more)
        more = send_text(fd, "10000\r\n") && send_all(fd, block, sizeof(block)) && send_text(fd, "\r\n");
    return false;
}

static bool last_one(int fd, const struct received *r)
{
    echo(fd, r);
    return false;
}

static const struct {
    const char *name;
    bool (*act)(int fd, const struct received *r);
} acts[] = {
    {"echo", echo},         {"head", show_head},    {"headers", with_headers},
    {"odd", odd_headers},   {"redirect", redirect}, {"short", truncated},
    {"chunks", chunks_cut}, {"reset", reset},       {"garbage", garbage},
    {"silent", silent},     {"half", half},         {"drip", drip},
    {"huge", huge},         {"last", last_one},     {"action", action},
};

static size_t content_length(const char *head)
{
    const char *at = strcasestr(head, "\r\ncontent-length:");
    return at ? strtoul(at + 17, NULL, 10) : 0;
}

static bool receive(int fd, struct received *r)
{
    const char *end = NULL;
    r->size = 0;
    while (!end || r->size < (size_t)(end - r->head) + 4 + r->body_size) {
        ssize_t got =
            r->size < sizeof(r->head) - 1 ? recv(fd, r->head + r->size, sizeof(r->head) - 1 - r->size, 0) : 0;
        if (got <= 0)
            return false;
        r->size += (size_t)got;
        r->head[r->size] = 0;
        end = strstr(r->head, "\r\n\r\n");
        r->body_size = end ? content_length(r->head) : 0;
    }
    r->body = end + 4;
    return true;
}

static bool answer(int fd, const struct received *r)
{
    const char *path = strchr(r->head, '/');
    for (size_t i = 0; path && i < sizeof(acts) / sizeof(acts[0]); i++) {
        size_t length = strcspn(path + 1, " /?");
        if (strlen(acts[i].name) == length && memcmp(path + 1, acts[i].name, length) == 0)
            return acts[i].act(fd, r);
    }
    return send_text(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

static void *serve(void *argument)
{
    struct connection *c = argument;
    struct received *r = malloc(sizeof(*r));
    bool more = r != NULL;
    while (more && receive(c->fd, r)) {
        pthread_mutex_lock(&c->server->lock);
        c->server->requests++;
        pthread_mutex_unlock(&c->server->lock);
        more = answer(c->fd, r);
    }
    free(r);
    pthread_mutex_lock(&c->server->lock);
    close(c->fd);
    c->fd = -1;
    pthread_mutex_unlock(&c->server->lock);
    return NULL;
}

static void *accept_all(void *argument)
{
    struct test_server *server = argument;
    int fd;
    while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
        pthread_mutex_lock(&server->lock);
        struct connection *c = &server->connections[server->count];
        *c = (struct connection){.server = server, .fd = fd};
        if (server->count == CONNECTIONS_MAX || pthread_create(&c->thread, NULL, serve, c) != 0)
            abort();
        server->count++;
        pthread_mutex_unlock(&server->lock);
    }
    return NULL;
}

struct test_server *test_server_start(void)
{
    struct test_server *server = calloc(1, sizeof(*server));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    if (!server)
        abort();
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_mutex_init(&server->lock, NULL);
    if (bind(server->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(server->listener, 1024) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &size) != 0 ||
        pthread_create(&server->thread, NULL, accept_all, server) != 0)
        abort();
    server->port = ntohs(address.sin_port);
    return server;
}

void test_server_stop(struct test_server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    for (unsigned i = 0; i < server->count; i++) {
        struct connection *c = &server->connections[i];
        pthread_mutex_lock(&server->lock);
        if (c->fd >= 0)
            shutdown(c->fd, SHUT_RDWR);
        pthread_mutex_unlock(&server->lock);
        pthread_join(c->thread, NULL);
    }
    pthread_mutex_destroy(&server->lock);
    free(server);
}

int test_server_port(const struct test_server *server)
{
    return server->port;
}

static unsigned locked(struct test_server *server, const unsigned *value)
{
    pthread_mutex_lock(&server->lock);
    unsigned now = *value;
    pthread_mutex_unlock(&server->lock);
    return now;
}

unsigned test_server_connections(struct test_server *server)
{
    return locked(server, &server->count);
}

unsigned test_server_requests(struct test_server *server)
{
    return locked(server, &server->requests);
}
