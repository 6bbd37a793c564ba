/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service controller's own parts. A key ("namespace/name") goes from the informer's handler to the desk,
 * which decides whose it is and asks no cloud, and from there to the queue of its cloud, so that one that
 * hangs slows no other. A record is worked on by one thread at a time: a load balancer that moves from one
 * cloud to another is with one of them at any moment, and each write that takes or gives it is valid for the
 * version of the Service that was looked at only.
 */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_SERVICE_CONTROLLER_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_SERVICE_CONTROLLER_H

#include <pthread.h>

#include "core/base/map.h"
#include "core/client/workqueue.h"
#include "core/cloud-controller-manager/controllers.h"
#include "core/cloud-controller-manager/service-call.h"
#include "core/cloud-controller-manager/service-choice.h"

struct service_controller;

/* What this process knows of a Service that has, had or wants a load balancer. Fields are read and written
 * under the controller's lock; between service_record_take and _give_back those after `busy` belong to who
 * took it, but that only `holder` and `gone` may be looked at by others. */
struct service_record {
    bool dirty;       /* ensure() is due; the handler sets it, who took the record clears it */
    bool paced;       /* it was there when we started: no hurry */
    int64_t place_ms; /* among those that are in no hurry, monotonic; the desk's alone, which forgets records,
                         too */
    bool busy;
    int holder;          /* the cloud that holds one as far as we know, or SERVICE_NO_CLOUD */
    struct cached *gone; /* the Service as it was, when it went while its load balancer was there */
    bool ensured;        /* by this process, with nodes of this signature */
    bool announced;      /* the event that begins the operation was told */
    uint64_t nodes_signature;
    uint64_t written;          /* the revision of our last write to it: what is older is not looked at */
    struct service_call *late; /* one that did not come back in time */
};

enum { SERVICE_SYNC_OK, SERVICE_SYNC_PENDING, SERVICE_SYNC_FAILED, SERVICE_SYNC_RESULTS };

/* What the controller has of a cloud; only of those that offer load balancers. */
struct balancer {
    struct service_controller *controller;
    const struct provider *provider;
    const struct keelson_cloud_loadbalancers_v1 *functions; /* NULL: it offers none */
    int index;
    struct node_source *nodes;
    char *queue_name; /* as metrics have it */
    struct workqueue *queue;
    atomic_uint told;          /* which opening of the plugin was told what it gave out; 0: none */
    atomic_uint ensuring;      /* who may be about to have it give out more, and to write that down */
    struct service_call *late; /* a telling that did not come back in time; whose worker it is, tells */
    int64_t next_start_ms; /* when the next Service that was there at the start is due; the desk's thread */
    atomic_uint_fast64_t calls[SERVICE_OPERATIONS][SERVICE_SYNC_RESULTS];
};

struct service_controller {
    const struct cloud_context *context;
    struct event_recorder *events;
    struct service_clouds clouds;
    struct balancer *balancers; /* by provider index */
    struct workqueue *desk;
    atomic_bool begun;
    int64_t begun_ms;     /* written before begun */
    pthread_mutex_t lock; /* below */
    struct map *records;  /* key → struct service_record */
    bool stopping;
};

/* NULL: there is none, or it is being worked on (*ret_busy). Clears dirty into *ret_dirty. */
struct service_record *service_record_take(struct service_controller *c, const char *key, bool *ret_dirty,
                                           bool *ret_busy);
void service_record_give_back(struct service_controller *c, struct service_record *r, bool dirty);
void service_record_set_holder(struct service_controller *c, struct service_record *r, int holder);

/* Has the key looked at anew. Any thread. */
void service_desk_add(struct service_controller *c, const char *key);

/* service-learn.c: tells a cloud whose only record is the Services' status of each Service that may have a
 * load balancer of its (KEELSON_LOADBALANCERS_RECORD_IS_STATUS). A result as that of a queue's reconcile. */
int64_t balancer_learn(struct balancer *b, struct error *err);
/* Whether its only record is the Services' status. */
bool balancer_keeps_no_record(const struct balancer *b);
/* Whether it needs no telling, or was told since it was last opened: nothing else is asked of it before. */
bool balancer_has_learned(const struct balancer *b);

/* service-sync.c: one key of a balancer's queue, or one of these. No key of a Service looks so. */
#define NODES_KEY "nodes" /* the set of nodes may have changed */
#define LEARN_KEY "learn" /* first of all, where it is needed */
int64_t balancer_reconcile(void *balancer, const char *key, struct error *err);

#endif
