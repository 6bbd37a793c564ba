/* SPDX-License-Identifier: Apache-2.0 */
/* See api.h. */
#include "plugins/cloud-gcp/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "plugins/cloud-gcp/ask.h"
#include "plugins/cloud-gcp/credential.h"

#define TRIES_MAX      4
#define BACKOFF_MS     250
#define BACKOFF_MS_MAX 4000
#define PAUSE_MS       50 /* before Google is asked again to wait for an operation */
#define PAUSE_MS_MAX   4000
#define PENDING_MS     2000
#define PAGES_MAX      1000
#define PATH_MAX_      1024

struct request {
    const char *method, *path, *query, *body;
    struct api_refusal *refusal; /* NULL: nobody asks */
};

char *api_link(const struct gcp *g, const char *path)
{
    char *link;
    return asprintf(&link, "projects/%s/%s", g->settings.project, path) < 0 ? NULL : link;
}

static void tell_retry_after(const struct gcp *g, const struct keelson_call *call, int64_t ms)
{
    g->host->retry_after(call, (uint32_t)(ms < 3600000 ? ms : 3600000));
}

/* The first error's reason. */
static const char *reason_of(json_object *error)
{
    const char *reason =
        document_text(document_element(document_array(error, "errors"), 0, json_type_object), "reason");
    return reason ? reason : document_text(error, "status");
}

/* Says so. where: "status 400" or "operation". */
static enum keelson_status tell_refusal(const struct gcp *g, const struct keelson_call *call,
                                        const struct request *r, const char *where,
                                        enum keelson_status status, const char *reason, const char *message)
{
    const char *advice = api_advice(reason);
    if (r->refusal)
        api_read_refusal(reason, message, r->refusal);
    return g->host->fail(call, status, "%s %s: %s (%s%s%s)%s%s", r->method, r->path,
                         message ? message : "no reason given", where, reason ? ", " : "",
                         reason ? reason : "", advice ? ": " : "", advice ? advice : "");
}

static enum keelson_status refused(const struct gcp *g, const struct keelson_call *call,
                                   const struct request *r, const struct said *said)
{
    json_object *error = document_object(said->document, "error");
    const char *reason = reason_of(error);
    char where[32];
    snprintf(where, sizeof(where), "status %d", said->status);
    return tell_refusal(g, call, r, where, api_status(reason, said->status), reason,
                        document_text(error, "message"));
}

/* One try. said is to be freed whatever came; with OK its status is a good one. */
static enum keelson_status try_once(struct gcp *g, const struct keelson_call *call, const struct request *r,
                                    struct said *said)
{
    _cleanup_text_ char *token = NULL, *url = NULL;
    struct pace *pace = quota_pace(&g->quotas, r->method, r->path);
    *said = (struct said){.retry_after_ms = -1};
    TRY(credential_token(g, call, &token));
    TRY(call_wait(g, call, (pace_take_ns(pace, pace_clock_ns()) + 999999) / 1000000));
    if (asprintf(&url, "%.*s/compute/v1/projects/%s/%s%s%s", settings_base_size(g->settings.endpoint),
                 g->settings.endpoint, g->settings.project, r->path, r->query ? "?" : "",
                 r->query ? r->query : "") < 0) {
        url = NULL;
        return g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    }
    TRY(ask(g, call,
            &(struct ask){.http = g->http,
                          .method = r->method,
                          .url = url,
                          .bearer = token,
                          .content_type = "application/json",
                          .body = r->body},
            said));
    g->host->metric_add(g->token, "requests_total", r->method, 1);
    enum keelson_status status =
        said->status >= 200 && said->status < 300 ? KEELSON_OK : refused(g, call, r, said);
    if (said->status == 401)
        credential_rejected(g, token);
    if (status == KEELSON_THROTTLED) {
        g->host->metric_add(g->token, "throttled_total", quota_name(quota_kind(r->method, r->path)), 1);
        pace_throttled(pace, pace_clock_ns());
    } else {
        pace_answered(pace, pace_clock_ns());
    }
    return status;
}

static bool may_help(enum keelson_status status, int http_status, unsigned tried)
{
    if (http_status == 401)
        return tried == 0; /* with a new token */
    return status == KEELSON_UNAVAILABLE || status == KEELSON_TIMEOUT || status == KEELSON_THROTTLED;
}

