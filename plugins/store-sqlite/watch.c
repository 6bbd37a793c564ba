/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches. A new one reads the log until it is nearly where the writer is; the last few changes are read
 * under the lock that the writer takes for delivering, and the watch is then live: the writer itself calls
 * its sink, between the commit and the wake-up of the transaction's caller. So there is no queue that could
 * overflow, no event is copied for a watch that takes all, and whoever has seen a transaction return knows
 * that every live watch has seen its events. The price is the interface's: a sink that blocks holds up the
 * store. It is named in the log.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "plugins/store-sqlite/memory.h"
#include "plugins/store-sqlite/replay.h"

#define HAND_OVER_REVISIONS 64
#define SLOW_SINK_NS        INT64_C(500000000)

struct watch {
    struct watch *next;
    struct keelson_bytes from, to; /* the caller's, who stays in store_watch */
    const struct keelson_event_sink *sink;
    int64_t position; /* its sink has all events up to here */
    int64_t told;     /* and was told so */
    int ended_fd;     /* eventfd: the sink wants no more */
    bool ended;
};

/* One call at a time: watches_lock held, or the watch is not in the list yet. */
static void sink_call(struct store *store, struct watch *watch, const struct keelson_kv *events, size_t count,
                      int64_t progress)
{
    int64_t start_ns = clock_monotonic_ns();
    int end = watch->sink->events(watch->sink, events, sizeof(*events), (uint32_t)count, progress);
    int64_t took_ns = clock_monotonic_ns() - start_ns;
    if (took_ns > SLOW_SINK_NS)
        store->host->log(NULL, KEELSON_LOG_WARNING, "a watch of %.*s held up the store for %lld ms",
                         (int)watch->from.size, watch->from.data, (long long)(took_ns / 1000000));
    watch->position = watch->told = progress;
    if (end && !watch->ended) {
        watch->ended = true;
        eventfd_write(watch->ended_fd, 1);
    }
}

static bool event_is_for(const struct watch *watch, const struct keelson_kv *event)
{
    return event->mod_revision > watch->position && bytes_in_range(event->key, watch->from, watch->to);
}

/* The events that the watch wants: as they lie when they are neighbours, else copied to `room`. */
static const struct keelson_kv *events_pick(const struct watch *watch, const struct keelson_kv *events,
                                            uint32_t count, struct keelson_kv *room, size_t *ret_count)
{
    uint32_t first = 0, end, next;
    while (first < count && !event_is_for(watch, &events[first]))
        first++;
    for (end = first; end < count && event_is_for(watch, &events[end]); end++)
        continue;
    for (next = end; next < count && !event_is_for(watch, &events[next]); next++)
        continue;
    *ret_count = end - first;
    if (next == count)
        return &events[first];
    memcpy(room, &events[first], (end - first) * sizeof(*room));
    for (; next < count; next++) {
        if (event_is_for(watch, &events[next]))
            room[(*ret_count)++] = events[next];
    }
    return room;
}

void watches_deliver(struct store *store, const struct keelson_kv *events, uint32_t count, int64_t revision)
{
    if (count == 0)
        return;
    pthread_mutex_lock(&store->watches_lock);
    if (store->watches)
        store->picked = memory_grow(store->picked, &store->picked_capacity, count, sizeof(*store->picked));
    for (struct watch *watch = store->watches; watch; watch = watch->next) {
        size_t picked_count;
        if (watch->ended || watch->position >= revision)
            continue;
        const struct keelson_kv *picked = events_pick(watch, events, count, store->picked, &picked_count);
        if (picked_count > 0)
            sink_call(store, watch, picked, picked_count, revision);
        else
            watch->position = revision;
    }
    store->delivered_revision = revision;
    pthread_mutex_unlock(&store->watches_lock);
}

void watches_progress(struct store *store)
{
    pthread_mutex_lock(&store->watches_lock);
    for (struct watch *watch = store->watches; watch; watch = watch->next) {
        if (!watch->ended && watch->told < watch->position)
            sink_call(store, watch, NULL, 0, watch->position);
    }
    pthread_mutex_unlock(&store->watches_lock);
}

static void watch_remove(struct store *store, struct watch *watch)
{
    pthread_mutex_lock(&store->watches_lock);
    struct watch **link = &store->watches;
    while (*link && *link != watch)
        link = &(*link)->next;
    if (*link)
        *link = watch->next;
    pthread_mutex_unlock(&store->watches_lock);
}

