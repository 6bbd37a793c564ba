/* SPDX-License-Identifier: Apache-2.0 */
/* ConfigMaps, Secrets and tokens from an API server of the test's: what is asked for again, and what serves
 * while it does not answer. */
#include "core/kubelet/volume.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/client/fake-transport.h"

static int64_t now_ns = 1795452243 * NS_PER_S;

static int64_t test_now(void)
{
    return now_ns;
}

static const struct clock_source simulated = {test_now, test_now};

struct fixture {
    struct loop *loop;
    struct client *client;
    struct volume_source *source;
    struct arena arena;
    struct json *pod;
    unsigned requests;
    int status;       /* of every answer */
    const char *body; /* NULL: a token that lasts an hour */
    char seen[1024];
};

static int answer(void *context, const struct transport_request *request, int *status, struct buffer *body,
                  struct error *err)
{
    struct fixture *f = context;
    char expires[TIME_TEXT_MAX];
    f->requests++;
    *status = f->status;
    snprintf(f->seen, sizeof(f->seen), "%s %s %.*s", request->method, request->target,
             SLICE_ARG(request->body));
    time_format(now_ns + 3600 * NS_PER_S, expires);
    if (f->body)
        buffer_append_str(body, f->body);
    else
        buffer_printf(body, "{\"status\":{\"token\":\"t%u\",\"expirationTimestamp\":\"%s\"}}", f->requests,
                      expires);
    return 0;
}

static int setup(void **state)
{
    struct fixture *f = new0(struct fixture);
    f->loop = loop_new();
    assert_int_equal(loop_start_thread(f->loop, "loop"), 0);
    struct client_config config = {.loop = f->loop,
                                   .transport = fake_transport_base(fake_transport_new(f->loop, answer, f))};
    assert_int_equal(client_new(&config, &f->client, NULL), 0);
    f->source = volume_source_new(f->client);
    f->status = 200;
    assert_int_equal(json_parse(&f->arena,
                                SLICE("{\"metadata\":{\"name\":\"p\",\"namespace\":\"shop\",\"uid\":\"u1\"},"
                                      "\"spec\":{\"serviceAccountName\":\"robot\"}}"),
                                &f->pod, NULL),
                     0);
    clock_set_source(&simulated);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    clock_set_source(NULL);
    volume_source_free(f->source);
    client_free(f->client);
    loop_free(f->loop);
    arena_done(&f->arena);
    free(f);
    return 0;
}

/* The value of data.a, or "!" and why not. */
static const char *ask(struct fixture *f)
{
    struct json *document;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (f->source->config_map(f->source->context, "shop", "settings", &f->arena, &document, &err) < 0)
        return arena_printf(&f->arena, "! %s", err.message);
    return json_string_or(json_at(document, "data.a"), "?");
}

static void test_memory(void **state)
{
    struct fixture *f = *state;
    f->body = "{\"data\":{\"a\":\"1\"}}";
    assert_string_equal(ask(f), "1");
    assert_non_null(strstr(f->seen, "GET /api/v1/namespaces/shop/configmaps/settings"));
    f->body = "{\"data\":{\"a\":\"2\"}}";
    assert_string_equal(ask(f), "1");
    assert_int_equal(f->requests, 1);
    now_ns += 61 * NS_PER_S;
    assert_string_equal(ask(f), "2");
    f->body = "{\"data\":{\"a\":\"3\"}}";
    f->source->pod_added(f->source->context, f->pod); /* must see what is there now */
    assert_string_equal(ask(f), "3");
    assert_int_equal(f->requests, 3);
}

static void test_outage(void **state)
{
    struct fixture *f = *state;
    f->body = "{\"data\":{\"a\":\"1\"}}";
    assert_string_equal(ask(f), "1");
    now_ns += 61 * NS_PER_S;
    f->status = 500;
    f->body = "{\"kind\":\"Status\",\"code\":500,\"reason\":\"InternalError\",\"message\":\"no\"}";
    assert_string_equal(ask(f), "1");
    f->status = 404;
    f->body = "{\"kind\":\"Status\",\"code\":404,\"reason\":\"NotFound\",\"message\":\"gone\"}";
    assert_string_equal(ask(f), "! configmap \"settings\" not found");
    f->status = 403;
    f->body = "{\"kind\":\"Status\",\"code\":403,\"reason\":\"Forbidden\",\"message\":\"no relation\"}";
    assert_string_equal(ask(f), "! couldn't get configmap shop/settings: no relation");
}

static void test_immutable(void **state)
{
    struct fixture *f = *state;
    f->body = "{\"data\":{\"a\":\"1\"},\"immutable\":true}";
    assert_string_equal(ask(f), "1");
    now_ns += 3600 * NS_PER_S;
    assert_string_equal(ask(f), "1");
    assert_int_equal(f->requests, 1);
}

static const char *token(struct fixture *f, const char *audience)
{
    const char *text;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (f->source->token(f->source->context, f->pod, audience, 3600, &f->arena, &text, &err) < 0)
        return arena_printf(&f->arena, "! %s", err.message);
    return text;
}

static void test_token(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(token(f, "vault"), "t1");
    assert_non_null(strstr(f->seen, "POST /api/v1/namespaces/shop/serviceaccounts/robot/token"));
    assert_non_null(
        strstr(f->seen,
               "\"boundObjectRef\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"p\",\"uid\":\"u1\"}"));
    assert_non_null(strstr(f->seen, "\"audiences\":[\"vault\"]"));
    assert_non_null(strstr(f->seen, "\"expirationSeconds\":3600"));
    assert_string_equal(token(f, ""), "t2"); /* another audience, another token */
    now_ns += 2870 * NS_PER_S;
    assert_string_equal(token(f, "vault"), "t1");
    now_ns += 20 * NS_PER_S; /* past 80% */
    f->status = 500;
    assert_string_equal(token(f, "vault"), "t1"); /* still good */
    f->status = 200;
    assert_string_equal(token(f, "vault"), "t4");
    now_ns += 3601 * NS_PER_S;
    f->status = 500;
    assert_int_equal(strncmp(token(f, "vault"), "! failed to fetch token", 23), 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(test_memory), CASE(test_outage), CASE(test_immutable),
                                       CASE(test_token)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
