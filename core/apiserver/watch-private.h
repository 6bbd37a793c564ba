/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the watches share: watch.c (life of one watch), watch-group.c (fan-out). */
#ifndef KEELSON_APISERVER_WATCH_PRIVATE_H
#define KEELSON_APISERVER_WATCH_PRIVATE_H

#include "core/apiserver/watch-encode.h"
#include "core/apiserver/watch.h"
#include "core/base/list.h"
#include "core/io/http-server.h"

enum { WATCH_LOOPS_MAX = 16 };

/* What exists, on its way to a new watch. */
struct watch_initial {
    struct tree *root;
    struct tree_cursor cursor;
    uint64_t revision;
};

struct watch {
    struct list link; /* in its group's live watches, or in those that are behind */
    struct watch_group *group;
    struct http_request *http;
    struct watch_form *form;
    struct match match;
    char *prefix; /* "namespace/"; NULL: all */
    struct watch_initial *initial;
    uint64_t revision; /* everything up to here was written, or was not for this watch */
    struct loop_timer timer;
    bool everything; /* no selector, no prefix */
    bool live, bookmarks, initial_end, headers /* the next event is the first */, starting, gone;
};

/* The watches of one resource on one loop. Loop thread, but for count and woken. */
struct watch_group {
    struct watches *all;
    struct cache *cache;
    struct loop *loop;
    struct list live, behind;
    uint64_t revision; /* up to here the live watches have been told */
    atomic_uint count;
    atomic_bool woken;
    struct watch_form *forms;
};
struct cache_watches {
    struct watch_group groups[WATCH_LOOPS_MAX];
};

/* What the change means for this watch, and the object to show. */
enum watch_type watch_translate(const struct watch *w, const struct change *change,
                                const struct object **ret_object);
bool watch_wants(const struct watch *w, const struct object *o);
/* Queues bytes; false: the watch is now behind, or gone, and must not be written to. */
bool watch_write(struct watch *w, struct bytes *bytes);
void watch_fail(struct watch *w, const struct error *err);
void watch_end(struct watch *w);
void watch_expired(struct watch *w);
/* Tells the live watches of a group what is new. */
void watch_group_run(void *group);

#endif
