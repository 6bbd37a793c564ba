/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that each send one request after another. Times are taken at the client, CPU is read from procfs.
 */
#include "tests/bench/load.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"

double load_server_cpu_s(const struct load *b)
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

struct http_client *load_connect(struct load *b)
{
    return http_client_new(&(struct http_client_config){.loop = b->loops[b->connected++ % LOAD_LOOPS],
                                                        .host = b->kubeconfig.server_host,
                                                        .port = b->kubeconfig.server_port,
                                                        .tls = b->tls});
}

struct run {
    const struct load *load;
    const struct load_phase *phase;
    unsigned count;
    _Atomic unsigned next, failed;
    _Atomic uint64_t bytes;
    int64_t *latency_ns;
    pthread_mutex_t lock; /* guards active */
    pthread_cond_t ended;
    unsigned active;
};

/* Of its loop's thread, but for the beginning. */
struct client {
    struct run *run;
    struct http_client *http;
    unsigned n; /* the request that is on its way */
    int64_t began_ns;
    int status;
    struct buffer path, body, complaint; /* complaint: what came instead of what was expected */
};

static void send_next(void *context);

static void on_headers(void *context, int status, const struct http_header *headers, size_t count)
{
    struct client *c = context;
    c->status = status;
}

static void on_data(void *context, struct slice data)
{
    struct client *c = context;
    c->run->bytes += data.size;
    if (c->status != c->run->phase->expect)
        buffer_append_slice(&c->complaint, data);
}

static void on_ended(void *context, const struct error *err)
{
    struct client *c = context;
    struct run *r = c->run;
    r->latency_ns[c->n] = clock_monotonic_ns() - c->began_ns;
    if ((err || c->status != r->phase->expect) && r->failed++ == 0)
        fprintf(stderr, "%s %s: %s %d %.*s\n", r->phase->method, c->path.data, err ? err->message : "",
                c->status, (int)MIN(c->complaint.size, (size_t)300),
                c->complaint.data ? c->complaint.data : "");
    send_next(c);
}

static void stop(struct run *r)
{
    pthread_mutex_lock(&r->lock);
    r->active--;
    pthread_cond_signal(&r->ended);
    pthread_mutex_unlock(&r->lock);
}

static void send_next(void *context)
{
    static const struct http_client_stream_callbacks callbacks = {on_headers, on_data, on_ended};
    struct client *c = context;
    struct run *r = c->run;
    const char *const headers[] = {"content-type", r->phase->content_type, NULL};
    unsigned n = r->next++;
    if (n >= r->count) {
        stop(r);
        return;
    }
    buffer_clear(&c->path);
    buffer_clear(&c->body);
    buffer_clear(&c->complaint);
    c->n = n;
    c->status = 0;
    r->phase->make(r->load, n, &c->path, &c->body);
    struct http_client_request request = {.method = r->phase->method,
                                          .target = c->path.data,
                                          .headers = r->phase->content_type ? headers : NULL,
                                          .body = {c->body.data, c->body.size}};
    c->began_ns = clock_monotonic_ns();
    http_client_stream_start(c->http, &request, &callbacks, c);
}

/* Waits until all have stopped. */
static void run_clients(struct run *r, struct load *b, unsigned count)
{
    struct client *clients = newa0(struct client, count);
    r->active = count;
    for (unsigned i = 0; i < count; i++) {
        unsigned loop = b->connected % LOAD_LOOPS;
        clients[i] = (struct client){.run = r, .http = load_connect(b)};
        loop_post(b->loops[loop], send_next, &clients[i]);
    }
    pthread_mutex_lock(&r->lock);
    while (r->active)
        pthread_cond_wait(&r->ended, &r->lock);
    pthread_mutex_unlock(&r->lock);
    for (unsigned i = 0; i < count; i++) {
        http_client_free(clients[i].http);
        buffer_done(&clients[i].path);
        buffer_done(&clients[i].body);
        buffer_done(&clients[i].complaint);
    }
    free(clients);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

double load_run(struct load *b, const struct load_phase *phase, unsigned clients, bool quiet)
{
    struct run r = {.load = b,
                    .phase = phase,
                    .count = phase->requests,
                    .lock = PTHREAD_MUTEX_INITIALIZER,
                    .ended = PTHREAD_COND_INITIALIZER};
    r.latency_ns = newa0(int64_t, r.count);
    double cpu = load_server_cpu_s(b);
    int64_t began = clock_monotonic_ns();
    run_clients(&r, b, clients);
    double seconds = (double)(clock_monotonic_ns() - began) / 1e9;
    cpu = load_server_cpu_s(b) - cpu;
    qsort(r.latency_ns, r.count, sizeof(*r.latency_ns), by_value);
    if (!quiet)
        printf("%-9s %8.0f /s  p50 %7.2f ms  p99 %7.2f ms  cpu %7.4f ms  %7.1f MB/s  failed %u\n",
               phase->name, r.count / seconds, (double)r.latency_ns[r.count / 2] / 1e6,
               (double)r.latency_ns[r.count * 99 / 100] / 1e6, cpu * 1000 / r.count,
               (double)r.bytes / seconds / 1e6, r.failed);
    if (!quiet && phase->upstream)
        printf("          upstream: %s; to reach: %s\n", phase->upstream, phase->target);
    fflush(stdout);
    free(r.latency_ns);
    return r.count / seconds;
}

int load_init(struct load *load, const char *kubeconfig, const char *servers, struct error *err)
{
    struct kubeconfig *k = &load->kubeconfig;
    *load = (struct load){.kubeconfig = KUBECONFIG_INIT, .servers = servers};
    memset(load->filler, 'x', sizeof(load->filler) - 1);
    if (kubeconfig_load(kubeconfig, NULL, k, err) < 0)
        return -1;
    struct tls_client_config tls = {.ca_file = k->ca_file,
                                    .ca_data = {k->ca_data.data, k->ca_data.size},
                                    .cert_file = k->cert_file,
                                    .key_file = k->key_file,
                                    .cert_data = {k->cert_data.data, k->cert_data.size},
                                    .key_data = {k->key_data.data, k->key_data.size}};
    load->tls = tls_client_new(&tls, err);
    if (!load->tls)
        return -1;
    for (unsigned i = 0; i < LOAD_LOOPS; i++) {
        load->loops[i] = loop_new();
        loop_start_thread(load->loops[i], "bench");
    }
    return 0;
}
