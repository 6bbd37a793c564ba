/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/2 as raw frames: what a hostile or clumsy client may send, limits, PING, the two-step GOAWAY. Requests
 * use HPACK's static table and literals only. */
#include <arpa/inet.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <pthread.h>
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

struct wire {
    int fd;
    struct buffer input;
    nghttp2_hd_inflater *inflater;
};

struct frame {
    uint32_t size;
    uint8_t type, flags;
    uint32_t stream;
    char status[4]; /* of HEADERS */
    unsigned char payload[16384];
};

static void wire_send(struct wire *w, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t n = send(w->fd, at, size, MSG_NOSIGNAL);
        if (n < 0)
            return; /* the server had enough */
        at += n;
        size -= (size_t)n;
    }
}

static void put_frame(struct buffer *out, uint8_t type, uint8_t flags, uint32_t stream, const void *payload,
                      size_t size)
{
    unsigned char head[9] = {(unsigned char)(size >> 16), (unsigned char)(size >> 8), (unsigned char)size,
                             type, flags};
    uint32_t id = htonl(stream);
    memcpy(head + 5, &id, 4);
    buffer_append(out, head, sizeof(head));
    buffer_append(out, payload, size);
}

static void send_frame(struct wire *w, uint8_t type, uint8_t flags, uint32_t stream, const void *payload,
                       size_t size)
{
    _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;
    put_frame(&out, type, flags, stream, payload, size);
    wire_send(w, out.data, out.size);
}

/* :method GET or POST, :scheme http, :authority a, :path */
static size_t request_head(unsigned char *out, bool is_post, const char *path)
{
    size_t n = 0, length = strlen(path);
    out[n++] = is_post ? 0x83 : 0x82;
    out[n++] = 0x86;
    out[n++] = 0x01;
    out[n++] = 1;
    out[n++] = 'a';
    out[n++] = 0x04;
    out[n++] = (unsigned char)length;
    memcpy(out + n, path, length);
    return n + length;
}

static void send_get(struct wire *w, uint32_t stream, const char *path)
{
    unsigned char head[64];
    size_t size = request_head(head, false, path);
    send_frame(w, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, stream, head, size);
}

static void send_post_head(struct wire *w, uint32_t stream, const char *path)
{
    unsigned char head[64];
    size_t size = request_head(head, true, path);
    send_frame(w, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, stream, head, size);
}

