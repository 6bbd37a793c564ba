/* SPDX-License-Identifier: Apache-2.0 */
/* See ask.h. */
#include "plugins/cloud-gcp/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX 16

static const enum keelson_status status_of_cause[] = {
    [CLOUD_HTTP_OK] = KEELSON_OK,
    [CLOUD_HTTP_REFUSED] = KEELSON_INVALID,
    [CLOUD_HTTP_UNREACHABLE] = KEELSON_UNAVAILABLE,
    [CLOUD_HTTP_TIMEOUT] = KEELSON_TIMEOUT,
    [CLOUD_HTTP_CANCELLED] = KEELSON_CANCELLED,
    [CLOUD_HTTP_BROKEN] = KEELSON_UNAVAILABLE,
    [CLOUD_HTTP_TOO_LARGE] = KEELSON_FAILED,
};

static int64_t request_deadline(const struct gcp *g, const struct keelson_call *call)
{
    int64_t own = pace_clock_ns() + g->settings.request_timeout_seconds * 1000000000;
    return own < call->deadline_ns ? own : call->deadline_ns;
}

static enum keelson_status make(const struct gcp *g, const struct keelson_call *call, const struct ask *a,
                                struct cloud_http_answer *answer)
{
    struct cloud_http_header headers[HEADERS_MAX];
    _cleanup_text_ char *authorization = NULL;
    size_t count = 0;
    for (size_t i = 0; i < a->headers_count && count < HEADERS_MAX - 2; i++)
        headers[count++] = a->headers[i];
    if (a->bearer) {
        if (asprintf(&authorization, "Bearer %s", a->bearer) < 0) {
            authorization = NULL;
            return g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
        }
        headers[count++] = (struct cloud_http_header){"Authorization", authorization};
    }
    if (a->body)
        headers[count++] = (struct cloud_http_header){"Content-Type", a->content_type};
    const struct cloud_http_request request = {
        .method = a->method,
        .url = a->url,
        .headers = headers,
        .headers_count = count,
        .body = a->body,
        .body_size = a->body ? strlen(a->body) : 0,
        .deadline_ns = request_deadline(g, call),
        .cancel_fd = call->cancel_fd,
    };
    cloud_http_do(a->http, &request, answer);
    if (answer->cause == CLOUD_HTTP_OK)
        return KEELSON_OK;
    if (answer->cause == CLOUD_HTTP_CANCELLED)
        return call_ended(g, call);
    return g->host->fail(call, status_of_cause[answer->cause], "%s %.*s: %s", a->method,
                         (int)strcspn(a->url, "?"), a->url, answer->problem);
}

enum keelson_status ask(const struct gcp *g, const struct keelson_call *call, const struct ask *a,
                        struct said *said)
{
    struct cloud_http_answer answer = {0};
    enum keelson_status status = make(g, call, a, &answer);
    *said = (struct said){.retry_after_ms = -1};
    if (status == KEELSON_OK) {
        said->document = document_parse(answer.body, answer.size);
        said->status = answer.status;
        said->retry_after_ms = answer.retry_after_ms;
        if (!said->document && answer.status < 400)
            status =
                g->host->fail(call, KEELSON_UNAVAILABLE, "%s %.*s: the answer (status %d) is no JSON object",
                              a->method, (int)strcspn(a->url, "?"), a->url, answer.status);
    }
    cloud_http_answer_done(&answer);
    return status;
}

void said_done(struct said *said)
{
    json_object_put(said->document);
}

enum keelson_status ask_text(const struct gcp *g, const struct keelson_call *call, const struct ask *a,
                             char **ret)
{
    struct cloud_http_answer answer = {0};
    enum keelson_status status = make(g, call, a, &answer);
    if (status == KEELSON_OK && answer.status != 200)
        status = g->host->fail(call, KEELSON_DENIED, "%s %.*s: status %d", a->method,
                               (int)strcspn(a->url, "?"), a->url, answer.status);
    if (status == KEELSON_OK) {
        *ret = strdup(answer.body);
        if (!*ret)
            status = g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    }
    cloud_http_answer_done(&answer);
    return status;
}
