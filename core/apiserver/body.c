/* SPDX-License-Identifier: Apache-2.0 */
/* Request bodies: JSON by the schema's rows, YAML and protobuf by way of a document, and the check that a
 * body is of the kind that its address says. */
#include "core/apiserver/body.h"

#include "core/api/object.h"
#include "core/api/protobuf.h"
#include "core/apiserver/accept.h"
#include "core/base/memory.h"

enum schema_strictness body_strictness(const struct api_request *r)
{
    const char *text = r->field_validation;
    return !text || !strcmp(text, "Warn") ? SCHEMA_WARN
           : !strcmp(text, "Strict")      ? SCHEMA_STRICT
                                          : SCHEMA_IGNORE;
}

bool body_is_apply(const struct api_request *r)
{
    struct slice rest = http_request_header(r->http, "content-type");
    return slice_is(slice_trim(slice_cut(&rest, ';')), "application/apply-patch+yaml");
}

int body_patch_type(struct api_request *r, enum patch_type *ret, struct error *err)
{
    static const struct {
        const char *name;
        enum patch_type type;
    } types[] = {
        {"application/json-patch+json", PATCH_JSON},
        {"application/merge-patch+json", PATCH_MERGE},
        {"application/strategic-merge-patch+json", PATCH_STRATEGIC},
    };
    struct slice rest = http_request_header(r->http, "content-type"),
                 type = slice_trim(slice_cut(&rest, ';'));
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (slice_is(type, types[i].name)) {
            *ret = types[i].type;
            return 0;
        }
    }
    return error_set(err, ERR_UNSUPPORTED_MEDIA_TYPE,
                     "the body of the request was in an unknown format - accepted media types include: "
                     "application/json-patch+json, application/merge-patch+json, "
                     "application/strategic-merge-patch+json, application/apply-patch+yaml");
}

static int parse(struct api_request *r, const struct schema_type *type, struct json **ret, struct error *err)
{
    struct slice body = http_request_body(r->http);
    switch (media_of(http_request_header(r->http, "content-type"))) {
    case MEDIA_JSON:
        return schema_decode(&r->arena, type, body, body_strictness(r), ret, &r->warnings, err);
    case MEDIA_YAML:
        if (json_parse_yaml(&r->arena, body, ret, err) < 0)
            return -1;
        return type ? schema_prune(&r->arena, type, *ret, body_strictness(r), &r->warnings, err) : 0;
    case MEDIA_PROTOBUF:
        return protobuf_read_object(&r->arena, body, ret, err);
    case MEDIA_OTHER:
        break;
    }
    return error_set(err, ERR_UNSUPPORTED_MEDIA_TYPE,
                     "the body of the request was in an unknown format - accepted media types include: "
                     "application/json, application/yaml, application/vnd.kubernetes.protobuf");
}

/* Kinds that are taken in an older version too, which has the same fields. */
static const struct {
    const char *kind, *version, *older;
} taken_too[] = {{"Eviction", "policy/v1", "policy/v1beta1"}};

static bool is_taken(const char *kind, const char *version, const char *given)
{
    for (size_t i = 0; i < ARRAY_SIZE(taken_too); i++) {
        if (!strcmp(taken_too[i].kind, kind) && !strcmp(taken_too[i].version, version) &&
            !strcmp(taken_too[i].older, given))
            return true;
    }
    return !*given || !strcmp(version, given);
}

static int check_kind(struct arena *arena, const char *group, const char *version, const char *kind,
                      struct json *object, struct error *err)
{
    const char *wanted = *group ? arena_printf(arena, "%s/%s", group, version) : version;
    const char *given_kind = object_kind(object), *given_version = object_api_version(object);
    if (*given_kind && strcmp(given_kind, kind) != 0)
        return error_set(err, ERR_BAD_REQUEST,
                         "%s in version \"%s\" cannot be handled as a %s: no kind \"%s\" is registered here",
                         given_kind, *given_version ? given_version : wanted, kind, given_kind);
    if (!is_taken(kind, wanted, given_version))
        return error_set(err, ERR_BAD_REQUEST,
                         "the API version in the data (%s) does not match the expected API version (%s)",
                         given_version, wanted);
    json_set_string(arena, object, "kind", kind);
    json_set_string(arena, object, "apiVersion", wanted);
    return 0;
}

