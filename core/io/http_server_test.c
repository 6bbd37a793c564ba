/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server and client against each other in one process, each test over the four transports: HTTP/1.1 and
 * HTTP/2, plain and under TLS. Whole answers, large bodies, refusals, watches from other threads, slow
 * readers, broken-off streams, tunnels, certificates, the orderly end.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/memory.h"
#include "core/io/test-server.h"

static const struct {
    const char *name;
    bool is_tls, is_http2;
} transports[] = {
    {"h1", false, false}, {"h2c", false, true}, {"h1+tls", true, false}, {"h2+tls", true, true}};

struct fixture {
    struct test_server server;
    struct http_client *client;
    bool is_http2;
};

static struct http_client *client_of(struct fixture *f, size_t transport)
{
    return test_client_new(&f->server,
                           &(struct test_client_options){.is_tls = transports[transport].is_tls,
                                                         .http1_only = !transports[transport].is_http2,
                                                         .h2_plain = transports[transport].is_http2});
}

static void start(struct fixture *f, size_t transport, const struct http_server_config *config)
{
    print_message("  over %s\n", transports[transport].name);
    test_server_start(&f->server, config, transports[transport].is_tls);
    f->client = client_of(f, transport);
    f->is_http2 = transports[transport].is_http2;
}

static void stop(struct fixture *f)
{
    http_client_free(f->client);
    test_server_stop(&f->server);
}

static void assert_get(struct http_client *client, const char *target, int status, const char *text)
{
    _cleanup_free_ char *body = NULL;
    assert_int_equal(test_get(client, target, &body), status);
    assert_string_equal(body, text);
}

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

static unsigned long long metric(struct test_server *t, const char *name)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    _cleanup_free_ char *key = xasprintf("\nkeelson_http_%s{server=\"test\"} ", name);
    http_server_metrics(t->server, &text);
    const char *at = strstr(text.data, key);
    assert_non_null(at);
    return strtoull(at + strlen(key), NULL, 10);
}

static void test_whole_answers(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
        struct fixture f;
        start(&f, i, NULL);
        assert_get(f.client, "/small", 200, "small");
        assert_get(f.client, "/worker", 200, "from a worker");
        assert_get(f.client, "/absent?a=b", 404, "not here");
        assert_get(f.client, "/nothing", 204, "");
        assert_get(f.client, "/headers?q=%20x", 200, "[] [127.0.0.1] [q=%20x] absent");
        _cleanup_free_ char *blocks = NULL;
        assert_int_equal(test_get(f.client, "/blocks", &blocks), 200);
        assert_int_equal(strlen(blocks), 333 * 1503 + 1);
        assert_int_equal(metric(&f.server, "connections_accepted_total"), 1);
        assert_int_equal(metric(&f.server, "requests_total"), 6);
        stop(&f);
    }
}

static void test_bodies(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
        struct fixture f;
        start(&f, i, NULL);
        assert_echo(f.client, "POST", 0, 200);
        assert_echo(f.client, "PUT", 1, 200);
        assert_echo(f.client, "PATCH", 100000, 200);
        assert_echo(f.client, "POST", 3 * 1024 * 1024, 200);
        assert_echo(f.client, "POST", 3 * 1024 * 1024 + 1, 413);
        assert_echo(f.client, "DELETE", 10, 200);
        assert_int_equal(metric(&f.server, "connections_accepted_total"), 1); /* kept after 413 too */
        assert_int_equal(metric(&f.server, "request_body_bytes"), 0);
        stop(&f);
    }
}

static void test_repeated_headers_are_joined(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
        struct fixture f;
        const char *headers[] = {"X-Twice", "one", "other", "x", "x-twice", "two", "X-TWICE", "three", NULL};
        struct http_client_request request = {"GET", "/headers", headers, {0}, 30000, 0};
        struct http_client_response response;
        start(&f, i, NULL);
        assert_int_equal(http_client_do(f.client, &request, &response, NULL), 0);
        assert_non_null(strstr(response.body.data, "[one, two, three]"));
        http_client_response_done(&response);
        stop(&f);
    }
}

static void test_head_has_no_body(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
        struct fixture f;
        struct http_client_request request = {"HEAD", "/small", NULL, {0}, 30000, 0};
        struct http_client_response response;
        start(&f, i, NULL);
        assert_int_equal(http_client_do(f.client, &request, &response, NULL), 0);
        assert_int_equal(response.body.size, 0);
        assert_true(
            slice_is(http_header_find(response.headers, response.headers_count, "content-length"), "5"));
        http_client_response_done(&response);
        assert_get(f.client, "/small", 200, "small");
        stop(&f);
    }
}

/* A stream's callbacks gather here; the loop's thread writes, tests wait for the counters. */
struct reader {
    struct fixture *fixture;
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
static void reader_start(struct reader *r, struct fixture *f, const char *target)
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

static void cancel_readers(struct fixture *f, struct reader *readers, unsigned count)
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
    for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
        struct fixture f;
        unsigned count = transports[i].is_http2 ? WATCHERS : 20;
        struct reader *readers = newa0(struct reader, count);
        _cleanup_(buffer_done) struct buffer expected = BUFFER_INIT;
        start(&f, i, NULL);
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
        if (transports[i].is_http2)
            assert_int_equal(metric(&f.server, "connections"), 2);
        assert_int_equal(metric(&f.server, "requests_in_flight"), count);
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
        stop(&f);
        free(readers);
    }
}

