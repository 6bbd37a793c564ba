/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server and client against each other in one process, where answers take time: watches fed from other
 * threads, slow readers, clients that leave, answers that break off, the orderly end, tunnels. Each test runs
 * over all four transports.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/memory.h"
#include "core/io/test-transports.h"

/* A stream's callbacks gather here; the loop's thread writes, tests wait for the counters. */
struct reader {
    struct test_pair *fixture;
    struct http_client_stream *stream;
    struct buffer text;
    bool keep_text;
    size_t pause_at; /* pauses when so many bytes came */
    atomic_uint status, heads, ends, paused;
    atomic_size_t bytes;
    atomic_uint events; /* lines */
    enum error_code code;
    bool matches; /* the flood's pattern */
};

static void reader_headers(void *context, int status, const struct http_header *headers, size_t count)
{
    struct reader *r = context;
    atomic_store(&r->status, (unsigned)status);
    atomic_fetch_add(&r->heads, 1);
}

static void reader_data(void *context, struct slice data)
{
    struct reader *r = context;
    size_t before = atomic_load(&r->bytes);
    for (size_t i = 0; i < data.size; i++) {
        r->matches &= data.data[i] == (char)((before + i) % 32768 % 251);
        if (data.data[i] == '\n')
            atomic_fetch_add(&r->events, 1);
    }
    if (r->keep_text)
        buffer_append_slice(&r->text, data);
    atomic_fetch_add(&r->bytes, data.size);
    if (r->pause_at && before + data.size >= r->pause_at) {
        r->pause_at = 0;
        http_client_stream_pause(r->stream, true);
        atomic_fetch_add(&r->paused, 1);
    }
}

static void reader_ended(void *context, const struct error *err)
{
    struct reader *r = context;
    r->code = err ? err->code : ERR_NONE;
    atomic_fetch_add(&r->ends, 1);
}

static const struct http_client_stream_callbacks reader_callbacks = {reader_headers, reader_data,
                                                                     reader_ended};

struct beginning {
    struct reader *reader;
    const char *target;
    atomic_uint done;
};

static void begin_reading(void *context)
{
    struct beginning *b = context;
    struct http_client_request request = {.method = "GET", .target = b->target};
    b->reader->stream =
        http_client_stream_start(b->reader->fixture->client, &request, &reader_callbacks, b->reader);
    atomic_store(&b->done, 1);
}

/* On the loop's thread, so that no callback runs before `stream` is set. */
static void reader_start(struct reader *r, struct test_pair *f, const char *target)
{
    struct beginning b = {r, target, 0};
    r->fixture = f;
    r->matches = true;
    loop_post(f->server.client_loop, begin_reading, &b);
    test_wait(&b.done, 1);
}

struct call {
    struct reader *reader;
    unsigned count;
    atomic_uint done;
};

static void cancel_all(void *context)
{
    struct call *call = context;
    for (unsigned i = 0; i < call->count; i++)
        http_client_stream_cancel(call->reader[i].stream);
    atomic_store(&call->done, 1);
}

static void cancel_readers(struct test_pair *f, struct reader *readers, unsigned count)
{
    struct call call = {readers, count, 0};
    loop_post(f->server.client_loop, cancel_all, &call);
    test_wait(&call.done, 1);
}

static void resume_one(void *context)
{
    struct call *call = context;
    http_client_stream_pause(call->reader->stream, false);
    atomic_store(&call->done, 1);
}

#define WATCHERS 300 /* more than a connection may carry: the client opens a second one */
#define EVENTS   50

