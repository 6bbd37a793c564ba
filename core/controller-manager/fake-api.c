/* SPDX-License-Identifier: Apache-2.0 */
/* The fake API server. One lock guards everything; watch events go to the loop in the order in which they
 * happened. */
#include "core/controller-manager/fake-api.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/encoding.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/base/random.h"

struct fake_object {
    struct fake_object *next;
    char *resource, *key; /* "apps/v1/deployments", "ns/name" */
    char *text;
};

struct fake_event {
    struct fake_event *next;
    char *resource, *namespace_, *line;
    uint64_t revision;
};

struct fake_watch {
    struct fake_watch *next;
    struct fake_api *api;
    struct transport_callbacks callbacks;
    void *context;
    char *resource, *namespace_;
    char *answer; /* of a list; NULL: a watch */
    uint64_t revision;
    bool over;
};

struct fake_api {
    struct transport base;
    struct loop *loop;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct fake_object *objects, **last_object;
    struct fake_event *events, **last_event;
    struct fake_watch *watches;
    uint64_t revision;
    char *fail_prefix, *fail_reason;
    int fail_status;
    struct buffer log; /* "METHOD path\n" */
};

/* "/apis/apps/v1/namespaces/ns/deployments/web/status?x=y", taken apart; in the arena. */
struct fake_path {
    char *resource, *namespace_, *name, *sub, *query, *group_version, *plural;
};

static char *cut(struct arena *arena, struct slice *rest)
{
    if (!rest->data)
        return NULL;
    struct slice part = slice_cut(rest, '/');
    struct buffer plain = BUFFER_INIT;
    percent_decode(&plain, part, false);
    char *text = arena_strndup(arena, plain.data ? plain.data : "", plain.size);
    buffer_done(&plain);
    return text;
}

static struct fake_path parse_path(struct arena *arena, const char *target)
{
    struct fake_path p = {0};
    struct slice query = slice_of(target), rest = slice_cut(&query, '?');
    p.query = query.data ? arena_strndup(arena, query.data, query.size) : arena_strdup(arena, "");
    slice_cut(&rest, '/');
    const char *root = cut(arena, &rest);
    const char *group = !strcmp(root, "apis") ? cut(arena, &rest) : NULL, *version = cut(arena, &rest);
    p.group_version = group ? arena_printf(arena, "%s/%s", group, version) : arena_strdup(arena, version);
    p.plural = cut(arena, &rest);
    struct slice before = rest;
    if (p.plural && !strcmp(p.plural, "namespaces") && rest.data) {
        p.namespace_ = cut(arena, &rest);
        p.plural = cut(arena, &rest);
        if (!p.plural || !strcmp(p.plural, "status") || !strcmp(p.plural, "finalize")) {
            rest = before;
            p.plural = arena_strdup(arena, "namespaces");
            p.namespace_ = NULL;
        }
    }
    p.resource = arena_printf(arena, "%s/%s", p.group_version, p.plural);
    p.name = cut(arena, &rest);
    p.sub = cut(arena, &rest);
    return p;
}

static char *key_of(struct arena *arena, const char *namespace_, const char *name)
{
    return namespace_ && namespace_[0] ? arena_printf(arena, "%s/%s", namespace_, name)
                                       : arena_strdup(arena, name);
}

static struct fake_object *find(struct fake_api *f, const char *resource, const char *key)
{
    for (struct fake_object *o = f->objects; o; o = o->next)
        if (!strcmp(o->resource, resource) && !strcmp(o->key, key))
            return o;
    return NULL;
}

static struct json *parse(struct arena *arena, const char *text)
{
    struct json *value = NULL;
    struct error err = ERROR_INIT;
    if (json_parse(arena, slice_of(text), &value, &err) < 0) {
        fprintf(stderr, "fake API: %s: %s\n", err.message, text);
        abort();
    }
    return value;
}

static char *write_text(const struct json *value)
{
    struct buffer text = BUFFER_INIT;
    json_write(&text, value);
    return buffer_take(&text);
}

/* --- watches --- */

static bool wants(const struct fake_watch *w, const struct fake_event *e)
{
    return !w->answer && !w->over && e->revision > w->revision && !strcmp(w->resource, e->resource) &&
           (!w->namespace_ || !strcmp(w->namespace_, e->namespace_));
}

