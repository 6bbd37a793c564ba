/* SPDX-License-Identifier: Apache-2.0 */
/* cloud-http against a server that misbehaves: what each request comes to, and that connections are kept. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/cloud-http/cloud-http.h"
#include "lib/cloud-http/test-server.h"

#define BODY_BYTES_MAX 200000

struct fixture {
    struct test_server *server;
    struct cloud_http *http;
};

static int64_t in_ms(int64_t ms)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec + ms * 1000000;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->server = test_server_start();
    f->http = cloud_http_new(&(struct cloud_http_config){.user_agent = "keelson-test",
                                                         .allow_plain = true,
                                                         .stall_timeout_ms = 1000,
                                                         .body_bytes_max = BODY_BYTES_MAX});
    assert_non_null(f->http);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    cloud_http_free(f->http);
    test_server_stop(f->server);
    free(f);
    return 0;
}

static struct cloud_http_request request_to(const struct fixture *f, char *url, size_t size, const char *act)
{
    snprintf(url, size, "http://127.0.0.1:%d/%s", test_server_port(f->server), act);
    return (struct cloud_http_request){
        .method = "GET", .url = url, .deadline_ns = in_ms(60000), .cancel_fd = -1};
}

static void test_answer(void **state)
{
    struct fixture *f = *state;
    struct cloud_http_answer a;
    char url[256];
    struct cloud_http_request r = request_to(f, url, sizeof(url), "echo/x?y=z");
    r.method = "POST";
    r.body = "a=b";
    r.body_size = 3;
    cloud_http_do(f->http, &r, &a);
    assert_int_equal(a.cause, CLOUD_HTTP_OK);
    assert_int_equal(a.status, 200);
    assert_string_equal(a.body, "a=b");
    assert_int_equal(a.size, 3);
    assert_string_equal(a.content_type, "text/plain");
    assert_string_equal(a.request_id, "");
    assert_true(a.retry_after_ms == -1 && a.date_s == -1);
    cloud_http_answer_done(&a);
    cloud_http_answer_done(&a);
}

static void test_headers_of_the_answer(void **state)
{
    struct fixture *f = *state;
    struct cloud_http_answer a;
    char url[256];
    struct cloud_http_request r = request_to(f, url, sizeof(url), "headers");
    cloud_http_do(f->http, &r, &a);
    assert_int_equal(a.cause, CLOUD_HTTP_OK);
    assert_int_equal(a.status, 503);
    assert_string_equal(a.body, "<a/>\n");
    assert_string_equal(a.content_type, "text/xml;charset=UTF-8");
    assert_string_equal(a.request_id, "1b-2c");
    assert_int_equal(a.retry_after_ms, 7000);
    assert_int_equal(a.date_s, 784111777);
    cloud_http_answer_done(&a);

    r = request_to(f, url, sizeof(url), "odd");
    cloud_http_do(f->http, &r, &a);
    assert_int_equal(a.status, 204);
    assert_string_equal(a.body, "");
    assert_true(a.retry_after_ms == -1 && a.date_s == -1);
    cloud_http_answer_done(&a);
}

static void test_headers_of_the_request(void **state)
{
    struct fixture *f = *state;
    struct cloud_http_answer a;
    char url[256];
    struct cloud_http_request r = request_to(f, url, sizeof(url), "head");
    const struct cloud_http_header headers[] = {{"X-One", "1 2"}, {"X-None", ""}};
    r.method = "PUT";
    r.headers = headers;
    r.headers_count = 2;
    cloud_http_do(f->http, &r, &a);
    assert_int_equal(a.cause, CLOUD_HTTP_OK);
    assert_non_null(strstr(a.body, "PUT /head HTTP/1.1\r\n"));
    assert_non_null(strstr(a.body, "\r\nX-One: 1 2\r\n"));
    assert_non_null(strstr(a.body, "\r\nX-None:\r\n"));
    assert_non_null(strstr(a.body, "\r\nContent-Length: 0\r\n"));
    assert_non_null(strstr(a.body, "\r\nUser-Agent: keelson-test\r\n"));
    assert_null(strstr(a.body, "Content-Type"));
    cloud_http_answer_done(&a);
}

static void test_what_cannot_be_asked(void **state)
{
    struct fixture *f = *state;
    static const char *const urls[] = {"",
                                       "http://",
                                       "file:///etc/passwd",
                                       "ftp://a/",
                                       "http://a/b c",
                                       "http://a/\r\nX: y",
                                       "http://a:b:c/"};
    static const struct cloud_http_header headers[] = {
        {"", "x"}, {"A b", "x"}, {"A:", "x"}, {"A", "x\r\nB: y"}};
    struct cloud_http_answer a;
    char url[256];
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct cloud_http_request r = {
            .method = "GET", .url = urls[i], .deadline_ns = INT64_MAX, .cancel_fd = -1};
        cloud_http_do(f->http, &r, &a);
        assert_int_equal(a.cause, CLOUD_HTTP_REFUSED);
        assert_true(a.problem[0]);
        cloud_http_answer_done(&a);
    }
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        struct cloud_http_request r = request_to(f, url, sizeof(url), "echo");
        r.headers = &headers[i];
        r.headers_count = 1;
        cloud_http_do(f->http, &r, &a);
        assert_int_equal(a.cause, CLOUD_HTTP_REFUSED);
        cloud_http_answer_done(&a);
    }
    assert_int_equal(test_server_requests(f->server), 0);
}

static void test_plain_is_refused(void **state)
{
    struct cloud_http *http = cloud_http_new(&(struct cloud_http_config){.user_agent = "t"});
    struct cloud_http_request r = {
        .method = "GET", .url = "http://127.0.0.1:1/", .deadline_ns = INT64_MAX, .cancel_fd = -1};
    struct cloud_http_answer a;
    cloud_http_do(http, &r, &a);
    assert_int_equal(a.cause, CLOUD_HTTP_REFUSED);
    cloud_http_answer_done(&a);
    cloud_http_free(http);
}

static void test_failures(void **state)
{
    static const struct {
        const char *act;
        enum cloud_http_cause cause;
    } cases[] = {
        {"short", CLOUD_HTTP_BROKEN},   {"chunks", CLOUD_HTTP_BROKEN},  {"reset", CLOUD_HTTP_BROKEN},
        {"garbage", CLOUD_HTTP_BROKEN}, {"silent", CLOUD_HTTP_TIMEOUT}, {"half", CLOUD_HTTP_TIMEOUT},
        {"huge", CLOUD_HTTP_TOO_LARGE},
    };
    struct fixture *f = *state;
    struct cloud_http_answer a;
    char url[256], peer[64];
    snprintf(peer, sizeof(peer), "127.0.0.1:%d", test_server_port(f->server));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cloud_http_request r = request_to(f, url, sizeof(url), cases[i].act);
        cloud_http_do(f->http, &r, &a);
        if (a.cause != cases[i].cause)
            fail_msg("%s: cause %d, %s", cases[i].act, (int)a.cause, a.problem);
        assert_non_null(strstr(a.problem, peer));
        cloud_http_answer_done(&a);
    }
    /* What failed is in nobody's way. */
    struct cloud_http_request r = request_to(f, url, sizeof(url), "echo");
    cloud_http_do(f->http, &r, &a);
    assert_int_equal(a.cause, CLOUD_HTTP_OK);
    cloud_http_answer_done(&a);
}

