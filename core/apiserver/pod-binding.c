/* SPDX-License-Identifier: Apache-2.0 */
/* Binding a pod to a node, through pods/binding or the bindings resource: sets spec.nodeName once, and the
 * PodScheduled condition. */
#include "core/api/object.h"
#include "core/apiserver/body.h"
#include "core/apiserver/handlers.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"

struct binding {
    struct api_request *r;
    const struct json *document;
    const char *name; /* the pod's */
};

static int bind(void *context, struct arena *arena, const struct json *current, struct json **ret_new,
                struct error *err)
{
    const struct binding *b = context;
    const struct resource *pods = RESOURCE("", "v1", "pods");
    const char *node = json_string_or(json_at(b->document, "target.name"), ""),
               *uid = object_uid(b->document);
    const char *bound = json_string_or(json_at(current, "spec.nodeName"), "");
    if (*uid && strcmp(uid, object_uid(current)) != 0)
        return registry_conflict(
            pods, b->name,
            arena_printf(arena, "Precondition failed: UID in precondition: %s, UID in object meta: %s", uid,
                         object_uid(current)),
            err);
    if (object_is_deleted(current))
        return registry_conflict(
            pods, b->name,
            arena_printf(arena, "pod %s is being deleted, cannot be assigned to a host", b->name), err);
    if (*bound)
        return registry_conflict(
            pods, b->name, arena_printf(arena, "pod %s is already assigned to node \"%s\"", b->name, bound),
            err);
    if (json_count(json_at(current, "spec.schedulingGates")))
        return registry_conflict(
            pods, b->name, arena_printf(arena, "pod %s has non-empty .spec.schedulingGates", b->name), err);
    *ret_new = json_copy(arena, current);
    json_set_string(arena, json_ensure(arena, *ret_new, "spec", JSON_OBJECT), "nodeName", node);
    json_for_each (annotation, json_at(b->document, "metadata.annotations"))
        object_set_annotation(arena, *ret_new, annotation->key, json_string_or(annotation, ""));
    object_set_condition(arena, *ret_new, "PodScheduled", "True", NULL, NULL);
    return 0;
}

static int check(const struct binding *b, struct error *err)
{
    const char *kind = json_string_or(json_at(b->document, "target.kind"), ""),
               *node = json_string_or(json_at(b->document, "target.name"), "");
    unsigned bad = 0;
    if (*kind && strcmp(kind, "Node") != 0 && ++bad)
        error_add_cause(err, "FieldValueNotSupported", "target.kind",
                        "Unsupported value: \"%s\": supported values: \"Node\", \"<empty>\"", kind);
    if (!*node && ++bad)
        error_add_cause(err, "FieldValueRequired", "target.name", "Required value");
    return bad ? error_set_invalid(err, "", "Binding", b->name) : 0;
}

static void ended(struct api_request *r, const struct write_outcome *outcome, struct error *err)
{
    if (outcome->made)
        respond_success(r, 201, NULL, NULL, NULL);
    else
        respond_error(r, err);
}

static void work(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct json *document;
    struct binding *b = arena_new(&r->arena, struct binding);
    if (body_decode(r, "", "v1", "Binding", &document, &err) < 0) {
        respond_error(r, &err);
        return;
    }
    *b = (struct binding){.r = r, .document = document};
    b->name = *r->name ? r->name : object_name(document);
    if (strcmp(object_name(document), b->name) != 0 && *object_name(document))
        error_set(&err, ERR_BAD_REQUEST, "name in URL does not match name in Binding object");
    else if (check(b, &err) == 0) {
        registry_update_start(r, RESOURCE("", "v1", "pods"), b->name, "binding", bind, b, ended);
        return;
    }
    respond_error(r, &err);
}

void handle_binding(struct api_request *r)
{
    server_work(r, work, true);
}
