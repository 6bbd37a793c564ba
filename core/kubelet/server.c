/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kubelet's server: routes, and the way of a request from its loop to a worker. Three pools, so that a
 * few logs that are followed or a slow runtime do not keep health and metrics waiting.
 */
#include "core/kubelet/server.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/encoding.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/kubelet/server-private.h"
#include "core/kubelet/stream-session.h"

#define QUICK_THREADS   8
#define LOGS_THREADS    128
#define STREAMS_THREADS 16
#define WAITING_MAX     256 /* requests that wait for a thread of a pool */
#define DRAIN_MS        1000

static void run_health(struct server_call *call)
{
    server_respond_text(call->request, 200, "ok");
}

static const struct server_route routes[] = {
    {"healthz", {"healthz", "proxy"}, 1, 2, false, SERVER_QUICK, run_health},
    {"pods", {"pods", "proxy"}, 1, 1, false, SERVER_QUICK, server_run_pods},
    {"runningpods", {"pods", "proxy"}, 1, 1, false, SERVER_QUICK, server_run_running_pods},
    {"configz", {"configz", "proxy"}, 1, 1, false, SERVER_QUICK, server_run_configz},
    {"stats", {"stats"}, 2, 2, false, SERVER_QUICK, server_run_summary},
    {"metrics", {"metrics"}, 1, 2, false, SERVER_QUICK, server_run_metrics},
    {"containerLogs", {"proxy"}, 4, 4, false, SERVER_LOGS, server_run_logs},
    {"logs", {"log"}, 1, SERVER_PARTS_MAX, false, SERVER_LOGS, server_run_node_logs},
    {"exec", {"proxy"}, 4, 5, true, SERVER_STREAMS, server_run_exec},
    {"attach", {"proxy"}, 4, 5, true, SERVER_STREAMS, server_run_attach},
    {"portForward", {"proxy"}, 3, 4, true, SERVER_STREAMS, server_run_port_forward},
};

/* --- answers --- */

void server_respond_text(struct http_request *request, int status, const char *text)
{
    struct bytes *body = bytes_new(text, strlen(text));
    http_respond(request, status, "text/plain; charset=utf-8", NULL, body);
    bytes_unref(body);
}

void server_respond_buffer(struct http_request *request, const char *content_type, struct buffer *body)
{
    struct bytes *bytes = bytes_take_buffer(body);
    http_respond(request, 200, content_type, NULL, bytes);
    bytes_unref(bytes);
}

void server_respond_error(struct http_request *request, const struct error *err)
{
    server_respond_text(request, error_http_status(err->code), err->message ? err->message : "");
}

/* --- what was asked for --- */

const char *server_query_next(const struct server_call *call, const char *name, size_t *cursor)
{
    while (*cursor < call->query_count) {
        const struct server_pair *pair = &call->query[(*cursor)++];
        if (strcmp(pair->name, name) == 0)
            return pair->value;
    }
    return NULL;
}

const char *server_query(const struct server_call *call, const char *name)
{
    size_t cursor = 0;
    return server_query_next(call, name, &cursor);
}

bool server_query_is_true(const struct server_call *call, const char *name)
{
    const char *value = server_query(call, name);
    return value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}

static const char *decode(struct arena *arena, struct slice text, bool is_query)
{
    struct buffer out = BUFFER_INIT;
    const char *decoded = percent_decode(&out, text, is_query)
                              ? arena_strndup(arena, out.size ? out.data : "", out.size)
                              : NULL;
    buffer_done(&out);
    return decoded;
}

/* False: the path is too long, empty in between, or not well encoded. */
static bool split_path(struct server_call *call)
{
    struct slice rest = http_request_path(call->request);
    if (rest.size && rest.data[0] == '/')
        rest = (struct slice){rest.data + 1, rest.size - 1};
    if (rest.size && rest.data[rest.size - 1] == '/')
        rest.size--;
    while (rest.data) {
        struct slice part = slice_cut(&rest, '/');
        const char *text = decode(&call->arena, part, false);
        if (!text || !text[0] || call->parts_count == SERVER_PARTS_MAX)
            return false;
        call->parts[call->parts_count++] = text;
    }
    return true;
}

static bool split_query(struct server_call *call)
{
    struct slice rest = http_request_query(call->request);
    size_t count = 1;
    for (size_t i = 0; i < rest.size; i++)
        count += rest.data[i] == '&';
    call->query = arena_alloc(&call->arena, count * sizeof(*call->query));
    while (rest.data && rest.size) {
        struct slice value = slice_cut(&rest, '&');
        struct slice name = slice_cut(&value, '=');
        struct server_pair *pair = &call->query[call->query_count];
        if (!name.size)
            continue;
        pair->name = decode(&call->arena, name, true);
        pair->value = value.data ? decode(&call->arena, value, true) : "";
        if (!pair->name || !pair->value)
            return false;
        call->query_count++;
    }
    return true;
}

static const struct server_route *find_route(const struct server_call *call)
{
    for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
        if (strcmp(call->parts[0], routes[i].first) == 0 && call->parts_count >= routes[i].parts_min &&
            call->parts_count <= routes[i].parts_max)
            return &routes[i];
    return NULL;
}

/* --- the way of a request --- */

static void call_free(struct server_call *call)
{
    arena_done(&call->arena);
    free(call);
}

