/* SPDX-License-Identifier: Apache-2.0 */
/* The kubelet's server over TLS, with a runtime plugin, a streaming server and an API server of the test's
 * own. */
#include "core/kubelet/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/client/fake-transport.h"
#include "core/io/http-client.h"
#include "core/io/http-server.h"
#include "core/io/test-certificates.h"
#include "core/kubelet/server-private.h"

#define T1 "2026-11-23T16:44:01.000000001Z"

static struct test_certificates certificates;
static char folder[64], log_path[96];

struct fixture {
    struct loop *loop;
    struct http_server *streaming;
    struct fake_transport *fake;
    struct client *api;
    struct plugin_host *plugins;
    struct kubelet_server *server;
    struct tls_settings *with_certificate, *without;
    struct http_client *admin, *stranger;
    pthread_mutex_t lock; /* the next three */
    char seen[4096];      /* the last review's body */
    unsigned reviews, token_reviews;
    const char *allowed_subresource; /* NULL: all */
};

/* --- the API server --- */

static int api_answer(void *context, const struct transport_request *request, int *status,
                      struct buffer *body, struct error *err)
{
    struct fixture *f = context;
    struct arena arena = ARENA_INIT;
    struct json *review;
    *status = 201;
    assert_int_equal(json_parse(&arena, request->body, &review, NULL), 0);
    pthread_mutex_lock(&f->lock);
    snprintf(f->seen, sizeof(f->seen), "%.*s", SLICE_ARG(request->body));
    if (strstr(request->target, "tokenreviews")) {
        f->token_reviews++;
        if (strcmp(json_string_or(json_at(review, "spec.token"), ""), "good") == 0)
            buffer_append_str(
                body, "{\"status\":{\"authenticated\":true,\"user\":{\"username\":\"robot\",\"uid\":\"7\","
                      "\"groups\":[\"g\"],\"extra\":{\"k\":[\"v\"]}}}}");
        else
            buffer_append_str(body, "{\"status\":{\"authenticated\":false}}");
    } else {
        f->reviews++;
        const char *sub = json_string_or(json_at(review, "spec.resourceAttributes.subresource"), "");
        bool allowed = !f->allowed_subresource || strcmp(sub, f->allowed_subresource) == 0;
        buffer_printf(body, "{\"status\":{\"allowed\":%s}}", allowed ? "true" : "false");
    }
    pthread_mutex_unlock(&f->lock);
    arena_done(&arena);
    return 0;
}

/* --- the runtime's streaming server: says what it was asked for, then echoes --- */

static void echo(void *context, struct slice data)
{
    struct bytes *block = bytes_new(data.data, data.size);
    http_tunnel_write(context, block);
    bytes_unref(block);
    if (slice_ends(data, "!"))
        http_tunnel_end(context);
}

static void echo_closed(void *context)
{
}

static const struct http_tunnel_callbacks echoing = {.received = echo, .closed = echo_closed};

static void stream(void *context, struct http_request *r)
{
    struct slice path = http_request_path(r), protocol = http_request_header(r, "x-stream-protocol-version");
    const char *headers[] = {"X-Stream-Protocol-Version", "v4.channel.k8s.io", NULL};
    if (!protocol.size || http_request_header(r, "authorization").size) {
        http_respond(r, 403, "text/plain", NULL, NULL);
        return;
    }
    struct bytes *first = bytes_new(path.data, path.size);
    http_tunnel_begin(r, headers, &echoing, r);
    http_tunnel_write(r, first);
    bytes_unref(first);
}

/* --- the pods --- */

static int find_container(void *context, const char *namespace_, const char *pod, const char *uid,
                          const char *container, bool previous, struct arena *arena, const char **ret_id,
                          const char **ret_log_path, bool *ret_running, struct error *err)
{
    if (strcmp(pod, "web") != 0 || strcmp(namespace_, "shop") != 0 || (uid && strcmp(uid, "u1") != 0))
        return error_set(err, ERR_NOT_FOUND, "pods \"%s\" not found", pod);
    if (strcmp(container, "app") != 0)
        return error_set(err, ERR_BAD_REQUEST,
                         "container \"%s\" in pod \"web\" is waiting to start: ContainerCreating", container);
    *ret_id = previous ? "c0" : "c1";
    *ret_log_path = log_path;
    *ret_running = !previous;
    return 0;
}

