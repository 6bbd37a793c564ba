/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client where servers misbehave: unreachable, silent, untrusted, broken off, garbage, too much; what is
 * tried again and what is not; the pool; many threads. A scripted server says exactly what a case needs.
 */
#include "core/io/http-client.h"

#include <arpa/inet.h>
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

/* Each connection gets the next reply once a request's head was read, and is then closed. */
struct script {
    const char *const *replies; /* NULL-terminated; "" closes without a word */
    int listen_fd;
    uint16_t port;
    unsigned long thread;
    atomic_uint served;
};

static void serve_one(int fd, const char *reply)
{
    char input[4096] = "";
    size_t size = 0;
    while (size < sizeof(input) - 1 && !strstr(input, "\r\n\r\n")) {
        ssize_t n = recv(fd, input + size, sizeof(input) - 1 - size, 0);
        if (n <= 0)
            break;
        size += (size_t)n;
        input[size] = '\0';
    }
    send(fd, reply, strlen(reply), MSG_NOSIGNAL);
}

static void *run_script(void *arg)
{
    struct script *script = arg;
    for (const char *const *reply = script->replies; *reply; reply++) {
        int fd = accept(script->listen_fd, NULL, NULL);
        if (fd < 0)
            break;
        serve_one(fd, *reply);
        shutdown(fd, SHUT_RDWR);
        close(fd);
        atomic_fetch_add(&script->served, 1);
    }
    return NULL;
}

