/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler's picture of the cluster: nodes as compact structs with what is left of them, and the pods,
 * those that take place and those that wait. A few hundred bytes a node and about two hundred a pod; no
 * document is kept.
 *
 * Not locked: all of it belongs to the deciding thread (scheduler.h).
 */
#ifndef KEELSON_SCHEDULER_CLUSTER_H
#define KEELSON_SCHEDULER_CLUSTER_H

#include "core/base/list.h"
#include "core/base/map.h"
#include "core/scheduler/node.h"
#include "core/scheduler/queue.h"

struct node {
    char *name;
    bool present;   /* the Node object is known; without it the node only holds what runs on it */
    unsigned index; /* in cluster.nodes while present */
    struct node_facts facts;
    int64_t used[AMOUNTS];
    int64_t scored_cpu, scored_memory; /* used, with defaults */
    struct extended_amount *extended_used;
    unsigned extended_used_count, extended_used_capacity;
    struct host_port *ports;
    unsigned ports_count, ports_capacity;
    struct list pods;      /* struct pod.on_node: those that take place here */
    struct list nominated; /* struct pod.nomination: those that wait for others to leave this node */
};

struct pod {
    struct pod_class *class;
    struct node *node;      /* where it takes place; NULL: it waits */
    struct node *nominated; /* where room is being made for it; NULL: nowhere */
    struct list on_node, nomination;
    struct list affine;       /* in cluster.affine while placed, if it has terms about other pods */
    struct queue_entry queue; /* while it waits */
    int64_t started_ms;       /* status.startTime; 0: not yet */
    uint64_t told;            /* hash of what its condition says of why it waits; 0: nothing */
    uint64_t nominated_told;  /* hash of status.nominatedNodeName as the server has it; 0: none */
    bool assumed;             /* placed by us, and the server has not said so yet */
    bool leaving;             /* is being deleted */
    bool evicted;             /* by us, for another; until it goes */
    const char *name, *uid;   /* in key's memory */
    char key[];               /* "namespace/name" */
};

struct cluster {
    struct map *nodes_by_name; /* → struct node */
    struct node **nodes;       /* those that are present, zones in turn */
    unsigned nodes_count;
    size_t nodes_capacity;
    bool nodes_unordered;   /* nodes came or went since their zones were put in turn */
    struct map *pods;       /* key → struct pod */
    struct map *namespaces; /* name → struct labels */
    struct list affine;     /* placed pods with (anti-)affinity */
    struct map *images;     /* image_hash in hexadecimal → number of nodes that have it, as an intptr_t */
    unsigned next_start;    /* where the next search for feasible nodes begins */
    uint64_t version;       /* another after each change that a decision could depend on */
    uint64_t dice;          /* state of what chooses among equals */
};
void cluster_init(struct cluster *c);
void cluster_done(struct cluster *c);

/* Takes the facts over. Returns the changes (enum wake). */
unsigned cluster_set_node(struct cluster *c, const char *name, struct node_facts *facts);
void cluster_remove_node(struct cluster *c, const char *name);
struct node *cluster_node(const struct cluster *c, const char *name); /* NULL unless present */
/* Puts nodes of different zones in turn, as upstream looks at them, when that is due. */
void cluster_order_nodes(struct cluster *c);

struct pod *cluster_pod(const struct cluster *c, const char *key); /* NULL when unknown */
/* A pod that waits; takes the reference to its class over. */
struct pod *cluster_add_pod(struct cluster *c, const char *key, const char *uid, struct pod_class *class_);
/* It takes another class' shape, in place; takes the reference over. */
void cluster_set_class(struct cluster *c, struct pod *p, struct pod_class *class_);
void cluster_remove_pod(struct cluster *c, struct pod *p);
/* It takes place on the node, which need not be present. */
void cluster_place(struct cluster *c, struct pod *p, const char *node_name);
void cluster_unplace(struct cluster *c, struct pod *p);
/* node_name NULL or "": nowhere. */
void cluster_nominate(struct cluster *c, struct pod *p, const char *node_name);
/* For trying out what would be: a placed pod steps aside and comes back, or another one is counted in its
 * absence. Must be undone in reverse before anything else changes. */
void cluster_step_aside(struct cluster *c, struct pod *p);
void cluster_step_back(struct cluster *c, struct pod *p);
void node_use(struct node *n, const struct demand *d, int64_t sign);

/* Takes the labels over. */
void cluster_set_namespace(struct cluster *c, const char *name, struct labels *labels);
void cluster_remove_namespace(struct cluster *c, const char *name);
const struct labels *cluster_namespace(const struct cluster *c, const char *name); /* NULL when unknown */
unsigned cluster_image_nodes(const struct cluster *c, uint64_t hash);              /* how many have it */
int64_t node_extended(const struct node *n, const char *name, int64_t *ret_used);

#endif
