/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fan-out. A group's turn takes the changes since its last one. For each kind of watches that they concern,
 * the events are worked out and encoded once, as one block, which is appended to the output of every watch of
 * that kind. With a hundred watches on a busy resource a turn is a hundred appends, whatever the number of
 * changes.
 */
#include "core/apiserver/watch-private.h"
#include "core/base/memory.h"

enum { RUN_CHANGES_MAX = 256 };

struct run {
    struct change *changes;
    size_t count;
    uint64_t revision; /* what the changes lead up to */
};

static void encode_change(const struct watch_kind *kind, const struct change *c, bool *headers,
                          struct buffer *out)
{
    const struct object *object;
    enum watch_type type = watch_translate(kind, c, &object);
    if (type == WATCH_NONE)
        return;
    watch_encode(out, &kind->form, type, object, c->revision, *headers);
    *headers = false;
}

/* The changes after `since`; of an indexed kind those that hit it. Empty: none is for this kind. */
static void encode_run(const struct watch_kind *kind, const struct run *run, uint64_t since, bool *headers,
                       struct buffer *out)
{
    size_t count = kind->index ? kind->hits_count : run->count;
    for (size_t i = 0; i < count; i++) {
        const struct change *c = &run->changes[kind->index ? kind->hits[i] : i];
        if (c->revision > since)
            encode_change(kind, c, headers, out);
    }
}

/* A watch that began in the middle of the run, or that wants its column definitions first. */
static void tell_one(struct watch *w, const struct run *run)
{
    struct buffer out = BUFFER_INIT;
    encode_run(w->kind, run, w->revision, &w->headers, &out);
    w->revision = MAX(w->revision, run->revision);
    if (!out.size)
        return;
    struct bytes *bytes = bytes_take_buffer(&out);
    watch_write(w, bytes);
    bytes_unref(bytes);
}

static void tell_kind(struct watch_kind *kind, const struct run *run)
{
    struct bytes *shared = NULL;
    bool encoded = false;
    list_for_each_safe (link, &kind->live) {
        struct watch *w = list_entry(link, struct watch, link);
        if (w->headers || w->revision >= run->changes[0].revision) {
            tell_one(w, run);
            continue;
        }
        if (!encoded) {
            struct buffer out = BUFFER_INIT;
            bool headers = false;
            encode_run(kind, run, 0, &headers, &out);
            shared = out.size ? bytes_take_buffer(&out) : NULL;
            buffer_done(&out);
            encoded = true;
        }
        w->revision = run->revision;
        if (shared)
            watch_write(w, shared);
    }
    bytes_unref(shared);
}

static void fan_out(struct watch_group *g, const struct run *run)
{
    struct list hit;
    if (!run->count)
        return;
    list_for_each (link, &g->kinds.general)
        tell_kind(list_entry(link, struct watch_kind, link), run);
    list_init(&hit);
    watch_kinds_find(&g->kinds, run->changes, run->count, &hit);
    while (!list_empty(&hit)) {
        struct watch_kind *kind = list_entry(hit.next, struct watch_kind, hit_link);
        tell_kind(kind, run);
        watch_kind_forget(kind);
    }
}

void watch_group_run(void *context)
{
    struct watch_group *g = context;
    bool more = true;
    atomic_store(&g->woken, false);
    while (more) {
        struct run run = {.revision = g->revision};
        if (!cache_changes(g->cache, &run.revision, RUN_CHANGES_MAX, &run.changes, &run.count, &more)) {
            watch_group_each(g, watch_expired);
            g->revision = cache_revision(g->cache);
            return;
        }
        fan_out(g, &run);
        g->revision = run.revision;
        for (size_t i = 0; i < run.count; i++)
            change_done(&run.changes[i]);
        free(run.changes);
    }
}

void watch_group_each(struct watch_group *g, void (*function)(struct watch *w))
{
    size_t cursor = 0, count = 0, capacity = 0;
    struct watch **list = NULL;
    void *value;
    while (map_next(g->kinds.by_identity, &cursor, NULL, &value)) {
        struct watch_kind *kind = value;
        list_for_each (link, &kind->live) {
            list = xgrow(list, &capacity, count + 1, sizeof(list[0]));
            list[count++] = list_entry(link, struct watch, link);
        }
    }
    for (size_t i = 0; i < count; i++)
        function(list[i]);
    free(list);
}