static int listen_anywhere(uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void script_start(struct script *script, const char *const *replies)
{
    *script = (struct script){.replies = replies};
    script->listen_fd = listen_anywhere(&script->port);
    assert_int_equal(thread_start("script", 0, run_script, script, &script->thread), 0);
}

static void script_stop(struct script *script)
{
    shutdown(script->listen_fd, SHUT_RDWR);
    pthread_join((pthread_t)script->thread, NULL);
    close(script->listen_fd);
}

static struct loop *client_loop(void)
{
    struct loop *loop = loop_new();
    require(loop_start_thread(loop, "clients") == 0);
    return loop;
}

#define OK_TWO "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static const struct {
    const char *name, *method;
    const char *replies[5]; /* one a connection */
    int status;             /* 0: an error */
    const char *body;
    enum error_code code;
    unsigned served;
} scripts[] = {
    {"plain", "GET", {OK_TWO}, 200, "ok", 0, 1},
    {"until the end", "GET", {"HTTP/1.1 200 OK\r\n\r\nuntil here"}, 200, "until here", 0, 1},
    {"chunked",
     "GET",
     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
     200,
     "abc",
     0,
     1},
    {"interim",
     "GET",
     {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK_TWO},
     200,
     "ok",
     0,
     1},
    {"no content", "DELETE", {"HTTP/1.1 204 No Content\r\n\r\n"}, 204, "", 0, 1},
    {"cut in the body", "GET", {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"}, 0, NULL, ERR_TIMEOUT, 1},
    {"cut in a chunk",
     "GET",
     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"},
     0,
     NULL,
     ERR_TIMEOUT,
     1},
    {"cut in the head", "GET", {"HTTP/1.1 200 OK\r\nContent-"}, 0, NULL, ERR_TIMEOUT, 1},
    {"garbage", "GET", {"SSH-2.0-OpenSSH_9.2\r\n"}, 0, NULL, ERR_TIMEOUT, 1},
    {"no word, may have acted", "POST", {""}, 0, NULL, ERR_TIMEOUT, 1},
    {"101 that nobody asked for",
     "GET",
     {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"},
     0,
     NULL,
     ERR_TIMEOUT,
     1},
};

static void run_case(struct loop *loop, size_t i)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct script script;
    script_start(&script, scripts[i].replies);
    struct http_client *client =
        http_client_new(&(struct http_client_config){.loop = loop, .host = "127.0.0.1", .port = script.port});
    struct http_client_request request = {.method = scripts[i].method, .target = "/", .timeout_ms = 20000};
    struct http_client_response response = {0};
    int result = http_client_do(client, &request, &response, &err);
    if ((result == 0) != (scripts[i].status != 0))
        print_error("%s: %s\n", scripts[i].name, err.message);
    assert_int_equal(result, scripts[i].status ? 0 : -1);
    assert_int_equal(response.status, scripts[i].status);
    if (scripts[i].status)
        assert_string_equal(response.body.data ? response.body.data : "", scripts[i].body);
    else
        assert_int_equal(err.code, scripts[i].code);
    http_client_response_done(&response);
    http_client_free(client);
    script_stop(&script);
    assert_int_equal(script.served, scripts[i].served);
}

static void test_scripted_servers(void **state)
{
    struct loop *loop = client_loop();
    for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
        run_case(loop, i);
    loop_free(loop);
}

/* The server closes kept connections without a word: a request that changes nothing goes to a new one by
 * itself. */
static void test_stale_connection_is_replaced(void **state)
{
    static const char *const replies[] = {OK_TWO, OK_TWO, OK_TWO, NULL};
    struct loop *loop = client_loop();
    struct script script;
    script_start(&script, replies);
    struct http_client *client =
        http_client_new(&(struct http_client_config){.loop = loop, .host = "localhost", .port = script.port});
    for (unsigned i = 0; i < 3; i++) {
        _cleanup_free_ char *text = NULL;
        assert_int_equal(test_get(client, "/", &text), 200);
        assert_string_equal(text, "ok");
    }
    http_client_free(client);
    script_stop(&script);
    loop_free(loop);
}

static const struct {
    const char *name, *host, *message;
    bool is_tls, silent, closed_port;
    enum error_code code;
} failures[] = {
    {"refused", "127.0.0.1", "Connection refused", false, false, true, ERR_UNAVAILABLE},
    {"no such name", "no-such-name.invalid", "cannot connect to no-such-name.invalid", false, false, false,
     ERR_UNAVAILABLE},
    {"silent", "127.0.0.1", "no answer", false, true, false, ERR_TIMEOUT},
    {"silent handshake", "127.0.0.1", "cannot connect", true, true, false, ERR_UNAVAILABLE},
};

static void test_unreachable_servers(void **state)
{
    struct loop *loop = client_loop();
    struct tls_settings *tls = tls_client_new(&(struct tls_client_config){.insecure = true}, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        uint16_t port;
        int fd = listen_anywhere(&port);
        if (failures[i].closed_port)
            close(fd);
        struct http_client_config config = {.loop = loop,
                                            .host = failures[i].host,
                                            .port = port,
                                            .connect_timeout_ms = failures[i].silent ? 100 : 5000};
        config.tls = failures[i].is_tls ? tls : NULL;
        struct http_client *client = http_client_new(&config);
        struct http_client_request request = {.method = "GET",
                                              .target = "/",
                                              .timeout_ms = failures[i].is_tls   ? 20000
                                                            : failures[i].silent ? 100
                                                                                 : 20000};
        struct http_client_response response;
        assert_int_equal(http_client_do(client, &request, &response, &err), -1);
        if (!strstr(err.message, failures[i].message))
            print_error("%s: %s\n", failures[i].name, err.message);
        assert_int_equal(err.code, failures[i].code);
        assert_non_null(strstr(err.message, failures[i].message));
        http_client_free(client);
        if (!failures[i].closed_port)
            close(fd);
    }
    tls_settings_unref(tls);
    loop_free(loop);
}

static void test_untrusted_servers(void **state)
{
    struct test_server t;
    struct test_certificates other;
    test_server_start(&t, NULL, true);
    test_certificates_make(&other);
    const struct {
        struct tls_client_config tls;
        const char *message; /* NULL: works */
    } cases[] = {
        {{.ca_file = t.certificates.ca}, NULL},
        {{.ca_file = t.certificates.ca, .server_name = "localhost"}, NULL},
        {{.insecure = true}, NULL},
        {{.ca_file = other.ca}, "certificate"},
        {{.ca_file = t.certificates.ca, .server_name = "example.org"}, "mismatch"},
        {{.ca_file = t.certificates.ca, .server_name = "127.0.0.2"}, "mismatch"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct tls_settings *tls = tls_client_new(&cases[i].tls, NULL);
        struct http_client_config config = {
            .loop = t.client_loop, .host = "127.0.0.1", .port = http_server_port(t.server), .tls = tls};
        struct http_client *client = http_client_new(&config);
        struct http_client_request request = {.method = "GET", .target = "/small", .timeout_ms = 20000};
        struct http_client_response response = {0};
        int result = http_client_do(client, &request, &response, &err);
        assert_int_equal(result, cases[i].message ? -1 : 0);
        if (cases[i].message) {
            assert_int_equal(err.code, ERR_UNAVAILABLE);
            assert_non_null(strstr(err.message, cases[i].message));
        }
        http_client_response_done(&response);
        http_client_free(client);
        tls_settings_unref(tls);
    }
    test_certificates_remove(&other);
    test_server_stop(&t);
}

static void test_too_large_response(void **state)
{
    struct test_server t;
    test_server_start(&t, NULL, true);
    for (int http1_only = 0; http1_only < 2; http1_only++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct http_client *client =
            test_client_new(&t, &(struct test_client_options){.is_tls = true, .http1_only = http1_only});
        struct http_client_request request = {
            .method = "GET", .target = "/flood", .response_bytes_max = 1000000};
        struct http_client_response response;
        assert_int_equal(http_client_do(client, &request, &response, &err), -1);
        assert_int_equal(err.code, ERR_TOO_LARGE);
        _cleanup_free_ char *text = NULL;
        assert_int_equal(test_get(client, "/small", &text), 200);
        http_client_free(client);
    }
    test_server_stop(&t);
}

struct caller {
    struct http_client *client;
    unsigned long thread;
    unsigned good;
};

static void *call_many(void *arg)
{
    struct caller *caller = arg;
    for (unsigned i = 0; i < 100; i++) {
        _cleanup_free_ char *text = NULL;
        caller->good += test_get(caller->client, i % 2 ? "/worker" : "/small", &text) == 200;
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    struct test_server t;
    test_server_start(&t, NULL, true);
    for (int http1_only = 0; http1_only < 2; http1_only++) {
        struct test_client_options options = {.is_tls = true, .http1_only = http1_only, .connections_max = 3};
        struct http_client *client = test_client_new(&t, &options);
        struct caller callers[8];
        for (unsigned i = 0; i < ARRAY_SIZE(callers); i++) {
            callers[i] = (struct caller){.client = client};
            assert_int_equal(thread_start("caller", 0, call_many, &callers[i], &callers[i].thread), 0);
        }
        for (unsigned i = 0; i < ARRAY_SIZE(callers); i++) {
            pthread_join((pthread_t)callers[i].thread, NULL);
            assert_int_equal(callers[i].good, 100);
        }
        http_client_free(client);
    }
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    http_server_metrics(t.server, &text);
    assert_non_null(
        strstr(text.data, "keelson_http_connections_accepted_total{server=\"test\"} 4\n")); /* 1 + 3 */
    test_server_stop(&t);
}

/* A server that restarts: calls in between fail, later ones work over the same client. */
static void test_server_restart(void **state)
{
    struct test_server t;
    _cleanup_free_ char *first = NULL, *second = NULL;
    test_server_start(&t, NULL, true);
    struct http_server_config config = {
        .name = "again", .address = "127.0.0.1", .port = http_server_port(t.server), .tls = t.tls};
    struct http_client *client = test_client_new(&t, &(struct test_client_options){.is_tls = true});
    assert_int_equal(test_get(client, "/small", &first), 200);
    http_server_stop(t.server, 0);

    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct http_client_request request = {.method = "GET", .target = "/small", .timeout_ms = 20000};
    struct http_client_response response;
    assert_int_equal(http_client_do(client, &request, &response, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);

    config.handler = test_server_handle;
    config.context = &t;
    assert_int_equal(http_server_start(&config, &t.server, &err), 0);
    assert_int_equal(test_get(client, "/small", &second), 200);
    http_client_free(client);
    test_server_stop(&t);
}

struct unwanted {
    struct http_client *client;
    atomic_uint calls, done;
};

static void unwanted_end(void *context, const struct error *err)
{
    struct unwanted *u = context;
    atomic_fetch_add(&u->calls, 1);
}

static void start_and_cancel(void *context)
{
    struct unwanted *u = context;
    struct http_client_request request = {.method = "GET", .target = "/never"};
    struct http_client_stream_callbacks callbacks = {.ended = unwanted_end};
    http_client_stream_cancel(http_client_stream_start(u->client, &request, &callbacks, u));
    atomic_fetch_add(&u->done, 1);
}

static void test_cancel_before_it_began(void **state)
{
    struct test_server t;
    test_server_start(&t, NULL, true);
    struct unwanted u = {.client = test_client_new(&t, &(struct test_client_options){.is_tls = true})};
    for (unsigned i = 0; i < 10; i++)
        loop_post(t.client_loop, start_and_cancel, &u);
    test_wait(&u.done, 10);
    _cleanup_free_ char *text = NULL;
    assert_int_equal(test_get(u.client, "/small", &text), 200);
    http_client_free(u.client);
    assert_int_equal(u.calls, 0);
    test_server_stop(&t);
}

static void test_tls_setting_errors(void **state)
{
    const struct {
        struct tls_client_config config;
        const char *message;
    } cases[] = {
        {{.ca_file = "/absent-ca.crt"}, "/absent-ca.crt"},
        {{.ca_data = SLICE("not PEM")}, "CA data"},
        {{.insecure = true, .cert_data = SLICE("not PEM"), .key_data = SLICE("x")},
         "client certificate data"},
        {{.insecure = true, .cert_file = "/absent.crt", .key_file = "/absent.key"}, "/absent.crt"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        assert_null(tls_client_new(&cases[i].config, &err));
        assert_int_equal(err.code, ERR_BAD_REQUEST);
        assert_non_null(strstr(err.message, cases[i].message));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripted_servers),    cmocka_unit_test(test_stale_connection_is_replaced),
        cmocka_unit_test(test_unreachable_servers), cmocka_unit_test(test_untrusted_servers),
        cmocka_unit_test(test_too_large_response),  cmocka_unit_test(test_many_threads),
        cmocka_unit_test(test_server_restart),      cmocka_unit_test(test_cancel_before_it_began),
        cmocka_unit_test(test_tls_setting_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