static int find_sandbox(void *context, const char *namespace_, const char *pod, const char *uid,
                        struct arena *arena, const char **ret_id, struct error *err)
{
    *ret_id = "s1";
    return 0;
}

static void list_pods(void *context, struct buffer *out)
{
    buffer_append_str(out, "{\"kind\":\"PodList\"}");
}

static const struct server_pods pods = {
    .container = find_container, .sandbox = find_sandbox, .list = list_pods};

/* --- putting it together --- */

static char *plugin_path(void)
{
    char own[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", own, sizeof(own) - 1);
    assert_true(size > 0);
    own[size] = '\0';
    char *slash = strrchr(own, '/');
    *slash = '\0';
    char *beside = xasprintf("%s/.libs/test-runtime.so", own);
    if (file_exists(beside))
        return beside;
    free(beside);
    return xasprintf("%s/test-runtime.so", own); /* libtool's wrapper lies one folder up */
}

static struct plugin_instance *load_runtime(struct fixture *f)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_host_config config = {
        .daemon = "kubelet", .state_dir = folder, .allow_unowned_files = true};
    char base[64];
    char *path = plugin_path();
    struct plugin_instance *instance = NULL;
    snprintf(base, sizeof(base), "base = \"http://127.0.0.1:%u\";", http_server_port(f->streaming));
    f->plugins = plugin_host_new(&config);
    if (plugin_host_load(f->plugins, "runtime", path, base, KEELSON_KIND_RUNTIME, &instance, &err) < 0)
        fail_msg("%s", err.message);
    free(path);
    return instance;
}

static struct http_client *client_for(struct fixture *f, struct tls_settings *tls)
{
    struct http_client_config config = {.loop = f->loop,
                                        .host = "127.0.0.1",
                                        .port = kubelet_server_port(f->server),
                                        .tls = tls,
                                        .http1_only = true};
    return http_client_new(&config);
}

static void start_server(struct fixture *f)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct kubelet_server_config config = {.address = "127.0.0.1",
                                           .cert_file = certificates.server_cert,
                                           .key_file = certificates.server_key,
                                           .client_ca_file = certificates.ca,
                                           .cert_dir = folder,
                                           .node_name = "n1",
                                           .webhook_authentication = true,
                                           .webhook_authorization = true,
                                           .client = f->api,
                                           .runtime = load_runtime(f),
                                           .pods = &pods};
    if (kubelet_server_start(&config, &f->server, &err) < 0)
        fail_msg("%s", err.message);
    struct tls_client_config plain = {.ca_file = certificates.ca};
    struct tls_client_config certified = {.ca_file = certificates.ca,
                                          .cert_file = certificates.client_cert,
                                          .key_file = certificates.client_key};
    f->without = tls_client_new(&plain, NULL);
    f->with_certificate = tls_client_new(&certified, NULL);
    f->admin = client_for(f, f->with_certificate);
    f->stranger = client_for(f, f->without);
}

static int setup(void **state)
{
    struct fixture *f = new0(struct fixture);
    struct http_server_config streaming = {
        .name = "streaming", .address = "127.0.0.1", .loops = 1, .handler = stream};
    pthread_mutex_init(&f->lock, NULL);
    f->loop = loop_new();
    assert_int_equal(loop_start_thread(f->loop, "loop"), 0);
    f->fake = fake_transport_new(f->loop, api_answer, f);
    struct client_config api = {.loop = f->loop, .transport = fake_transport_base(f->fake)};
    assert_int_equal(client_new(&api, &f->api, NULL), 0);
    assert_int_equal(http_server_start(&streaming, &f->streaming, NULL), 0);
    start_server(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    kubelet_server_stop(f->server);
    http_client_free(f->admin);
    http_client_free(f->stranger);
    tls_settings_unref(f->with_certificate);
    tls_settings_unref(f->without);
    plugin_host_free(f->plugins);
    http_server_stop(f->streaming, 0);
    client_free(f->api);
    loop_free(f->loop);
    pthread_mutex_destroy(&f->lock);
    free(f);
    return 0;
}

static int get(struct http_client *client, const char *target, const char *token, char **ret_text)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    const char *headers[] = {"authorization", token, NULL};
    struct http_client_request request = {
        .method = "GET", .target = target, .headers = token ? headers : NULL, .timeout_ms = 10000};
    struct http_client_response response = {0};
    if (http_client_do(client, &request, &response, &err) < 0)
        fail_msg("%s: %s", target, err.message);
    int status = response.status;
    if (ret_text)
        *ret_text = xstrdup(response.body.data ? response.body.data : "");
    http_client_response_done(&response);
    return status;
}

