/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hub follows all changes of the cluster on one stream and calls the sinks of all watches. When the
 * stream breaks it goes on at the next endpoint where it was; the watches notice nothing. Only if a
 * compaction has meanwhile taken what it had not seen, the watches end, and the hub begins anew.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "plugins/store-etcd/stream.h"
#include "plugins/store-etcd/watch.h"

#ifdef KEELSON_SANITIZED
#define STACK_BYTES (2 << 20)
#else
#define STACK_BYTES (128 << 10)
#endif
#define PROGRESS_NS    INT64_C(20000000) /* watches without events hear of new revisions so often */
#define OPEN_NS        INT64_C(10000000000)
#define RETRY_MS_FIRST 20
#define RETRY_MS_MAX   2000

bool hub_join(struct hub *hub, struct watch *watch, int64_t *ret_position)
{
    pthread_mutex_lock(&hub->lock);
    bool joins = watch->position >= hub->position;
    *ret_position = hub->position;
    if (joins) {
        watch->next = hub->watches;
        hub->watches = watch;
        watch_tell(watch);
    }
    pthread_mutex_unlock(&hub->lock);
    return joins;
}

void hub_leave(struct hub *hub, struct watch *watch)
{
    pthread_mutex_lock(&hub->lock);
    struct watch **link = &hub->watches;
    while (*link && *link != watch)
        link = &(*link)->next;
    if (*link)
        *link = watch->next;
    pthread_mutex_unlock(&hub->lock);
}

/* Lock held. */
static void progress_tell(struct hub *hub)
{
    for (struct watch *watch = hub->watches; watch; watch = watch->next) {
        if (!watch->ended && watch->told < watch->position)
            watch_tell(watch);
    }
    hub->progress_due = false;
    hub->progress_ns = clock_ns();
}

static void batch_deliver(struct hub *hub, const struct stream *stream)
{
    pthread_mutex_lock(&hub->lock);
    if (stream->event_count > hub->picked_capacity) {
        hub->picked_capacity = stream->event_count;
        free(hub->picked);
        hub->picked = calloc(hub->picked_capacity, sizeof(*hub->picked));
        if (!hub->picked)
            abort();
    }
    for (struct watch *watch = hub->watches; watch; watch = watch->next) {
        if (!watch->ended &&
            !watch_deliver(watch, stream->events, stream->event_count, stream->revision, hub->picked))
            hub->progress_due = true;
    }
    if (stream->revision > hub->position)
        hub->position = stream->revision;
    if (hub->progress_due && clock_ns() - hub->progress_ns >= PROGRESS_NS)
        progress_tell(hub);
    pthread_mutex_unlock(&hub->lock);
}

/* Until the stream breaks. */
static enum keelson_status hub_follow(struct hub *hub, struct stream *stream, struct failure *failure)
{
    for (;;) {
        int64_t until_ns = hub->progress_due ? hub->progress_ns + PROGRESS_NS : INT64_MAX;
        enum keelson_status status = stream_receive(stream, until_ns, failure);
        if (status == KEELSON_OK) {
            batch_deliver(hub, stream);
        } else if (status == KEELSON_TIMEOUT && until_ns != INT64_MAX) {
            pthread_mutex_lock(&hub->lock);
            progress_tell(hub);
            pthread_mutex_unlock(&hub->lock);
        } else {
            return status;
        }
    }
}

static bool hub_stopping(const struct hub *hub, int wait_ms)
{
    struct pollfd fd = {hub->stop_fd, POLLIN, 0};
    return poll(&fd, 1, wait_ms) > 0;
}

/* What the watches have not seen is gone. They end; whoever comes next begins with the newest state. */
static void hub_begin_anew(struct etcd *etcd)
{
    struct hub *hub = &etcd->hub;
    struct failure failure;
    int64_t revision;
    if (cluster_revision(etcd, clock_ns() + OPEN_NS, hub->stop_fd, &revision, &failure) != KEELSON_OK)
        return; /* found compacted again, then asked again */
    pthread_mutex_lock(&hub->lock);
    for (struct watch *watch = hub->watches; watch; watch = watch->next)
        watch_end(watch, KEELSON_COMPACTED);
    hub->position = revision;
    pthread_mutex_unlock(&hub->lock);
}

static void *hub_main(void *argument)
{
    struct etcd *etcd = argument;
    struct hub *hub = &etcd->hub;
    int64_t start = hub->position + 1; /* just read: nothing can be compacted beyond it */
    int retry_ms = RETRY_MS_FIRST;
    while (!hub_stopping(hub, 0)) {
        struct stream stream;
        struct failure failure;
        enum keelson_status status =
            stream_open(&stream, etcd, start, clock_ns() + OPEN_NS, hub->stop_fd, &failure);
        if (status == KEELSON_OK) {
            retry_ms = RETRY_MS_FIRST;
            status = hub_follow(hub, &stream, &failure);
            if (status != KEELSON_CANCELLED)
                cluster_next(etcd, stream.endpoint);
            stream_close(&stream);
        }
        if (status == KEELSON_COMPACTED)
            hub_begin_anew(etcd);
        if (hub_stopping(hub, retry_ms))
            break;
        etcd->host->log(NULL, KEELSON_LOG_WARNING, "the watch of etcd goes on after: %s", failure.message);
        retry_ms = retry_ms * 2 < RETRY_MS_MAX ? retry_ms * 2 : RETRY_MS_MAX;
        start = hub->position; /* one early, as in watch.c; only this thread changes it */
    }
    return NULL;
}

static int thread_start(struct etcd *etcd)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int code = pthread_create(&etcd->hub.thread, &attributes, hub_main, etcd);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

enum keelson_status hub_begin(struct etcd *etcd, const struct keelson_call *call, struct failure *failure)
{
    struct hub *hub = &etcd->hub;
    int64_t revision;
    pthread_mutex_lock(&hub->lock);
    bool running = hub->running;
    pthread_mutex_unlock(&hub->lock);
    if (running)
        return KEELSON_OK;
    int64_t deadline_ns = clock_ns() + OPEN_NS;
    enum keelson_status status =
        cluster_revision(etcd, call->deadline_ns < deadline_ns ? call->deadline_ns : deadline_ns,
                         call->cancel_fd, &revision, failure);
    if (status != KEELSON_OK)
        return status;
    int code = 0;
    pthread_mutex_lock(&hub->lock);
    if (!hub->running) {
        hub->position = revision;
        code = thread_start(etcd);
        hub->running = code == 0;
    }
    pthread_mutex_unlock(&hub->lock);
    return code == 0 ? KEELSON_OK
                     : failure_set(failure, KEELSON_FAILED, "cannot start a thread: %s", strerror(code));
}

enum keelson_status hub_init(struct hub *hub, struct failure *failure)
{
    pthread_mutex_init(&hub->lock, NULL);
    hub->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return hub->stop_fd >= 0 ? KEELSON_OK
                             : failure_set(failure, KEELSON_FAILED, "eventfd: %s", strerror(errno));
}

void hub_done(struct etcd *etcd)
{
    struct hub *hub = &etcd->hub;
    if (hub->running) {
        eventfd_write(hub->stop_fd, 1);
        pthread_join(hub->thread, NULL);
    }
    if (hub->stop_fd >= 0)
        close(hub->stop_fd);
    free(hub->picked);
    pthread_mutex_destroy(&hub->lock);
}
