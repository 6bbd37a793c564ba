/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an informer's changes arrive: a state machine on the client's loop, without a thread of its own.
 *
 *     LISTING ──whole──▶ WATCHING ──ended──▶ WATCHING from the last revision
 *        ▲ ▲                │ 410, garbage, refused
 *        │ └── WAITING ◀────┘                     (jittered back-off, then a list or a watch)
 *
 * A list is read in pages and each item is applied as it arrives; only when the last page is whole do objects
 * that it did not name count as gone.
 */
#include <stdio.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/base/random.h"
#include "core/client/informer-private.h"
#include "core/client/request.h"

#define PAGE_SIZE          "500"
#define BACKOFF_MIN_MS     50
#define BACKOFF_MAX_MS     30000
#define UNREACHABLE_MAX_MS 5000 /* the server is away, and may be back any moment */
#define ERROR_BYTES_MAX    (64u * 1024)

static void begin_list(struct informer *i);
static void begin_watch(struct informer *i);

static const char *accept_of(const struct informer *i, bool list)
{
    if (!i->config.metadata_only)
        return "application/json";
    return list ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
                : "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
}

static void base_target(struct informer *i, struct buffer *out)
{
    client_path(out, i->config.resource, i->namespace_, NULL, NULL);
    client_query(out, "labelSelector", i->label_selector);
    client_query(out, "fieldSelector", i->field_selector);
}

static void begin_stream(struct informer *i, const char *target, bool list,
                         const struct transport_callbacks *callbacks)
{
    struct transport *t = client_transport(i->config.client);
    struct transport_request request = {
        .method = "GET", .target = target, .accept = accept_of(i, list), .timeout_ms = CLIENT_TIMEOUT_MS};
    i->status = 0;
    i->broken = false;
    buffer_clear(&i->line);
    i->began_ms = clock_monotonic_ms();
    i->stream = t->stream(t, &request, callbacks, i);
}

/* --- waiting --- */

static void timer_fired(void *context)
{
    struct informer *i = context;
    if (i->relist)
        begin_list(i);
    else
        begin_watch(i);
}

static void back_off(struct informer *i, bool relist, const struct error *why)
{
    int64_t delay = BACKOFF_MIN_MS;
    bool unreachable = why && why->code == ERR_UNAVAILABLE;
    int64_t most = unreachable ? UNREACHABLE_MAX_MS : BACKOFF_MAX_MS;
    for (unsigned n = 0; n < i->failures && delay < most; n++)
        delay *= 2;
    delay = MIN(delay, most);
    delay += (int64_t)random_below((uint64_t)delay);
    if (why && why->retry_after_s)
        delay = MAX(delay, (int64_t)why->retry_after_s * 1000);
    i->failures++;
    i->relist = relist;
    i->state = INFORMER_WAITING;
    if (why && i->failures >= 3 && (!unreachable || client_may_complain(i->config.client)))
        log_warning("%s %s: %s; again in %lld ms", relist ? "listing" : "watching",
                    i->config.resource->plural, why->message ? why->message : "failed", (long long)delay);
    loop_timer_start(&i->timer, delay);
}

/* What an ended answer means as an error; *err untouched when it is a success. */
static bool failed(struct informer *i, const struct error *transport_error, struct error *err)
{
    struct slice body = {i->line.data, i->line.size};
    if (transport_error)
        error_copy(err, transport_error);
    else if (i->status != 200)
        client_status_error(i->status, NULL, 0, body, err);
    else if (i->broken)
        error_copy(err, &i->broken_why);
    else
        return false;
    return true;
}

static void on_headers(void *context, int status, const struct http_header *headers, size_t count)
{
    struct informer *i = context;
    i->status = status;
}

static void break_off(struct informer *i, struct error *why)
{
    i->broken = true;
    error_move(&i->broken_why, why);
}

/* Of an answer that is not a success. */
static void keep_error_body(struct informer *i, struct slice data)
{
    if (i->line.size + data.size <= ERROR_BYTES_MAX)
        buffer_append_slice(&i->line, data);
}

/* --- listing --- */

static bool take_item(void *context, struct slice item)
{
    struct informer *i = context;
    struct json *document = NULL;
    struct error err = ERROR_INIT;
    bool good =
        json_parse(&i->arena, item, &document, &err) == 0 && informer_apply(i, document, true, &err) == 0;
    arena_reset(&i->arena);
    if (!good)
        break_off(i, &err);
    error_done(&err);
    return good;
}

