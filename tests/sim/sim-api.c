/* SPDX-License-Identifier: Apache-2.0 */
/* The API server of the simulation: nodes and Services in memory, strict about revisions, preconditions and
 * finalizers, behind the real client's transport. Every write of the daemon's is held to the rules. */
#include "core/api/schema.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/client/events.h"
#include "tests/sim/sim.h"

struct stored {
    struct bytes *text;
    uint64_t revision;
};
static struct map *objects;
static uint64_t revisions;
static struct api_event *first_event, *last_event;
static unsigned writes, removals, events;

static void stored_free(void *value)
{
    struct stored *s = value;
    bytes_unref(s->text);
    free(s);
}

static void log_event(const char *key, bool deleted, struct bytes *text)
{
    log_debug("sim: %s: %.*s", key, text ? (int)bytes_slice(text).size : 4,
              text ? bytes_slice(text).data : "gone");
    struct api_event *e = new0(struct api_event);
    *e = (struct api_event){.at_ns = clock_monotonic_ns(),
                            .key = xstrdup(key),
                            .deleted = deleted,
                            .revision = revisions,
                            .text = bytes_ref(text)};
    if (last_event)
        last_event->next = e;
    else
        first_event = e;
    last_event = e;
}

struct api_event *sim_api_last_event(void)
{
    if (!last_event)
        log_event("none/none", true, NULL);
    return last_event;
}

void sim_api_trim(bool (*is_needed)(const struct api_event *e))
{
    while (first_event && first_event != last_event && !is_needed(first_event)) {
        struct api_event *e = first_event;
        first_event = e->next;
        bytes_unref(e->text);
        free(e->key);
        free(e);
    }
}

static struct stored *find(const char *key)
{
    if (!objects)
        objects = map_new(stored_free);
    return map_get(objects, key);
}

struct json *sim_api_get(struct arena *arena, const char *key)
{
    struct json *object = NULL;
    const struct stored *s = find(key);
    if (s)
        require(json_parse(arena, bytes_slice(s->text), &object, NULL) == 0);
    return object;
}

static bool is_service(const char *key)
{
    return strncmp(key, "services/", strlen("services/")) == 0;
}

/* What is about to be something else. */
static void note_end(const char *key)
{
    struct arena arena = ARENA_INIT;
    if (is_service(key) && find(key))
        sim_service_was(sim_api_get(&arena, key));
    arena_done(&arena);
}

static void store(const char *key, struct json *object, struct arena *arena)
{
    struct buffer text = BUFFER_INIT;
    struct json *metadata = json_ensure(arena, object, "metadata", JSON_OBJECT);
    if (!find(key))
        json_set_stringf(arena, metadata, "uid", "uid-%llu", (unsigned long long)revisions);
    json_set_stringf(arena, metadata, "resourceVersion", "%llu", (unsigned long long)revisions);
    json_write(&text, object);
    struct stored *s = new0(struct stored);
    *s = (struct stored){bytes_take_buffer(&text), revisions};
    map_set(objects, key, s);
    log_event(key, false, s->text);
}

static void take_away(const char *key)
{
    if (find(key) && map_remove(objects, key))
        log_event(key, true, NULL);
}

void sim_api_put(const char *key, struct json *object, struct arena *arena)
{
    sim_api_last_event();
    note_end(key);
    revisions++;
    if (object_is_deleted(object) && json_count(json_at(object, "metadata.finalizers")) == 0)
        take_away(key);
    else
        store(key, object, arena);
}

void sim_api_delete(const char *key)
{
    struct arena arena = ARENA_INIT;
    struct json *object = sim_api_get(&arena, key);
    note_end(key);
    revisions++;
    if (json_count(json_at(object, "metadata.finalizers")) == 0) {
        take_away(key);
    } else if (!object_is_deleted(object)) {
        json_set_string(&arena, json_get(object, "metadata"), "deletionTimestamp", "2026-01-01T00:00:00Z");
        store(key, object, &arena);
    }
    arena_done(&arena);
}

