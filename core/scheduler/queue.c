/* SPDX-License-Identifier: Apache-2.0 */
/* The scheduling queue: a heap each for those that are active, back off, or had an error; a list for those
 * asleep, in the order in which they fell asleep, so that the first is the first to be woken by time. */
#include "core/scheduler/queue.h"

#include "core/base/clock.h"
#include "core/base/memory.h"

#define ASLEEP_MAX_MS INT64_C(300000)

static bool more_urgent(const struct queue_entry *a, const struct queue_entry *b)
{
    return a->priority != b->priority ? a->priority > b->priority : a->order < b->order;
}

static bool due_earlier(const struct queue_entry *a, const struct queue_entry *b)
{
    return a->due_ms < b->due_ms;
}

static void heap_place(struct queue_heap *h, size_t i, struct queue_entry *e)
{
    h->items[i] = e;
    e->heap_index = (uint32_t)i;
}

static void heap_up(struct queue_heap *h, size_t i)
{
    struct queue_entry *e = h->items[i];
    for (; i > 0 && h->before(e, h->items[(i - 1) / 2]); i = (i - 1) / 2)
        heap_place(h, i, h->items[(i - 1) / 2]);
    heap_place(h, i, e);
}

static void heap_down(struct queue_heap *h, size_t i)
{
    struct queue_entry *e = h->items[i];
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

static void heap_add(struct queue_heap *h, struct queue_entry *e)
{
    h->items = xgrow(h->items, &h->capacity, h->count + 1, sizeof(struct queue_entry *));
    h->items[h->count] = e;
    heap_up(h, h->count++);
}

static void heap_remove(struct queue_heap *h, struct queue_entry *e)
{
    size_t i = e->heap_index;
    struct queue_entry *last = h->items[--h->count];
    if (last == e)
        return;
    heap_place(h, i, last);
    heap_up(h, i);
    heap_down(h, last->heap_index);
}

static struct queue_heap *heap_of(struct queue *q, enum queue_place place)
{
    return place == QUEUE_ACTIVE    ? &q->active
           : place == QUEUE_BACKOFF ? &q->backoff
           : place == QUEUE_ERROR   ? &q->error
                                    : NULL;
}

static void move(struct queue *q, struct queue_entry *e, enum queue_place place)
{
    struct queue_heap *from = heap_of(q, e->place), *to = heap_of(q, place);
    if (from)
        heap_remove(from, e);
    list_remove(&e->link);
    atomic_fetch_sub_explicit(&q->counts[e->place], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&q->counts[place], 1, memory_order_relaxed);
    e->place = place;
    if (to)
        heap_add(to, e);
    else if (place == QUEUE_ASLEEP)
        list_append(&q->asleep, &e->link);
}

void queue_entry_init(struct queue_entry *e)
{
    *e = (struct queue_entry){.place = QUEUE_NONE};
    list_init(&e->link);
}

void queue_init(struct queue *q, int64_t initial_backoff_ms, int64_t max_backoff_ms)
{
    *q = (struct queue){.active.before = more_urgent,
                        .backoff.before = due_earlier,
                        .error.before = due_earlier,
                        .initial_backoff_ms = initial_backoff_ms,
                        .max_backoff_ms = max_backoff_ms};
    list_init(&q->asleep);
}

void queue_done(struct queue *q)
{
    free(q->active.items);
    free(q->backoff.items);
    free(q->error.items);
}

static void activate_now(struct queue *q, struct queue_entry *e)
{
    e->order = q->next_order++;
    move(q, e, QUEUE_ACTIVE);
}

void queue_add(struct queue *q, struct queue_entry *e, int32_t priority, bool gated)
{
    queue_remove(q, e);
    e->priority = priority;
    e->failures = 0;
    e->added_ms = clock_monotonic_ms();
    if (gated)
        move(q, e, QUEUE_GATED);
    else
        activate_now(q, e);
}

void queue_remove(struct queue *q, struct queue_entry *e)
{
    move(q, e, QUEUE_NONE);
}

static int64_t backoff_end_ms(const struct queue *q, const struct queue_entry *e)
{
    int64_t pause = q->initial_backoff_ms;
    for (unsigned i = 1; i < e->failures && pause < q->max_backoff_ms; i++)
        pause *= 2;
    return e->failed_ms + MIN(pause, q->max_backoff_ms);
}

static void release_due(struct queue *q)
{
    int64_t now_ms = clock_monotonic_ms();
    while (q->error.count > 0 && q->error.items[0]->due_ms <= now_ms)
        activate_now(q, q->error.items[0]);
    while (q->backoff.count > 0 && q->backoff.items[0]->due_ms <= now_ms)
        activate_now(q, q->backoff.items[0]);
    while (!list_empty(&q->asleep)) {
        struct queue_entry *e = list_entry(q->asleep.next, struct queue_entry, link);
        if (e->failed_ms + ASLEEP_MAX_MS > now_ms)
            break;
        activate_now(q, e);
    }
}

struct queue_entry *queue_pop(struct queue *q)
{
    release_due(q);
    struct queue_entry *e = q->active.count    ? q->active.items[0]
                            : q->backoff.count ? q->backoff.items[0]
                                               : NULL;
    if (!e)
        return NULL;
    move(q, e, QUEUE_NONE);
    e->attempts++;
    return e;
}

int64_t queue_due_ms(const struct queue *q)
{
    if (q->active.count || q->backoff.count)
        return INT64_MIN;
    int64_t due_ms = q->error.count ? q->error.items[0]->due_ms : INT64_MAX;
    if (!list_empty(&q->asleep))
        due_ms = MIN(due_ms, list_entry(q->asleep.next, struct queue_entry, link)->failed_ms + ASLEEP_MAX_MS);
    return due_ms;
}

static void fail(struct queue_entry *e)
{
    e->failures++;
    e->failed_ms = clock_monotonic_ms();
}

void queue_sleep(struct queue *q, struct queue_entry *e, unsigned wakes, uint64_t rejecters)
{
    fail(e);
    e->wakes = wakes;
    e->rejecters = rejecters;
    move(q, e, QUEUE_ASLEEP);
}

void queue_retry(struct queue *q, struct queue_entry *e)
{
    fail(e);
    e->due_ms = backoff_end_ms(q, e);
    move(q, e, QUEUE_ERROR);
}

void queue_activate(struct queue *q, struct queue_entry *e)
{
    if (e->place != QUEUE_ASLEEP)
        return;
    e->due_ms = backoff_end_ms(q, e);
    if (e->due_ms > clock_monotonic_ms())
        move(q, e, QUEUE_BACKOFF);
    else
        activate_now(q, e);
}

void queue_wake(struct queue *q, unsigned wakes, bool (*helps)(void *context, struct queue_entry *e),
                void *context)
{
    list_for_each_safe (it, &q->asleep) {
        struct queue_entry *e = list_entry(it, struct queue_entry, link);
        if ((e->wakes & wakes) && (!helps || helps(context, e)))
            queue_activate(q, e);
    }
}

size_t queue_count(const struct queue *q, enum queue_place place)
{
    return atomic_load_explicit(&q->counts[place], memory_order_relaxed);
}
