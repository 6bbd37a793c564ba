/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods per second: makes NODES nodes without a kubelet and PODS pods on the API server of KUBECONFIG, where a
 * scheduler runs, and waits until all pods are bound.
 *
 *   bench-scheduler KUBECONFIG SCHEDULER_PID [NODES PODS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "tests/bench/load.h"

static void make_node(const struct load *load, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_append_str(path, "/api/v1/nodes");
    buffer_printf(body,
                  "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"node-%u\",\"labels\":{"
                  "\"kubernetes.io/hostname\":\"node-%u\",\"topology.kubernetes.io/zone\":\"z%u\"}}}",
                  n, n, n % 3);
}

static void make_node_status(const struct load *load, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_printf(path, "/api/v1/nodes/node-%u/status", n);
    buffer_append_str(body, "{\"status\":{\"capacity\":{\"cpu\":\"32\",\"memory\":\"256Gi\",\"pods\":\"110\"}"
                            ",\"allocatable\":{\"cpu\":\"32\",\"memory\":\"256Gi\",\"pods\":\"110\"},"
                            "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}");
}

static void make_pod(const struct load *load, unsigned n, struct buffer *path, struct buffer *body)
{
    buffer_append_str(path, "/api/v1/namespaces/default/pods");
    buffer_printf(body,
                  "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"pod-%u\"},\"spec\":{"
                  "\"automountServiceAccountToken\":false,\"containers\":[{\"name\":\"a\",\"image\":\"a:1\","
                  "\"resources\":{\"requests\":{\"cpu\":\"100m\",\"memory\":\"100Mi\"}}}]}}",
                  n);
}

static int count_waiting(struct http_client *client)
{
    struct http_client_request request = {
        .method = "GET", .target = "/api/v1/namespaces/default/pods?fieldSelector=spec.nodeName%3D&limit=1"};
    struct http_client_response response = {0};
    int waiting = -1;
    if (http_client_do(client, &request, &response, NULL) == 0 && response.status == 200)
        waiting = response.body.data && strstr(response.body.data, "\"spec\":") ? 1 : 0;
    http_client_response_done(&response);
    return waiting;
}

int main(int argc, char **argv)
{
    struct load load;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    unsigned nodes = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 1000,
             pods = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 5000;
    if (argc < 3) {
        fprintf(stderr, "usage: bench-scheduler KUBECONFIG SCHEDULER_PID [NODES PODS]\n");
        return 2;
    }
    if (load_init(&load, argv[1], argv[2], &err) < 0) {
        fprintf(stderr, "bench-scheduler: %s\n", err.message);
        return 1;
    }
    load_run(&load,
             &(struct load_phase){.name = "nodes",
                                  .requests = nodes,
                                  .make = make_node,
                                  .method = "POST",
                                  .content_type = "application/json",
                                  .expect = 201},
             8, true);
    load_run(&load,
             &(struct load_phase){.name = "status",
                                  .requests = nodes,
                                  .make = make_node_status,
                                  .method = "PATCH",
                                  .content_type = "application/merge-patch+json",
                                  .expect = 200},
             8, true);
    sleep(2);
    struct http_client *client = load_connect(&load);
    double cpu = load_server_cpu_s(&load);
    int64_t began = clock_monotonic_ns();
    double created = load_run(&load,
                              &(struct load_phase){.name = "pods",
                                                   .requests = pods,
                                                   .make = make_pod,
                                                   .method = "POST",
                                                   .content_type = "application/json",
                                                   .expect = 201},
                              LOAD_CLIENTS, true);
    while (count_waiting(client) != 0 && clock_monotonic_ns() - began < 300 * NS_PER_S)
        usleep(5000);
    double seconds = (double)(clock_monotonic_ns() - began) / 1e9;
    printf(
        "scheduler %8.0f pods/s created → bound (%u pods, %u nodes, %.2f s; created at %.0f /s), scheduler "
        "cpu %.2f s\n"
        "          upstream: 277–337 pods/s on 1,000 nodes, 215–220 on 5,000, 168–212 MiB, 13–15 CPU s; to "
        "reach: ≥ "
        "3,000 pods/s first, ≥ 10,000 in the end, ≤ 20 MiB\n",
        pods / seconds, pods, nodes, seconds, created, load_server_cpu_s(&load) - cpu);
    return 0;
}
