/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load on an API server, one kind of request after another: 32 clients, each with a connection of its own and
 * one request at a time, over 5,000 ConfigMaps of 1 KiB; then lists, and watches that all see every update.
 * Prints requests per second, latencies, and the CPU that the servers used per request, read from procfs.
 * Speaks plain Kubernetes, so it can be pointed at any API server:
 *
 *   bench-api KUBECONFIG SERVER_PID[,PID…] [PHASE…]
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "tests/bench/load.h"

#define CLIENTS       32
#define OBJECTS       5000
#define PATH          "/api/v1/namespaces/default/configmaps"
#define LISTS         500
#define WATCH_UPDATES 2000

static void make_create(const struct load *b, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_append_str(path, PATH);
    buffer_printf(body,
                  "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"bench-%u\","
                  "\"labels\":{\"n\":\"%u\"}},\"data\":{\"value\":\"%s\"}}",
                  n, n % 100, b->filler);
}
static void make_get(const struct load *b, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_printf(path, PATH "/bench-%u", n % OBJECTS);
}
static void make_update(const struct load *b, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_printf(path, PATH "/bench-%u", n % OBJECTS);
    buffer_printf(body,
                  "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"bench-%u\"},"
                  "\"data\":{\"value\":\"%s\",\"turn\":\"%lld\"}}",
                  n % OBJECTS, b->filler,
                  (long long)clock_monotonic_ns()); /* an update that changes nothing is none */
}
static void make_patch(const struct load *b, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_printf(path, PATH "/bench-%u", n % OBJECTS);
    buffer_printf(body, "{\"data\":{\"patched\":\"%u\"}}", n);
}
static void make_list(const struct load *b, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_append_str(path, PATH "?limit=100");
}
static void make_list_all(const struct load *b, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_append_str(path, PATH);
}

static const struct load_phase phases[] = {
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
static void run_fanout(struct load *b, unsigned watchers, unsigned updates)
{
    static const struct http_client_stream_callbacks callbacks = {watch_headers, watch_data, watch_ended};
    struct fanout f = {0};
    struct load_phase update = phases[2];
    struct http_client *clients[10];
    update.requests = updates;
    for (unsigned i = 0; i < 10; i++)
        clients[i] = load_connect(b);
    char *path = watch_path(clients[0]);
    struct http_client_request request = {.method = "GET", .target = path, .timeout_ms = -1};
    for (unsigned i = 0; i < watchers; i++)
        http_client_stream_start(clients[i % 10], &request, &callbacks, &f);
    while (f.begun < watchers)
        usleep(10000);
    usleep(500000);
    uint64_t before = f.events, wanted = (uint64_t)watchers * updates;
    double cpu = load_server_cpu_s(b);
    int64_t began = clock_monotonic_ns();
    load_run(b, &update, 8, false);
    while (f.events - before < wanted && clock_monotonic_ns() - began < 60 * NS_PER_S)
        usleep(1000);
    double seconds = (double)(clock_monotonic_ns() - began) / 1e9;
    printf("watch    %u watchers: %.0f events/s (%llu of %llu), cpu %.4f ms an event\n", watchers,
           (double)(f.events - before) / seconds, (unsigned long long)(f.events - before),
           (unsigned long long)wanted, (load_server_cpu_s(b) - cpu) * 1000 / (double)wanted);
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
    struct load load;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (argc < 3) {
        fprintf(stderr, "usage: bench-api KUBECONFIG SERVER_PID[,PID] "
                        "[create|get|update|patch|list100|listall|delete|watch100|watch1000…]\n");
        return 2;
    }
    if (load_init(&load, argv[1], argv[2], &err) < 0) {
        fprintf(stderr, "bench-api: %s\n", err.message);
        return 1;
    }
    for (size_t i = 0; i < ARRAY_SIZE(phases); i++)
        if (wanted(argc, argv, phases[i].name))
            load_run(&load, &phases[i], strcmp(phases[i].name, "listall") == 0 ? 1 : LOAD_CLIENTS, false);
    if (argc > 3 && wanted(argc, argv, "watch100"))
        run_fanout(&load, 100, WATCH_UPDATES * 5);
    if (argc > 3 && wanted(argc, argv, "watch1000"))
        run_fanout(&load, 1000, WATCH_UPDATES);
    return 0;
}
