/* SPDX-License-Identifier: Apache-2.0 */
/* Leader election against one lease that the test keeps: take, hold, take over, lose, give up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/client/fake-transport.h"
#include "core/client/leader.h"

struct fixture {
    struct loop *loop;
    struct fake_transport *fake;
    struct client *client;
    struct arena arena;
    pthread_mutex_t server; /* guards the next three */
    struct json *lease;
    int64_t version;
    bool refuse;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int started, stopped, expired, writes, reads;
    int64_t answer_after_ms; /* of writes */
};

static int write_lease(struct fixture *f, struct slice text, int *status)
{
    struct json *sent = NULL;
    json_parse(&f->arena, text, &sent, NULL);
    const char *version = json_string_at(sent, "metadata.resourceVersion");
    _cleanup_free_ char *now = xasprintf("%lld", (long long)f->version);
    if (f->lease && (!version || strcmp(version, now) != 0)) {
        *status = 409;
        return 0;
    }
    f->lease = sent;
    json_set_stringf(&f->arena, json_get(sent, "metadata"), "resourceVersion", "%lld",
                     (long long)++f->version);
    pthread_mutex_lock(&f->lock);
    f->writes++;
    pthread_cond_broadcast(&f->wake);
    pthread_mutex_unlock(&f->lock);
    *status = 200;
    return 0;
}

static int serve_locked(struct fixture *f, const struct transport_request *request, int *status,
                        struct buffer *body, struct error *err)
{
    *status = 404;
    if (strstr(request->target, "/events")) {
        *status = 201;
        return 0;
    }
    if (f->refuse)
        return error_set(err, ERR_TIMEOUT, "no answer");
    assert_non_null(strstr(request->target, "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"));
    f->reads += strcmp(request->method, "GET") == 0;
    if (strcmp(request->method, "GET") != 0)
        write_lease(f, request->body, status);
    else if (f->lease)
        *status = 200;
    if (*status == 200)
        json_write(body, f->lease);
    return 0;
}

static int serve(void *context, const struct transport_request *request, int *status, struct buffer *body,
                 struct error *err)
{
    struct fixture *f = context;
    pthread_mutex_lock(&f->server);
    int rc = serve_locked(f, request, status, body, err);
    int64_t wait_ms = strcmp(request->method, "PUT") == 0 ? f->answer_after_ms : 0;
    pthread_mutex_unlock(&f->server);
    usleep((useconds_t)wait_ms * 1000);
    return rc;
}

static int setup(void **state)
{
    struct fixture *f = new0(struct fixture);
    pthread_mutex_init(&f->lock, NULL);
    pthread_mutex_init(&f->server, NULL);
    pthread_cond_init(&f->wake, NULL);
    f->loop = loop_new();
    assert_int_equal(loop_start_thread(f->loop, "loop"), 0);
    f->fake = fake_transport_new(f->loop, serve, f);
    struct client_config config = {.loop = f->loop, .transport = fake_transport_base(f->fake)};
    assert_int_equal(client_new(&config, &f->client, NULL), 0);
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
    pthread_mutex_destroy(&f->lock);
    pthread_mutex_destroy(&f->server);
    pthread_cond_destroy(&f->wake);
    free(f);
    return 0;
}

static void count(struct fixture *f, int *what)
{
    pthread_mutex_lock(&f->lock);
    ++*what;
    pthread_cond_broadcast(&f->wake);
    pthread_mutex_unlock(&f->lock);
}

static void on_started(void *context)
{
    struct fixture *f = context;
    count(f, &f->started);
}

static void on_stopped(void *context)
{
    struct fixture *f = context;
    count(f, &f->stopped);
}

static void on_expired(void *context)
{
    struct fixture *f = context;
    count(f, &f->expired);
}

static void wait_for(struct fixture *f, int *what, int least)
{
    pthread_mutex_lock(&f->lock);
    while (*what < least)
        pthread_cond_wait(&f->wake, &f->lock);
    pthread_mutex_unlock(&f->lock);
}

static struct leader *elect(struct fixture *f, const char *identity)
{
    struct leader_config config = {.client = f->client,
                                   .lease_namespace = "kube-system",
                                   .lease_name = "x",
                                   .identity = identity,
                                   .lease_duration_ms = 1000,
                                   .renew_deadline_ms = 400,
                                   .retry_period_ms = 20,
                                   .started = on_started,
                                   .stopped = on_stopped,
                                   .expired = on_expired,
                                   .context = f};
    return leader_start(&config);
}

static void put_lease(struct fixture *f, const char *text)
{
    pthread_mutex_lock(&f->server);
    assert_int_equal(json_parse(&f->arena, slice_of(text), &f->lease, NULL), 0);
    f->version = strtoll(json_string_at(f->lease, "metadata.resourceVersion"), NULL, 10);
    pthread_mutex_unlock(&f->server);
}

static const char *holder(struct fixture *f)
{
    return json_string_at(f->lease, "spec.holderIdentity");
}

