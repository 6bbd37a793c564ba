/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the watches share: watch.c (life of one watch), watch-group.c (fan-out). */
#ifndef KEELSON_APISERVER_WATCH_PRIVATE_H
#define KEELSON_APISERVER_WATCH_PRIVATE_H

#include "core/apiserver/watch-kind.h"
#include "core/apiserver/watch-socket.h"
#include "core/apiserver/watch.h"
#include "core/io/http-server.h"

enum { WATCH_LOOPS_MAX = 16 };

/* What exists, on its way to a new watch. */
struct watch_initial {
    struct tree *root;
    struct tree_cursor cursor;
    uint64_t revision;
};

struct watch {
    struct list link; /* in its kind's live watches, or in the group's that are behind */
    struct watch_group *group;
    struct watch_kind *kind;
    struct http_request *http;
    struct watch_socket *socket; /* NULL: it is an ordinary answer */
    struct watch_initial *initial;
    /* Everything up to here was written, or was not for this watch. While it is live the group's revision
     * says more. */
    uint64_t revision;
    struct loop_timer timer;
    struct metrics_row *row; /* where it is counted when it ends */
    int64_t began_ns;
    bool bookmarks, initial_end, headers /* the next event is the first of a Table */, starting, gone,
        live /* told at once; else behind */;
};

/* The watches of one resource on one loop. Loop thread, but for count and woken. */
struct watch_group {
    struct watches *all;
    struct cache *cache;
    struct loop *loop;
    struct watch_kinds kinds;
    struct list behind;
    uint64_t revision; /* up to here the live watches have been told */
    atomic_uint count;
    atomic_bool woken;
};
struct cache_watches {
    struct watch_group groups[WATCH_LOOPS_MAX];
};

/* Queues bytes; false: the watch is now behind, or gone, and must not be written to. */
bool watch_write(struct watch *w, struct bytes *bytes);
void watch_fail(struct watch *w, const struct error *err);
void watch_end(struct watch *w);
void watch_expired(struct watch *w);
/* Tells the live watches of a group what is new. */
void watch_group_run(void *group);
/* All live watches of a group; they may end meanwhile, but no others. */
void watch_group_each(struct watch_group *group, void (*function)(struct watch *w));

#endif
