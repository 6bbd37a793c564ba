/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a write runs: it is decided, given to the store and settled, and all of that again when somebody else
 * was quicker. Creating, updating and deleting are tables of steps. Who can wait calls write_run; requests do
 * not (write_start): between deciding and settling no thread is theirs, so that a few workers decide for
 * hundreds of writes that the store makes durable together.
 */
#ifndef KEELSON_APISERVER_REGISTRY_RUN_H
#define KEELSON_APISERVER_REGISTRY_RUN_H

#include "core/apiserver/registry-decide.h"

struct write;
struct write_steps {
    /* Worker. 0: w->made is what will be there (or was), and, if w->commits, w->commit is what to write.
     * Begins from scratch each time but for what it noted in *w. */
    int (*decide)(struct write *w, struct error *err);
    /* Any thread, must not block: ends what deciding began. status and *err are those of decide, else of the
     * store. Whether to try again; else *err is what the client is told. */
    bool (*settle)(struct write *w, int status, struct error *err);
};

struct write {
    struct decision d;
    const struct write_steps *steps;
    struct object *current, *made; /* references; NULL: none */
    struct json *object;
    const struct json *old;
    struct commit commit;
    unsigned tried;        /* before this time */
    bool commits, decided; /* decided: decide_finish is due */
    bool created, gone;
    union { /* the steps' own */
        bool generates;
        struct {
            registry_change *change;
            void *context;
            bool pinned;
        } update;
        struct {
            const char *uid, *resource_version; /* preconditions; NULL: none */
            int64_t grace_s;
            bool graceful, pending; /* marks it with a grace period; waits already and nothing changes */
        } deletion;
    };

    registry_ended *ended; /* what follows belongs to write_start */
    struct pending_commit pending;
    int status;
    struct error why;
};

/* A write that begins: the rest of *w is zero. */
void write_init(struct write *w, const struct decision *d, const struct write_steps *steps);
/* Waits. On success w->made is the caller's. Workers. */
int write_run(struct write *w, struct error *err);
/* Does not wait if the store can do without. *w lies in the request's arena; `ended` ends the request, on any
 * thread, and may have by the time that this returns. Workers. */
void write_start(struct write *w, registry_ended *ended);
/* For settle: decide_finish, if it is due, and the references that a try held; those on what was made only if
 * it failed. */
void write_finish(struct write *w, int status);

#endif
