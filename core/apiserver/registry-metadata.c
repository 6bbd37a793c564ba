/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata: what the server fills in, and the rules that hold for every object (API conventions, "Metadata";
 * apimachinery's ValidateObjectMeta in effect and words). */
#include <stdio.h>

#include "core/api/names.h"
#include "core/api/object.h"
#include "core/apiserver/registry-write.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/random.h"

enum { GENERATE_BASE_MAX = 58, GENERATE_SUFFIX = 5, ANNOTATIONS_BYTES_MAX = 256 * 1024 };

void metadata_fill_system(struct arena *arena, struct json *object)
{
    static const char *const dropped[] = {"deletionTimestamp", "deletionGracePeriodSeconds", "selfLink",
                                          "managedFields", "generation"};
    char now[TIME_TEXT_MAX], uid[UUID_TEXT_MAX];
    struct json *metadata = json_ensure(arena, object, "metadata", JSON_OBJECT);
    for (size_t i = 0; i < ARRAY_SIZE(dropped); i++)
        json_remove(metadata, dropped[i]);
    time_format(clock_realtime_ns(), now);
    random_uuid(uid);
    json_set_string(arena, metadata, "creationTimestamp", now);
    json_set_string(arena, metadata, "uid", uid);
}

int metadata_check_namespace(struct arena *arena, const struct resource *r, const char *namespace_,
                             struct json *object, struct error *err)
{
    struct json *metadata = json_ensure(arena, object, "metadata", JSON_OBJECT);
    const char *given = object_namespace(object);
    if (!r->namespaced) {
        if (*given)
            return error_set(err, ERR_BAD_REQUEST, "namespace is not allowed on this type");
        json_remove(metadata, "namespace");
        return 0;
    }
    if (!*namespace_)
        return error_set(err, ERR_BAD_REQUEST, "an empty namespace may not be set during creation");
    if (*given && strcmp(given, namespace_) != 0)
        return error_set(
            err, ERR_BAD_REQUEST,
            "the namespace of the provided object does not match the namespace sent on the request");
    json_set_string(arena, metadata, "namespace", namespace_);
    return 0;
}

int metadata_generate_name(struct arena *arena, struct json *object, const char *base)
{
    char suffix[GENERATE_SUFFIX + 1];
    random_name_suffix(suffix, GENERATE_SUFFIX);
    json_set_stringf(arena, json_get(object, "metadata"), "name", "%.*s%s", GENERATE_BASE_MAX, base, suffix);
    return 0;
}

static unsigned check_names(const struct strategy *s, const struct json *metadata, struct error *err)
{
    const char *(*check)(struct slice) = s->check_name ? s->check_name : name_check_dns1123_subdomain;
    struct slice name = json_slice(json_get(metadata, "name"));
    struct slice base = json_slice(json_get(metadata, "generateName"));
    unsigned bad = 0;
    if (base.size) {
        char tried[300];
        int size = snprintf(tried, sizeof(tried), "%.*sx", (int)MIN(base.size, (size_t)GENERATE_BASE_MAX),
                            base.data);
        const char *why = check((struct slice){tried, (size_t)size});
        if (why && ++bad)
            error_add_cause(err, "FieldValueInvalid", "metadata.generateName", "Invalid value: \"%.*s\": %s",
                            SLICE_ARG(base), why);
    }
    if (!name.size) {
        error_add_cause(err, "FieldValueRequired", "metadata.name",
                        "Required value: name or generateName is required");
        return bad + 1;
    }
    const char *why = check(name);
    if (why && ++bad)
        error_add_cause(err, "FieldValueInvalid", "metadata.name", "Invalid value: \"%.*s\": %s",
                        SLICE_ARG(name), why);
    return bad;
}

static unsigned check_labels(const struct json *labels, struct error *err)
{
    unsigned bad = 0;
    json_for_each (label, labels) {
        const char *why = name_check_qualified((struct slice){label->key, label->key_size});
        if (why && ++bad)
            error_add_cause(err, "FieldValueInvalid", "metadata.labels", "Invalid value: \"%s\": %s",
                            label->key, why);
        why = name_check_label_value(json_slice(label));
        if (why && ++bad)
            error_add_cause(err, "FieldValueInvalid", "metadata.labels", "Invalid value: \"%.*s\": %s",
                            SLICE_ARG(json_slice(label)), why);
    }
    return bad;
}

/* Keys are compared in lower case. */
static unsigned check_annotations(const struct json *annotations, struct error *err)
{
    unsigned bad = 0;
    size_t total = 0;
    json_for_each (annotation, annotations) {
        char lower[400];
        size_t size = MIN(annotation->key_size, sizeof(lower));
        for (size_t i = 0; i < size; i++)
            lower[i] = annotation->key[i] >= 'A' && annotation->key[i] <= 'Z'
                           ? (char)(annotation->key[i] + 32)
                           : annotation->key[i];
        const char *why = name_check_qualified((struct slice){lower, size});
        if (why && ++bad)
            error_add_cause(err, "FieldValueInvalid", "metadata.annotations", "Invalid value: \"%s\": %s",
                            annotation->key, why);
        total += annotation->key_size + json_slice(annotation).size;
    }
    if (total > ANNOTATIONS_BYTES_MAX && ++bad)
        error_add_cause(err, "FieldValueTooLong", "metadata.annotations",
                        "Too long: may not be more than %d bytes", ANNOTATIONS_BYTES_MAX);
    return bad;
}

static unsigned check_owners(const struct json *owners, struct error *err)
{
    static const char *const needed[] = {"apiVersion", "kind", "name", "uid"};
    unsigned bad = 0, index = 0;
    const char *controller = NULL;
    json_for_each (owner, owners) {
        char field[80];
        for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
            if (json_slice(json_get(owner, needed[i])).size)
                continue;
            snprintf(field, sizeof(field), "metadata.ownerReferences[%u].%s", index, needed[i]);
            error_add_cause(err, "FieldValueInvalid", field, "Invalid value: \"\": must not be empty");
            bad++;
        }
        if (json_boolean_or(json_get(owner, "controller"), false)) {
            const char *name = json_string_or(json_get(owner, "name"), "");
            if (controller && ++bad)
                error_add_cause(err, "FieldValueInvalid", "metadata.ownerReferences",
                                "Invalid value: \"\": Only one reference can have Controller set to true. "
                                "Found \"true\" in references for %s and %s",
                                controller, name);
            controller = name;
        }
        index++;
    }
    return bad;
}

