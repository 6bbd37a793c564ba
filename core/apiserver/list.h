/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists: which state, which objects of it, and writing them out piece by piece so that a list of any length
 * holds little memory while a slow client reads it.
 */
#ifndef KEELSON_APISERVER_LIST_H
#define KEELSON_APISERVER_LIST_H

#include "core/apiserver/accept.h"
#include "core/apiserver/cache.h"
#include "core/apiserver/stored.h"

/* Which state a list shows. */
enum list_freshness {
    LIST_RECENT, /* as fresh as the request wants, the cache as it is by then */
    LIST_EXACT,  /* the state of one revision */
};
struct list_plan {
    enum list_freshness freshness;
    uint64_t revision;  /* of LIST_EXACT */
    struct slice start; /* where a continued list goes on, relative to the prefix; empty: at its beginning */
    bool continued;
};
/* From the options, by the table of the API concepts. ERR_BAD_REQUEST, ERR_INVALID. */
int list_plan(struct api_request *r, struct list_plan *ret, struct error *err);

/* What was found: objects in key order with references of their own, or a range of a snapshot. */
struct list_found {
    struct tree *root; /* a reference; the range starts at `from` */
    struct object **
        objects; /* instead, when a limit or a selector chose them, or the store was asked; NULL: the range */
    size_t count;              /* of objects */
    struct slice prefix, from; /* whole keys; in the request's arena */
    uint64_t revision;
    bool more;         /* a limit cut it off */
    int64_t remaining; /* -1: not known */
};
void list_found_done(struct list_found *found);
/* From a snapshot, whose reference is taken over. */
void list_find(struct api_request *r, const struct list_plan *plan, const struct match *match,
               struct tree *root, uint64_t revision, struct list_found *ret);
/* From the store's history. Workers. ERR_EXPIRED. */
int list_find_stored(struct api_request *r, const struct list_plan *plan, const struct match *match,
                     struct list_found *ret, struct error *err);
/* Answers and ends the request; what was found is taken over. Any thread; pieces after the first are written
 * on the request's loop. */
void list_respond(struct api_request *r, const struct output *output, struct list_found *found);

#endif