static const struct fake_event *next_event(struct fake_api *f, struct fake_watch *w)
{
    pthread_mutex_lock(&f->lock);
    const struct fake_event *e = f->events;
    while (e && !wants(w, e))
        e = e->next;
    if (e)
        w->revision = e->revision;
    pthread_mutex_unlock(&f->lock);
    return e;
}

static void deliver(void *context)
{
    struct fake_watch *w = context;
    const struct fake_event *e;
    while (!w->over && (e = next_event(w->api, w)))
        w->callbacks.data(w->context, slice_of(e->line));
}

static void answer_list(void *context)
{
    struct fake_watch *w = context;
    if (w->over)
        return;
    w->callbacks.headers(w->context, 200, NULL, 0);
    w->callbacks.data(w->context, slice_of(w->answer));
    w->over = true;
    w->callbacks.ended(w->context, NULL);
}

static void begin_watch(void *context)
{
    struct fake_watch *w = context;
    if (!w->over)
        w->callbacks.headers(w->context, 200, NULL, 0);
    deliver(w);
}

static void publish(struct fake_api *f, const char *type, const char *resource, const struct json *object)
{
    struct fake_event *e = new0(struct fake_event);
    _cleanup_free_ char *text = write_text(object);
    e->resource = xstrdup(resource);
    e->namespace_ = xstrdup(object_namespace(object));
    e->line = xasprintf("{\"type\":\"%s\",\"object\":%s}\n", type, text);
    e->revision = f->revision;
    *f->last_event = e;
    f->last_event = &e->next;
    for (struct fake_watch *w = f->watches; w; w = w->next)
        if (wants(w, e))
            loop_post(f->loop, deliver, w);
    pthread_cond_broadcast(&f->wake);
}

/* --- writing; under the lock --- */

static void stamp(struct fake_api *f, struct arena *arena, struct json *object)
{
    json_set_stringf(arena, json_ensure(arena, object, "metadata", JSON_OBJECT), "resourceVersion", "%llu",
                     (unsigned long long)++f->revision);
}

static void replace(struct fake_api *f, struct arena *arena, struct fake_object *o, struct json *object)
{
    stamp(f, arena, object);
    free(o->text);
    o->text = write_text(object);
    publish(f, "MODIFIED", o->resource, object);
}

static void remove_object(struct fake_api *f, struct arena *arena, struct fake_object *o)
{
    struct json *object = parse(arena, o->text);
    stamp(f, arena, object);
    for (struct fake_object **at = &f->objects; *at; at = &(*at)->next)
        if (*at == o) {
            *at = o->next;
            if (f->last_object == &o->next)
                f->last_object = at;
            break;
        }
    publish(f, "DELETED", o->resource, object);
    free(o->resource);
    free(o->key);
    free(o->text);
    free(o);
}

static int status_answer(struct buffer *body, int status, const char *reason, const char *message)
{
    buffer_printf(body,
                  "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"code\":%d,\"reason\":"
                  "\"%s\",\"message\":",
                  status, reason);
    json_write_string(body, slice_of(message));
    buffer_append_char(body, '}');
    return status;
}

static int not_found(struct arena *arena, const struct fake_path *p, struct buffer *body)
{
    return status_answer(body, 404, "NotFound",
                         arena_printf(arena, "%s \"%s\" not found", p->plural, p->name ? p->name : ""));
}

static void set_kind(struct arena *arena, const struct fake_path *p, struct json *object)
{
    const char *slash = strchr(p->group_version, '/');
    const char *group =
        slash ? arena_strndup(arena, p->group_version, (size_t)(slash - p->group_version)) : "";
    const struct resource *r = resource_find(group, slash ? slash + 1 : p->group_version, p->plural);
    json_set_string(arena, object, "apiVersion", p->group_version);
    if (r)
        json_set_string(arena, object, "kind", r->kind);
}

