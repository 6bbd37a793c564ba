/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces: spec.finalizers keeps one alive, in phase Terminating, until the namespace controller has
 * emptied it and taken the finalizer off through …/finalize.
 */
#include "core/api/names.h"
#include "core/api/object.h"
#include "core/apiserver/strategies.h"

static int prepare_create(struct registry *g, struct api_request *r, struct json *object, struct error *err)
{
    struct json *finalizers = json_ensure(&r->arena, object, "spec.finalizers", JSON_ARRAY);
    bool there = false;
    json_for_each (finalizer, finalizers)
        there = there || slice_is(json_slice(finalizer), "kubernetes");
    if (!there)
        json_append_string(&r->arena, finalizers, "kubernetes");
    json_set_string(&r->arena, json_set_object(&r->arena, object, "status"), "phase", "Active");
    object_set_label(&r->arena, object, "kubernetes.io/metadata.name", object_name(object));
    return 0;
}

static int prepare_update(struct registry *g, struct api_request *r, const char *sub, struct json *object,
                          const struct json *old, struct error *err)
{
    if (!strcmp(sub, "finalize"))
        json_restore(&r->arena, object, old, "status");
    else
        json_restore(&r->arena, object, old, "spec");
    object_set_label(&r->arena, object, "kubernetes.io/metadata.name", object_name(object));
    return 0;
}

static int prepare_delete(struct registry *g, struct api_request *r, struct json *object, struct error *err)
{
    if (object_is_deleted(object))
        json_set_string(&r->arena, json_ensure(&r->arena, object, "status", JSON_OBJECT), "phase",
                        "Terminating");
    return 0;
}

static bool may_go(const struct json *object)
{
    return !json_count(json_at(object, "spec.finalizers"));
}

static unsigned validate(struct registry *g, struct api_request *r, const char *sub,
                         const struct json *object, const struct json *old, struct error *err)
{
    unsigned bad = 0;
    json_for_each (finalizer, json_at(object, "spec.finalizers")) {
        struct slice text = json_slice(finalizer);
        const char *why = name_check_qualified(text);
        if (!why && !memchr(text.data, '/', text.size) && !slice_is(text, "kubernetes"))
            why = "name is neither a standard finalizer name nor is it fully qualified";
        if (why && ++bad)
            error_add_cause(err, "FieldValueInvalid", "spec.finalizers", "Invalid value: \"%.*s\": %s",
                            SLICE_ARG(text), why);
    }
    bool terminating = !strcmp(json_string_or(json_at(object, "status.phase"), ""), "Terminating");
    if (!strcmp(sub, "status") && terminating != object_is_deleted(object) && ++bad)
        error_add_cause(
            err, "FieldValueInvalid", "status.phase",
            "Invalid value: \"%s\": may only be 'Terminating' if `deletionTimestamp` is set, and only then",
            json_string_or(json_at(object, "status.phase"), ""));
    return bad;
}

static const char *const fields[] = {"status.phase", NULL};
const struct strategy strategy_namespace = {
    .group = "",
    .plural = "namespaces",
    .prepare_create = prepare_create,
    .prepare_update = prepare_update,
    .prepare_delete = prepare_delete,
    .may_go = may_go,
    .validate = validate,
    .fields = fields,
};
