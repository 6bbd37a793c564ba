/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/client/transport-https.h"
#include "core/io/test-server.h"

/* The system's clock, which a test may put forward. */
static _Atomic int64_t ahead_ns;
static int64_t monotonic(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec + ahead_ns;
}
static int64_t realtime(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}
static const struct clock_source source = {realtime, monotonic};

static void put(const char *path, const char *from)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    assert_int_equal(file_read(from, 1 << 20, &text, NULL), 0);
    assert_int_equal(file_write_atomic(path, (struct slice){text.data, text.size}, 0600, NULL), 0);
}

static void expect_who(struct transport *t, const char *who)
{
    struct transport_request request = {.method = "GET", .target = "/who", .timeout_ms = 30000};
    struct http_client_response response = {0};
    struct error err = ERROR_INIT;
    assert_int_equal(t->request(t, &request, &response, &err), 0);
    assert_string_equal(response.body.data, who);
    http_client_response_done(&response);
    error_done(&err);
}

static void a_replaced_certificate_is_shown(void **state)
{
    struct test_server server;
    struct error err = ERROR_INIT;
    test_server_start(&server, NULL, true);
    _cleanup_free_ char *cert = xasprintf("%s/rotating.crt", server.certificates.folder),
                        *key = xasprintf("%s/rotating.key", server.certificates.folder),
                        *config = xasprintf("%s/rotating.conf", server.certificates.folder),
                        *text = xasprintf(
                            "{\"current-context\":\"c\",\"contexts\":[{\"name\":\"c\",\"context\":{"
                            "\"cluster\":\"c\",\"user\":\"u\"}}],\"clusters\":[{\"name\":\"c\","
                            "\"cluster\":{\"server\":\"https://127.0.0.1:%u\","
                            "\"certificate-authority\":\"%s\"}}],\"users\":[{\"name\":\"u\",\"user\":{"
                            "\"client-certificate\":\"%s\",\"client-key\":\"%s\"}}]}",
                            http_server_port(server.server), server.certificates.ca, cert, key);
    put(cert, server.certificates.forged_cert);
    put(key, server.certificates.forged_key);
    assert_int_equal(file_write_atomic(config, slice_of(text), 0600, NULL), 0);
    struct transport *t = transport_https_new(server.client_loop, config, "test", &err);
    assert_non_null(t);
    expect_who(t, "bad");
    put(cert, server.certificates.client_cert); /* half of it: the key is still the other's */
    ahead_ns += 11 * NS_PER_S;
    expect_who(t, "bad");
    put(key, server.certificates.client_key);
    ahead_ns += 11 * NS_PER_S;
    expect_who(t, "alice devs admins");
    t->free(t);
    test_server_stop(&server);
    error_done(&err);
}

static int use_test_clock(void **state)
{
    clock_set_source(&source);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_replaced_certificate_is_shown)};
    return cmocka_run_group_tests(tests, use_test_clock, NULL);
}
