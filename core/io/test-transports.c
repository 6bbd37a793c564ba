/* SPDX-License-Identifier: Apache-2.0 */
/* Server and client of a test over one of the four transports; see test-transports.h. */
#include "core/io/test-transports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/memory.h"

static const struct {
    const char *name;
    bool is_tls, is_http2;
} transports[] = {
    {"h1", false, false}, {"h2c", false, true}, {"h1+tls", true, false}, {"h2+tls", true, true}};

static struct http_client *client_of(struct test_pair *f, size_t transport)
{
    return test_client_new(&f->server,
                           &(struct test_client_options){.is_tls = transports[transport].is_tls,
                                                         .http1_only = !transports[transport].is_http2,
                                                         .h2_plain = transports[transport].is_http2});
}

void test_pair_start(struct test_pair *f, size_t transport, const struct http_server_config *config)
{
    print_message("  over %s\n", transports[transport].name);
    test_server_start(&f->server, config, transports[transport].is_tls);
    f->client = client_of(f, transport);
    f->is_http2 = transports[transport].is_http2;
}

void test_pair_stop(struct test_pair *f)
{
    http_client_free(f->client);
    test_server_stop(&f->server);
}

void assert_get(struct http_client *client, const char *target, int status, const char *text)
{
    _cleanup_free_ char *body = NULL;
    assert_int_equal(test_get(client, target, &body), status);
    assert_string_equal(body, text);
}

unsigned long long test_metric(struct test_server *t, const char *name)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    _cleanup_free_ char *key = xasprintf("\nkeelson_http_%s{server=\"test\"} ", name);
    http_server_metrics(t->server, &text);
    const char *at = strstr(text.data, key);
    assert_non_null(at);
    return strtoull(at + strlen(key), NULL, 10);
}
