/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that does nothing but HTTP, to measure core/io alone (curl, nghttp, h2load, or http-fanout against
 * it):
 *
 *     http-echo CERT KEY [PORT [LOOPS]]
 *
 * GET / answers one shared block of 1 KiB; /worker the same from another thread; /big 8 MiB in 2,000 blocks;
 * POST /echo the body; /watch streams whatever is posted to /event, to all watchers, until they leave;
 * /metrics the server's own.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/list.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/io/http-server.h"

#define BIG_BLOCKS      2000
#define BIG_BLOCK_BYTES 4096

struct watcher {
    struct list link;
    struct http_request *request;
};

struct events {
    struct bytes *block;
    unsigned count;
    unsigned loop;
};

static struct http_server *server;
static struct workers *workers;
static struct bytes *small, *big_block;
static struct list watchers[16];
static struct loop *loops[16];

static void on_worker(void *arg)
{
    http_respond(arg, 200, "application/json", NULL, small);
}

static void answer_big(struct http_request *r)
{
    struct bytes *blocks[BIG_BLOCKS];
    for (unsigned i = 0; i < BIG_BLOCKS; i++)
        blocks[i] = big_block;
    http_respond_blocks(r, 200, "application/octet-stream", NULL, blocks, BIG_BLOCKS);
}

static void on_gone(void *context)
{
    struct watcher *w = context;
    list_remove(&w->link);
    http_stream_end(w->request);
    free(w);
}

static void begin_watch(struct http_request *r)
{
    unsigned index = http_request_loop_index(r);
    struct watcher *w = new0(struct watcher);
    w->request = r;
    loops[index] = http_request_loop(r);
    list_append(&watchers[index], &w->link);
    http_request_on_gone(r, on_gone, w);
    http_stream_begin(r, 200, "application/json", NULL);
    http_stream_write(r, small);
}

static void fan_out(void *context)
{
    struct events *e = context;
    for (unsigned i = 0; i < e->count; i++)
        list_for_each (it, &watchers[e->loop])
            http_stream_write(list_entry(it, struct watcher, link)->request, e->block);
    bytes_unref(e->block);
    free(e);
}

/* The body is sent to every watcher; "?n" times. */
static void publish(struct http_request *r)
{
    struct slice body = http_request_body(r), query = http_request_query(r);
    struct bytes *block = bytes_new(body.data, body.size);
    for (unsigned i = 0; i < ARRAY_SIZE(loops); i++) {
        if (!loops[i])
            continue;
        struct events *e = new0(struct events);
        *e = (struct events){bytes_ref(block), query.size ? (unsigned)strtoul(query.data, NULL, 10) : 1, i};
        loop_post(loops[i], fan_out, e);
    }
    bytes_unref(block);
    http_respond(r, 200, NULL, NULL, NULL);
}

static void answer_metrics(struct http_request *r)
{
    struct buffer text = BUFFER_INIT;
    struct rusage usage;
    http_server_metrics(server, &text);
    getrusage(RUSAGE_SELF, &usage);
    buffer_printf(&text, "cpu_us %lld\n",
                  (long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                      usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    struct bytes *body = bytes_take_buffer(&text);
    http_respond(r, 200, "text/plain", NULL, body);
    bytes_unref(body);
}

static void handle(void *context, struct http_request *r)
{
    struct slice path = http_request_path(r);
    if (slice_is(path, "/"))
        http_respond(r, 200, "application/json", NULL, small);
    else if (slice_is(path, "/worker"))
        workers_submit(workers, on_worker, r);
    else if (slice_is(path, "/big"))
        answer_big(r);
    else if (slice_is(path, "/watch"))
        begin_watch(r);
    else if (slice_is(path, "/event"))
        publish(r);
    else if (slice_is(path, "/metrics"))
        answer_metrics(r);
    else if (slice_is(path, "/echo")) {
        struct slice body = http_request_body(r);
        struct bytes *copy = bytes_new(body.data, body.size);
        http_respond(r, 200, "application/octet-stream", NULL, copy);
        bytes_unref(copy);
    } else
        http_respond(r, 404, NULL, NULL, NULL);
}

int main(int argc, char **argv)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    sigset_t signals;
    int signal_number;
    if (argc < 3) {
        fprintf(stderr, "usage: http-echo CERT KEY [PORT [LOOPS]]\n");
        return 2;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    for (unsigned i = 0; i < ARRAY_SIZE(watchers); i++)
        list_init(&watchers[i]);
    small = bytes_alloc(1024);
    memset(small->data, 'x', small->size);
    big_block = bytes_alloc(BIG_BLOCK_BYTES);
    memset(big_block->data, 'y', big_block->size);
    workers = workers_new(&(struct workers_config){.name = "worker", .threads_max = 4});
    struct tls_settings *tls =
        argv[1][0] == '-' ? NULL : tls_server_new(&(struct tls_server_config){argv[1], argv[2], NULL}, &err);
    struct http_server_config config = {
        .name = "echo",
        .address = "127.0.0.1",
        .port = argc > 3 ? (uint16_t)strtoul(argv[3], NULL, 10) : 0,
        .loops = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 0,
        .tls = tls,
        .streams_max = 1000,
        .handler = handle,
    };
    if ((!tls && argv[1][0] != '-') || http_server_start(&config, &server, &err) < 0) {
        fprintf(stderr, "http-echo: %s\n", err.message);
        return 1;
    }
    printf("port %u pid %d\n", http_server_port(server), getpid());
    fflush(stdout);
    sigwait(&signals, &signal_number);
    http_server_stop(server, 1000);
    workers_free(workers);
    tls_settings_unref(tls);
    bytes_unref(small);
    bytes_unref(big_block);
    return 0;
}
