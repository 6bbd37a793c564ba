/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The history of a stateful set's or daemon set's template: one ControllerRevision each, known by its data,
 * numbered upwards. Workers' threads.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_REVISIONS_H
#define KEELSON_CONTROLLER_MANAGER_REVISIONS_H

#include "core/controller-manager/claim.h"

#define LABEL_REVISION_HASH "controller-revision-hash"

struct revisions {
    struct client *client;
    const struct resource *resource; /* controllerrevisions */
    const struct resource *owner_resource;
    struct informer *informer;
};
struct revision_set {
    struct claimed all;   /* by number, the lowest first; the current one among them */
    struct json *current; /* of the present template */
};
/* Finds or makes the current one. *collisions (status.collisionCount, -1: none) goes up when a name was taken
 * by another template; then an error is returned and the owner's status has to be written. */
int revisions_sync(const struct revisions *r, struct arena *arena, const struct json *owner,
                   const struct selector *selector, int64_t *collisions, struct revision_set *ret,
                   struct error *err);
/* Deletes the oldest beyond limit; those that in_use says, and the current one, stay. */
int revisions_clean_up(const struct revisions *r, const struct revision_set *set, int64_t limit,
                       bool (*in_use)(void *context, const struct json *revision), void *context,
                       struct error *err);
const char *revision_hash(const struct json *revision); /* the label; "" when absent */
/* The template that a revision holds, NULL when it holds none. */
struct json *revision_template(const struct json *revision);

#endif