static int create(struct fake_api *f, struct arena *arena, const struct fake_path *p, struct json *object,
                  struct buffer *body)
{
    char uid[UUID_TEXT_MAX], now[TIME_TEXT_MAX], suffix[6];
    struct json *metadata = json_ensure(arena, object, "metadata", JSON_OBJECT);
    const char *prefix = json_string(json_get(metadata, "generateName"));
    if (!object_name(object)[0] && prefix) {
        random_name_suffix(suffix, 5);
        json_set_stringf(arena, metadata, "name", "%s%s", prefix, suffix);
    }
    if (p->namespace_)
        json_set_string(arena, metadata, "namespace", p->namespace_);
    char *key = key_of(arena, p->namespace_, object_name(object));
    if (find(f, p->resource, key))
        return status_answer(body, 409, "AlreadyExists",
                             arena_printf(arena, "%s \"%s\" already exists", p->plural, object_name(object)));
    random_uuid(uid);
    time_format(clock_realtime_ns(), now);
    if (!object_uid(object)[0])
        json_set_string(arena, metadata, "uid", uid);
    if (!json_get(metadata, "creationTimestamp"))
        json_set_string(arena, metadata, "creationTimestamp", now);
    json_set_int(arena, metadata, "generation", 1);
    set_kind(arena, p, object);
    stamp(f, arena, object);
    struct fake_object *o = new0(struct fake_object);
    o->resource = xstrdup(p->resource);
    o->key = xstrdup(key);
    o->text = write_text(object);
    *f->last_object = o;
    f->last_object = &o->next;
    publish(f, "ADDED", o->resource, object);
    buffer_append_str(body, o->text);
    return 201;
}

/* Only what the subresource may change is taken from the new form. */
static struct json *merge_sub(struct arena *arena, const char *sub, struct json *old, struct json *object)
{
    static const char *const kept[] = {"uid", "creationTimestamp", "deletionTimestamp",
                                       "deletionGracePeriodSeconds", "generation"};
    struct json *metadata = json_ensure(arena, object, "metadata", JSON_OBJECT);
    const struct json *old_metadata = json_get(old, "metadata");
    if (sub && !strcmp(sub, "status")) {
        struct json *result = json_copy(arena, old);
        if (json_get(object, "status"))
            json_set(arena, result, "status", json_copy(arena, json_get(object, "status")));
        if (json_get(metadata, "annotations"))
            json_set(arena, json_get(result, "metadata"), "annotations",
                     json_copy(arena, json_get(metadata, "annotations")));
        return result;
    }
    if (sub && !strcmp(sub, "finalize")) {
        struct json *result = json_copy(arena, old);
        json_set(arena, result, "spec", json_copy(arena, json_get(object, "spec")));
        return result;
    }
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
        json_remove(metadata, kept[i]);
        if (json_get(old_metadata, kept[i]))
            json_set(arena, metadata, kept[i], json_copy(arena, json_get(old_metadata, kept[i])));
    }
    json_remove(object, "status");
    if (json_get(old, "status"))
        json_set(arena, object, "status", json_copy(arena, json_get(old, "status")));
    if (!json_equal_semantic(json_get(old, "spec"), json_get(object, "spec")))
        json_set_int(arena, metadata, "generation", object_generation(old) + 1);
    return object;
}

static bool may_go(const struct json *object, const char *plural)
{
    if (!strcmp(plural, "namespaces") && json_count(json_at(object, "spec.finalizers")))
        return false;
    return object_is_deleted(object) && json_count(json_at(object, "metadata.finalizers")) == 0;
}

static int store(struct fake_api *f, struct arena *arena, const struct fake_path *p, struct fake_object *o,
                 struct json *object, struct buffer *body)
{
    struct json *old = parse(arena, o->text);
    struct json *result = merge_sub(arena, p->sub, old, object);
    if (json_equal(result, old)) {
        buffer_append_str(body, o->text);
        return 200;
    }
    bool graceful = json_integer_at(result, "metadata.deletionGracePeriodSeconds", 0) > 0;
    if (may_go(result, p->plural) && !graceful) {
        json_write(body, result);
        remove_object(f, arena, o);
        return 200;
    }
    replace(f, arena, o, result);
    buffer_append_str(body, o->text);
    return 200;
}

static int update(struct fake_api *f, struct arena *arena, const struct fake_path *p, struct json *object,
                  struct buffer *body)
{
    struct fake_object *o = find(f, p->resource, key_of(arena, p->namespace_, p->name));
    if (!o)
        return not_found(arena, p, body);
    struct json *old = parse(arena, o->text);
    const char *version = object_resource_version(object);
    if (version[0] && strcmp(version, object_resource_version(old)) != 0)
        return status_answer(body, 409, "Conflict", "the object has been modified");
    if (object_uid(object)[0] && strcmp(object_uid(object), object_uid(old)) != 0)
        return status_answer(body, 409, "Conflict", "the UID in the precondition does not match");
    set_kind(arena, p, object);
    return store(f, arena, p, o, object, body);
}

