/* SPDX-License-Identifier: Apache-2.0 */
/* SubjectAccessReview and its relatives (authorization.k8s.io/v1): the same question, asked through the API.
 */
#include "core/apiserver/authz-rbac.h"
#include "core/api/object.h"
#include "core/base/memory.h"

static const char *text_at(const struct json *value, const char *path)
{
    const char *s = json_string_at(value, path);
    return s ? s : "";
}

static const char *const *copy_groups(struct arena *arena, const struct json *groups, unsigned *ret_count)
{
    const char **out = arena_alloc0(arena, (json_count(groups) + 1) * sizeof(*out));
    unsigned n = 0;
    json_for_each (g, groups)
        if (json_string(g))
            out[n++] = json_string(g);
    *ret_count = n;
    return out;
}

static int fill_attributes(const struct json *spec, struct authz_attributes *a, struct error *err)
{
    const struct json *resource = json_get(spec, "resourceAttributes"),
                      *path = json_get(spec, "nonResourceAttributes");
    if (json_is_absent(resource) == json_is_absent(path)) {
        error_add_cause(err, "FieldValueInvalid", "spec.resourceAttributes",
                        "exactly one of nonResourceAttributes or resourceAttributes must be specified");
        return error_set_invalid(err, "authorization.k8s.io", "SubjectAccessReview", "");
    }
    const struct json *from = json_is_absent(resource) ? path : resource;
    a->is_resource = from == resource;
    a->verb = text_at(from, "verb");
    a->group = text_at(from, "group");
    a->version = text_at(from, "version");
    a->plural = text_at(from, "resource");
    a->subresource = text_at(from, "subresource");
    a->namespace_ = text_at(from, "namespace");
    a->name = text_at(from, "name");
    a->path = text_at(from, "path");
    return 0;
}

static void set_answer(struct authz *z, struct api_request *r, struct json *review,
                       const struct authz_attributes *a)
{
    const char *reason = "";
    bool allowed = authz_allows(z, a, &r->arena, &reason);
    struct json *status = json_set_object(&r->arena, review, "status");
    json_set_bool(&r->arena, status, "allowed", allowed);
    if (*reason)
        json_set_string(&r->arena, status, "reason", reason);
}

static int review_subject(struct authz *z, struct api_request *r, struct json *review, struct error *err)
{
    const struct json *spec = json_get(review, "spec");
    struct user user = {.name = text_at(spec, "user"), .uid = text_at(spec, "uid")};
    struct authz_attributes a = {.user = &user};
    user.groups = copy_groups(&r->arena, json_get(spec, "groups"), &user.groups_count);
    if (!*user.name && user.groups_count == 0) {
        error_add_cause(err, "FieldValueInvalid", "spec.user",
                        "at least one of user or group must be specified");
        return error_set_invalid(err, "authorization.k8s.io", "SubjectAccessReview", "");
    }
    if (fill_attributes(spec, &a, err) < 0)
        return -1;
    set_answer(z, r, review, &a);
    return 0;
}

static int review_local_subject(struct authz *z, struct api_request *r, struct json *review,
                                struct error *err)
{
    const char *asked = text_at(review, "spec.resourceAttributes.namespace");
    if (strcmp(asked, r->namespace_) != 0) {
        error_add_cause(err, "FieldValueInvalid", "spec.resourceAttributes.namespace",
                        "Invalid value: \"%s\": must match metadata.namespace", asked);
        return error_set_invalid(err, "authorization.k8s.io", "LocalSubjectAccessReview", "");
    }
    return review_subject(z, r, review, err);
}

static int review_self(struct authz *z, struct api_request *r, struct json *review, struct error *err)
{
    struct authz_attributes a = {.user = &r->user};
    if (fill_attributes(json_get(review, "spec"), &a, err) < 0)
        return -1;
    set_answer(z, r, review, &a);
    return 0;
}

struct rule_lists {
    struct arena *arena;
    struct json *resources, *urls;
};

static void put_list(struct arena *arena, struct json *rule, const char *key, const char *const *items)
{
    if (!*items)
        return;
    struct json *list = json_set_array(arena, rule, key);
    for (; *items; items++)
        json_append_string(arena, list, *items);
}

static bool put_rule(void *context, const struct rbac_rule *rule, const char *binding, const char *role)
{
    struct rule_lists *lists = context;
    bool is_url = *rule->urls != NULL;
    struct json *out =
        json_append(lists->arena, is_url ? lists->urls : lists->resources, json_new_object(lists->arena));
    put_list(lists->arena, out, "verbs", rule->verbs);
    if (is_url) {
        put_list(lists->arena, out, "nonResourceURLs", rule->urls);
    } else {
        put_list(lists->arena, out, "apiGroups", rule->groups);
        put_list(lists->arena, out, "resources", rule->resources);
        put_list(lists->arena, out, "resourceNames", rule->names);
    }
    return true;
}

static int review_self_rules(struct authz *z, struct api_request *r, struct json *review, struct error *err)
{
    const char *namespace_ = text_at(review, "spec.namespace");
    if (!*namespace_)
        return error_set(err, ERR_BAD_REQUEST, "no namespace on request");
    struct json *status = json_set_object(&r->arena, review, "status");
    struct rule_lists lists = {&r->arena, json_set_array(&r->arena, status, "resourceRules"),
                               json_set_array(&r->arena, status, "nonResourceRules")};
    rbac_each_rule(authz_rbac(z), &r->user, namespace_, put_rule, &lists);
    json_set_bool(&r->arena, status, "incomplete", false);
    return 0;
}

static const struct {
    const char *kind;
    int (*review)(struct authz *z, struct api_request *r, struct json *review, struct error *err);
} reviews[] = {
    {"SubjectAccessReview", review_subject},
    {"LocalSubjectAccessReview", review_local_subject},
    {"SelfSubjectAccessReview", review_self},
    {"SelfSubjectRulesReview", review_self_rules},
};

int authz_review(struct authz *z, struct api_request *r, struct json *review, struct error *err)
{
    const char *kind = r->resource ? r->resource->kind : object_kind(review);
    for (size_t i = 0; i < ARRAY_SIZE(reviews); i++)
        if (strcmp(kind, reviews[i].kind) == 0)
            return reviews[i].review(z, r, review, err);
    return error_set(err, ERR_BAD_REQUEST, "%s is not an access review", kind);
}