static void the_first_leads_renews_and_releases(void **state)
{
    struct fixture *f = *state;
    struct leader *l = elect(f, "me");
    wait_for(f, &f->started, 1);
    wait_for(f, &f->writes, 3);
    pthread_mutex_lock(&f->server);
    assert_int_equal(f->reads, 1); /* who leads need not look */
    pthread_mutex_unlock(&f->server);
    leader_stop(l, true);
    assert_string_equal(holder(f), "");
    assert_int_equal(json_integer_at(f->lease, "spec.leaseDurationSeconds", 0), 1);
    assert_int_equal(json_integer_at(f->lease, "spec.leaseTransitions", -1), 0);
    assert_int_equal(f->stopped, 0);
}

static void a_dead_leader_is_followed(void **state)
{
    struct fixture *f = *state;
    /* Its clock is far ahead: only what we see ourselves counts. */
    put_lease(f, "{\"metadata\":{\"name\":\"x\",\"namespace\":\"kube-system\",\"resourceVersion\":\"1\"},"
                 "\"spec\":{\"holderIdentity\":\"other\","
                 "\"leaseDurationSeconds\":1,\"leaseTransitions\":4,\"acquireTime\":\"2099-01-01T00:00:00."
                 "000000Z\",\"renewTime\":\"2099-01-01T00:00:00.000000Z\"}}");
    struct leader *l = elect(f, "me");
    wait_for(f, &f->started, 1);
    assert_int_equal(f->writes, 1);
    leader_stop(l, true);
    assert_int_equal(json_integer_at(f->lease, "spec.leaseTransitions", -1), 5);
}

static void a_released_lease_is_taken_at_once(void **state)
{
    struct fixture *f = *state;
    put_lease(f, "{\"metadata\":{\"name\":\"x\",\"namespace\":\"kube-system\",\"resourceVersion\":\"1\"},"
                 "\"spec\":{\"holderIdentity\":\"\","
                 "\"leaseDurationSeconds\":3600,\"leaseTransitions\":7}}");
    struct leader *l = elect(f, "me");
    wait_for(f, &f->started, 1);
    leader_stop(l, true);
    assert_int_equal(json_integer_at(f->lease, "spec.leaseTransitions", -1), 8);
}

static void a_leader_that_cannot_renew_stops(void **state)
{
    struct fixture *f = *state;
    struct leader *l = elect(f, "me");
    wait_for(f, &f->started, 1);
    pthread_mutex_lock(&f->server);
    f->refuse = true;
    pthread_mutex_unlock(&f->server);
    wait_for(f, &f->stopped, 1);
    leader_stop(l, true);
    assert_string_equal(holder(f), "me"); /* not released: it may be another's by now */
}

/* What it has heard of is as old as its question: others count from when the lease was written. */
static void an_answer_that_was_long_on_its_way_renews_nothing(void **state)
{
    struct fixture *f = *state;
    struct leader *l = elect(f, "me");
    wait_for(f, &f->started, 1);
    pthread_mutex_lock(&f->server);
    f->answer_after_ms = 401;
    pthread_mutex_unlock(&f->server);
    wait_for(f, &f->stopped, 1);
    leader_stop(l, true);
}

/* And is told when another may lead by now. */
static void a_leader_that_lost_and_does_not_end_expires(void **state)
{
    struct fixture *f = *state;
    struct leader *l = elect(f, "me");
    wait_for(f, &f->started, 1);
    pthread_mutex_lock(&f->server);
    f->refuse = true;
    pthread_mutex_unlock(&f->server);
    wait_for(f, &f->stopped, 1);
    wait_for(f, &f->expired, 1);
    leader_stop(l, true);
}

static void a_lease_that_is_not_given_up_is_kept(void **state)
{
    struct fixture *f = *state;
    struct leader *l = elect(f, "me");
    wait_for(f, &f->started, 1);
    leader_stop(l, false);
    assert_string_equal(holder(f), "me");
}

static void a_leader_whose_lease_was_taken_stops(void **state)
{
    struct fixture *f = *state;
    struct leader *l = elect(f, "me");
    wait_for(f, &f->started, 1);
    put_lease(f,
              "{\"metadata\":{\"name\":\"x\",\"namespace\":\"kube-system\",\"resourceVersion\":\"1000000\"},"
              "\"spec\":{\"holderIdentity\":\"thief\",\"leaseDurationSeconds\":3600}}");
    wait_for(f, &f->stopped, 1);
    wait_for(f, &f->expired, 1); /* at once */
    leader_stop(l, true);
    assert_string_equal(holder(f), "thief");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_leads_renews_and_releases),
        TEST(a_dead_leader_is_followed),
        TEST(a_released_lease_is_taken_at_once),
        TEST(a_leader_that_cannot_renew_stops),
        TEST(an_answer_that_was_long_on_its_way_renews_nothing),
        TEST(a_leader_that_lost_and_does_not_end_expires),
        TEST(a_lease_that_is_not_given_up_is_kept),
        TEST(a_leader_whose_lease_was_taken_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
