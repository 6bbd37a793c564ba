/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The informer as callers see it: reading functions, and what an arriving object changes in the store and
 * tells to the handlers.
 */
#include "core/client/informer.h"

#include <time.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/client/informer-private.h"

static char *dup_or_null(const char *s)
{
    return s && s[0] ? xstrdup(s) : NULL;
}

struct informer *informer_new(const struct informer_config *config)
{
    struct informer *i = new0(struct informer);
    i->config = *config;
    i->config.namespace_ = i->namespace_ = dup_or_null(config->namespace_);
    i->config.label_selector = i->label_selector = dup_or_null(config->label_selector);
    i->config.field_selector = i->field_selector = dup_or_null(config->field_selector);
    i->loop = client_loop(config->client);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&i->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&i->lock, NULL);
    store_init(&i->store);
    return i;
}

void informer_add_handler(struct informer *i, const struct informer_handler *handler)
{
    require(!atomic_load(&i->started));
    i->handlers = xgrow(i->handlers, &i->handlers_capacity, i->handlers_count + 1, sizeof(*handler));
    i->handlers[i->handlers_count++] = *handler;
}

static void start_on_loop(void *context)
{
    informer_watch_start(context);
}

void informer_start(struct informer *i)
{
    if (!atomic_exchange(&i->started, true))
        loop_post(i->loop, start_on_loop, i);
}

static void stop_on_loop(void *context)
{
    struct informer *i = context;
    informer_watch_stop(i);
    pthread_mutex_lock(&i->lock);
    i->stopped = true;
    pthread_cond_broadcast(&i->wake);
    pthread_mutex_unlock(&i->lock);
}

void informer_stop(struct informer *i)
{
    if (!atomic_exchange(&i->started, false))
        return;
    loop_post(i->loop, stop_on_loop, i);
    pthread_mutex_lock(&i->lock);
    while (!i->stopped)
        pthread_cond_wait(&i->wake, &i->lock);
    pthread_mutex_unlock(&i->lock);
}

void informer_free(struct informer *i)
{
    if (!i)
        return;
    informer_stop(i);
    store_done(&i->store);
    free(i->handlers);
    free(i->namespace_);
    free(i->label_selector);
    free(i->field_selector);
    pthread_cond_destroy(&i->wake);
    pthread_mutex_destroy(&i->lock);
    free(i);
}

bool informer_synced(const struct informer *i)
{
    return atomic_load(&i->synced);
}

