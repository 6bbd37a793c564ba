/* SPDX-License-Identifier: Apache-2.0 */
/* See api.h. */
#include <stdarg.h>
#include <time.h>

#include "plugins/cloud-aws/api.h"
#include "plugins/cloud-aws/sigv4.h"

#define BACKOFF_BASE_MS 200
#define BACKOFF_MAX_MS  10000
#define SKEW_MIN_S      120 /* AWS lets 300 pass */

static const struct service_row {
    const char *name, *version, *scope;
    size_t url_offset;
} services[SERVICES] = {
    [SERVICE_EC2] = {"ec2", "2016-11-15", "ec2", offsetof(struct settings, ec2_url)},
    [SERVICE_ELB] = {"elasticloadbalancing", "2015-12-01", "elasticloadbalancing",
                     offsetof(struct settings, elb_url)},
    [SERVICE_STS] = {"sts", "2011-06-15", "sts", offsetof(struct settings, sts_url)},
};

/* What one try came to. */
struct outcome {
    enum keelson_status status;
    struct error_meaning meaning; /* with a status other than OK */
    bool unsure;                  /* it may have been carried out nevertheless */
    int64_t retry_after_ms;       /* -1: not said */
    int64_t date_s;
    char message[640];
};

struct attempt {
    struct aws *aws;
    const struct keelson_call *call;
    enum service service;
    const char *action;
    const struct text *params;
    const struct keys *keys; /* NULL: not signed */
    bool own_keys;           /* they were given: there are no others */
    unsigned tries_max;
};

/* --- parameters --- */

void params_add(struct text *params, const char *value, const char *name_fmt, ...)
{
    char name[128];
    va_list args;
    va_start(args, name_fmt);
    vsnprintf(name, sizeof(name), name_fmt, args);
    va_end(args);
    text_printf(params, "&%s=", name);
    for (size_t size; *value; value += size) { /* a form's encoding, where a space is a plus */
        size = strcspn(value, " ");
        text_add_encoded(params, value, size, false);
        if (value[size] == ' ') {
            text_add_str(params, "+");
            size++;
        }
    }
}

void params_filter(struct text *params, unsigned n, const char *name, const char *const *values, size_t count)
{
    params_add(params, name, "Filter.%u.Name", n);
    for (size_t i = 0; i < count; i++)
        params_add(params, values[i], "Filter.%u.Value.%zu", n, i + 1);
}

void params_filter_one(struct text *params, unsigned n, const char *name, const char *value)
{
    params_filter(params, n, name, &value, 1);
}

void reply_done(struct reply *reply)
{
    xml_free(reply->document);
    *reply = (struct reply){0};
}

/* --- one try --- */

