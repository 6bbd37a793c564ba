/* SPDX-License-Identifier: Apache-2.0 */
/* What the client sends, how it reads errors, and when it tries again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/memory.h"
#include "core/client/fake-transport.h"

static const struct resource deployments = {
    .group = "apps", .version = "v1", .plural = "deployments", .kind = "Deployment", .namespaced = true};
static const struct resource nodes = {.group = "", .version = "v1", .plural = "nodes", .kind = "Node"};

struct fixture {
    struct loop *loop;
    struct fake_transport *fake;
    struct client *client;
    struct arena arena;
    struct buffer seen; /* "METHOD target content-type body\n" */
    struct {
        int status;
        const char *body;
    } answers[8]; /* the last one repeats; status 0: refused */
    unsigned requests;
};

static int answer(void *context, const struct transport_request *request, int *status, struct buffer *body,
                  struct error *err)
{
    struct fixture *f = context;
    unsigned n = MIN(f->requests, (unsigned)ARRAY_SIZE(f->answers) - 1);
    while (n && !f->answers[n].body)
        n--;
    f->requests++;
    buffer_printf(&f->seen, "%s %s %s %.*s\n", request->method, request->target,
                  request->content_type ? request->content_type : "-", SLICE_ARG(request->body));
    if (!f->answers[n].status)
        return error_set(err, ERR_UNAVAILABLE, "connection refused");
    *status = f->answers[n].status;
    buffer_append_str(body, f->answers[n].body ? f->answers[n].body : "{}");
    return 0;
}

static int setup(void **state)
{
    struct fixture *f = new0(struct fixture);
    f->loop = loop_new();
    assert_int_equal(loop_start_thread(f->loop, "loop"), 0);
    f->fake = fake_transport_new(f->loop, answer, f);
    struct client_config config = {.loop = f->loop, .transport = fake_transport_base(f->fake)};
    assert_int_equal(client_new(&config, &f->client, NULL), 0);
    f->answers[0].status = 200;
    f->answers[0].body = "{}";
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    client_free(f->client);
    loop_stop(f->loop);
    loop_free(f->loop);
    arena_done(&f->arena);
    buffer_done(&f->seen);
    free(f);
    return 0;
}

static void expect_seen(struct fixture *f, const char *text)
{
    assert_string_equal(f->seen.data ? f->seen.data : "", text);
    buffer_clear(&f->seen);
}

static void requests_are_spelled(void **state)
{
    struct fixture *f = *state;
    struct json *got = NULL;
    f->answers[0].body = "{\"metadata\":{\"name\":\"x\"}}";
    assert_int_equal(client_get(f->client, &deployments, "ns", "web:a/b", &f->arena, &got, NULL), 0);
    assert_string_equal(object_name(got), "x");
    expect_seen(f, "GET /apis/apps/v1/namespaces/ns/deployments/web%3Aa%2Fb - \n");
    struct json *object = object_new(&f->arena, "apps/v1", "Deployment", "ns", "web");
    const char *text = "{\"apiVersion\":\"apps/"
                       "v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\",\"namespace\":\"ns\"}}";
    client_create(f->client, &deployments, "ns", object, &f->arena, NULL, NULL);
    _cleanup_free_ char *create = xasprintf("POST /apis/apps/v1/namespaces/ns/deployments - %s\n", text);
    expect_seen(f, create);
    client_update(f->client, &deployments, "status", object, &f->arena, NULL, NULL);
    _cleanup_free_ char *update =
        xasprintf("PUT /apis/apps/v1/namespaces/ns/deployments/web/status - %s\n", text);
    expect_seen(f, update);
    struct json *patch = json_new_object(&f->arena);
    client_patch(f->client, &nodes, NULL, "n", NULL, PATCH_STRATEGIC, patch, &f->arena, NULL, NULL);
    client_patch(f->client, &nodes, NULL, "n", "status", PATCH_MERGE, patch, &f->arena, NULL, NULL);
    expect_seen(f, "PATCH /api/v1/nodes/n application/strategic-merge-patch+json {}\n"
                   "PATCH /api/v1/nodes/n/status application/merge-patch+json {}\n");
    struct client_list_options list = {.label_selector = "a in (b,c)", .limit = 3, .continue_ = "z="};
    client_list(f->client, &deployments, NULL, &list, &f->arena, &got, NULL);
    expect_seen(
        f, "GET /apis/apps/v1/deployments?labelSelector=a%20in%20%28b%2Cc%29&limit=3&continue=z%3D - \n");
    struct client_delete_options options = {.grace_period_s = -1, .uid = "u", .propagation = "Foreground"};
    client_delete(f->client, &nodes, NULL, "n", NULL, NULL);
    client_delete(f->client, &nodes, NULL, "n", &options, NULL);
    expect_seen(f, "DELETE /api/v1/nodes/n - \nDELETE /api/v1/nodes/n - "
                   "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\","
                   "\"preconditions\":{\"uid\":\"u\"},\"propagationPolicy\":\"Foreground\"}\n");
}