static enum patch_type patch_type_of(const char *content_type)
{
    if (content_type && strstr(content_type, "strategic"))
        return PATCH_STRATEGIC;
    return content_type && strstr(content_type, "json-patch") ? PATCH_JSON : PATCH_MERGE;
}

static int patch(struct fake_api *f, struct arena *arena, const struct fake_path *p, const char *content_type,
                 struct slice text, struct buffer *body)
{
    struct fake_object *o = find(f, p->resource, key_of(arena, p->namespace_, p->name));
    if (!o)
        return not_found(arena, p, body);
    struct json *old = parse(arena, o->text), *result = NULL;
    const char *slash = strchr(p->group_version, '/');
    const char *group =
        slash ? arena_strndup(arena, p->group_version, (size_t)(slash - p->group_version)) : "";
    const struct resource *r = resource_find(group, slash ? slash + 1 : p->group_version, p->plural);
    struct error err = ERROR_INIT;
    if (patch_apply(arena, patch_type_of(content_type), r ? r->type : NULL, old, text, &result, &err) < 0) {
        int status = status_answer(body, error_http_status(err.code), error_reason(err.code), err.message);
        error_done(&err);
        return status;
    }
    if (strcmp(object_uid(result), object_uid(old)) != 0)
        return status_answer(body, 409, "Conflict", "the UID in the precondition does not match");
    if (strcmp(object_resource_version(result), object_resource_version(old)) != 0)
        return status_answer(body, 409, "Conflict", "the object has been modified");
    return store(f, arena, p, o, result, body);
}

static bool precondition_fails(const struct json *options, const struct json *object)
{
    const char *uid = json_string_at(options, "preconditions.uid");
    const char *version = json_string_at(options, "preconditions.resourceVersion");
    return (uid && strcmp(uid, object_uid(object)) != 0) ||
           (version && strcmp(version, object_resource_version(object)) != 0);
}

static int delete_object(struct fake_api *f, struct arena *arena, const struct fake_path *p,
                         const struct json *options, struct buffer *body)
{
    char now[TIME_TEXT_MAX];
    struct fake_object *o = find(f, p->resource, key_of(arena, p->namespace_, p->name));
    if (!o)
        return not_found(arena, p, body);
    struct json *object = parse(arena, o->text), *before = json_copy(arena, object);
    if (precondition_fails(options, object))
        return status_answer(body, 409, "Conflict", "the precondition does not hold");
    const char *propagation = json_string_or(json_get(options, "propagationPolicy"), "Background");
    if (!strcmp(propagation, "Foreground"))
        object_add_finalizer(arena, object, "foregroundDeletion");
    if (!strcmp(propagation, "Orphan"))
        object_add_finalizer(arena, object, "orphan");
    if (!object_is_deleted(object)) {
        time_format(clock_realtime_ns(), now);
        json_set_string(arena, json_get(object, "metadata"), "deletionTimestamp", now);
    }
    if (!strcmp(p->plural, "namespaces"))
        json_set_string(arena, json_ensure(arena, object, "status", JSON_OBJECT), "phase", "Terminating");
    if (may_go(object, p->plural))
        remove_object(f, arena, o);
    else if (!json_equal(before, object))
        replace(f, arena, o, object);
    buffer_append_str(body, "{\"kind\":\"Status\",\"status\":\"Success\"}");
    return 200;
}

/* All of a namespace. */
static int delete_collection(struct fake_api *f, struct arena *arena, const struct fake_path *p,
                             const struct json *options, struct buffer *body)
{
    size_t prefix = strlen(p->namespace_);
    for (struct fake_object *o = f->objects, *next; o; o = next) {
        next = o->next;
        if (strcmp(o->resource, p->resource) != 0 || strncmp(o->key, p->namespace_, prefix) != 0 ||
            o->key[prefix] != '/')
            continue;
        struct fake_path one = *p;
        one.name = arena_strdup(arena, o->key + prefix + 1);
        delete_object(f, arena, &one, options, body);
        buffer_clear(body);
    }
    buffer_append_str(body, "{\"kind\":\"Status\",\"status\":\"Success\"}");
    return 200;
}

