/* SPDX-License-Identifier: Apache-2.0 */
/* The scale subresource: an autoscaling/v1 Scale in front of an object's replicas. */
#include "core/api/object.h"
#include "core/api/selector.h"
#include "core/apiserver/body.h"
#include "core/apiserver/handlers.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/base/memory.h"

static const char *selector_of(struct arena *arena, const struct json *object)
{
    const struct json *selector = json_at(object, "spec.selector");
    struct selector *parsed = NULL;
    if (!strcmp(object_kind(object), "ReplicationController"))
        parsed = selector_from_map(selector);
    else if (selector_from_json(selector, &parsed, NULL) < 0)
        return "";
    char *text = parsed ? selector_text(parsed) : NULL;
    const char *kept = arena_strdup(arena, text ? text : "");
    free(text);
    selector_free(parsed);
    return kept;
}

static struct json *scale_of(struct arena *arena, const struct json *object)
{
    static const char *const copied[] = {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"};
    struct json *scale =
        object_new(arena, "autoscaling/v1", "Scale", object_namespace(object), object_name(object));
    struct json *metadata = json_get(scale, "metadata");
    for (size_t i = 0; i < ARRAY_SIZE(copied); i++)
        json_set_string(arena, metadata, copied[i],
                        json_string(json_get(json_get(object, "metadata"), copied[i])));
    struct json *spec = json_set_object(arena, scale, "spec"),
                *status = json_set_object(arena, scale, "status");
    json_set_int(arena, spec, "replicas", json_integer_at(object, "spec.replicas", 0));
    json_set_int(arena, status, "replicas", json_integer_at(object, "status.replicas", 0));
    const char *selector = selector_of(arena, object);
    if (*selector)
        json_set_string(arena, status, "selector", selector);
    return scale;
}

struct scaling {
    struct api_request *r;
    struct json *scale; /* of a PUT */
    enum patch_type patch;
};

static int read_patched(struct scaling *s, struct arena *arena, const struct json *current, struct json **ret,
                        struct error *err)
{
    const struct schema_type *type = schema_find_kind("autoscaling", "v1", "Scale");
    if (patch_apply(arena, s->patch, type, scale_of(arena, current), http_request_body(s->r->http), ret,
                    err) < 0)
        return -1;
    return type ? schema_prune(arena, type, *ret, body_strictness(s->r), &s->r->warnings, err) : 0;
}

static int change(void *context, struct arena *arena, const struct json *current, struct json **ret_new,
                  struct error *err)
{
    struct scaling *s = context;
    struct json *scale = s->scale;
    if (!scale && read_patched(s, arena, current, &scale, err) < 0)
        return -1;
    const char *name = object_name(scale), *version = object_resource_version(scale),
               *uid = object_uid(scale);
    int64_t replicas = json_integer_at(scale, "spec.replicas", 0);
    if (*name && strcmp(name, s->r->name) != 0)
        return error_set(err, ERR_BAD_REQUEST,
                         "the name of the object (%s) does not match the name on the URL (%s)", name,
                         s->r->name);
    if (replicas < 0) {
        error_add_cause(err, "FieldValueInvalid", "spec.replicas",
                        "Invalid value: %lld: must be greater than or equal to 0", (long long)replicas);
        return error_set_invalid(err, "autoscaling", "Scale", s->r->name);
    }
    *ret_new = json_copy(arena, current);
    struct json *metadata = json_get(*ret_new, "metadata");
    json_set_string(arena, metadata, "resourceVersion", *version ? version : NULL);
    if (*uid)
        json_set_string(arena, metadata, "uid", uid);
    json_set_int(arena, json_ensure(arena, *ret_new, "spec", JSON_OBJECT), "replicas", replicas);
    return 0;
}

static void respond_scale(struct api_request *r, const struct object *o)
{
    struct json *object = object_parse(o, r->resource, &r->arena);
    respond_document(r, 200, scale_of(&r->arena, object));
}

static int write_scale(struct api_request *r, struct object **ret, struct error *err)
{
    struct scaling s = {.r = r};
    if (!strcmp(r->verb, "patch")) {
        if (body_patch_type(r, &s.patch, err) < 0)
            return -1;
    } else if (body_decode(r, "autoscaling", "v1", "Scale", &s.scale, err) < 0) {
        return -1;
    }
    return registry_update_object(r->server->registry, r, r->resource, r->namespace_, r->name, "scale",
                                  change, &s, ret, NULL, err);
}

static void work(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct object *o = NULL;
    if (!strcmp(r->verb, "get")) {
        o = registry_lookup(r->server->registry, r->resource, r->namespace_, r->name);
        if (!o)
            registry_not_found(r->resource, r->name, &err);
    } else {
        write_scale(r, &o, &err);
    }
    if (o)
        respond_scale(r, o);
    else
        respond_error(r, &err);
    object_unref(o);
}

void handle_scale(struct api_request *r)
{
    server_work(r, work, strcmp(r->verb, "get") != 0);
}
