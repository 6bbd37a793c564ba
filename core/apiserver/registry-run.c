/* SPDX-License-Identifier: Apache-2.0 */
/* Runs writes; see registry-run.h. */
#include "core/apiserver/registry-run.h"

#include "core/apiserver/server.h"
#include "core/base/memory.h"

enum { CACHE_WAIT_MS = 10000 };

void write_init(struct write *w, const struct decision *d, const struct write_steps *steps)
{
    *w = (struct write){.d = *d, .steps = steps};
}

void write_finish(struct write *w, int status)
{
    if (w->decided)
        decide_finish(&w->d, w->object, w->old, status == 0 && !w->d.by->dry_run);
    w->decided = false;
    object_unref(TAKE_PTR(w->current));
    if (status < 0)
        object_unref(TAKE_PTR(w->made));
}

static int decide(struct write *w, struct error *err)
{
    w->commits = false;
    return w->steps->decide(w, err);
}

static bool settle(struct write *w, int status, struct error *err)
{
    bool again = w->steps->settle(w, status, err);
    w->tried++;
    if (again)
        error_done(err);
    return again;
}

int write_run(struct write *w, struct error *err)
{
    _cleanup_(error_done) struct error why = ERROR_INIT;
    int status;
    do {
        uint64_t revision;
        status = decide(w, &why);
        if (status == 0 && w->commits) {
            status = registry_commit(w->d.g, &w->commit, &revision, &why);
            if (status == 0)
                w->made->revision = revision;
        }
    } while (settle(w, status, &why));
    if (status < 0 && err)
        error_move(err, &why);
    return status;
}

static void end(struct write *w, int status, struct error *err)
{
    struct write_outcome outcome = {.created = w->created, .gone = w->gone};
    outcome.made = status == 0 ? TAKE_PTR(w->made) : NULL;
    w->ended(w->d.by, &outcome, err);
    object_unref(outcome.made);
}

static void decide_and_begin(struct api_request *r);

/* The request is over after this, or on its way to a worker. */
static void settle_and_end(struct write *w)
{
    struct error why = ERROR_INIT;
    error_move(&why, &w->why);
    if (settle(w, w->status, &why))
        server_work(w->d.by, decide_and_begin, true);
    else
        end(w, w->status, &why);
    error_done(&why);
}

static void leave(struct server *server)
{
    atomic_fetch_sub(&server->in_flight_write, 1);
}

/* On a worker: the cache is behind, since its watch on the store broke. */
static void await_cache(void *context)
{
    struct write *w = context;
    struct server *server = w->d.g->server;
    caches_wait(w->d.g->caches, w->made->revision, CACHE_WAIT_MS);
    settle_and_end(w);
    leave(server);
}

/* On the request's loop. */
static void resume(void *context)
{
    struct write *w = context;
    struct server *server = w->d.g->server;
    bool behind = w->status == 0 && caches_revision(w->d.g->caches) < w->made->revision;
    if (behind && workers_submit(server->workers, await_cache, w))
        return;
    settle_and_end(w);
    leave(server);
}

static void committed(struct pending_commit *p, int status, uint64_t revision, struct error *err)
{
    struct write *w = container_of(p, struct write, pending);
    w->status = status;
    if (status == 0)
        w->made->revision = revision;
    else
        error_move(&w->why, err);
    http_request_post(w->d.by->http, resume, w);
}

static bool can_begin(const struct write *w)
{
    return w->d.g->server && w->d.by->http && store_can_begin(w->d.g->store);
}

/* false: nothing goes on, w->status and w->why say what is. */
static bool begin(struct write *w)
{
    struct server *server = w->d.g->server;
    w->pending.done = committed;
    atomic_fetch_add(&server->in_flight_write, 1);
    if (registry_commit_begin(w->d.g, &w->commit, &w->pending, &w->why) == 0)
        return true;
    leave(server);
    w->status = -1;
    return false;
}

static void decide_and_begin(struct api_request *r)
{
    struct write *w = r->write;
    do {
        error_done(&w->why);
        w->status = decide(w, &w->why);
        if (w->status == 0 && w->commits && begin(w))
            return;
    } while (settle(w, w->status, &w->why));
    struct error why = ERROR_INIT;
    error_move(&why, &w->why);
    end(w, w->status, &why);
    error_done(&why);
}

static void wait_and_end(struct write *w)
{
    _cleanup_(error_done) struct error why = ERROR_INIT;
    end(w, write_run(w, &why), &why);
}

void write_start(struct write *w, registry_ended *ended)
{
    w->ended = ended;
    w->d.by->write = w;
    if (can_begin(w))
        decide_and_begin(w->d.by);
    else
        wait_and_end(w);
}