static void statuses_become_errors(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    struct json *got = NULL;
    f->answers[0].status = 422;
    f->answers[0].body = "{\"kind\":\"Status\",\"reason\":\"Invalid\",\"message\":\"bad\",\"code\":422,"
                         "\"details\":{\"kind\":\"Deployment\",\"group\":\"apps\","
                         "\"name\":\"x\",\"causes\":[{\"reason\":\"FieldValueInvalid\",\"message\":\"too "
                         "high\",\"field\":\"spec.replicas\"}]}}";
    assert_int_equal(client_get(f->client, &nodes, NULL, "n", &f->arena, &got, &err), -1);
    assert_null(got);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.message, "bad");
    assert_string_equal(err.group, "apps");
    assert_int_equal(err.causes_count, 1);
    assert_string_equal(err.causes[0].field, "spec.replicas");
    error_done(&err);
    static const struct {
        int status;
        const char *body;
        enum error_code code;
    } cases[] = {
        {404, "nothing here", ERR_NOT_FOUND},
        {409, "{\"kind\":\"Status\",\"reason\":\"AlreadyExists\",\"message\":\"m\"}", ERR_ALREADY_EXISTS},
        {409, "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"m\"}", ERR_CONFLICT},
        {410, "{\"kind\":\"Status\",\"reason\":\"Expired\",\"message\":\"m\"}", ERR_EXPIRED},
        {403, "{\"reason\":\"no status\"}", ERR_FORBIDDEN},
        {200, "not JSON", ERR_INTERNAL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        err = ERROR_INIT;
        f->answers[0].status = cases[i].status;
        f->answers[0].body = cases[i].body;
        assert_int_equal(client_get(f->client, &nodes, NULL, "n", &f->arena, &got, &err), -1);
        assert_int_equal(err.code, cases[i].code);
        error_done(&err);
    }
}

static void refused_and_busy_are_tried_again(void **state)
{
    struct fixture *f = *state;
    struct json *got = NULL;
    f->answers[0].status = 0;
    f->answers[1].status = 0;
    f->answers[1].body = "";
    f->answers[2].status = 200;
    f->answers[2].body = "{\"a\":1}";
    assert_int_equal(client_get(f->client, &nodes, NULL, "n", &f->arena, &got, NULL), 0);
    assert_int_equal(f->requests, 3);
    assert_int_equal(json_integer_at(got, "a", 0), 1);
    f->requests = 0;
    f->answers[0].status = 429;
    f->answers[1].status = 503;
    fake_transport_retry_after(f->fake, 1);
    assert_int_equal(client_get(f->client, &nodes, NULL, "n", &f->arena, &got, NULL), 0);
    assert_int_equal(f->requests, 3);
}

static void busy_without_a_time_is_an_error(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    f->answers[0].status = 503;
    assert_int_equal(client_get(f->client, &nodes, NULL, "n", &f->arena, NULL, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_int_equal(f->requests, 1);
    error_done(&err);
}

static void a_stopped_client_does_not_wait(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    f->answers[0].status = 0;
    client_stop(f->client);
    assert_int_equal(client_get(f->client, &nodes, NULL, "n", &f->arena, NULL, &err), -1);
    assert_int_equal(f->requests, 1);
    error_done(&err);
}

static void a_fenced_client_sends_nothing(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    client_fence(f->client);
    assert_int_equal(client_get(f->client, &nodes, NULL, "n", &f->arena, NULL, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_int_equal(f->requests, 0);
    error_done(&err);
}

static int rename_it(void *context, struct arena *arena, struct json *object, struct error *err)
{
    int *what = context;
    if (*what < 0)
        return error_set(err, ERR_INVALID, "no");
    json_set_int(arena, object, "n", json_integer_at(object, "n", 0) + 1);
    return *what;
}

static void modify_repeats_on_conflict(void **state)
{
    struct fixture *f = *state;
    struct error err = ERROR_INIT;
    int what = 0;
    f->answers[0].body = "{\"metadata\":{\"name\":\"n\"},\"n\":1}";
    f->answers[1].status = 409;
    f->answers[1].body = "{\"kind\":\"Status\",\"reason\":\"Conflict\"}";
    f->answers[2].status = 200;
    f->answers[2].body = "{\"metadata\":{\"name\":\"n\"},\"n\":5}";
    assert_int_equal(client_modify(f->client, &nodes, NULL, "n", NULL, rename_it, &what, &err), 0);
    expect_seen(f, "GET /api/v1/nodes/n - \nPUT /api/v1/nodes/n - {\"metadata\":{\"name\":\"n\"},\"n\":2}\n"
                   "GET /api/v1/nodes/n - \nPUT /api/v1/nodes/n - {\"metadata\":{\"name\":\"n\"},\"n\":6}\n");
    what = 1;
    assert_int_equal(client_modify(f->client, &nodes, NULL, "n", NULL, rename_it, &what, &err), 0);
    expect_seen(f, "GET /api/v1/nodes/n - \n");
    what = -1;
    assert_int_equal(client_modify(f->client, &nodes, NULL, "n", NULL, rename_it, &what, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    error_done(&err);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(requests_are_spelled),
        TEST(statuses_become_errors),
        TEST(refused_and_busy_are_tried_again),
        TEST(busy_without_a_time_is_an_error),
        TEST(a_stopped_client_does_not_wait),
        TEST(a_fenced_client_sends_nothing),
        TEST(modify_repeats_on_conflict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
