/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The graph of who owns whom, over all objects that can be deleted. A node stands for an object that an
 * informer shows, or (virtual) for one that only its dependents' references name. An object costs a node of
 * about 80 bytes and 48 for each owner; its texts are those of the informer. Not locked: the garbage
 * collector's lock guards it.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_GARBAGE_GRAPH_H
#define KEELSON_CONTROLLER_MANAGER_GARBAGE_GRAPH_H

#include "core/base/list.h"
#include "core/client/informer.h"

struct garbage_reference { /* what a virtual node is known by; texts stand behind it */
    const char *api_version, *kind, *namespace_, *name, *uid;
};
struct garbage_node {
    const struct resource *resource; /* NULL: virtual */
    union {
        struct cached *cached; /* a reference */
        struct garbage_reference *reference;
    };
    struct garbage_edge *owners; /* an array, owned */
    struct list dependents;      /* of garbage_edge */
    uint32_t owners_count, hash;
    bool being_deleted, deleting_dependents,
        orphaning; /* what the object's deletionTimestamp and finalizers say */
};
struct garbage_edge {
    struct list link; /* in the owner's dependents */
    struct garbage_node *owner, *dependent;
    bool blocks; /* blockOwnerDeletion */
};
/* The owner is not known to be there, or stands in another namespace, where nothing can own the dependent. */
bool garbage_is_doubtful(const struct garbage_edge *e);
struct garbage_graph {
    struct garbage_node **slots;
    size_t capacity, count;
};

void garbage_graph_done(struct garbage_graph *g);
struct garbage_node *garbage_find(const struct garbage_graph *g, const char *uid);
const char *garbage_uid(const struct garbage_node *n);

/* What a change asks the collector to look at; called with nodes of the graph, which it must only note. */
struct garbage_notes {
    void (*delete_)(void *context, const struct garbage_node *n); /* is anything left to do for it? */
    void (*orphan)(void *context, const struct garbage_node *n);
    void *context;
};
/* An object was added or changed. */
void garbage_put(struct garbage_graph *g, const struct resource *r, struct cached *c,
                 const struct json *document, const struct garbage_notes *notes);
/* It is gone, or never was (virtual). Its dependents are told of, and stay with a virtual owner if they have
 * it still. */
void garbage_remove(struct garbage_graph *g, const char *uid, const struct garbage_notes *notes);

#endif