/* Tries until it is answered, or it is no use. */
static enum keelson_status request(struct gcp *g, const struct keelson_call *call, const struct request *r,
                                   json_object **ret)
{
    for (unsigned tried = 0;; tried++) {
        struct said said;
        enum keelson_status status = try_once(g, call, r, &said);
        if (status == KEELSON_OK) {
            *ret = said.document;
            return KEELSON_OK;
        }
        said_done(&said);
        int64_t wait_ms = backoff_ms(tried, BACKOFF_MS, BACKOFF_MS_MAX, pace_random01());
        if (said.retry_after_ms > wait_ms)
            wait_ms = said.retry_after_ms;
        bool again = may_help(status, said.status, tried) && tried + 1 < TRIES_MAX &&
                     pace_clock_ns() + wait_ms * 1000000 < call->deadline_ns;
        if (!again && status == KEELSON_THROTTLED)
            tell_retry_after(g, call, wait_ms < PENDING_MS ? PENDING_MS : wait_ms);
        if (!again && status == KEELSON_PENDING)
            tell_retry_after(g, call, PENDING_MS);
        if (!again)
            return status;
        TRY(call_wait(g, call, wait_ms));
    }
}

enum keelson_status api_get(struct gcp *g, const struct keelson_call *call, const char *path,
                            const char *query, json_object **ret)
{
    return request(g, call, &(struct request){.method = "GET", .path = path, .query = query}, ret);
}

/* Lists */

static enum keelson_status broken_list(const struct gcp *g, const struct keelson_call *call,
                                       const struct api_list *list, const char *why)
{
    return g->host->fail(call, KEELSON_UNAVAILABLE, "the list of %s %s", list->path, why);
}

/* A place without anything says so in a warning. Any other warning means that something is missing. */
static enum keelson_status check_warning(const struct gcp *g, const struct keelson_call *call,
                                         const struct api_list *list, json_object *holder)
{
    json_object *warning = NULL;
    if (!json_object_object_get_ex(holder, "warning", &warning))
        return KEELSON_OK;
    const char *code = document_text(warning, "code");
    return code && strcmp(code, "NO_RESULTS_ON_PAGE") == 0
               ? KEELSON_OK
               : broken_list(g, call, list, code ? code : "has a warning without a code");
}

static enum keelson_status visit_items(const struct gcp *g, const struct keelson_call *call,
                                       const struct api_list *list, json_object *holder, const char *member)
{
    json_object *items = NULL;
    TRY(check_warning(g, call, list, holder));
    if (!json_object_object_get_ex(holder, member, &items))
        return KEELSON_OK;
    if (!json_object_is_type(items, json_type_array))
        return broken_list(g, call, list, "holds no array");
    for (size_t i = 0; i < document_length(items); i++) {
        json_object *item = document_element(items, i, json_type_object);
        if (!item)
            return broken_list(g, call, list, "holds what is no object");
        TRY(list->visit(list->context, item));
    }
    return KEELSON_OK;
}

static enum keelson_status visit_page(const struct gcp *g, const struct keelson_call *call,
                                      const struct api_list *list, json_object *page)
{
    json_object *items = NULL, *unreachable = NULL;
    if (!document_text(page, "kind"))
        return broken_list(g, call, list, "lacks its kind");
    if (json_object_object_get_ex(page, "unreachables", &unreachable) &&
        document_length(document_array(page, "unreachables")) > 0)
        return broken_list(g, call, list, "lacks places that cannot be reached");
    if (!list->aggregated)
        return visit_items(g, call, list, page, "items");
    TRY(check_warning(g, call, list, page));
    if (!json_object_object_get_ex(page, "items", &items))
        return KEELSON_OK;
    if (!json_object_is_type(items, json_type_object))
        return broken_list(g, call, list, "holds no places");
    json_object_object_foreach(items, place, holder)
    {
        if (!json_object_is_type(holder, json_type_object))
            return broken_list(g, call, list, place);
        TRY(visit_items(g, call, list, holder, list->aggregated));
    }
    return KEELSON_OK;
}

static enum keelson_status query_of(const struct gcp *g, const struct keelson_call *call,
                                    const struct api_list *list, const char *page_token, char **ret)
{
    struct form form = {0};
    if (!form_add(&form, "maxResults", "500") || (list->filter && !form_add(&form, "filter", list->filter)) ||
        (page_token && !form_add(&form, "pageToken", page_token))) {
        free(form.text);
        return g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    }
    *ret = form.text;
    return KEELSON_OK;
}

enum keelson_status api_list(struct gcp *g, const struct keelson_call *call, const struct api_list *list)
{
    _cleanup_text_ char *token = NULL;
    for (unsigned pages = 0; pages < PAGES_MAX; pages++) {
        _cleanup_text_ char *query = NULL;
        _cleanup_document_ json_object *page = NULL;
        TRY(query_of(g, call, list, token, &query));
        TRY(request(g, call,
                    &(struct request){.method = list->method,
                                      .path = list->path,
                                      .query = query,
                                      .body = strcmp(list->method, "POST") == 0 ? "{}" : NULL},
                    &page));
        TRY(visit_page(g, call, list, page));
        const char *next = document_text(page, "nextPageToken");
        if (!next || !*next)
            return KEELSON_OK;
        if (token && strcmp(token, next) == 0)
            return broken_list(g, call, list, "has the same page twice");
        free(token);
        token = strdup(next);
        if (!token)
            return g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    }
    return broken_list(g, call, list, "has no end");
}

