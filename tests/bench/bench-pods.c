/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a pod takes from its creation until a watcher sees it Ready, one at a time, and how much of that
 * the kubelet waits for the runtime; then a Deployment from nothing to 50 Ready pods.
 *
 *   bench-pods KUBECONFIG IMAGE [PODS [USAGE]]
 *
 * USAGE is the file of the CPU time of a control group that holds the runtime and all that it starts
 * (cpuacct.usage, or cpu.stat of cgroup v2): what no kubelet can be faster than.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "tests/bench/load.h"

#define WAIT_NS (60 * NS_PER_S)

/* What the watch has seen: the loop's thread writes, main reads. */
struct seen {
    struct buffer line;
    _Atomic unsigned ready; /* pods that became Ready */
    _Atomic int64_t last_ready_ns;
    char names[200][64];
};

static void note_pod(struct seen *s, const struct json *event)
{
    const struct json *pod = json_get(event, "object");
    unsigned n = s->ready;
    if (!pod_is_ready(pod) || n >= ARRAY_SIZE(s->names))
        return;
    for (unsigned i = 0; i < n; i++)
        if (strcmp(s->names[i], object_name(pod)) == 0)
            return;
    snprintf(s->names[n], sizeof(s->names[n]), "%s", object_name(pod));
    s->last_ready_ns = clock_monotonic_ns();
    s->ready = n + 1;
}

static void watch_data(void *context, struct slice data)
{
    struct seen *s = context;
    buffer_append_slice(&s->line, data);
    for (char *end; s->line.size && (end = memchr(s->line.data, '\n', s->line.size));) {
        struct arena arena = ARENA_INIT;
        struct json *event = NULL;
        size_t size = (size_t)(end - s->line.data);
        if (json_parse(&arena, (struct slice){s->line.data, size}, &event, NULL) == 0)
            note_pod(s, event);
        arena_done(&arena);
        buffer_consume(&s->line, size + 1);
    }
}

static void watch_ended(void *context, const struct error *err)
{
    if (err)
        fprintf(stderr, "the watch ended: %s\n", err->message);
}

/* The answer's text is the caller's; NULL if there is none. */
static char *ask(struct http_client *client, const char *method, const char *path, const char *body,
                 int *ret_status)
{
    static const char *const headers[] = {"content-type", "application/json", NULL};
    struct http_client_request request = {
        .method = method, .target = path, .headers = headers, .body = slice_of(body)};
    struct http_client_response response = {0};
    *ret_status = http_client_do(client, &request, &response, NULL) == 0 ? response.status : -1;
    char *text = response.body.data ? xstrndup(response.body.data, response.body.size) : NULL;
    http_client_response_done(&response);
    return text;
}

static void send(struct http_client *client, const char *method, const char *path, const char *body)
{
    int status;
    _cleanup_free_ char *text = ask(client, method, path, body, &status);
    if (status >= 300 || status < 0)
        fprintf(stderr, "%s %s: %d %.300s\n", method, path, status, text ? text : "");
}

/* What stands between a pod and its start, and is the runtime's. */
static const char *const runtime_calls[] = {"sandbox_run", "container_create", "container_start"};

static double seconds_of(const char *metrics, const char *call)
{
    static const char metric[] = "keelson_plugin_call_seconds_total{";
    _cleanup_free_ char *label = xasprintf("operation=\"runtime.%s\"} ", call);
    for (const char *at = strstr(metrics, metric); at; at = strstr(at + 1, metric)) {
        const char *value = strstr(at, label), *end = strchr(at, '\n');
        if (value && end && value < end)
            return strtod(value + strlen(label), NULL);
    }
    return 0;
}

/* Seconds that the node's kubelet has waited for each of runtime_calls so far. */
static void read_runtime(struct http_client *client, double ret[static ARRAY_SIZE(runtime_calls)])
{
    int status;
    struct arena arena = ARENA_INIT;
    struct json *nodes = NULL;
    _cleanup_free_ char *list = ask(client, "GET", "/api/v1/nodes", "", &status);
    if (list && json_parse(&arena, slice_of(list), &nodes, NULL) == 0) {
        char *path = arena_printf(&arena, "/api/v1/nodes/%s/proxy/metrics",
                                  json_string_or(json_at(nodes, "items[0].metadata.name"), ""));
        _cleanup_free_ char *metrics = ask(client, "GET", path, "", &status);
        for (size_t i = 0; i < ARRAY_SIZE(runtime_calls); i++)
            ret[i] = metrics ? seconds_of(metrics, runtime_calls[i]) : 0;
    }
    arena_done(&arena);
}

