/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A channel: its thread, who waits for what, and the choice of the connection for the next call. The thread
 * starts with the first call, and sleeps without a time limit unless a connection is being made or
 * keep-alives are due.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "lib/grpc-c/channel.h"

enum { THREAD_STACK_BYTES = 256 << 10 };

void channel_lock(struct grpc_channel *channel)
{
    pthread_mutex_lock(&channel->lock);
}

static void wake(int fd)
{
    uint64_t one = 1;
    ssize_t n = write(fd, &one, sizeof(one));
    (void)n; /* full: it is awake already */
}

void channel_unlock(struct grpc_channel *channel)
{
    int wakes[WAKE_MAX];
    unsigned count = channel->wakes_count;
    memcpy(wakes, channel->wakes, count * sizeof(wakes[0]));
    channel->wakes_count = 0;
    pthread_mutex_unlock(&channel->lock);
    for (unsigned i = 0; i < count; i++)
        wake(wakes[i]);
}

static void wake_later(struct grpc_channel *channel, int fd)
{
    for (unsigned i = 0; i < channel->wakes_count; i++)
        if (channel->wakes[i] == fd)
            return;
    if (channel->wakes_count < WAKE_MAX)
        channel->wakes[channel->wakes_count++] = fd;
    else
        wake(fd);
}

void channel_wake(struct grpc_channel *channel, struct waiter *waiter)
{
    wake_later(channel, waiter->fd);
}

void channel_poke(struct grpc_channel *channel)
{
    wake_later(channel, channel->event_fd);
}

struct waiter *channel_waiter_take(struct grpc_channel *channel)
{
    struct waiter *waiter = channel->waiters_free;
    if (waiter) {
        channel->waiters_free = waiter->next;
        return waiter;
    }
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return NULL;
    waiter = grpc_alloc(sizeof(*waiter));
    waiter->fd = fd;
    return waiter;
}

/* Kept for the next call: a late wake-up that still reaches it is a wake-up for nothing, which waiters
 * expect. */
void channel_waiter_give(struct grpc_channel *channel, struct waiter *waiter)
{
    waiter->next = channel->waiters_free;
    channel->waiters_free = waiter;
}

