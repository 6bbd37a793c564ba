/* SPDX-License-Identifier: Apache-2.0 */
/* Resource quotas and limit ranges: which resources and scopes there are, and amounts in order. */
#include "core/api/names.h"
#include "core/api/quantity.h"
#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/memory.h"

static bool is_one_of(struct slice text, const char *const *words)
{
    for (; *words; words++)
        if (slice_is(text, *words))
            return true;
    return false;
}

/* Counted in whole numbers. */
static const char *const counted[] = {"configmaps",
                                      "persistentvolumeclaims",
                                      "pods",
                                      "replicationcontrollers",
                                      "resourcequotas",
                                      "secrets",
                                      "services",
                                      "services.loadbalancers",
                                      "services.nodeports",
                                      NULL};
/* Of containers. */
static const char *const measured[] = {"cpu",
                                       "ephemeral-storage",
                                       "limits.cpu",
                                       "limits.ephemeral-storage",
                                       "limits.memory",
                                       "memory",
                                       "requests.cpu",
                                       "requests.ephemeral-storage",
                                       "requests.memory",
                                       "requests.storage",
                                       NULL};

static void validate_quota_name(struct validation *v, const struct json *amount)
{
    static const char *const prefixes[] = {"hugepages-", "requests.hugepages-"};
    struct slice name = {amount->key, amount->key_size};
    const struct json shown = {.type = JSON_STRING, .string = amount->key, .size = amount->key_size};
    const char *wrong = name_check_qualified(name);

    if (wrong) {
        validation_invalid(v, "", &shown, "%s", wrong);
        return;
    }
    bool known = memchr(name.data, '/', name.size) || is_one_of(name, counted) || is_one_of(name, measured);
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
        known = known || slice_starts(name, prefixes[i]);
    if (!known)
        validation_invalid(v, "", &shown, "must be a standard resource for quota");
}

static void validate_hard(struct validation *v, const struct json *hard)
{
    json_for_each (it, hard) {
        struct validation_place here[2];
        struct quantity amount;
        struct slice name = {it->key, it->key_size};
        validation_enter_value(v, here, "hard", it);
        validate_quota_name(v, it);
        if (!quantity_parse(json_slice(it), &amount))
            amount = (struct quantity){0};
        bool whole = is_one_of(name, counted) || slice_starts(name, "count/");
        if (amount.nano < 0)
            validation_invalid(v, "", it, "must be greater than or equal to 0");
        else if (whole && amount.nano % 1000000000 != 0)
            validation_invalid(v, "", it, "must be an integer");
        validation_leave_value(v);
    }
}

static const struct {
    const char *name;
    bool pods_only;        /* applies to the number of pods alone */
    const char *excludes;  /* another scope that says the opposite */
    bool selects_by_value; /* its values can be named */
} scopes[] = {
    {"Terminating", false, "NotTerminating", false},
    {"NotTerminating", false, "Terminating", false},
    {"BestEffort", true, "NotBestEffort", false},
    {"NotBestEffort", false, "BestEffort", false},
    {"PriorityClass", false, NULL, true},
    {"CrossNamespacePodAffinity", false, NULL, false},
    {"VolumeAttributesClass", false, NULL, true},
};

static int find_scope(struct slice name)
{
    for (size_t i = 0; i < ARRAY_SIZE(scopes); i++)
        if (slice_is(name, scopes[i].name))
            return (int)i;
    return -1;
}

/* What a scope cannot be applied to: objects that are neither pods nor, for classes of volumes, claims. */
static bool fits(int scope, struct slice resource)
{
    bool claims = slice_is(resource, "persistentvolumeclaims") || slice_ends(resource, "requests.storage");

    if (strcmp(scopes[scope].name, "VolumeAttributesClass") == 0)
        return claims;
    if (scopes[scope].pods_only)
        return slice_is(resource, "pods");
    return slice_is(resource, "pods") || (is_one_of(resource, measured) && !claims) ||
           slice_starts(resource, "hugepages-") || slice_starts(resource, "requests.") ||
           slice_starts(resource, "limits.");
}

static void validate_scope(struct validation *v, const struct json *spec, const struct json *all, int scope)
{
    const char *other = scopes[scope].excludes;

    json_for_each (it, json_get(spec, "hard"))
        if (!fits(scope, (struct slice){it->key, it->key_size})) {
            validation_invalid(v, "", all, "unsupported scope applied to resource");
            break;
        }
    json_for_each (it, all)
        if (other && slice_is(json_slice(it), other)) {
            validation_invalid(v, "", all, "conflicting scopes");
            break;
        }
}