static void test_watches_get_events_from_other_threads(void **state)
{
    for (size_t i = 0; i < TEST_TRANSPORTS; i++) {
        struct test_pair f;
        _cleanup_(buffer_done) struct buffer expected = BUFFER_INIT;
        test_pair_start(&f, i, NULL);
        unsigned count = f.is_http2 ? WATCHERS : 20;
        struct reader *readers = newa0(struct reader, count);
        for (unsigned w = 0; w < count; w++) {
            readers[w].keep_text = true;
            reader_start(&readers[w], &f, "/watch");
        }
        test_wait(&f.server.watchers_count, count);
        for (unsigned e = 0; e < EVENTS; e++) {
            char line[32];
            snprintf(line, sizeof(line), "event %u\n", e);
            buffer_append_str(&expected, line);
            test_server_publish(&f.server, line);
        }
        for (unsigned w = 0; w < count; w++)
            test_wait(&readers[w].events, EVENTS);
        if (f.is_http2)
            assert_int_equal(test_metric(&f.server, "connections"), 2);
        assert_int_equal(test_metric(&f.server, "requests_in_flight"), count);
        cancel_readers(&f, readers, count / 2);
        test_wait(&f.server.gone, count / 2);
        test_server_end_watches(&f.server);
        for (unsigned w = 0; w < count; w++) {
            if (w >= count / 2)
                test_wait(&readers[w].ends, 1);
            assert_int_equal(readers[w].ends, w >= count / 2);
            assert_int_equal(readers[w].code, ERR_NONE);
            assert_string_equal(readers[w].text.data, expected.data);
            buffer_done(&readers[w].text);
        }
        test_pair_stop(&f);
        free(readers);
    }
}

static void test_slow_reader_holds_back_the_writer(void **state)
{
    for (size_t i = 0; i < TEST_TRANSPORTS; i++) {
        struct test_pair f;
        struct reader reader = {.pause_at = 1024 * 1024};
        struct call call = {&reader, 1, 0};
        test_pair_start(&f, i, NULL);
        reader_start(&reader, &f, "/flood");
        test_wait(&reader.paused, 1);
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        assert_true(reader.bytes < TEST_FLOOD_BYTES / 2); /* the server waits */
        assert_int_equal(reader.ends, 0);
        assert_get(f.client, "/small", 200, "small"); /* others are not held up */
        loop_post(f.server.client_loop, resume_one, &call);
        test_wait(&reader.ends, 1);
        assert_int_equal(reader.code, ERR_NONE);
        assert_int_equal(reader.bytes, TEST_FLOOD_BYTES);
        assert_true(reader.matches);
        assert_in_range(f.server.queued_max, TEST_FLOOD_QUEUE_BYTES, TEST_FLOOD_QUEUE_BYTES + 32768);
        test_pair_stop(&f);
    }
}

static void resume(struct test_pair *f, struct reader *reader)
{
    struct call call = {reader, 1, 0};
    loop_post(f->server.client_loop, resume_one, &call);
    test_wait(&call.done, 1);
}

/* Whoever takes nothing is broken off, but for a patient answer and a stream that has nothing to say. */
static void test_stalled_answers_are_broken_off(void **state)
{
    const struct http_server_config config = {.stall_ms = 200};
    for (size_t i = 0; i < TEST_TRANSPORTS; i++) {
        struct test_pair f;
        struct reader quiet = {0}, patient = {.pause_at = 1024 * 1024}, stalled = {.pause_at = 1024 * 1024};
        test_pair_start(&f, i, &config);
        reader_start(&quiet, &f, "/watch");
        reader_start(&patient, &f, "/patient-flood");
        test_wait(&patient.paused, 1);
        reader_start(&stalled, &f, "/flood");
        test_wait(&stalled.paused, 1);
        test_wait(&f.server.gone, 1);
        if (!f.is_http2) /* which is told though it does not read */
            resume(&f, &stalled);
        test_wait(&stalled.ends, 1);
        assert_int_not_equal(stalled.code, ERR_NONE);
        resume(&f, &patient);
        test_wait(&patient.ends, 1);
        assert_int_equal(patient.code, ERR_NONE);
        assert_int_equal(patient.bytes, TEST_FLOOD_BYTES);
        test_server_publish(&f.server, "still here\n");
        test_wait(&quiet.events, 1);
        assert_int_equal(f.server.gone, 1);
        test_server_end_watches(&f.server);
        test_wait(&quiet.ends, 1);
        test_pair_stop(&f);
    }
}

