/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The garbage collector's parts: garbage-graph.c knows who owns whom, garbage-monitor.c feeds it from an
 * informer for every resource that can be deleted, garbage-attempt.c decides about one object, always after
 * reading it and its owners live; controller-garbage.c is the row.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_GARBAGE_H
#define KEELSON_CONTROLLER_MANAGER_GARBAGE_H

#include <pthread.h>

#include "core/controller-manager/controller.h"
#include "core/controller-manager/garbage-graph.h"

struct garbage_monitor {
    struct garbage *c;
    const struct resource *resource;
    struct informer *informer; /* own, of metadata; NULL: the shared one, which the manager owns */
    int64_t since_ms;
    bool served; /* by the last discovery */
};

struct garbage {
    struct client *client;
    struct workqueue *attempts; /* keys: "delete:UID" and "orphan:UID" */
    struct workqueue *resync;   /* one key: ask what the server serves */
    unsigned incomplete;        /* answers about what is served; resync's own */
    pthread_mutex_t lock;       /* guards what follows */
    struct garbage_graph graph;
    struct garbage_monitor **monitors;
    size_t monitors_count, monitors_capacity;
};

#define ATTEMPT_DELETE "delete:"
#define ATTEMPT_ORPHAN "orphan:"

/* garbage-monitor.c */
void garbage_monitor_shared(struct garbage *c, struct controller_run *run);
int garbage_resync(struct garbage *c, struct error *err);
/* 0: everything that is served is known; else how long to wait. Without that nobody can say that an object
 * has no dependents. */
int64_t garbage_wait_ms(struct garbage *c);
void garbage_monitors_free(struct garbage *c);
struct garbage_notes garbage_notes_of(struct garbage *c);

/* garbage-attempt.c */
int64_t garbage_attempt(void *self, const char *key, struct error *err);

#endif