static void expect(struct fixture *f, const char *target, int status, const char *part)
{
    char *text;
    int got = get(f->admin, target, NULL, &text);
    if (got != status || !strstr(text, part))
        fail_msg("%s: %d \"%s\" instead of %d \"%s\"", target, got, text, status, part);
    free(text);
}

static void test_who(void **state)
{
    struct fixture *f = *state;
    expect(f, "/healthz", 200, "ok");
    assert_non_null(strstr(f->seen, "\"user\":\"alice\""));
    assert_non_null(strstr(f->seen, "\"groups\":[\"devs\",\"admins\",\"system:authenticated\"]"));
    assert_int_equal(get(f->stranger, "/healthz", NULL, NULL), 401);
    assert_int_equal(get(f->stranger, "/healthz", "Bearer bad", NULL), 401);
    assert_int_equal(get(f->stranger, "/healthz", "Bearer bad", NULL), 401);
    assert_int_equal(get(f->stranger, "/healthz", "Basic good", NULL), 401);
    assert_int_equal(f->token_reviews, 1);
    assert_int_equal(get(f->stranger, "/healthz", "Bearer good", NULL), 200);
    assert_int_equal(get(f->stranger, "/healthz", "bearer good", NULL), 200);
    assert_int_equal(f->token_reviews, 2);
    unsigned reviews = f->reviews;
    assert_int_equal(get(f->stranger, "/healthz", "Bearer good", NULL), 200);
    assert_int_equal(f->reviews, reviews); /* remembered */
    assert_int_equal(get(f->stranger, "/pods", "Bearer good", NULL), 200);
    assert_non_null(
        strstr(f->seen, "\"user\":\"robot\",\"uid\":\"7\",\"groups\":[\"g\"],\"extra\":{\"k\":[\"v\"]}"));
}

static const struct {
    const char *target, *allowed; /* the one subresource that is granted */
    int status;
    const char *part;
} accesses[] = {
    {"/healthz", "healthz", 200, "ok"},
    {"/pods", "proxy", 200, "PodList"},
    {"/pods", "pods", 200, "PodList"},
    {"/pods", "stats", 403, "Forbidden (user=alice, verb=get, resource=nodes, subresource(s)=[pods proxy])"},
    {"/stats/summary", "stats", 200, "nodeName"},
    {"/stats/summary", "metrics", 403, "[stats]"},
    {"/metrics/resource", "metrics", 200, "node_cpu"},
    {"/containerLogs/shop/web/app", "log", 403, "[proxy]"},
    {"/containerLogs/shop/web/app", "proxy", 200, ""},
    {"/exec/shop/web/app", "metrics", 403, "[proxy]"},
    {"/logs", "log", 200, "<pre>"},
    {"/logs", "proxy", 403, "[log]"},
};

static void test_what(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < ARRAY_SIZE(accesses); i++) {
        verdicts_free(f->server->permissions);
        f->server->permissions = verdicts_new();
        f->allowed_subresource = accesses[i].allowed;
        expect(f, accesses[i].target, accesses[i].status, accesses[i].part);
        if (accesses[i].status == 200)
            assert_non_null(strstr(f->seen, "\"resourceAttributes\":{\"verb\":\"get\",\"version\":\"v1\","
                                            "\"resource\":\"nodes\",\"subresource\":"));
    }
}

