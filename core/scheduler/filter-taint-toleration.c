/* SPDX-License-Identifier: Apache-2.0 */
/* TaintToleration: every NoSchedule and NoExecute taint must be tolerated. */
#include "core/scheduler/filter.h"
#include "core/scheduler/queue.h"

static unsigned refuses(const struct pod_request *r, const struct node *n)
{
    for (unsigned i = 0; i < n->taints_count && i < 62; i++)
        if (n->taints[i].effect != 'P' && !tolerates(r, &n->taints[i]))
            return i + 1;
    return 0;
}

static const char *reason(const struct pod_request *r, const struct node *n, unsigned refusal)
{
    const struct taint *t = &n->taints[refusal - 1];
    return arena_printf(r->arena, "node(s) had untolerated taint {%s: %s}", t->key, t->value);
}

const struct filter filter_taint_toleration = {.name = "TaintToleration",
                                               .refuses = refuses,
                                               .reason = reason,
                                               .wakes = WAKE_NODE_ADDED | WAKE_NODE_TAINTS};
