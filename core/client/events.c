/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event recorder. event_record makes the document at once and leaves it to a worker, which knows what it
 * told before: the same event again becomes a higher count; of those that differ in their words only, the
 * tenth and what follows are combined; and an object that brings too many is silenced for a while (upstream's
 * 25 in a burst, then one in five minutes).
 */
#include "core/client/events.h"

#include <stdarg.h>
#include <stdatomic.h>

#include "core/base/clock.h"
#include "core/base/list.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/client/request.h"

#define QUEUE_MAX       1000
#define KNOWN_MAX       4096 /* as upstream's LRU */
#define BURST           25
#define REFILL_NS       (300 * NS_PER_S)
#define SIMILAR_MAX     10
#define SIMILAR_NS      (600 * NS_PER_S) /* after such a silence they are told apart again */
#define SEND_TIMEOUT_MS 10000
#define DRAIN_MS        1000
#define MESSAGE_MAX     1024

/* What was told: of one event (key: all that makes it the same), of those that are similar (key: the same
 * without the message), or of one object (its spam budget). */
struct known {
    struct list link; /* the latest used first */
    char *key;
    char *name; /* of the Event object; NULL: a budget */
    int64_t count;
    double tokens;
    int64_t refilled_ns;
    uint64_t similar[SIMILAR_MAX]; /* hashes of messages */
    unsigned similar_count;
    int64_t similar_ns; /* the last of them */
};

struct event_recorder {
    struct client *client;
    const struct resource *resource;
    char *component, *host;
    struct workers *workers;
    atomic_llong drain_until_ms; /* 0: not closing */
    /* The worker's thread only. */
    struct map *known;
    struct list used;
};

struct event_job {
    struct event_recorder *recorder;
    struct arena arena;
    struct json *event;
    char *key, *similar_key, *object_key;
};

struct event_recorder *event_recorder_new(struct client *client, const char *component, const char *host)
{
    struct event_recorder *r = new0(struct event_recorder);
    r->client = client;
    r->resource = RESOURCE("", "v1", "events");
    r->component = xstrdup(component);
    r->host = xstrdup(host ? host : "");
    r->known = map_new(NULL);
    list_init(&r->used);
    struct workers_config config = {.name = "events", .threads_max = 1, .queue_max = QUEUE_MAX};
    r->workers = workers_new(&config);
    return r;
}

static void known_free(struct event_recorder *r, struct known *k)
{
    list_remove(&k->link);
    map_remove(r->known, k->key);
    free(k->key);
    free(k->name);
    free(k);
}

static struct known *known_of(struct event_recorder *r, const char *key)
{
    struct known *k = map_get(r->known, key);
    if (k) {
        list_remove(&k->link);
    } else {
        if (map_count(r->known) >= KNOWN_MAX)
            known_free(r, list_entry(r->used.prev, struct known, link));
        k = new0(struct known);
        k->key = xstrdup(key);
        list_init(&k->link);
        k->tokens = BURST;
        k->refilled_ns = clock_monotonic_ns();
        map_set(r->known, key, k);
    }
    list_prepend(&r->used, &k->link);
    return k;
}

static bool may_tell(struct event_recorder *r, const char *object_key)
{
    struct known *k = known_of(r, object_key);
    int64_t now = clock_monotonic_ns();
    k->tokens = MIN((double)BURST, k->tokens + (double)(now - k->refilled_ns) / (double)REFILL_NS);
    k->refilled_ns = now;
    if (k->tokens < 1)
        return false;
    k->tokens -= 1;
    return true;
}

static void note_similar(struct known *k, const char *message)
{
    uint64_t hash = hash_fnv64a(message, strlen(message));
    int64_t now = clock_monotonic_ns();
    if (now - k->similar_ns > SIMILAR_NS)
        k->similar_count = 0;
    k->similar_ns = now;
    for (unsigned i = 0; i < k->similar_count; i++)
        if (k->similar[i] == hash)
            return;
    k->similar[k->similar_count++] = hash;
}

/* Of the same thing much was told in ever other words: from now on it is one event, with the latest words. */
static void combine_similar(struct event_job *job)
{
    struct known *k = known_of(job->recorder, job->similar_key);
    const char *message = json_string_at(job->event, "message");
    note_similar(k, message);
    if (k->similar_count < SIMILAR_MAX)
        return;
    k->similar_count--;
    json_set_stringf(&job->arena, job->event, "message", "(combined from similar events): %.*s",
                     MESSAGE_MAX - 40, message);
    job->key = arena_printf(&job->arena, "%s\n\n", job->similar_key);
}

/* --- sending; the worker's thread --- */

static int64_t timeout_of(const struct event_recorder *r)
{
    int64_t until = atomic_load(&r->drain_until_ms);
    return until ? MAX(until - clock_monotonic_ms(), (int64_t)1) : SEND_TIMEOUT_MS;
}

static int send_text(struct event_recorder *r, const char *method, const char *namespace_, const char *name,
                     const char *content_type, const struct json *body, struct error *err)
{
    struct buffer target = BUFFER_INIT, text = BUFFER_INIT;
    client_path(&target, r->resource, namespace_, name, NULL);
    json_write(&text, body);
    struct client_request request = {.method = method,
                                     .target = target.data,
                                     .content_type = content_type,
                                     .body = {text.data, text.size},
                                     .timeout_ms = timeout_of(r)};
    int rc = client_perform(r->client, &request, NULL, NULL, err);
    buffer_done(&target);
    buffer_done(&text);
    return rc;
}

