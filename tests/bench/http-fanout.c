/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watch fan-out of core/io alone: WATCHERS streams over CONNECTIONS connections to http-echo, THREADS threads
 * that post events of 500 bytes, as fast as they are taken, for SECONDS. Prints events delivered a second and
 * the CPU that the server spent on each.
 *
 *     http-fanout CA PORT [WATCHERS [CONNECTIONS [THREADS [SECONDS [EVENTS-A-POST]]]]]
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/io/http-client.h"

#define EVENT_BYTES 500

static atomic_ullong received; /* bytes of events, by the loop */
static atomic_uint started;
static atomic_bool over;
static struct http_client *publisher;
static char target[32];

static void on_headers(void *context, int status, const struct http_header *headers, size_t count)
{
    atomic_fetch_add(&started, 1);
}

static void on_data(void *context, struct slice data)
{
    atomic_store_explicit(&received, atomic_load_explicit(&received, memory_order_relaxed) + data.size,
                          memory_order_relaxed);
}

static const struct http_client_stream_callbacks callbacks = {.headers = on_headers, .data = on_data};

static void *publish(void *arg)
{
    char event[EVENT_BYTES];
    unsigned long posts = 0;
    memset(event, 'e', sizeof(event));
    while (!atomic_load(&over)) {
        struct http_client_request request = {
            .method = "POST", .target = target, .body = {event, sizeof(event)}};
        struct http_client_response response;
        if (http_client_do(publisher, &request, &response, NULL) < 0)
            break;
        http_client_response_done(&response);
        posts++;
    }
    *(unsigned long *)arg = posts;
    return NULL;
}

static long long server_cpu_us(void)
{
    struct http_client_request request = {.method = "GET", .target = "/metrics"};
    struct http_client_response response;
    if (http_client_do(publisher, &request, &response, NULL) < 0)
        return 0;
    const char *at = strstr(response.body.data, "\ncpu_us ");
    long long cpu = at ? strtoll(at + 8, NULL, 10) : 0;
    http_client_response_done(&response);
    return cpu;
}

static unsigned number(int argc, char **argv, int index, unsigned otherwise)
{
    return argc > index ? (unsigned)strtoul(argv[index], NULL, 10) : otherwise;
}

static struct http_client *client_new(struct loop *loop, struct tls_settings *tls, uint16_t port)
{
    return http_client_new(
        &(struct http_client_config){.loop = loop, .host = "127.0.0.1", .port = port, .tls = tls});
}

static void measure(unsigned threads, unsigned seconds, unsigned watchers)
{
    unsigned long handles[64], posts[64] = {0}, all = 0;
    long long cpu = server_cpu_us();
    int64_t begun = clock_monotonic_ns();
    unsigned long long before = atomic_load(&received);
    for (unsigned i = 0; i < threads; i++)
        thread_start("publish", 0, publish, &posts[i], &handles[i]);
    nanosleep(&(struct timespec){.tv_sec = seconds}, NULL);
    atomic_store(&over, true);
    for (unsigned i = 0; i < threads; i++) {
        pthread_join((pthread_t)handles[i], NULL);
        all += posts[i];
    }
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    double took_s = (double)(clock_monotonic_ns() - begun) / 1e9 - 0.3;
    double events = (double)(atomic_load(&received) - before) / EVENT_BYTES;
    cpu = server_cpu_us() - cpu;
    printf("%u watchers: %.0f posts/s, %.0f events/s, %.2f us of server CPU an event\n", watchers,
           (double)all / took_s, events / took_s, (double)cpu / events);
}

int main(int argc, char **argv)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (argc < 3) {
        fprintf(stderr,
                "usage: http-fanout CA PORT [WATCHERS [CONNECTIONS [THREADS [SECONDS [EVENTS-A-POST]]]]]\n");
        return 2;
    }
    unsigned watchers = number(argc, argv, 3, 100), connections = number(argc, argv, 4, 100);
    unsigned threads = MIN(number(argc, argv, 5, 8), 64u), seconds = number(argc, argv, 6, 5);
    uint16_t port = (uint16_t)number(argc, argv, 2, 0);
    struct tls_settings *tls =
        argv[1][0] == '-' ? NULL : tls_client_new(&(struct tls_client_config){.ca_file = argv[1]}, &err);
    struct loop *loop = loop_new();
    struct http_client **clients = newa0(struct http_client *, connections);
    struct http_client_request watch = {.method = "GET", .target = "/watch", .timeout_ms = -1};
    snprintf(target, sizeof(target), "/event?%u", number(argc, argv, 7, 1));
    loop_start_thread(loop, "clients");
    publisher = client_new(loop, tls, port);
    for (unsigned i = 0; i < connections; i++)
        clients[i] = client_new(loop, tls, port);
    for (unsigned i = 0; i < watchers; i++)
        http_client_stream_start(clients[i % connections], &watch, &callbacks, NULL);
    while (atomic_load(&started) < watchers)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    measure(threads, seconds, watchers);
    exit(0);
}