static void test_slow_reader_holds_back_the_writer(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
        struct fixture f;
        struct reader reader = {.pause_at = 1024 * 1024};
        struct call call = {&reader, 1, 0};
        start(&f, i, NULL);
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
        stop(&f);
    }
}

static void test_client_gone_is_told_once(void **state)
{
    static const char *const targets[] = {"/watch", "/never", "/flood"};
    for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
        struct fixture f;
        start(&f, i, NULL);
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
        stop(&f);
    }
}

static void test_broken_off_answer_is_an_error(void **state)
{
    static const char *const targets[] = {"/abort", "/unanswered"};
    for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
        struct fixture f;
        start(&f, i, NULL);
        for (size_t t = 0; t < ARRAY_SIZE(targets); t++) {
            _cleanup_(error_done) struct error err = ERROR_INIT;
            struct http_client_request request = {"POST", targets[t], NULL, {0}, 30000, 0};
            struct http_client_response response;
            assert_int_equal(http_client_do(f.client, &request, &response, &err), -1);
            assert_int_equal(err.code, ERR_TIMEOUT);
            assert_get(f.client, "/small", 200, "small");
        }
        stop(&f);
    }
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
    for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
        struct fixture f;
        struct reader slow = {.keep_text = true}, watch = {0};
        start(&f, i, NULL);
        reader_start(&watch, &f, "/watch");
        reader_start(&slow, &f, "/slow-worker");
        test_wait(&f.server.watchers_count, 1);
        while (metric(&f.server, "requests_in_flight") < 2)
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
        stop(&f);
    }
}

/* When the time is over, whoever is left is told; a worker that answers later harms nothing. */
static void test_stop_without_draining(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
        struct fixture f;
        struct reader slow = {0}, watch = {0};
        start(&f, i, NULL);
        reader_start(&watch, &f, "/watch");
        reader_start(&slow, &f, "/slow-worker");
        test_wait(&f.server.watchers_count, 1);
        while (metric(&f.server, "requests_in_flight") < 2)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        http_server_stop(TAKE_PTR(f.server.server), 0);
        assert_int_equal(f.server.gone, 1);
        test_wait(&watch.ends, 1);
        test_wait(&slow.ends, 1);
        assert_int_not_equal(watch.code, ERR_NONE);
        assert_int_not_equal(slow.code, ERR_NONE);
        stop(&f);
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

static void tunnel_start(struct tunnel *t, struct fixture *f, const char *target)
{
    const char *headers[] = {"Connection", "Upgrade", "Upgrade", "TEST/1", NULL};
    struct http_client_request request = {"POST", target, headers, {0}, 30000, 0};
    t->stream = http_client_tunnel_start(f->client, &request, &tunnel_callbacks, t);
}

static void test_tunnel(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
        struct fixture f;
        struct tunnel t = {0}, half = {0}, refused = {0};
        start(&f, i, NULL);
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
        stop(&f);
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

/* The longest idle connection makes room for a new one; while none is idle, the new one is refused. */
static void test_connection_limit(void **state)
{
    struct test_server t;
    struct http_client *clients[5];
    test_server_start(&t, &(struct http_server_config){.connections_max = 3, .loops = 1}, true);
    for (unsigned i = 0; i < ARRAY_SIZE(clients); i++) {
        clients[i] = test_client_new(&t, &(struct test_client_options){.is_tls = true});
        assert_get(clients[i], "/small", 200, "small");
    }
    struct fixture f = {.server = t};
    assert_true(metric(&f.server, "connections") <= 3);
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
    struct fixture f = {.server = t};
    assert_int_equal(metric(&f.server, "connections_accepted_total"), IDLE_CONNECTIONS);
    for (unsigned i = 0; i < IDLE_CONNECTIONS; i++)
        http_client_free(clients[i]);
    test_server_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_answers),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_repeated_headers_are_joined),
        cmocka_unit_test(test_head_has_no_body),
        cmocka_unit_test(test_watches_get_events_from_other_threads),
        cmocka_unit_test(test_slow_reader_holds_back_the_writer),
        cmocka_unit_test(test_client_gone_is_told_once),
        cmocka_unit_test(test_broken_off_answer_is_an_error),
        cmocka_unit_test(test_stop_drains),
        cmocka_unit_test(test_stop_without_draining),
        cmocka_unit_test(test_tunnel),
        cmocka_unit_test(test_client_certificates),
        cmocka_unit_test(test_reload_of_certificates),
        cmocka_unit_test(test_start_errors),
        cmocka_unit_test(test_tls_setting_errors),
        cmocka_unit_test(test_unix_socket),
        cmocka_unit_test(test_connection_limit),
        cmocka_unit_test(test_idle_connections_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
