/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a client to the HTTP server, over a unix socket, until the server closes: HTTP/1.1, or HTTP/2 when
 * they begin with its preface (which the first byte, when odd, puts before the rest). Every kind of answer is
 * reachable by path. Whatever comes, the server must go on.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/http-server.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sockaddr_un address = {.sun_family = AF_UNIX};

static void tunnel_received(void *context, struct slice data)
{
    struct bytes *block = bytes_new(data.data, data.size);
    http_tunnel_write(context, block);
    bytes_unref(block);
}

static void tunnel_closed(void *context)
{
}

static const struct http_tunnel_callbacks tunnel_callbacks = {tunnel_received, tunnel_closed, NULL};

static void on_gone(void *context)
{
    http_stream_end(context);
}

/* GET: the body or the query comes back; POST: as a stream; PUT: broken off; DELETE: never, until the client
 * is gone. */
static void handle(void *context, struct http_request *r)
{
    const char *headers[] = {"X-Header", "value", NULL};
    struct slice body = http_request_body(r), query = http_request_query(r);
    struct bytes *block = bytes_new(body.size ? body.data : query.data, body.size ? body.size : query.size);
    enum http_method method = http_request_method(r);
    if (http_request_header(r, "upgrade").data && !http_request_is_http2(r)) {
        http_tunnel_begin(r, headers, &tunnel_callbacks, r);
    } else if (method == HTTP_DELETE_) {
        http_request_on_gone(r, on_gone, r);
    } else if (method == HTTP_POST_ || method == HTTP_PUT_) {
        http_stream_begin(r, 200, "text/plain", headers);
        http_stream_write(r, block);
        if (method == HTTP_PUT_)
            http_stream_abort(r);
        else
            http_stream_end(r);
    } else {
        http_respond(r, query.size % 2 ? 204 : 200, "text/plain", headers, block);
    }
    bytes_unref(block);
}

static void start(void)
{
    static struct http_server *server; /* stays: the leak checker must find it */
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct http_server_config config = {
        .name = "fuzz", .unix_path = address.sun_path, .loops = 1, .handler = handle};
    snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/keelson-fuzz-http-%d", getpid());
    if (http_server_start(&config, &server, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
}

static void write_all(int fd, const void *data, size_t size)
{
    const char *at = data;
    for (ssize_t n; size > 0; at += n, size -= (size_t)n)
        if ((n = send(fd, at, size, MSG_NOSIGNAL)) < 0)
            return;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    char answer[4096];
    if (!started)
        start();
    started = true;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    require(connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
    if (size > 0 && data[0] % 2)
        write_all(fd, PREFACE, sizeof(PREFACE) - 1);
    if (size > 0)
        write_all(fd, data + 1, size - 1);
    shutdown(fd, SHUT_WR);
    for (struct pollfd wait = {fd, POLLIN, 0}; poll(&wait, 1, 30000) == 1;)
        if (recv(fd, answer, sizeof(answer), 0) <= 0) {
            close(fd);
            return 0;
        }
    fprintf(stderr, "the server holds on to a client that sends no more\n");
    abort();
}
