/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fan-out. A group's turn takes the changes since its last one; for each form that its watches use an event
 * is encoded at most once, and for watches that get everything the whole run is one block. With a hundred
 * watches and a busy resource a turn is then a hundred appends to output queues, whatever the number of
 * changes.
 */
#include "core/apiserver/watch-private.h"
#include "core/base/memory.h"

enum { RUN_CHANGES_MAX = 256, RUN_BYTES_MAX = 256 * 1024 };

/* An event in one form. */
struct encoded {
    struct encoded *next;
    const struct watch_form *form;
    enum watch_type type;
    bool first;
    struct bytes *bytes;
};
struct run {
    struct change *changes;
    size_t count;
    uint64_t revision;        /* what the changes lead up to */
    struct encoded **encoded; /* a list for each change */
    struct encoded *whole;    /* all changes, a form each */
    size_t bytes;             /* estimate of all changes in full form */
};

static struct bytes *encoded_get(struct run *run, size_t i, const struct watch_form *form,
                                 enum watch_type type, const struct object *object, bool first)
{
    struct buffer out = BUFFER_INIT;
    first = first && form->output.shape == OUTPUT_TABLE;
    for (struct encoded *e = run->encoded[i]; e; e = e->next) {
        if (e->form == form && e->type == type && e->first == first)
            return e->bytes;
    }
    struct encoded *e = new0(struct encoded);
    watch_encode(&out, form, type, object, run->changes[i].revision, first);
    *e = (struct encoded){run->encoded[i], form, type, first, bytes_take_buffer(&out)};
    run->encoded[i] = e;
    return e->bytes;
}

static struct bytes *whole_get(struct run *run, const struct watch_form *form)
{
    struct buffer out = BUFFER_INIT;
    for (struct encoded *e = run->whole; e; e = e->next) {
        if (e->form == form)
            return e->bytes;
    }
    buffer_reserve(&out, run->bytes + run->count * 256);
    for (size_t i = 0; i < run->count; i++) {
        const struct change *c = &run->changes[i];
        enum watch_type type = !c->new_ ? WATCH_DELETED : c->old ? WATCH_MODIFIED : WATCH_ADDED;
        watch_encode(&out, form, type, c->new_ ? c->new_ : c->old, c->revision, false);
    }
    struct encoded *e = new0(struct encoded);
    *e = (struct encoded){run->whole, form, WATCH_NONE, false, bytes_take_buffer(&out)};
    run->whole = e;
    return e->bytes;
}

static void encoded_free(struct encoded *e)
{
    while (e) {
        struct encoded *next = e->next;
        bytes_unref(e->bytes);
        free(e);
        e = next;
    }
}

/* The watch may be behind or gone when this returns. */
static void tell_each(struct watch *w, struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct object *object;
        const struct change *c = &run->changes[i];
        if (c->revision <= w->revision)
            continue;
        enum watch_type type = watch_translate(w, c, &object);
        w->revision = c->revision;
        if (type == WATCH_NONE)
            continue;
        struct bytes *bytes = encoded_get(run, i, w->form, type, object, w->headers);
        w->headers = false;
        if (!watch_write(w, bytes))
            return;
    }
    w->revision = MAX(w->revision, run->revision);
}

static void tell(struct watch *w, struct run *run)
{
    bool whole = w->everything && !w->headers && w->revision < run->changes[0].revision;
    if (!whole) {
        tell_each(w, run);
        return;
    }
    w->revision = run->revision;
    watch_write(w, whole_get(run, w->form));
}

static void run_done(struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        encoded_free(run->encoded[i]);
        change_done(&run->changes[i]);
    }
    encoded_free(run->whole);
    free(run->encoded);
    free(run->changes);
}

static void fan_out(struct watch_group *g, struct run *run)
{
    if (!run->count) {
        list_for_each (link, &g->live) {
            struct watch *w = list_entry(link, struct watch, link);
            w->revision = MAX(w->revision, run->revision);
        }
        return;
    }
    run->encoded = newa0(struct encoded *, run->count);
    for (size_t i = 0; i < run->count; i++)
        run->bytes += run->changes[i].new_ ? run->changes[i].new_->text_size : run->changes[i].old->text_size;
    list_for_each_safe (link, &g->live)
        tell(list_entry(link, struct watch, link), run);
}

void watch_group_run(void *context)
{
    struct watch_group *g = context;
    bool more = true;
    atomic_store(&g->woken, false);
    while (more) {
        struct run run = {.revision = g->revision};
        if (!cache_changes(g->cache, &run.revision, RUN_CHANGES_MAX, &run.changes, &run.count, &more)) {
            list_for_each_safe (link, &g->live)
                watch_expired(list_entry(link, struct watch, link));
            g->revision = cache_revision(g->cache);
            continue;
        }
        g->revision = run.revision;
        fan_out(g, &run);
        run_done(&run);
    }
}