static void set_outcome(struct outcome *o, struct error_meaning meaning, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void set_outcome(struct outcome *o, struct error_meaning meaning, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(o->message, sizeof(o->message), fmt, args);
    va_end(args);
    o->meaning = meaning;
    o->status = meaning.status;
}

static enum keelson_status url_of(const struct attempt *a, const char **region, struct text *url)
{
    const struct service_row *s = &services[a->service];
    const char *set;
    memcpy(&set, (const char *)&a->aws->settings + s->url_offset, sizeof(set));
    enum keelson_status status = region_get(a->aws, a->call, region);
    if (status != KEELSON_OK)
        return status;
    if (set)
        text_printf(url, "%s%s", set, set[strlen(set) - 1] == '/' ? "" : "/");
    else
        text_printf(url, "https://%s.%s.%s/", s->name, *region, partition_of(*region).suffix);
    return KEELSON_OK;
}

static void parts_of(const char *url, struct text *host, const char **path)
{
    const char *from = strstr(url, "://");
    from = from ? from + 3 : url;
    *path = from + strcspn(from, "/");
    text_add(host, from, (size_t)(*path - from));
}

static void outcome_of_transport(const struct cloud_http_answer *answer, struct outcome *o)
{
    static const struct error_meaning meanings[] = {
        [CLOUD_HTTP_REFUSED] = {KEELSON_INVALID},
        [CLOUD_HTTP_UNREACHABLE] = {KEELSON_UNAVAILABLE, .again = true},
        [CLOUD_HTTP_TIMEOUT] = {KEELSON_TIMEOUT, .again = true},
        [CLOUD_HTTP_CANCELLED] = {KEELSON_CANCELLED},
        [CLOUD_HTTP_BROKEN] = {KEELSON_UNAVAILABLE, .again = true},
        [CLOUD_HTTP_TOO_LARGE] = {KEELSON_FAILED},
    };
    set_outcome(o, meanings[answer->cause], "%s", answer->problem);
    o->unsure = answer->cause != CLOUD_HTTP_UNREACHABLE;
}

/* An error is <Response><Errors><Error> with EC2 and <ErrorResponse><Error> elsewhere. */
static void outcome_of_error(const struct cloud_http_answer *answer, const struct xml *root,
                             struct reply *reply, struct outcome *o)
{
    const struct xml *error = xml_at(root, "Errors/Error");
    error = error ? error : xml_at(root, "Error");
    const char *id = xml_text(root, "RequestID");
    id = *id ? id : xml_text(root, "RequestId");
    id = *id ? id : answer->request_id;
    snprintf(reply->code, sizeof(reply->code), "%s", xml_text(error, "Code"));
    set_outcome(o, error_meaning_of(reply->code, answer->status), "%s: %.400s (status %d%s%s)",
                *reply->code ? reply->code : "an error without a code", xml_text(error, "Message"),
                answer->status, *id ? ", request " : "", id);
}

static bool is_answer_to(const struct xml *root, const char *action)
{
    size_t size = strlen(action);
    return strncmp(root->name, action, size) == 0 && strcmp(root->name + size, "Response") == 0;
}

static void outcome_of_answer(const struct attempt *a, const struct cloud_http_answer *answer,
                              struct reply *reply, struct outcome *o)
{
    const struct error_meaning unreadable = {KEELSON_UNAVAILABLE, .again = true};
    char problem[160];
    o->retry_after_ms = answer->retry_after_ms;
    o->date_s = answer->date_s;
    struct xml_document *document = xml_parse(answer->body, answer->size, problem, sizeof(problem));
    const struct xml *root = document ? xml_root(document) : NULL;
    if (answer->status == 200 && !document)
        set_outcome(o, unreadable, "the answer is no XML: %s", problem);
    else if (answer->status == 200 && !is_answer_to(root, a->action))
        set_outcome(o, unreadable, "the answer is <%.60s>, not <%sResponse>", root->name, a->action);
    else if (answer->status != 200)
        outcome_of_error(answer, root, reply, o);
    else {
        o->status = KEELSON_OK;
        reply->document = document;
        reply->root = root;
        return;
    }
    o->unsure = answer->status == 200 || (answer->status >= 500 && !o->meaning.throttled);
    xml_free(document);
}

static void send_signed(const struct attempt *a, const char *url, const char *region, const struct text *body,
                        struct cloud_http_answer *answer)
{
    static const char type[] = "application/x-www-form-urlencoded; charset=utf-8";
    _cleanup_text_ struct text host = {0}, authorization = {0};
    char date[SIGV4_DATE_SIZE];
    const char *path;
    parts_of(url, &host, &path);
    sigv4_date(time(NULL) + atomic_load(&a->aws->clock_ahead_s), date);
    struct cloud_http_header headers[4] = {{"Content-Type", type}, {"X-Amz-Date", date}};
    size_t count = 2;
    if (a->keys) {
        const struct sigv4_header to_sign[] = {{"content-type", type}, {"host", text_of(&host)}};
        const struct sigv4_request r = {"POST", path, NULL, to_sign, 2, body->data, body->size};
        const struct sigv4_key key = {a->keys->access_key_id, a->keys->secret_access_key,
                                      a->keys->session_token, region, services[a->service].scope};
        sigv4_authorization(&r, &key, date, &authorization);
        headers[count++] = (struct cloud_http_header){"Authorization", authorization.data};
        if (a->keys->session_token)
            headers[count++] = (struct cloud_http_header){"X-Amz-Security-Token", a->keys->session_token};
    }
    const struct cloud_http_request request = {.method = "POST",
                                               .url = url,
                                               .headers = headers,
                                               .headers_count = count,
                                               .body = body->data,
                                               .body_size = body->size,
                                               .deadline_ns = a->call->deadline_ns,
                                               .cancel_fd = a->call->cancel_fd};
    cloud_http_do(a->aws->http, &request, answer);
}

static void try_once(const struct attempt *a, struct reply *reply, struct outcome *o)
{
    _cleanup_text_ struct text url = {0}, body = {0};
    const struct service_row *s = &services[a->service];
    struct cloud_http_answer answer;
    const char *region;
    *o = (struct outcome){.retry_after_ms = -1, .date_s = -1};
    o->status = o->meaning.status = url_of(a, &region, &url);
    if (o->status != KEELSON_OK)
        return;
    text_printf(&body, "Action=%s&Version=%s%s", a->action, s->version, a->params ? text_of(a->params) : "");
    send_signed(a, url.data, region, &body, &answer);
    if (answer.cause == CLOUD_HTTP_OK)
        outcome_of_answer(a, &answer, reply, o);
    else
        outcome_of_transport(&answer, o);
    cloud_http_answer_done(&answer);
}

/* --- until it is done --- */

/* Our clock is wrong by more than signatures bear: true, and it is corrected from now on. */
static bool clock_corrected(struct aws *aws, const struct outcome *o)
{
    if (!o->meaning.clock || o->date_s < 0)
        return false;
    int64_t ahead_s = o->date_s - (int64_t)time(NULL), known_s = atomic_load(&aws->clock_ahead_s);
    if (ahead_s - known_s < SKEW_MIN_S && known_s - ahead_s < SKEW_MIN_S)
        return false;
    atomic_store(&aws->clock_ahead_s, ahead_s);
    return true;
}

static enum keelson_status say(const struct attempt *a, const struct outcome *o)
{
    const char *name = services[a->service].name;
    if (!o->message[0]) /* said already */
        return o->status;
    if (o->meaning.throttled || o->retry_after_ms > 0)
        aws_host->retry_after(a->call, o->retry_after_ms > 0 ? (uint32_t)o->retry_after_ms : 5000);
    return FAIL(a->call, o->status, "%s %s: %s", name, a->action, o->message);
}

/* Not to be repeated blindly: the next look at what is there shows whether it was made. */
static bool makes_something(const struct attempt *a)
{
    return strncmp(a->action, "Create", 6) == 0;
}

static int64_t pause_ns(const struct outcome *o, unsigned tries)
{
    int64_t ms = backoff_ms(tries, BACKOFF_BASE_MS, BACKOFF_MAX_MS, pace_random01());
    return (ms > o->retry_after_ms ? ms : o->retry_after_ms) * 1000000;
}

static void count(struct attempt *a, const struct outcome *o)
{
    struct pace *pace = &a->aws->paces[a->service];
    if (o->meaning.throttled)
        pace_throttled(pace, pace_clock_ns());
    else if (o->status == KEELSON_OK)
        pace_answered(pace, pace_clock_ns());
}

/* Of what is listed for several calls. Targets are in no list; of EC2's only security groups are ours to
 * change there. */
static bool changes_a_list(const struct attempt *a)
{
    if (strncmp(a->action, "Describe", 8) == 0)
        return false;
    return a->service == SERVICE_EC2 ? strstr(a->action, "SecurityGroup") || strstr(a->action, "Tags")
                                     : !strstr(a->action, "Targets");
}

/* Ahead of it and behind it: what is asked for meanwhile may be older or newer. */
static void count_change(const struct attempt *a)
{
    if (changes_a_list(a))
        atomic_fetch_add(&a->aws->changes[a->service], 1);
}

static bool waited(const struct keelson_call *call, int64_t ns)
{
    return pace_wait(ns, call->deadline_ns, call->cancel_fd) == PACE_WAITED;
}

static enum keelson_status keep_trying(struct attempt *a, struct keys *keys, struct reply *reply)
{
    struct outcome o = {0};
    bool clock_tried = false, key_tried = a->own_keys;
    for (unsigned tries = 0;; tries++) {
        if (!waited(a->call, pace_take_ns(&a->aws->paces[a->service], pace_clock_ns())))
            return o.message[0]
                       ? say(a, &o)
                       : FAIL(a->call, KEELSON_TIMEOUT, "%s %s: too many requests wait for their turn",
                              services[a->service].name, a->action);
        reply_done(reply);
        count_change(a);
        try_once(a, reply, &o);
        count_change(a);
        count(a, &o);
        if (o.status == KEELSON_OK)
            return KEELSON_OK;
        if (!clock_tried && clock_corrected(a->aws, &o)) {
            clock_tried = true;
            continue;
        }
        if (o.meaning.key && !key_tried) {
            key_tried = true;
            credentials_drop(a->aws, keys->access_key_id);
            keys_done(keys);
            enum keelson_status status = credentials_get(a->aws, a->call, keys);
            if (status != KEELSON_OK)
                return status;
            continue;
        }
        if (!o.meaning.again || (o.unsure && makes_something(a)) || tries + 1 >= a->tries_max ||
            !waited(a->call, pause_ns(&o, tries)))
            return say(a, &o);
    }
}

enum keelson_status api_call_as(struct aws *aws, const struct keelson_call *call, enum service service,
                                const char *action, const struct text *params, const struct keys *keys,
                                unsigned tries_max, struct reply *ret)
{
    struct attempt a = {aws, call, service, action, params, keys, true, tries_max};
    return keep_trying(&a, NULL, ret);
}

enum keelson_status api_call(struct aws *aws, const struct keelson_call *call, enum service service,
                             const char *action, const struct text *params, struct reply *ret)
{
    struct keys keys = {0};
    enum keelson_status status = credentials_get(aws, call, &keys);
    if (status != KEELSON_OK)
        return status;
    struct attempt a = {aws, call, service, action, params, &keys, false, API_TRIES_MAX};
    status = keep_trying(&a, &keys, ret);
    keys_done(&keys);
    return status;
}

enum keelson_status api_change(struct aws *aws, const struct keelson_call *call, enum service service,
                               const char *action, const struct text *params)
{
    _cleanup_(reply_done) struct reply reply = {0};
    return api_call(aws, call, service, action, params, &reply);
}
