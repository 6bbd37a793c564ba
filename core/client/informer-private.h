/* SPDX-License-Identifier: Apache-2.0 */
/* An informer's insides, shared by informer.c (what callers see, and what a change means) and
 * informer-watch.c (how changes arrive). */
#ifndef KEELSON_CLIENT_INFORMER_PRIVATE_H
#define KEELSON_CLIENT_INFORMER_PRIVATE_H

#include <pthread.h>

#include "core/client/informer-store.h"
#include "core/client/list-splitter.h"

enum informer_state {
    INFORMER_IDLE,
    INFORMER_LISTING,
    INFORMER_WATCHING,
    INFORMER_WAITING,
    INFORMER_STOPPED
};

struct informer {
    struct informer_config config;
    char *namespace_, *label_selector, *field_selector;
    struct loop *loop;
    struct informer_handler *handlers;
    size_t handlers_count, handlers_capacity;

    pthread_mutex_t lock; /* guards store, stopped */
    pthread_cond_t wake;
    struct store store;
    bool stopped;
    atomic_bool synced, started;
    _Atomic uint64_t kept_revision; /* what is kept is as new as this */

    /* The rest belongs to the loop's thread. */
    enum informer_state state;
    struct transport_stream *stream;
    struct loop_timer timer;
    bool relist; /* what the timer starts: a list, else a watch */
    unsigned failures;
    int status;        /* of the answer that is arriving */
    uint32_t round;    /* of lists; what was not seen in it is gone */
    uint64_t revision; /* the last that was seen */
    int64_t began_ms;
    bool broken; /* the answer makes no sense */
    struct error broken_why;
    struct list_splitter splitter;
    struct buffer continue_, line, scratch;
    struct arena arena;
};

/* informer.c: one object as it came. Loop thread. -1: not an object. */
int informer_apply(struct informer *i, struct json *document, bool listed, struct error *err);
int informer_apply_deleted(struct informer *i, struct json *document, struct error *err);
/* The list is whole: what it did not name is gone. */
void informer_sweep(struct informer *i);

/* informer-watch.c. Loop thread. */
void informer_watch_start(struct informer *i);
void informer_watch_stop(struct informer *i);

#endif