/* What "fieldSelector=metadata.name=X" names, the one field selector there is; NULL: all. */
static const char *only_name(struct arena *arena, const char *query)
{
    const char *at = strstr(query, "fieldSelector=");
    if (!at)
        return NULL;
    struct slice rest = slice_of(at + strlen("fieldSelector="));
    struct buffer plain = BUFFER_INIT;
    percent_decode(&plain, slice_cut(&rest, '&'), false);
    require(plain.data && !strncmp(plain.data, "metadata.name=", strlen("metadata.name=")));
    const char *name = arena_strdup(arena, plain.data + strlen("metadata.name="));
    buffer_done(&plain);
    return name;
}

static void list(struct fake_api *f, struct arena *arena, const struct fake_path *p, struct buffer *body)
{
    const char *only = only_name(arena, p->query);
    bool first = true;
    buffer_printf(body, "{\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"%llu\"},\"items\":[",
                  (unsigned long long)f->revision);
    for (struct fake_object *o = f->objects; o; o = o->next) {
        bool inside = !p->namespace_ || (!strncmp(o->key, p->namespace_, strlen(p->namespace_)) &&
                                         o->key[strlen(p->namespace_)] == '/');
        const char *slash = strchr(o->key, '/'), *name = slash ? slash + 1 : o->key;
        if (strcmp(o->resource, p->resource) != 0 || !inside || (only && strcmp(only, name) != 0))
            continue;
        if (!first)
            buffer_append_char(body, ',');
        first = false;
        buffer_append_str(body, o->text);
    }
    buffer_append_str(body, "]}");
}

/* Discovery: every resource of the table. */
static int discover(struct arena *arena, const char *target, struct buffer *body)
{
    struct json *answer = json_new_object(arena);
    size_t count;
    const struct resource *rows = resource_table(&count);
    bool legacy = !strncmp(target, "/api/", 5), groups = !strcmp(target, "/apis"),
         versions = !strcmp(target, "/api");
    struct json *items = json_set_array(arena, answer,
                                        groups     ? "groups"
                                        : versions ? "versions"
                                                   : "resources");
    struct map *seen = map_new(NULL);
    for (size_t i = 0; i < count; i++) {
        const struct resource *r = &rows[i];
        char *group_version = arena_printf(arena, "%s%s%s", r->group, r->group[0] ? "/" : "", r->version);
        if (versions || groups) {
            if (map_has(seen, group_version) || (groups != (r->group[0] != 0)))
                continue;
            map_set(seen, group_version, seen);
            if (versions) {
                json_append_string(arena, items, r->version);
                continue;
            }
            struct json *item = json_append(arena, items, json_new_object(arena));
            json_set_string(arena, item, "name", r->group);
            struct json *version =
                json_append(arena, json_set_array(arena, item, "versions"), json_new_object(arena));
            json_set_string(arena, version, "groupVersion", group_version);
            json_set_string(arena, version, "version", r->version);
            json_set(arena, item, "preferredVersion", json_copy(arena, version));
        } else if (!strcmp(target + (legacy ? 5 : 6), group_version)) {
            struct json *item = json_append(arena, items, json_new_object(arena));
            json_set_string(arena, item, "name", r->plural);
            json_set_string(arena, item, "kind", r->kind);
            json_set_bool(arena, item, "namespaced", r->namespaced);
            struct json *verbs = json_set_array(arena, item, "verbs");
            for (unsigned bit = 1; bit <= VERB_DELETECOLLECTION; bit <<= 1)
                if (r->verbs & bit)
                    json_append_string(arena, verbs, verb_name(bit));
        }
    }
    map_free(seen);
    json_write(body, answer);
    return 200;
}

static int serve(struct fake_api *f, struct arena *arena, const struct transport_request *request,
                 struct buffer *body)
{
    if (!strcmp(request->target, "/api") || !strcmp(request->target, "/apis") ||
        !strcmp(request->target, "/api/v1") ||
        (!strncmp(request->target, "/apis/", 6) && strchr(request->target + 6, '/') &&
         !strchr(strchr(request->target + 6, '/') + 1, '/')))
        return discover(arena, request->target, body);
    struct fake_path p = parse_path(arena, request->target);
    struct json *object = NULL;
    if (request->body.size)
        object = parse(arena, arena_strndup(arena, request->body.data, request->body.size));
    if (!strcmp(request->method, "POST"))
        return create(f, arena, &p, object, body);
    if (!strcmp(request->method, "PUT"))
        return update(f, arena, &p, object, body);
    if (!strcmp(request->method, "PATCH"))
        return patch(f, arena, &p, request->content_type, request->body, body);
    if (!strcmp(request->method, "DELETE") && !p.name)
        return delete_collection(f, arena, &p, object, body);
    if (!strcmp(request->method, "DELETE"))
        return delete_object(f, arena, &p, object, body);
    if (!p.name) {
        list(f, arena, &p, body);
        return 200;
    }
    struct fake_object *o = find(f, p.resource, key_of(arena, p.namespace_, p.name));
    if (!o)
        return not_found(arena, &p, body);
    buffer_append_str(body, o->text);
    return 200;
}

