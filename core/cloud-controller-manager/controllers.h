/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a controller is to the daemon: a row. What all of them share stands in one context, so that nodes are
 * watched once in the process; a controller begins when everything that is watched has been listed. Nobody
 * acts on the absence of something that was not read yet.
 */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_CONTROLLERS_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_CONTROLLERS_H

#include "core/client/events.h"
#include "core/client/informer.h"
#include "core/cloud-controller-manager/options.h"
#include "core/cloud-controller-manager/owners.h"

/* Given to each row's start, and there until after its stop. */
struct cloud_context {
    struct client *client;
    const struct providers *providers; /* a controller keeps what it has a provider by provider.index */
    const struct cloud_options *options;
    /* Whole objects, without managedFields and a node's images. */
    struct informer *nodes;
    struct informer *services; /* NULL unless a row that runs wants it */
    struct owners *owners;     /* whose each node is */
};

struct cloud_controller {
    const char *name;      /* as in --controllers: "cloud-node-controller" */
    const char *alias;     /* the older name: "cloud-node" */
    const char *component; /* what its events say they come from */
    bool off;              /* runs only when it is named */
    bool wants_services;
    /* Before anything runs: what of the options and the clouds it could not work with. May be NULL. */
    int (*check)(const struct providers *providers, const struct cloud_options *options, struct error *err);
    /* Makes the controller and adds its handlers to the informers. events is the row's own, and outlives it.
     * NULL: the options leave it nothing to do. */
    void *(*start)(const struct cloud_context *context, struct event_recorder *events);
    /* All informers are synced: starts the queues. On the client's loop (must not block). */
    void (*begin)(void *self);
    /* Something changed in that instance's cloud (NULL: in any): look again soon. Any thread, also before
     * begin; may be NULL. */
    void (*refresh)(void *self, const struct plugin_instance *instance);
    void (*metrics)(void *self, struct buffer *out); /* Prometheus text; any thread; may be NULL */
    /* Waits for what runs, and releases. No handler is called any more; what informers keep can be read. */
    void (*stop)(void *self);
};
/* controllers.c: the list, NULL-terminated; and the rows, each in the controller-*.c file of its name. */
extern const struct cloud_controller *const cloud_controllers[];
extern const struct cloud_controller controller_node, controller_node_lifecycle, controller_route,
    controller_service;

/* Whether --controllers lets the row run, as upstream reads it: a name or "-name" decides, whichever comes
 * first, else "*" and the row's default. */
bool controller_is_enabled(const struct cloud_controller *row, const struct flag_list *controllers);
/* ERR_BAD_REQUEST for a name that no row has. */
int controllers_check(const struct flag_list *controllers, struct error *err);
/* The check of each row that --controllers lets run. */
int controllers_check_clouds(const struct providers *providers, const struct cloud_options *options,
                             struct error *err);

/* Those rows that run. All functions: any thread, as long as it lives. */
struct controllers;
/* The client, options and providers are the caller's and outlive it. */
struct controllers *controllers_start(struct client *client, const struct providers *providers,
                                      const struct cloud_options *options);
void controllers_refresh(struct controllers *c, const struct plugin_instance *instance);
bool controllers_synced(const struct controllers *c);
void controllers_metrics(struct controllers *c, struct buffer *out);
/* providers_cancel() was called, so that no cloud holds it up. */
void controllers_stop(struct controllers *c);

#endif
