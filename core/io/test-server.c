/* SPDX-License-Identifier: Apache-2.0 */
/* The server that the HTTP tests talk to; see test-server.h. */
#include "core/io/test-server.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/memory.h"

struct watcher {
    struct list link;
    struct test_server *server;
    struct http_request *request;
};

struct flood {
    struct test_server *server;
    struct http_request *request;
    struct bytes *block;
    size_t sent;
};

static void answer_text(struct http_request *r, int status, const char *text)
{
    struct bytes *body = bytes_new(text, strlen(text));
    http_respond(r, status, "text/plain", NULL, body);
    bytes_unref(body);
}

static void answer_small(struct test_server *t, struct http_request *r)
{
    answer_text(r, 200, "small");
}

static void answer_echo(struct test_server *t, struct http_request *r)
{
    struct slice body = http_request_body(r), type = http_request_header(r, "content-type"),
                 method = http_request_method_name(r);
    _cleanup_free_ char *method_text = xstrndup(method.data, method.size);
    const char *headers[] = {"X-Method", method_text, "X-Content-Type", type.data ? type.data : "", NULL};
    struct bytes *copy = bytes_new(body.data, body.size);
    http_respond(r, 200, "application/octet-stream", headers, copy);
    bytes_unref(copy);
}

static void answer_who(struct test_server *t, struct http_request *r)
{
    const struct tls_peer *peer = http_request_peer(r);
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    buffer_printf(&text, "%s", peer->common_name ? peer->common_name : peer->verify_error ? "bad" : "nobody");
    for (unsigned i = 0; i < peer->organizations_count; i++)
        buffer_printf(&text, " %s", peer->organizations[i]);
    answer_text(r, 200, text.data);
}

static void answer_headers(struct test_server *t, struct http_request *r)
{
    struct slice twice = http_request_header(r, "x-twice"), host = http_request_header(r, "host"),
                 query = http_request_query(r);
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    buffer_printf(&text, "[%.*s] [%.*s] [%.*s] %s", SLICE_ARG(twice), (int)MIN(host.size, 9),
                  host.data ? host.data : "", SLICE_ARG(query),
                  http_request_header(r, "absent").data ? "present" : "absent");
    answer_text(r, 200, text.data);
}

/* What a look-up finds, and all that there is. */
static void answer_repeated(struct test_server *t, struct http_request *r)
{
    const struct http_header *headers;
    size_t count = http_request_headers(r, &headers);
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    buffer_printf(&text, "[%.*s]", SLICE_ARG(http_request_header(r, "x-twice")));
    for (size_t i = 0; i < count; i++)
        if (slice_is(headers[i].name, "x-twice") || slice_is(headers[i].name, "cookie"))
            buffer_printf(&text, " %.*s", SLICE_ARG(headers[i].value));
    answer_text(r, 200, text.data);
}

static void from_worker(void *arg)
{
    answer_text(arg, 200, "from a worker");
}

static void on_loop(void *arg)
{
    struct http_request *r = arg;
    answer_text(r, 200, loop_is_current(http_request_loop(r)) ? "from its loop" : "from elsewhere");
}

static void post_from_worker(void *arg)
{
    http_request_post(arg, on_loop, arg);
}

static void answer_posted(struct test_server *t, struct http_request *r)
{
    workers_submit(t->workers, post_from_worker, r);
}

static void from_slow_worker(void *arg)
{
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    answer_text(arg, 200, "at last");
}

static void answer_worker(struct test_server *t, struct http_request *r)
{
    workers_submit(t->workers, from_worker, r);
}

static void answer_slow_worker(struct test_server *t, struct http_request *r)
{
    workers_submit(t->workers, from_slow_worker, r);
}

static void answer_blocks(struct test_server *t, struct http_request *r)
{
    struct bytes *blocks[1000];
    for (unsigned i = 0; i < ARRAY_SIZE(blocks); i++) {
        blocks[i] = bytes_alloc(i % 3 * 500 + 1);
        memset(blocks[i]->data, 'a' + (int)(i % 26), blocks[i]->size);
    }
    http_respond_blocks(r, 200, "application/octet-stream", NULL, blocks, ARRAY_SIZE(blocks));
    for (unsigned i = 0; i < ARRAY_SIZE(blocks); i++)
        bytes_unref(blocks[i]);
}

static void watcher_gone(void *context)
{
    struct watcher *w = context;
    pthread_mutex_lock(&w->server->lock);
    list_remove(&w->link);
    pthread_mutex_unlock(&w->server->lock);
    http_stream_end(w->request);
    atomic_fetch_sub(&w->server->watchers_count, 1);
    atomic_fetch_add(&w->server->gone, 1);
    free(w);
}

