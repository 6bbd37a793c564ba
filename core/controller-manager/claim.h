/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which objects belong to a controller's object: those that name it as their controller and match its
 * selector. What matches and has no controller is adopted (after the owner was read live and is not being
 * deleted); what is owned and no longer matches is released. Workers' threads.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_CLAIM_H
#define KEELSON_CONTROLLER_MANAGER_CLAIM_H

#include "core/client/informer.h"

struct claim {
    struct client *client;
    const struct resource *owner_resource, *item_resource;
    const struct json *owner;
    const struct selector *selector;
    /* A finalizer that adopted items get and released ones lose; NULL: none. */
    const char *finalizer;
};
struct claimed {
    struct json **items; /* parsed, in the arena */
    size_t count;
};
/* Those that belong to the owner now. On errors with some items the others are still given, and -1 returned.
 */
int claim_items(const struct claim *claim, struct informer *items, struct arena *arena, struct claimed *ret,
                struct error *err);

#endif
