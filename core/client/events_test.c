/* SPDX-License-Identifier: Apache-2.0 */
/* What the recorder sends: one event, a count for the same again, silence for those who shout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/memory.h"
#include "core/client/events.h"
#include "core/client/fake-transport.h"

struct fixture {
    struct loop *loop;
    struct fake_transport *fake;
    struct client *client;
    struct arena arena; /* of the test */
    struct arena sent;  /* of what is served, by another thread */
    struct json *pod;
    struct buffer seen; /* "POST reason message; PATCH 2; " */
    bool forget;        /* patches find nothing */
    struct json *last;
};

static int serve(void *context, const struct transport_request *request, int *status, struct buffer *body,
                 struct error *err)
{
    struct fixture *f = context;
    struct json *sent = NULL;
    assert_int_equal(json_parse(&f->sent, request->body, &sent, NULL), 0);
    *status = 200;
    if (!strcmp(request->method, "POST")) {
        assert_string_equal(request->target, "/api/v1/namespaces/ns/events");
        f->last = sent;
        buffer_printf(&f->seen, "POST %s %s; ", json_string_at(sent, "reason"),
                      json_string_at(sent, "message"));
    } else {
        assert_non_null(strstr(request->target, "/api/v1/namespaces/ns/events/web."));
        assert_string_equal(request->content_type, "application/strategic-merge-patch+json");
        buffer_printf(&f->seen, "PATCH %lld; ", (long long)json_integer_at(sent, "count", 0));
        *status = f->forget ? 404 : 200;
        f->forget = false;
    }
    return 0;
}

static int setup(void **state)
{
    struct fixture *f = new0(struct fixture);
    f->loop = loop_new();
    assert_int_equal(loop_start_thread(f->loop, "loop"), 0);
    f->fake = fake_transport_new(f->loop, serve, f);
    struct client_config config = {.loop = f->loop, .transport = fake_transport_base(f->fake)};
    assert_int_equal(client_new(&config, &f->client, NULL), 0);
    f->pod = object_new(&f->arena, "v1", "Pod", "ns", "web");
    json_set_string(&f->arena, json_get(f->pod, "metadata"), "uid", "u1");
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
    arena_done(&f->sent);
    buffer_done(&f->seen);
    free(f);
    return 0;
}

static void an_event_is_complete(void **state)
{
    struct fixture *f = *state;
    struct event_recorder *r = event_recorder_new(f->client, "kubelet", "node1");
    event_record(r, f->pod, "spec.containers{web}", "Warning", "BackOff", "try %d", 3);
    event_recorder_free(r);
    assert_string_equal(f->seen.data, "POST BackOff try 3; ");
    static const struct {
        const char *path, *value;
    } cases[] = {
        {"kind", "Event"},
        {"apiVersion", "v1"},
        {"type", "Warning"},
        {"metadata.namespace", "ns"},
        {"involvedObject.kind", "Pod"},
        {"involvedObject.apiVersion", "v1"},
        {"involvedObject.uid", "u1"},
        {"involvedObject.name", "web"},
        {"involvedObject.namespace", "ns"},
        {"involvedObject.fieldPath", "spec.containers{web}"},
        {"source.component", "kubelet"},
        {"source.host", "node1"},
        {"reportingComponent", "kubelet"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_string_equal(json_string_at(f->last, cases[i].path), cases[i].value);
    assert_string_equal(json_string_at(f->last, "firstTimestamp"), json_string_at(f->last, "lastTimestamp"));
    assert_int_equal(json_integer_at(f->last, "count", 0), 1);
}

static void the_same_again_is_counted(void **state)
{
    struct fixture *f = *state;
    struct event_recorder *r = event_recorder_new(f->client, "kubelet", "node1");
    event_record(r, f->pod, NULL, "Normal", "A", "x");
    event_record(r, f->pod, NULL, "Normal", "A", "x");
    event_record(r, f->pod, NULL, "Normal", "A", "y");
    event_record(r, f->pod, NULL, "Normal", "A", "x");
    event_recorder_free(r);
    assert_string_equal(f->seen.data, "POST A x; PATCH 2; POST A y; PATCH 3; ");
}

static void an_event_that_expired_is_made_anew(void **state)
{
    struct fixture *f = *state;
    struct event_recorder *r = event_recorder_new(f->client, "kubelet", "node1");
    f->forget = true;
    for (int i = 0; i < 3; i++)
        event_record(r, f->pod, NULL, "Normal", "A", "x");
    event_recorder_free(r);
    assert_string_equal(f->seen.data, "POST A x; PATCH 2; POST A x; PATCH 2; ");
}

static size_t count_of(const struct fixture *f, const char *what)
{
    size_t count = 0;
    for (const char *p = f->seen.data; (p = strstr(p, what)); p++)
        count++;
    return count;
}

static void an_object_that_shouts_is_silenced(void **state)
{
    struct fixture *f = *state;
    struct event_recorder *r = event_recorder_new(f->client, "kubelet", "node1");
    for (int i = 0; i < 40; i++)
        event_record(r, f->pod, NULL, "Normal", "A", "%d", i);
    struct json *other = object_new(&f->arena, "v1", "Pod", "ns", "web");
    json_set_string(&f->arena, json_get(other, "metadata"), "uid", "u2");
    event_record(r, other, NULL, "Normal", "B", "other");
    event_recorder_free(r);
    /* nine are told apart, the tenth begins to combine them, and 25 are told in all */
    assert_int_equal(count_of(f, "POST A"), 10);
    assert_int_equal(count_of(f, "PATCH"), 15);
    assert_non_null(strstr(f->seen.data, "POST A 8; POST A (combined from similar events): 9; PATCH 2; "));
    assert_non_null(strstr(f->seen.data, "POST B other; "));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_event_is_complete),
        TEST(the_same_again_is_counted),
        TEST(an_event_that_expired_is_made_anew),
        TEST(an_object_that_shouts_is_silenced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