static void answer_watch(struct test_server *t, struct http_request *r)
{
    struct watcher *w = new0(struct watcher);
    *w = (struct watcher){.server = t, .request = r};
    http_request_on_gone(r, watcher_gone, w);
    http_stream_begin(r, 200, "application/json", NULL);
    pthread_mutex_lock(&t->lock);
    list_append(&t->watchers, &w->link);
    pthread_mutex_unlock(&t->lock);
    atomic_fetch_add(&t->watchers_count, 1);
}

void test_server_publish(struct test_server *t, const char *text)
{
    struct bytes *block = bytes_new(text, strlen(text));
    pthread_mutex_lock(&t->lock);
    list_for_each (it, &t->watchers)
        http_stream_write(list_entry(it, struct watcher, link)->request, block);
    pthread_mutex_unlock(&t->lock);
    bytes_unref(block);
}

struct burst {
    struct test_server *server;
    struct bytes *block;
    unsigned count;
};

static void write_burst(void *context)
{
    struct burst *burst = context;
    pthread_mutex_lock(&burst->server->lock);
    for (unsigned i = 0; i < burst->count; i++)
        list_for_each (it, &burst->server->watchers)
            http_stream_write(list_entry(it, struct watcher, link)->request, burst->block);
    pthread_mutex_unlock(&burst->server->lock);
    bytes_unref(burst->block);
    free(burst);
}

void test_server_publish_many(struct test_server *t, const char *text, unsigned count)
{
    struct burst *burst = new0(struct burst);
    *burst = (struct burst){t, bytes_new(text, strlen(text)), count};
    pthread_mutex_lock(&t->lock);
    struct http_request *any = list_entry(t->watchers.next, struct watcher, link)->request;
    struct loop *loop = http_request_loop(any);
    pthread_mutex_unlock(&t->lock);
    loop_post(loop, write_burst, burst);
}

/* A watch that ends races with its client's leaving only in tests that do not do both. */
void test_server_end_watches(struct test_server *t)
{
    pthread_mutex_lock(&t->lock);
    list_for_each_safe (it, &t->watchers) {
        struct watcher *w = list_entry(it, struct watcher, link);
        list_remove(&w->link);
        atomic_fetch_sub(&t->watchers_count, 1);
        http_stream_end(w->request);
        free(w);
    }
    pthread_mutex_unlock(&t->lock);
}

static void flood_free(struct flood *f)
{
    http_stream_end(f->request);
    bytes_unref(f->block);
    free(f);
}

static void flood_gone(void *context)
{
    struct flood *f = context;
    atomic_fetch_add(&f->server->gone, 1);
    flood_free(f);
}

static void flood_more(void *context)
{
    struct flood *f = context;
    size_t queued = 0;
    while (queued < TEST_FLOOD_QUEUE_BYTES && f->sent < TEST_FLOOD_BYTES) {
        queued = http_stream_write(f->request, f->block);
        f->sent += f->block->size;
        if (queued > atomic_load(&f->server->queued_max))
            atomic_store(&f->server->queued_max, queued);
    }
    if (f->sent < TEST_FLOOD_BYTES)
        http_stream_on_drained(f->request, TEST_FLOOD_QUEUE_BYTES / 2, flood_more, f);
    else
        flood_free(f);
}

static void answer_flood(struct test_server *t, struct http_request *r)
{
    struct flood *f = new0(struct flood);
    *f = (struct flood){t, r, bytes_alloc(32768), 0};
    for (uint32_t i = 0; i < f->block->size; i++)
        f->block->data[i] = (char)(i % 251);
    http_request_on_gone(r, flood_gone, f);
    http_stream_begin(r, 200, "application/octet-stream", NULL);
    flood_more(f);
}

static void answer_patient_flood(struct test_server *t, struct http_request *r)
{
    http_request_set_patient(r);
    answer_flood(t, r);
}

static void answer_abort(struct test_server *t, struct http_request *r)
{
    struct bytes *part = bytes_new("part", 4);
    http_stream_begin(r, 200, "text/plain", NULL);
    http_stream_write(r, part);
    http_stream_abort(r);
    bytes_unref(part);
}

static void answer_unanswered(struct test_server *t, struct http_request *r)
{
    http_stream_end(r);
}

static void never_gone(void *context)
{
    struct http_request *r = context;
    struct test_server *t = http_request_context(r);
    answer_text(r, 200, "nobody hears this");
    atomic_fetch_add(&t->gone, 1);
}

static void answer_never(struct test_server *t, struct http_request *r)
{
    http_request_set_context(r, t);
    http_request_on_gone(r, never_gone, r);
    atomic_fetch_add(&t->watchers_count, 1);
}

static void answer_nothing(struct test_server *t, struct http_request *r)
{
    http_respond(r, 204, NULL, NULL, NULL);
}

static void tunnel_received(void *context, struct slice data)
{
    struct bytes *block = bytes_new(data.data, data.size);
    bool end = slice_ends(data, "!");
    http_tunnel_write(context, block);
    bytes_unref(block);
    if (end)
        http_tunnel_end(context);
}

