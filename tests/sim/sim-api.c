/* SPDX-License-Identifier: Apache-2.0 */
/* The API server of the simulation: nodes in memory, strict about revisions and preconditions, behind the
 * real client's transport. Every write of the daemon's is held to the rules. */
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
    struct api_event *e = new0(struct api_event);
    *e = (struct api_event){
        .key = xstrdup(key), .deleted = deleted, .revision = revisions, .text = bytes_ref(text)};
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

void sim_api_put(const char *key, struct json *object, struct arena *arena)
{
    struct buffer text = BUFFER_INIT;
    struct json *metadata = json_ensure(arena, object, "metadata", JSON_OBJECT);
    sim_api_last_event();
    revisions++;
    if (!find(key))
        json_set_stringf(arena, metadata, "uid", "uid-%llu", (unsigned long long)revisions);
    json_set_stringf(arena, metadata, "resourceVersion", "%llu", (unsigned long long)revisions);
    json_write(&text, object);
    struct stored *s = new0(struct stored);
    *s = (struct stored){bytes_take_buffer(&text), revisions};
    map_set(objects, key, s);
    log_event(key, false, s->text);
}

void sim_api_delete(const char *key)
{
    revisions++;
    if (find(key) && map_remove(objects, key))
        log_event(key, true, NULL);
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

static int update(const char *key, bool status, const struct json *body, struct arena *arena,
                  struct http_client_response *ret)
{
    struct json *before = sim_api_get(arena, key), *after = sim_api_get(arena, key);
    if (!before)
        return answer_status(ret, 404, "NotFound");
    if (strcmp(object_uid(before), object_uid(body)) != 0 ||
        strcmp(object_resource_version(before), object_resource_version(body)) != 0)
        return answer_status(ret, 409, "Conflict");
    if (status)
        json_restore(arena, after, body, "status");
    else
        after = json_copy(arena, body);
    if (!status)
        json_restore(arena, after, before, "status");
    sim_check_update(before, after, status);
    writes++;
    sim_api_put(key, after, arena);
    return answer_object(ret, find(key));
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

static int serve(const struct transport_request *request, struct http_client_response *ret)
{
    struct arena arena = ARENA_INIT;
    struct json *body = NULL;
    const char *prefix = "/api/v1/nodes/";
    if (strncmp(request->target, prefix, strlen(prefix)) != 0)
        sim_fail("%s %s is no request that is expected", request->method, request->target);
    struct slice rest = slice_of(request->target + strlen(prefix)), name = slice_cut(&rest, '/');
    const char *key = arena_printf(&arena, "nodes/%.*s", SLICE_ARG(name));
    if (request->body.size)
        require(json_parse(&arena, request->body, &body, NULL) == 0);
    int result = 0;
    if (strcmp(request->method, "GET") == 0)
        result = find(key) ? answer_object(ret, find(key)) : answer_status(ret, 404, "NotFound");
    else if (strcmp(request->method, "PUT") == 0)
        result = update(key, slice_is(rest, "status"), body, &arena, ret);
    else if (strcmp(request->method, "DELETE") == 0)
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
    require(*object_name(object) && *object_uid(object) && *reason);
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
