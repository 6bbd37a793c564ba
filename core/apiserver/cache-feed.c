/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeding the caches. If the watch breaks it is taken up again at the revision that was reached; if the store
 * no longer has the history (ERR_EXPIRED) everything is read anew: subscribers are told the differences, and
 * watches end, since their rings are empty, with the 410 that makes clients list again.
 */
#include "core/apiserver/cache-feed.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/api/protobuf.h"
#include "core/apiserver/stored.h"
#include "core/apiserver/versions.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/workers.h"

enum { REPLAYED_MAX = 4096, REPLAY_WAIT_MS = 60000, LOAD_TIMEOUT_MS = 1800000, KEY_BYTES_MAX = 1024 };

struct feed {
    struct caches *caches;
    struct store *store;
    struct slice from;       /* all keys that begin with the caches' root: from here … */
    char *to;                /* … to here */
    int cancel_fd, ready_fd; /* event descriptors: stop; the first watch is in place */
    unsigned long thread;
    uint64_t revision; /* the feed's thread */
    atomic_bool healthy;
    struct arena arena; /* the feed's thread; kept between events */
};

int feed_decode(const struct cache *c, struct arena *arena, struct slice key, const struct keelson_kv *kv,
                struct object **ret, struct error *err)
{
    struct json *document;
    struct slice value = {kv->value.data, kv->value.size};
    if (key.size > KEY_BYTES_MAX)
        return error_set(err, ERR_BAD_REQUEST, "stored %s: a key of %zu bytes", c->resource->plural,
                         key.size);
    arena_reset(arena);
    bool protobuf =
        value.size >= PROTOBUF_MAGIC_SIZE && !memcmp(value.data, PROTOBUF_MAGIC, PROTOBUF_MAGIC_SIZE);
    int status = protobuf ? protobuf_read_object(arena, value, &document, err)
                          : json_parse(arena, value, &document, err);
    if (status < 0 || versions_normalize(c->resource, arena, document, err) < 0)
        return error_prefix(err, "stored %s \"%.*s\"", c->resource->plural, SLICE_ARG(key));
    *ret = stored_new(key, document, c->fields);
    (*ret)->revision = (uint64_t)kv->mod_revision;
    return 0;
}

/* Loading. */
struct load {
    struct feed *feed;
    struct tree **roots; /* one a cache */
    unsigned unreadable;
};

static size_t cache_index(const struct caches *all, const struct cache *c)
{
    size_t i = 0;
    while (caches_at(all, i) != c)
        i++;
    return i;
}

static int load_put(void *context, const struct keelson_kv *kv)
{
    struct load *load = context;
    struct slice key;
    struct object *object;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct cache *c = caches_route(load->feed->caches, (struct slice){kv->key.data, kv->key.size}, &key);
    if (!c)
        return 0;
    if (feed_decode(c, &load->feed->arena, key, kv, &object, &err) < 0) {
        if (load->unreadable++ < 10)
            log_error("%s; it is left out", err.message);
        return 0;
    }
    object_unref(tree_put(&load->roots[cache_index(load->feed->caches, c)], object));
    return 0;
}

/* revision 0: now. */
static int load_all(struct feed *f, int64_t revision, struct error *err)
{
    struct load load = {f, newa0(struct tree *, caches_count(f->caches)), 0};
    struct store_range range = {
        .from = f->from, .to = slice_of(f->to), .revision = revision, .put = load_put, .context = &load};
    struct keelson_range_result result;
    int status = store_range(f->store, &range, &result, err);
    if (revision)
        result.revision = revision;
    for (size_t i = 0; i < caches_count(f->caches); i++) {
        if (status == 0)
            cache_replace(caches_at(f->caches, i), load.roots[i], (uint64_t)result.revision);
        else
            tree_unref(load.roots[i]);
    }
    free(load.roots);
    if (status < 0)
        return -1;
    f->revision = (uint64_t)result.revision;
    caches_progress(f->caches, f->revision);
    for (size_t i = 0; i < caches_count(f->caches); i++)
        cache_wake(caches_at(f->caches, i));
    return 0;
}

/* Following. */
static struct cache *apply(struct feed *f, const struct keelson_kv *event)
{
    struct slice key;
    struct object *object;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct cache *c = caches_route(f->caches, (struct slice){event->key.data, event->key.size}, &key);
    if (!c)
        return NULL;
    if (event->version == 0) {
        cache_apply_delete(c, key, (uint64_t)event->mod_revision);
    } else if (feed_decode(c, &f->arena, key, event, &object, &err) < 0) {
        log_error("%s; the change is left out", err.message);
        return NULL;
    } else {
        cache_apply_put(c, object);
    }
    return c;
}

