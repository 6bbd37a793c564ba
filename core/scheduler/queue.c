/* SPDX-License-Identifier: Apache-2.0 */
/* The scheduling queue. One entry a pod, in a map by key; the active ones in a heap besides, the ones that
 * back off in another by time. */
#include "core/scheduler/queue.h"

#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"

#define ASLEEP_MAX_MS INT64_C(300000)

enum place { IN_FLIGHT, ACTIVE, BACKOFF, ASLEEP, GATED };
struct entry {
    enum place place;
    int32_t priority;
    uint32_t attempts;
    uint32_t heap_index;
    unsigned filters;         /* wakes that could help it */
    uint64_t popped_at;       /* the count of wakes then: later ones may have made stale what was seen */
    int64_t added_ms, due_ms; /* due: end of back-off, or of sleep */
    uint64_t order;           /* of arrival, for equal priorities */
    bool removed;             /* went away while in flight */
    char key[];
};

struct heap {
    struct entry **items;
    size_t count, capacity;
    bool (*before)(const struct entry *a, const struct entry *b);
};

struct queue {
    pthread_mutex_t lock; /* everything below */
    pthread_cond_t changed;
    struct map *entries;
    struct heap active, waiting; /* waiting: backing off or asleep, by due_ms */
    int64_t initial_backoff_ms, max_backoff_ms;
    uint64_t next_order;
    uint64_t wakes, last_wake[5]; /* how many there were; when each kind last came */
    size_t asleep;
    bool stopped;
};

static bool more_urgent(const struct entry *a, const struct entry *b)
{
    return a->priority != b->priority ? a->priority > b->priority : a->order < b->order;
}

static bool due_earlier(const struct entry *a, const struct entry *b)
{
    return a->due_ms < b->due_ms;
}

static void heap_place(struct heap *h, size_t i, struct entry *e)
{
    h->items[i] = e;
    e->heap_index = (uint32_t)i;
}

static void heap_up(struct heap *h, size_t i)
{
    struct entry *e = h->items[i];
    for (; i > 0 && h->before(e, h->items[(i - 1) / 2]); i = (i - 1) / 2)
        heap_place(h, i, h->items[(i - 1) / 2]);
    heap_place(h, i, e);
}

static void heap_down(struct heap *h, size_t i)
{
    struct entry *e = h->items[i];
    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < h->count && h->before(h->items[child + 1], h->items[child]))
            child++;
        if (child >= h->count || !h->before(h->items[child], e))
            break;
        heap_place(h, i, h->items[child]);
        i = child;
    }
    heap_place(h, i, e);
}

static void heap_add(struct heap *h, struct entry *e)
{
    h->items = xgrow(h->items, &h->capacity, h->count + 1, sizeof(*h->items));
    h->items[h->count] = e;
    heap_up(h, h->count++);
}

static void heap_remove(struct heap *h, struct entry *e)
{
    size_t i = e->heap_index;
    struct entry *last = h->items[--h->count];
    if (last == e)
        return;
    heap_place(h, i, last);
    heap_up(h, i);
    heap_down(h, last->heap_index);
}

static struct heap *heap_of(struct queue *q, const struct entry *e)
{
    return e->place == ACTIVE ? &q->active : e->place == BACKOFF || e->place == ASLEEP ? &q->waiting : NULL;
}

static void move(struct queue *q, struct entry *e, enum place place)
{
    struct heap *from = heap_of(q, e);
    if (from)
        heap_remove(from, e);
    q->asleep += (place == ASLEEP) - (e->place == ASLEEP);
    e->place = place;
    struct heap *to = heap_of(q, e);
    if (to)
        heap_add(to, e);
    pthread_cond_signal(&q->changed);
}