enum grpc_code channel_wait(struct grpc_channel *channel, struct waiter *waiter, int64_t deadline_ns,
                            int cancel_fd)
{
    struct pollfd fds[2] = {{.fd = waiter->fd, .events = POLLIN}, {.fd = cancel_fd, .events = POLLIN}};
    struct timespec timeout = {0};
    channel_unlock(channel);
    if (deadline_ns != INT64_MAX) {
        int64_t left = deadline_ns - grpc_now_ns();
        if (left > 0)
            timeout = (struct timespec){.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    }
    int n = ppoll(fds, 2, deadline_ns == INT64_MAX ? NULL : &timeout, NULL);
    if (n > 0 && fds[0].revents) {
        uint64_t count;
        ssize_t drained = read(waiter->fd, &count, sizeof(count));
        (void)drained;
    }
    channel_lock(channel);
    if (n > 0 && fds[1].revents)
        return GRPC_CANCELLED;
    return n == 0 ? GRPC_DEADLINE_EXCEEDED : GRPC_OK;
}

static void connect_end(struct grpc_channel *channel)
{
    channel->connecting = CONNECT_IDLE;
    for (struct waiter *waiter = channel->connect_waiters; waiter; waiter = waiter->next)
        channel_wake(channel, waiter);
}

void channel_connected(struct grpc_channel *channel, struct connection *connection)
{
    channel->current = connection;
    connect_end(channel);
}

void channel_connect_failed(struct grpc_channel *channel, const struct grpc_error *why)
{
    struct grpc_error error = *why;
    while (!channel->stopping && channel->address_next < channel->addresses_count)
        if (connection_start(channel, &channel->addresses[channel->address_next++], &error) == 0)
            return;
    channel->connect_error = error;
    channel->connect_failures++;
    connect_end(channel);
}

static void connect_begin(struct grpc_channel *channel)
{
    struct address addresses[8];
    struct grpc_error error = {.code = GRPC_UNAVAILABLE};
    channel->connecting = CONNECT_RUNNING;
    pthread_mutex_unlock(&channel->lock); /* names may take long to resolve; the target does not change */
    unsigned count =
        target_resolve(&channel->target, addresses, sizeof(addresses) / sizeof(addresses[0]), &error);
    channel_lock(channel);
    memcpy(channel->addresses, addresses, count * sizeof(addresses[0]));
    channel->addresses_count = count;
    channel->address_next = 0;
    channel_connect_failed(channel, &error);
}

static void close_broken(struct grpc_channel *channel)
{
    for (struct connection *connection = channel->connections; connection;) {
        if (connection->broken) {
            char why[sizeof(connection->trouble)];
            memcpy(why, connection->trouble, sizeof(why));
            connection_close(connection, why);
            connection = channel->connections; /* a next address may have been added */
        } else {
            connection = connection->next;
        }
    }
}

/* When this connection has to be looked at again without an event; INT64_MAX: never. Does what is due now. */
static int64_t connection_timer(struct connection *connection, int64_t now_ns)
{
    int64_t interval_ns = connection->channel->keepalive_s * INT64_C(1000000000);
    if (connection->state < CONNECTION_OPEN) {
        if (now_ns >= connection->connect_deadline_ns)
            connection_break(connection, "timed out");
        return connection->connect_deadline_ns;
    }
    if (interval_ns <= 0 || !connection->streams)
        return INT64_MAX;
    if (connection->pinged_ns) {
        if (now_ns - connection->pinged_ns >= interval_ns)
            connection_break(connection, "no answer to a keep-alive for %d s",
                             connection->channel->keepalive_s);
        return connection->pinged_ns + interval_ns;
    }
    if (now_ns - connection->received_ns >= interval_ns) {
        connection->pinged_ns = now_ns;
        nghttp2_submit_ping(connection->session, NGHTTP2_FLAG_NONE, NULL);
        connection_flush(connection);
        return now_ns + interval_ns;
    }
    return connection->received_ns + interval_ns;
}

static int channel_timeout_ms(struct grpc_channel *channel)
{
    int64_t now_ns = grpc_now_ns(), next_ns = INT64_MAX;
    for (struct connection *connection = channel->connections; connection; connection = connection->next) {
        int64_t at_ns = connection_timer(connection, now_ns);
        if (at_ns < next_ns)
            next_ns = at_ns;
    }
    channel->timer_off = next_ns == INT64_MAX;
    if (channel->timer_off)
        return -1;
    int64_t left_ms = next_ns > now_ns ? (next_ns - now_ns) / 1000000 + 1 : 0;
    return left_ms > 3600000 ? 3600000 : (int)left_ms;
}

static void *channel_run(void *argument)
{
    struct grpc_channel *channel = argument;
    struct epoll_event events[8];
    pthread_setname_np(pthread_self(), "grpc-c");
    channel_lock(channel);
    while (!channel->stopping) {
        close_broken(channel);
        if (channel->connecting == CONNECT_WANTED && !channel->current)
            connect_begin(channel);
        int timeout_ms = channel_timeout_ms(channel);
        channel_unlock(channel);
        int n = epoll_wait(channel->epoll_fd, events, sizeof(events) / sizeof(events[0]), timeout_ms);
        channel_lock(channel);
        for (int i = 0; i < n; i++) {
            uint64_t count;
            if (events[i].data.ptr)
                connection_event(events[i].data.ptr, events[i].events);
            else if (read(channel->event_fd, &count, sizeof(count)) < 0)
                continue;
        }
    }
    while (channel->connections)
        connection_close(channel->connections, "the channel is closed");
    channel_unlock(channel);
    return NULL;
}

static int thread_create(struct grpc_channel *channel)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&channel->thread, &attributes, channel_run, channel);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return rc;
}

static int channel_start(struct grpc_channel *channel, struct grpc_error *err)
{
    if (channel->started)
        return 0;
    int rc = thread_create(channel);
    if (rc) {
        grpc_fail(err, GRPC_UNAVAILABLE, "%s: cannot start a thread: %s", channel->name, strerror(rc));
        return -1;
    }
    channel->started = true;
    return 0;
}

static bool channel_usable(struct grpc_channel *channel)
{
    struct connection *connection = channel->current;
    if (!connection || connection->broken)
        return false;
    if (nghttp2_session_check_request_allowed(connection->session))
        return true;
    connection->state = CONNECTION_DRAINING; /* its stream numbers are used up */
    channel->current = NULL;
    if (!connection->streams)
        connection_break(connection, "stream numbers used up");
    return false;
}