int body_decode(struct api_request *r, const char *group, const char *version, const char *kind,
                struct json **ret, struct error *err)
{
    const struct schema_type *type = schema_find_kind(group, version, kind);
    if (!http_request_body(r->http).size)
        return error_set(err, ERR_BAD_REQUEST, "unable to decode an empty body into %s", kind);
    if (parse(r, type, ret, err) < 0)
        return -1;
    if (!json_is(*ret, JSON_OBJECT))
        return error_set(err, ERR_BAD_REQUEST, "the body is not an object");
    return check_kind(&r->arena, group, version, kind, *ret, err);
}

int body_decode_apply(struct api_request *r, struct json **ret, struct error *err)
{
    const struct resource *resource = r->resource;
    if (json_parse_yaml(&r->arena, http_request_body(r->http), ret, err) < 0)
        return -1;
    if (!json_is(*ret, JSON_OBJECT))
        return error_set(err, ERR_BAD_REQUEST, "the body is not an object");
    if (!*object_kind(*ret) || !*object_api_version(*ret))
        return error_set(err, ERR_BAD_REQUEST, "Object '%s' is missing",
                         *object_kind(*ret) ? "apiVersion" : "Kind");
    if (resource->type &&
        schema_prune(&r->arena, resource->type, *ret, body_strictness(r), &r->warnings, err) < 0)
        return -1;
    return check_kind(&r->arena, resource->group, resource->version, resource->kind, *ret, err);
}

static int check_policy(const struct api_request *r, struct error *err)
{
    const char *policy = r->propagation_policy;
    unsigned bad = 0;
    if (policy && *policy && strcmp(policy, "Foreground") != 0 && strcmp(policy, "Background") != 0 &&
        strcmp(policy, "Orphan") != 0 && ++bad)
        error_add_cause(
            err, "FieldValueNotSupported", "propagationPolicy",
            "Unsupported value: \"%s\": supported values: \"Background\", \"Foreground\", \"Orphan\"",
            policy);
    if (policy && *policy && r->orphan_dependents_given && ++bad)
        error_add_cause(err, "FieldValueInvalid", "propagationPolicy",
                        "Invalid value: \"%s\": orphanDependents and deletionPropagation cannot be both set",
                        policy);
    return bad ? error_set_invalid(err, "meta.k8s.io", "DeleteOptions", "") : 0;
}

static void take_options(struct api_request *r, const struct json *options)
{
    const struct json *orphan = json_get(options, "orphanDependents");
    json_for_each (item, json_get(options, "dryRun"))
        r->dry_run = r->dry_run || json_slice(item).size;
    r->grace_period_s = json_integer_or(json_get(options, "gracePeriodSeconds"), r->grace_period_s);
    if (json_string_at(options, "propagationPolicy"))
        r->propagation_policy = json_string_at(options, "propagationPolicy");
    if (!json_is_absent(orphan)) {
        r->orphan_dependents_given = true;
        r->orphan_dependents = json_boolean_or(orphan, false);
    }
    r->delete_uid = json_string_at(options, "preconditions.uid");
    r->delete_resource_version = json_string_at(options, "preconditions.resourceVersion");
}

int body_delete_options(struct api_request *r, struct error *err)
{
    struct json *options;
    if (http_request_body(r->http).size) {
        const struct schema_type *type = schema_find("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions");
        if (parse(r, type, &options, err) < 0)
            return -1;
        const char *kind = object_kind(options);
        if (*kind && strcmp(kind, "DeleteOptions") != 0)
            return error_set(err, ERR_BAD_REQUEST, "the body of a deletion is a DeleteOptions, not a %s",
                             kind);
        take_options(r, options);
    }
    return check_policy(r, err);
}
