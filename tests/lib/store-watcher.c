/* SPDX-License-Identifier: Apache-2.0 */
/* Records a watch; store-watcher.h. */
#include "tests/lib/store-watcher.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define WAIT_S 10

static void fault(struct watcher *watcher, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void fault(struct watcher *watcher, const char *fmt, ...)
{
    va_list args;
    if (watcher->fault[0])
        return;
    va_start(args, fmt);
    vsnprintf(watcher->fault, sizeof(watcher->fault), fmt, args);
    va_end(args);
}

static char *copy_of(struct keelson_bytes bytes)
{
    char *copy = malloc(bytes.size + 1);
    if (bytes.size)
        memcpy(copy, bytes.data, bytes.size);
    copy[bytes.size] = '\0';
    return copy;
}

static void event_check(struct watcher *watcher, const struct keelson_kv *event, int64_t progress)
{
    int64_t revision = event->mod_revision;
    const struct watched_event *last = watcher->count ? &watcher->events[watcher->count - 1] : NULL;
    if (revision <= watcher->from_revision)
        fault(watcher, "event of revision %lld in a watch after %lld", (long long)revision,
              (long long)watcher->from_revision);
    if (last && revision < last->mod_revision)
        fault(watcher, "revision %lld after %lld", (long long)revision, (long long)last->mod_revision);
    if (last && revision == last->mod_revision && last->batch != watcher->batches)
        fault(watcher, "transaction %lld came in two batches", (long long)revision);
    if (revision > progress)
        fault(watcher, "event of revision %lld with progress %lld", (long long)revision, (long long)progress);
    if (revision <= watcher->progress)
        fault(watcher, "event of revision %lld after progress %lld", (long long)revision,
              (long long)watcher->progress);
}

static void event_record(struct watcher *watcher, const struct keelson_kv *event)
{
    if (watcher->count == watcher->capacity) {
        watcher->capacity = watcher->capacity ? watcher->capacity * 2 : 64;
        watcher->events = realloc(watcher->events, watcher->capacity * sizeof(*watcher->events));
    }
    watcher->events[watcher->count++] = (struct watched_event){.key = copy_of(event->key),
                                                               .value = copy_of(event->value),
                                                               .value_size = event->value.size,
                                                               .create_revision = event->create_revision,
                                                               .mod_revision = event->mod_revision,
                                                               .version = event->version,
                                                               .batch = watcher->batches};
}

static int watcher_events(const struct keelson_event_sink *sink, const struct keelson_kv *events,
                          uint32_t event_size, uint32_t count, int64_t progress)
{
    struct watcher *watcher = sink->context;
    pthread_mutex_lock(&watcher->lock);
    watcher->ready = true;
    watcher->batches++;
    if (progress < watcher->progress)
        fault(watcher, "progress went back from %lld to %lld", (long long)watcher->progress,
              (long long)progress);
    for (uint32_t i = 0; i < count; i++) {
        const struct keelson_kv *event = KEELSON_AT(events, event_size, i);
        event_check(watcher, event, progress);
        event_record(watcher, event);
    }
    watcher->progress = progress;
    int end = watcher->stop_after && watcher->count >= watcher->stop_after;
    pthread_cond_broadcast(&watcher->changed);
    pthread_mutex_unlock(&watcher->lock);
    return end;
}

static void *watcher_main(void *argument)
{
    struct watcher *watcher = argument;
    const struct keelson_event_sink sink = {
        .size = sizeof(sink), .events = watcher_events, .context = watcher};
    struct keelson_call call = fixture_call(0);
    call.cancel_fd = watcher->cancel_fd;
    const struct keelson_watch watch = {.size = sizeof(watch),
                                        .from = watcher->from,
                                        .to = watcher->to,
                                        .from_revision = watcher->from_revision};
    enum keelson_status status = watcher->store->store->watch(watcher->store->instance, &call, &watch, &sink);
    pthread_mutex_lock(&watcher->lock);
    watcher->status = status;
    watcher->ended = true;
    snprintf(watcher->error, sizeof(watcher->error), "%s", status == KEELSON_OK ? "" : fixture_error());
    pthread_cond_broadcast(&watcher->changed);
    pthread_mutex_unlock(&watcher->lock);
    return NULL;
}

void watcher_start_limited(struct watcher *watcher, struct fixture_store *store, struct keelson_bytes from,
                           struct keelson_bytes to, int64_t from_revision, size_t stop_after)
{
    memset(watcher, 0, sizeof(*watcher));
    watcher->store = store;
    watcher->from = from;
    watcher->to = to;
    watcher->from_revision = from_revision;
    watcher->stop_after = stop_after;
    watcher->cancel_fd = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&watcher->lock, NULL);
    pthread_cond_init(&watcher->changed, NULL);
    if (watcher->cancel_fd < 0 || pthread_create(&watcher->thread, NULL, watcher_main, watcher) != 0)
        abort();
    pthread_mutex_lock(&watcher->lock);
    while (!watcher->ready && !watcher->ended)
        pthread_cond_wait(&watcher->changed, &watcher->lock);
    pthread_mutex_unlock(&watcher->lock);
}

void watcher_start(struct watcher *watcher, struct fixture_store *store, struct keelson_bytes from,
                   struct keelson_bytes to, int64_t from_revision)
{
    watcher_start_limited(watcher, store, from, to, from_revision, 0);
}

static bool watcher_wait(struct watcher *watcher, int64_t revision, size_t count, bool for_end)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    int waited = 0;
    pthread_mutex_lock(&watcher->lock);
    while (!watcher->ended && waited == 0 &&
           (for_end || watcher->progress < revision || watcher->count < count))
        waited = pthread_cond_timedwait(&watcher->changed, &watcher->lock, &until);
    bool reached = for_end ? watcher->ended : watcher->progress >= revision && watcher->count >= count;
    pthread_mutex_unlock(&watcher->lock);
    return reached;
}

bool watcher_wait_progress(struct watcher *watcher, int64_t revision)
{
    return watcher_wait(watcher, revision, 0, false);
}

bool watcher_wait_count(struct watcher *watcher, size_t count)
{
    return watcher_wait(watcher, 0, count, false);
}

enum keelson_status watcher_stop(struct watcher *watcher)
{
    eventfd_write(watcher->cancel_fd, 1);
    pthread_join(watcher->thread, NULL);
    return watcher->status;
}

enum keelson_status watcher_join(struct watcher *watcher)
{
    if (!watcher_wait(watcher, 0, 0, true))
        eventfd_write(watcher->cancel_fd, 1);
    pthread_join(watcher->thread, NULL);
    return watcher->status;
}

void watcher_done(struct watcher *watcher)
{
    for (size_t i = 0; i < watcher->count; i++) {
        free(watcher->events[i].key);
        free(watcher->events[i].value);
    }
    free(watcher->events);
    close(watcher->cancel_fd);
    pthread_cond_destroy(&watcher->changed);
    pthread_mutex_destroy(&watcher->lock);
}