/* A finalizer that is no qualified name, or an unqualified one that is not one of the three that predate the
 * rule. */
static unsigned check_finalizers(const struct json *finalizers, struct error *err)
{
    unsigned bad = 0;
    bool orphan = false, foreground = false;
    json_for_each (finalizer, finalizers) {
        struct slice text = json_slice(finalizer);
        bool legacy =
            slice_is(text, "orphan") || slice_is(text, "foregroundDeletion") || slice_is(text, "kubernetes");
        const char *why = name_check_qualified(text);
        orphan |= slice_is(text, "orphan");
        foreground |= slice_is(text, "foregroundDeletion");
        if (!why && !legacy && !memchr(text.data, '/', text.size))
            why = "name is neither a standard finalizer name nor is it fully qualified";
        if (why && ++bad)
            error_add_cause(err, "FieldValueInvalid", "metadata.finalizers", "Invalid value: \"%.*s\": %s",
                            SLICE_ARG(text), why);
    }
    if (orphan && foreground && ++bad)
        error_add_cause(err, "FieldValueInvalid", "metadata.finalizers",
                        "Invalid value: \"\": finalizer orphan and foregroundDeletion cannot be both set");
    return bad;
}

unsigned metadata_validate(const struct resource *r, const struct strategy *s, const struct json *object,
                           struct error *err)
{
    const struct json *metadata = json_get(object, "metadata");
    unsigned bad = check_names(s, metadata, err);
    if (r->namespaced) {
        const char *why = name_check_dns1123_label(json_slice(json_get(metadata, "namespace")));
        if (why && ++bad)
            error_add_cause(err, "FieldValueInvalid", "metadata.namespace", "Invalid value: \"%s\": %s",
                            object_namespace(object), why);
    }
    return bad + check_labels(json_get(metadata, "labels"), err) +
           check_annotations(json_get(metadata, "annotations"), err) +
           check_owners(json_get(metadata, "ownerReferences"), err) +
           check_finalizers(json_get(metadata, "finalizers"), err);
}

static bool contains(const struct json *list, const struct json *wanted)
{
    json_for_each (item, list) {
        if (json_equal(item, wanted))
            return true;
    }
    return false;
}

unsigned metadata_validate_update(const struct json *object, const struct json *old, struct error *err)
{
    static const char *const fixed[] = {
        "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"};
    const struct json *now = json_get(object, "metadata"), *was = json_get(old, "metadata");
    unsigned bad = 0;
    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
        char field[64];
        if (json_equal_semantic(json_get(now, fixed[i]), json_get(was, fixed[i])))
            continue;
        snprintf(field, sizeof(field), "metadata.%s", fixed[i]);
        error_add_cause(err, "FieldValueInvalid", field, "Invalid value: \"%s\": field is immutable",
                        json_string_or(json_get(now, fixed[i]), ""));
        bad++;
    }
    if (!object_is_deleted(old))
        return bad;
    json_for_each (finalizer, json_get(now, "finalizers")) {
        if (contains(json_get(was, "finalizers"), finalizer))
            continue;
        error_add_cause(err, "FieldValueForbidden", "metadata.finalizers",
                        "Forbidden: no new finalizers can be added if the object is being deleted, found new "
                        "finalizers []string{\"%s\"}",
                        json_string_or(finalizer, ""));
        bad++;
    }
    return bad;
}