static int send_again(struct event_job *job, struct known *k, struct error *err)
{
    struct json *patch = json_new_object(&job->arena);
    json_set_int(&job->arena, patch, "count", k->count + 1);
    json_set_string(&job->arena, patch, "lastTimestamp", json_string_at(job->event, "lastTimestamp"));
    json_set_string(&job->arena, patch, "message", json_string_at(job->event, "message"));
    return send_text(job->recorder, "PATCH", object_namespace(job->event), k->name,
                     "application/strategic-merge-patch+json", patch, err);
}

static void send_event(struct event_job *job, struct error *err)
{
    struct event_recorder *r = job->recorder;
    struct known *k = known_of(r, job->key);
    int rc = -1;
    if (k->count) {
        rc = send_again(job, k, err);
        if (rc < 0 && err->code == ERR_NOT_FOUND)
            k->count = 0;
        else if (rc < 0)
            return;
    }
    if (!k->count) {
        error_done(err);
        *err = ERROR_INIT;
        rc = send_text(r, "POST", object_namespace(job->event), NULL, NULL, job->event, err);
        free(k->name);
        k->name = xstrdup(object_name(job->event));
    }
    if (rc == 0)
        k->count++;
}

static void job_free(struct event_job *job)
{
    struct arena arena = job->arena;
    arena_done(&arena);
}

static void job_run(void *arg)
{
    struct event_job *job = arg;
    struct event_recorder *r = job->recorder;
    struct error err = ERROR_INIT;
    int64_t until = atomic_load(&r->drain_until_ms);
    combine_similar(job);
    if ((!until || clock_monotonic_ms() < until) && may_tell(r, job->object_key))
        send_event(job, &err);
    if (err.code && err.code != ERR_CANCELLED)
        log_debug("event %s: %s", object_name(job->event), err.message);
    error_done(&err);
    job_free(job);
}

/* --- making; any thread --- */

static struct json *involved(struct arena *arena, const struct json *object, const char *field_path)
{
    static const char *const paths[] = {"namespace", "name", "uid"};
    struct json *out = json_new_object(arena);
    json_set_string(arena, out, "kind", object_kind(object));
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
        json_set_string(arena, out, paths[i], json_string(json_get(json_get(object, "metadata"), paths[i])));
    json_set_string(arena, out, "apiVersion", object_api_version(object));
    json_set_string(arena, out, "resourceVersion", json_string_at(object, "metadata.resourceVersion"));
    json_set_string(arena, out, "fieldPath", field_path);
    return out;
}

static struct json *make_event(struct event_recorder *r, struct arena *arena, const struct json *object,
                               const char *field_path, const char *type, const char *reason,
                               const char *message)
{
    char now[TIME_TEXT_MAX];
    int64_t now_ns = clock_realtime_ns();
    const char *namespace_ = object_namespace(object);
    time_format(now_ns, now);
    char *name = arena_printf(arena, "%.200s.%llx", object_name(object), (unsigned long long)now_ns);
    struct json *event = object_new(arena, "v1", "Event", namespace_[0] ? namespace_ : "default", name);
    json_set(arena, event, "involvedObject", involved(arena, object, field_path));
    json_set_string(arena, event, "reason", reason);
    json_set_string(arena, event, "message", message);
    struct json *source = json_set_object(arena, event, "source");
    json_set_string(arena, source, "component", r->component);
    if (r->host[0])
        json_set_string(arena, source, "host", r->host);
    json_set_string(arena, event, "firstTimestamp", now);
    json_set_string(arena, event, "lastTimestamp", now);
    json_set_int(arena, event, "count", 1);
    json_set_string(arena, event, "type", type);
    json_set_string(arena, event, "reportingComponent", r->component);
    json_set_string(arena, event, "reportingInstance", r->host);
    return event;
}

/* In UTF-8, whatever a container said, as long as the API takes it, and not cut within a character. */
static char *fit_message(const char *message)
{
    struct buffer out = BUFFER_INIT;
    utf8_append_repaired(&out, (struct slice){message, strnlen(message, MESSAGE_MAX + 4)});
    char *fitting = buffer_take(&out);
    size_t size = strlen(fitting);
    if (size > MESSAGE_MAX) {
        size = MESSAGE_MAX;
        while (size && ((unsigned char)fitting[size] & 0xc0) == 0x80)
            size--;
    }
    fitting[size] = 0;
    return fitting;
}

void event_record(struct event_recorder *r, const struct json *object, const char *field_path,
                  const char *type, const char *reason, const char *fmt, ...)
{
    struct arena arena = ARENA_INIT;
    va_list ap;
    va_start(ap, fmt);
    _cleanup_free_ char *said = xvasprintf(fmt, ap);
    va_end(ap);
    _cleanup_free_ char *message = fit_message(said);
    struct event_job *job = arena_new(&arena, struct event_job);
    job->recorder = r;
    job->event = make_event(r, &arena, object, field_path, type, reason, message);
    job->object_key = arena_printf(&arena, "%s/%s/%s/%s", object_kind(object), object_namespace(object),
                                   object_name(object), object_uid(object));
    job->similar_key =
        arena_printf(&arena, "%s\n%s\n%s\n%s", job->object_key, field_path ? field_path : "", type, reason);
    job->key = arena_printf(&arena, "%s\n%s", job->similar_key, message);
    job->arena = arena;
    if (!workers_submit(r->workers, job_run, job))
        job_free(job);
}

void event_recorder_free(struct event_recorder *r)
{
    if (!r)
        return;
    atomic_store(&r->drain_until_ms, clock_monotonic_ms() + DRAIN_MS);
    workers_free(r->workers);
    while (!list_empty(&r->used))
        known_free(r, list_entry(r->used.next, struct known, link));
    map_free(r->known);
    free(r->component);
    free(r->host);
    free(r);
}
