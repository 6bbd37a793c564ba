/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches. One that starts where the hub is joins it at once. One that starts in the past reads the changes
 * since then from a stream of its own, over all keys like the hub's, because only so it can tell that it has
 * caught up.
 */
#include "plugins/store-etcd/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "plugins/store-etcd/stream.h"

#define STREAM_OPEN_NS INT64_C(10000000000)

static void sink_call(struct watch *watch, const struct keelson_kv *events, size_t count)
{
    watch->told = watch->position;
    if (watch->sink->events(watch->sink, events, sizeof(*events), (uint32_t)count, watch->position))
        watch_end(watch, KEELSON_OK);
}

bool watch_deliver(struct watch *watch, const struct keelson_kv *events, size_t count, int64_t revision,
                   struct keelson_kv *room)
{
    size_t picked = 0;
    for (size_t i = 0; i < count; i++) {
        if (events[i].mod_revision > watch->position && bytes_in_range(events[i].key, watch->from, watch->to))
            room[picked++] = events[i];
    }
    if (revision > watch->position)
        watch->position = revision;
    if (picked > 0)
        sink_call(watch, room, picked);
    return picked > 0;
}

void watch_tell(struct watch *watch)
{
    sink_call(watch, NULL, 0);
}

void watch_end(struct watch *watch, enum keelson_status status)
{
    if (watch->ended)
        return;
    watch->ended = true;
    watch->status = status;
    eventfd_write(watch->ended_fd, 1);
}

static enum keelson_status stream_follow(struct etcd *etcd, struct watch *watch,
                                         const struct keelson_call *call, struct stream *stream,
                                         struct failure *failure)
{
    struct keelson_kv *room = NULL;
    size_t capacity = 0;
    int64_t unused;
    enum keelson_status status = KEELSON_OK;
    while (!watch->ended && !hub_join(&etcd->hub, watch, &unused)) {
        status = stream_receive(stream, call->deadline_ns, failure);
        if (status != KEELSON_OK)
            break;
        if (stream->event_count > capacity) {
            capacity = stream->event_count;
            free(room);
            room = calloc(capacity, sizeof(*room));
            if (!room)
                abort();
        }
        watch_deliver(watch, stream->events, stream->event_count, stream->revision, room);
    }
    free(room);
    return status;
}

/* Starts one revision early: etcd then refuses if a compaction took the revision itself, and with it perhaps
 * a delete's only trace. */
static enum keelson_status catch_up(struct etcd *etcd, struct watch *watch, const struct keelson_call *call,
                                    struct failure *failure)
{
    struct stream stream;
    int64_t open_ns = clock_ns() + STREAM_OPEN_NS;
    enum keelson_status status =
        stream_open(&stream, etcd, watch->position > 0 ? watch->position : 1,
                    call->deadline_ns < open_ns ? call->deadline_ns : open_ns, call->cancel_fd, failure);
    if (status != KEELSON_OK)
        return status;
    status = stream_follow(etcd, watch, call, &stream, failure);
    if (status == KEELSON_UNAVAILABLE)
        cluster_next(etcd, stream.endpoint);
    stream_close(&stream);
    return status;
}

static int milliseconds_until(int64_t deadline_ns)
{
    if (deadline_ns == INT64_MAX)
        return -1;
    int64_t left_ms = (deadline_ns - clock_ns() + 999999) / 1000000;
    return left_ms < 0 ? 0 : left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
}

static enum keelson_status live_wait(struct watch *watch, const struct keelson_call *call,
                                     struct failure *failure)
{
    struct pollfd fds[2] = {{watch->ended_fd, POLLIN, 0}, {call->cancel_fd, POLLIN, 0}};
    for (;;) {
        int ready = poll(fds, call->cancel_fd >= 0 ? 2 : 1, milliseconds_until(call->deadline_ns));
        if (ready < 0 && errno != EINTR)
            return failure_set(failure, KEELSON_FAILED, "poll: %s", strerror(errno));
        if (ready == 0)
            return failure_set(failure, KEELSON_TIMEOUT, "the watch's time is over");
        if (ready > 0 && fds[0].revents)
            return KEELSON_OK;
        if (ready > 0)
            return failure_set(failure, KEELSON_CANCELLED, "cancelled");
    }
}

static enum keelson_status watch_run(struct etcd *etcd, struct watch *watch, const struct keelson_call *call,
                                     struct failure *failure)
{
    int64_t position;
    enum keelson_status status = hub_begin(etcd, call, failure);
    if (status == KEELSON_OK && !hub_join(&etcd->hub, watch, &position))
        status = catch_up(etcd, watch, call, failure);
    if (status == KEELSON_OK)
        status = live_wait(watch, call, failure);
    hub_leave(&etcd->hub, watch);
    if (status == KEELSON_OK && watch->status != KEELSON_OK)
        return failure_set(failure, watch->status, "etcd compacted changes that this watch had not seen");
    return status;
}

enum keelson_status etcd_watch(void *instance, const struct keelson_call *call,
                               const struct keelson_watch *wanted, const struct keelson_event_sink *sink)
{
    struct etcd *etcd = instance;
    struct failure failure;
    struct watch watch = {
        .from = wanted->from, .to = wanted->to, .sink = sink, .position = wanted->from_revision};
    if (watch.position < 0)
        return etcd->host->fail(call, KEELSON_INVALID, "revision %lld is negative",
                                (long long)watch.position);
    watch.ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (watch.ended_fd < 0)
        return etcd->host->fail(call, KEELSON_FAILED, "eventfd: %s", strerror(errno));
    enum keelson_status status = watch_run(etcd, &watch, call, &failure);
    close(watch.ended_fd);
    return status == KEELSON_OK ? status : etcd->host->fail(call, status, "%s", failure.message);
}
