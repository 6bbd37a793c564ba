/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server and client against each other in one process, where answers are whole: bodies, refusals, headers;
 * and the server itself: certificates and their reload, errors at the start, unix sockets, connection limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/io/self-signed.h"
#include "core/io/test-transports.h"

static void assert_echo(struct http_client *client, const char *method, size_t size, int status)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_free_ char *data = xmalloc(size + 1);
    const char *headers[] = {"Content-Type", "application/json", NULL};
    struct http_client_request request = {method, "/echo", headers, {data, size}, 30000, 0};
    struct http_client_response response;
    for (size_t i = 0; i < size; i++)
        data[i] = (char)(i % 253);
    assert_int_equal(http_client_do(client, &request, &response, &err), 0);
    assert_int_equal(response.status, status);
    if (status == 200) {
        assert_int_equal(response.body.size, size);
        assert_memory_equal(response.body.data ? response.body.data : "", data, size);
        assert_true(slice_is(http_header_find(response.headers, response.headers_count, "x-method"), method));
        assert_true(slice_is(http_header_find(response.headers, response.headers_count, "x-content-type"),
                             "application/json"));
        assert_non_null(http_header_find(response.headers, response.headers_count, "date").data);
    }
    http_client_response_done(&response);
}

static void test_whole_answers(void **state)
{
    for (size_t i = 0; i < TEST_TRANSPORTS; i++) {
        struct test_pair f;
        test_pair_start(&f, i, NULL);
        assert_get(f.client, "/small", 200, "small");
        assert_get(f.client, "/worker", 200, "from a worker");
        assert_get(f.client, "/posted", 200, "from its loop");
        assert_get(f.client, "/absent?a=b", 404, "not here");
        assert_get(f.client, "/nothing", 204, "");
        assert_get(f.client, "/headers?q=%20x", 200, "[] [127.0.0.1] [q=%20x] absent");
        _cleanup_free_ char *blocks = NULL;
        assert_int_equal(test_get(f.client, "/blocks", &blocks), 200);
        assert_int_equal(strlen(blocks), 333 * 1503 + 1);
        assert_int_equal(test_metric(&f.server, "connections_accepted_total"), 1);
        assert_int_equal(test_metric(&f.server, "requests_total"), 7);
        test_pair_stop(&f);
    }
}

static void test_bodies(void **state)
{
    for (size_t i = 0; i < TEST_TRANSPORTS; i++) {
        struct test_pair f;
        test_pair_start(&f, i, NULL);
        assert_echo(f.client, "POST", 0, 200);
        assert_echo(f.client, "PUT", 1, 200);
        assert_echo(f.client, "PATCH", 100000, 200);
        assert_echo(f.client, "POST", 3 * 1024 * 1024, 200);
        assert_echo(f.client, "POST", 3 * 1024 * 1024 + 1, 413);
        assert_echo(f.client, "DELETE", 10, 200);
        assert_int_equal(test_metric(&f.server, "connections_accepted_total"), 1); /* kept after 413 too */
        assert_int_equal(test_metric(&f.server, "request_body_bytes"), 0);
        test_pair_stop(&f);
    }
}

/* The first is what a look-up finds; all of them are there. Cookies are one. */
static void test_repeated_headers(void **state)
{
    for (size_t i = 0; i < TEST_TRANSPORTS; i++) {
        struct test_pair f;
        const char *headers[] = {"X-Twice", "one",   "cookie", "a=1",    "x-twice", "two, three",
                                 "X-TWICE", "three", "Cookie", "b=2; c", NULL};
        struct http_client_request request = {"GET", "/repeated", headers, {0}, 30000, 0};
        struct http_client_response response;
        test_pair_start(&f, i, NULL);
        assert_int_equal(http_client_do(f.client, &request, &response, NULL), 0);
        assert_string_equal(response.body.data, "[one] one a=1; b=2; c two, three three");
        http_client_response_done(&response);
        test_pair_stop(&f);
    }
}

static void test_head_has_no_body(void **state)
{
    for (size_t i = 0; i < TEST_TRANSPORTS; i++) {
        struct test_pair f;
        struct http_client_request request = {"HEAD", "/small", NULL, {0}, 30000, 0};
        struct http_client_response response;
        test_pair_start(&f, i, NULL);
        assert_int_equal(http_client_do(f.client, &request, &response, NULL), 0);
        assert_int_equal(response.body.size, 0);
        assert_true(
            slice_is(http_header_find(response.headers, response.headers_count, "content-length"), "5"));
        http_client_response_done(&response);
        assert_get(f.client, "/small", 200, "small");
        test_pair_stop(&f);
    }
}