static int follow_events(void *context, const struct keelson_kv *events, uint32_t event_size, uint32_t count,
                         int64_t progress)
{
    struct feed *f = context;
    struct cache *touched = NULL;
    if (!atomic_exchange(&f->healthy, true))
        eventfd_write(f->ready_fd, 1);
    for (uint32_t i = 0; i < count; i++) {
        const struct keelson_kv *event = KEELSON_AT(events, event_size, i);
        struct cache *c = apply(f, event);
        if (touched && c && c != touched)
            cache_wake(touched);
        touched = c ? c : touched;
    }
    f->revision = MAX(f->revision, (uint64_t)progress);
    caches_progress(f->caches, f->revision);
    if (touched)
        cache_wake(touched);
    return 0;
}

static bool pause_or_stop(struct feed *f, int delay_ms)
{
    struct pollfd wait = {.fd = f->cancel_fd, .events = POLLIN};
    return poll(&wait, 1, delay_ms) > 0;
}

static void *follow(void *arg)
{
    struct feed *f = arg;
    int delay_ms = 100;
    for (;;) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        int64_t began = clock_monotonic_ms();
        struct store_watch watch = {f->from,      slice_of(f->to), (int64_t)f->revision,
                                    f->cancel_fd, follow_events,   f};
        store_watch(f->store, &watch, &err);
        atomic_store(&f->healthy, false);
        if (pause_or_stop(f, 0))
            return NULL;
        log_warning("the watch on the store ended: %s", err.message ? err.message : "no reason given");
        if (err.code == ERR_EXPIRED && load_all(f, 0, &err) < 0)
            log_error("reading the store anew: %s", err.message);
        delay_ms = clock_monotonic_ms() - began > 10000 ? 100 : MIN(delay_ms * 2, 5000);
        if (pause_or_stop(f, delay_ms))
            return NULL;
    }
}

/* At the start the caches are loaded as they were some time ago, and the watch then tells what happened
 * since: so the rings hold it, and the watches of clients go on over a restart of the server instead of
 * listing everything anew. *ret_newest: what the store had reached. */
static int load_first(struct feed *f, uint64_t *ret_newest, struct error *err)
{
    struct keelson_store_status status;
    if (store_status(f->store, &status, err) < 0)
        return -1;
    int64_t past = MAX(MAX(status.compact_revision, status.revision - REPLAYED_MAX), 1);
    *ret_newest = (uint64_t)status.revision;
    if (past < status.revision && load_all(f, past, NULL) == 0)
        return 0;
    return load_all(f, 0, err);
}

/* Writes must not be taken before the watch is in place: their authors could not read them back. */
static int start_following(struct feed *f, struct error *err)
{
    int failed = thread_start("store-watch", 0, follow, f, &f->thread);
    if (failed)
        return error_set_errno(err, failed, "cannot start the store's watch");
    struct pollfd wait = {.fd = f->ready_fd, .events = POLLIN};
    if (poll(&wait, 1, 15000) > 0)
        return 0;
    eventfd_write(f->cancel_fd, 1);
    pthread_join(f->thread, NULL);
    return error_set(err, ERR_TIMEOUT, "the store does not start its watch");
}

static void feed_free(struct feed *f)
{
    cleanup_close(&f->cancel_fd);
    cleanup_close(&f->ready_fd);
    arena_done(&f->arena);
    free(f->to);
    free(f);
}

int feed_start(struct caches *caches, struct store *store, struct feed **ret, struct error *err)
{
    uint64_t newest;
    struct feed *f = new0(struct feed);
    f->caches = caches;
    f->store = store;
    f->from = slice_of(caches_root(caches));
    f->to = xstrdup(f->from.data);
    f->to[f->from.size - 1]++; /* the slash */
    f->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    f->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (f->cancel_fd < 0 || f->ready_fd < 0) {
        feed_free(f);
        return error_set(err, ERR_INTERNAL, "eventfd: no descriptor left");
    }
    if (load_first(f, &newest, err) < 0 || start_following(f, err) < 0) {
        feed_free(f);
        return -1;
    }
    if (!caches_wait(caches, newest, REPLAY_WAIT_MS))
        log_warning("the store's watch is behind: not yet at revision %llu", (unsigned long long)newest);
    *ret = f;
    return 0;
}

bool feed_healthy(const struct feed *feed)
{
    return atomic_load(&feed->healthy);
}

void feed_stop(struct feed *feed)
{
    if (!feed)
        return;
    eventfd_write(feed->cancel_fd, 1);
    pthread_join(feed->thread, NULL);
    feed_free(feed);
}
