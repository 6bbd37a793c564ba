/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making one thing in the project what is wanted: read, compare, and make or change it if need be. What is
 * somebody else's is never changed. Like things are rows: where a kind of thing lives, and which of its
 * members cannot be changed in place.
 */
#ifndef KEELSON_CLOUD_GCP_RESOURCE_H
#define KEELSON_CLOUD_GCP_RESOURCE_H

#include "plugins/cloud-gcp/gcp.h"

struct resource_kind {
    const char *collection;
    bool global;              /* else of the region */
    bool fingerprint;         /* a change must say which state it is a change of */
    const char *const *fixed; /* members that can only be set when it is made */
};
extern const struct resource_kind resource_health_check, resource_backend_service, resource_forwarding_rule,
    resource_address, resource_firewall;

/* "regions/REGION/COLLECTION/NAME"; the text is the caller's, NULL: no memory. */
char *resource_path(const struct gcp *g, const struct resource_kind *kind, const char *name);
/* "projects/…"; the same. */
char *resource_link(const struct gcp *g, const struct resource_kind *kind, const char *name);

/* *ret NULL: absent. KEELSON_CONFLICT: it is not ours, or not of this uid. */
enum keelson_status resource_read(struct gcp *g, const struct keelson_call *call,
                                  const struct resource_kind *kind, const char *name, const char *uid,
                                  json_object **ret);
/* Can it only become what is wanted by being made anew? */
bool resource_must_replace(const struct resource_kind *kind, json_object *have, json_object *want);
/* have: what resource_read() gave. Does nothing when that is what is wanted. want holds the name. */
enum keelson_status resource_settle(struct gcp *g, const struct keelson_call *call,
                                    const struct resource_kind *kind, json_object *have, json_object *want);
/* refusal: what Google said against it, if it names an instance. */
struct api_refusal;
enum keelson_status resource_settle_refusable(struct gcp *g, const struct keelson_call *call,
                                              const struct resource_kind *kind, json_object *have,
                                              json_object *want, struct api_refusal *refusal);
enum keelson_status resource_delete(struct gcp *g, const struct keelson_call *call,
                                    const struct resource_kind *kind, const char *name);
/* Deletes it if it is there and ours. */
enum keelson_status resource_remove(struct gcp *g, const struct keelson_call *call,
                                    const struct resource_kind *kind, const char *name, const char *uid);

#endif