/* Changes */

static void new_request_id(char ret[37])
{
    uint8_t b[16];
    if (getrandom(b, sizeof(b), 0) != sizeof(b))
        memset(b, 1, sizeof(b));
    b[6] = (b[6] & 15) | 0x40;
    b[8] = (b[8] & 63) | 0x80;
    snprintf(ret, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* Where an operation is waited for: of its zone, region, or neither, and its name. */
static bool operation_path(json_object *operation, char *ret, size_t size)
{
    const char *name = document_text(operation, "name"), *zone = document_text(operation, "zone"),
               *region = document_text(operation, "region");
    int length;
    if (!name || strchr(name, '/') || strpbrk(name, "?#% "))
        return false;
    if (zone || region)
        length = snprintf(ret, size, "%s/%s/operations/%s/wait", zone ? "zones" : "regions",
                          link_last(zone ? zone : region), name);
    else
        length = snprintf(ret, size, "global/operations/%s/wait", name);
    return length > 0 && (size_t)length < size && !strpbrk(ret, "?#% ");
}

static enum keelson_status outcome(const struct gcp *g, const struct keelson_call *call,
                                   const struct request *r, json_object *operation)
{
    json_object *error = document_object(operation, "error"), *http_status = NULL;
    if (!error)
        return KEELSON_OK;
    json_object *first = document_element(document_array(error, "errors"), 0, json_type_object);
    const char *code = document_text(first, "code"), *message = document_text(first, "message");
    json_object_object_get_ex(operation, "httpErrorStatusCode", &http_status);
    enum keelson_status status = api_status(code, json_object_get_int(http_status));
    if (status == KEELSON_THROTTLED || status == KEELSON_PENDING)
        tell_retry_after(g, call, PENDING_MS);
    return tell_refusal(g, call, r, "operation", status, code, message);
}

static enum keelson_status pending(const struct gcp *g, const struct keelson_call *call,
                                   const struct request *r)
{
    tell_retry_after(g, call, PENDING_MS);
    return g->host->fail(call, KEELSON_PENDING, "%s %s: Google is still at it", r->method, r->path);
}

static enum keelson_status await(struct gcp *g, const struct keelson_call *call, const struct request *r,
                                 json_object *operation)
{
    char path[PATH_MAX_];
    _cleanup_document_ json_object *seen = json_object_get(operation);
    for (unsigned asked = 0;; asked++) {
        const char *state = document_text(seen, "status");
        if (state && strcmp(state, "DONE") == 0)
            return outcome(g, call, r, seen);
        if (!state || !operation_path(seen, path, sizeof(path)))
            return g->host->fail(call, KEELSON_UNAVAILABLE, "%s %s: the answer is no operation", r->method,
                                 r->path);
        json_object *next = NULL;
        enum keelson_status status =
            asked ? call_wait(g, call, backoff_ms(asked, PAUSE_MS, PAUSE_MS_MAX, 1)) : KEELSON_OK;
        if (status == KEELSON_OK)
            status = request(g, call, &(struct request){.method = "POST", .path = path}, &next);
        if (status == KEELSON_TIMEOUT ||
            status == KEELSON_NOT_FOUND) /* an operation that is forgotten says nothing of the thing */
            return pending(g, call, r);
        TRY(status);
        json_object_put(seen);
        seen = next;
    }
}

enum keelson_status api_await(struct gcp *g, const struct keelson_call *call, const char *method,
                              const char *what, json_object *operation)
{
    return await(g, call, &(struct request){.method = method, .path = what}, operation);
}

static enum keelson_status start(struct gcp *g, const struct keelson_call *call, const struct request *r,
                                 json_object *body, json_object **ret)
{
    char query[64] = "requestId=";
    struct request full = *r;
    new_request_id(query + strlen(query));
    full.query = query;
    full.body =
        body ? json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
             : NULL;
    return request(g, call, &full, ret);
}

enum keelson_status api_start(struct gcp *g, const struct keelson_call *call, const char *method,
                              const char *path, json_object *body, json_object **ret)
{
    return start(g, call, &(struct request){.method = method, .path = path}, body, ret);
}

enum keelson_status api_change_refusable(struct gcp *g, const struct keelson_call *call, const char *method,
                                         const char *path, json_object *body, struct api_refusal *ret)
{
    const struct request r = {.method = method, .path = path, .refusal = ret};
    _cleanup_document_ json_object *operation = NULL;
    TRY(start(g, call, &r, body, &operation));
    return await(g, call, &r, operation);
}

enum keelson_status api_change(struct gcp *g, const struct keelson_call *call, const char *method,
                               const char *path, json_object *body)
{
    return api_change_refusable(g, call, method, path, body, NULL);
}
