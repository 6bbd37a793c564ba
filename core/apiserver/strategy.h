/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Behaviour of a resource that is not data: hooks, a row per resource in strategy.c, one file a resource
 * (strategy-pod.c, strategy-service.c, …). The rest of a resource's life is the generic registry's: metadata,
 * generation, finalizers, status separated from spec.
 */
#ifndef KEELSON_APISERVER_STRATEGY_H
#define KEELSON_APISERVER_STRATEGY_H

#include "core/apiserver/registry.h"

struct strategy_config {
    const char *service_cidrs;   /* "10.96.0.0/12" or two, comma-separated */
    const char *node_port_range; /* "30000-32767" */
};

struct strategy {
    const char *group, *plural;
    /* Before defaults and validation, e.g. dropping status on create, filling hostPath types, cluster IPs. */
    int (*prepare_create)(struct registry *g, struct api_request *r, struct json *object, struct error *err);
    int (*prepare_update)(struct registry *g, struct api_request *r, const char *sub, struct json *object,
                          const struct json *old, struct error *err);
    /* Beyond the schema's rows: adds causes to err, returns their number. */
    unsigned (*validate)(struct registry *g, struct api_request *r, const char *sub,
                         const struct json *object, const struct json *old, struct error *err);
    /* After a failed or finished write: gives back or confirms what prepare_* allocated (cluster IPs, node
     * ports). */
    void (*finish)(struct registry *g, struct api_request *r, const struct json *object,
                   const struct json *old, bool stored);
    /* Graceful deletion: seconds that this object gets (pods); 0: at once. NULL: 0. */
    int64_t (*grace_period_s)(struct api_request *r, const struct json *object);
    /* Field selectors beyond metadata.name and metadata.namespace, kept in each stored object's index; as
     * stored_new has them. */
    const char *const *fields;
    bool spec_is_immutable_status; /* no status subresource split: the main resource may write status too */
    bool status_on_create;         /* a new object keeps the status that it came with */
    bool generation;               /* metadata.generation counts changes of what is not metadata or status */
    bool generation_annotations;   /* … and of the annotations */
    bool expires;                  /* stored with the event TTL */
    /* A write whose loss nobody acts on (KEELSON_TXN_RELAXED); NULL: never. */
    bool (*relaxed)(const struct json *object, const struct json *old);
    /* Whether an object whose deletionTimestamp is set may go now, beyond having no finalizers; NULL: yes. */
    bool (*may_go)(const struct json *object);
    /* After admission and preconditions, before a delete is carried out. NULL: none. */
    int (*prepare_delete)(struct registry *g, struct api_request *r, struct json *object, struct error *err);
    bool returns_deleted;             /* DELETE answers with the object, not with a Status */
    const char *default_propagation;  /* NULL: "Background"; "Orphan" for those upstream orphans by default */
    bool forbid_unconditional_update; /* an update without resourceVersion is refused; otherwise it overwrites
                                       */
    bool allow_create_on_update;      /* PUT of an absent object creates it (leases, events, …) */
};
const struct strategy *strategy_find(const struct resource *resource); /* never NULL: the generic one */
/* Allocators and such subscribe here. */
int strategy_start(struct registry *g, const struct strategy_config *config, struct error *err);

#endif
