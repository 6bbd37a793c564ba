/* SPDX-License-Identifier: Apache-2.0 */
/* See test-redfish.h. A thread a connection, one request each. */
#include "plugins/cloud-onprem/test-redfish.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct test_redfish {
    int listener, port;
    pthread_t thread;
    atomic_uint at_once, most, open;
};
struct connection {
    struct test_redfish *server;
    int fd;
};

#define SYSTEM(power)                                                                                        \
    "{\"@odata.id\":\"/redfish/v1/Systems/"                                                                  \
    "1\",\"@odata.type\":\"#ComputerSystem.v1_13_0.ComputerSystem\",\"Id\":\"1\"" power "}"
#define COLLECTION(members)                                                                                  \
    "{\"@odata.type\":\"#ComputerSystemCollection.ComputerSystemCollection\",\"Members\":[" members "]}"

static const struct {
    const char *path;
    int status;
    const char *body; /* NULL: the connection ends without a word */
} pages[] = {
    {"/on/1", 200, SYSTEM(",\"PowerState\":\"On\"")},
    {"/off/1", 200, SYSTEM(",\"PowerState\":\"Off\"")},
    {"/turning/1", 200, SYSTEM(",\"PowerState\":\"PoweringOff\"")},
    {"/silent/1", 200, SYSTEM("")},
    {"/number/1", 200, SYSTEM(",\"PowerState\":1")},
    {"/one", 200, COLLECTION("{\"@odata.id\":\"/off/1\"}")},
    {"/two", 200, COLLECTION("{\"@odata.id\":\"/off/1\"},{\"@odata.id\":\"/on/1\"}")},
    {"/elsewhere", 200, COLLECTION("{\"@odata.id\":\"//example.com/off/1\"}")},
    {"/array", 200, "[]"},
    {"/text", 200, "On"},
    {"/broken", 500, "{\"error\":{}}"},
    {"/gone", 0, NULL},
    {"/slow/1", 0, NULL},
};

static bool has_header(const char *head, const char *line)
{
    const char *at = strcasestr(head, line);
    return at && at[-1] == '\n';
}

static void answer(int fd, const char *head)
{
    char text[2048], path[128] = "";
    int status = 404;
    const char *body = "{}";
    if (sscanf(head, "GET %127s HTTP/1.1", path) != 1)
        status = 405;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        if (strcmp(pages[i].path, path) == 0) {
            status = pages[i].status;
            body = pages[i].body;
        }
    if (!has_header(head, "Authorization: Basic YWRtaW46c2VjcmV0\r\n"))
        status = 401;
    else if (!has_header(head, "Accept: application/json\r\n"))
        status = 406;
    else if (!has_header(head, "OData-Version: 4.0\r\n"))
        status = 412;
    if (strcmp(path, "/slow/1") == 0) /* for as long as anybody waits */
        recv(fd, text, 1, 0);
    if (!body)
        return;
    int size = snprintf(text, sizeof(text),
                        "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nOData-Version: "
                        "4.0\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                        status, strlen(body), body);
    send(fd, text, (size_t)size, MSG_NOSIGNAL);
}

static void *serve(void *argument)
{
    struct connection *c = argument;
    char head[4096];
    size_t size = 0;
    while (size < sizeof(head) - 1) {
        ssize_t more = recv(c->fd, head + size, sizeof(head) - 1 - size, 0);
        if (more <= 0)
            break;
        size += (size_t)more;
        head[size] = '\0';
        if (!strstr(head, "\r\n\r\n"))
            continue;
        unsigned now = atomic_fetch_add(&c->server->at_once, 1) + 1, most = atomic_load(&c->server->most);
        while (now > most && !atomic_compare_exchange_weak(&c->server->most, &most, now))
            ;
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL); /* controllers think for a while */
        answer(c->fd, head);
        atomic_fetch_sub(&c->server->at_once, 1);
        break;
    }
    close(c->fd);
    atomic_fetch_sub(&c->server->open, 1);
    free(c);
    return NULL;
}

static void *listen_on(void *argument)
{
    struct test_redfish *r = argument;
    for (;;) {
        pthread_t thread;
        int fd = accept(r->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        struct connection *c = calloc(1, sizeof(*c));
        *c = (struct connection){r, fd};
        atomic_fetch_add(&r->open, 1);
        if (pthread_create(&thread, NULL, serve, c) != 0)
            abort();
        pthread_detach(thread);
    }
}

struct test_redfish *test_redfish_start(void)
{
    struct test_redfish *r = calloc(1, sizeof(*r));
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(at);
    r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (r->listener < 0 || bind(r->listener, (struct sockaddr *)&at, sizeof(at)) < 0 ||
        listen(r->listener, 64) < 0 || getsockname(r->listener, (struct sockaddr *)&at, &size) < 0 ||
        pthread_create(&r->thread, NULL, listen_on, r) != 0)
        abort();
    r->port = ntohs(at.sin_port);
    return r;
}

void test_redfish_stop(struct test_redfish *r)
{
    shutdown(r->listener, SHUT_RDWR);
    pthread_join(r->thread, NULL);
    close(r->listener);
    while (atomic_load(&r->open))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    free(r);
}

int test_redfish_port(const struct test_redfish *r)
{
    return r->port;
}

unsigned test_redfish_most_at_once(struct test_redfish *r)
{
    return atomic_load(&r->most);
}
