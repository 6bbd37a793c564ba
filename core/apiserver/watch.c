/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One watch's life: what exists (initial), then what it missed meanwhile (behind, from the ring), then live
 * with its group; back to behind whenever its connection is slow. It ends when its time is over, when the
 * client goes, when the server stops, or with an ERROR event.
 */
#include "core/apiserver/watch-private.h"

#include "core/apiserver/metrics.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/random.h"

enum {
    QUEUED_BYTES_MAX = 512 * 1024, /* more than this unsent: the watch is behind */
    QUEUED_BYTES_LOW = 64 * 1024,
    CATCH_UP_CHANGES = 128,
    PIECE_BYTES = 64 * 1024,
    BOOKMARK_MS = 60000,
    WATCHES_MAX = 200000,
};

struct watch_loop {
    struct watches *all;
    struct loop *loop;
    struct loop_timer bookmarks;
    unsigned index;
};
struct watches {
    struct metrics *metrics;
    struct watch_loop loops[WATCH_LOOPS_MAX];
    struct cache_watches **list;
    size_t count, capacity;
    pthread_mutex_t lock; /* guards list, each cache's pointer into it, and which loops there are */
    atomic_uint watching;
    atomic_ullong started;
    atomic_bool stopping;
};

static void catch_up(void *context);

struct watches *watches_new(struct metrics *metrics)
{
    struct watches *all = new0(struct watches);
    all->metrics = metrics;
    pthread_mutex_init(&all->lock, NULL);
    return all;
}

void watches_free(struct watches *all)
{
    if (!all)
        return;
    for (size_t i = 0; i < all->count; i++) {
        for (unsigned l = 0; l < WATCH_LOOPS_MAX; l++)
            watch_kinds_done(&all->list[i]->groups[l].kinds);
        free(all->list[i]);
    }
    free(all->list);
    pthread_mutex_destroy(&all->lock);
    free(all);
}

unsigned watches_count(const struct watches *all)
{
    return atomic_load(&all->watching);
}

/* A group does not know which version or scope its watches asked for: the stored version, all scopes. */
static void write_count(const struct cache_watches *watches, struct buffer *out)
{
    unsigned count = 0;
    const struct resource *r = watches->groups[0].cache->resource;
    for (unsigned i = 0; i < WATCH_LOOPS_MAX; i++)
        count += atomic_load(&watches->groups[i].count);
    buffer_printf(out,
                  "apiserver_longrunning_requests{component=\"apiserver\",group=\"%s\",resource=\"%s\","
                  "scope=\"\",subresource=\"\",verb=\"WATCH\",version=\"%s\"} %u\n",
                  r->group, r->plural, r->version, count);
}

void watches_metrics(struct watches *all, struct buffer *out)
{
    buffer_append_str(out, "# HELP apiserver_longrunning_requests Watches now open.\n"
                           "# TYPE apiserver_longrunning_requests gauge\n");
    pthread_mutex_lock(&all->lock);
    for (size_t i = 0; i < all->count; i++)
        write_count(all->list[i], out);
    pthread_mutex_unlock(&all->lock);
    buffer_printf(out,
                  "# HELP keelson_watches_started_total Watches since the start.\n"
                  "# TYPE keelson_watches_started_total counter\nkeelson_watches_started_total %llu\n",
                  (unsigned long long)atomic_load(&all->started));
}

static struct cache_watches *cache_watches(struct cache *c)
{
    return __atomic_load_n(&c->watches, __ATOMIC_ACQUIRE);
}

/* Feeding thread. A watch counts itself before it looks at the ring, and the change is in the ring before we
 * look at the count: one of the two sees the other. */
void watches_wake(void *context, struct cache *cache)
{
    struct cache_watches *watches = cache_watches(cache);
    for (unsigned i = 0; watches && i < WATCH_LOOPS_MAX; i++) {
        struct watch_group *g = &watches->groups[i];
        if (atomic_load(&g->count) && !atomic_exchange(&g->woken, true))
            loop_post(g->loop, watch_group_run, g);
    }
}

