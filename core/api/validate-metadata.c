/* SPDX-License-Identifier: Apache-2.0 */
/* What all objects must keep: names by kind, namespaces, labels, annotations, owners, finalizers; and label
 * selectors. */
#include "core/api/names.h"
#include "core/api/object.h"
#include "core/api/resource.h"
#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/memory.h"

#define ANNOTATIONS_BYTES_MAX ((size_t)256 << 10)
#define CRON_JOB_NAME_MAX     52

static const char *any_name(struct slice text)
{
    return NULL;
}

static const char *cron_job_name(struct slice text)
{
    if (text.size > CRON_JOB_NAME_MAX)
        return "must be no more than 52 characters";
    return name_check_dns1123_subdomain(text);
}

/* Kinds whose names are not RFC 1123 subdomains. */
static const struct {
    const char *group, *kind;
    const char *(*wrong)(struct slice text);
} name_rules[] = {
    {"", "Namespace", name_check_dns1123_label},
    {"", "Service", name_check_dns1035_label},
    {"apps", "StatefulSet", name_check_dns1123_label},
    {"batch", "CronJob", cron_job_name},
    {"rbac.authorization.k8s.io", "Role", name_check_path_segment},
    {"rbac.authorization.k8s.io", "RoleBinding", name_check_path_segment},
    {"rbac.authorization.k8s.io", "ClusterRole", name_check_path_segment},
    {"rbac.authorization.k8s.io", "ClusterRoleBinding", name_check_path_segment},
    {"certificates.k8s.io", "CertificateSigningRequest", any_name},
    {"certificates.k8s.io", "ClusterTrustBundle", name_check_path_segment},
    {"networking.k8s.io", "IPAddress", name_check_ip},
    {"apiregistration.k8s.io", "APIService", name_check_path_segment},
};

static const char *name_wrong(const struct schema_type *type, struct slice name)
{
    for (size_t i = 0; i < ARRAY_SIZE(name_rules); i++)
        if (strcmp(name_rules[i].kind, type->kind) == 0 && strcmp(name_rules[i].group, type->group) == 0)
            return name_rules[i].wrong(name);
    return name_check_dns1123_subdomain(name);
}

/* Something will follow: a dash may stand at the end. */
static void validate_generate_name(struct validation *v, const struct json *metadata)
{
    const struct json *base = json_get(metadata, "generateName");
    struct slice text = json_slice(base);
    _cleanup_(buffer_done) struct buffer name = BUFFER_INIT;

    if (text.size == 0)
        return;
    buffer_append(&name, text.data, text.size);
    if (text.size > 1 && text.data[text.size - 1] == '-')
        name.data[name.size - 1] = 'a';
    const char *wrong = name_wrong(v->type, (struct slice){name.data, name.size});
    if (wrong)
        validation_invalid(v, "generateName", base, "%s", wrong);
}

static void validate_namespace(struct validation *v, const struct json *metadata, bool namespaced)
{
    const struct json *value = json_get(metadata, "namespace");
    const char *wrong;

    if (namespaced && !member_has(metadata, "namespace"))
        validation_required(v, "namespace", "");
    else if (!namespaced && member_has(metadata, "namespace"))
        validation_forbidden(v, "namespace", "not allowed on this type");
    else if (namespaced && (wrong = name_check_dns1123_label(json_slice(value))))
        validation_invalid(v, "namespace", value, "%s", wrong);
}

void validate_name(struct validation *v, const struct json *object)
{
    const struct json *metadata = json_get(object, "metadata"), *name = json_get(metadata, "name");
    const struct resource *resource =
        v->type->kind ? resource_find_kind(v->type->group, v->type->version, v->type->kind) : NULL;
    struct validation_place here;
    const char *wrong;

    if (!resource || !resource->storage_prefix)
        return;
    validation_enter(v, &here, "metadata", NO_INDEX);
    validate_generate_name(v, metadata);
    if (!member_has(metadata, "name"))
        validation_required(v, "name", "name or generateName is required");
    else if ((wrong = name_wrong(v->type, json_slice(name))))
        validation_invalid(v, "name", name, "%s", wrong);
    validate_namespace(v, metadata, resource->namespaced);
    validation_leave(v);
}

static struct json key_text(const struct json *member)
{
    return (struct json){.type = JSON_STRING, .string = member->key, .size = member->key_size};
}

void validate_labels(struct validation *v, const char *field, const struct json *labels)
{
    json_for_each (it, labels) {
        struct json key = key_text(it);
        const char *wrong = name_check_qualified(json_slice(&key));
        if (wrong)
            validation_invalid(v, field, &key, "%s", wrong);
        wrong = name_check_label_value(json_slice(it));
        if (wrong)
            validation_invalid(v, field, it, "%s", wrong);
    }
}

