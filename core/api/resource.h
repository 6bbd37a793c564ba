/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which resources there are: one row a group, version and resource, as discovery shows them. Rows are
 * immutable; any thread.
 */
#ifndef KEELSON_API_RESOURCE_H
#define KEELSON_API_RESOURCE_H

#include "core/api/schema.h"

enum verb {
    VERB_GET = 1,
    VERB_LIST = 2,
    VERB_WATCH = 4,
    VERB_CREATE = 8,
    VERB_UPDATE = 16,
    VERB_PATCH = 32,
    VERB_DELETE = 64,
    VERB_DELETECOLLECTION = 128
};

struct resource_sub {
    const char *name;                   /* "status", "scale", "log" */
    const char *group, *version, *kind; /* what it speaks; group and version NULL: the resource's own */
    unsigned verbs;
};
struct resource {
    const char *group, *version; /* "" and "v1" */
    const char *plural, *singular, *kind, *list_kind;
    bool namespaced;
    unsigned verbs;                                     /* enum verb, together */
    const char *const *short_names, *const *categories; /* NULL-terminated; NULL: none */
    const struct resource_sub *subs;
    unsigned subs_count;
    const struct schema_type *type; /* filled at start-up from group, version and kind */
    const char *storage_prefix; /* below /registry/: "pods", "services/specs", "deployments", as upstream's
                                   etcd layout */
    const struct resource *storage; /* the row whose version is stored (itself when it is) */
};
const struct resource *resource_find(const char *group, const char *version,
                                     const char *plural); /* NULL: unknown */
const struct resource *resource_find_kind(const char *group, const char *version, const char *kind);
const struct resource_sub *resource_sub_find(const struct resource *resource, const char *name);
const struct resource *
resource_table(size_t *ret_count); /* groups in upstream's priority order, preferred version first */
const char *verb_name(enum verb verb);
enum verb verb_parse(const char *name); /* 0: unknown */
/* "v1" or "apps/v1" */
void resource_api_version(const struct resource *resource, struct buffer *out);

/* Rows that controllers name directly, so that no string is spelled twice. */
#define RESOURCE(group_, version_, plural_) resource_find(group_, version_, plural_)

#endif
