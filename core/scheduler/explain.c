/* SPDX-License-Identifier: Apache-2.0 */
/* Why a pod found no node, in upstream's words. */
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/scheduler/filter.h"

void reasons_add_many(struct reasons *r, const char *text, unsigned count)
{
    if (!r || count == 0)
        return;
    for (unsigned i = 0; i < r->count; i++)
        if (r->items[i].text == text || strcmp(r->items[i].text, text) == 0) {
            r->items[i].count += count;
            return;
        }
    if (r->count == r->capacity) {
        unsigned capacity = MAX(r->capacity * 2, 8u);
        struct reason_count *items = arena_alloc(r->arena, capacity * sizeof(*items));
        if (r->count)
            memcpy(items, r->items, r->count * sizeof(*items));
        r->items = items;
        r->capacity = capacity;
    }
    r->items[r->count++] = (struct reason_count){text, count};
}

void reasons_add(struct reasons *r, const char *text)
{
    reasons_add_many(r, text, 1);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *reasons_text(const struct reasons *r, unsigned nodes)
{
    struct buffer text = BUFFER_INIT;
    const char **lines = arena_alloc(r->arena, (r->count + 1) * sizeof(*lines));
    for (unsigned i = 0; i < r->count; i++)
        lines[i] = arena_printf(r->arena, "%u %s", r->items[i].count, r->items[i].text);
    qsort(lines, r->count, sizeof(*lines), by_text);
    buffer_printf(&text, "0/%u nodes are available:", nodes);
    for (unsigned i = 0; i < r->count; i++)
        buffer_printf(&text, "%s%s", i ? ", " : " ", lines[i]);
    buffer_append_str(&text, r->count ? "." : "");
    const char *kept = arena_strndup(r->arena, text.data, text.size);
    buffer_done(&text);
    return kept;
}

static void note_rejecter(struct diagnosis *d, const struct filter *f)
{
    d->wakes |= f->wakes;
    for (unsigned i = 0; i < filters_count; i++)
        if (filters[i] == f)
            d->rejecters |= UINT64_C(1) << i;
}

enum verdict cycle_judge(const struct cycle *c, const struct node *n, struct reasons *reasons,
                         struct diagnosis *d)
{
    for (unsigned f = 0; f < c->active_count; f++) {
        enum verdict verdict = c->active[f]->check(c, n, reasons);
        if (verdict == VERDICT_FITS)
            continue;
        note_rejecter(d, c->active[f]);
        return verdict;
    }
    return VERDICT_FITS;
}

/* It would do, were it not for those that were promised a place. */
static enum verdict judge_beside_nominated(const struct cycle *c, struct node *n, struct reasons *reasons,
                                           struct diagnosis *d)
{
    cycle_count_nominated(c, n, 1);
    enum verdict verdict = cycle_judge(c, n, reasons, d);
    cycle_count_nominated(c, n, -1);
    return verdict;
}

static void judge_node(const struct cycle *c, struct node *n, struct reasons *reasons, struct diagnosis *d)
{
    enum verdict verdict = cycle_judge(c, n, reasons, d);
    if (verdict == VERDICT_FITS)
        verdict = judge_beside_nominated(c, n, reasons, d);
    d->verdicts[n->index] = (uint8_t)verdict;
}

static void judge_pinned(const struct cycle *c, struct reasons *reasons, struct diagnosis *d)
{
    unsigned there = 0;
    memset(d->verdicts, VERDICT_UNRESOLVABLE, c->cluster->nodes_count);
    note_rejecter(d, &filter_node_affinity);
    for (unsigned i = 0; i < c->pinned_count; i++) {
        struct node *n = cluster_node(c->cluster, c->pinned[i]);
        there += n != NULL;
        if (n)
            judge_node(c, n, reasons, d);
    }
    reasons_add_many(reasons, "node(s) didn't satisfy plugin(s) [NodeAffinity]",
                     c->cluster->nodes_count - there);
}

void cycle_explain(struct cycle *c, struct diagnosis *ret)
{
    struct reasons reasons = {.arena = c->arena};
    unsigned count = c->cluster->nodes_count;
    *ret = (struct diagnosis){.wakes = WAKE_NODE_ADDED};
    if (count == 0) {
        ret->text = "no nodes available to schedule pods";
        return;
    }
    if (c->refused) {
        note_rejecter(ret, c->refused_by);
        ret->text = arena_printf(c->arena, "0/%u nodes are available: %s.", count, c->refused);
        return;
    }
    ret->verdicts = arena_alloc0(c->arena, count);
    if (c->pinned)
        judge_pinned(c, &reasons, ret);
    else
        for (unsigned i = 0; i < count; i++)
            judge_node(c, c->cluster->nodes[i], &reasons, ret);
    ret->text = reasons_text(&reasons, count);
}