static void test_client_gone_is_told_once(void **state)
{
    static const char *const targets[] = {"/watch", "/never", "/flood"};
    for (size_t i = 0; i < TEST_TRANSPORTS; i++) {
        struct test_pair f;
        test_pair_start(&f, i, NULL);
        for (size_t t = 0; t < ARRAY_SIZE(targets); t++) {
            struct reader reader = {.pause_at = 1};
            unsigned before = f.server.gone, known = f.server.watchers_count;
            reader_start(&reader, &f, targets[t]);
            if (strcmp(targets[t], "/flood") == 0)
                test_wait(&reader.paused, 1);
            else
                test_wait(&f.server.watchers_count, known + 1);
            cancel_readers(&f, &reader, 1);
            test_wait(&f.server.gone, before + 1);
            assert_get(f.client, "/small", 200, "small");
            assert_int_equal(f.server.gone, before + 1);
            assert_int_equal(reader.ends, 0);
        }
        test_pair_stop(&f);
    }
}

static void test_broken_off_answer_is_an_error(void **state)
{
    static const char *const targets[] = {"/abort", "/unanswered"};
    for (size_t i = 0; i < TEST_TRANSPORTS; i++) {
        struct test_pair f;
        test_pair_start(&f, i, NULL);
        for (size_t t = 0; t < ARRAY_SIZE(targets); t++) {
            _cleanup_(error_done) struct error err = ERROR_INIT;
            struct http_client_request request = {"POST", targets[t], NULL, {0}, 30000, 0};
            struct http_client_response response;
            assert_int_equal(http_client_do(f.client, &request, &response, &err), -1);
            assert_int_equal(err.code, ERR_TIMEOUT);
            assert_get(f.client, "/small", 200, "small");
        }
        test_pair_stop(&f);
    }
}

/* While none of the connections is idle, a new one is refused. */
static void test_connection_limit_of_busy_connections(void **state)
{
    struct test_pair f;
    struct reader readers[3] = {0};
    test_pair_start(&f, 0, &(struct http_server_config){.connections_max = 3, .loops = 1});
    for (unsigned w = 0; w < 3; w++)
        reader_start(&readers[w], &f, "/watch");
    test_wait(&f.server.watchers_count, 3);
    struct http_client_request request = {"POST", "/echo", NULL, {0}, 30000, 0};
    struct http_client_response response;
    assert_int_equal(http_client_do(f.client, &request, &response, NULL), -1);
    assert_true(test_metric(&f.server, "connections_refused_total") >= 1);
    cancel_readers(&f, readers, 3);
    test_wait(&f.server.gone, 3);
    assert_get(f.client, "/small", 200, "small");
    test_pair_stop(&f);
}

struct stopping {
    struct http_server *server;
    unsigned long thread;
};

static void *stop_server(void *arg)
{
    struct stopping *stopping = arg;
    http_server_stop(stopping->server, 20000);
    return NULL;
}

/* Answers under way arrive, watches end, and the server's end waits for both. */
static void test_stop_drains(void **state)
{
    for (size_t i = 0; i < TEST_TRANSPORTS; i++) {
        struct test_pair f;
        struct reader slow = {.keep_text = true}, watch = {0};
        test_pair_start(&f, i, NULL);
        reader_start(&watch, &f, "/watch");
        reader_start(&slow, &f, "/slow-worker");
        test_wait(&f.server.watchers_count, 1);
        while (test_metric(&f.server, "requests_in_flight") < 2)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        struct stopping stopping = {f.server.server, 0};
        assert_int_equal(thread_start("stop", 0, stop_server, &stopping, &stopping.thread), 0);
        test_wait(&slow.ends, 1);
        assert_int_equal(slow.code, ERR_NONE);
        assert_string_equal(slow.text.data, "at last");
        assert_int_equal(watch.ends, 0);
        test_server_end_watches(&f.server);
        test_wait(&watch.ends, 1);
        assert_int_equal(watch.code, ERR_NONE);
        pthread_join((pthread_t)stopping.thread, NULL);
        f.server.server = NULL;
        buffer_done(&slow.text);
        test_pair_stop(&f);
    }
}

/* When the time is over, whoever is left is told; a worker that answers later harms nothing. */
static void test_stop_without_draining(void **state)
{
    for (size_t i = 0; i < TEST_TRANSPORTS; i++) {
        struct test_pair f;
        struct reader slow = {0}, watch = {0};
        test_pair_start(&f, i, NULL);
        reader_start(&watch, &f, "/watch");
        reader_start(&slow, &f, "/slow-worker");
        test_wait(&f.server.watchers_count, 1);
        while (test_metric(&f.server, "requests_in_flight") < 2)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        http_server_stop(TAKE_PTR(f.server.server), 0);
        assert_int_equal(f.server.gone, 1);
        test_wait(&watch.ends, 1);
        test_wait(&slow.ends, 1);
        assert_int_not_equal(watch.code, ERR_NONE);
        assert_int_not_equal(slow.code, ERR_NONE);
        test_pair_stop(&f);
    }
}