static void validate_scopes(struct validation *v, const struct json *spec)
{
    const struct json *all = json_get(spec, "scopes");
    struct validation_place here;

    validation_enter(v, &here, "scopes", NO_INDEX);
    json_for_each (it, all) {
        int scope = find_scope(json_slice(it));
        if (scope < 0)
            validation_invalid(v, "", all, "unsupported scope");
        else
            validate_scope(v, spec, all, scope);
    }
    validation_leave(v);
}

void validate_resource_quota_spec(struct validation *v, const struct json *object)
{
    validate_hard(v, json_get(object, "hard"));
    validate_scopes(v, object);
}

void validate_scope_requirement(struct validation *v, const struct json *object)
{
    int scope = find_scope(json_slice(json_get(object, "scopeName")));
    bool values = json_count(json_get(object, "values")) > 0,
         in = member_is(object, "operator", "In") || member_is(object, "operator", "NotIn");

    if (scope < 0 && member_has(object, "scopeName"))
        validation_invalid(v, "scopeName", json_get(object, "scopeName"), "unsupported scope");
    if (scope >= 0 && !scopes[scope].selects_by_value && !member_is(object, "operator", "Exists"))
        validation_invalid(v, "operator", json_get(object, "operator"),
                           "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, "
                           "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
                           "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
    if (in && !values)
        validation_required(
            v, "values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
    else if (!in && values && member_has(object, "operator"))
        validation_invalid(
            v, "values", json_get(object, "values"),
            "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
}

static void validate_order(struct validation *v, const struct json *item, const char *low, const char *high)
{
    json_for_each (it, json_get(item, low)) {
        const struct json *other =
            json_get_slice(json_get(item, high), (struct slice){it->key, it->key_size});
        struct quantity a, b;
        if (!other || !quantity_parse(json_slice(it), &a) || !quantity_parse(json_slice(other), &b) ||
            quantity_compare(&a, &b) <= 0)
            continue;
        struct validation_place here[2];
        validation_enter_value(v, here, low, it);
        validation_invalid(v, "", it, "%s value %s is greater than %s value %s", low, it->string, high,
                           other->string);
        validation_leave_value(v);
    }
}

static void validate_ratios(struct validation *v, const struct json *item)
{
    json_for_each (it, json_get(item, "maxLimitRequestRatio")) {
        struct validation_place here[2];
        struct quantity ratio;
        if (!quantity_parse(json_slice(it), &ratio) || ratio.nano >= 1000000000)
            continue;
        validation_enter_value(v, here, "maxLimitRequestRatio", it);
        validation_invalid(v, "", it, "ratio %s is less than 1", it->string);
        validation_leave_value(v);
    }
}

/* Whatever does not belong to Kubernetes has a domain in front of its name. */
static void validate_limit_type(struct validation *v, const struct json *item)
{
    static const char *const standard[] = {"Container", "PersistentVolumeClaim", "Pod", NULL};
    const struct json *type = json_get(item, "type");
    const char *wrong = name_check_qualified(json_slice(type));

    if (wrong)
        validation_invalid(v, "type", type, "%s", wrong);
    else if (!is_one_of(json_slice(type), standard) && !memchr(type->string, '/', type->size))
        validation_invalid(v, "type", type, "must be a standard limit type or fully qualified");
}

void validate_limit_range_item(struct validation *v, const struct json *object)
{
    bool claim = member_is(object, "type", "PersistentVolumeClaim");

    if (member_has(object, "type"))
        validate_limit_type(v, object);
    validate_order(v, object, "min", "max");
    validate_order(v, object, "min", "defaultRequest");
    validate_order(v, object, "defaultRequest", "max");
    validate_order(v, object, "defaultRequest", "default");
    validate_order(v, object, "default", "max");
    validate_ratios(v, object);
    if (member_is(object, "type", "Pod") && member_has(object, "default"))
        validation_forbidden(v, "default", "may not be specified when `type` is 'Pod'");
    if (member_is(object, "type", "Pod") && member_has(object, "defaultRequest"))
        validation_forbidden(v, "defaultRequest", "may not be specified when `type` is 'Pod'");
    if (claim && !json_at(object, "min.storage") && !json_at(object, "max.storage"))
        validation_required(v, "limits",
                            "either minimum or maximum storage value is required, but neither was provided");
}

void validate_limit_range_spec(struct validation *v, const struct json *object)
{
    validate_unique(v, object, "limits", "type");
}