static void test_client_certificates(void **state)
{
    struct test_server t;
    test_server_start(&t, NULL, true);
    const struct test_certificates *c = &t.certificates;
    const struct {
        const char *cert, *key, *who;
    } cases[] = {
        {NULL, NULL, "nobody"},
        {c->client_cert, c->client_key, "alice devs admins"},
        {c->forged_cert, c->forged_key, "bad"},
        {c->expired_cert, c->expired_key, "bad"},
        {c->server_cert, c->server_key, "bad"}, /* not for clients */
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        for (int http1_only = 0; http1_only < 2; http1_only++) {
            struct test_client_options options = {.is_tls = true,
                                                  .http1_only = http1_only,
                                                  .cert_file = cases[i].cert,
                                                  .key_file = cases[i].key};
            struct http_client *client = test_client_new(&t, &options);
            assert_get(client, "/who", 200, cases[i].who);
            http_client_free(client);
        }
    test_server_stop(&t);
}

static void test_reload_of_certificates(void **state)
{
    struct test_server t;
    struct test_certificates other;
    test_server_start(&t, NULL, true);
    test_certificates_make(&other);
    struct test_client_options old_ca = {.is_tls = true}, new_ca = {.is_tls = true, .ca_file = other.ca};
    struct http_client *before = test_client_new(&t, &old_ca);
    assert_get(before, "/small", 200, "small");
    struct tls_settings *tls =
        tls_server_new(&(struct tls_server_config){other.server_cert, other.server_key, NULL}, NULL);
    http_server_set_tls(t.server, tls);
    tls_settings_unref(tls);
    struct http_client *after = test_client_new(&t, &new_ca);
    assert_get(after, "/small", 200, "small");
    assert_get(before, "/small", 200, "small"); /* its connection lives on */
    http_client_free(before);
    http_client_free(after);
    test_certificates_remove(&other);
    test_server_stop(&t);
}

static struct tls_settings *self_signed;

static struct tls_settings *on_hello(void *context)
{
    return self_signed;
}

static void assert_answers(struct test_server *t, bool is_tls, bool http1_only, const char *ca_file)
{
    struct http_client *client = test_client_new(
        t, &(struct test_client_options){.is_tls = is_tls, .http1_only = http1_only, .ca_file = ca_file});
    assert_get(client, "/small", 200, "small");
    http_client_free(client);
}

/* One port for who begins with TLS and who does not; the certificate is one that signed itself. */
static void test_tls_on_hello(void **state)
{
    static const char *const names[] = {"example.org", "192.0.2.1", NULL};
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_(buffer_done) struct buffer certificate = BUFFER_INIT, key = BUFFER_INIT;
    struct test_server t;
    assert_int_equal(self_signed_make("here", names, &certificate, &key, &err), 0);
    self_signed =
        tls_server_new(&(struct tls_server_config){.cert_data = {certificate.data, certificate.size},
                                                   .key_data = {key.data, key.size}},
                       &err);
    assert_non_null(self_signed);
    test_server_start(&t, &(struct http_server_config){.tls_on_hello = on_hello}, false);
    _cleanup_free_ char *file = xasprintf("%s/self-signed.crt", t.certificates.folder);
    assert_int_equal(file_write(file, (struct slice){certificate.data, certificate.size}, &err), 0);
    assert_answers(&t, true, false, file);
    assert_answers(&t, true, true, file);
    assert_answers(&t, false, true, NULL);
    test_server_stop(&t);
    tls_settings_unref(self_signed);
}

static void test_start_errors(void **state)
{
    struct test_server t;
    test_server_start(&t, NULL, false);
    _cleanup_free_ char *in_use = xasprintf("127.0.0.1 port %u", http_server_port(t.server));
    const struct {
        const char *address, *unix_path, *message;
        uint16_t port;
        enum error_code code;
    } cases[] = {
        {"127.0.0.1", NULL, in_use, http_server_port(t.server), ERR_INTERNAL},
        {"localhost", NULL, "\"localhost\" is not an IP address", 0, ERR_BAD_REQUEST},
        {"192.0.2.1", NULL, "192.0.2.1 port 1", 1, ERR_INTERNAL},
        {NULL, "/no/such/folder/socket", "/no/such/folder/socket", 0, ERR_NOT_FOUND},
        {NULL, "/etc/passwd", "/etc/passwd exists and is not a socket", 0, ERR_ALREADY_EXISTS},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct http_server *server = NULL;
        struct http_server_config config = {
            .address = cases[i].address, .unix_path = cases[i].unix_path, .port = cases[i].port};
        config.handler = (void (*)(void *, struct http_request *))abort;
        assert_int_equal(http_server_start(&config, &server, &err), -1);
        assert_null(server);
        assert_int_equal(err.code, cases[i].code);
        assert_non_null(strstr(err.message, cases[i].message));
    }
    test_server_stop(&t);
}

static void test_tls_setting_errors(void **state)
{
    struct test_certificates c;
    test_certificates_make(&c);
    const struct {
        struct tls_server_config config;
        const char *message;
    } cases[] = {
        {{"/absent.crt", c.server_key, NULL}, "/absent.crt"},
        {{c.server_cert, "/absent.key", NULL}, "/absent.key"},
        {{c.server_cert, c.client_key, NULL}, c.client_key},
        {{c.server_cert, c.server_key, "/absent-ca.crt"}, "/absent-ca.crt"},
        {{c.server_key, c.server_key, NULL}, c.server_key},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        assert_null(tls_server_new(&cases[i].config, &err));
        assert_non_null(strstr(err.message, cases[i].message));
    }
    test_certificates_remove(&c);
}

static void test_unix_socket(void **state)
{
    for (int http2 = 0; http2 < 2; http2++) {
        struct test_server t;
        char path[] = "/tmp/keelson-io-socket-XXXXXX";
        close(mkstemp(path));
        unlink(path);
        test_server_start(&t, &(struct http_server_config){.unix_path = path, .loops = 2}, false);
        struct http_client_config config = {
            .loop = t.client_loop, .unix_path = path, .h2_prior_knowledge = http2};
        struct http_client *client = http_client_new(&config);
        assert_get(client, "/small", 200, "small");
        assert_echo(client, "POST", 200000, 200);
        http_client_free(client);
        test_server_stop(&t);
        assert_int_equal(access(path, F_OK), -1);
    }
}

/* The longest idle connection makes room for a new one. */
static void test_connection_limit(void **state)
{
    struct test_server t;
    struct http_client *clients[5];
    test_server_start(&t, &(struct http_server_config){.connections_max = 3, .loops = 1}, true);
    for (unsigned i = 0; i < ARRAY_SIZE(clients); i++) {
        clients[i] = test_client_new(&t, &(struct test_client_options){.is_tls = true});
        assert_get(clients[i], "/small", 200, "small");
    }
    struct test_pair f = {.server = t};
    assert_true(test_metric(&f.server, "connections") <= 3);
    assert_get(clients[0], "/small", 200, "small"); /* connects again */
    for (unsigned i = 0; i < ARRAY_SIZE(clients); i++)
        http_client_free(clients[i]);
    test_server_stop(&t);
}

#define IDLE_CONNECTIONS 200

/* As many connections as a small cluster has, all still good after being idle. */
static void test_idle_connections_stay(void **state)
{
    struct test_server t;
    struct http_client *clients[IDLE_CONNECTIONS];
    test_server_start(&t, NULL, true);
    for (unsigned i = 0; i < IDLE_CONNECTIONS; i++) {
        clients[i] = test_client_new(&t, &(struct test_client_options){.is_tls = true});
        assert_get(clients[i], "/small", 200, "small");
    }
    for (unsigned i = 0; i < IDLE_CONNECTIONS; i++)
        assert_get(clients[i], "/small", 200, "small");
    struct test_pair f = {.server = t};
    assert_int_equal(test_metric(&f.server, "connections_accepted_total"), IDLE_CONNECTIONS);
    for (unsigned i = 0; i < IDLE_CONNECTIONS; i++)
        http_client_free(clients[i]);
    test_server_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_answers),       cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_repeated_headers),    cmocka_unit_test(test_head_has_no_body),
        cmocka_unit_test(test_client_certificates), cmocka_unit_test(test_reload_of_certificates),
        cmocka_unit_test(test_tls_on_hello),        cmocka_unit_test(test_start_errors),
        cmocka_unit_test(test_tls_setting_errors),  cmocka_unit_test(test_unix_socket),
        cmocka_unit_test(test_connection_limit),    cmocka_unit_test(test_idle_connections_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
