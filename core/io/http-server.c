/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server as a whole: start, reload of TLS settings, stop, metrics. Its memory, and that of its loops,
 * lasts until the last request was released, since a worker may hold one beyond the stop.
 */
#include "core/io/http-server.h"

#include <errno.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/io/http-server-private.h"

#define LOOPS_MAX            16u
#define LOOPS_BY_DEFAULT_MAX 4u
#define CONNECTIONS_MAX      20000u
#define STREAMS_MAX          250u
#define HEADER_TIMEOUT_MS    30000u

static unsigned loops_wanted(const struct http_server_config *config)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (config->loops)
        return MIN(config->loops, LOOPS_MAX);
    return cores < 1 ? 1 : MIN((unsigned)cores, LOOPS_BY_DEFAULT_MAX);
}

/* An eighth of the descriptors stays for what is not a connection of a client. */
static unsigned connections_allowed(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= CONNECTIONS_MAX * 2)
        return CONNECTIONS_MAX;
    return MIN(CONNECTIONS_MAX, MAX((unsigned)limit.rlim_cur - (unsigned)limit.rlim_cur / 8, 1u));
}

static char *copy_text(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

static struct http_server *server_new(const struct http_server_config *config, unsigned loops)
{
    struct http_server *server = xcalloc(1, sizeof(*server) + loops * sizeof(server->loops[0]));
    struct http_server_config *c = &server->config;
    *c = *config;
    c->name = xstrdup(config->name ? config->name : "http");
    c->address = copy_text(config->address);
    c->unix_path = copy_text(config->unix_path);
    c->connections_max = c->connections_max ? c->connections_max : connections_allowed();
    c->body_bytes_max = c->body_bytes_max ? c->body_bytes_max : HTTP_BODY_BYTES_MAX;
    c->streams_max = c->streams_max ? c->streams_max : STREAMS_MAX;
    c->header_timeout_ms = c->header_timeout_ms ? c->header_timeout_ms : HEADER_TIMEOUT_MS;
    server->tls = tls_settings_ref(config->tls);
    server->loops_count = loops;
    atomic_init(&server->refs, loops + 1);
    pthread_mutex_init(&server->tls_lock, NULL);
    pthread_mutex_init(&server->stop_lock, NULL);
    pthread_cond_init(&server->stop_changed, NULL);
    return server;
}

static void server_unref(struct http_server *server)
{
    if (atomic_fetch_sub(&server->refs, 1) > 1)
        return;
    pthread_mutex_destroy(&server->tls_lock);
    pthread_mutex_destroy(&server->stop_lock);
    pthread_cond_destroy(&server->stop_changed);
    tls_settings_unref(server->tls);
    free((char *)server->config.name);
    free((char *)server->config.address);
    free((char *)server->config.unix_path);
    free(server);
}

static struct http_server_loop *loop_new_for(struct http_server *server, unsigned index, int listen_fd)
{
    struct http_server_loop *home = new0(struct http_server_loop);
    home->server = server;
    home->index = index;
    home->loop = loop_new();
    home->listen_fd = listen_fd;
    atomic_init(&home->refs, 1);
    list_init(&home->idle);
    list_init(&home->busy);
    list_init(&home->drained);
    loop_later_init(&home->drained_later, http_drained_run, home);
    pthread_mutex_init(&home->lock, NULL);
    home->operations_end = &home->operations;
    return home;
}

void http_server_loop_unref(struct http_server_loop *home)
{
    if (atomic_fetch_sub_explicit(&home->refs, 1, memory_order_acq_rel) > 1)
        return;
    struct http_server *server = home->server;
    loop_free(home->loop);
    pthread_mutex_destroy(&home->lock);
    free(home);
    server_unref(server);
}

static int start_loop(struct http_server_loop *home, struct error *err)
{
    char name[16];
    snprintf(name, sizeof(name), "%.11s-%u", home->server->config.name, home->index % 100);
    http_listen_start(home);
    http_stalls_watch(home);
    if (loop_start_thread(home->loop, name) < 0)
        return error_set(err, ERR_INTERNAL, "%s: cannot start a thread", home->server->config.name);
    return 0;
}

int http_server_start(const struct http_server_config *config, struct http_server **ret, struct error *err)
{
    int fds[LOOPS_MAX];
    uint16_t port;
    unsigned loops = loops_wanted(config);
    require(config->handler && (config->unix_path || config->address));
    if (http_listen_open(config, loops, fds, &port, err) < 0)
        return -1;
    struct http_server *server = server_new(config, loops);
    server->port = port;
    for (unsigned i = 0; i < loops; i++)
        server->loops[i] = loop_new_for(server, i, fds[i]);
    for (unsigned i = 0; i < loops; i++)
        if (start_loop(server->loops[i], err) < 0) {
            http_server_stop(server, 0);
            return -1;
        }
    *ret = server;
    return 0;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

void http_server_set_tls(struct http_server *server, struct tls_settings *tls)
{
    pthread_mutex_lock(&server->tls_lock);
    struct tls_settings *old = server->tls;
    server->tls = tls_settings_ref(tls);
    pthread_mutex_unlock(&server->tls_lock);
    tls_settings_unref(old);
}

static void drain_list(struct list *connections)
{
    list_for_each (it, connections)
        http_connection_drain(list_entry(it, struct http_connection, link));
}

static void drain_loop(void *context)
{
    struct http_server_loop *home = context;
    home->draining = true;
    http_listen_stop(home);
    drain_list(&home->idle);
    drain_list(&home->busy);
}

static void close_list(struct list *connections)
{
    while (!list_empty(connections))
        http_connection_close(list_entry(connections->next, struct http_connection, link));
}

static void close_loop(void *context)
{
    struct http_server_loop *home = context;
    loop_timer_stop(&home->stall_timer);
    close_list(&home->busy);
    close_list(&home->idle);
    loop_stop(home->loop);
}

static void wait_for_connections(struct http_server *server, unsigned drain_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += drain_ms / 1000;
    until.tv_nsec += (long)(drain_ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&server->stop_lock);
    while (atomic_load(&server->connections) &&
           pthread_cond_timedwait(&server->stop_changed, &server->stop_lock, &until) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&server->stop_lock);
}

void http_server_stop(struct http_server *server, unsigned drain_ms)
{
    if (!server)
        return;
    atomic_store(&server->stopping, true);
    for (unsigned i = 0; i < server->loops_count; i++)
        loop_post(server->loops[i]->loop, drain_loop, server->loops[i]);
    if (drain_ms)
        wait_for_connections(server, drain_ms);
    for (unsigned i = 0; i < server->loops_count; i++)
        loop_post(server->loops[i]->loop, close_loop, server->loops[i]);
    if (server->config.unix_path)
        unlink(server->config.unix_path);
    for (unsigned i = 0; i < server->loops_count; i++) {
        struct http_server_loop *home = server->loops[i];
        loop_join_thread(home->loop);
        http_operations_close(home);
        http_server_loop_unref(home);
    }
    server_unref(server);
}

static unsigned long long sum(const struct http_server *server, size_t offset)
{
    unsigned long long total = 0;
    for (unsigned i = 0; i < server->loops_count; i++)
        total += atomic_load_explicit((atomic_ullong *)(void *)((char *)server->loops[i] + offset),
                                      memory_order_relaxed);
    return total;
}

static const struct {
    const char *name, *type, *help;
    size_t offset;
} metrics[] = {
    {"connections_accepted_total", "counter", "Connections accepted.",
     offsetof(struct http_server_loop, accepted)},
    {"connections_refused_total", "counter", "Connections closed at accept, over the limit.",
     offsetof(struct http_server_loop, refused)},
    {"requests_total", "counter", "Requests given to the handler.",
     offsetof(struct http_server_loop, handled)},
    {"received_bytes_total", "counter", "Bytes received, TLS taken off.",
     offsetof(struct http_server_loop, bytes_in)},
    {"body_sent_bytes_total", "counter", "Bytes of bodies and tunnels sent.",
     offsetof(struct http_server_loop, bytes_out)},
};

static void gauge(struct buffer *out, const struct http_server *server, const char *name, const char *help,
                  unsigned long long value)
{
    buffer_printf(
        out, "# HELP keelson_http_%s %s\n# TYPE keelson_http_%s gauge\nkeelson_http_%s{server=\"%s\"} %llu\n",
        name, help, name, name, server->config.name, value);
}

void http_server_metrics(struct http_server *server, struct buffer *out)
{
    gauge(out, server, "connections", "Connections now open.", atomic_load(&server->connections));
    gauge(out, server, "requests_in_flight", "Requests being received or answered.",
          atomic_load(&server->requests));
    gauge(out, server, "request_body_bytes", "Bytes of request bodies held.",
          atomic_load(&server->body_bytes));
    for (size_t i = 0; i < ARRAY_SIZE(metrics); i++) {
        const char *name = metrics[i].name;
        buffer_printf(
            out,
            "# HELP keelson_http_%s %s\n# TYPE keelson_http_%s %s\nkeelson_http_%s{server=\"%s\"} %llu\n",
            name, metrics[i].help, name, metrics[i].type, name, server->config.name,
            sum(server, metrics[i].offset));
    }
}
