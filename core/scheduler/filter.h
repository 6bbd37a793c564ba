/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters say on which nodes a pod can run, in upstream's order; a row each in filter.c, one file each.
 */
#ifndef KEELSON_SCHEDULER_FILTER_H
#define KEELSON_SCHEDULER_FILTER_H

#include "core/scheduler/cycle.h"

/* What a filter finds when it looks at the pod alone. REFUSE: no node will do; the cycle's `refused` says
 * why.
 */
enum outlook { OUTLOOK_SKIP, OUTLOOK_CHECK, OUTLOOK_REFUSE };

/* Something that happened. */
struct event {
    unsigned wakes;          /* enum wake */
    const struct node *node; /* that was added or changed, or that the pod was on; NULL: not known */
    const struct pod *pod;   /* that came, changed or went */
};

struct filter {
    const char *name;                         /* upstream's plugin name */
    enum outlook (*prepare)(struct cycle *c); /* NULL: always checks */
    /* reasons NULL: the first that is found is enough; else all are added, static or in reasons->arena:
     * "Insufficient cpu", "node(s) were unschedulable". */
    enum verdict (*check)(const struct cycle *c, const struct node *n, struct reasons *reasons);
    unsigned wakes; /* what could change the answer */
    /* Might the event, which is one of the wakes, change it? cycle is not prepared. NULL: any might. */
    bool (*helps)(const struct cycle *c, const struct event *e);
};
extern const struct filter filter_node_unschedulable, filter_node_name, filter_taint_toleration,
    filter_node_affinity, filter_node_ports, filter_node_resources, filter_topology_spread,
    filter_pod_affinity;
extern const struct filter *const filters[];
extern const unsigned filters_count;

/* For `helps` of filters that need no preparation: would the node do now? */
bool filter_accepts_node(const struct filter *f, const struct cycle *c, const struct event *e);

/* node-selector.c. Does the node have what spec.nodeSelector and the required node affinity ask for? */
bool node_selected(const struct pod_class *c, const struct node *n);
/* One nodeSelectorTerm: all of matchExpressions and matchFields; an empty term matches nothing. */
bool node_matches_term(const struct node *n, const struct json *term);
/* Does it have a taint, of those that keep pods away, that the pod does not tolerate? */
bool node_repels(const struct pod_class *c, const struct node *n);

#endif