static void on_list_data(void *context, struct slice data)
{
    struct informer *i = context;
    if (i->status != 200) {
        keep_error_body(i, data);
        return;
    }
    if (i->broken || list_splitter_feed(&i->splitter, data))
        return;
    struct error err = ERROR_INIT;
    if (!i->broken) {
        error_set(&err, ERR_BAD_REQUEST, "an item of the list is too large");
        break_off(i, &err);
    }
}

/* Reads what stands around the items. */
static int finish_page(struct informer *i, struct error *err)
{
    struct json *frame = NULL;
    if (json_parse(&i->arena, (struct slice){i->splitter.frame.data, i->splitter.frame.size}, &frame, err) <
        0)
        return -1;
    if (!json_is(frame, JSON_OBJECT) || !json_get(frame, "items"))
        return error_set(err, ERR_BAD_REQUEST, "the answer is not a list");
    const char *revision = json_string_at(frame, "metadata.resourceVersion");
    if (!parse_u64(slice_of(revision), UINT64_MAX, &i->revision))
        return error_set(err, ERR_BAD_REQUEST, "the list has no resource version");
    buffer_clear(&i->continue_);
    buffer_append_str(&i->continue_, json_string_or(json_at(frame, "metadata.continue"), ""));
    return 0;
}

static void finish_list(struct informer *i)
{
    informer_sweep(i);
    list_splitter_done(&i->splitter);
    i->splitter = (struct list_splitter){0};
    arena_done(&i->arena);
    begin_watch(i);
}

static void begin_page(struct informer *i);

static void on_list_ended(void *context, const struct error *transport_error)
{
    struct informer *i = context;
    struct error err = ERROR_INIT;
    i->stream = NULL;
    if (failed(i, transport_error, &err) || finish_page(i, &err) < 0)
        back_off(i, true, &err);
    else if (i->continue_.size)
        begin_page(i);
    else
        finish_list(i);
    error_done(&err);
    if (i->state != INFORMER_LISTING)
        arena_done(&i->arena);
}

static void begin_page(struct informer *i)
{
    static const struct transport_callbacks callbacks = {on_headers, on_list_data, on_list_ended};
    struct buffer target = BUFFER_INIT;
    list_splitter_reset(&i->splitter);
    i->splitter.take = take_item;
    i->splitter.context = i;
    base_target(i, &target);
    client_query(&target, "limit", PAGE_SIZE);
    client_query(&target, "continue", i->continue_.data);
    begin_stream(i, target.data, true, &callbacks);
    buffer_done(&target);
}

static void begin_list(struct informer *i)
{
    i->state = INFORMER_LISTING;
    i->round++;
    buffer_clear(&i->continue_);
    begin_page(i);
}

/* --- watching --- */

static int apply_event(struct informer *i, struct slice line, struct error *err)
{
    struct json *event = NULL;
    if (json_parse(&i->arena, line, &event, err) < 0)
        return -1;
    const char *type = json_string_or(json_get(event, "type"), "");
    struct json *object = json_get(event, "object");
    if (!strcmp(type, "ERROR")) {
        const char *message = json_string_or(json_get(object, "message"), "the watch failed");
        int code = (int)json_integer_at(object, "code", 500);
        return error_set(err, error_from_reason(json_string_or(json_get(object, "reason"), ""), code), "%s",
                         message);
    }
    int rc = 0;
    uint64_t revision;
    const char *text = json_string_or(json_at(object, "metadata.resourceVersion"), "");
    if (!parse_u64(slice_of(text), UINT64_MAX, &revision))
        return error_set(err, ERR_BAD_REQUEST, "a watch event without a resource version");
    if (!strcmp(type, "ADDED") || !strcmp(type, "MODIFIED"))
        rc = informer_apply(i, object, false, err);
    else if (!strcmp(type, "DELETED"))
        rc = informer_apply_deleted(i, object, err);
    else if (strcmp(type, "BOOKMARK") != 0)
        rc = error_set(err, ERR_BAD_REQUEST, "an unknown watch event \"%s\"", type);
    if (rc == 0)
        i->revision = revision;
    return rc;
}

