/* SPDX-License-Identifier: Apache-2.0 */
/* A profile (KubeSchedulerConfiguration): the pods of one schedulerName, and how they are scheduled. */
#ifndef KEELSON_SCHEDULER_PROFILE_H
#define KEELSON_SCHEDULER_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#define SCORES_MAX 16

/* How NodeResourcesFit scores. */
struct scoring {
    bool most_allocated;
    int64_t cpu_weight, memory_weight;
};
struct profile {
    char *name;                  /* owned */
    uint64_t filters_off;        /* a bit for each of filters[] */
    int64_t weights[SCORES_MAX]; /* of each of scores[]; 0: off */
    bool preempts;
    int64_t percentage_of_nodes; /* to look for; 0: by the cluster's size */
    struct scoring scoring;
};
/* Upstream's defaults. */
void profile_init(struct profile *p, const char *name);
void profile_done(struct profile *p);

#endif
