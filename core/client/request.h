/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the client library's own files share: a request with a time-out of its own (leader election must give
 * up earlier than others), and the spelling of resource paths. Any thread but the client's loop.
 */
#ifndef KEELSON_CLIENT_REQUEST_H
#define KEELSON_CLIENT_REQUEST_H

#include "core/client/client.h"

struct client_request {
    const char *method, *target;
    const char *content_type, *accept; /* NULL: application/json */
    struct slice body;
    int64_t timeout_ms; /* of the whole, retries included; 0: CLIENT_TIMEOUT_MS */
};
#define CLIENT_TIMEOUT_MS 30000

/* Performs with retries. ret may be NULL: the answer's body is not looked at. */
int client_perform(struct client *c, const struct client_request *request, struct arena *arena,
                   struct json **ret, struct error *err);

/* Appends "/apis/apps/v1/namespaces/x/deployments/y/status". namespace_, name and sub may be NULL or "". */
void client_path(struct buffer *out, const struct resource *r, const char *namespace_, const char *name,
                 const char *sub);
/* Appends "?key=value" or "&key=value", encoded. NULL or empty values are left out. */
void client_query(struct buffer *out, const char *key, const char *value);

/* Many informers lose one server at once: true at most every ten seconds, for whoever asks first. Any thread.
 */
bool client_may_complain(struct client *c);

/* Turns an answer that is not a success into the error it tells. */
int client_status_error(int status, const struct http_header *headers, size_t headers_count,
                        struct slice body, struct error *err);

#endif