bool informer_wait_synced(struct informer *i, int64_t timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + timeout_ms % 1000 * NS_PER_MS;
    until.tv_sec += timeout_ms / 1000 + ns / NS_PER_S;
    until.tv_nsec = ns % NS_PER_S;
    pthread_mutex_lock(&i->lock);
    while (!atomic_load(&i->synced) && !i->stopped && pthread_cond_timedwait(&i->wake, &i->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&i->lock);
    return atomic_load(&i->synced);
}

/* --- reading --- */

struct cached *informer_get(struct informer *i, const char *key)
{
    pthread_mutex_lock(&i->lock);
    struct cached *c = cached_ref(store_get(&i->store, key));
    pthread_mutex_unlock(&i->lock);
    return c;
}

size_t informer_list(struct informer *i, const char *namespace_, struct cached ***ret)
{
    pthread_mutex_lock(&i->lock);
    size_t count = store_list(&i->store, namespace_ && namespace_[0] ? namespace_ : NULL, ret);
    pthread_mutex_unlock(&i->lock);
    return count;
}

size_t informer_list_index(struct informer *i, const char *value, struct cached ***ret)
{
    pthread_mutex_lock(&i->lock);
    size_t count = store_list_value(&i->store, value, ret);
    pthread_mutex_unlock(&i->lock);
    return count;
}

size_t informer_count(const struct informer *i)
{
    struct informer *mutable_ = (struct informer *)i;
    pthread_mutex_lock(&mutable_->lock);
    size_t count = i->store.count;
    pthread_mutex_unlock(&mutable_->lock);
    return count;
}

void cached_list_free(struct cached **list, size_t count)
{
    for (size_t n = 0; n < count; n++)
        cached_unref(list[n]);
    free(list);
}

struct json *cached_parse(const struct cached *c, struct arena *arena)
{
    struct json *document = NULL;
    int rc = json_parse(arena, cached_text(c), &document, NULL);
    require(rc == 0);
    return document;
}

uint64_t informer_revision(const struct informer *i)
{
    return atomic_load(&i->kept_revision);
}

/* --- what arrives --- */

/* Loop thread, before anybody is told. Listed items come in any order: they do not count before the list is
 * whole. */
static void advance(struct informer *i, uint64_t revision, bool listed)
{
    if (!listed && revision > atomic_load(&i->kept_revision))
        atomic_store(&i->kept_revision, revision);
}

static void tell(struct informer *i, struct cached *old, struct cached *new_, const struct json *document)
{
    for (size_t n = 0; n < i->handlers_count; n++)
        i->handlers[n].changed(i->handlers[n].context, old, new_, document);
}

/* Items of a list lack kind and apiVersion; metadata that stands for an object has those of
 * PartialObjectMetadata. */
static void set_kind(struct informer *i, struct json *document)
{
    const struct resource *r = i->config.resource;
    bool partial = i->config.metadata_only;
    if (partial || !json_get(document, "kind"))
        json_set_string(&i->arena, document, "kind", r->kind);
    if (partial || !json_get(document, "apiVersion"))
        json_set_stringf(&i->arena, document, "apiVersion", "%s%s%s", r->group, r->group[0] ? "/" : "",
                         r->version);
}

static void trim(struct informer *i, struct json *document)
{
    set_kind(i, document);
    if (i->config.metadata_only)
        for (struct json *m = document->first, *next; m; m = next) {
            next = m->next;
            if (strcmp(m->key, "kind") != 0 && strcmp(m->key, "apiVersion") != 0 &&
                strcmp(m->key, "metadata") != 0)
                json_remove_node(document, m);
        }
    struct json *metadata = json_get(document, "metadata");
    json_remove(metadata, "managedFields");
    if (i->config.trim)
        i->config.trim(document);
}

static int check(const struct json *document, uint64_t *ret_revision, struct error *err)
{
    if (!json_is(document, JSON_OBJECT) || !json_is(json_get(document, "metadata"), JSON_OBJECT) ||
        !object_name(document)[0])
        return error_set(err, ERR_BAD_REQUEST, "an object without a name");
    if (!parse_u64(slice_of(object_resource_version(document)), UINT64_MAX, ret_revision))
        return error_set(err, ERR_BAD_REQUEST, "\"%s\" has no resource version", object_name(document));
    return 0;
}

/* Index values, a NUL after each. */
static struct slice index_values(struct informer *i, const struct json *document, struct buffer *out)
{
    buffer_clear(out);
    if (i->config.index && i->config.index(document, out) && out->size)
        buffer_append_char(out, 0);
    else
        buffer_clear(out);
    return (struct slice){out->data, out->size};
}

static struct cached *make(struct informer *i, const char *key, uint64_t revision, struct json *document)
{
    trim(i, document);
    struct buffer values = BUFFER_INIT;
    buffer_clear(&i->scratch);
    if (i->config.keys_only)
        buffer_append_str(&i->scratch, "{}");
    else
        json_write(&i->scratch, document);
    struct cached *c = cached_new(key, revision, (struct slice){i->scratch.data, i->scratch.size},
                                  object_uid(document), index_values(i, document, &values));
    buffer_done(&values);
    c->seen = i->round;
    return c;
}

/* Takes what has the key out of the store and tells that it is gone; last is its last form, or NULL to tell
 * what was kept. */
static void drop(struct informer *i, const char *key, const struct json *last, uint64_t revision)
{
    pthread_mutex_lock(&i->lock);
    struct cached *old = store_remove(&i->store, key);
    pthread_mutex_unlock(&i->lock);
    advance(i, revision, false);
    if (!old)
        return;
    tell(i, old, NULL, last ? last : cached_parse(old, &i->arena));
    cached_unref(old);
}

static void put(struct informer *i, struct cached *fresh, const struct json *document, bool listed)
{
    cached_ref(fresh);
    pthread_mutex_lock(&i->lock);
    struct cached *old = store_put(&i->store, fresh);
    pthread_mutex_unlock(&i->lock);
    advance(i, fresh->revision, listed);
    tell(i, old, fresh, document);
    cached_unref(old);
    cached_unref(fresh);
}

/* Borrowed: only the loop's thread, where this runs, removes. */
static struct cached *current(struct informer *i, const char *key)
{
    pthread_mutex_lock(&i->lock);
    struct cached *c = store_get(&i->store, key);
    pthread_mutex_unlock(&i->lock);
    return c;
}

int informer_apply(struct informer *i, struct json *document, bool listed, struct error *err)
{
    uint64_t revision;
    if (check(document, &revision, err) < 0)
        return -1;
    char *key = object_key(&i->arena, document);
    struct cached *old = current(i, key);
    bool same = old && !strcmp(old->uid, object_uid(document));
    if (same && (old->revision == revision || (!listed && old->revision > revision))) {
        old->seen = i->round;
        advance(i, revision, listed);
        return 0;
    }
    if (old && !same)
        drop(i, key, NULL, 0);
    put(i, make(i, key, revision, document), document, listed);
    return 0;
}

int informer_apply_deleted(struct informer *i, struct json *document, struct error *err)
{
    uint64_t revision;
    if (check(document, &revision, err) < 0)
        return -1;
    trim(i, document);
    drop(i, object_key(&i->arena, document), document, revision);
    return 0;
}

void informer_sweep(struct informer *i)
{
    size_t cursor = 0;
    struct cached *gone;
    while ((gone = store_unseen(&i->store, i->round, &cursor))) {
        drop(i, cached_key(gone), NULL, 0);
        arena_reset(&i->arena);
    }
    /* a list may show an older state than what was known (a store that was restored): then that is what is
     * kept */
    atomic_store(&i->kept_revision, i->revision);
    pthread_mutex_lock(&i->lock);
    bool first = !atomic_exchange(&i->synced, true);
    pthread_cond_broadcast(&i->wake);
    pthread_mutex_unlock(&i->lock);
    for (size_t n = 0; first && n < i->handlers_count; n++)
        if (i->handlers[n].synced)
            i->handlers[n].synced(i->handlers[n].context);
}
