/* SPDX-License-Identifier: Apache-2.0 */
/* Work queues whose keys run one at a time, whichever chance picks. A queue that is in the middle of a key
 * takes no other one meanwhile, so that a queue's width is one here. */
#include "core/base/list.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/client/workqueue.h"
#include "tests/sim/sim.h"

struct item {
    char *key;
    bool waiting;
    unsigned failures;
    int64_t due_ns; /* 0: not delayed */
};
struct workqueue {
    struct list link;
    struct workqueue_config config;
    struct item *items;
    size_t count, capacity;
    bool started, busy;
};
static struct list queues = {&queues, &queues};

struct workqueue *workqueue_new(const struct workqueue_config *config)
{
    struct workqueue *q = new0(struct workqueue);
    q->config = *config;
    q->config.base_delay_ms = config->base_delay_ms ? config->base_delay_ms : 5;
    q->config.max_delay_ms = config->max_delay_ms ? config->max_delay_ms : 1000000;
    list_append(&queues, &q->link);
    return q;
}

static struct item *item_at(struct workqueue *q, const char *key)
{
    for (size_t i = 0; i < q->count; i++)
        if (strcmp(q->items[i].key, key) == 0)
            return &q->items[i];
    q->items = xgrow(q->items, &q->capacity, q->count + 1, sizeof(*q->items));
    q->items[q->count] = (struct item){.key = xstrdup(key)};
    return &q->items[q->count++];
}

void workqueue_add(struct workqueue *q, const char *key)
{
    item_at(q, key)->waiting = true;
}

void workqueue_add_after(struct workqueue *q, const char *key, int64_t delay_ms)
{
    struct item *item = item_at(q, key);
    int64_t due = clock_monotonic_ns() + MAX(delay_ms, 0) * NS_PER_MS;
    item->due_ns = item->due_ns ? MIN(item->due_ns, due) : due;
}

void workqueue_start(struct workqueue *q)
{
    q->started = true;
}

void workqueue_free(struct workqueue *q)
{
    if (!q)
        return;
    require(!q->busy);
    list_remove(&q->link);
    for (size_t i = 0; i < q->count; i++)
        free(q->items[i].key);
    free(q->items);
    free(q);
}

static int64_t backoff_ms(const struct workqueue *q, unsigned failures, const struct error *err)
{
    int64_t ms = q->config.base_delay_ms;
    for (unsigned i = 0; i < failures && ms < q->config.max_delay_ms; i++)
        ms *= 2;
    return MAX(MIN(ms, q->config.max_delay_ms), (int64_t)err->retry_after_s * 1000);
}

static void run(struct workqueue *q, size_t index)
{
    struct error err = ERROR_INIT;
    _cleanup_free_ char *key = xstrdup(q->items[index].key);
    q->items[index].waiting = false;
    q->items[index].due_ns = 0;
    q->busy = true;
    int64_t result = q->config.reconcile(q->config.context, key, &err);
    q->busy = false;
    if (result < 0)
        log_debug("sim: queue %s: %s: %s", q->config.name, key, err.message ? err.message : "");
    struct item *item = item_at(q, key);
    if (result < 0 && !(q->config.hopeless && q->config.hopeless(&err)))
        workqueue_add_after(q, key, backoff_ms(q, item->failures++, &err));
    else
        item->failures = 0;
    if (result > 0)
        workqueue_add_after(q, key, result);
    error_done(&err);
}

static bool is_ready(const struct item *item, int64_t now)
{
    return item->waiting || (item->due_ns && item->due_ns <= now);
}

bool sim_queue_step(void)
{
    struct workqueue *chosen = NULL;
    size_t index = 0;
    uint64_t seen = 0;
    int64_t now = clock_monotonic_ns();
    for (struct list *l = queues.next; l != &queues; l = l->next) {
        struct workqueue *q = list_entry(l, struct workqueue, link);
        for (size_t i = 0; q->started && !q->busy && i < q->count; i++) {
            if (!is_ready(&q->items[i], now) || sim_random(++seen) != 0)
                continue;
            chosen = q;
            index = i;
        }
    }
    if (chosen)
        run(chosen, index);
    return chosen != NULL;
}

int64_t sim_queue_next_ns(void)
{
    int64_t next = INT64_MAX;
    for (struct list *l = queues.next; l != &queues; l = l->next) {
        const struct workqueue *q = list_entry(l, struct workqueue, link);
        for (size_t i = 0; q->started && i < q->count; i++)
            if (q->items[i].due_ns)
                next = MIN(next, q->items[i].due_ns);
    }
    return next;
}

const char *sim_queue_rest(const char *prefix, bool periodic)
{
    for (struct list *l = queues.next; l != &queues; l = l->next) {
        const struct workqueue *q = list_entry(l, struct workqueue, link);
        for (size_t i = 0; strncmp(q->config.name, prefix, strlen(prefix)) == 0 && i < q->count; i++)
            if (q->items[i].waiting || q->items[i].failures || (q->items[i].due_ns && !periodic))
                return q->items[i].key;
    }
    return "";
}
