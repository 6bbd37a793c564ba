/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A project of Google's cloud under one configuration, and what the parts of the plugin share. Functions that
 * answer a keelson_status have said why through host->fail when it is not KEELSON_OK. Any thread unless said;
 * what is written after it was made has a lock in the part that it belongs to.
 */
#ifndef KEELSON_CLOUD_GCP_GCP_H
#define KEELSON_CLOUD_GCP_GCP_H

#include <keelson/cloud.h>
#include <stdatomic.h>

#include "lib/cloud-http/cloud-http.h"
#include "plugins/cloud-gcp/document.h"
#include "plugins/cloud-gcp/quota.h"
#include "plugins/cloud-gcp/settings.h"

struct credential;
struct groups;
struct machines;

struct gcp {
    atomic_uint refs; /* see project.h */
    const struct keelson_host *host;
    struct keelson_token *token;
    const char *cluster;
    struct settings settings;
    struct cloud_http *http;
    struct cloud_http
        *metadata_http; /* plain, by no proxy: the metadata server is on the machine's own link */
    struct cloud_http *foreign_http; /* who gives tokens, and is neither that nor Google */
    struct quotas quotas;
    struct credential *credential;
    struct machines *machines;
    struct groups *groups; /* the instance's */
};

/* Goes on only if it went well. */
#define TRY(expression)                                                                                      \
    do {                                                                                                     \
        enum keelson_status try_status_ = (expression);                                                      \
        if (try_status_ != KEELSON_OK)                                                                       \
            return try_status_;                                                                              \
    } while (0)

/* Why a call was cancelled: at its deadline the host does so, too. */
enum keelson_status call_ended(const struct gcp *g, const struct keelson_call *call);
/* Waits, unless the call ends before that would be over (KEELSON_TIMEOUT, at once) or is cancelled. */
enum keelson_status call_wait(const struct gcp *g, const struct keelson_call *call, int64_t milliseconds);

/* The text at a path of an object; "" if there is none. Not NUL-terminated. */
struct keelson_bytes object_text(const struct gcp *g, const struct keelson_object *object, const char *path);

extern const struct keelson_cloud_instances_v1 gcp_instances;
extern const struct keelson_cloud_loadbalancers_v1 gcp_loadbalancers;
extern const struct keelson_cloud_routes_v1 gcp_routes;
enum keelson_status gcp_owns(void *instance, const struct keelson_call *call,
                             const struct keelson_object *const *nodes, uint32_t nodes_count,
                             enum keelson_owns *ret);

#endif