struct tunnel {
    struct http_client_stream *stream;
    struct buffer text;
    atomic_uint upgraded, bytes, closed, otherwise;
    int status;
};

static void tunnel_upgraded(void *context, const struct http_header *headers, size_t count)
{
    struct tunnel *t = context;
    assert_true(slice_is(http_header_find(headers, count, "upgrade"), "TEST/1"));
    atomic_fetch_add(&t->upgraded, 1);
}

static void tunnel_received(void *context, struct slice data)
{
    struct tunnel *t = context;
    buffer_append_slice(&t->text, data);
    atomic_fetch_add(&t->bytes, (unsigned)data.size);
}

static void tunnel_closed(void *context, const struct error *err)
{
    struct tunnel *t = context;
    atomic_fetch_add(&t->closed, 1);
}

static void tunnel_refused(void *context, int status, const struct http_header *headers, size_t count)
{
    struct tunnel *t = context;
    t->status = status;
}

static void tunnel_refusal_ended(void *context, const struct error *err)
{
    struct tunnel *t = context;
    atomic_fetch_add(&t->otherwise, 1);
}

static const struct http_client_tunnel_callbacks tunnel_callbacks = {
    tunnel_upgraded, tunnel_received, {tunnel_refused, NULL, tunnel_refusal_ended}, tunnel_closed};

static void tunnel_send(struct tunnel *t, const char *text)
{
    struct bytes *block = bytes_new(text, strlen(text));
    http_client_tunnel_write(t->stream, block);
    bytes_unref(block);
}

static void tunnel_start(struct tunnel *t, struct test_pair *f, const char *target)
{
    const char *headers[] = {"Connection", "Upgrade", "Upgrade", "TEST/1", NULL};
    struct http_client_request request = {"POST", target, headers, {0}, 30000, 0};
    t->stream = http_client_tunnel_start(f->client, &request, &tunnel_callbacks, t);
}

static void test_tunnel(void **state)
{
    for (size_t i = 0; i < TEST_TRANSPORTS; i++) {
        struct test_pair f;
        struct tunnel t = {0}, half = {0}, refused = {0};
        test_pair_start(&f, i, NULL);
        tunnel_start(&t, &f, "/tunnel");
        tunnel_send(&t, "hello\n"); /* waits for the upgrade */
        test_wait(&t.bytes, 6);
        for (unsigned n = 0; n < 1000; n++)
            tunnel_send(&t, "0123456789");
        test_wait(&t.bytes, 10006);
        tunnel_send(&t, "quit!");
        test_wait(&t.closed, 1);
        assert_int_equal(t.upgraded, 1);
        assert_int_equal(t.text.size, 10011);
        assert_memory_equal(t.text.data, "hello\n0123456789", 16);
        test_wait(&f.server.gone, 1);

        tunnel_start(&half, &f, "/tunnel");
        tunnel_send(&half, "some\n");
        http_client_tunnel_end(half.stream);
        test_wait(&half.closed, 1);
        assert_string_equal(half.text.data, "some\nbye\n");
        assert_int_equal(f.server.half_ended, 1);

        tunnel_start(&refused, &f, "/absent");
        test_wait(&refused.otherwise, 1);
        assert_int_equal(refused.status, 404);
        assert_int_equal(refused.upgraded, 0);
        buffer_done(&t.text);
        buffer_done(&half.text);
        test_pair_stop(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watches_get_events_from_other_threads),
        cmocka_unit_test(test_slow_reader_holds_back_the_writer),
        cmocka_unit_test(test_stalled_answers_are_broken_off),
        cmocka_unit_test(test_client_gone_is_told_once),
        cmocka_unit_test(test_broken_off_answer_is_an_error),
        cmocka_unit_test(test_connection_limit_of_busy_connections),
        cmocka_unit_test(test_stop_drains),
        cmocka_unit_test(test_stop_without_draining),
        cmocka_unit_test(test_tunnel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
