/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metadata.managedFields: who owns which fields of an object (server-side apply). An object is followed from
 * its first apply on: what it had until then belongs to the manager "before-first-apply", as upstream has it
 * for objects that are older than its managed fields. One thread at a time.
 */
#ifndef KEELSON_API_MANAGED_FIELDS_H
#define KEELSON_API_MANAGED_FIELDS_H

#include "core/api/schema.h"

/* Who writes what. */
struct field_manager {
    const char *name;
    const char *api_version; /* of the request's object */
    const char *subresource; /* "" none */
    bool force;              /* takes what others own */
};

/* Whether the object is followed. */
bool managed_fields_are_kept(const struct json *object);
/* What becomes of live (NULL: nothing is there yet) when the manager applies config: *ret, a new object with
 * its managedFields. ERR_CONFLICT with a cause per field that somebody else owns and config would change. */
int managed_fields_apply(struct arena *arena, const struct schema_type *type, const struct json *live,
                         const struct json *config, const struct field_manager *manager, struct json **ret,
                         struct error *err);
/* The manager changed old into object otherwise: what it changed is its own now. Sets object's managedFields;
 * nothing when old is not followed. */
void managed_fields_update(struct arena *arena, const struct schema_type *type, const struct json *old,
                           struct json *object, const struct field_manager *manager);

#endif
