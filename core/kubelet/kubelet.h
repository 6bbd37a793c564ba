/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kubelet, put together: what its parts share. Made by kubelet_start, immutable afterwards but for what
 * the parts themselves guard.
 */
#ifndef KEELSON_KUBELET_KUBELET_H
#define KEELSON_KUBELET_KUBELET_H

#include <stdatomic.h>

#include "core/base/workers.h"
#include "core/client/client.h"
#include "core/client/events.h"
#include "core/client/informer.h"
#include "core/client/workqueue.h"
#include "core/kubelet/config.h"
#include "core/kubelet/runtime.h"
#include "core/kubelet/server.h"
#include "core/kubelet/volume.h"

#define ADDRESSES_MAX 4

struct kubelet {
    struct kubelet_config *config;
    struct loop *loop;             /* timers, inotify, probes' connections; never blocks */
    struct client *client;         /* NULL: static pods only */
    struct event_recorder *events; /* NULL without client */
    struct plugin_host *plugins;
    struct runtime runtime;
    struct plugin_instance *network;    /* NULL: none configured */
    char *addresses[ADDRESSES_MAX + 1]; /* of the node, NULL-terminated */
    struct cgroups *cgroups;
    struct volume_source *source;
    struct volumes *volumes;
    struct runtime_state *state;
    struct pods *pods;
    struct probes *probes;
    struct images *images;
    struct node *node;
    struct static_pods *static_pods;
    struct kubelet_server *server;
    struct informer *services; /* for environments; NULL without client */
    struct informer *peers;    /* the other nodes, when there is a network plugin */
    struct informer *nodes;    /* this node's object */
    struct workqueue *chores;  /* relist, lease, node status, collection */
    struct workers *killers;   /* containers that are being stopped at the same time */
    unsigned long events_thread;
    int stop_fd; /* readable: going down */
    atomic_bool events_running;
    atomic_bool stopping;
};
int kubelet_start(const void *options, void **ret_component, struct error *err);
int kubelet_reload(void *component, struct error *err); /* SIGHUP: the plugins' settings */
void kubelet_stop(void *component);
void kubelet_metrics(void *component, struct buffer *out);

/* Names of the keys of k->chores; an early run is asked for by workqueue_add. */
#define CHORE_RELIST "relist"
#define CHORE_NODE   "node"
#define CHORE_LEASE  "lease"
#define CHORE_STATIC "static-pods"

#endif
