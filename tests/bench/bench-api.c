/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load on an API server, one kind of request after another: 32 clients, each with a connection of its own and
 * one request at a time, over 5,000 ConfigMaps of 1 KiB; then lists, and watches that all see every update.
 * Prints requests per second, latencies, and the CPU that the servers used per request, read from procfs.
 * Speaks plain Kubernetes, so it can be pointed at any API server:
 *
 *   bench-api KUBECONFIG SERVER_PID[,PID…] [PHASE…]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/client/kubeconfig.h"
#include "core/io/http-client.h"

#define CLIENTS       32
#define OBJECTS       5000
#define PATH          "/api/v1/namespaces/default/configmaps"
#define LISTS         500
#define WATCH_UPDATES 2000

struct bench {
    struct kubeconfig kubeconfig;
    struct tls_settings *tls;
    struct loop *loop;
    char *servers; /* process ids with commas */
    char filler[1025];
};

struct phase {
    const char *name;
    const char *upstream, *target; /* BASELINE's figures */
    unsigned requests;
    void (*make)(const struct bench *b, unsigned n, struct buffer *target_path, struct buffer *body);
    const char *method, *content_type;
    int expect;
};

static void make_create(const struct bench *b, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_append_str(path, PATH);
    buffer_printf(body,
                  "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"bench-%u\","
                  "\"labels\":{\"n\":\"%u\"}},\"data\":{\"value\":\"%s\"}}",
                  n, n % 100, b->filler);
}
static void make_get(const struct bench *b, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_printf(path, PATH "/bench-%u", n);
}
static void make_update(const struct bench *b, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_printf(path, PATH "/bench-%u", n);
    buffer_printf(body,
                  "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"bench-%u\"},"
                  "\"data\":{\"value\":\"%s\",\"turn\":\"%lld\"}}",
                  n, b->filler, (long long)clock_monotonic_ns()); /* an update that changes nothing is none */
}
static void make_patch(const struct bench *b, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_printf(path, PATH "/bench-%u", n);
    buffer_printf(body, "{\"data\":{\"patched\":\"%u\"}}", n);
}
static void make_list(const struct bench *b, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_append_str(path, PATH "?limit=100");
}
static void make_list_all(const struct bench *b, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_append_str(path, PATH);
}

static const struct phase phases[] = {
    {"create", "770–1,063 /s, p99 134–252 ms, 1.72 ms", "≥ 10,000 /s, p99 ≤ 10 ms, ≤ 0.08 ms", OBJECTS,
     make_create, "POST", "application/json", 201},
    {"get", "1,495–2,099 /s, p99 43–59 ms, 0.86 ms", "≥ 20,000 /s, p99 ≤ 3 ms, ≤ 0.02 ms", OBJECTS * 4,
     make_get, "GET", NULL, 200},
    {"update", "641–926 /s, 2.14 ms", "≥ 10,000 /s, ≤ 0.1 ms", OBJECTS, make_update, "PUT",
     "application/json", 200},
    {"patch", "661–885 /s, 2.49 ms", "≥ 8,000 /s, ≤ 0.12 ms", OBJECTS, make_patch, "PATCH",
     "application/merge-patch+json", 200},
    {"list100", "335–349 /s", "≥ 5,000 /s", LISTS * 4, make_list, "GET", NULL, 200},
    {"listall", "126–163 ms each", "≤ 10 ms, ≥ 800 MB/s", 40, make_list_all, "GET", NULL, 200},
    {"delete", "1,129–1,424 /s, 1.65 ms", "≥ 10,000 /s, ≤ 0.08 ms", OBJECTS, make_get, "DELETE", NULL, 200},
};

