/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One scheduling cycle: one pod is held against all nodes. What filters and scores found out beforehand and
 * share from node to node stands here. Deciding thread only; all memory is the arena's.
 */
#ifndef KEELSON_SCHEDULER_CYCLE_H
#define KEELSON_SCHEDULER_CYCLE_H

#include "core/scheduler/cluster.h"
#include "core/scheduler/profile.h"

#define FILTERS_MAX 16

/* What a filter says of a node. RESOLVABLE: it would do if other pods left it; UNRESOLVABLE: that would not
 * help. */
enum verdict { VERDICT_FITS, VERDICT_RESOLVABLE, VERDICT_UNRESOLVABLE };
struct filter;
struct spread_state;
struct affinity_state;
struct cycle {
    struct cluster *cluster;
    const struct profile *profile;
    const struct pod_class *class;
    const struct pod *pod; /* itself; NULL: not in the picture (tests) */
    const char *node_name; /* the node that the pod names; NULL: none */
    struct arena *arena;
    /* cycle_prepare: the filters that have something to say about this pod */
    const struct filter *active[FILTERS_MAX];
    unsigned active_count;
    const char *const *pinned; /* names of the only nodes that come into question; NULL: all */
    unsigned pinned_count;
    const char *refused; /* why no node will do, whatever it is like; NULL: it depends */
    const struct filter *refused_by;
    struct spread_state *spread;     /* filter-topology-spread.c */
    struct affinity_state *affinity; /* filter-pod-affinity.c */
};
struct cycle cycle_of(struct cluster *cluster, const struct profile *profile, const struct pod_class *class_,
                      const struct pod *pod, struct arena *arena);
/* Lets each filter look at the pod and the cluster. Again after the picture changed. */
void cycle_prepare(struct cycle *c);
/* Will the node do, also if those that were promised a place on it and are as urgent take it? */
bool cycle_fits(struct cycle *c, struct node *n);
/* Counts, or no longer counts, those that were promised a place on the node and go before the pod as if they
 * had taken it. Returns how many. */
unsigned cycle_count_nominated(const struct cycle *c, struct node *n, int64_t sign);
/* The node for the pod, NULL when there is none. Prepares. */
struct node *cycle_decide(struct cycle *c);

/* Counted reasons, put together as upstream does: "0/3 nodes are available: 1 a, 2 b." */
struct reasons {
    struct arena *arena;
    struct reason_count {
        const char *text;
        unsigned count;
    } * items;
    unsigned count, capacity;
};
void reasons_add(struct reasons *r, const char *text);
void reasons_add_many(struct reasons *r, const char *text, unsigned count);
const char *reasons_text(const struct reasons *r, unsigned nodes);

/* Why no node will do, after cycle_decide found none. */
struct diagnosis {
    const char *text;   /* "0/3 nodes are available: 1 Insufficient cpu, …" in the arena */
    unsigned wakes;     /* what could help */
    uint64_t rejecters; /* the filters that refused a node, by their place in filters[], a bit each */
    uint8_t *verdicts;  /* enum verdict of each of cluster.nodes; NULL when all were refused at once */
};
/* Asks the filters in turn about a node: the first that turns it down notes all that it has against it, and
 * what could help. */
enum verdict cycle_judge(const struct cycle *c, const struct node *n, struct reasons *reasons,
                         struct diagnosis *d);
void cycle_explain(struct cycle *c, struct diagnosis *ret);

#endif