static const struct {
    const char *target;
    int status;
    const char *part;
} views[] = {
    {"/", 404, ""},
    {"/nothing", 404, ""},
    {"/pods/x", 404, ""},
    {"/pods?a=%zz", 400, ""},
    {"/containerLogs/shop/web/app", 200, "one\ntwo\n"},
    {"/containerLogs/shop/web/app?tailLines=1&timestamps=true", 200, T1 " two\n"},
    {"/containerLogs/shop/web/app?tailLines=-1", 400, "log options"},
    {"/containerLogs/shop/web/app?sinceTime=yesterday", 400, "log options"},
    {"/containerLogs/shop/web/app?previous=true&follow=true", 200, "one\n"},
    {"/containerLogs/shop/web/side", 400, "waiting to start: ContainerCreating"},
    {"/containerLogs/shop/none/app", 404, "pods \"none\" not found"},
    {"/runningpods", 200, "{\"name\":\"app\",\"image\":\"nginx\"},{\"name\":\"side\",\"image\":\"nginx\"}"},
    {"/stats/summary", 200, "\"podRef\":{\"name\":\"web\",\"namespace\":\"shop\",\"uid\":\"u1\"}"},
    {"/metrics/resource", 200,
     "container_cpu_usage_seconds_total{container=\"app\",namespace=\"shop\",pod=\"web\"} 1.500000000 "
     "2000\n"},
    {"/metrics/resource", 200, "pod_memory_working_set_bytes{namespace=\"shop\",pod=\"web\"} 123 2000\n"},
    {"/metrics/none", 404, ""},
    {"/metrics", 200, ""},
    {"/logs", 200, "<pre>\n"},
    {"/logs/", 200, "<pre>\n"},
    {"/logs/none-of-this-name", 404, ""},
    {"/logs/..%2fpasswd", 404, ""},
    {"/logs/../../etc/passwd", 404, ""},
    {"/configz", 200, "{\"kubeletconfig\":{}}"},
    {"/exec/shop/web/app?command=ls&output=1", 400, "Upgrade request required"},
};

static void test_views(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(views); i++)
        expect(*state, views[i].target, views[i].status, views[i].part);
}

/* --- streams --- */

struct session {
    struct http_client_stream *stream;
    pthread_mutex_t lock; /* all below */
    pthread_cond_t changed;
    struct buffer received;
    int status;
    bool upgraded, over;
};