/* CPU seconds of the servers, all threads. */
static double server_cpu_s(const struct bench *b)
{
    double sum = 0;
    struct slice rest = slice_of(b->servers);
    while (rest.data) {
        struct slice pid = slice_cut(&rest, ',');
        struct buffer text = BUFFER_INIT;
        char *path = xasprintf("/proc/%.*s/stat", SLICE_ARG(pid));
        if (file_read(path, 65536, &text, NULL) == 0) {
            unsigned long user = 0, system = 0;
            const char *behind = strrchr(text.data, ')');
            if (behind && sscanf(behind + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                                 &system) == 2)
                sum += (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
        }
        buffer_done(&text);
        free(path);
    }
    return sum;
}

static struct http_client *connect_client(const struct bench *b)
{
    return http_client_new(&(struct http_client_config){.loop = b->loop,
                                                        .host = b->kubeconfig.server_host,
                                                        .port = b->kubeconfig.server_port,
                                                        .tls = b->tls});
}

struct run {
    const struct bench *bench;
    const struct phase *phase;
    unsigned count;
    unsigned clients;
    _Atomic unsigned next, failed;
    _Atomic uint64_t bytes;
    int64_t *latency_ns;
};

static void one_request(struct run *r, struct http_client *client, unsigned n)
{
    struct buffer path = BUFFER_INIT, body = BUFFER_INIT;
    struct http_client_response response = {0};
    const char *const headers[] = {"content-type", r->phase->content_type, NULL};
    r->phase->make(r->bench, n % OBJECTS, &path, &body);
    struct http_client_request request = {.method = r->phase->method,
                                          .target = path.data,
                                          .headers = r->phase->content_type ? headers : NULL,
                                          .body = {body.data, body.size}};
    int64_t began = clock_monotonic_ns();
    struct error err = ERROR_INIT;
    if (http_client_do(client, &request, &response, &err) < 0 || response.status != r->phase->expect) {
        if (r->failed++ == 0)
            fprintf(stderr, "%s %s: %s %d %.300s\n", r->phase->method, path.data,
                    err.message ? err.message : "", response.status,
                    response.body.data ? response.body.data : "");
    }
    r->latency_ns[n] = clock_monotonic_ns() - began;
    r->bytes += response.body.size;
    error_done(&err);
    http_client_response_done(&response);
    buffer_done(&path);
    buffer_done(&body);
}

static void *run_client(void *argument)
{
    struct run *r = argument;
    struct http_client *client = connect_client(r->bench);
    for (unsigned n; (n = r->next++) < r->count;)
        one_request(r, client, n);
    http_client_free(client);
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void run_phase(const struct bench *b, const struct phase *phase, unsigned clients)
{
    struct run r = {.bench = b, .phase = phase, .count = phase->requests, .clients = clients};
    pthread_t threads[CLIENTS];
    r.latency_ns = newa0(int64_t, r.count);
    double cpu = server_cpu_s(b);
    int64_t began = clock_monotonic_ns();
    for (unsigned i = 0; i < clients; i++)
        pthread_create(&threads[i], NULL, run_client, &r);
    for (unsigned i = 0; i < clients; i++)
        pthread_join(threads[i], NULL);
    double seconds = (double)(clock_monotonic_ns() - began) / 1e9;
    cpu = server_cpu_s(b) - cpu;
    qsort(r.latency_ns, r.count, sizeof(*r.latency_ns), by_value);
    printf("%-8s %9.0f /s  p50 %7.2f ms  p99 %7.2f ms  cpu %7.4f ms  %7.1f MB/s  failed %u\n         "
           "upstream: %s; to reach: %s\n",
           phase->name, r.count / seconds, (double)r.latency_ns[r.count / 2] / 1e6,
           (double)r.latency_ns[r.count * 99 / 100] / 1e6, cpu * 1000 / r.count,
           (double)r.bytes / seconds / 1e6, r.failed, phase->upstream, phase->target);
    fflush(stdout);
    free(r.latency_ns);
}

struct fanout {
    _Atomic uint64_t events;
    _Atomic unsigned begun;
};

static void watch_headers(void *context, int status, const struct http_header *headers, size_t count)
{
    struct fanout *f = context;
    f->begun++;
}
static void watch_data(void *context, struct slice data)
{
    struct fanout *f = context;
    uint64_t lines = 0;
    for (const char *p = data.data, *end = data.data + data.size; (p = memchr(p, '\n', (size_t)(end - p)));
         p++)
        lines++;
    f->events += lines;
}
static void watch_ended(void *context, const struct error *err)
{
    if (err)
        fprintf(stderr, "a watch ended: %s\n", err->message);
}

/* A watch from now on. */
static char *watch_path(struct http_client *client)
{
    struct http_client_request request = {.method = "GET", .target = PATH "?limit=1"};
    struct http_client_response response = {0};
    unsigned long long revision = 0;
    if (http_client_do(client, &request, &response, NULL) == 0 && response.body.data) {
        const char *at = strstr(response.body.data, "\"resourceVersion\":\"");
        revision = at ? strtoull(at + 19, NULL, 10) : 0;
    }
    http_client_response_done(&response);
    return xasprintf(PATH "?watch=1&resourceVersion=%llu", revision);
}

/* Every watcher sees every update: how many events a second arrive while 8 clients update as fast as they
 * can. */
static void run_fanout(const struct bench *b, unsigned watchers, unsigned updates)
{
    static const struct http_client_stream_callbacks callbacks = {watch_headers, watch_data, watch_ended};
    struct fanout f = {0};
    struct phase update = phases[2];
    struct http_client *clients[10];
    update.requests = updates;
    for (unsigned i = 0; i < 10; i++)
        clients[i] = connect_client(b);
    char *path = watch_path(clients[0]);
    struct http_client_request request = {.method = "GET", .target = path, .timeout_ms = -1};
    for (unsigned i = 0; i < watchers; i++)
        http_client_stream_start(clients[i % 10], &request, &callbacks, &f);
    while (f.begun < watchers)
        usleep(10000);
    usleep(500000);
    uint64_t before = f.events, wanted = (uint64_t)watchers * updates;
    double cpu = server_cpu_s(b);
    int64_t began = clock_monotonic_ns();
    run_phase(b, &update, 8);
    while (f.events - before < wanted && clock_monotonic_ns() - began < 60 * NS_PER_S)
        usleep(1000);
    double seconds = (double)(clock_monotonic_ns() - began) / 1e9;
    printf("watch    %u watchers: %.0f events/s (%llu of %llu), cpu %.4f ms an event\n", watchers,
           (double)(f.events - before) / seconds, (unsigned long long)(f.events - before),
           (unsigned long long)wanted, (server_cpu_s(b) - cpu) * 1000 / (double)wanted);
    fflush(stdout);
    _exit(0); /* the streams end with the process */
}

static bool wanted(int argc, char **argv, const char *name)
{
    for (int i = 3; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc <= 3;
}

int main(int argc, char **argv)
{
    struct bench b = {.kubeconfig = KUBECONFIG_INIT};
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (argc < 3) {
        fprintf(stderr, "usage: bench-api KUBECONFIG SERVER_PID[,PID] "
                        "[create|get|update|patch|list100|listall|delete|watch100|watch1000…]\n");
        return 2;
    }
    b.servers = argv[2];
    memset(b.filler, 'x', sizeof(b.filler) - 1);
    if (kubeconfig_load(argv[1], NULL, &b.kubeconfig, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    const struct kubeconfig *k = &b.kubeconfig;
    struct tls_client_config tls = {.ca_file = k->ca_file,
                                    .ca_data = {k->ca_data.data, k->ca_data.size},
                                    .cert_file = k->cert_file,
                                    .key_file = k->key_file,
                                    .cert_data = {k->cert_data.data, k->cert_data.size},
                                    .key_data = {k->key_data.data, k->key_data.size}};
    b.tls = tls_client_new(&tls, &err);
    if (!b.tls) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    b.loop = loop_new();
    loop_start_thread(b.loop, "bench");
    for (size_t i = 0; i < ARRAY_SIZE(phases); i++)
        if (wanted(argc, argv, phases[i].name))
            run_phase(&b, &phases[i], strcmp(phases[i].name, "listall") == 0 ? 1 : CLIENTS);
    if (argc > 3 && wanted(argc, argv, "watch100"))
        run_fanout(&b, 100, WATCH_UPDATES * 5);
    if (argc > 3 && wanted(argc, argv, "watch1000"))
        run_fanout(&b, 1000, WATCH_UPDATES);
    return 0;
}
