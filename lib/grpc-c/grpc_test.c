/* SPDX-License-Identifier: Apache-2.0 */
/* grpc-c against the test server: what calls and streams answer, and what becomes of them when the server
 * misbehaves. */
#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/grpc-c/grpc-c.h"
#include "lib/grpc-c/test-server.h"
#include "lib/grpc-c/test.pb-c.h"

struct fixture {
    struct test_server *server;
    struct grpc_channel *channel;
};

static const struct grpc_options no_limit = {.deadline_ns = INT64_MAX, .cancel_fd = -1};

static int64_t in_ms(int64_t ms)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec + ms * 1000000;
}

static int setup_kind(void **state, enum test_server_kind kind)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct grpc_error err;
    fixture->server = test_server_start(kind);
    assert_non_null(fixture->server);
    struct grpc_channel_config config = {.target = test_server_target(fixture->server),
                                         .message_bytes_max = 4 << 20};
    if (kind == TEST_SERVER_TLS)
        config.ca_file = test_server_ca_file(fixture->server);
    fixture->channel = grpc_channel_new(&config, &err);
    assert_non_null(fixture->channel);
    *state = fixture;
    return 0;
}

static int setup_unix(void **state)
{
    return setup_kind(state, TEST_SERVER_UNIX);
}

static int setup_tcp(void **state)
{
    return setup_kind(state, TEST_SERVER_TCP);
}

static int setup_tls(void **state)
{
    return setup_kind(state, TEST_SERVER_TLS);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    grpc_channel_free(fixture->channel);
    test_server_stop(fixture->server);
    free(fixture);
    return 0;
}

static enum grpc_code call(struct grpc_channel *channel, const char *path, const char *text, int number,
                           Test__Note **ret, const struct grpc_options *options, struct grpc_error *err)
{
    Test__Note note = TEST__NOTE__INIT;
    char copy[64];
    snprintf(copy, sizeof(copy), "%s", text);
    note.text = copy;
    note.number = number;
    return grpc_call(channel, path, &note.base, &test__note__descriptor, (ProtobufCMessage **)ret, options,
                     err);
}

static void test_unary(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_error err;
    for (int i = 0; i < 100; i++) {
        Test__Note *note = NULL;
        assert_int_equal(call(fixture->channel, "/test/Unary", "hello", i, &note, &no_limit, &err), GRPC_OK);
        assert_string_equal(note->text, "hello");
        assert_int_equal(note->number, i);
        test__note__free_unpacked(note, NULL);
    }
    assert_int_equal(test_server_connections(fixture->server), 1);
}

