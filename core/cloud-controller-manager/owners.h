/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose is each node? One answer for all controllers of the daemon.
 *
 * The scheme of a node's provider ID leaves some of the clouds (none: it is nobody's; one: it is that one's,
 * and nobody is asked), and without a provider ID all of them are left. Where several are left, each is asked
 * by itself, for many nodes at once, so that one that hangs delays no other. The first in the order of the
 * configuration that says YES owns the node, once all before it said NO, and not long ago. While one before
 * it is silent or does not know, the node's owner stays unknown: it is asked again with back-off, an event on
 * the node tells who is waited for, and nobody guesses. When all said NO the node is nobody's, and they are
 * asked again at times, since a cloud may learn of it.
 *
 * An owner that was found stays for as long as the node's UID and provider ID do; a provider ID of the
 * owner's scheme, written where there was none, changes nothing. Where several clouds have the scheme of a
 * node's provider ID, the annotation keelson.io/cloud (of the node controller's) names the owner to the next
 * daemon, since a cloud whose instance is gone may not know any more that it was its own. A node whose
 * annotation names a cloud that is configured no more does not fall to the one that is left: that is asked.
 */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_OWNERS_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_OWNERS_H

#include "core/client/informer.h"
#include "core/cloud-controller-manager/provider.h"

enum ownership {
    OWNERSHIP_UNKNOWN, /* not known yet, or no such node */
    OWNERSHIP_NOBODY,  /* all know that it is not theirs */
    OWNERSHIP_FOUND
};
struct owner {
    enum ownership ownership;
    const struct provider *provider; /* with OWNERSHIP_FOUND */
};
struct owners;
/* Adds its handler to the informer, which so comes before those of the controllers: what they hear of, it
 * knows. All that is given outlives it. */
struct owners *owners_new(const struct providers *providers, struct informer *nodes,
                          struct event_recorder *events);
/* Told when what owners_get() says of a node has changed (but for one that went: the informer tells of that).
 * On the client's loop or a worker: only take notes. Before the informer starts. */
void owners_add_handler(struct owners *o, void (*changed)(void *context, const char *node), void *context);
/* All nodes are listed: asks. Must not block. */
void owners_begin(struct owners *o);
/* Any thread, as all below. */
struct owner owners_get(struct owners *o, const char *node);
/* How many nodes are known to be the provider's. */
unsigned owners_count(struct owners *o, const struct provider *p);
/* How many nodes are waited for. */
unsigned owners_unknown_count(struct owners *o);
/* That instance (NULL: all) may know more than it did: asks soon of the nodes that have no owner. */
void owners_refresh(struct owners *o, const struct plugin_instance *instance);
/* Waits for what runs: no handler is called any more, what is known can still be read. The informer is
 * stopped. */
void owners_stop(struct owners *o);
void owners_free(struct owners *o); /* after owners_stop(); NULL is fine */

#endif
