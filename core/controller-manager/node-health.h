/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node life cycle controller's parts. A struct node_record is what is known of a node beyond its object:
 * when it was last heard of, by this process' clock. The records belong to the controller's lock;
 * controller-node-lifecycle.c feeds them and does the periodic round, node-taints.c writes taints,
 * node-zones.c says how fast.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_NODE_HEALTH_H
#define KEELSON_CONTROLLER_MANAGER_NODE_HEALTH_H

#include <pthread.h>

#include "core/controller-manager/controller.h"

#define TAINT_NOT_READY   "node.kubernetes.io/not-ready"
#define TAINT_UNREACHABLE "node.kubernetes.io/unreachable"

enum node_ready { NODE_READY_ABSENT, NODE_READY_TRUE, NODE_READY_FALSE, NODE_READY_UNKNOWN };

struct node_record {
    int64_t heard_ns; /* monotonic: a heartbeat or another change of the status */
    char *heartbeat,
        *renewed; /* as last seen: the Ready condition's lastHeartbeatTime, the lease's renewTime */
    char *zone;   /* "region:zone" labels together */
    enum node_ready ready;
};

/* How a zone's nodes may be given NoExecute taints: at first freely, then one in so many seconds, or not at
 * all. */
enum zone_state { ZONE_NORMAL, ZONE_PARTIAL, ZONE_FULL };
struct zone {
    enum zone_state state;
    double rate;     /* nodes a second */
    int64_t next_ns; /* monotonic: when the next may be tainted */
};

struct node_lifecycle {
    struct client *client, *reader;
    const struct manager_options *options;
    const struct resource *nodes_resource, *pods_resource, *leases_resource;
    struct informer *nodes, *pods, *leases;
    struct workqueue *taint_queue;   /* of nodes: taints and pods as the conditions say */
    struct workqueue *monitor_queue; /* one key: the round over all nodes */
    struct event_recorder *events;
    pthread_mutex_t lock; /* guards what follows */
    struct map *records;  /* struct node_record by node */
    struct map *zones;    /* struct zone */
    bool all_down;        /* every zone is without a ready node: more likely our own trouble */
};

/* node-zones.c; under the lock. Counts the nodes by zone and sets states and rates. Returns whether all_down
 * changed. */
bool node_zones_update(struct node_lifecycle *c);
/* 0: a node of the zone may be tainted now, and its turn is taken; > 0: in so many milliseconds. */
int64_t node_zones_turn(struct node_lifecycle *c, const char *zone);

/* node-taints.c: makes the node's taints what its conditions ask for. > 0: look again after so many
 * milliseconds. */
int64_t node_taints_sync(struct node_lifecycle *c, const char *node, struct error *err);
enum node_ready node_ready_of(const struct json *node);

#endif
