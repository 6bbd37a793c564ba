/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings the EndpointSlices of one service, one address family and one manager to what is wanted, with few
 * writes: endpoints stay in the slice where they are, gaps are filled before new slices are made, a slice
 * that became superfluous is reused for what has to be made. Workers' threads.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_SLICE_RECONCILER_H
#define KEELSON_CONTROLLER_MANAGER_SLICE_RECONCILER_H

#include "core/controller-manager/own-writes.h"

struct slice_wanted {
    struct json *endpoint, *ports; /* ports: an array; endpoints with equal ones share slices */
};
struct slice_reconciler {
    struct client *client;
    struct arena *arena;
    const struct resource *resource;
    const char *family;                        /* "IPv4", "IPv6" */
    const char *namespace_, *name;             /* of the service */
    struct json *labels, *annotations, *owner; /* of every slice; annotations may be NULL */
    int64_t per_slice;
    struct own_writes *writes; /* where writes are noted, under key */
    const char *key;
    bool placeholder; /* one empty slice stays when there is no endpoint */
};
int slices_reconcile(const struct slice_reconciler *r, struct json *const *existing, size_t existing_count,
                     const struct slice_wanted *wanted, size_t wanted_count, struct error *err);

#endif
