/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compute Engine's API. A path stands behind "projects/PROJECT/": "zones",
 * "regions/europe-west1/addresses/a". Requests keep the pace that Google allows, and are tried again within
 * the call while that may help. Any thread.
 */
#ifndef KEELSON_CLOUD_GCP_API_H
#define KEELSON_CLOUD_GCP_API_H

#include "plugins/cloud-gcp/gcp.h"

/* query: NULL, or "a=b&c=d", escaped. KEELSON_NOT_FOUND is positive knowledge. *ret is the caller's. */
enum keelson_status api_get(struct gcp *g, const struct keelson_call *call, const char *path,
                            const char *query, json_object **ret);

/* All pages of a list, item by item; method is GET, or POST for lists that Google wants so. filter: NULL, or
 * unescaped. Not OK unless the list was complete: an answer that lacks a zone which cannot be reached is
 * KEELSON_UNAVAILABLE. visit ends it with other than KEELSON_OK. */
typedef enum keelson_status api_visit(void *context, json_object *item);
struct api_list {
    const char *method, *path, *filter;
    const char *aggregated; /* the member that holds the items of each place, for paths of "aggregated/…";
                               NULL: a plain list */
    api_visit *visit;
    void *context;
};
enum keelson_status api_list(struct gcp *g, const struct keelson_call *call, const struct api_list *list);

/* Begins a change, once, however often the request is tried. body may be NULL. *ret: the operation, the
 * caller's. */
enum keelson_status api_start(struct gcp *g, const struct keelson_call *call, const char *method,
                              const char *path, json_object *body, json_object **ret);
/* Lets Google answer when it is done, asking again where Google answers before that, and tells what came of
 * it. KEELSON_PENDING: it goes on when the call's time is over; the same call is to be made again. method and
 * what are for messages. */
enum keelson_status api_await(struct gcp *g, const struct keelson_call *call, const char *method,
                              const char *what, json_object *operation);
/* Both. */
enum keelson_status api_change(struct gcp *g, const struct keelson_call *call, const char *method,
                               const char *path, json_object *body);

/* What Google said against a change for the sake of an instance. */
struct api_refusal {
    char instance[256];    /* "projects/…", which may not be in a group of ours; "": none is named */
    bool wrong_subnetwork; /* one is in another subnetwork than its group */
};
enum keelson_status api_change_refusable(struct gcp *g, const struct keelson_call *call, const char *method,
                                         const char *path, json_object *body, struct api_refusal *ret);

/* "projects/PROJECT/PATH"; the text is the caller's, NULL: no memory. */
char *api_link(const struct gcp *g, const char *path);

/* What an error of Google's means: of its reason or code ("notFound", "RESOURCE_NOT_FOUND"), else of the HTTP
 * status. */
enum keelson_status api_status(const char *reason, int http_status);
/* What to do about it; NULL: nothing beside what Google says. */
const char *api_advice(const char *reason);
/* What a refusal says of instances. */
void api_read_refusal(const char *reason, const char *message, struct api_refusal *ret);

#endif