static bool wait_ready(struct seen *s, unsigned count, int64_t began_ns)
{
    while (s->ready < count && clock_monotonic_ns() - began_ns < WAIT_NS)
        usleep(200);
    return s->ready >= count;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Its end is not to be part of the next one's beginning. */
static void remove_pod(struct http_client *client, const char *path)
{
    int status;
    send(client, "DELETE", path, "");
    do {
        usleep(100000);
        free(ask(client, "GET", path, "", &status));
    } while (status == 200);
    usleep(500000);
}

static void one_at_a_time(struct http_client *client, struct seen *s, const char *image, unsigned pods)
{
    int64_t *took_ns = newa0(int64_t, pods);
    double before_s[ARRAY_SIZE(runtime_calls)], after_s[ARRAY_SIZE(runtime_calls)];
    read_runtime(client, before_s);
    for (unsigned i = 0; i < pods; i++) {
        char *body = xasprintf("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"bench-%u\"},"
                               "\"spec\":{\"terminationGracePeriodSeconds\":1,\"containers\":"
                               "[{\"name\":\"a\",\"image\":\"%s\"}]}}",
                               i, image);
        char *path = xasprintf("/api/v1/namespaces/default/pods/bench-%u", i);
        unsigned before = s->ready;
        int64_t began = clock_monotonic_ns();
        send(client, "POST", "/api/v1/namespaces/default/pods", body);
        if (!wait_ready(s, before + 1, began))
            fprintf(stderr, "pod bench-%u did not become ready\n", i);
        took_ns[i] = s->last_ready_ns - began;
        remove_pod(client, path);
        free(body);
        free(path);
    }
    qsort(took_ns, pods, sizeof(*took_ns), by_value);
    printf("pod created → Ready, one at a time: p50 %.0f ms, p99 %.0f ms\n          upstream: 338 / 537 ms; "
           "to reach: ≤ 120 / 200 ms\n",
           (double)took_ns[pods / 2] / 1e6, (double)took_ns[pods * 99 / 100] / 1e6);
    read_runtime(client, after_s);
    for (size_t i = 0; i < ARRAY_SIZE(runtime_calls); i++)
        printf("          of which %s: %.0f ms on the average\n", runtime_calls[i],
               (after_s[i] - before_s[i]) * 1e3 / pods);
    free(took_ns);
}

/* 0 without a file. */
static double usage_s(const char *file)
{
    static const char second[] = "usage_usec ";
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    if (!file || file_read(file, 4096, &text, NULL) < 0)
        return 0;
    bool v2 = strncmp(text.data, second, strlen(second)) == 0;
    return v2 ? strtod(text.data + strlen(second), NULL) / 1e6 : strtod(text.data, NULL) / 1e9;
}

static void fifty(struct http_client *client, struct seen *s, const char *image, const char *usage)
{
    char *body = xasprintf(
        "{\"apiVersion\":\"apps/"
        "v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"fifty\"},\"spec\":{\"replicas\":50,"
        "\"selector\":{\"matchLabels\":{\"a\":\"b\"}},"
        "\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"terminationGracePeriodSeconds\":0,"
        "\"containers\":[{\"name\":\"a\",\"image\":\"%s\"}]}}}}",
        image);
    unsigned before = s->ready;
    int64_t began = clock_monotonic_ns();
    double used_s = usage_s(usage);
    send(client, "POST", "/apis/apps/v1/namespaces/default/deployments", body);
    bool done = wait_ready(s, before + 50, began);
    printf("Deployment 0 → 50 Ready: %.2f s%s\n          upstream: 10.7 s; to reach: ≤ 4 s\n",
           (double)(s->last_ready_ns - began) / 1e9, done ? "" : " (not all)");
    used_s = usage_s(usage) - used_s;
    if (usage)
        printf("          of which containerd, its shims, runc and CNI programs: %.0f ms of CPU a pod, so "
               "that %ld "
               "cores need %.1f s for them alone\n",
               used_s * 1e3 / 50, sysconf(_SC_NPROCESSORS_ONLN),
               used_s / (double)sysconf(_SC_NPROCESSORS_ONLN));
    send(client, "DELETE", "/apis/apps/v1/namespaces/default/deployments/fifty?propagationPolicy=Background",
         "");
    free(body);
}

int main(int argc, char **argv)
{
    static const struct http_client_stream_callbacks callbacks = {.data = watch_data, .ended = watch_ended};
    struct load load;
    struct seen *seen = new0(struct seen);
    _cleanup_(error_done) struct error err = ERROR_INIT;
    unsigned pods = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 20;
    if (argc < 3 || pods < 1 || pods > 100) {
        fprintf(stderr, "usage: bench-pods KUBECONFIG IMAGE [PODS, at most 100 [USAGE]]\n");
        return 2;
    }
    if (load_init(&load, argv[1], "", &err) < 0) {
        fprintf(stderr, "bench-pods: %s\n", err.message);
        return 1;
    }
    struct http_client *client = load_connect(&load), *watcher = load_connect(&load);
    struct http_client_request watch = {.method = "GET",
                                        .target = "/api/v1/namespaces/default/pods?watch=1&resourceVersion=0",
                                        .timeout_ms = -1};
    http_client_stream_start(watcher, &watch, &callbacks, seen);
    usleep(300000);
    one_at_a_time(client, seen, argv[2], pods);
    fifty(client, seen, argv[2], argc > 4 ? argv[4] : NULL);
    fflush(stdout);
    _exit(0); /* the watch ends with the process */
}