static struct cache_watches *cache_watches_make(struct watches *all, struct cache *c)
{
    pthread_mutex_lock(&all->lock);
    struct cache_watches *made = c->watches;
    if (!made) {
        made = new0(struct cache_watches);
        for (unsigned i = 0; i < WATCH_LOOPS_MAX; i++) {
            made->groups[i].all = all;
            made->groups[i].cache = c;
            watch_kinds_init(&made->groups[i].kinds);
            list_init(&made->groups[i].behind);
        }
        all->list = xgrow(all->list, &all->capacity, all->count + 1, sizeof(all->list[0]));
        all->list[all->count++] = made;
        __atomic_store_n(&c->watches, made, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&all->lock);
    return made;
}

static void watch_free(struct watch *w)
{
    metrics_count(w->group->all->metrics, w->row, 200, clock_monotonic_ns() - w->began_ns);
    list_remove(&w->link);
    loop_timer_stop(&w->timer);
    atomic_fetch_sub(&w->group->count, 1);
    atomic_fetch_sub(&w->group->all->watching, 1);
    if (w->initial) {
        tree_unref(w->initial->root);
        free(w->initial);
    }
    watch_kind_put(&w->group->kinds, w->kind);
    http_request_unref(w->http);
    free(w);
}

void watch_end(struct watch *w)
{
    http_stream_on_drained(w->http, 0, NULL, NULL);
    if (w->socket) {
        watch_socket_end(w->socket);
    } else {
        http_request_on_gone(w->http, NULL, NULL);
        http_stream_end(w->http);
    }
    watch_free(w);
}

static void on_gone(void *context)
{
    struct watch *w = context;
    if (w->starting) {
        w->gone = true;
        return;
    }
    http_stream_end(w->http);
    watch_free(w);
}

static void on_socket_gone(struct watch *w)
{
    http_stream_on_drained(w->http, 0, NULL, NULL);
    watch_free(w);
}

void watch_fail(struct watch *w, const struct error *err)
{
    struct buffer out = BUFFER_INIT;
    watch_encode_error(&out, &w->kind->form, err);
    struct bytes *bytes = bytes_take_buffer(&out);
    http_stream_write(w->http, bytes);
    bytes_unref(bytes);
    watch_end(w);
}

void watch_expired(struct watch *w)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    error_set(&err, ERR_EXPIRED, "too old resource version: %llu (%llu)", (unsigned long long)w->revision,
              (unsigned long long)cache_floor(w->group->cache));
    watch_fail(w, &err);
}

static void fall_behind(struct watch *w)
{
    list_remove(&w->link);
    list_append(&w->group->behind, &w->link);
    w->live = false;
    http_stream_on_drained(w->http, QUEUED_BYTES_LOW, catch_up, w);
}

bool watch_write(struct watch *w, struct bytes *bytes)
{
    if (http_stream_write(w->http, bytes) < QUEUED_BYTES_MAX)
        return true;
    fall_behind(w);
    return false;
}

static bool write_buffer(struct watch *w, struct buffer *out)
{
    struct bytes *bytes = bytes_take_buffer(out);
    bool goes_on = watch_write(w, bytes);
    bytes_unref(bytes);
    return goes_on;
}

static void encode(struct watch *w, struct buffer *out, enum watch_type type, const struct object *o,
                   uint64_t revision)
{
    watch_encode(out, &w->kind->form, type, o, revision, w->headers);
    w->headers = false;
}

/* false: to be continued when the connection has drained. */
static bool write_initial(struct watch *w)
{
    struct watch_initial *initial = w->initial;
    bool done = false;
    while (!done) {
        struct buffer out = BUFFER_INIT;
        struct object *o = NULL;
        while (out.size < PIECE_BYTES && (o = tree_next(&initial->cursor))) {
            if (watch_wants(w->kind, o))
                encode(w, &out, WATCH_ADDED, o, o->revision);
        }
        done = !o;
        if (done && w->initial_end)
            watch_encode_bookmark(&out, &w->kind->form, initial->revision, true);
        if (done) {
            w->revision = initial->revision;
            tree_unref(initial->root);
            free(TAKE_PTR(w->initial));
        }
        if (out.size && !write_buffer(w, &out))
            return false;
        buffer_done(&out);
    }
    return true;
}

/* Writes what the ring has since w->revision. false: to be continued, or ended. */
static bool write_missed(struct watch *w)
{
    bool more = true;
    while (more) {
        struct change *changes;
        size_t count;
        uint64_t revision = w->revision;
        struct buffer out = BUFFER_INIT;
        if (!cache_changes(w->group->cache, &revision, CATCH_UP_CHANGES, &changes, &count, &more)) {
            watch_expired(w);
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            const struct object *object;
            enum watch_type type = watch_translate(w->kind, &changes[i], &object);
            if (type != WATCH_NONE)
                encode(w, &out, type, object, changes[i].revision);
            change_done(&changes[i]);
        }
        free(changes);
        w->revision = revision;
        if (out.size && !write_buffer(w, &out))
            return false;
        buffer_done(&out);
    }
    return true;
}

static void catch_up(void *context)
{
    struct watch *w = context;
    if ((w->initial && !write_initial(w)) || !write_missed(w))
        return;
    list_remove(&w->link);
    list_append(&w->kind->live, &w->link);
    w->live = true;
}

/* The caches that were ever watched; the caller frees. */
static struct cache_watches **list_copy(struct watches *all, size_t *ret_count)
{
    pthread_mutex_lock(&all->lock);
    *ret_count = all->count;
    struct cache_watches **list = xmemdup(all->list, all->count * sizeof(*list));
    pthread_mutex_unlock(&all->lock);
    return list;
}

static void write_bookmark(struct watch *w)
{
    struct buffer out = BUFFER_INIT;
    if (!w->bookmarks)
        return;
    watch_encode_bookmark(&out, &w->kind->form, MAX(w->revision, w->group->revision), false);
    write_buffer(w, &out);
    buffer_done(&out);
}