bool sim_api_next(size_t *cursor, const char **ret_key, struct bytes **ret_text, uint64_t *ret_revision)
{
    void *value;
    if (!objects || !map_next(objects, cursor, ret_key, &value))
        return false;
    *ret_text = ((struct stored *)value)->text;
    *ret_revision = ((struct stored *)value)->revision;
    return true;
}

unsigned sim_api_writes(void)
{
    return writes;
}

unsigned sim_api_removals(void)
{
    return removals;
}

static bool is_not_needed(const struct api_event *e)
{
    return false;
}

void sim_api_done(void)
{
    sim_api_trim(is_not_needed);
    bytes_unref(last_event->text);
    free(last_event->key);
    free(last_event);
    map_free(objects);
}

/* ---- Requests ---- */

static int answer_status(struct http_client_response *ret, int status, const char *reason)
{
    ret->status = status;
    buffer_printf(&ret->body,
                  "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"%s\",\"reason\":\"%s\","
                  "\"message\":\"%s\",\"code\":%d}",
                  status < 300 ? "Success" : "Failure", reason, reason, status);
    return 0;
}

static int answer_object(struct http_client_response *ret, const struct stored *s)
{
    ret->status = 200;
    buffer_append_slice(&ret->body, bytes_slice(s->text));
    return 0;
}

static bool differs(const struct json *body, const char *path, const char *now)
{
    const char *given = json_string_at(body, path);
    return given && strcmp(given, now) != 0;
}

/* Writes what the body makes of it: the status, or all but the status. */
static int write(const char *key, bool status, const struct json *before, const struct json *body,
                 struct arena *arena, struct http_client_response *ret)
{
    struct json *after = json_copy(arena, status ? before : body);
    json_restore(arena, after, status ? body : before, "status");
    if (is_service(key))
        sim_check_service(before, after, status);
    else
        sim_check_update(before, after, status);
    writes++;
    sim_api_put(key, after, arena);
    ret->status = 200;
    json_write(&ret->body, after); /* also when that was the end of it */
    return 0;
}

static int update(const char *key, bool status, const struct json *body, struct arena *arena,
                  struct http_client_response *ret)
{
    const struct json *before = sim_api_get(arena, key);
    if (!before)
        return answer_status(ret, 404, "NotFound");
    if (strcmp(object_uid(before), object_uid(body)) != 0 ||
        strcmp(object_resource_version(before), object_resource_version(body)) != 0)
        return answer_status(ret, 409, "Conflict");
    return write(key, status, before, body, arena, ret);
}

static int patch(const char *key, bool status, const struct transport_request *request,
                 const struct json *body, struct arena *arena, struct http_client_response *ret)
{
    const struct json *before = sim_api_get(arena, key);
    struct json *after = NULL;
    bool strategic = strstr(request->content_type, "strategic") != NULL;
    if (!before)
        return answer_status(ret, 404, "NotFound");
    if (differs(body, "metadata.uid", object_uid(before)) ||
        differs(body, "metadata.resourceVersion", object_resource_version(before)))
        return answer_status(ret, 409, "Conflict");
    require(patch_apply(arena, strategic ? PATCH_STRATEGIC : PATCH_MERGE,
                        schema_find_kind("", "v1", is_service(key) ? "Service" : "Node"), before,
                        request->body, &after, NULL) == 0);
    if (json_equal_semantic(before, after))
        return answer_object(ret, find(key)); /* no new version */
    return write(key, status, before, after, arena, ret);
}

static int delete (const char *key, const struct json *body, struct arena *arena,
                   struct http_client_response *ret)
{
    const struct json *node = sim_api_get(arena, key);
    const char *uid = json_string_at(body, "preconditions.uid"),
               *revision = json_string_at(body, "preconditions.resourceVersion");
    if (!node)
        return answer_status(ret, 404, "NotFound");
    if (!uid || !revision)
        sim_fail("%s is deleted without preconditions", key);
    if (strcmp(uid, object_uid(node)) != 0 || strcmp(revision, object_resource_version(node)) != 0)
        return answer_status(ret, 409, "Conflict");
    sim_check_delete(node);
    writes++;
    removals++;
    sim_node_went(object_name(node));
    sim_api_delete(key);
    return answer_status(ret, 200, "Deleted");
}

