/* SPDX-License-Identifier: Apache-2.0 */
/* NodeResourcesFit's score: by the share of cpu and memory that would be left (LeastAllocated, the default),
 * or the share that would be used (MostAllocated). Pods that request nothing count for a little. */
#include "core/base/memory.h"
#include "core/scheduler/score.h"

static int64_t share(int64_t wanted, int64_t allocatable, bool most)
{
    if (most)
        return MIN(wanted, allocatable) * SCORE_MAX / allocatable;
    return wanted > allocatable ? 0 : (allocatable - wanted) * SCORE_MAX / allocatable;
}

static int64_t score_node(const struct cycle *c, const struct node *n)
{
    const struct demand *d = &c->class->demand;
    const struct scoring *s = &c->profile->scoring;
    int64_t cpu = n->facts.allocatable[AMOUNT_CPU], memory = n->facts.allocatable[AMOUNT_MEMORY];
    int64_t sum = 0, weights = 0;
    if (cpu > 0) {
        sum += s->cpu_weight * share(n->scored_cpu + d->scored_cpu, cpu, s->most_allocated);
        weights += s->cpu_weight;
    }
    if (memory > 0) {
        sum += s->memory_weight * share(n->scored_memory + d->scored_memory, memory, s->most_allocated);
        weights += s->memory_weight;
    }
    return weights ? sum / weights : 0;
}

static bool score(const struct cycle *c, struct node *const *nodes, unsigned count, int64_t *out)
{
    for (unsigned i = 0; i < count; i++)
        out[i] = score_node(c, nodes[i]);
    return true;
}

const struct score score_resources = {.name = "NodeResourcesFit", .weight = 1, .score = score};