static enum grpc_code connect_wait(struct grpc_channel *channel, int64_t deadline_ns, int cancel_fd)
{
    struct waiter *waiter = channel_waiter_take(channel);
    if (!waiter)
        return GRPC_RESOURCE_EXHAUSTED;
    waiter->next = channel->connect_waiters;
    channel->connect_waiters = waiter;
    if (channel->connecting == CONNECT_IDLE) {
        channel->connecting = CONNECT_WANTED;
        channel_poke(channel);
    }
    enum grpc_code code = channel_wait(channel, waiter, deadline_ns, cancel_fd);
    for (struct waiter **at = &channel->connect_waiters; *at; at = &(*at)->next)
        if (*at == waiter) {
            *at = waiter->next;
            break;
        }
    channel_waiter_give(channel, waiter);
    return code;
}

enum grpc_code channel_connection(struct grpc_channel *channel, int64_t deadline_ns, int cancel_fd,
                                  struct connection **ret, struct grpc_error *err)
{
    uint64_t failures = channel->connect_failures;
    while (!channel_usable(channel)) {
        if (channel->connect_failures != failures) {
            *err = channel->connect_error;
            return GRPC_UNAVAILABLE;
        }
        if (channel_start(channel, err) < 0)
            return GRPC_UNAVAILABLE;
        enum grpc_code code = connect_wait(channel, deadline_ns, cancel_fd);
        if (code)
            return grpc_fail(err, code, "%s while connecting to %s", grpc_code_name(code), channel->name);
    }
    *ret = channel->current;
    return GRPC_OK;
}

static char *default_authority(const struct target *target)
{
    char text[512];
    if (target->kind == TARGET_UNIX)
        return grpc_strdup("localhost");
    bool v6 = strchr(target->host, ':') != NULL;
    snprintf(text, sizeof(text), v6 ? "[%s]:%s" : "%s:%s", target->host, target->port);
    return grpc_strdup(text);
}

static int channel_open_fds(struct grpc_channel *channel, struct grpc_error *err)
{
    channel->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    channel->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN};
    if (channel->epoll_fd < 0 || channel->event_fd < 0 ||
        epoll_ctl(channel->epoll_fd, EPOLL_CTL_ADD, channel->event_fd, &event) < 0) {
        grpc_fail(err, GRPC_RESOURCE_EXHAUSTED, "epoll: %s", strerror(errno));
        return -1;
    }
    return 0;
}

struct grpc_channel *grpc_channel_new(const struct grpc_channel_config *config, struct grpc_error *ret_error)
{
    struct grpc_channel *channel = grpc_alloc(sizeof(*channel));
    channel->epoll_fd = channel->event_fd = -1;
    channel->connect_timeout_ms = config->connect_timeout_ms > 0 ? config->connect_timeout_ms : 3000;
    channel->message_bytes_max = config->message_bytes_max ? config->message_bytes_max : 16 << 20;
    channel->keepalive_s = config->keepalive_s;
    channel->timer_off = true;
    pthread_mutex_init(&channel->lock, NULL);
    if (target_parse(config->target, &channel->target, ret_error) < 0 ||
        channel_open_fds(channel, ret_error) < 0) {
        grpc_channel_free(channel);
        return NULL;
    }
    channel->name = grpc_strdup(config->target);
    channel->authority =
        config->authority ? grpc_strdup(config->authority) : default_authority(&channel->target);
    channel->ca_file = grpc_strdup(config->ca_file);
    channel->cert_file = grpc_strdup(config->cert_file);
    channel->key_file = grpc_strdup(config->key_file);
    channel->server_name = grpc_strdup(config->server_name);
    channel->read_buffer = grpc_alloc(READ_BYTES);
    return channel;
}

static void channel_stop(struct grpc_channel *channel)
{
    if (!channel->started)
        return;
    channel_lock(channel);
    channel->stopping = true;
    channel_poke(channel);
    channel_unlock(channel);
    pthread_join(channel->thread, NULL);
}

void grpc_channel_free(struct grpc_channel *channel)
{
    if (!channel)
        return;
    channel_stop(channel);
    for (struct waiter *waiter = channel->waiters_free, *next; waiter; waiter = next) {
        next = waiter->next;
        close(waiter->fd);
        free(waiter);
    }
    if (channel->epoll_fd >= 0)
        close(channel->epoll_fd);
    if (channel->event_fd >= 0)
        close(channel->event_fd);
    target_free(&channel->target);
    free(channel->name);
    free(channel->authority);
    free(channel->ca_file);
    free(channel->cert_file);
    free(channel->key_file);
    free(channel->server_name);
    free(channel->read_buffer);
    pthread_mutex_destroy(&channel->lock);
    free(channel);
}
