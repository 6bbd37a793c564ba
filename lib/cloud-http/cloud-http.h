/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to a cloud's HTTP API, on libcurl: connections kept for the next request, a deadline and a cancel
 * fd for each, answers of a bounded size, and a cause for each failure that says whether the request may have
 * been carried out. Knows nothing of keelson; serves every cloud plugin.
 *
 * Redirects are not followed (a signature or token must not go elsewhere), certificates are verified, and
 * plain http:// is refused unless allowed.
 */
#ifndef CLOUD_HTTP_H
#define CLOUD_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cloud_http; /* any thread; one an instance of a plugin */

struct cloud_http_config {
    const char *user_agent;
    const char *ca_file;         /* NULL: the system's */
    const char *proxy;           /* NULL: as the environment says (https_proxy, no_proxy); "": none */
    uint32_t connect_timeout_ms; /* 0: 5,000 */
    uint32_t stall_timeout_ms;   /* not a byte for so long ends a request, in whole seconds; 0: 15,000 */
    size_t body_bytes_max;       /* of an answer; 0: 16 MiB */
    bool allow_plain;            /* http:// too: metadata servers on link-local addresses, tests */
};
/* NULL: no memory, or libcurl cannot be set up. The configuration is copied. */
struct cloud_http *cloud_http_new(const struct cloud_http_config *config);
void cloud_http_free(struct cloud_http *h); /* no request may be going on; NULL is fine */

struct cloud_http_header {
    const char *name, *value;
};
struct cloud_http_request {
    const char *method, *url;
    const struct cloud_http_header *headers;
    size_t headers_count;
    const char *body; /* NULL: none */
    size_t body_size;
    int64_t deadline_ns; /* CLOCK_MONOTONIC; INT64_MAX: none */
    int cancel_fd;       /* readable: the request ends; -1: none */
};

enum cloud_http_cause {
    CLOUD_HTTP_OK,          /* an answer came in full, whatever its status */
    CLOUD_HTTP_REFUSED,     /* the request cannot be made: bad URL, plain http */
    CLOUD_HTTP_UNREACHABLE, /* no connection (name, connect, TLS): not carried out */
    CLOUD_HTTP_TIMEOUT,     /* deadline or stall: may have been carried out */
    CLOUD_HTTP_CANCELLED,   /* may have been carried out */
    CLOUD_HTTP_BROKEN,   /* the connection ended early, or the answer is no HTTP: may have been carried out */
    CLOUD_HTTP_TOO_LARGE /* may have been carried out */
};

struct cloud_http_answer {
    enum cloud_http_cause cause;
    char problem[256]; /* with any cause but OK: what and which peer, for a message; no secrets */
    int status;        /* below: with OK only */
    char *body;        /* never NULL with OK; NUL behind its end */
    size_t size;
    char *content_type;     /* "" if absent */
    int64_t retry_after_ms; /* of Retry-After in seconds; -1: absent */
    int64_t date_s;         /* of Date, Unix time; -1: absent: a signer corrects its clock by it */
    char *request_id;       /* x-amzn-requestid, x-goog-request-id or the like, for messages; "" if absent */
};
/* Makes one request: a retry is the caller's. Only where a kept connection proves to have been closed before
 * a byte of the answer came, it is sent once more by libcurl: what must not happen twice needs the API's own
 * token for that. answer is overwritten, and is to be freed whatever came. */
void cloud_http_do(struct cloud_http *h, const struct cloud_http_request *request,
                   struct cloud_http_answer *answer);
void cloud_http_answer_done(struct cloud_http_answer *answer);

#endif