static void test_deadline(void **state)
{
    static const char *const acts[] = {"drip", "silent"};
    struct fixture *f = *state;
    struct cloud_http_answer a;
    char url[256];
    for (size_t i = 0; i < 2; i++) {
        struct cloud_http_request r = request_to(f, url, sizeof(url), acts[i]);
        r.deadline_ns = in_ms(300);
        cloud_http_do(f->http, &r, &a);
        assert_int_equal(a.cause, CLOUD_HTTP_TIMEOUT);
        assert_true(in_ms(0) >= r.deadline_ns);
        cloud_http_answer_done(&a);
    }
}

static void test_unreachable(void **state)
{
    struct fixture *f = *state;
    struct cloud_http_answer a;
    char url[256];
    struct cloud_http_request r = request_to(f, url, sizeof(url), "echo");
    r.url = "http://user:secret@127.0.0.1:1/path?token=secret";
    cloud_http_do(f->http, &r, &a);
    assert_int_equal(a.cause, CLOUD_HTTP_UNREACHABLE);
    assert_null(strstr(a.problem, "secret"));
    cloud_http_answer_done(&a);
    /* A server that speaks no TLS. */
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/echo", test_server_port(f->server));
    r.url = url;
    r.deadline_ns = in_ms(3000);
    cloud_http_do(f->http, &r, &a);
    assert_true(a.cause == CLOUD_HTTP_UNREACHABLE || a.cause == CLOUD_HTTP_TIMEOUT);
    cloud_http_answer_done(&a);
}

