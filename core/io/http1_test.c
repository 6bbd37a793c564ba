/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.1 as raw bytes: framing, pipelining, Expect, upgrades that are not taken, malformed and hostile
 * requests, time limits, half-closed clients. */
#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/memory.h"
#include "core/io/test-server.h"

static int connect_to(struct test_server *t)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(http_server_port(t->server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
        if (n < 0)
            return; /* the server had enough */
        data += n;
        size -= (size_t)n;
    }
}

/* Until the server closes (to_end), or `until` was seen. */
static void read_until(int fd, const char *until, struct buffer *out)
{
    char piece[4096];
    while (!until || !out->data || !strstr(out->data, until)) {
        struct pollfd poll_fd = {fd, POLLIN, 0};
        if (poll(&poll_fd, 1, 30000) != 1)
            fail_msg("nothing more after %s", out->data ? out->data : "nothing");
        ssize_t n = recv(fd, piece, sizeof(piece), 0);
        if (n <= 0)
            break;
        buffer_append(out, piece, (size_t)n);
    }
}

static unsigned count_of(const char *text, const char *what)
{
    unsigned count = 0;
    for (const char *at = text; at && (at = strstr(at, what)); at += strlen(what))
        count++;
    return count;
}

/* Sent as a whole and byte by byte; the connection is read to its end, which the last request asks for. */
static const struct {
    const char *name, *input;
    const char *holds[4]; /* in this order */
} exchanges[] = {
    {"plain",
     "GET /small HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
     {"HTTP/1.1 200 OK\r\n", "Content-Length: 5\r\n", "Connection: close\r\n", "\r\n\r\nsmall"}},
    {"http 1.0",
     "GET /small HTTP/1.0\r\n\r\n",
     {"HTTP/1.1 200 OK\r\n", "Connection: close\r\n", "\r\n\r\nsmall"}},
    {"http 1.0 kept",
     "GET /small HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /small HTTP/1.0\r\n\r\n",
     {"Connection: keep-alive\r\n", "\r\n\r\nsmall", "HTTP/1.1 200 OK\r\n", "\r\n\r\nsmall"}},
    {"pipelined",
     "GET /small HTTP/1.1\r\n\r\nGET /worker HTTP/1.1\r\n\r\nGET /slow-worker HTTP/1.1\r\n\r\nGET /absent "
     "HTTP/1.1\r\nConnection: close\r\n\r\n",
     {"\r\n\r\nsmall", "from a worker", "at last", "HTTP/1.1 404 Not Found\r\n"}},
    {"pipelined bodies",
     "POST /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\noneGET /small HTTP/1.1\r\nConnection: close\r\n\r\n",
     {"X-Method: POST\r\n", "\r\n\r\none", "HTTP/1.1 200 OK\r\n", "small"}},
    {"chunked",
     "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: "
     "close\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
     {"HTTP/1.1 200 OK\r\n", "Content-Length: 13\r\n", "\r\n\r\nabc0123456789"}},
    {"expect",
     "POST /echo HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\nhi",
     {"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\n", "\r\n\r\nhi"}},
    {"expect, too large",
     "POST /echo HTTP/1.1\r\nContent-Length: 3145729\r\nExpect: 100-continue\r\n\r\n",
     {"HTTP/1.1 413 Request Entity Too Large\r\n", "Connection: close\r\n"}},
    {"upgrade that is not taken",
     "GET /small HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nGET /small HTTP/1.1\r\nConnection: "
     "close\r\n\r\n",
     {"HTTP/1.1 200 OK\r\n", "small", "HTTP/1.1 200 OK\r\n", "small"}},
    {"tunnel with early bytes",
     "POST /tunnel HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: TEST/1\r\nContent-Length: "
     "0\r\n\r\nearly\nend!",
     {"HTTP/1.1 101 Switching Protocols\r\n", "Upgrade: TEST/1\r\n", "\r\n\r\nearly\nend!"}},
    {"not HTTP", "\x16\x03\x01 whatever\r\n\r\n", {"HTTP/1.1 400 Bad Request\r\n", "Connection: close\r\n"}},
    {"bad header", "GET /small HTTP/1.1\r\nA header\r\n\r\n", {"HTTP/1.1 400 Bad Request\r\n"}},
    {"two lengths",
     "POST /echo HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
     {"HTTP/1.1 400 Bad Request\r\n"}},
    {"length and chunked (smuggling)",
     "POST /echo HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     {"HTTP/1.1 400 Bad Request\r\n"}},
    {"bad chunk",
     "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
     {"HTTP/1.1 400 Bad Request\r\n", "Connection: close\r\n"}},
    {"version", "GET / HTTP/7.1\r\n\r\n", {"HTTP/1.1 505 HTTP Version Not Supported\r\n"}},
    {"stream to 1.0", "GET /abort HTTP/1.0\r\n\r\n", {"HTTP/1.1 200 OK\r\n", "Connection: close\r\n"}},
};

static void exchange(struct test_server *t, size_t i, bool byte_by_byte)
{
    _cleanup_(buffer_done) struct buffer answer = BUFFER_INIT;
    const char *at, *input = exchanges[i].input;
    int fd = connect_to(t);
    for (size_t n = 0; n < (byte_by_byte ? strlen(input) : 1); n++)
        send_all(fd, input + n, byte_by_byte ? 1 : strlen(input));
    read_until(fd, NULL, &answer);
    close(fd);
    at = answer.data;
    for (size_t h = 0; h < ARRAY_SIZE(exchanges[i].holds) && exchanges[i].holds[h]; h++) {
        at = at ? strstr(at, exchanges[i].holds[h]) : NULL;
        if (!at)
            print_error("%s%s: no %s in %s\n", exchanges[i].name, byte_by_byte ? " byte by byte" : "",
                        exchanges[i].holds[h], answer.data);
        assert_non_null(at);
        at += strlen(exchanges[i].holds[h]) - 2; /* the line's end may begin the next */
    }
}

static void test_exchanges(void **state)
{
    struct test_server t;
    test_server_start(&t, NULL, false);
    for (size_t i = 0; i < ARRAY_SIZE(exchanges); i++) {
        exchange(&t, i, false);
        exchange(&t, i, true);
    }
    test_server_stop(&t);
}

static const struct {
    const char *name, *before, *after;
    size_t fill_bytes; /* of 'x' between the two */
    const char *status;
} large[] = {
    {"header", "GET /small HTTP/1.1\r\nX: ", "\r\n\r\n", 70000, "HTTP/1.1 431 "},
    {"target", "GET /", " HTTP/1.1\r\nConnection: close\r\n\r\n", 17000, "HTTP/1.1 431 "},
    {"target within the limit", "GET /", " HTTP/1.1\r\nConnection: close\r\n\r\n", 16000, "HTTP/1.1 404 "},
    {"body far too large", "POST /echo HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n", "", 10000000,
     "HTTP/1.1 413 "},
};

static void test_large_heads_and_bodies(void **state)
{
    struct test_server t;
    test_server_start(&t, NULL, false);
    for (size_t i = 0; i < ARRAY_SIZE(large); i++) {
        _cleanup_(buffer_done) struct buffer input = BUFFER_INIT, answer = BUFFER_INIT;
        int fd = connect_to(&t);
        buffer_append_str(&input, large[i].before);
        buffer_reserve(&input, large[i].fill_bytes + 100);
        memset(input.data + input.size, 'x', large[i].fill_bytes);
        input.size += large[i].fill_bytes;
        buffer_append_str(&input, large[i].after);
        send_all(fd, input.data, input.size);
        read_until(fd, NULL, &answer);
        close(fd);
        assert_non_null(answer.data);
        assert_memory_equal(answer.data, large[i].status, strlen(large[i].status));
    }
    test_server_stop(&t);
}

static void test_many_headers(void **state)
{
    struct test_server t;
    _cleanup_(buffer_done) struct buffer input = BUFFER_INIT, answer = BUFFER_INIT;
    test_server_start(&t, NULL, false);
    int fd = connect_to(&t);
    buffer_append_str(&input, "GET /small HTTP/1.1\r\n");
    for (unsigned i = 0; i < 200; i++)
        buffer_printf(&input, "X-%u: y\r\n", i);
    buffer_append_str(&input, "\r\n");
    send_all(fd, input.data, input.size);
    read_until(fd, NULL, &answer);
    close(fd);
    assert_memory_equal(answer.data, "HTTP/1.1 431 ", 13);
    test_server_stop(&t);
}

static const struct {
    const char *name, *input, *answer;
} stalls[] = {
    {"in the head", "GET /small HTTP/1.1\r\nHost:", "HTTP/1.1 408 Request Timeout\r\n"},
    {"in the body", "POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc",
     "HTTP/1.1 408 Request Timeout\r\n"},
};

static void test_stalled_requests_time_out(void **state)
{
    struct test_server t;
    test_server_start(&t, &(struct http_server_config){.header_timeout_ms = 50}, false);
    for (size_t i = 0; i < ARRAY_SIZE(stalls); i++) {
        _cleanup_(buffer_done) struct buffer answer = BUFFER_INIT;
        int fd = connect_to(&t);
        send_all(fd, stalls[i].input, strlen(stalls[i].input));
        read_until(fd, NULL, &answer);
        assert_non_null(strstr(answer.data, stalls[i].answer));
        close(fd);
    }
    test_server_stop(&t);
}

static void test_half_closed_client_gets_its_answer(void **state)
{
    static const char *const inputs[] = {"GET /slow-worker HTTP/1.1\r\n\r\n", "GET /flood HTTP/1.1\r\n\r\n",
                                         "GET /blocks HTTP/1.1\r\n\r\n"};
    static const size_t bytes_min[] = {7, 0, 500000}; /* a stream's end is not certain */
    struct test_server t;
    test_server_start(&t, NULL, false);
    for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
        _cleanup_(buffer_done) struct buffer answer = BUFFER_INIT;
        int fd = connect_to(&t);
        send_all(fd, inputs[i], strlen(inputs[i]));
        shutdown(fd, SHUT_WR);
        read_until(fd, NULL, &answer);
        close(fd);
        assert_true(answer.size > bytes_min[i]);
    }
    test_server_stop(&t);
}

