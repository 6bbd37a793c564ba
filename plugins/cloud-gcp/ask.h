/* SPDX-License-Identifier: Apache-2.0 */
/* One request to Google, once, with a JSON document for an answer. Any thread. */
#ifndef KEELSON_CLOUD_GCP_ASK_H
#define KEELSON_CLOUD_GCP_ASK_H

#include "plugins/cloud-gcp/gcp.h"

struct ask {
    struct cloud_http *http;
    const char *method, *url;
    const char *bearer;       /* NULL: none */
    const char *content_type; /* NULL: no body */
    const char *body;
    const struct cloud_http_header *headers; /* further ones */
    size_t headers_count;
};
struct said {
    int status; /* of HTTP; 0: there was no answer, or one that is no document */
    json_object *document;
    int64_t retry_after_ms; /* -1: not said */
};
/* OK: an answer came and is a document, whatever its status. Else nothing is known of what became of the
 * request. said is to be freed whatever came. */
enum keelson_status ask(const struct gcp *g, const struct keelson_call *call, const struct ask *a,
                        struct said *said);
void said_done(struct said *said);

/* The same for text of any kind, in the answer of status 200. */
enum keelson_status ask_text(const struct gcp *g, const struct keelson_call *call, const struct ask *a,
                             char **ret);

#endif