/* --- the transport --- */

static int fake_request(struct transport *t, const struct transport_request *request,
                        struct http_client_response *ret, struct error *err)
{
    struct fake_api *f = container_of(t, struct fake_api, base);
    struct arena arena = ARENA_INIT;
    struct buffer line = BUFFER_INIT;
    *ret = (struct http_client_response){0};
    buffer_printf(&line, "%s %s", request->method, request->target);
    pthread_mutex_lock(&f->lock);
    buffer_printf(&f->log, "%s\n", line.data);
    if (f->fail_prefix && slice_starts((struct slice){line.data, line.size}, f->fail_prefix))
        ret->status = status_answer(&ret->body, f->fail_status, f->fail_reason, "the test says so");
    else
        ret->status = serve(f, &arena, request, &ret->body);
    pthread_mutex_unlock(&f->lock);
    buffer_done(&line);
    arena_done(&arena);
    return 0;
}

static uint64_t revision_in(const char *query)
{
    const char *at = strstr(query, "resourceVersion=");
    uint64_t revision = 0;
    if (at) {
        struct slice rest = slice_of(at + strlen("resourceVersion="));
        parse_u64(slice_cut(&rest, '&'), UINT64_MAX, &revision);
    }
    return revision;
}

static struct transport_stream *fake_stream(struct transport *t, const struct transport_request *request,
                                            const struct transport_callbacks *callbacks, void *context)
{
    struct fake_api *f = container_of(t, struct fake_api, base);
    struct arena arena = ARENA_INIT;
    struct fake_path p = parse_path(&arena, request->target);
    struct fake_watch *w = new0(struct fake_watch);
    bool watch = strstr(p.query, "watch=true") != NULL;
    *w = (struct fake_watch){.api = f,
                             .callbacks = *callbacks,
                             .context = context,
                             .resource = xstrdup(p.resource),
                             .namespace_ = p.namespace_ ? xstrdup(p.namespace_) : NULL,
                             .revision = revision_in(p.query)};
    pthread_mutex_lock(&f->lock);
    if (!watch) {
        struct buffer body = BUFFER_INIT;
        list(f, &arena, &p, &body);
        w->answer = buffer_take(&body);
    }
    w->next = f->watches;
    f->watches = w;
    pthread_mutex_unlock(&f->lock);
    loop_post(f->loop, watch ? begin_watch : answer_list, w);
    arena_done(&arena);
    return (struct transport_stream *)w;
}

static void fake_cancel(struct transport *t, struct transport_stream *stream)
{
    struct fake_api *f = container_of(t, struct fake_api, base);
    pthread_mutex_lock(&f->lock);
    ((struct fake_watch *)stream)->over = true;
    pthread_mutex_unlock(&f->lock);
}

static void fake_free(struct transport *t)
{
    struct fake_api *f = container_of(t, struct fake_api, base);
    for (struct fake_object *o = f->objects, *next; o; o = next) {
        next = o->next;
        free(o->resource);
        free(o->key);
        free(o->text);
        free(o);
    }
    for (struct fake_event *e = f->events, *next; e; e = next) {
        next = e->next;
        free(e->resource);
        free(e->namespace_);
        free(e->line);
        free(e);
    }
    for (struct fake_watch *w = f->watches, *next; w; w = next) {
        next = w->next;
        free(w->resource);
        free(w->namespace_);
        free(w->answer);
        free(w);
    }
    buffer_done(&f->log);
    free(f->fail_prefix);
    free(f->fail_reason);
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->wake);
    free(f);
}

struct fake_api *fake_api_new(struct loop *loop)
{
    struct fake_api *f = new0(struct fake_api);
    f->base = (struct transport){fake_request, fake_stream, fake_cancel, fake_free};
    f->loop = loop;
    f->last_object = &f->objects;
    f->last_event = &f->events;
    f->revision = 100;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->wake, NULL);
    return f;
}

struct transport *fake_api_transport(struct fake_api *f)
{
    return &f->base;
}

/* --- for tests --- */

