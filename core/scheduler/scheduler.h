/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler: one thread decides, one pod after another, on a compact picture of the cluster that belongs
 * to it alone. Informers and workers leave notes in its inbox; bindings, reports and evictions travel on a
 * pool of workers. A decision is assumed at once and taken back if its binding fails, so that deciding never
 * waits for the API server.
 *
 *     informers ──notes──▶ inbox ──▶ picture, queue ──▶ cycle ──▶ workers ──▶ API server
 *                            ▲                                      │ what failed
 *                            └──────────────────────────────────────┘
 */
#ifndef KEELSON_SCHEDULER_SCHEDULER_H
#define KEELSON_SCHEDULER_SCHEDULER_H

#include "core/base/workers.h"
#include "core/client/events.h"
#include "core/client/informer.h"
#include "core/scheduler/config.h"
#include "core/scheduler/cycle.h"
#include "core/scheduler/filter.h"
#include "core/scheduler/inbox.h"
#include "core/scheduler/metrics.h"
#include "core/scheduler/preempt.h"

enum { WATCH_NODES, WATCH_PODS, WATCH_NAMESPACES, WATCH_BUDGETS, WATCHES };

/* Why the last pod found no node. The next of its class finds none either, as long as nothing changed: when
 * one place becomes free, thousands may wait for it. */
struct failure {
    struct pod_class *class; /* a reference; NULL: none */
    uint64_t version;        /* of the picture */
    char *text;
    unsigned wakes;
    uint64_t rejecters;
};

struct scheduler {
    const struct scheduler_config *config;
    struct client *client;
    struct informer *informers[WATCHES];
    struct event_recorder **events; /* of each profile */
    struct workers *workers;
    unsigned long thread;
    struct inbox inbox;
    struct metrics metrics;
    /* The deciding thread's. */
    struct cluster cluster;
    struct queue queue;
    struct failure failure;
    unsigned synced; /* informers that have listed */
};
/* Begins to schedule: informers first, then the deciding thread. config outlives it. */
struct scheduler *scheduler_start(struct client *client, const struct scheduler_config *config);
void scheduler_stop(struct scheduler *s);
/* Any thread. */
bool scheduler_synced(const struct scheduler *s);
void scheduler_metrics(const struct scheduler *s, struct buffer *out);

/* watch.c: informers whose news go to the inbox. */
void watch_start(struct scheduler *s);

/* picture.c. Deciding thread. */
struct pod_note {
    struct note note;
    struct pod_class *class; /* NULL: the pod is gone */
    bool leaving, evicted;
    int64_t started_ms;
    uint64_t told;
    const char *node, *nominated, *uid, *key; /* behind the struct */
};
void picture_apply_pod(struct scheduler *s, struct note *n);
struct node_note {
    struct note note;
    struct node_facts facts;
    bool gone;
    char name[];
};
void picture_apply_node(struct scheduler *s, struct note *n);
struct namespace_note {
    struct note note;
    struct labels labels;
    bool gone;
    char name[];
};
void picture_apply_namespace(struct scheduler *s, struct note *n);
uint64_t nomination_hash(const char *node); /* as struct pod.nominated_told */
/* Something happened that may help pods that are asleep. */
void picture_tell(struct scheduler *s, const struct event *e);
const struct profile *picture_profile(const struct scheduler *s,
                                      const struct pod_class *class_); /* NULL: not ours */

/* attempt.c: one attempt to place a pod that was taken from the queue. Deciding thread. */
void attempt_run(struct scheduler *s, struct pod *p);
void failure_done(struct failure *f);

/* bind.c, report.c, evict.c: jobs for the workers, handed over by the deciding thread. */
void bind_submit(struct scheduler *s, const struct pod *p, int64_t began_ns);
struct report {
    const char *reason;    /* "Unschedulable", "SchedulerError" */
    const char *text;      /* of the event and the condition */
    const char *nominated; /* the node that is promised; "": none any more; NULL: as before */
};
/* Tells it, as far as the pod's condition does not say so already, and remembers that. */
void report_submit(struct scheduler *s, struct pod *p, const struct report *report);
void evict_submit(struct scheduler *s, const struct pod *for_, const struct victims *victims);
/* What a condition says, as struct pod.told. Any thread. */
uint64_t condition_hash(const char *reason, const char *message);
struct event_recorder *report_events(const struct scheduler *s, const struct pod_class *class_);

#endif
