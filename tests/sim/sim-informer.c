/* SPDX-License-Identifier: Apache-2.0 */
/* Informers that hear of each change when chance lets them, and in order. */
#include "core/base/list.h"
#include "core/base/memory.h"
#include "core/client/informer-store.h"
#include "tests/sim/sim.h"

#define HANDLERS_MAX 8u
#define LATE_NS      (60 * NS_PER_S) /* a picture is no older */

struct informer {
    struct list link;
    struct informer_config config;
    struct informer_handler handlers[HANDLERS_MAX];
    unsigned handlers_count;
    struct store store;
    struct api_event *seen; /* the last that it heard of */
    bool started, synced;
};
static struct list informers = {&informers, &informers};

struct json *cached_parse(const struct cached *c, struct arena *arena)
{
    struct json *document = NULL;
    require(json_parse(arena, cached_text(c), &document, NULL) == 0);
    return document;
}

void cached_list_free(struct cached **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cached_unref(list[i]);
    free(list);
}

struct informer *informer_new(const struct informer_config *config)
{
    struct informer *i = new0(struct informer);
    i->config = *config;
    store_init(&i->store);
    list_append(&informers, &i->link);
    return i;
}

void informer_add_handler(struct informer *i, const struct informer_handler *handler)
{
    require(i->handlers_count < HANDLERS_MAX);
    i->handlers[i->handlers_count++] = *handler;
}

void informer_start(struct informer *i)
{
    i->started = true;
}

bool informer_synced(const struct informer *i)
{
    return i->synced;
}

struct cached *informer_get(struct informer *i, const char *key)
{
    return cached_ref(store_get(&i->store, key));
}

size_t informer_list(struct informer *i, const char *namespace_, struct cached ***ret)
{
    return store_list(&i->store, namespace_, ret);
}

size_t informer_count(const struct informer *i)
{
    return i->store.count;
}

void informer_stop(struct informer *i)
{
    if (i->started)
        list_remove(&i->link);
    i->started = false;
}

void informer_free(struct informer *i)
{
    informer_stop(i);
    store_done(&i->store);
    free(i);
}

/* The key behind "nodes/"; NULL: another resource's. */
static const char *own_key(const struct informer *i, const char *key)
{
    size_t size = strlen(i->config.resource->plural);
    return strncmp(key, i->config.resource->plural, size) == 0 && key[size] == '/' ? key + size + 1 : NULL;
}

static void tell(struct informer *i, struct cached *old, struct cached *new_, const struct json *document)
{
    for (unsigned n = 0; n < i->handlers_count; n++)
        i->handlers[n].changed(i->handlers[n].context, old, new_, document);
}

static void take(struct informer *i, const char *key, struct slice text, uint64_t revision)
{
    struct arena arena = ARENA_INIT;
    struct buffer trimmed = BUFFER_INIT;
    struct json *document = NULL;
    require(json_parse(&arena, text, &document, NULL) == 0);
    if (i->config.trim)
        i->config.trim(document);
    json_write(&trimmed, document);
    struct cached *c = cached_new(key, revision, (struct slice){trimmed.data, trimmed.size},
                                  object_uid(document), (struct slice){0});
    struct cached *old = store_put(&i->store, cached_ref(c));
    tell(i, old, c, document);
    cached_unref(old);
    cached_unref(c);
    buffer_done(&trimmed);
    arena_done(&arena);
}

static void drop(struct informer *i, const char *key)
{
    struct arena arena = ARENA_INIT;
    struct cached *old = store_remove(&i->store, key);
    if (old)
        tell(i, old, NULL, cached_parse(old, &arena));
    cached_unref(old);
    arena_done(&arena);
}

static void list_all(struct informer *i)
{
    size_t cursor = 0;
    const char *key;
    struct bytes *text;
    uint64_t revision;
    i->seen = sim_api_last_event();
    while (sim_api_next(&cursor, &key, &text, &revision))
        if (own_key(i, key))
            take(i, own_key(i, key), bytes_slice(text), revision);
    i->synced = true;
    for (unsigned n = 0; n < i->handlers_count; n++)
        if (i->handlers[n].synced)
            i->handlers[n].synced(i->handlers[n].context);
}

static void hear(struct informer *i)
{
    i->seen = i->seen->next;
    const char *key = own_key(i, i->seen->key);
    if (key && i->seen->deleted)
        drop(i, key);
    else if (key)
        take(i, key, bytes_slice(i->seen->text), i->seen->revision);
}

static bool is_needed(const struct api_event *e)
{
    for (struct list *l = informers.next; l != &informers; l = l->next)
        if (list_entry(l, struct informer, link)->seen == e)
            return true;
    return false;
}

static bool has_news(const struct informer *i)
{
    return i->started && (!i->synced || i->seen->next);
}

static bool is_late(const struct informer *i)
{
    return i->started && i->synced && i->seen->next && clock_monotonic_ns() - i->seen->next->at_ns > LATE_NS;
}

static bool step(bool (*is_due)(const struct informer *i))
{
    struct informer *chosen = NULL;
    uint64_t seen = 0;
    for (struct list *l = informers.next; l != &informers; l = l->next) {
        struct informer *i = list_entry(l, struct informer, link);
        if (is_due(i) && sim_random(++seen) == 0)
            chosen = i;
    }
    if (!chosen)
        return false;
    if (chosen->synced)
        hear(chosen);
    else
        list_all(chosen);
    sim_api_trim(is_needed);
    return true;
}

bool sim_informer_step(void)
{
    return step(has_news);
}

bool sim_informer_catch_up(void)
{
    return step(is_late);
}