static void wire_open(struct wire *w, struct test_server *t)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(http_server_port(t->server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *w = (struct wire){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_int_equal(connect(w->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(nghttp2_hd_inflate_new(&w->inflater), 0);
    wire_send(w, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
    send_frame(w, NGHTTP2_SETTINGS, 0, 0, "", 0);
}

static void wire_close(struct wire *w)
{
    close(w->fd);
    buffer_done(&w->input);
    nghttp2_hd_inflate_del(w->inflater);
}

/* Every head must be read, since the table changes with each. */
static void read_status(struct wire *w, struct frame *f)
{
    size_t at = 0;
    for (int flags = 0; at < f->size && !(flags & NGHTTP2_HD_INFLATE_FINAL);) {
        nghttp2_nv field;
        ssize_t n = nghttp2_hd_inflate_hd2(w->inflater, &field, &flags, f->payload + at, f->size - at, 1);
        assert_true(n >= 0);
        at += (size_t)n;
        if (flags & NGHTTP2_HD_INFLATE_EMIT && field.namelen == 7 && memcmp(field.name, ":status", 7) == 0)
            memcpy(f->status, field.value, 3);
    }
    nghttp2_hd_inflate_end_headers(w->inflater);
}

/* False at the end of the connection. */
static bool wire_read(struct wire *w)
{
    char piece[16384];
    struct pollfd poll_fd = {w->fd, POLLIN, 0};
    if (poll(&poll_fd, 1, 30000) != 1)
        fail_msg("nothing more from the server");
    ssize_t n = recv(w->fd, piece, sizeof(piece), 0);
    if (n > 0)
        buffer_append(&w->input, piece, (size_t)n);
    return n > 0;
}

static bool next_frame(struct wire *w, struct frame *f)
{
    for (;;) {
        const unsigned char *at = (const unsigned char *)w->input.data;
        size_t size = w->input.size >= 9 ? (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2] : SIZE_MAX - 9;
        if (w->input.size >= size + 9) {
            *f = (struct frame){.size = (uint32_t)size, .type = at[3], .flags = at[4]};
            f->stream =
                ((uint32_t)at[5] << 24 | (uint32_t)at[6] << 16 | (uint32_t)at[7] << 8 | at[8]) & 0x7fffffff;
            assert_true(size <= sizeof(f->payload));
            memcpy(f->payload, at + 9, size);
            buffer_consume(&w->input, size + 9);
            if (f->type == NGHTTP2_HEADERS)
                read_status(w, f);
            return true;
        }
        if (!wire_read(w))
            return false;
    }
}

/* The next frame of that type on that stream; fails at the end of the connection. */
static void expect_frame(struct wire *w, uint8_t type, uint32_t stream, struct frame *f)
{
    do
        if (!next_frame(w, f))
            fail_msg("no frame of type %u on stream %u", type, stream);
    while (f->type != type || f->stream != stream ||
           (type == NGHTTP2_SETTINGS && f->flags & NGHTTP2_FLAG_ACK));
}

static uint32_t number_at(const struct frame *f, size_t at)
{
    return (uint32_t)f->payload[at] << 24 | (uint32_t)f->payload[at + 1] << 16 |
           (uint32_t)f->payload[at + 2] << 8 | f->payload[at + 3];
}

static void test_settings_say_the_limits(void **state)
{
    struct test_server t;
    struct wire w;
    struct frame f;
    test_server_start(&t, &(struct http_server_config){.streams_max = 77}, false);
    wire_open(&w, &t);
    expect_frame(&w, NGHTTP2_SETTINGS, 0, &f);
    uint32_t streams = 0;
    for (size_t at = 0; at + 6 <= f.size; at += 6)
        if (f.payload[at + 1] == NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)
            streams = number_at(&f, at + 2);
    assert_int_equal(streams, 77);
    wire_close(&w);
    test_server_stop(&t);
}

static void test_ping_is_answered(void **state)
{
    struct test_server t;
    struct wire w;
    struct frame f;
    test_server_start(&t, NULL, false);
    wire_open(&w, &t);
    send_frame(&w, NGHTTP2_PING, 0, 0, "12345678", 8);
    expect_frame(&w, NGHTTP2_PING, 0, &f);
    assert_int_equal(f.flags, NGHTTP2_FLAG_ACK);
    assert_memory_equal(f.payload, "12345678", 8);
    wire_close(&w);
    test_server_stop(&t);
}

/* A client that may not know the limit yet is refused a stream; one that does breaks the protocol. */
static void test_too_many_streams_are_refused(void **state)
{
    struct test_server t;
    test_server_start(&t, &(struct http_server_config){.streams_max = 10}, false);
    for (int knows = 0; knows < 2; knows++) {
        struct wire w;
        struct frame f;
        unsigned before = t.gone;
        wire_open(&w, &t);
        expect_frame(&w, NGHTTP2_SETTINGS, 0, &f);
        if (knows)
            send_frame(&w, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, "", 0);
        for (uint32_t i = 0; i < 11; i++)
            send_get(&w, 1 + 2 * i, "/watch");
        expect_frame(&w, knows ? NGHTTP2_GOAWAY : NGHTTP2_RST_STREAM, knows ? 0 : 21, &f);
        assert_int_equal(number_at(&f, knows ? 4 : 0),
                         knows ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_REFUSED_STREAM);
        wire_close(&w);
        test_wait(&t.gone, before + 10);
    }
    test_server_stop(&t);
}

/* CVE-2023-44487: requests that are cancelled at once cost the client nothing, and the server its handlers.
 */
static void test_rapid_reset_ends_the_connection(void **state)
{
    struct test_server t;
    struct wire w;
    struct frame f = {0};
    bool told = false;
    _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;
    unsigned char head[64];
    size_t size = request_head(head, false, "/small");
    test_server_start(&t, NULL, false);
    wire_open(&w, &t);
    for (uint32_t stream = 1; stream < 20000; stream += 2) {
        put_frame(&out, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, stream, head,
                  size);
        put_frame(&out, NGHTTP2_RST_STREAM, 0, stream, "\0\0\0\x08", 4);
    }
    wire_send(&w, out.data, out.size);
    while (next_frame(&w, &f))
        told |= f.type == NGHTTP2_GOAWAY;
    assert_true(told);
    wire_close(&w);
    test_server_stop(&t);
}

static void test_cancelled_streams_tell_their_handlers(void **state)
{
    struct test_server t;
    struct wire w;
    test_server_start(&t, NULL, false);
    wire_open(&w, &t);
    for (uint32_t i = 0; i < 100; i++) {
        send_get(&w, 1 + 2 * i, i % 2 ? "/never" : "/flood");
        send_frame(&w, NGHTTP2_RST_STREAM, 0, 1 + 2 * i, "\0\0\0\x08", 4);
    }
    test_wait(&t.gone, 100);
    send_get(&w, 301, "/small");
    struct frame f;
    expect_frame(&w, NGHTTP2_HEADERS, 301, &f);
    assert_string_equal(f.status, "200");
    wire_close(&w);
    test_server_stop(&t);
}

static void test_stalled_body_times_out(void **state)
{
    struct test_server t;
    struct wire w;
    struct frame f;
    test_server_start(&t, &(struct http_server_config){.header_timeout_ms = 50}, false);
    wire_open(&w, &t);
    send_post_head(&w, 1, "/echo");
    send_frame(&w, NGHTTP2_DATA, 0, 1, "part", 4);
    expect_frame(&w, NGHTTP2_HEADERS, 1, &f);
    assert_string_equal(f.status, "408");
    expect_frame(&w, NGHTTP2_RST_STREAM, 1, &f);
    assert_int_equal(number_at(&f, 0), NGHTTP2_NO_ERROR);
    wire_close(&w);
    test_server_stop(&t);
}

static void test_too_many_headers_are_refused(void **state)
{
    struct test_server t;
    struct wire w;
    struct frame f;
    unsigned char head[4096];
    test_server_start(&t, NULL, false);
    wire_open(&w, &t);
    size_t size = request_head(head, false, "/small");
    for (unsigned i = 0; i < 200; i++) {
        unsigned char field[] = {0, 3,  'x', (unsigned char)('a' + i / 20), (unsigned char)('a' + i % 20),
                                 1, 'y'};
        memcpy(head + size, field, sizeof(field));
        size += sizeof(field);
    }
    send_frame(&w, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, head, size);
    expect_frame(&w, NGHTTP2_HEADERS, 1, &f);
    assert_string_equal(f.status, "431");
    wire_close(&w);
    test_server_stop(&t);
}

static const struct {
    const char *name;
    uint8_t type, flags;
    uint32_t stream;
    const char *payload;
    size_t size;
} violations[] = {
    {"DATA on stream 0", NGHTTP2_DATA, 0, 0, "x", 1},
    {"SETTINGS of a wrong size", NGHTTP2_SETTINGS, 0, 0, "abc", 3},
    {"CONTINUATION out of place", NGHTTP2_CONTINUATION, 4, 1, "", 0},
    {"broken HPACK", NGHTTP2_HEADERS, 5, 1, "\xff\xff\xff\xff\xff\xff\xff\xff", 8},
    {"an even stream", NGHTTP2_HEADERS, 5, 2, "\x82\x86\x84", 3},
    {"PUSH_PROMISE", NGHTTP2_PUSH_PROMISE, 4, 1, "\0\0\0\2", 4},
};

static void test_violations_end_the_connection(void **state)
{
    struct test_server t;
    test_server_start(&t, NULL, false);
    for (size_t i = 0; i < ARRAY_SIZE(violations); i++) {
        struct wire w;
        struct frame f;
        bool told = false;
        wire_open(&w, &t);
        send_frame(&w, violations[i].type, violations[i].flags, violations[i].stream, violations[i].payload,
                   violations[i].size);
        while (next_frame(&w, &f))
            told |= f.type == NGHTTP2_GOAWAY;
        if (!told)
            print_error("%s\n", violations[i].name);
        assert_true(told);
        wire_close(&w);
    }
    test_server_stop(&t);
}

static void *stop_server(void *server)
{
    http_server_stop(server, 20000);
    return NULL;
}

/* First a GOAWAY that refuses nothing, and after the client's answer to the PING the final one; what was
 * begun in between is served. */
static void test_goaway_in_two_steps(void **state)
{
    struct test_server t;
    struct wire w;
    struct frame f;
    unsigned long thread;
    test_server_start(&t, NULL, false);
    wire_open(&w, &t);
    send_get(&w, 1, "/watch");
    test_wait(&t.watchers_count, 1);
    assert_int_equal(thread_start("stop", 0, stop_server, t.server, &thread), 0);
    t.server = NULL;
    expect_frame(&w, NGHTTP2_GOAWAY, 0, &f);
    assert_int_equal(number_at(&f, 0), 0x7fffffff);
    send_get(&w, 3, "/small");
    expect_frame(&w, NGHTTP2_PING, 0, &f);
    send_frame(&w, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, f.payload, 8);
    expect_frame(&w, NGHTTP2_HEADERS, 3, &f);
    assert_string_equal(f.status, "200");
    expect_frame(&w, NGHTTP2_GOAWAY, 0, &f);
    assert_int_equal(number_at(&f, 0), 3);
    assert_int_equal(number_at(&f, 4), NGHTTP2_NO_ERROR);
    test_server_publish(&t, "still here");
    expect_frame(&w, NGHTTP2_DATA, 1, &f);
    assert_memory_equal(f.payload, "still here", 10);
    test_server_end_watches(&t);
    while (next_frame(&w, &f))
        assert_int_not_equal(f.type, NGHTTP2_RST_STREAM);
    pthread_join((pthread_t)thread, NULL);
    wire_close(&w);
    test_server_stop(&t);
}

/* All events of a turn leave in one frame a stream. */
static void test_events_of_a_turn_share_a_frame(void **state)
{
    struct test_server t;
    struct wire w;
    struct frame f;
    test_server_start(&t, &(struct http_server_config){.loops = 1}, false);
    wire_open(&w, &t);
    send_get(&w, 1, "/watch?burst");
    test_wait(&t.watchers_count, 1);
    expect_frame(&w, NGHTTP2_HEADERS, 1, &f);
    test_server_publish_many(&t, "0123456789", 100);
    expect_frame(&w, NGHTTP2_DATA, 1, &f);
    assert_int_equal(f.size, 1000);
    wire_close(&w);
    test_wait(&t.gone, 1);
    test_server_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_say_the_limits),
        cmocka_unit_test(test_ping_is_answered),
        cmocka_unit_test(test_too_many_streams_are_refused),
        cmocka_unit_test(test_rapid_reset_ends_the_connection),
        cmocka_unit_test(test_cancelled_streams_tell_their_handlers),
        cmocka_unit_test(test_stalled_body_times_out),
        cmocka_unit_test(test_too_many_headers_are_refused),
        cmocka_unit_test(test_violations_end_the_connection),
        cmocka_unit_test(test_goaway_in_two_steps),
        cmocka_unit_test(test_events_of_a_turn_share_a_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
