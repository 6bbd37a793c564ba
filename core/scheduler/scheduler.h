/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler: one thread decides, one pod after another, on the compact picture of the cluster; bindings
 * and reports travel on a pool of workers meanwhile. A decision is assumed at once and taken back if its
 * binding fails, so that deciding never waits for the API server.
 */
#ifndef KEELSON_SCHEDULER_SCHEDULER_H
#define KEELSON_SCHEDULER_SCHEDULER_H

#include <pthread.h>

#include "core/base/workers.h"
#include "core/client/events.h"
#include "core/client/informer.h"
#include "core/daemon/elected.h"
#include "core/scheduler/queue.h"
#include "core/scheduler/request.h"

struct scheduler_options {
    struct election_options election;
    char *kubeconfig, *bind_address, *scheduler_name, *ignored;
    int64_t port, initial_backoff_s, max_backoff_s, percentage_of_nodes, binders, ignored_integer;
    bool ignored_bool;
};

struct scheduler {
    const struct scheduler_options *options;
    struct client *client;
    struct informer *pods, *nodes;
    struct queue *queue;
    struct event_recorder *events;
    struct workers *binders;
    unsigned long thread;
    bool running;
    pthread_mutex_t lock; /* cluster */
    struct cluster cluster;
    /* counted by the deciding thread and the binders */
    _Atomic uint64_t decided, unschedulable, bound, bind_failures;
};
/* Begins to schedule: informers first, then the deciding thread. */
struct scheduler *scheduler_start(struct client *client, const struct scheduler_options *options);
void scheduler_stop(struct scheduler *s);
void scheduler_metrics(struct scheduler *s, struct buffer *out);

/* watch.c: what the informers tell. */
void watch_start(struct scheduler *s);

/* cycle.c: decides about one pod. Deciding thread only. */
void cycle_run(struct scheduler *s, const char *key);
/* The node for the pod, NULL when there is none. Under the lock. Exported for tests. */
struct node *cycle_decide(struct cluster *c, const struct pod_request *r, int64_t percentage_of_nodes);
/* "0/3 nodes are available: 1 Insufficient cpu, …", in the arena, and the wakes that could help. Under the
 * lock. */
const char *cycle_explain(struct cluster *c, const struct pod_request *r, unsigned *ret_wakes);

/* bind.c: jobs for the workers. */
void bind_submit(struct scheduler *s, const struct pod_request *r, const char *node);
void bind_report_failure(struct scheduler *s, const struct pod_request *r, const char *message);

#endif
