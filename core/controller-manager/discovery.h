/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which resources the API server serves at this moment, custom ones included, as rows that the client takes.
 * Rows live as long as the process: resources come and go, and somebody may hold one. Workers' threads.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_DISCOVERY_H
#define KEELSON_CONTROLLER_MANAGER_DISCOVERY_H

#include "core/client/client.h"

struct discovered {
    const struct resource *
        *rows; /* preferred version of each group first; a resource of several versions once */
    size_t count, capacity;
};
/* verbs: those that a resource must have, together. -1: the server or a part of it did not answer; what is in
 * *ret then is not all there is. */
int discover(struct client *client, unsigned verbs, struct discovered *ret, struct error *err);
void discovered_done(struct discovered *d);
/* The row of an owner's reference, "apps/v1" and "Deployment"; asks the server when it is not known yet.
 * NULL: there is none (or no answer: then with err). */
const struct resource *discover_kind(struct client *client, const char *api_version, const char *kind,
                                     struct error *err);

#endif