/* What the caller gets for each way in which a server can say no. */
static void test_failures(void **state)
{
    static const struct {
        const char *path;
        enum grpc_code code;
        const char *message; /* a part of it */
    } cases[] = {
        {"/test/Error", GRPC_NOT_FOUND, "node \"a%b\" not found: \xc3\xa9%zz%4"},
        {"/test/LateError", GRPC_FAILED_PRECONDITION, "changed meanwhile"},
        {"/test/StrangeStatus", GRPC_UNKNOWN, "what"},
        {"/test/Reset", GRPC_INTERNAL, "INTERNAL_ERROR"},
        {"/test/Html", GRPC_UNAVAILABLE, "503"},
        {"/test/NotGrpc", GRPC_UNKNOWN, "not gRPC"},
        {"/test/Partial", GRPC_INTERNAL, "within a message"},
        {"/test/Compressed", GRPC_INTERNAL, "compressed"},
        {"/test/Undecodable", GRPC_INTERNAL, "not a valid test.Note"},
        {"/test/NoStatus", GRPC_UNKNOWN, "without a status"},
        {"/test/NoMessage", GRPC_INTERNAL, "no message"},
        {"/test/Two", GRPC_INTERNAL, "more than one"},
        {"/test/Missing", GRPC_UNIMPLEMENTED, ""},
        {"/test/Garbage", GRPC_UNAVAILABLE, "HTTP/2"},
        {"/test/Drop", GRPC_UNAVAILABLE, "closed by the peer"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct grpc_error err = {0};
        Test__Note *note = NULL;
        enum grpc_code code = call(fixture->channel, cases[i].path, "x", 1, &note, &no_limit, &err);
        if (code != cases[i].code || !strstr(err.message, cases[i].message))
            fail_msg("%s: %s \"%s\", expected %s \"%s\"", cases[i].path, grpc_code_name(code), err.message,
                     grpc_code_name(cases[i].code), cases[i].message);
        assert_int_equal(err.code, code);
        assert_null(note);
        /* and the channel is as good as ever */
        assert_int_equal(call(fixture->channel, "/test/Unary", "x", 1, &note, &no_limit, &err), GRPC_OK);
        test__note__free_unpacked(note, NULL);
    }
}

static void test_big(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_error err;
    Test__Note *note = NULL;
    assert_int_equal(call(fixture->channel, "/test/Big", "", 4000000, &note, &no_limit, &err), GRPC_OK);
    assert_int_equal(note->blob.len, 4000000);
    assert_int_equal(note->blob.data[3999999], 'x');

    /* and back: larger than any window that the server opens at once */
    Test__Note *echo = NULL;
    assert_int_equal(grpc_call(fixture->channel, "/test/Unary", &note->base, &test__note__descriptor,
                               (ProtobufCMessage **)&echo, &no_limit, &err),
                     GRPC_OK);
    assert_int_equal(echo->blob.len, 4000000);
    test__note__free_unpacked(echo, NULL);
    test__note__free_unpacked(note, NULL);

    assert_int_equal(call(fixture->channel, "/test/Big", "", 5000000, &note, &no_limit, &err),
                     GRPC_RESOURCE_EXHAUSTED);
    assert_non_null(strstr(err.message, "too large"));
}

static void test_metadata(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_options options = {
        .deadline_ns = in_ms(60000), .cancel_fd = -1, .metadata = {"x-test", "yes"}};
    struct grpc_error err;
    Test__Note *note;
    assert_int_equal(call(fixture->channel, "/test/Headers", "", 0, &note, &options, &err), GRPC_OK);
    assert_string_equal(note->text, "timeout|yes");
    test__note__free_unpacked(note, NULL);
    assert_int_equal(call(fixture->channel, "/test/Headers", "", 0, &note, &no_limit, &err), GRPC_OK);
    assert_string_equal(note->text, "|");
    test__note__free_unpacked(note, NULL);
}

static void test_deadline_and_cancel(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_options options = {.deadline_ns = in_ms(50), .cancel_fd = -1};
    struct grpc_error err;
    Test__Note *note;
    int fds[2];
    assert_int_equal(call(fixture->channel, "/test/Hang", "", 0, &note, &options, &err),
                     GRPC_DEADLINE_EXCEEDED);
    test_server_wait_resets(fixture->server, 1);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    options = (struct grpc_options){.deadline_ns = INT64_MAX, .cancel_fd = fds[0]};
    assert_int_equal(call(fixture->channel, "/test/Hang", "", 0, &note, &options, &err), GRPC_CANCELLED);
    test_server_wait_resets(fixture->server, 2);
    close(fds[0]);
    close(fds[1]);
}

static unsigned receive_all(struct grpc_stream *stream, size_t blob, enum grpc_code expected)
{
    struct grpc_error err;
    for (unsigned count = 0;; count++) {
        Test__Note *note = NULL;
        enum grpc_code code =
            grpc_stream_receive(stream, &test__note__descriptor, (ProtobufCMessage **)&note, &no_limit, &err);
        if (code || !note) {
            assert_int_equal(code, expected);
            return count;
        }
        assert_int_equal(note->number, count);
        assert_int_equal(note->blob.len, blob);
        test__note__free_unpacked(note, NULL);
    }
}

/* 10 MB through a window of 2: what is not taken holds the server back, and nothing is lost. */
static void test_server_stream(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_error err;
    struct grpc_stream *stream;
    Test__Note note = TEST__NOTE__INIT;
    uint8_t pad[20000] = {0};
    note.number = 500;
    note.blob = (ProtobufCBinaryData){sizeof(pad), pad};
    assert_int_equal(grpc_stream_open(fixture->channel, "/test/Stream", &no_limit, &stream, &err), GRPC_OK);
    assert_int_equal(grpc_stream_send(stream, &note.base, &no_limit, &err), GRPC_OK);
    assert_int_equal(grpc_stream_send_end(stream, &err), GRPC_OK);
    assert_int_equal(receive_all(stream, sizeof(pad), GRPC_OK), 500);
    grpc_stream_close(stream);
}

static void test_bidi(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_error err;
    struct grpc_stream *stream;
    assert_int_equal(grpc_stream_open(fixture->channel, "/test/Bidi", &no_limit, &stream, &err), GRPC_OK);
    for (int i = 0; i < 50; i++) {
        Test__Note note = TEST__NOTE__INIT, *echo = NULL;
        note.number = i;
        note.text = (char[]){"ping"};
        assert_int_equal(grpc_stream_send(stream, &note.base, &no_limit, &err), GRPC_OK);
        assert_int_equal(
            grpc_stream_receive(stream, &test__note__descriptor, (ProtobufCMessage **)&echo, &no_limit, &err),
            0);
        assert_int_equal(echo->number, i);
        test__note__free_unpacked(echo, NULL);
    }
    /* a deadline of one receive leaves the stream alone */
    struct grpc_options soon = {.deadline_ns = in_ms(10), .cancel_fd = -1};
    ProtobufCMessage *none = NULL;
    assert_int_equal(grpc_stream_receive(stream, &test__note__descriptor, &none, &soon, &err),
                     GRPC_DEADLINE_EXCEEDED);
    assert_int_equal(grpc_stream_send_end(stream, &err), GRPC_OK);
    assert_int_equal(grpc_stream_receive(stream, &test__note__descriptor, &none, &no_limit, &err), GRPC_OK);
    assert_null(none);
    Test__Note late = TEST__NOTE__INIT;
    assert_int_not_equal(grpc_stream_send(stream, &late.base, &no_limit, &err), GRPC_OK);
    grpc_stream_close(stream);
}

static void *release_later(void *server)
{
    usleep(20000);
    test_server_release(server);
    return NULL;
}

/* The server's window is shut: send blocks, up to its deadline, and goes on once the window opens. */
static void test_send_blocks(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_error err;
    struct grpc_stream *stream;
    Test__Note note = TEST__NOTE__INIT, *answer = NULL;
    uint8_t pad[65536] = {0};
    note.blob = (ProtobufCBinaryData){sizeof(pad), pad};
    assert_int_equal(grpc_stream_open(fixture->channel, "/test/Slow", &no_limit, &stream, &err), GRPC_OK);
    enum grpc_code code = GRPC_OK;
    int sent = 0;
    for (; sent < 100; sent++) {
        struct grpc_options soon = {.deadline_ns = in_ms(20), .cancel_fd = -1};
        code = grpc_stream_send(stream, &note.base, &soon, &err);
        if (code)
            break;
    }
    assert_int_equal(code, GRPC_DEADLINE_EXCEEDED);
    assert_in_range(sent, 1, 20);
    pthread_t thread;
    pthread_create(&thread, NULL, release_later, fixture->server);
    assert_int_equal(grpc_stream_send(stream, &note.base, &no_limit, &err), GRPC_OK);
    assert_int_equal(grpc_stream_send_end(stream, &err), GRPC_OK);
    assert_int_equal(
        grpc_stream_receive(stream, &test__note__descriptor, (ProtobufCMessage **)&answer, &no_limit, &err),
        0);
    assert_true(answer->number >= (sent + 1) * (int)sizeof(pad));
    test__note__free_unpacked(answer, NULL);
    pthread_join(thread, NULL);
    grpc_stream_close(stream);
}

static void bidi_once(struct grpc_stream *stream, int number)
{
    Test__Note note = TEST__NOTE__INIT, *echo = NULL;
    struct grpc_error err;
    note.number = number;
    assert_int_equal(grpc_stream_send(stream, &note.base, &no_limit, &err), GRPC_OK);
    assert_int_equal(
        grpc_stream_receive(stream, &test__note__descriptor, (ProtobufCMessage **)&echo, &no_limit, &err), 0);
    assert_int_equal(echo->number, number);
    test__note__free_unpacked(echo, NULL);
}

/* GOAWAY: what runs goes on over the old connection, what comes next goes over a new one. */
static void test_goaway(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_error err;
    struct grpc_stream *stream;
    Test__Note *note;
    assert_int_equal(grpc_stream_open(fixture->channel, "/test/Bidi", &no_limit, &stream, &err), GRPC_OK);
    bidi_once(stream, 1);
    assert_int_equal(call(fixture->channel, "/test/Goaway", "bye", 0, &note, &no_limit, &err), GRPC_OK);
    test__note__free_unpacked(note, NULL);
    assert_int_equal(call(fixture->channel, "/test/Unary", "again", 0, &note, &no_limit, &err), GRPC_OK);
    test__note__free_unpacked(note, NULL);
    assert_int_equal(test_server_connections(fixture->server), 2);
    bidi_once(stream, 2);
    assert_int_equal(grpc_stream_send_end(stream, &err), GRPC_OK);
    assert_int_equal(receive_all(stream, 0, GRPC_OK), 0);
    grpc_stream_close(stream);
}

static void test_refused_is_sent_again(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_error err;
    Test__Note *note;
    assert_int_equal(call(fixture->channel, "/test/RefuseOnce", "x", 7, &note, &no_limit, &err), GRPC_OK);
    assert_int_equal(note->number, 7);
    test__note__free_unpacked(note, NULL);
}

struct load {
    struct grpc_channel *channel;
    unsigned failed, unavailable;
    int drops;
};

static void *load_run(void *argument)
{
    struct load *load = argument;
    struct grpc_options options = {.deadline_ns = in_ms(60000), .cancel_fd = -1};
    for (int i = 0; i < 200; i++) {
        Test__Note *note = NULL;
        struct grpc_error err;
        bool drop = load->drops && i % 50 == 49;
        enum grpc_code code =
            call(load->channel, drop ? "/test/Drop" : "/test/Unary", "x", i, &note, &options, &err);
        if (!code && note->number == i)
            test__note__free_unpacked(note, NULL);
        else if (code == GRPC_UNAVAILABLE)
            load->unavailable++;
        else
            load->failed++;
    }
    return NULL;
}

static unsigned load_all(struct grpc_channel *channel, int drops, unsigned *ret_unavailable)
{
    struct load loads[8];
    pthread_t threads[8];
    unsigned failed = 0;
    *ret_unavailable = 0;
    for (int i = 0; i < 8; i++) {
        loads[i] = (struct load){.channel = channel, .drops = drops};
        pthread_create(&threads[i], NULL, load_run, &loads[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        failed += loads[i].failed;
        *ret_unavailable += loads[i].unavailable;
    }
    return failed;
}

static void test_threads(void **state)
{
    struct fixture *fixture = *state;
    unsigned unavailable;
    assert_int_equal(load_all(fixture->channel, 0, &unavailable), 0);
    assert_int_equal(unavailable, 0);
    assert_int_equal(test_server_connections(fixture->server), 1);
    /* connections that drop under load: answered, or known to be lost; nothing hangs */
    assert_int_equal(load_all(fixture->channel, 1, &unavailable), 0);
    assert_true(unavailable >= 32);
}

static void test_stop_ends_streams(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_error err;
    struct grpc_stream *stream;
    ProtobufCMessage *message = NULL;
    assert_int_equal(grpc_stream_open(fixture->channel, "/test/Hang", &no_limit, &stream, &err), GRPC_OK);
    test_server_stop(fixture->server);
    fixture->server = NULL;
    assert_int_equal(grpc_stream_receive(stream, &test__note__descriptor, &message, &no_limit, &err),
                     GRPC_UNAVAILABLE);
    grpc_stream_close(stream);
    assert_int_equal(call(fixture->channel, "/test/Unary", "", 0, (Test__Note **)&message, &no_limit, &err),
                     GRPC_UNAVAILABLE);
    assert_non_null(strstr(err.message, "connect unix:///tmp/grpc-c-"));
    assert_non_null(strstr(err.message, "No such file"));
}

static void test_targets(void **state)
{
    static const struct {
        const char *target;
        bool good;
    } cases[] = {
        {"unix:///run/x.sock", true},
        {"unix:x.sock", true},
        {"http://[::1]:80", true},
        {"https://a.example:443/", true},
        {"http://127.0.0.1", false},
        {"http://:80", false},
        {"http://a:", false},
        {"ftp://a:1", false},
        {"http://a:80/path", false},
        {"unix://", false},
        {"", false},
        {NULL, false},
        {"http://[::1", false},
        {"http://[::1]80", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct grpc_error err = {0};
        struct grpc_channel *channel =
            grpc_channel_new(&(struct grpc_channel_config){.target = cases[i].target}, &err);
        if ((channel != NULL) != cases[i].good)
            fail_msg("target %s", cases[i].target ? cases[i].target : "NULL");
        if (!channel)
            assert_non_null(strstr(err.message, "target \""));
        grpc_channel_free(channel);
    }
}

/* The server's certificate is not signed by whom we trust. */
static void test_tls_untrusted(void **state)
{
    struct fixture *fixture = *state;
    struct grpc_error err;
    Test__Note *note;
    struct grpc_channel *channel =
        grpc_channel_new(&(struct grpc_channel_config){.target = test_server_target(fixture->server)}, &err);
    assert_int_equal(call(channel, "/test/Unary", "", 0, &note, &no_limit, &err), GRPC_UNAVAILABLE);
    assert_non_null(strstr(err.message, "certificate"));
    grpc_channel_free(channel);
    channel = grpc_channel_new(&(struct grpc_channel_config){.target = test_server_target(fixture->server),
                                                             .ca_file = test_server_ca_file(fixture->server),
                                                             .server_name = "other.example"},
                               &err);
    assert_int_equal(call(channel, "/test/Unary", "", 0, &note, &no_limit, &err), GRPC_UNAVAILABLE);
    assert_non_null(strstr(err.message, "mismatch"));
    grpc_channel_free(channel);
}

/* A socket that takes connections and says nothing. */
static int silent_listener(char *ret_target, size_t size, const char *scheme)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    snprintf(ret_target, size, "%s://127.0.0.1:%u", scheme, ntohs(address.sin_port));
    return fd;
}

static void test_silent_server(void **state)
{
    static const struct {
        const char *scheme, *message;
        int connect_timeout_ms, keepalive_s;
    } cases[] = {
        {"https", "timed out", 30, 0},
        {"http", "keep-alive", 3000, 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char target[64];
        struct grpc_error err;
        Test__Note *note;
        int fd = silent_listener(target, sizeof(target), cases[i].scheme);
        struct grpc_channel *channel =
            grpc_channel_new(&(struct grpc_channel_config){.target = target,
                                                           .connect_timeout_ms = cases[i].connect_timeout_ms,
                                                           .keepalive_s = cases[i].keepalive_s},
                             &err);
        assert_int_equal(call(channel, "/test/Unary", "", 0, &note, &no_limit, &err), GRPC_UNAVAILABLE);
        if (!strstr(err.message, cases[i].message))
            fail_msg("%s: %s", cases[i].scheme, err.message);
        grpc_channel_free(channel);
        close(fd);
    }
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* TLS writes with write(2), as in any daemon that uses it */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_silent_server),
        cmocka_unit_test_setup_teardown(test_unary, setup_unix, teardown),
        cmocka_unit_test_setup_teardown(test_unary, setup_tcp, teardown),
        cmocka_unit_test_setup_teardown(test_unary, setup_tls, teardown),
        cmocka_unit_test_setup_teardown(test_failures, setup_unix, teardown),
        cmocka_unit_test_setup_teardown(test_big, setup_unix, teardown),
        cmocka_unit_test_setup_teardown(test_big, setup_tls, teardown),
        cmocka_unit_test_setup_teardown(test_metadata, setup_unix, teardown),
        cmocka_unit_test_setup_teardown(test_deadline_and_cancel, setup_unix, teardown),
        cmocka_unit_test_setup_teardown(test_server_stream, setup_unix, teardown),
        cmocka_unit_test_setup_teardown(test_server_stream, setup_tls, teardown),
        cmocka_unit_test_setup_teardown(test_bidi, setup_tcp, teardown),
        cmocka_unit_test_setup_teardown(test_send_blocks, setup_unix, teardown),
        cmocka_unit_test_setup_teardown(test_goaway, setup_unix, teardown),
        cmocka_unit_test_setup_teardown(test_refused_is_sent_again, setup_unix, teardown),
        cmocka_unit_test_setup_teardown(test_threads, setup_unix, teardown),
        cmocka_unit_test_setup_teardown(test_stop_ends_streams, setup_unix, teardown),
        cmocka_unit_test_setup_teardown(test_tls_untrusted, setup_tls, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
