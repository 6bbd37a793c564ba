/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watch in a thread of its own that writes down what it is given, for tests to look at. It checks by itself
 * what holds for every watch: revisions in order, nothing at or before its start, progress never back, one
 * transaction in one batch.
 */
#ifndef TESTS_LIB_STORE_WATCHER_H
#define TESTS_LIB_STORE_WATCHER_H

#include <pthread.h>

#include "tests/lib/store-fixture.h"

struct watched_event {
    char *key, *value;
    size_t value_size;
    int64_t create_revision, mod_revision, version;
    unsigned batch; /* which call of the sink brought it */
};

struct watcher {
    struct fixture_store *store;
    struct keelson_bytes from, to; /* the caller's */
    int64_t from_revision;
    size_t stop_after; /* the sink ends the watch after so many events; 0: never */
    int cancel_fd;
    pthread_t thread;
    pthread_mutex_t lock; /* protects what follows */
    pthread_cond_t changed;
    struct watched_event *events;
    size_t count, capacity;
    unsigned batches;
    int64_t progress;
    bool ready, ended;
    enum keelson_status status;
    char fault[256]; /* the first broken promise */
    char error[256]; /* the plugin's words when it ended */
};

/* from and to must stay valid until watcher_stop. Returns when the watch is in place or has ended. */
void watcher_start(struct watcher *watcher, struct fixture_store *store, struct keelson_bytes from,
                   struct keelson_bytes to, int64_t from_revision);
/* The same, ending itself after so many events. */
void watcher_start_limited(struct watcher *watcher, struct fixture_store *store, struct keelson_bytes from,
                           struct keelson_bytes to, int64_t from_revision, size_t stop_after);
/* Waits until the watch knows everything up to revision, or so many events came; false after 10 s or when it
 * ended. */
bool watcher_wait_progress(struct watcher *watcher, int64_t revision);
bool watcher_wait_count(struct watcher *watcher, size_t count);
/* Cancels, joins. The events stay until watcher_done. Returns the watch's status. */
enum keelson_status watcher_stop(struct watcher *watcher);
/* Waits for the watch to end by itself (10 s, then cancels). */
enum keelson_status watcher_join(struct watcher *watcher);
void watcher_done(struct watcher *watcher);

#endif
