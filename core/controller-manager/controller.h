/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a controller is to the manager: a row. Controllers register with shared informers first, so that a
 * resource is watched once in the process; when all that a controller registered with are synced, it begins.
 * Nobody acts on the absence of something that was not read yet.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_CONTROLLER_H
#define KEELSON_CONTROLLER_MANAGER_CONTROLLER_H

#include "core/client/events.h"
#include "core/client/informer.h"
#include "core/client/workqueue.h"
#include "core/controller-manager/options.h"

struct manager;
struct controller_run; /* one controller in one manager */

struct controller {
    const char *name;    /* as in --controllers: "deployment-controller" */
    const char *alias;   /* the older name, "deployment"; NULL: none */
    const char *account; /* its service account in kube-system, whose rights it needs */
    bool off;            /* runs only when it is named */
    /* Makes the controller and registers its informers; NULL: its options leave it nothing to do. */
    void *(*start)(struct manager *m, struct controller_run *run);
    /* All informers are synced: starts the queues. On the client's loop (must not block). */
    void (*begin)(void *self);
    /* Waits for what runs, and releases. No handler is called any more. */
    void (*stop)(void *self);
};
/* controllers.c: the list, NULL-terminated; and the rows, each in the controller-*.c file of its name. */
extern const struct controller *const controllers[];
/* Those of upstream's manager that are not in the list (name and older name): command lines that are written
 * for it name them, and are told that they do not run here. Ends with NULL. */
extern const char *const controllers_elsewhere[][2];
extern const struct controller controller_clusterrole_aggregation;
extern const struct controller controller_certificates_approving, controller_certificates_cleaner,
    controller_certificates_signing;
extern const struct controller controller_cronjob, controller_daemonset, controller_deployment,
    controller_disruption;
extern const struct controller controller_endpoints, controller_endpointslice,
    controller_endpointslice_mirroring;
extern const struct controller controller_garbage, controller_job, controller_namespace, controller_node_ipam,
    controller_node_lifecycle;
extern const struct controller controller_pod_garbage, controller_replicaset, controller_replication,
    controller_resource_quota;
extern const struct controller controller_root_ca, controller_service_account,
    controller_service_account_token, controller_statefulset;
extern const struct controller controller_taint_eviction, controller_ttl_after_finished;

/* The client of the row that is being started. */
struct client *manager_client(struct manager *m);
/* The manager's own, which may list and watch everything, as the shared informers do; no more is to be asked
 * of it. */
struct client *manager_reader(struct manager *m);
const struct manager_options *manager_options(struct manager *m);
/* Threads that do a part of a reconcile's requests, so that they need not be made one after the other. They
 * outlive the rows. */
struct workers *manager_helpers(struct manager *m);

typedef void controller_changed(void *self, struct cached *old, struct cached *new_,
                                const struct json *document);
/* Registers with the shared informer of a resource (whole objects, trimmed as informers.c says); changed may
 * be NULL for those who only read. Only inside start. The informer belongs to the manager. */
struct informer *controller_watch(struct controller_run *run, const struct resource *r,
                                  controller_changed *changed, void *self);
/* The same where metadata is enough: takes the whole objects' informer if there is one already. Only for rows
 * at the end of the list. */
struct informer *controller_watch_metadata(struct controller_run *run, const struct resource *r,
                                           controller_changed *changed, void *self);

/* Values of the shared informers' index. In pods and in all other resources: */
#define INDEX_OWNER      "o:"      /* then the controller's uid */
#define INDEX_ORPHAN     "orphan:" /* then the namespace: objects without a controller */
#define INDEX_NODE       "n:"      /* pods: then spec.nodeName */
#define INDEX_UNASSIGNED "n:"      /* pods without a node */
/* The objects under an index value ("o:" and the uid), and parsed into the arena. */
struct object_list {
    struct cached **cached;
    size_t count;
};
void object_list_done(struct object_list *list);
struct object_list objects_by(struct informer *i, const char *prefix, const char *value);
struct object_list objects_in(struct informer *i, const char *namespace_);
/* By "namespace/name"; NULL when it is not there. namespace_ may be "". */
struct json *object_cached(struct informer *i, const char *namespace_, const char *name, struct arena *arena);
struct json *object_cached_key(struct informer *i, const char *key, struct arena *arena);

/* Whether the labels of an object changed, and such, where old is parsed for the comparison: the value at the
 * path differs. */
bool cached_differs(const struct cached *old, const struct json *document, const char *path);
/* namespace and name of a key; in the arena. */
void key_split(struct arena *arena, const char *key, const char **ret_namespace, const char **ret_name);

/* Whether the server refused since the namespace is going away: then there is no use in trying again. */
bool namespace_is_terminating(const struct error *err);

/* A queue whose name, width and function are given; the usual back-off, but none for what a namespace that is
 * going away refuses. */
struct workqueue *controller_queue(const char *name, int64_t workers,
                                   int64_t (*reconcile)(void *self, const char *key, struct error *err),
                                   void *self);

#endif