/* A last bookmark lets the client resume from here. Of a watch that is behind it would be a lie. */
static void on_timeout(void *context)
{
    struct watch *w = context;
    if (w->live)
        write_bookmark(w);
    watch_end(w);
}

static void on_bookmarks(void *context)
{
    struct watch_loop *l = context;
    size_t count;
    struct cache_watches **list = list_copy(l->all, &count);
    for (size_t i = 0; i < count; i++) {
        struct watch_group *g = &list[i]->groups[l->index];
        if (!atomic_load(&g->count))
            continue;
        watch_group_run(g);
        watch_group_each(g, write_bookmark);
    }
    free(list);
    loop_timer_start(&l->bookmarks, BOOKMARK_MS);
}

static void loop_prepare(struct watches *all, struct watch_group *g, struct http_request *http)
{
    unsigned index = http_request_loop_index(http);
    struct watch_loop *l = &all->loops[index];
    g->loop = http_request_loop(http);
    if (l->loop)
        return;
    pthread_mutex_lock(&all->lock);
    *l = (struct watch_loop){.all = all, .loop = g->loop, .index = index};
    pthread_mutex_unlock(&all->lock);
    loop_timer_init(&l->bookmarks, l->loop, on_bookmarks, l);
    loop_timer_start(&l->bookmarks, BOOKMARK_MS);
}

static struct watch *watch_new(struct watches *all, struct api_request *r,
                               const struct watch_options *options, struct error *err)
{
    struct watch_group *g =
        &cache_watches_make(all, options->cache)->groups[http_request_loop_index(r->http)];
    struct watch_kind_key key = {
        r->resource,       &options->output,        r->resource->namespaced ? r->namespace_ : "",
        r->label_selector, options->field_selector, options->cache->fields};
    if (atomic_load(&all->watching) >= WATCHES_MAX) {
        error_set(err, ERR_TOO_MANY_REQUESTS, "there are %u watches already", (unsigned)WATCHES_MAX);
        return NULL;
    }
    struct watch_kind *kind = watch_kind_get(&g->kinds, &key, err);
    if (!kind)
        return NULL;
    struct watch *w = new0(struct watch);
    loop_prepare(all, g, r->http);
    list_init(&w->link);
    w->group = g;
    w->kind = kind;
    w->http = http_request_ref(r->http);
    w->bookmarks = options->bookmarks;
    w->initial_end = options->initial_end;
    w->headers = options->output.shape == OUTPUT_TABLE;
    w->revision = options->revision;
    loop_timer_init(&w->timer, g->loop, on_timeout, w);
    loop_timer_start(&w->timer, options->timeout_s * 1000);
    if (atomic_fetch_add(&g->count, 1) == 0)
        g->revision = cache_revision(g->cache); /* whatever happened while nobody watched */
    atomic_fetch_add(&all->watching, 1);
    atomic_fetch_add(&all->started, 1);
    return w;
}

int watch_start(struct watches *all, struct api_request *r, const struct watch_options *options,
                struct error *err)
{
    struct watch *w = watch_new(all, r, options, err);
    if (!w)
        return -1;
    if (options->initial) {
        w->initial = new0(struct watch_initial);
        w->initial->root = cache_snapshot(options->cache, &w->initial->revision);
        tree_seek(&w->initial->cursor, w->initial->root, slice_of(w->kind->prefix));
    }
    list_append(&w->group->behind, &w->link);
    if (options->websocket)
        w->socket = watch_socket_begin(w, w->http, options->websocket->headers, watch_end, on_socket_gone);
    else
        http_stream_begin(w->http, 200, watch_content_type(&w->kind->form), respond_headers(r, NULL, NULL));
    w->row = metrics_row(all->metrics, r);
    w->began_ns = r->received_ns;
    request_free(r);
    w->starting = true;
    if (!w->socket)
        http_request_on_gone(w->http, on_gone, w);
    w->starting = false;
    if (w->gone)
        on_gone(w);
    else if (atomic_load(&all->stopping))
        watch_end(w);
    else
        catch_up(w);
    return 0;
}

static void stop_loop(void *context)
{
    struct watch_loop *l = context;
    size_t count;
    struct cache_watches **list = list_copy(l->all, &count);
    for (size_t i = 0; i < count; i++) {
        struct watch_group *g = &list[i]->groups[l->index];
        watch_group_each(g, watch_end);
        list_for_each_safe (behind, &g->behind)
            watch_end(list_entry(behind, struct watch, link));
    }
    free(list);
    loop_timer_stop(&l->bookmarks);
}

void watches_stop(struct watches *all)
{
    atomic_store(&all->stopping, true);
    for (unsigned i = 0; i < WATCH_LOOPS_MAX; i++) {
        pthread_mutex_lock(&all->lock);
        struct loop *loop = all->loops[i].loop;
        pthread_mutex_unlock(&all->lock);
        if (loop)
            loop_post(loop, stop_loop, &all->loops[i]);
    }
}