static void watch_failed(struct informer *i, const struct error *why)
{
    bool gone = why->code == ERR_GONE || why->code == ERR_EXPIRED;
    bool later = why->code == ERR_UNAVAILABLE || why->code == ERR_TIMEOUT ||
                 why->code == ERR_TOO_MANY_REQUESTS || why->code == ERR_SERVER_TIMEOUT ||
                 why->code == ERR_CANCELLED;
    if (gone && i->failures == 0) {
        i->failures++;
        begin_list(i);
    } else {
        back_off(i, !later, why);
    }
}

static void take_line(struct informer *i, struct slice line)
{
    struct error err = ERROR_INIT;
    line = slice_trim(line);
    if (i->broken || line.size == 0)
        return;
    if (apply_event(i, line, &err) < 0)
        break_off(i, &err);
    else
        i->failures = 0;
    arena_reset(&i->arena);
    error_done(&err);
}

static void take_lines(struct informer *i, struct slice data)
{
    while (data.size && !i->broken) {
        const char *end = memchr(data.data, '\n', data.size);
        size_t size = end ? (size_t)(end - data.data) : data.size;
        if (end && !i->line.size) {
            take_line(i, (struct slice){data.data, size});
        } else {
            buffer_append(&i->line, data.data, size);
            if (end)
                take_line(i, (struct slice){i->line.data, i->line.size});
            if (end)
                buffer_clear(&i->line);
        }
        size += end ? 1 : 0;
        data = (struct slice){data.data + size, data.size - size};
    }
}

/* Not one of those that break at once, again and again. */
static bool watch_lasted(const struct informer *i)
{
    return i->status == 200 && clock_monotonic_ms() - i->began_ms >= 1000;
}

static void on_watch_data(void *context, struct slice data)
{
    struct informer *i = context;
    if (i->status != 200) {
        keep_error_body(i, data);
        return;
    }
    take_lines(i, data);
    struct error err = ERROR_INIT;
    if (i->line.size > LIST_ITEM_BYTES_MAX && !i->broken) {
        error_set(&err, ERR_BAD_REQUEST, "a watch event is too large");
        break_off(i, &err);
    }
    if (!i->line.size)
        buffer_done(&i->line);
    if (!i->broken)
        return;
    struct transport *t = client_transport(i->config.client);
    t->cancel(t, TAKE_PTR(i->stream));
    if (watch_lasted(i))
        i->failures = 0;
    watch_failed(i, &i->broken_why);
}

static void on_watch_ended(void *context, const struct error *transport_error)
{
    struct informer *i = context;
    struct error err = ERROR_INIT;
    i->stream = NULL;
    if (watch_lasted(i)) {
        i->failures = 0;
        begin_watch(i);
    } else if (failed(i, transport_error, &err)) {
        watch_failed(i, &err);
    } else {
        back_off(i, false, NULL);
    }
    error_done(&err);
}

static void begin_watch(struct informer *i)
{
    static const struct transport_callbacks callbacks = {on_headers, on_watch_data, on_watch_ended};
    char number[24];
    struct buffer target = BUFFER_INIT;
    i->state = INFORMER_WATCHING;
    base_target(i, &target);
    client_query(&target, "watch", "true");
    client_query(&target, "allowWatchBookmarks", "true");
    snprintf(number, sizeof(number), "%llu", (unsigned long long)i->revision);
    client_query(&target, "resourceVersion", number);
    snprintf(number, sizeof(number), "%u", 300 + (unsigned)random_below(300));
    client_query(&target, "timeoutSeconds", number);
    begin_stream(i, target.data, false, &callbacks);
    buffer_done(&target);
}

void informer_watch_start(struct informer *i)
{
    loop_timer_init(&i->timer, i->loop, timer_fired, i);
    begin_list(i);
}

void informer_watch_stop(struct informer *i)
{
    struct transport *t = client_transport(i->config.client);
    if (i->stream)
        t->cancel(t, TAKE_PTR(i->stream));
    loop_timer_stop(&i->timer);
    i->state = INFORMER_STOPPED;
    error_done(&i->broken_why);
    list_splitter_done(&i->splitter);
    buffer_done(&i->continue_);
    buffer_done(&i->line);
    buffer_done(&i->scratch);
    arena_done(&i->arena);
}