static void *cancel_when_asked(void *argument)
{
    void **both = argument;
    struct fixture *f = both[0];
    int fd = *(int *)both[1];
    while (test_server_requests(f->server) == 0)
        usleep(1000);
    assert_int_equal(eventfd_write(fd, 1), 0);
    return NULL;
}

static void test_cancel(void **state)
{
    struct fixture *f = *state;
    int fd = eventfd(0, EFD_CLOEXEC);
    void *both[] = {f, &fd};
    struct cloud_http_answer a;
    pthread_t thread;
    char url[256];
    struct cloud_http_request r = request_to(f, url, sizeof(url), "drip");
    r.deadline_ns = INT64_MAX;
    r.cancel_fd = fd;
    assert_int_equal(pthread_create(&thread, NULL, cancel_when_asked, both), 0);
    cloud_http_do(f->http, &r, &a);
    assert_int_equal(a.cause, CLOUD_HTTP_CANCELLED);
    cloud_http_answer_done(&a);
    pthread_join(thread, NULL);
    close(fd);
}

/* A host that cancels at the deadline does not make it a cancelled request. */
static void test_cancel_at_the_deadline(void **state)
{
    struct fixture *f = *state;
    int fd = eventfd(1, EFD_CLOEXEC);
    struct cloud_http_answer a;
    char url[256];
    struct cloud_http_request r = request_to(f, url, sizeof(url), "silent");
    r.deadline_ns = in_ms(0);
    r.cancel_fd = fd;
    cloud_http_do(f->http, &r, &a);
    assert_int_equal(a.cause, CLOUD_HTTP_TIMEOUT);
    cloud_http_answer_done(&a);
    close(fd);
}

static void ask(struct fixture *f, const char *act, enum cloud_http_cause cause, int status)
{
    struct cloud_http_answer a;
    char url[256];
    struct cloud_http_request r = request_to(f, url, sizeof(url), act);
    cloud_http_do(f->http, &r, &a);
    assert_int_equal(a.cause, cause);
    assert_int_equal(a.status, status);
    cloud_http_answer_done(&a);
}

static void test_connections_are_kept(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 10; i++)
        ask(f, "echo", CLOUD_HTTP_OK, 200);
    assert_int_equal(test_server_connections(f->server), 1);
    ask(f, "redirect", CLOUD_HTTP_OK, 302);
    assert_int_equal(test_server_requests(f->server), 11);
    /* One that the server closes meanwhile is no failure. */
    for (int i = 0; i < 3; i++)
        ask(f, "last", CLOUD_HTTP_OK, 200);
    /* What follows on one that was cut in an answer. */
    ask(f, "half", CLOUD_HTTP_TIMEOUT, 0);
    ask(f, "echo", CLOUD_HTTP_OK, 200);
}

/* What is started later inherits none of its descriptors. */
static void test_descriptors(void **state)
{
    struct fixture *f = *state;
    int inherited = 0, after = 0;
    for (int fd = 3; fd < 256; fd++)
        inherited += fcntl(fd, F_GETFD) == 0;
    ask(f, "echo", CLOUD_HTTP_OK, 200);
    for (int fd = 3; fd < 256; fd++)
        after += fcntl(fd, F_GETFD) == 0;
    assert_int_equal(after - inherited, 1); /* the test server's end of the connection */
}

#define THREADS  100
#define REQUESTS 20

static void *ask_often(void *argument)
{
    struct fixture *f = argument;
    char url[256], body[32];
    struct cloud_http_answer a;
    for (int i = 0; i < REQUESTS; i++) {
        struct cloud_http_request r = request_to(f, url, sizeof(url), "echo");
        snprintf(body, sizeof(body), "%p.%d", (void *)body, i);
        r.method = "POST";
        r.body = body;
        r.body_size = strlen(body);
        cloud_http_do(f->http, &r, &a);
        bool right = a.cause == CLOUD_HTTP_OK && strcmp(a.body, body) == 0;
        if (!right)
            fprintf(stderr, "# cause %d: %s\n", (int)a.cause, a.problem);
        cloud_http_answer_done(&a);
        if (!right)
            return f;
    }
    return NULL;
}

static void test_threads(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, f), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    assert_int_equal(test_server_requests(f->server), THREADS * REQUESTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_headers_of_the_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_headers_of_the_request, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_asked, setup, teardown),
        cmocka_unit_test(test_plain_is_refused),
        cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deadline, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unreachable, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel_at_the_deadline, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connections_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_descriptors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
