/* SPDX-License-Identifier: Apache-2.0 */
/* One scheduling cycle: filter, score, pick, assume. */
#include <stdlib.h>

#include "core/api/object.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/scheduler/filter.h"
#include "core/scheduler/scheduler.h"
#include "core/scheduler/score.h"

#define NODES_MIN 100u

/* In large clusters it is enough to find some nodes that will do (upstream's numFeasibleNodesToFind). */
static unsigned nodes_to_find(unsigned count, int64_t percentage)
{
    if (count < NODES_MIN)
        return count;
    if (percentage == 0)
        percentage = MAX(50 - (int64_t)count / 125, 5);
    unsigned wanted = (unsigned)((uint64_t)count * (uint64_t)MIN(percentage, 100) / 100);
    return MAX(wanted, NODES_MIN);
}

static bool will_do(const struct pod_request *r, const struct node *n)
{
    for (unsigned f = 0; f < filters_count; f++)
        if (filters[f]->refuses(r, n))
            return false;
    return true;
}

/* Starts where the last search ended, so that all nodes get their turn. */
static unsigned find_nodes(struct cluster *c, const struct pod_request *r, unsigned wanted,
                           struct node **found)
{
    unsigned count = 0, looked = 0;
    for (; looked < c->nodes_count && count < wanted; looked++) {
        struct node *n = c->nodes[(c->next_start + looked) % c->nodes_count];
        if (will_do(r, n))
            found[count++] = n;
    }
    if (c->nodes_count)
        c->next_start = (c->next_start + looked) % c->nodes_count;
    return count;
}

/* Of the best ones any, with the same chance for each. */
static struct node *pick(struct node *const *nodes, const int64_t *totals, unsigned count)
{
    struct node *best = NULL;
    int64_t best_total = -1;
    unsigned ties = 0;
    for (unsigned i = 0; i < count; i++) {
        if (totals[i] < best_total)
            continue;
        ties = totals[i] > best_total ? 1 : ties + 1;
        best_total = totals[i];
        if (ties == 1 || random_below(ties) == 0)
            best = nodes[i];
    }
    return best;
}

struct node *cycle_decide(struct cluster *c, const struct pod_request *r, int64_t percentage_of_nodes)
{
    unsigned wanted = nodes_to_find(c->nodes_count, percentage_of_nodes);
    struct node **found = arena_alloc(r->arena, (wanted + 1) * sizeof(*found));
    unsigned count = find_nodes(c, r, wanted, found);
    if (count <= 1)
        return count ? found[0] : NULL;
    int64_t *totals = arena_alloc(r->arena, count * sizeof(*totals)),
            *scratch = arena_alloc(r->arena, count * sizeof(*scratch));
    score_nodes(c, r, found, count, totals, scratch);
    return pick(found, totals, count);
}

struct reason_count {
    const char *text;
    unsigned count;
};

static void count_reason(struct reason_count *reasons, unsigned *count, const char *text)
{
    for (unsigned i = 0; i < *count; i++)
        if (strcmp(reasons[i].text, text) == 0) {
            reasons[i].count++;
            return;
        }
    if (*count < 64)
        reasons[(*count)++] = (struct reason_count){text, 1};
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *join(struct arena *arena, unsigned nodes, const struct reason_count *reasons,
                        unsigned count)
{
    const char *lines[64];
    struct buffer text = BUFFER_INIT;
    for (unsigned i = 0; i < count; i++)
        lines[i] = arena_printf(arena, "%u %s", reasons[i].count, reasons[i].text);
    qsort(lines, count, sizeof(*lines), by_text);
    buffer_printf(&text, "0/%u nodes are available: ", nodes);
    for (unsigned i = 0; i < count; i++)
        buffer_printf(&text, "%s%s", i ? ", " : "", lines[i]);
    buffer_append_char(&text, '.');
    const char *kept = arena_strndup(arena, text.data, text.size);
    buffer_done(&text);
    return kept;
}

const char *cycle_explain(struct cluster *c, const struct pod_request *r, unsigned *ret_wakes)
{
    struct reason_count reasons[64];
    unsigned count = 0;
    *ret_wakes = WAKE_NODE_ADDED;
    for (unsigned i = 0; i < c->nodes_count; i++)
        for (unsigned f = 0; f < filters_count; f++) {
            unsigned refusal = filters[f]->refuses(r, c->nodes[i]);
            if (!refusal)
                continue;
            count_reason(reasons, &count, filters[f]->reason(r, c->nodes[i], refusal));
            *ret_wakes |= filters[f]->wakes;
            break;
        }
    return c->nodes_count ? join(r->arena, c->nodes_count, reasons, count)
                          : "no nodes available to schedule pods";
}

static void decide(struct scheduler *s, const struct pod_request *r)
{
    const char *why = NULL;
    unsigned wakes = 0;
    pthread_mutex_lock(&s->lock);
    struct node *n = cycle_decide(&s->cluster, r, s->options->percentage_of_nodes);
    const char *name = n ? arena_strdup(r->arena, n->name) : NULL;
    if (n)
        cluster_place(&s->cluster, r->key, name, &r->demand, true);
    else
        why = cycle_explain(&s->cluster, r, &wakes);
    pthread_mutex_unlock(&s->lock);
    if (name) {
        s->decided++;
        bind_submit(s, r, name);
        return;
    }
    s->unschedulable++;
    queue_fail(s->queue, r->key, wakes);
    bind_report_failure(s, r, why);
}

void cycle_run(struct scheduler *s, const char *key)
{
    struct arena arena = ARENA_INIT;
    struct pod_request r;
    _cleanup_(cleanup_cached_unref) struct cached *cached = informer_get(s->pods, key);
    struct json *pod = cached ? cached_parse(cached, &arena) : NULL;
    if (!pod || object_is_deleted(pod)) {
        queue_done(s->queue, key);
    } else {
        pod_request_fill(&r, &arena, pod, key);
        if (*r.node_name)
            queue_done(s->queue, key);
        else
            decide(s, &r);
    }
    arena_done(&arena);
}