/* A client that sends requests without end and reads nothing is not read for ever. */
static void test_pipelining_is_bounded(void **state)
{
    struct test_server t;
    test_server_start(&t, NULL, false);
    static const char request[] =
        "GET /watch HTTP/1.1\r\nX-Fill: 0123456789012345678901234567890123456789\r\n\r\n";
    int fd = connect_to(&t);
    size_t sent = 0;
    send_all(fd, request, sizeof(request) - 1);
    test_wait(&t.watchers_count, 1);
    for (unsigned stalled = 0; sent < 200 * 1024 * 1024 && stalled < 200;) {
        ssize_t n = send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        stalled = n > 0 ? 0 : stalled + 1;
        if (n < 0)
            poll(NULL, 0, 1);
    }
    assert_true(sent < 50 * 1024 * 1024);
    close(fd);
    test_server_publish(&t, "event\n"); /* finds out that the client is gone */
    test_wait(&t.gone, 1);
    test_server_stop(&t);
}

static void test_streams_are_chunked(void **state)
{
    struct test_server t;
    _cleanup_(buffer_done) struct buffer answer = BUFFER_INIT;
    test_server_start(&t, NULL, false);
    int fd = connect_to(&t);
    send_all(fd, "GET /watch HTTP/1.1\r\n\r\n", 23);
    read_until(fd, "\r\n\r\n", &answer);
    test_wait(&t.watchers_count, 1);
    test_server_publish(&t, "0123456789");
    read_until(fd, "0123456789\r\n", &answer);
    test_server_end_watches(&t);
    read_until(fd, "0\r\n\r\n", &answer);
    assert_non_null(strstr(answer.data, "Transfer-Encoding: chunked\r\n"));
    assert_non_null(strstr(answer.data, "\r\n\r\na\r\n0123456789\r\n0\r\n\r\n"));
    assert_int_equal(count_of(answer.data, "HTTP/1.1"), 1);
    close(fd);
    test_server_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchanges),
        cmocka_unit_test(test_large_heads_and_bodies),
        cmocka_unit_test(test_many_headers),
        cmocka_unit_test(test_stalled_requests_time_out),
        cmocka_unit_test(test_half_closed_client_gets_its_answer),
        cmocka_unit_test(test_pipelining_is_bounded),
        cmocka_unit_test(test_streams_are_chunked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
