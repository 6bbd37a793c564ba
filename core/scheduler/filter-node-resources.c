/* SPDX-License-Identifier: Apache-2.0 */
/* NodeResourcesFit: what the pod requests is left on the node. */
#include "core/scheduler/filter.h"
#include "core/scheduler/queue.h"

#define EXTENDED_BASE (AMOUNTS + 1) /* refusals by extended resource number i are EXTENDED_BASE + i */

static unsigned refuses(const struct pod_request *r, const struct node *n)
{
    const struct demand *d = &r->demand;
    if (n->used[AMOUNT_PODS] + 1 > n->allocatable[AMOUNT_PODS])
        return AMOUNT_PODS + 1;
    for (unsigned i = 0; i < AMOUNT_PODS; i++)
        if (d->amounts[i] > 0 && d->amounts[i] > n->allocatable[i] - n->used[i])
            return i + 1;
    for (unsigned i = 0; i < d->extended_count && i < 32; i++) {
        int64_t used, allocatable = node_extended(n, d->extended[i].name, &used);
        if (d->extended[i].amount > allocatable - used)
            return EXTENDED_BASE + i;
    }
    return 0;
}

static const char *reason(const struct pod_request *r, const struct node *n, unsigned refusal)
{
    static const char *const reasons[] = {[AMOUNT_CPU] = "Insufficient cpu",
                                          [AMOUNT_MEMORY] = "Insufficient memory",
                                          [AMOUNT_STORAGE] = "Insufficient ephemeral-storage",
                                          [AMOUNT_PODS] = "Too many pods"};
    if (refusal < EXTENDED_BASE)
        return reasons[refusal - 1];
    return arena_printf(r->arena, "Insufficient %s", r->demand.extended[refusal - EXTENDED_BASE].name);
}

const struct filter filter_node_resources = {.name = "NodeResourcesFit",
                                             .refuses = refuses,
                                             .reason = reason,
                                             .wakes = WAKE_NODE_ADDED | WAKE_NODE_AMOUNTS | WAKE_POD_GONE};