static char *unquote(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);
    for (char *p = copy; *p; p++)
        if (*p == '\'')
            *p = '"';
    return copy;
}

/* Performs, and ends the test program when it is not a success. */
static struct json *must(struct fake_api *f, struct arena *arena, const char *method, const char *target,
                         const char *text)
{
    struct transport_request request = {.method = method, .target = target, .body = slice_of(text)};
    struct http_client_response response;
    fake_request(&f->base, &request, &response, NULL);
    if (response.status > 299) {
        fprintf(stderr, "fake API: %s %s: %s\n", method, target, response.body.data);
        abort();
    }
    struct json *answer = parse(arena, response.body.data);
    buffer_done(&response.body);
    return answer;
}

struct json *fake_api_create(struct fake_api *f, struct arena *arena, const char *text)
{
    struct json *object = parse(arena, unquote(arena, text));
    const char *api_version = object_api_version(object), *slash = strchr(api_version, '/');
    const char *group = slash ? arena_strndup(arena, api_version, (size_t)(slash - api_version)) : "";
    const struct resource *r =
        resource_find_kind(group, slash ? slash + 1 : api_version, object_kind(object));
    require(r);
    const char *namespace_ = object_namespace(object);
    char *target = arena_printf(arena, "/%s/%s%s%s/%s", slash ? "apis" : "api", api_version,
                                namespace_[0] ? "/namespaces/" : "", namespace_, r->plural);
    return must(f, arena, "POST", target, unquote(arena, text));
}

struct json *fake_api_get(struct fake_api *f, struct arena *arena, const char *path)
{
    struct fake_path p = parse_path(arena, path);
    pthread_mutex_lock(&f->lock);
    struct fake_object *o = find(f, p.resource, key_of(arena, p.namespace_, p.name));
    struct json *object = o ? parse(arena, o->text) : NULL;
    pthread_mutex_unlock(&f->lock);
    return object;
}

struct json *fake_api_list(struct fake_api *f, struct arena *arena, const char *path)
{
    struct buffer body = BUFFER_INIT;
    struct fake_path p = parse_path(arena, path);
    pthread_mutex_lock(&f->lock);
    list(f, arena, &p, &body);
    pthread_mutex_unlock(&f->lock);
    struct json *answer = parse(arena, body.data);
    buffer_done(&body);
    return json_get(answer, "items");
}

void fake_api_patch(struct fake_api *f, const char *path, const char *text)
{
    struct arena arena = ARENA_INIT;
    must(f, &arena, "PATCH", path, unquote(&arena, text));
    arena_done(&arena);
}

void fake_api_delete(struct fake_api *f, const char *path, const char *propagation)
{
    struct arena arena = ARENA_INIT;
    const char *body =
        propagation ? arena_printf(&arena, "{\"propagationPolicy\":\"%s\"}", propagation) : NULL;
    must(f, &arena, "DELETE", path, body);
    arena_done(&arena);
}

void fake_api_fail(struct fake_api *f, const char *prefix, int status, const char *reason)
{
    pthread_mutex_lock(&f->lock);
    free(f->fail_prefix);
    free(f->fail_reason);
    f->fail_prefix = prefix ? xstrdup(prefix) : NULL;
    f->fail_reason = reason ? xstrdup(reason) : NULL;
    f->fail_status = status;
    pthread_mutex_unlock(&f->lock);
}

unsigned fake_api_count(struct fake_api *f, const char *prefix)
{
    unsigned count = 0;
    pthread_mutex_lock(&f->lock);
    struct slice rest = {f->log.data, f->log.size};
    while (rest.data && rest.size) {
        struct slice line = slice_cut(&rest, '\n');
        count += slice_starts(line, prefix);
    }
    pthread_mutex_unlock(&f->lock);
    return count;
}

void fake_api_wait(struct fake_api *f, bool (*check)(struct fake_api *f, void *context), void *context,
                   const char *what)
{
    int64_t deadline = clock_monotonic_ms() + 10000;
    while (!check(f, context)) {
        if (clock_monotonic_ms() > deadline) {
            fprintf(stderr, "fake API: waited in vain for: %s\n%s", what, f->log.data ? f->log.data : "");
            abort();
        }
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 20 * 1000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        pthread_mutex_lock(&f->lock);
        pthread_cond_timedwait(&f->wake, &f->lock, &until);
        pthread_mutex_unlock(&f->lock);
    }
}