/* "/api/v1/nodes/NAME/status" to "nodes/NAME", "/api/v1/namespaces/NS/services/NAME" to "services/NS/NAME";
 * the rest is the subresource. NULL: neither. */
static const char *key_of(struct arena *arena, const char *target, struct slice *ret_rest)
{
    const char *prefix = "/api/v1/";
    if (strncmp(target, prefix, strlen(prefix)) != 0)
        return NULL;
    struct slice rest = slice_of(target + strlen(prefix)), first = slice_cut(&rest, '/');
    struct slice second = slice_cut(&rest, '/');
    *ret_rest = rest;
    if (slice_is(first, "nodes"))
        return arena_printf(arena, "nodes/%.*s", SLICE_ARG(second));
    struct slice resource = slice_cut(&rest, '/'), name = slice_cut(&rest, '/');
    *ret_rest = rest;
    return slice_is(first, "namespaces") && slice_is(resource, "services")
               ? arena_printf(arena, "services/%.*s/%.*s", SLICE_ARG(second), SLICE_ARG(name))
               : NULL;
}

static int serve(const struct transport_request *request, struct http_client_response *ret)
{
    struct arena arena = ARENA_INIT;
    struct json *body = NULL;
    struct slice rest;
    const char *key = key_of(&arena, request->target, &rest);
    int result = 0;
    if (request->body.size)
        require(json_parse(&arena, request->body, &body, NULL) == 0);
    if (key && strcmp(request->method, "GET") == 0)
        result = find(key) ? answer_object(ret, find(key)) : answer_status(ret, 404, "NotFound");
    else if (key && strcmp(request->method, "PUT") == 0)
        result = update(key, slice_is(rest, "status"), body, &arena, ret);
    else if (key && strcmp(request->method, "PATCH") == 0)
        result = patch(key, slice_is(rest, "status"), request, body, &arena, ret);
    else if (key && strcmp(request->method, "DELETE") == 0 && !is_service(key))
        result = delete (key, body, &arena, ret);
    else
        sim_fail("%s %s is no request that is expected", request->method, request->target);
    arena_done(&arena);
    return result;
}

static int no_answer(struct error *err)
{
    return error_set(err, ERR_TIMEOUT, "no answer came");
}

static int perform(struct transport *t, const struct transport_request *request,
                   struct http_client_response *ret, struct error *err)
{
    if (sim_may_be_killed())
        return no_answer(err);
    sim_others_run(clock_monotonic_ns() + (int64_t)sim_random(20) * NS_PER_MS);
    if (sim_killed || sim_chance(sim_api_failure_chance / 2))
        return no_answer(err);
    int result = serve(request, ret);
    if (!sim_may_be_killed() && !sim_chance(sim_api_failure_chance / 2))
        return result;
    http_client_response_done(ret);
    *ret = (struct http_client_response){0};
    return no_answer(err);
}

static void transport_free(struct transport *t)
{
    free(t);
}

struct transport *sim_api_transport(void)
{
    struct transport *t = new0(struct transport);
    t->request = perform;
    t->free = transport_free;
    return t;
}

/* ---- Events ---- */

struct event_recorder {
    unsigned count;
};

struct event_recorder *event_recorder_new(struct client *client, const char *component, const char *host)
{
    return new0(struct event_recorder);
}

void event_record(struct event_recorder *r, const struct json *object, const char *field_path,
                  const char *type, const char *reason, const char *fmt, ...)
{
    bool is_watched = strcmp(json_string_or(json_get(object, "kind"), ""), "Lease") != 0;
    require(*object_name(object) && (*object_uid(object) || !is_watched) && *reason);
    r->count++;
    events++;
}

void event_recorder_free(struct event_recorder *r)
{
    free(r);
}

unsigned sim_events(void)
{
    return events;
}
