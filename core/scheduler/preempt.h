/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DefaultPreemption: a pod that found no node may take the place of less urgent ones. What is decided here is
 * which; evict.c makes them go. Deciding thread only.
 */
#ifndef KEELSON_SCHEDULER_PREEMPT_H
#define KEELSON_SCHEDULER_PREEMPT_H

#include "core/scheduler/budgets.h"
#include "core/scheduler/cycle.h"

/* On one node those that must go, so that the pod fits. */
struct victims {
    struct node *node;          /* NULL: none was found */
    struct pod **pods;          /* in the cycle's arena, the most important first */
    unsigned count, violations; /* violations: of them, against budgets */
};
/* budgets: of PodDisruptionBudgets; NULL: there are none. Finds the node where the least is lost. Else
 * ret->node is NULL and the answer says why, in upstream's words; *ret_keep: the pod keeps the node that it
 * was promised, since others are leaving it already. */
const char *preempt(struct cycle *c, const struct diagnosis *d, struct informer *budgets, struct victims *ret,
                    bool *ret_keep);

#endif