static void run_call(void *context)
{
    struct server_call *call = context;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct json *user;
    if (atomic_load(&call->server->stopping))
        server_respond_text(call->request, 503, "the kubelet is stopping");
    else if (server_authenticate(call, &user, &err) < 0 || server_authorize(call, user, &err) < 0)
        server_respond_error(call->request, &err);
    else
        call->route->run(call);
    call_free(call);
}

/* 0: it can be worked on; else why not. */
static int check_call(struct server_call *call)
{
    enum http_method method = http_request_method(call->request);
    if (!split_path(call) || !call->parts_count)
        return 404;
    if (!split_query(call))
        return 400;
    call->route = find_route(call);
    if (!call->route)
        return 404;
    bool known = method == HTTP_GET_ || method == HTTP_HEAD_ || (method == HTTP_POST_ && call->route->post);
    return known ? 0 : 405;
}

static void on_request(void *context, struct http_request *request)
{
    struct kubelet_server *s = context;
    struct server_call *call = new0(struct server_call);
    call->server = s;
    call->request = request;
    int refused = check_call(call);
    struct workers *pools[] = {s->quick, s->logs, s->streams};
    if (refused) {
        server_respond_text(request, refused, http_status_text(refused));
        call_free(call);
        return;
    }
    pthread_mutex_lock(&s->lock);
    bool taken = !atomic_load(&s->stopping) && workers_submit(pools[call->route->pool], run_call, call);
    pthread_mutex_unlock(&s->lock);
    if (!taken) {
        server_respond_text(request, 503, "too many requests of this kind at the moment");
        call_free(call);
    }
}

static void on_health_request(void *context, struct http_request *request)
{
    struct slice path = http_request_path(request);
    bool known = slice_is(path, "/healthz") || slice_starts(path, "/healthz/");
    server_respond_text(request, known ? 200 : 404, known ? "ok" : "not found");
}

/* --- start and stop --- */

static struct tls_settings *make_tls(const struct kubelet_server_config *config, struct error *err)
{
    _cleanup_free_ char *cert = NULL, *key = NULL;
    struct tls_server_config tls = {.cert_file = config->cert_file,
                                    .key_file = config->key_file,
                                    .client_ca_file = config->client_ca_file};
    if (!config->cert_file) {
        if (server_certificate_make(config->cert_dir, config->node_name, config->node_addresses, &cert, &key,
                                    err) < 0)
            return NULL;
        tls.cert_file = cert;
        tls.key_file = key;
    }
    return tls_server_new(&tls, err);
}

static struct workers *pool(const char *name, unsigned threads_max)
{
    struct workers_config config = {.name = name, .threads_max = threads_max, .queue_max = WAITING_MAX};
    return workers_new(&config);
}

static int listen_all(struct kubelet_server *s, struct error *err)
{
    struct http_server_config config = {.name = "kubelet",
                                        .address = s->config.address,
                                        .port = s->config.port,
                                        .tls = s->tls,
                                        .loops = 1,
                                        .connections_max = 1000,
                                        .handler = on_request,
                                        .context = s};
    struct http_server_config health = {.name = "kubelet-health",
                                        .address = "127.0.0.1",
                                        .port = s->config.health_port,
                                        .loops = 1,
                                        .connections_max = 100,
                                        .handler = on_health_request,
                                        .context = s};
    if (http_server_start(&config, &s->http, err) < 0)
        return -1;
    return health.port ? http_server_start(&health, &s->health, err) : 0;
}

int kubelet_server_start(const struct kubelet_server_config *config, struct kubelet_server **ret,
                         struct error *err)
{
    struct kubelet_server *s = new0(struct kubelet_server);
    s->config = *config;
    s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->session_ended, NULL);
    list_init(&s->sessions);
    s->quick = pool("kubelet-http", QUICK_THREADS);
    s->logs = pool("kubelet-logs", LOGS_THREADS);
    s->streams = pool("kubelet-streams", STREAMS_THREADS);
    s->users = verdicts_new();
    s->permissions = verdicts_new();
    s->rates = stats_rates_new();
    if (config->runtime)
        s->runtime = plugin_instance_interface(config->runtime, KEELSON_RUNTIME_1);
    s->tls = make_tls(config, err);
    if (!s->tls || listen_all(s, err) < 0) {
        kubelet_server_stop(s);
        return -1;
    }
    *ret = s;
    return 0;
}

uint16_t kubelet_server_port(const struct kubelet_server *s)
{
    return http_server_port(s->http);
}

/* Loops go last: those who still answer need them. */
void kubelet_server_stop(struct kubelet_server *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock); /* from here on nothing is handed to a pool but by the pools themselves */
    atomic_store(&s->stopping, true);
    pthread_mutex_unlock(&s->lock);
    eventfd_write(s->stop_fd, 1);
    if (!stream_sessions_stop(s)) {
        log_warning("a streaming session does not end; the server is left to the end of the process");
        return;
    }
    workers_free(s->quick);
    workers_free(s->logs);
    workers_free(s->streams);
    if (s->health)
        http_server_stop(s->health, 0);
    if (s->http)
        http_server_stop(s->http, DRAIN_MS);
    tls_settings_unref(s->tls);
    verdicts_free(s->users);
    verdicts_free(s->permissions);
    stats_rates_free(s->rates);
    pthread_cond_destroy(&s->session_ended);
    pthread_mutex_destroy(&s->lock);
    close(s->stop_fd);
    free(s);
}
