/* SPDX-License-Identifier: Apache-2.0 */
/* The default profile. */
#include "core/scheduler/profile.h"

#include "core/base/memory.h"
#include "core/scheduler/score.h"

void profile_init(struct profile *p, const char *name)
{
    *p = (struct profile){
        .name = xstrdup(name), .preempts = true, .scoring = {.cpu_weight = 1, .memory_weight = 1}};
    require(scores_count <= SCORES_MAX);
    for (unsigned s = 0; s < scores_count; s++)
        p->weights[s] = scores[s]->weight;
}

void profile_done(struct profile *p)
{
    free(p->name);
    *p = (struct profile){0};
}
