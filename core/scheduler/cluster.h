/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler's picture of the cluster: nodes as compact structs with what is left of them, and of each pod
 * that takes place just its demand. A few hundred bytes a node and about a hundred a pod; no document is
 * kept.
 *
 * Not locked: the scheduler's one lock (scheduler.h) covers it.
 */
#ifndef KEELSON_SCHEDULER_CLUSTER_H
#define KEELSON_SCHEDULER_CLUSTER_H

#include "core/api/json.h"
#include "core/base/map.h"

/* Amounts of a pod or a node. cpu in thousandths, everything else in units or bytes. */
enum { AMOUNT_CPU, AMOUNT_MEMORY, AMOUNT_STORAGE, AMOUNT_PODS, AMOUNTS };
struct extended_amount {
    const char *name; /* interned for the life of the process */
    int64_t amount;
};
struct host_port {
    const char *ip; /* interned; "0.0.0.0": all */
    uint16_t port;
    uint8_t protocol; /* 'T', 'U', 'S' */
};
struct demand {
    int64_t amounts[AMOUNTS];
    int64_t scored_cpu,
        scored_memory; /* with upstream's defaults for containers that request nothing: 100m, 200Mi */
    uint16_t extended_count, ports_count;
    const struct extended_amount *extended;
    const struct host_port *ports;
};

struct taint {
    const char *key, *value;
    char effect; /* 'S' NoSchedule, 'P' PreferNoSchedule, 'E' NoExecute */
};
struct label {
    const char *key, *value;
};
struct node_image {
    const char *name; /* interned */
    int64_t size_bytes;
};

struct node {
    char *name;
    bool present; /* the Node object is known; without it the node only holds what runs on it */
    bool unschedulable;
    int64_t allocatable[AMOUNTS], used[AMOUNTS];
    int64_t scored_cpu, scored_memory; /* used, with defaults */
    struct extended_amount *extended, *extended_used;
    unsigned extended_count, extended_used_count, extended_used_capacity;
    struct taint *taints;
    unsigned taints_count;
    struct label *labels; /* sorted by key */
    unsigned labels_count;
    struct node_image *images;
    unsigned images_count;
    struct host_port *ports;
    unsigned ports_count, ports_capacity;
    unsigned index; /* in cluster.nodes while present */
    char *memory;   /* behind taints and labels */
};

/* A pod that takes place on a node: bound, or assumed while its binding is on the way. */
struct placed_pod {
    struct node *node;
    bool assumed;
    struct demand demand; /* its arrays follow the struct */
};

struct cluster {
    struct map *nodes_by_name; /* → struct node */
    struct node **nodes;       /* those that are present */
    unsigned nodes_count;
    size_t nodes_capacity;
    struct map *pods;    /* "ns/name" → struct placed_pod */
    struct map *images;  /* name → number of nodes that have it, as an intptr_t */
    unsigned next_start; /* where the next search for feasible nodes begins */
};
void cluster_init(struct cluster *c);
void cluster_done(struct cluster *c);
/* What changed, for waking up pods (queue.h's wake_*). */
unsigned cluster_set_node(struct cluster *c, const struct json *node);
void cluster_remove_node(struct cluster *c, const char *name);
/* Counts the pod on the node; replaces what was counted for that key. */
void cluster_place(struct cluster *c, const char *key, const char *node_name, const struct demand *demand,
                   bool assumed);
/* Returns whether it was counted. */
bool cluster_forget(struct cluster *c, const char *key);
const struct placed_pod *cluster_pod(const struct cluster *c, const char *key);
const char *node_label(const struct node *n, const char *key); /* NULL when absent */
int64_t node_extended(const struct node *n, const char *name, int64_t *ret_used);

/* One copy of each text, for ever: names of extended resources, images and addresses are few and repeat on
 * every node. Any thread. */
const char *intern(struct slice text);

#endif