static void tunnel_half_ended(void *context)
{
    struct http_request *r = context;
    struct test_server *t = http_request_context(r);
    struct bytes *last = bytes_new("bye\n", 4);
    atomic_fetch_add(&t->half_ended, 1);
    http_tunnel_write(r, last);
    bytes_unref(last);
    http_tunnel_end(r);
}

static void tunnel_closed(void *context)
{
    struct test_server *t = http_request_context(context);
    atomic_fetch_add(&t->gone, 1);
}

static const struct http_tunnel_callbacks tunnel_callbacks = {tunnel_received, tunnel_closed,
                                                              tunnel_half_ended};

static void answer_tunnel(struct test_server *t, struct http_request *r)
{
    const char *headers[] = {"Upgrade", "TEST/1", NULL};
    if (http_request_is_http2(r)) {
        answer_text(r, 400, "no tunnels here");
        return;
    }
    http_request_set_context(r, t);
    http_tunnel_begin(r, headers, &tunnel_callbacks, r);
}

static const struct {
    const char *path;
    void (*answer)(struct test_server *t, struct http_request *r);
} routes[] = {
    {"/small", answer_small},
    {"/echo", answer_echo},
    {"/who", answer_who},
    {"/worker", answer_worker},
    {"/posted", answer_posted},
    {"/blocks", answer_blocks},
    {"/slow-worker", answer_slow_worker},
    {"/watch", answer_watch},
    {"/flood", answer_flood},
    {"/abort", answer_abort},
    {"/patient-flood", answer_patient_flood},
    {"/unanswered", answer_unanswered},
    {"/never", answer_never},
    {"/tunnel", answer_tunnel},
    {"/nothing", answer_nothing},
    {"/headers", answer_headers},
    {"/repeated", answer_repeated},
};

void test_server_handle(void *context, struct http_request *r)
{
    struct slice path = http_request_path(r);
    for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
        if (slice_is(path, routes[i].path)) {
            routes[i].answer(context, r);
            return;
        }
    answer_text(r, 404, "not here");
}

void test_server_start(struct test_server *t, const struct http_server_config *config, bool is_tls)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct http_server_config actual = config ? *config : (struct http_server_config){0};
    *t = (struct test_server){.lock = PTHREAD_MUTEX_INITIALIZER};
    list_init(&t->watchers);
    test_certificates_make(&t->certificates);
    struct tls_server_config tls = {.cert_file = t->certificates.server_cert,
                                    .key_file = t->certificates.server_key,
                                    .client_ca_file = t->certificates.ca};
    t->tls = is_tls ? tls_server_new(&tls, &err) : NULL;
    require(t->tls || !is_tls);
    t->workers = workers_new(&(struct workers_config){.name = "worker", .threads_max = 4});
    t->client_loop = loop_new();
    require(loop_start_thread(t->client_loop, "clients") == 0);
    actual.name = "test";
    actual.address = actual.unix_path ? NULL : "127.0.0.1";
    actual.tls = t->tls;
    actual.handler = test_server_handle;
    actual.context = t;
    if (http_server_start(&actual, &t->server, &err) < 0)
        fprintf(stderr, "%s\n", err.message);
    require(t->server);
}

void test_server_stop(struct test_server *t)
{
    http_server_stop(t->server, 0);
    workers_free(t->workers);
    loop_free(t->client_loop);
    tls_settings_unref(t->tls);
    test_certificates_remove(&t->certificates);
}

struct http_client *test_client_new(struct test_server *t, const struct test_client_options *options)
{
    struct tls_settings *tls = NULL;
    if (options->is_tls) {
        struct tls_client_config tls_config = {
            .ca_file = options->ca_file ? options->ca_file : t->certificates.ca,
            .cert_file = options->cert_file,
            .key_file = options->key_file,
        };
        tls = tls_client_new(&tls_config, NULL);
        require(tls);
    }
    struct http_client_config config = {
        .loop = t->client_loop,
        .host = "127.0.0.1",
        .port = http_server_port(t->server),
        .tls = tls,
        .http1_only = options->http1_only,
        .h2_prior_knowledge = options->h2_plain,
        .connections_max = options->connections_max,
    };
    struct http_client *client = http_client_new(&config);
    tls_settings_unref(tls);
    return client;
}

int test_get(struct http_client *client, const char *target, char **ret_text)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct http_client_request request = {.method = "GET", .target = target, .timeout_ms = 30000};
    struct http_client_response response;
    if (http_client_do(client, &request, &response, &err) < 0) {
        fprintf(stderr, "GET %s: %s\n", target, err.message);
        require(!"a response");
    }
    int status = response.status;
    *ret_text = buffer_take(&response.body);
    http_client_response_done(&response);
    return status;
}

void test_wait(atomic_uint *counter, unsigned n)
{
    for (unsigned i = 0; i < 30000 && atomic_load(counter) < n; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    require(atomic_load(counter) >= n);
}