/* Keys may have capitals. */
static const char *annotation_key_wrong(struct slice key)
{
    char lower[512];

    if (key.size > sizeof(lower))
        return name_check_qualified(key);
    for (size_t i = 0; i < key.size; i++)
        lower[i] = (char)(key.data[i] >= 'A' && key.data[i] <= 'Z' ? key.data[i] | 0x20 : key.data[i]);
    return name_check_qualified((struct slice){lower, key.size});
}

static void validate_annotations(struct validation *v, const struct json *annotations)
{
    size_t total = 0;

    json_for_each (it, annotations) {
        struct json key = key_text(it);
        const char *wrong = annotation_key_wrong(json_slice(&key));
        if (wrong)
            validation_invalid(v, "annotations", &key, "%s", wrong);
        total += it->key_size + json_slice(it).size;
    }
    if (total > ANNOTATIONS_BYTES_MAX)
        validation_too_long(v, "annotations", ANNOTATIONS_BYTES_MAX);
}

static void validate_finalizers(struct validation *v, const struct json *finalizers)
{
    static const char *const known[] = {"orphan", "foregroundDeletion", "kubernetes"};

    json_for_each (it, finalizers) {
        struct slice name = json_slice(it);
        const char *wrong = name_check_qualified(name);
        bool standard = memchr(name.data, '/', name.size) != NULL;
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
            standard = standard || slice_is(name, known[i]);
        if (wrong)
            validation_invalid(v, "finalizers", it, "%s", wrong);
        else if (!standard)
            validation_invalid(v, "finalizers", it,
                               "name is neither a standard finalizer name nor is it fully qualified");
    }
}

/* The garbage collector can do one of the two. */
static void validate_propagation(struct validation *v, const struct json *finalizers)
{
    bool orphan = false, foreground = false;

    json_for_each (it, finalizers) {
        orphan = orphan || slice_is(json_slice(it), "orphan");
        foreground = foreground || slice_is(json_slice(it), "foregroundDeletion");
    }
    if (orphan && foreground)
        validation_invalid(v, "finalizers", finalizers,
                           "finalizer orphan and foregroundDeletion cannot be both set");
}

static void validate_owners(struct validation *v, const struct json *owners)
{
    static const char *const needed[] = {"apiVersion", "kind", "name", "uid"};
    static const char *const says[] = {"version must not be empty", "must not be empty", "must not be empty",
                                       "must not be empty"};
    unsigned controllers = 0;
    uint32_t index = 0;

    json_for_each (it, owners) {
        struct validation_place here;
        validation_enter(v, &here, "ownerReferences", index++);
        if (member_is(it, "apiVersion", "v1") && member_is(it, "kind", "Event"))
            validation_invalid(v, "", it, "/v1, Kind=Event is disallowed from being an owner");
        for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
            if (!member_has(it, needed[i]))
                validation_invalid(v, needed[i], json_get(it, needed[i]), "%s", says[i]);
        validation_leave(v);
        controllers += json_boolean_at(it, "controller", false);
    }
    if (controllers > 1)
        validation_invalid(v, "ownerReferences", owners,
                           "Only one reference can have Controller set to true");
}

void validate_object_meta(struct validation *v, const struct json *object)
{
    validate_labels(v, "labels", json_get(object, "labels"));
    validate_annotations(v, json_get(object, "annotations"));
    validate_finalizers(v, json_get(object, "finalizers"));
    validate_propagation(v, json_get(object, "finalizers"));
    validate_owners(v, json_get(object, "ownerReferences"));
    if (json_integer_at(object, "generation", 0) < 0)
        validation_invalid(v, "generation", json_get(object, "generation"),
                           "must be greater than or equal to 0");
}

void validate_label_selector(struct validation *v, const struct json *object)
{
    validate_labels(v, "matchLabels", json_get(object, "matchLabels"));
}

void validate_selector_requirement(struct validation *v, const struct json *object)
{
    bool values = json_count(json_get(object, "values")) > 0;

    if ((member_is(object, "operator", "In") || member_is(object, "operator", "NotIn")) && !values)
        validation_required(v, "values", "must be specified when `operator` is 'In' or 'NotIn'");
    if ((member_is(object, "operator", "Exists") || member_is(object, "operator", "DoesNotExist")) && values)
        validation_forbidden(v, "values",
                             "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    if ((member_is(object, "operator", "Gt") || member_is(object, "operator", "Lt")) &&
        json_count(json_get(object, "values")) != 1)
        validation_required(v, "values", "must be specified single value when `operator` is 'Lt' or 'Gt'");
}