struct queue *queue_new(const struct queue_config *config)
{
    struct queue *q = new0(struct queue);
    pthread_condattr_t attributes;
    pthread_mutex_init(&q->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&q->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    q->entries = map_new(free);
    q->active.before = more_urgent;
    q->waiting.before = due_earlier;
    q->initial_backoff_ms = config->initial_backoff_ms ? config->initial_backoff_ms : 1000;
    q->max_backoff_ms = config->max_backoff_ms ? config->max_backoff_ms : 10000;
    return q;
}

void queue_free(struct queue *q)
{
    if (!q)
        return;
    map_free(q->entries);
    free(q->active.items);
    free(q->waiting.items);
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

static struct entry *entry_new(struct queue *q, const char *key)
{
    size_t size = strlen(key) + 1;
    struct entry *e = xcalloc(1, sizeof(*e) + size);
    memcpy(e->key, key, size);
    e->order = q->next_order++;
    e->added_ms = clock_monotonic_ms();
    map_set(q->entries, key, e);
    return e;
}

void queue_add(struct queue *q, const char *key, int32_t priority, bool gated)
{
    pthread_mutex_lock(&q->lock);
    struct entry *e = map_get(q->entries, key);
    if (!e) {
        e = entry_new(q, key);
        e->priority = priority;
        move(q, e, gated ? GATED : ACTIVE);
    } else if (e->place == IN_FLIGHT) {
        e->popped_at = 0; /* what is being decided is about an older pod */
        e->removed = false;
        e->priority = priority;
    } else {
        move(q, e, IN_FLIGHT); /* out of its heap, since the priority orders it */
        e->priority = priority;
        move(q, e, gated ? GATED : ACTIVE);
    }
    pthread_mutex_unlock(&q->lock);
}

static void drop(struct queue *q, struct entry *e)
{
    move(q, e, IN_FLIGHT);
    map_remove(q->entries, e->key);
}

void queue_remove(struct queue *q, const char *key)
{
    pthread_mutex_lock(&q->lock);
    struct entry *e = map_get(q->entries, key);
    if (e && e->place == IN_FLIGHT)
        e->removed = true;
    else if (e)
        drop(q, e);
    pthread_mutex_unlock(&q->lock);
}

static int64_t backoff_ms(const struct queue *q, const struct entry *e)
{
    int64_t pause = q->initial_backoff_ms;
    for (unsigned i = 1; i < e->attempts && pause < q->max_backoff_ms; i++)
        pause *= 2;
    return MIN(pause, q->max_backoff_ms);
}

/* Those whose time has come become active. Returns when the next one's does; INT64_MAX: never. */
static int64_t advance(struct queue *q, int64_t now_ms)
{
    while (q->waiting.count > 0 && q->waiting.items[0]->due_ms <= now_ms)
        move(q, q->waiting.items[0], ACTIVE);
    return q->waiting.count > 0 ? q->waiting.items[0]->due_ms : INT64_MAX;
}

static void wait_until(struct queue *q, int64_t due_ms)
{
    if (due_ms == INT64_MAX) {
        pthread_cond_wait(&q->changed, &q->lock);
        return;
    }
    struct timespec until = {.tv_sec = due_ms / 1000, .tv_nsec = due_ms % 1000 * 1000000};
    pthread_cond_timedwait(&q->changed, &q->lock, &until);
}

char *queue_pop(struct queue *q)
{
    char *key = NULL;
    pthread_mutex_lock(&q->lock);
    while (!q->stopped && !key) {
        int64_t due_ms = advance(q, clock_monotonic_ms());
        if (q->active.count == 0) {
            wait_until(q, due_ms);
            continue;
        }
        struct entry *e = q->active.items[0];
        heap_remove(&q->active, e);
        e->place = IN_FLIGHT;
        e->attempts++;
        e->popped_at = ++q->wakes;
        key = xstrdup(e->key);
    }
    pthread_mutex_unlock(&q->lock);
    return key;
}

void queue_done(struct queue *q, const char *key)
{
    pthread_mutex_lock(&q->lock);
    struct entry *e = map_get(q->entries, key);
    if (e && e->place == IN_FLIGHT)
        map_remove(q->entries, key);
    pthread_mutex_unlock(&q->lock);
}

static bool woken_since(const struct queue *q, const struct entry *e, unsigned filters)
{
    for (unsigned i = 0; i < ARRAY_SIZE(q->last_wake); i++)
        if ((filters & (1u << i)) && q->last_wake[i] > e->popped_at)
            return true;
    return false;
}

void queue_fail(struct queue *q, const char *key, unsigned filters)
{
    pthread_mutex_lock(&q->lock);
    struct entry *e = map_get(q->entries, key);
    if (e && e->place == IN_FLIGHT && e->removed) {
        drop(q, e);
    } else if (e && e->place == IN_FLIGHT) {
        int64_t now_ms = clock_monotonic_ms();
        bool asleep = filters && !woken_since(q, e, filters);
        e->filters = filters;
        e->due_ms = now_ms + (asleep ? ASLEEP_MAX_MS : backoff_ms(q, e));
        e->added_ms = now_ms;
        move(q, e, asleep ? ASLEEP : BACKOFF);
    }
    pthread_mutex_unlock(&q->lock);
}

static void wake_one(struct queue *q, struct entry *e, unsigned wakes, int64_t now_ms)
{
    if (e->place != ASLEEP || !(e->filters & wakes))
        return;
    move(q, e, IN_FLIGHT);
    e->due_ms = e->added_ms + backoff_ms(q, e);
    move(q, e, e->due_ms > now_ms ? BACKOFF : ACTIVE);
}

void queue_wake(struct queue *q, unsigned wakes)
{
    size_t cursor = 0;
    void *value;
    pthread_mutex_lock(&q->lock);
    q->wakes++;
    for (unsigned i = 0; i < ARRAY_SIZE(q->last_wake); i++)
        if (wakes & (1u << i))
            q->last_wake[i] = q->wakes;
    int64_t now_ms = clock_monotonic_ms();
    while (q->asleep > 0 && wakes && map_next(q->entries, &cursor, NULL, &value))
        wake_one(q, value, wakes, now_ms);
    pthread_mutex_unlock(&q->lock);
}

void queue_stop(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->stopped = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

void queue_count(struct queue *q, struct queue_counts *ret)
{
    size_t cursor = 0;
    void *value;
    *ret = (struct queue_counts){0};
    pthread_mutex_lock(&q->lock);
    while (map_next(q->entries, &cursor, NULL, &value)) {
        const struct entry *e = value;
        ret->active += e->place == ACTIVE;
        ret->backoff += e->place == BACKOFF;
        ret->unschedulable += e->place == ASLEEP;
        ret->gated += e->place == GATED;
    }
    pthread_mutex_unlock(&q->lock);
}
