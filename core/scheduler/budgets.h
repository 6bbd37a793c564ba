/* SPDX-License-Identifier: Apache-2.0 */
/* PodDisruptionBudgets, as preemption looks at them. */
#ifndef KEELSON_SCHEDULER_BUDGETS_H
#define KEELSON_SCHEDULER_BUDGETS_H

#include "core/client/informer.h"
#include "core/scheduler/cluster.h"

struct budgets;
/* What the informer knows of now; informer NULL: no budgets. */
struct budgets *budgets_read(struct informer *informer);
void budgets_free(struct budgets *b); /* NULL is fine */
/* Begins to count anew: for another node. */
void budgets_reset(struct budgets *b);
/* Counts the pod's going against the budgets that are about it. Returns whether one is overdrawn. */
bool budgets_take(struct budgets *b, const struct pod *p);

#endif
