/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pods that belong to this node, from the API server and from files, and what is remembered of each. A
 * pod is worked on by one worker at a time (a queue of uids); its status goes out through a second queue. Any
 * thread.
 *
 *   SYNC ──► TERMINATING ──► TERMINATED ──► FINISHED
 *
 * SYNC: containers are made to match. TERMINATING: they are stopped, once and for all. TERMINATED: what they
 * leave on the node is cleaned up. FINISHED: nothing is left to do but to wait for the API object to vanish.
 * No state is ever left for an earlier one.
 */
#ifndef KEELSON_KUBELET_PODS_H
#define KEELSON_KUBELET_PODS_H

#include <pthread.h>

#include "core/kubelet/decide.h"
#include "core/kubelet/kubelet.h"

enum pod_state { POD_SYNC, POD_TERMINATING, POD_TERMINATED, POD_FINISHED, POD_STATES };

struct pod {
    atomic_uint refs;
    char *uid, *key; /* key: "namespace/name" */
    bool is_static;
    /* Guarded by pods->lock. */
    enum pod_state state;
    struct cached *api; /* the API's object; of a static pod its mirror; NULL: none (yet, or any more) */
    struct bytes *file; /* a static pod's own document */
    struct container_memory *memories;
    size_t memories_count;
    char *fail_reason, *fail_message;
    struct bytes *status; /* what the API should show */
    struct bytes *sent;   /* what it was told last, at sent_revision */
    uint64_t sent_revision;
    int64_t grace_s;     /* of the termination; -1: the pod's own */
    atomic_bool removed; /* gone from its source */
    atomic_bool admitted;
    /* The pod's worker only. */
    bool prepared, runtime_only;
    uint32_t shown_hash; /* of the labels and annotations that its volumes show */
    int64_t accepted_ns, refreshed_ns, terminate_by_ns, unmounted_ns;
    int interrupt_fd; /* readable: what goes on for this pod is to be cut short */
};

struct pods {
    struct kubelet *k;
    pthread_mutex_t lock;
    struct map *by_uid;
    struct map *mirrors; /* key → struct cached of mirror pods */
    struct workqueue *work, *statuses;
    atomic_bool api_synced, files_synced;
    struct informer *informer;
};
struct pods *pods_new(struct kubelet *k);
int pods_start(struct pods *p, struct error *err);
void pods_stop(struct pods *p);
void pods_free(struct pods *p);

struct pod *pods_get(struct pods *p, const char *uid); /* a reference; NULL: unknown */
struct pod *pods_find(struct pods *p, const char *namespace_, const char *name,
                      const char *uid /* or NULL */);
struct pod **pods_all(struct pods *p, size_t *ret_count); /* references; the array is the caller's */
void pods_all_free(struct pod **all, size_t count);
struct pod *pod_ref(struct pod *pod);
void pod_unref(struct pod *pod);
void pods_wake(struct pods *p, const char *uid);
void pods_wake_all(struct pods *p);
void pods_wake_after(struct pods *p, const char *uid, int64_t delay_ms);

/* The pod as it should be, with the status that the API shows. NULL: only the runtime knows of it. */
struct json *pod_document(struct pods *p, struct pod *pod, struct arena *arena);
/* A snapshot of what is remembered, in the arena. */
size_t pod_memories(struct pods *p, struct pod *pod, struct arena *arena, struct container_memory **ret);
/* Changes what is remembered of a container, under the lock. */
void pod_remember(struct pods *p, struct pod *pod, const char *container,
                  void (*change)(void *context, struct container_memory *memory), void *context);
enum pod_state pod_get_state(struct pods *p, struct pod *pod);
/* Asserts that the step is allowed. */
void pod_set_state(struct pods *p, struct pod *pod, enum pod_state state);
/* Gives the pod up (evicted, not admitted, …): it becomes Failed. The first word counts. grace_s: for its
 * containers; -1: the pod's own. */
void pods_fail(struct pods *p, struct pod *pod, const char *reason, const char *message, int64_t grace_s);
bool pod_is_failed(struct pods *p, struct pod *pod, struct arena *arena, const char **ret_reason,
                   const char **ret_message);
/* What the API should show from now on. */
void pods_set_status(struct pods *p, struct pod *pod, const struct json *status);
/* A pod that only the runtime knows: it is ended. */
void pods_add_orphan(struct pods *p, const char *uid, const char *key);
void pods_forget(struct pods *p, struct pod *pod); /* FINISHED and gone */
/* Is another static pod of that name still being ended? A changed file is another pod, which must not run
 * beside the one it replaces. */
bool pods_static_is_replaced(struct pods *p, struct pod *pod);

/* Static pods: the whole set of documents (each a Pod with uid and node name set), replacing what was there.
 */
void pods_set_static(struct pods *p, struct bytes *const *documents, size_t count);

/* The queues' functions. */
int64_t pod_work(void *context, const char *uid, struct error *err);        /* pod-worker.c */
int64_t pod_status_send(void *context, const char *uid, struct error *err); /* status-send.c */

#define ANNOTATION_MIRROR        "kubernetes.io/config.mirror"
#define ANNOTATION_CONFIG_HASH   "kubernetes.io/config.hash"
#define ANNOTATION_CONFIG_SOURCE "kubernetes.io/config.source"

extern const struct server_pods server_pods_table; /* pods-server.c; context is struct pods * */

#endif
