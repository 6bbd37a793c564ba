/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches. Every watch lives on the loop of its connection. For each resource and loop there is a group: when
 * the cache changes, each group with watches is woken once, takes the new changes from the cache's ring and
 * writes them to its watches. Watches that are alike are told with one and the same block (watch-kind.h).
 *
 * A watch that is slower than its events stops being fed and takes what it missed from the ring once its
 * connection has drained; if the ring no longer has it, the watch ends with the 410 that makes the client
 * list again. So a slow client costs no memory, and nothing is skipped silently.
 */
#ifndef KEELSON_APISERVER_WATCH_H
#define KEELSON_APISERVER_WATCH_H

#include "core/apiserver/accept.h"
#include "core/apiserver/cache.h"
#include "core/apiserver/stored.h"
#include "core/apiserver/websocket.h"

struct watches;
struct metrics;
struct watches *watches_new(struct metrics *metrics); /* where each is counted at its end */
void watches_free(struct watches *all);               /* after the HTTP server stopped */
/* caches_config.wake */
void watches_wake(void *context, struct cache *cache);
/* Ends all watches soon. Any thread. */
void watches_stop(struct watches *all);
unsigned watches_count(const struct watches *all);
void watches_metrics(struct watches *all, struct buffer *out);

struct watch_options {
    struct cache *cache;
    struct output output;
    const char *field_selector; /* in the request's arena; NULL: none */
    uint64_t revision;          /* what follows this; with `initial` not used */
    bool initial;               /* first everything that exists, as ADDED */
    bool initial_end;           /* then a bookmark that says so */
    bool bookmarks;
    int64_t timeout_s;
    const struct websocket *websocket; /* accepted; NULL: the client did not ask for one */
};
/* Begins the answer of r, a watch that was authorized, and ends r. -1: r is still to be answered. Loop
 * thread. */
int watch_start(struct watches *all, struct api_request *r, const struct watch_options *options,
                struct error *err);

#endif
