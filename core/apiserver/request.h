/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One API request on its way through the server: authentication → authorization → admission → registry. Made
 * when the HTTP request is complete, passed from step to step (on the loop for what is answered from memory,
 * on a worker for the rest), released when answered. One thread at a time.
 */
#ifndef KEELSON_APISERVER_REQUEST_H
#define KEELSON_APISERVER_REQUEST_H

#include "core/api/resource.h"
#include "core/io/http-server.h"

struct user_extra {
    const char *key;
    const char *const *values; /* NULL-terminated */
};
/* Who asks. In the request's arena (or as long as a cached token entry is referenced). */
struct user {
    const char *name, *uid; /* uid may be "" */
    const char *const *groups;
    unsigned groups_count;
    const struct user_extra *extra;
    unsigned extra_count;
};

struct server;
struct write;
struct api_parameter {
    const char *name, *value; /* decoded */
};

struct api_request {
    struct http_request *http; /* NULL for requests that come from within the process */
    struct server *server;     /* NULL in tests */
    struct arena arena;
    struct user user;

    /* What is asked for (upstream's RequestInfo). */
    bool is_resource;
    const char *verb; /* "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection";
                         for non-resources the lower-case method */
    const char *path; /* decoded, without query */
    const char *group, *version, *plural, *subresource, *namespace_, *name; /* "" when absent */
    const char *subpath;                                                    /* behind …/proxy/ */
    const struct resource *resource; /* NULL: unknown or not a resource */

    /* Options from the query (and of a DeleteOptions body). */
    const char *label_selector, *field_selector, *resource_version, *resource_version_match, *continue_,
        *field_manager, *field_validation;
    int64_t limit, timeout_s;
    bool allow_bookmarks, send_initial_events, dry_run, force, pretty;
    const char *propagation_policy, *delete_uid,
        *delete_resource_version; /* of a DeleteOptions body too; NULL: not said */
    int64_t grace_period_s;       /* -1: not said */
    bool orphan_dependents_given, orphan_dependents;
    bool applies; /* server-side apply: what is written comes with its managedFields */

    struct api_parameter *parameters;
    unsigned parameters_count;

    struct write *write; /* on its way to the store (registry-run.h) */

    const char *continue_anyway; /* with ERR_EXPIRED: the token that goes on with a newer state */
    struct buffer warnings;      /* one a line; sent as Warning: 299 headers */
    int64_t received_ns;
    const char *audit_id;
};
/* Fills what is asked for and the options from a method and an undecoded path and query. ERR_BAD_REQUEST for
 * what cannot be decoded or is no number, ERR_INVALID for option values that are not known. r is zeroed but
 * for http, server and arena. */
int api_request_parse(struct api_request *r, const char *method, struct slice path, struct slice query,
                      struct error *err);
/* A namespace and name to use in keys: "ns/name" or "name", in the arena. */
struct slice api_object_key(struct arena *arena, const struct resource *resource, const char *namespace_,
                            const char *name);
/* The decoded value of a query parameter in the arena, or NULL. */
const char *api_request_query(struct api_request *r, const char *name);

#endif