/* Brings the watch up to `end`. */
static enum keelson_status replay_run(struct store *store, struct watch *watch,
                                      const struct keelson_call *call, struct replay *replay,
                                      struct connection *reader, int64_t end, struct failure *failure)
{
    while (replay->position < end && !watch->ended) {
        enum keelson_status status =
            replay_slice(replay, store, reader, watch->from, watch->to, end, failure);
        if (status != KEELSON_OK)
            return status;
        if (replay->count > 0)
            sink_call(store, watch, replay->events, replay->count, replay->position);
        watch->position = replay->position;
        if (store->host->cancelled(call))
            return failure_set(failure, KEELSON_CANCELLED, "cancelled");
    }
    return KEELSON_OK;
}

/* Reads the last changes and joins the list while the writer is kept from delivering. */
static enum keelson_status hand_over(struct store *store, struct watch *watch,
                                     const struct keelson_call *call, struct replay *replay,
                                     struct connection *reader, struct failure *failure)
{
    pthread_mutex_lock(&store->watches_lock);
    enum keelson_status status =
        replay_run(store, watch, call, replay, reader, store->delivered_revision, failure);
    if (status == KEELSON_OK && !watch->ended) {
        watch->next = store->watches;
        store->watches = watch;
        sink_call(store, watch, NULL, 0, watch->position);
    }
    pthread_mutex_unlock(&store->watches_lock);
    return status;
}

static enum keelson_status catch_up(struct store *store, struct watch *watch, const struct keelson_call *call,
                                    struct failure *failure)
{
    struct replay replay = {.position = watch->position};
    struct connection *reader = reader_take(store, failure);
    if (!reader)
        return failure->status;
    enum keelson_status status = KEELSON_OK;
    for (;;) {
        pthread_mutex_lock(&store->watches_lock);
        int64_t delivered = store->delivered_revision;
        pthread_mutex_unlock(&store->watches_lock);
        if (delivered - replay.position <= HAND_OVER_REVISIONS)
            break;
        status = replay_run(store, watch, call, &replay, reader, delivered, failure);
        if (status != KEELSON_OK || watch->ended)
            break;
    }
    if (status == KEELSON_OK && !watch->ended)
        status = hand_over(store, watch, call, &replay, reader, failure);
    reader_give(store, reader);
    replay_done(&replay);
    return status;
}

static int milliseconds_until(int64_t deadline_ns)
{
    int64_t left_ms;
    if (deadline_ns == INT64_MAX)
        return -1;
    left_ms = (deadline_ns - clock_monotonic_ns() + 999999) / 1000000;
    return left_ms < 0 ? 0 : left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
}

/* The writer does the work; wait for the end. */
static enum keelson_status live_wait(struct watch *watch, const struct keelson_call *call,
                                     struct failure *failure)
{
    struct pollfd fds[2] = {{watch->ended_fd, POLLIN, 0}, {call->cancel_fd, POLLIN, 0}};
    nfds_t count = call->cancel_fd >= 0 ? 2 : 1;
    for (;;) {
        int ready = poll(fds, count, milliseconds_until(call->deadline_ns));
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

static enum keelson_status watch_run(struct store *store, struct watch *watch,
                                     const struct keelson_call *call, struct failure *failure)
{
    pthread_rwlock_rdlock(&store->index_lock);
    int64_t compact = store->compact_revision;
    pthread_rwlock_unlock(&store->index_lock);
    if (watch->position < 0)
        return failure_set(failure, KEELSON_INVALID, "revision %lld is negative", (long long)watch->position);
    if (watch->position < compact)
        return failure_set(failure, KEELSON_COMPACTED,
                           "changes after revision %lld are gone; history begins at %lld",
                           (long long)watch->position, (long long)compact);
    enum keelson_status status = catch_up(store, watch, call, failure);
    if (status == KEELSON_OK)
        status = live_wait(watch, call, failure);
    watch_remove(store, watch);
    return status;
}

enum keelson_status store_watch(void *instance, const struct keelson_call *call,
                                const struct keelson_watch *wanted, const struct keelson_event_sink *sink)
{
    struct store *store = instance;
    struct failure failure;
    struct watch watch = {
        .from = wanted->from, .to = wanted->to, .sink = sink, .position = wanted->from_revision};
    watch.ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (watch.ended_fd < 0)
        return store->host->fail(call, KEELSON_FAILED, "eventfd: %s", strerror(errno));
    enum keelson_status status = watch_run(store, &watch, call, &failure);
    close(watch.ended_fd);
    return status == KEELSON_OK ? status : store->host->fail(call, status, "%s", failure.message);
}