static void tell(struct session *s)
{
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void on_upgraded(void *context, const struct http_header *headers, size_t count)
{
    struct session *s = context;
    pthread_mutex_lock(&s->lock);
    s->upgraded =
        slice_is(http_header_find(headers, count, "x-stream-protocol-version"), "v4.channel.k8s.io");
    tell(s);
}

static void on_received(void *context, struct slice data)
{
    struct session *s = context;
    pthread_mutex_lock(&s->lock);
    buffer_append_slice(&s->received, data);
    tell(s);
}

static void on_status(void *context, int status, const struct http_header *headers, size_t count)
{
    struct session *s = context;
    pthread_mutex_lock(&s->lock);
    s->status = status;
    tell(s);
}

static void on_over(void *context, const struct error *err)
{
    struct session *s = context;
    pthread_mutex_lock(&s->lock);
    s->over = true;
    tell(s);
}

static const struct http_client_tunnel_callbacks callbacks = {
    on_upgraded, on_received, {on_status, on_received, on_over}, on_over};

static void session_open(struct fixture *f, struct session *s, const char *target, const char *upgrade,
                         const char *protocols)
{
    const char *headers[] = {"connection",
                             "Upgrade",
                             "upgrade",
                             upgrade,
                             "x-stream-protocol-version",
                             "v4.channel.k8s.io",
                             protocols ? "sec-websocket-protocol" : NULL,
                             protocols,
                             NULL};
    struct http_client_request request = {
        .method = "POST", .target = target, .headers = headers, .timeout_ms = 10000};
    *s = (struct session){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    s->stream = http_client_tunnel_start(f->admin, &request, &callbacks, s);
}

static void session_send(struct session *s, const char *data, size_t size)
{
    struct bytes *block = bytes_new(data, size);
    http_client_tunnel_write(s->stream, block);
    bytes_unref(block);
}

static void session_wait(struct session *s, size_t size)
{
    pthread_mutex_lock(&s->lock);
    while (s->received.size < size && !s->over)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

static void session_wait_over(struct session *s)
{
    pthread_mutex_lock(&s->lock);
    while (!s->over)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

static const struct {
    const char *target, *upgrade, *protocols, *received; /* before the echo; of a refusal: its text */
    int status;                                          /* 0: upgraded */
} streams[] = {
    {"/exec/shop/web/app?command=sh&command=-c&input=1&output=1&error=1", "SPDY/3.1", NULL,
     "/exec/c1/sh/2/0111", 0},
    {"/exec/shop/web/u1/app?command=a%2Bb&tty=1&output=1&error=1", "SPDY/3.1", NULL, "/exec/c1/a+b/1/1010",
     0},
    {"/exec/shop/web/app?command=ls&stdout=true", "websocket", "v5.channel.k8s.io, v4.channel.k8s.io",
     "/exec/c1/ls/1/0010", 0},
    {"/attach/shop/web/app?output=1", "SPDY/3.1", NULL, "/attach/c1/0010", 0},
    {"/portForward/shop/web", "SPDY/3.1", NULL, "/portforward/s1/0/0", 0},
    {"/portForward/shop/web?port=80&port=81", "websocket", "v4.channel.k8s.io", "/portforward/s1/2/80", 0},
    {"/exec/shop/web/app?command=ls&output=1", "websocket", "v5.channel.k8s.io", "unable to upgrade", 400},
    {"/portForward/shop/web", "websocket", "SPDY/3.1+portforward.k8s.io", "unable to upgrade", 400},
    {"/exec/shop/web/app?command=ls", "SPDY/3.1", NULL, "at least 1 of stdin, stdout, stderr", 400},
    {"/exec/shop/web/app?output=1", "SPDY/3.1", NULL, "specify a command", 400},
    {"/exec/shop/none/app?output=1&command=x", "SPDY/3.1", NULL, "not found", 404},
    {"/exec/shop/web/app?output=1&command=fail", "SPDY/3.1", NULL, "the runtime says no", 500},
    {"/portForward/shop/web?port=99999", "websocket", NULL, "invalid port", 400},
};

static void test_streams(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
        struct session s;
        session_open(*state, &s, streams[i].target, streams[i].upgrade, streams[i].protocols);
        session_wait(&s, strlen(streams[i].received));
        if (!streams[i].status) {
            assert_true(s.upgraded);
            session_send(&s, "hello!", 6);
        }
        session_wait_over(&s);
        const char *text = s.received.data ? s.received.data : "";
        if (s.status != streams[i].status || !strstr(text, streams[i].received))
            fail_msg("%s: %d \"%s\"", streams[i].target, s.status, text);
        if (!streams[i].status)
            assert_true(slice_ends((struct slice){s.received.data, s.received.size}, "hello!"));
        buffer_done(&s.received);
    }
}

/* More than all queues hold together, both ways at once. */
static void test_much(void **state)
{
    enum { BLOCK = 256 << 10, BLOCKS = 64 };
    struct session s;
    char *block = xmalloc(BLOCK);
    session_open(*state, &s, "/attach/shop/web/app?output=1", "SPDY/3.1", NULL);
    size_t head = strlen("/attach/c1/0010");
    session_wait(&s, head);
    for (int i = 0; i < BLOCKS; i++) {
        memset(block, 'a' + i % 26, BLOCK);
        session_send(&s, block, BLOCK);
    }
    session_wait(&s, head + (size_t)BLOCK * BLOCKS);
    assert_int_equal(s.received.size, head + (size_t)BLOCK * BLOCKS);
    for (int i = 0; i < BLOCKS; i++) {
        memset(block, 'a' + i % 26, BLOCK);
        assert_memory_equal(s.received.data + head + (size_t)i * BLOCK, block, BLOCK);
    }
    session_send(&s, "!", 1);
    session_wait_over(&s);
    buffer_done(&s.received);
    free(block);
}

/* Longer than what may wait for the client. */
static void test_long_log(void **state)
{
    enum { LINES = 100000 };
    struct buffer text = BUFFER_INIT;
    char *shown;
    struct buffer before = BUFFER_INIT;
    assert_int_equal(file_read(log_path, 1 << 20, &before, NULL), 0);
    for (int i = 0; i < LINES; i++)
        buffer_printf(&text, T1 " stdout F %096d\n", i);
    assert_int_equal(file_write_atomic(log_path, (struct slice){text.data, text.size}, 0644, NULL), 0);
    struct fixture *f = *state;
    assert_int_equal(get(f->admin, "/containerLogs/shop/web/app", NULL, &shown), 200);
    assert_int_equal(strlen(shown), 97 * LINES);
    for (int i = 0; i < LINES; i += 999) {
        int64_t number;
        assert_true(parse_i64((struct slice){shown + 97 * i, 96}, 0, LINES, &number));
        assert_int_equal(number, i);
    }
    assert_int_equal(file_write_atomic(log_path, (struct slice){before.data, before.size}, 0644, NULL), 0);
    free(shown);
    buffer_done(&text);
    buffer_done(&before);
}

/* Stopping ends what would last for ever. */
static void test_stop(void **state)
{
    struct fixture *f = *state;
    struct session tunnel, log;
    session_open(f, &tunnel, "/attach/shop/web/app?output=1", "SPDY/3.1", NULL);
    session_wait(&tunnel, strlen("/attach/c1/0010"));
    struct http_client_request request = {
        .method = "GET", .target = "/containerLogs/shop/web/app?follow=true", .timeout_ms = 10000};
    log = (struct session){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    http_client_stream_start(f->admin, &request, &callbacks.otherwise, &log);
    session_wait(&log, 8);
    assert_string_equal(log.received.data, "one\ntwo\n");
    kubelet_server_stop(f->server);
    f->server = NULL;
    session_wait_over(&tunnel);
    session_wait_over(&log);
    buffer_done(&tunnel.received);
    buffer_done(&log.received);
}

static void test_own_certificate(void **state)
{
    static const char *const addresses[] = {"10.0.0.1", "fd00::1", "host.example", NULL};
    char *own = xasprintf("%s/pki", folder), *cert, *key, *again, *again_key;
    struct stat st;
    struct buffer first = BUFFER_INIT, second = BUFFER_INIT;
    assert_int_equal(server_certificate_make(own, "n1", addresses, &cert, &key, NULL), 0);
    assert_int_equal(stat(key, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(file_read(cert, 1 << 20, &first, NULL), 0);
    assert_int_equal(server_certificate_make(own, "n1", addresses, &again, &again_key, NULL), 0);
    assert_int_equal(file_read(again, 1 << 20, &second, NULL), 0);
    assert_string_equal(first.data, second.data); /* kept */
    struct tls_server_config config = {.cert_file = cert, .key_file = key};
    struct tls_settings *tls = tls_server_new(&config, NULL);
    assert_non_null(tls);
    tls_settings_unref(tls);
    buffer_done(&first);
    buffer_done(&second);
    free(cert);
    free(key);
    free(again);
    free(again_key);
    free(own);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_who),  CASE(test_what),     CASE(test_views), CASE(test_streams),
        CASE(test_much), CASE(test_long_log), CASE(test_stop),  cmocka_unit_test(test_own_certificate),
    };
    snprintf(folder, sizeof(folder), "/tmp/keelson-kubelet-XXXXXX");
    require(mkdtemp(folder));
    snprintf(log_path, sizeof(log_path), "%s/0.log", folder);
    require(file_write(log_path, SLICE(T1 " stdout F one\n" T1 " stdout F two\n"), NULL) == 0);
    test_certificates_make(&certificates);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    test_certificates_remove(&certificates);
    directory_remove(folder, NULL);
    return failed;
}
