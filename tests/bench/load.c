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

struct http_client *load_connect(const struct load *b)
{
    return http_client_new(&(struct http_client_config){.loop = b->loop,
                                                        .host = b->kubeconfig.server_host,
                                                        .port = b->kubeconfig.server_port,
                                                        .tls = b->tls});
}

struct run {
    const struct load *load;
    const struct load_phase *phase;
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
    r->phase->make(r->load, n, &path, &body);
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
    struct http_client *client = load_connect(r->load);
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

double load_run(const struct load *b, const struct load_phase *phase, unsigned clients, bool quiet)
{
    struct run r = {.load = b, .phase = phase, .count = phase->requests, .clients = clients};
    pthread_t threads[LOAD_CLIENTS];
    r.latency_ns = newa0(int64_t, r.count);
    double cpu = load_server_cpu_s(b);
    int64_t began = clock_monotonic_ns();
    for (unsigned i = 0; i < clients; i++)
        pthread_create(&threads[i], NULL, run_client, &r);
    for (unsigned i = 0; i < clients; i++)
        pthread_join(threads[i], NULL);
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
    load->loop = loop_new();
    loop_start_thread(load->loop, "bench");
    return 0;
}
