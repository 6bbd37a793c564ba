/* SPDX-License-Identifier: Apache-2.0 */
/* Requests in number: what the benchmarks share. A phase is a row: how the n-th request is made, and the
 * figures to print beside ours. */
#ifndef KEELSON_BENCH_LOAD_H
#define KEELSON_BENCH_LOAD_H

#include "core/client/kubeconfig.h"
#include "core/io/http-client.h"

#define LOAD_CLIENTS 32
#define LOAD_LOOPS   2

struct load {
    struct kubeconfig kubeconfig;
    struct tls_settings *tls;
    struct loop *loops[LOAD_LOOPS];
    _Atomic unsigned connected; /* so many clients were made */
    const char *servers;        /* process ids with commas, whose CPU is counted */
    char filler[1025];
};
struct load_phase {
    const char *name;
    const char *upstream, *target; /* BASELINE's figures; NULL: nothing to print beside */
    unsigned requests;
    void (*make)(const struct load *load, unsigned n, struct buffer *path, struct buffer *body);
    const char *method, *content_type;
    int expect;
};
int load_init(struct load *load, const char *kubeconfig, const char *servers, struct error *err);
struct http_client *load_connect(struct load *load);
/* Each client has a connection of its own and one request at a time, the next sent by the loop that heard the
 * end of the last: the load is not to use up the machine that it measures. Prints a line, unless quiet.
 * Returns requests per second. */
double load_run(struct load *load, const struct load_phase *phase, unsigned clients, bool quiet);
/* CPU seconds of the servers so far, all threads. */
double load_server_cpu_s(const struct load *load);

#endif
